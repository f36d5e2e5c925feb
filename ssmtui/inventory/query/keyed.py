"""Terms with a key: ``name:web``, ``seen:<1h``, ``is:stopped``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from operator import ge, gt, le, lt, or_
from typing import Any

from ssmtui.inventory.field_sets import Field
from ssmtui.inventory.query.terms import Rows, Spans, Term
from ssmtui.inventory.query.values import Contains, FilterPattern, Heard, Test, search_all
from ssmtui.inventory.rows import folded

REMEMBERED = 1 << 14
"""Values of a field whose verdict is kept: fields have few values, or one for each node."""

Searched = str | tuple[str, ...]

_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


class _Verdicts(dict[Searched, bool]):
    """Whether a field's values pass, each tried once."""

    def __init__(self, tests: tuple[Test, ...], also: Mapping[str, str]) -> None:
        self._tests = tests
        self._also = also

    def __missing__(self, value: Searched) -> bool:
        texts = (value,) if isinstance(value, str) else value
        if self._also:
            texts += tuple(self._also[text] for text in texts if text in self._also)
        whole = folded(" ".join(texts))
        parts = [whole, *map(folded, texts)] if len(texts) > 1 else [whole]
        passed = any(test.passes(part) for test in self._tests for part in parts)
        if len(self) >= REMEMBERED:
            self.clear()
        self[value] = passed
        return passed


@dataclass(frozen=True)
class FieldTerm(Term):
    """A field whose value passes at least one test."""

    of: Field[Any]
    tests: tuple[Test, ...]
    also: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Other names of values: an account's alias by its id."""
    cost = 2

    def __post_init__(self) -> None:
        object.__setattr__(self, "_verdicts", _Verdicts(self.tests, self.also))
        if any(isinstance(test, FilterPattern) for test in self.tests):
            object.__setattr__(self, "cost", 5)

    def mask(self, rows: Rows) -> list[bool]:
        """A name is looked into, a value of any other field is looked up."""
        if self.of.name == "name":
            hits = [False] * len(rows)
            for test in self.tests:
                hits = list(map(or_, hits, _names(test, rows)))
            return hits
        value: Callable[[Any], Searched] = self.of.searched
        verdicts: _Verdicts = self._verdicts  # type: ignore[attr-defined]
        hits = [verdicts[value(row.item)] for row in rows]
        return [False] * len(rows) if self.problem else hits

    def implies(self, other: Term) -> bool:
        """Each of its tests implies one of the other's."""
        if not isinstance(other, FieldTerm) or other.of is not self.of or other.also != self.also:
            return False
        return all(any(test.implies(wider) for wider in other.tests) for test in self.tests)

    def spans(self, field: Field[Any], text: str) -> Spans:
        """In that field alone."""
        return list(chain.from_iterable(test.spans(text) for test in self.tests)) if field is self.of else []

    @property
    def problem(self) -> str:
        """A pattern's."""
        return next((test.problem for test in self.tests if test.problem), "")

    def retry(self) -> None:
        """Its patterns, and with them the values that were looked at meanwhile."""
        if self.problem:
            self._verdicts.clear()  # type: ignore[attr-defined]
        for test in self.tests:
            test.retry()


def _names(test: Test, rows: Rows) -> list[bool]:
    if isinstance(test, Contains):
        text = test.text
        return [text in row.name for row in rows]
    if isinstance(test, FilterPattern):
        return search_all(test, [row.name for row in rows])
    return [test.passes(row.name) for row in rows]


@dataclass(frozen=True)
class AgeTerm(Term):
    """When something was last."""

    moment: Callable[[Any], datetime | None]
    heard: Heard
    cost = 2

    def mask(self, rows: Rows) -> list[bool]:
        """By the clock."""
        heard, moment = self.heard, self.moment
        return [heard.passes(moment(row.item)) for row in rows]


@dataclass(frozen=True)
class LengthTerm(Term):
    """How long something took."""

    length: Callable[[Any], timedelta | None]
    sign: str
    than: timedelta
    cost = 2

    def mask(self, rows: Rows) -> list[bool]:
        """Nothing that has no length matches."""
        length, than = self.length, self.than
        passes = _SIGNS[self.sign]
        return [(found := length(row.item)) is not None and passes(found, than) for row in rows]


@dataclass(frozen=True)
class IsTerm(Term):
    """One of the yes-or-no questions."""

    word: str
    ask: Callable[[Any], bool]
    cost = 2

    def mask(self, rows: Rows) -> list[bool]:
        """Asked of each item."""
        ask = self.ask
        return [ask(row.item) for row in rows]
