"""Patterns that are looked for in all of a row's text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ssmtui.inventory.field_sets import Field, WordSearch
from ssmtui.inventory.query.terms import Rows, Spans, Term
from ssmtui.inventory.query.values import FilterPattern, glob_pattern, search_all


@dataclass(frozen=True)
class PatternTerm(Term):
    """A person's regular expression, in any line."""

    pattern: FilterPattern
    _lines: FilterPattern = field(init=False, compare=False, repr=False)
    cost = 5

    def __post_init__(self) -> None:
        # Each line of a row begins after a line break, which is found ten times as fast as a place that is a start.
        source = self.pattern.source
        at_start = source.startswith("^") and "|" not in source
        object.__setattr__(self, "_lines", FilterPattern(rf"\n{source[1:]}") if at_start else self.pattern)

    def mask(self, rows: Rows) -> list[bool]:
        """The whole text."""
        return search_all(self._lines, [row.text for row in rows])

    def spans(self, field: Field[Any], text: str) -> Spans:
        """In any field."""
        return self.pattern.spans(text) if field.words is not WordSearch.NEVER and not self.problem else []

    @property
    def problem(self) -> str:
        """The pattern's."""
        return self._lines.problem or self.pattern.problem

    def retry(self) -> None:
        """Both forms of the pattern."""
        self._lines.retry()
        self.pattern.retry()


@dataclass(frozen=True)
class Wild(Term):
    """A plain word with ``*`` in it, anywhere in a line."""

    glob: str
    _search: Callable[[str], re.Match[str] | None] = field(init=False, compare=False, repr=False)
    cost = 4

    def __post_init__(self) -> None:
        object.__setattr__(self, "_search", re.compile(glob_pattern(self.glob.strip("*"))).search)

    def mask(self, rows: Rows) -> list[bool]:
        """The whole text."""
        search = self._search
        return [search(row.text) is not None for row in rows]

    def spans(self, field: Field[Any], text: str) -> Spans:
        """The first place."""
        found = self._search(text) if field.words is not WordSearch.NEVER else None
        return [found.span()] if found and found.end() > found.start() else []
