"""Cutting a byte stream at whole UTF-8 characters, as the agent does before it sends (protocol.md section 6.1)."""

from __future__ import annotations

_LONGEST = 4


def split_at_character(data: bytes) -> tuple[bytes, bytes]:
    """``data`` up to its last whole character, and the at most three bytes of a character that has only begun.

    Bytes that are not UTF-8 pass through.
    """
    for back in range(1, min(_LONGEST, len(data)) + 1):
        lead = data[-back]
        if lead & 0xC0 == 0x80:
            continue
        cut = len(data) - back if back < _width(lead) else len(data)
        return data[:cut], data[cut:]
    return data, b""


def _width(lead: int) -> int:
    """How many bytes a character that starts with ``lead`` has; 1 for what starts none."""
    if 0xC2 <= lead <= 0xDF:
        return 2
    if 0xE0 <= lead <= 0xEF:
        return 3
    if 0xF0 <= lead <= 0xF4:
        return 4
    return 1
