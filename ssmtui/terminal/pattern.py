"""What is looked for in logical lines, and how long that may take.

A regular expression can take for ever on some text (``(a+)+b``), and here the text is the node's: it could stop every
pane with a screen made for the pattern. So matching has a time limit (``time_limit``). Where the system has no way to
stop it, on Windows, only plain text can be searched for.
"""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Callable, Iterable
from typing import TypeVar

from ssmtui import time_limit
from ssmtui.terminal.marks import Case, Find
from ssmtui.time_limit import TimeLimit

LIMIT = 0.15
"""Seconds of processor time for matching one screen, or some hundred rows of scrollback."""
REST = 2.0
"""Seconds until a pattern that took too long is tried again on what was printed since. So one pattern takes a
fourteenth of the other terminals' time at most."""
TOO_SLOW = "takes too long on this text"
PLAIN_ONLY = "Windows cannot stop a slow regular expression: search for plain text"

Matched = TypeVar("Matched")


class SearchPattern:
    """A compiled pattern. Its matches are never empty and never overlap."""

    def __init__(self, find: Find) -> None:
        self.find = find
        self.error = ""
        """Why it finds nothing: it is not valid, or it took too long. Empty when all is well; see :meth:`retry`."""
        self._stopped_at = float("-inf")
        self._regex: re.Pattern[str] | None = None
        if find.pattern:
            self._compile()

    def _compile(self) -> None:
        if self.find.regex and not time_limit.AVAILABLE:
            self.error = PLAIN_ONLY
            return
        text = self.find.pattern if self.find.regex else re.escape(self.find.pattern)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about syntax that a later Python will read in another way
                self._regex = re.compile(text, re.IGNORECASE if self._ignores_case() else 0)
        except (re.error, OverflowError, RecursionError) as error:
            self.error = str(error) or "is too deep"

    def _ignores_case(self) -> bool:
        if self.find.case is Case.SMART:
            letters = re.sub(r"\\.", "", self.find.pattern) if self.find.regex else self.find.pattern
            return letters == letters.lower()
        return self.find.case is Case.IGNORE

    @property
    def is_rested(self) -> bool:
        """Whether it took too long, at least :data:`REST` seconds ago."""
        return self.error == TOO_SLOW and time.monotonic() - self._stopped_at >= REST

    def retry(self) -> bool:
        """Allow a pattern that took too long to be tried again: on other text it may be fast enough. Returns whether it
        was such a pattern."""
        if self.error != TOO_SLOW:
            return False
        self.error = ""
        return True

    def spans(self, lines: Iterable[str]) -> list[list[tuple[int, int]]]:
        """The matches in each line, as start and end (not included). Nothing at all once it took too long."""
        found: list[list[tuple[int, int]]] = []
        self._limited(lambda regex: found.extend([_spans(regex, line) for line in lines]), None)
        return found if not self.error else []

    def count(self, text: str) -> int:
        """How many matches there are in ``text``, which has one line for each logical line. Plain text has no line
        break in it, so it is looked for in all of it at once."""
        if not self.find.regex:
            return self._limited(lambda regex: len(regex.findall(text)), 0)
        return self._limited(lambda regex: sum([len(_spans(regex, line)) for line in text.split("\n")]), 0)

    def _limited(self, do: Callable[[re.Pattern[str]], Matched], otherwise: Matched) -> Matched:
        """What ``do`` gives within ``LIMIT``; otherwise ``otherwise``, and :attr:`error` says why. Plain text needs no
        limit."""
        if self._regex is None or self.error:
            return otherwise
        if not self.find.regex:
            return do(self._regex)
        try:
            with TimeLimit(LIMIT):
                return do(self._regex)
        except (time_limit.Expired, RecursionError, MemoryError):
            self.error, self._stopped_at = TOO_SLOW, time.monotonic()
            return otherwise


def _spans(regex: re.Pattern[str], line: str) -> list[tuple[int, int]]:
    return [match.span() for match in regex.finditer(line) if match.end() > match.start()]
