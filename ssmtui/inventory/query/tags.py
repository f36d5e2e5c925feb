"""Terms about tags: ``tag:env``, ``tag:env=prod``, ``tag:aws:*``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from ssmtui.inventory.fields import TAG
from ssmtui.inventory.query.terms import Spans, Term
from ssmtui.inventory.query.values import Equals, Test, glob_pattern
from ssmtui.inventory.rows import Row


@dataclass(frozen=True)
class TagTerm(Term):
    """A tag whose key is ``key``, in any case, and of whose value one test holds; without tests: that is there."""

    key: str
    """Folded; may hold ``*``."""
    tests: tuple[Test, ...] = ()

    def __post_init__(self) -> None:
        patterns = [_line(self.key, test) for test in self.tests] if self.tests else [f"\n{self.key}="]
        texts = None if set("*?") & set(self.key) else [pattern for pattern in patterns if pattern is not None]
        plain = texts is not None and len(texts) == len(patterns) and bool(texts)
        object.__setattr__(self, "_texts", tuple(texts or ()) if plain else None)
        object.__setattr__(self, "_lines", re.compile(rf"\n{_key_pattern(self.key)}=([^\n]*)"))
        object.__setattr__(self, "cost", 1 if plain else 4)

    def mask(self, rows: Sequence[Row]) -> list[bool]:
        """Whole lines of the text are found as they are; other tests look at each value."""
        texts: tuple[str, ...] | None = self._texts  # type: ignore[attr-defined]
        if texts is None:
            hits = [self._matches(row) for row in rows]
            return [False] * len(rows) if self.problem else hits
        if len(texts) == 1:
            line = texts[0]
            return [row.text.find(line, row.tags) >= 0 for row in rows]
        return [any(row.text.find(line, row.tags) >= 0 for line in texts) for row in rows]

    def _matches(self, row: Row) -> bool:
        lines: re.Pattern[str] = self._lines  # type: ignore[attr-defined]
        if not self.tests:
            return lines.search(row.text, row.tags) is not None
        return any(test.passes(match.group(1)) for match in lines.finditer(row.text, row.tags) for test in self.tests)

    def implies(self, other: Term) -> bool:
        """A value implies that the tag is there."""
        if not isinstance(other, TagTerm) or other.key != self.key:
            return False
        return not other.tests or (
            bool(self.tests) and all(any(test.implies(wider) for wider in other.tests) for test in self.tests)
        )

    def spans(self, field: str, text: str) -> Spans:
        """In that tag's column."""
        if not field.startswith(TAG) or re.fullmatch(_key_pattern(self.key), field[len(TAG) :].casefold()) is None:
            return []
        return list(chain.from_iterable(test.spans(text) for test in self.tests))

    @property
    def problem(self) -> str:
        """A pattern's."""
        return next((test.problem for test in self.tests if test.problem), "")


def _line(key: str, test: Test) -> str | None:
    return f"\n{key}={test.text}\n" if isinstance(test, Equals) else None


def _key_pattern(key: str) -> str:
    return glob_pattern(key, r"[^\n=]")
