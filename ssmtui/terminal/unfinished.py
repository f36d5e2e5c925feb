"""The sequence or character that a terminal is in the middle of: what has to be written again if something else was
written in between, for the rest of it is still to come.
"""

from __future__ import annotations

import re

LONGEST = 4096
"""Bytes of a sequence that are kept; longer ones are strings, such as pictures, that no terminal minds losing."""
LONGEST_CHARACTER = 4

# ECMA-48 5.4 (control sequences), 5.6 (control strings), and characters of several bytes in UTF-8.
_UNFINISHED = re.compile(
    rb"(?:\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x18\x1a\x1b]*\x1b?|[ -/]*)"
    rb"|[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z"
)


class Unfinished:
    """Follows what is written to one terminal; ``bytes`` gives what its end has begun and not ended."""

    def __init__(self) -> None:
        self._tail = b""

    def follow(self, data: bytes) -> None:
        """``data`` was written."""
        self._tail = data[-LONGEST:] if len(data) >= LONGEST else (self._tail + data)[-LONGEST:]

    def __bytes__(self) -> bytes:
        # It begins at the last ESC, except one at the very end, which may end a string, or is a character in the last
        # bytes. Only these places are looked at: this is asked for each piece of a flood.
        tail = self._tail
        begin = tail.rfind(b"\x1b", 0, -1)
        found = _UNFINISHED.match(tail, begin) if begin >= 0 else None
        if found is None:
            found = _UNFINISHED.search(tail, max(0, len(tail) - LONGEST_CHARACTER))
        return b"" if found is None else found[0]
