"""What is looked for in logical lines, and how long that may take.

A person's own pattern can take for ever on a node's text. Where the system cannot stop it, only plain text is looked
for.
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
"""Seconds of processor time for one look at a screen, or at some hundred rows of scrollback."""
REST = 2.0
"""Seconds after which a pattern that took too long may be tried on what was printed since: a fourteenth of the time is
the most that one can cost the other terminals then."""
TOO_SLOW = "takes too long on this text"
PLAIN_ONLY = "Windows cannot stop a slow regular expression: search for plain text"

Matched = TypeVar("Matched")


class SearchPattern:
    """A compiled search. Matches are never empty and never overlap."""

    def __init__(self, find: Find) -> None:
        self.find = find
        self.error = ""
        """Why it finds nothing: it is not a pattern, or has taken too long, until :meth:`retry`."""
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
                warnings.simplefilter("ignore")  # of what a later Python will read otherwise
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
        """Whether it took too long, and that was :data:`REST` seconds ago or more."""
        return self.error == TOO_SLOW and time.monotonic() - self._stopped_at >= REST

    def retry(self) -> bool:
        """Try a pattern that took too long again: on other text it may be fast enough. Whether it is one."""
        if self.error != TOO_SLOW:
            return False
        self.error = ""
        return True

    def spans(self, lines: Iterable[str]) -> list[list[tuple[int, int]]]:
        """For each line, from where to where (not included) its matches go; none at all once it has taken too long."""
        found: list[list[tuple[int, int]]] = []
        self._limited(lambda regex: found.extend([_spans(regex, line) for line in lines]), None)
        return found if not self.error else []

    def count(self, text: str) -> int:
        """How many matches there are in ``text``, a logical line a line."""
        if not self.find.regex:
            return self._limited(lambda regex: len(regex.findall(text)), 0)
        return self._limited(lambda regex: sum([len(_spans(regex, line)) for line in text.split("\n")]), 0)

    def _limited(self, do: Callable[[re.Pattern[str]], Matched], otherwise: Matched) -> Matched:
        """``do``, for no longer than ``LIMIT``. Text that is looked for as it is needs no limit."""
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
