"""Looks for a pattern in the lines that one terminal prints, as they are printed.

Lines are cut from the output itself, without its escape sequences, so a line counts once, however it is wrapped, and is
found at any speed. What a full-screen program draws with the cursor is not made of lines, and is found only where its
pieces are.

What is typed comes back as its echo, and a person who watches for ERROR and then types ``grep ERROR`` does not wait for
that line. So a line is left out once something was typed at it: when output had stopped within the line, as it does
behind a prompt. The echo of further lines of one paste, and of what is typed while a program prints, is taken for
output: it is better to find too much than to miss what is waited for.
"""

from __future__ import annotations

import re

from ssmtui import inert
from ssmtui.terminal.marks import Find
from ssmtui.terminal.pattern import TOO_SLOW, SearchPattern
from ssmtui.terminal.signs import without_sequences

LONGEST = 4096
"""Bytes of a line that are looked at; the rest of a longer one is looked at as another line."""
MOST_SHOWN = 200
"""Characters of a found line that are reported."""

_ENDS = re.compile(r"[\r\n]+")


class LineWatch:
    """A pattern and what was found of it."""

    def __init__(self, find: Find, line: bytes = b"") -> None:
        """``line`` is the last line so far: only what comes from now on counts."""
        self._pattern = SearchPattern(find)
        self._rest = line[-LONGEST:]
        """The last line so far."""
        self._rest_found = any(self._pattern.spans([without_sequences(self._rest.decode("utf-8", "replace"))]))
        """Whether that was found already: it must not count again when it grows."""
        self._is_typed_at = False
        """Whether the last line is left out until a line feed ends it. A carriage return does not: line editors print
        one where a long command wraps."""
        self._found: list[str] = []
        self._count = 0
        self._is_slow = self._said_slow = False

    def typed(self) -> None:
        """Something was typed, when all that had been printed was known here."""
        self._is_typed_at = self._is_typed_at or bool(self._rest)

    def follow(self, data: bytes) -> None:
        """``data`` was printed."""
        text = without_sequences((self._rest + data).decode("utf-8", "replace"))
        cut = max(data.rfind(b"\n"), data.rfind(b"\r"))
        was_found, self._rest_found = self._rest_found, self._rest_found and cut < 0
        self._rest = (self._rest + data if cut < 0 else data[cut + 1 :])[-LONGEST:]
        if self._is_typed_at:
            _, end, text = text.partition("\n")
            self._is_typed_at, was_found = not end, False
        if self._pattern.is_rested:
            self._pattern.retry()
        if not self._pattern.find.regex and not self._pattern.count(text):
            return
        lines = _ENDS.split(text)
        found = self._pattern.spans(lines)
        self._is_slow = self._is_slow or self._pattern.error == TOO_SLOW
        for place, spans in enumerate(found):
            if spans and not (was_found and place == 0):
                self._count += 1
                self._found = [lines[place]]
                self._rest_found = self._rest_found or (place == len(lines) - 1)

    def take_slow(self) -> bool:
        """Whether lines were missed because looking at them took too long; True once."""
        is_news, self._said_slow = self._is_slow and not self._said_slow, self._said_slow or self._is_slow
        return is_news

    def take(self) -> tuple[int, str]:
        """How many lines were found since the last call, and the latest of them, harmless and not too long."""
        count, found = self._count, self._found
        self._count, self._found = 0, []
        return count, inert.line(found[0].strip(), MOST_SHOWN) if found else ""
