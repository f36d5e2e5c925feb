"""Terms about tags: ``tag:env``, ``tag:env=prod``, ``tag:aws:*``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import Any

from ssmtui.inventory.field_sets import TAG, Field
from ssmtui.inventory.query.terms import Rows, Spans, Term
from ssmtui.inventory.query.values import Equals, Glob, Test, glob_pattern
from ssmtui.inventory.rows import IndexRow


@dataclass(frozen=True)
class TagTerm(Term):
    """A tag whose key is ``key``, in any case, and of whose value one test holds; without tests: that is there."""

    key: str
    """Folded; may hold ``*``."""
    tests: tuple[Test, ...] = ()

    def __post_init__(self) -> None:
        key = glob_pattern(self.key, r"[^\n=]")
        values = [_pattern(test) for test in self.tests]
        object.__setattr__(self, "_value", re.compile(rf"\n{key}=([^\n]*)"))
        object.__setattr__(self, "_text", None)
        object.__setattr__(self, "_line", None)
        object.__setattr__(self, "cost", 4)
        if not set("*?") & set(self.key) and len(self.tests) < 2 and all(isinstance(t, Equals) for t in self.tests):
            value = "".join(f"{test.text}\n" for test in self.tests if isinstance(test, Equals))
            object.__setattr__(self, "_text", f"\n{self.key}={value}")
            object.__setattr__(self, "cost", 1)
        elif None not in values:
            any_value = "|".join(f"{value}(?=\n)" for value in values if value is not None)
            object.__setattr__(self, "_line", re.compile(f"\n{key}=(?:{any_value})"))

    def mask(self, rows: Rows) -> list[bool]:
        """A whole line of the text is found as it is, a pattern of one is searched; other tests look at each value."""
        text: str | None = self._text  # type: ignore[attr-defined]
        if text is not None:
            return [row.text.find(text, row.tags) >= 0 for row in rows]
        line: re.Pattern[str] | None = self._line  # type: ignore[attr-defined]
        if line is not None:
            search = line.search
            return [search(row.text, row.tags) is not None for row in rows]
        hits = [self._passes(row) for row in rows]
        return [False] * len(rows) if self.problem else hits

    def _passes(self, row: IndexRow[Any]) -> bool:
        values: re.Pattern[str] = self._value  # type: ignore[attr-defined]
        return any(test.passes(match.group(1)) for match in values.finditer(row.text, row.tags) for test in self.tests)

    def implies(self, other: Term) -> bool:
        """A value implies that the tag is there."""
        if not isinstance(other, TagTerm) or other.key != self.key:
            return False
        return not other.tests or (
            bool(self.tests) and all(any(test.implies(wider) for wider in other.tests) for test in self.tests)
        )

    def spans(self, field: Field[Any], text: str) -> Spans:
        """In that tag's column."""
        if (
            not field.name.startswith(TAG)
            or re.fullmatch(glob_pattern(self.key, r"[^\n=]"), field.name[len(TAG) :].casefold()) is None
        ):
            return []
        return list(chain.from_iterable(test.spans(text) for test in self.tests))

    @property
    def problem(self) -> str:
        """A pattern's."""
        return next((test.problem for test in self.tests if test.problem), "")

    def retry(self) -> None:
        """Its patterns."""
        for test in self.tests:
            test.retry()


def _pattern(test: Test) -> str | None:
    """The pattern of a whole value that passes; None where there is none."""
    if isinstance(test, Equals):
        return re.escape(test.text)
    return rf"(?=[^\n]){glob_pattern(test.pattern)}" if isinstance(test, Glob) else None
