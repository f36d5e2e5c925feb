"""A filter that has been read: what a list of rows asks of it."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any as Anything

from ssmtui.inventory.field_sets import FieldSet
from ssmtui.inventory.query.keyed import AgeTerm, FieldTerm, IsTerm
from ssmtui.inventory.query.language import Language
from ssmtui.inventory.query.parser import FilterContext, terms
from ssmtui.inventory.query.terms import BEGINS, All, Any, Not, Rows, Term, implies
from ssmtui.inventory.query.words import Word
from ssmtui.inventory.rows import IndexRow, Item, RowKey


class RowQuery:
    """What is looked for. Immutable but for :attr:`problem`."""

    def __init__(self, text: str, terms: All, fields: FieldSet[Anything]) -> None:
        self.text = text
        self._fields = fields
        self._terms = terms

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r})"

    @property
    def is_empty(self) -> bool:
        """Whether every row matches."""
        return not self._terms.parts

    @property
    def ranks(self) -> bool:
        """Whether :meth:`grades` differ between rows at all."""
        return self._terms.ranks

    @property
    def timed(self) -> bool:
        """Whether what matches changes with the clock, so that the text has to be read again now and then."""
        return any(isinstance(term, AgeTerm) for term in leaves(self._terms))

    def asks(self, field: str, *questions: str) -> bool:
        """Whether it looks into this field by name, or asks one of these with ``is:``."""
        return any(
            (isinstance(term, FieldTerm) and term.of.name == field)
            or (isinstance(term, IsTerm) and term.word in questions)
            for term in leaves(self._terms)
        )

    @property
    def problem(self) -> str:
        """Why part of it finds nothing, known once :meth:`select` has tried: a regular expression that takes too
        long. Empty while all is well. What :meth:`select` returned until :meth:`retry` lacks rows then."""
        return self._terms.problem

    def retry(self) -> None:
        """Forget :attr:`problem`: whatever was stopped is tried again by the next :meth:`select`."""
        self._terms.retry()

    def select(self, rows: Sequence[IndexRow[Item]]) -> list[IndexRow[Item]]:
        """Those of ``rows`` that match, in order. Some thousands at a time take a millisecond or two. In the main
        thread: a regular expression is stopped by a signal."""
        return self._terms.select(rows)

    def grades(self, rows: Rows) -> list[int]:
        """How well each of ``rows``, all of which match, does: 0 its name is or begins with the words, 1 they are in
        the name, 2 elsewhere, or in pieces in a name that begins as they do, 3 in other pieces; 0 where there are no
        plain words."""
        grades = [BEGINS] * len(rows)
        for term in self._terms.parts:
            if term.ranks:
                more = term.grades_of_hits(rows) if isinstance(term, Word) else term.grades(rows)
                grades = list(map(max, grades, more))
        return grades

    def narrows(self, other: RowQuery) -> bool:
        """Whether all that matches this surely matches ``other``: as after one more letter."""
        return not other.problem and implies(self._terms, other._terms)

    def means_the_same(self, other: RowQuery) -> bool:
        """Whether both surely match the same rows."""
        return self._terms == other._terms

    def spans(self, field_name: str, text: str) -> Sequence[tuple[int, int]]:
        """What to highlight in the shown ``text`` of a field: start and end (not included) of each piece, in order,
        without overlap."""
        if not text or self.is_empty:
            return ()
        found = sorted(self._terms.spans(self._fields.field(field_name), _folded_in_place(text)))
        merged: list[tuple[int, int]] = []
        for start, end in found:
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged


def leaves(term: Term) -> Iterator[Term]:
    """The terms that ``term`` joins."""
    if isinstance(term, All | Any):
        for part in term.parts:
            yield from leaves(part)
    else:
        yield from leaves(term.part) if isinstance(term, Not) else (term,)


def _folded_in_place(text: str) -> str:
    """Folded, each character staying where it is."""
    if text.isascii():
        return text.lower()
    return "".join(one if len(one := character.casefold()) == 1 else character for character in text)


def parse_for(
    language: Language[Anything],
    text: str,
    *,
    now: datetime,
    favourites: Container[RowKey] = frozenset(),
    aliases: Mapping[str, str] | None = None,
    saved: Mapping[str, str] | None = None,
) -> RowQuery:
    """The query that ``text`` means at the time ``now`` for rows of a ``language``, or
    :class:`ssmtui.inventory.query.errors.QueryError`.

    ``aliases`` are those of accounts by id, ``saved`` filters by name, for ``@name``.
    """
    around = FilterContext(language, now, favourites, aliases or {}, saved or {})
    return RowQuery(text, terms(text, around), language.fields)
