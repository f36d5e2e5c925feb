"""What a filter is made of: terms that look at many rows at once, and how they are joined.

Each answers for a whole chunk of rows with one list, made by a comprehension: a call for each row would cost more than
what it does.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from itertools import compress
from operator import and_, not_, or_
from typing import Any as Anything

from ssmtui.inventory.field_sets import Field
from ssmtui.inventory.rows import IndexRow, RowKey

Rows = Sequence[IndexRow[Anything]]
Spans = list[tuple[int, int]]

BEGINS, IN_NAME, ELSEWHERE, LOOSELY, MISSES = range(5)
"""How close a row is to plain words."""


class Term(ABC):
    """Something that a row matches or does not."""

    cost: int = 1
    """What looking at a row costs, compared with a word: cheap terms go first."""
    ranks: bool = False
    """Whether :meth:`grades` differ between matching rows."""

    @abstractmethod
    def mask(self, rows: Rows) -> list[bool]:
        """Whether each of ``rows`` matches."""

    def grades(self, rows: Rows) -> list[int]:
        """How close each of ``rows`` is: ``BEGINS`` for any that matches where there are no plain words."""
        return [BEGINS if hit else MISSES for hit in self.mask(rows)]

    def implies(self, other: Term) -> bool:
        """Whether all that matches this surely matches ``other``."""
        return self == other

    def spans(self, field: Field[Anything], text: str) -> Spans:
        """What of a field's ``text``, folded character for character, made the row match; in any order."""
        return []

    @property
    def problem(self) -> str:
        """Why it finds nothing, once it has been tried."""
        return ""

    def retry(self) -> None:  # noqa: B027 (most terms never have a problem)
        """Forget :attr:`problem`, and try again with the next rows."""


@dataclass(frozen=True)
class _Several(Term):
    """Several terms together."""

    parts: tuple[Term, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "cost", sum(part.cost for part in self.parts))
        object.__setattr__(self, "ranks", any(part.ranks for part in self.parts))

    def spans(self, field: Field[Anything], text: str) -> Spans:
        """Each part's."""
        return [span for part in self.parts for span in part.spans(field, text)]

    @property
    def problem(self) -> str:
        """The first that there is."""
        return next((part.problem for part in self.parts if part.problem), "")

    def retry(self) -> None:
        """Each part."""
        for part in self.parts:
            part.retry()


@dataclass(frozen=True)
class All(_Several):
    """Rows that match every one of ``parts``; of none: every row."""

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "_cheap_first", sorted(self.parts, key=lambda part: part.cost))

    def select(self, rows: Rows) -> list[IndexRow[Anything]]:
        """Those that match: each part looks at what the ones before it have left."""
        found = list(rows)
        for part in self._cheap_first:  # type: ignore[attr-defined]
            found = list(compress(found, part.mask(found)))
        return found

    def mask(self, rows: Rows) -> list[bool]:
        """Both, and all."""
        hits = [True] * len(rows)
        for part in self.parts:
            hits = list(map(and_, hits, part.mask(rows)))
        return hits

    def grades(self, rows: Rows) -> list[int]:
        """As bad as the worst part."""
        grades = [BEGINS] * len(rows)
        for part in self.parts:
            grades = list(map(max, grades, part.grades(rows)))
        return grades


@dataclass(frozen=True)
class Any(_Several):
    """Rows that match one of ``parts`` at least."""

    def mask(self, rows: Rows) -> list[bool]:
        """Either."""
        hits = [False] * len(rows)
        for part in self.parts:
            hits = list(map(or_, hits, part.mask(rows)))
        return hits

    def grades(self, rows: Rows) -> list[int]:
        """As good as the best part."""
        grades = [MISSES] * len(rows)
        for part in self.parts:
            grades = list(map(min, grades, part.grades(rows)))
        return grades


@dataclass(frozen=True)
class Not(Term):
    """Rows that do not match ``part``."""

    part: Term

    def __post_init__(self) -> None:
        object.__setattr__(self, "cost", self.part.cost)

    def mask(self, rows: Rows) -> list[bool]:
        """The others. Rows that ``part`` cannot judge match neither way."""
        hits = self.part.mask(rows)
        return [False] * len(rows) if self.part.problem else list(map(not_, hits))

    @property
    def problem(self) -> str:
        """That of what is negated."""
        return self.part.problem

    def retry(self) -> None:
        """What is negated."""
        self.part.retry()


@dataclass(frozen=True)
class FavouriteTerm(Term):
    """The favourites."""

    favourites: Container[RowKey] = field(hash=False)

    def mask(self, rows: Rows) -> list[bool]:
        """By key."""
        favourites = self.favourites
        return [row.item.key in favourites for row in rows]


def implies(one: Term, other: Term) -> bool:
    """Whether all that matches ``one`` surely matches ``other``; False where it cannot be seen easily."""
    if one == other:
        return True
    if isinstance(other, All):
        return all(implies(one, part) for part in other.parts)
    if isinstance(one, Any):
        return all(implies(part, other) for part in one.parts)
    if isinstance(one, All) and any(implies(part, other) for part in one.parts):
        return True
    if isinstance(other, Any):
        return any(implies(one, part) for part in other.parts)
    if isinstance(one, Not) and isinstance(other, Not):
        return implies(other.part, one.part)
    return one.implies(other)
