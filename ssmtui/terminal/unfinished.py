"""The sequence or character that a terminal is in the middle of.

When something else is written in between, such as a whole screen that is drawn again, the unfinished bytes must be
written once more after it: their rest is still to come, and would be printed as text.
"""

from __future__ import annotations

import re

LONGEST = 4096
"""Bytes of a sequence that are kept. Longer ones are strings such as images, which can be lost without harm."""
LONGEST_CHARACTER = 4
"""Bytes of a character in UTF-8."""

# ECMA-48 5.4 (control sequences), 5.6 (control strings), and characters of several bytes in UTF-8.
_UNFINISHED = re.compile(
    rb"(?:\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x18\x1a\x1b]*\x1b?|[ -/]*)"
    rb"|[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z"
)


class Unfinished:
    """Follows what is written to one terminal. ``bytes(unfinished)`` is what was begun and not ended, at most
    ``LONGEST`` bytes."""

    def __init__(self) -> None:
        self._tail = b""

    def follow(self, data: bytes) -> None:
        """``data`` was written."""
        self._tail = data[-LONGEST:] if len(data) >= LONGEST else (self._tail + data)[-LONGEST:]

    def __bytes__(self) -> bytes:
        # A sequence begins at the last ESC, except for one at the very end, which may be the first half of a string's
        # end; a character begins in the last bytes. Only these places are looked at: this runs for each piece of a
        # flood.
        tail = self._tail
        begin = tail.rfind(b"\x1b", 0, -1)
        found = _UNFINISHED.match(tail, begin) if begin >= 0 else None
        if found is None:
            found = _UNFINISHED.search(tail, max(0, len(tail) - LONGEST_CHARACTER))
        return b"" if found is None else found[0]
