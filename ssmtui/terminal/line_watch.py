"""Looks for a pattern in the lines that one terminal prints, as they are printed.

Lines are cut from the output itself, without its escape sequences, so a line counts once, however it is wrapped, and is
found at any speed. What a full-screen program draws with the cursor is not made of lines, and is found only where its
pieces are.
"""

from __future__ import annotations

import re

from ssmtui import inert
from ssmtui.terminal.marks import Find
from ssmtui.terminal.pattern import SearchPattern
from ssmtui.terminal.signs import without_sequences

LONGEST = 4096
"""Bytes of a line that are looked at; the rest of a longer one is looked at as another line."""
MOST_SHOWN = 200
"""Characters of a found line that are reported."""

_ENDS = re.compile(r"[\r\n]+")


class LineWatch:
    """A pattern and what was found of it."""

    def __init__(self, find: Find) -> None:
        self._pattern = SearchPattern(find)
        self._rest = b""
        """The last line so far."""
        self._rest_found = False
        """Whether that was found already: it must not count again when it grows."""
        self._found: list[str] = []
        self._count = 0

    def follow(self, data: bytes) -> None:
        """``data`` was printed."""
        text = without_sequences((self._rest + data).decode("utf-8", "replace"))
        cut = max(data.rfind(b"\n"), data.rfind(b"\r"))
        was_found, self._rest_found = self._rest_found, self._rest_found and cut < 0
        self._rest = (self._rest + data if cut < 0 else data[cut + 1 :])[-LONGEST:]
        if self._pattern.is_rested:
            self._pattern.retry()
        if not self._pattern.find.regex and not self._pattern.count(text):
            return
        lines = _ENDS.split(text)
        for place, spans in enumerate(self._pattern.spans(lines)):
            if spans and not (was_found and place == 0):
                self._count += 1
                self._found = [lines[place]]
                self._rest_found = self._rest_found or (place == len(lines) - 1)

    def take(self) -> tuple[int, str]:
        """How many lines were found since the last call, and the latest of them, harmless and not too long."""
        count, found = self._count, self._found
        self._count, self._found = 0, []
        return count, inert.line(found[0].strip(), MOST_SHOWN) if found else ""
