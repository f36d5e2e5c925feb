"""A filter that has been read: what the list of nodes asks of it."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import datetime

from ssmtui.inventory.query.keyed import FieldTerm, SeenTerm
from ssmtui.inventory.query.parser import FilterContext, terms
from ssmtui.inventory.query.patterns import PatternTerm, Wild
from ssmtui.inventory.query.tags import TagTerm
from ssmtui.inventory.query.terms import BEGINS, All, Any, Not, Term, implies
from ssmtui.inventory.query.words import Phrase, Word
from ssmtui.inventory.rows import IndexRow, row
from ssmtui.model import Node, NodeKey


class Query:
    """What is looked for. Immutable but for :attr:`problem`."""

    def __init__(self, text: str, terms: All) -> None:
        self.text = text
        self._terms = terms

    def __repr__(self) -> str:
        return f"Query({self.text!r})"

    @property
    def is_empty(self) -> bool:
        """Whether every node matches."""
        return not self._terms.parts

    @property
    def ranks(self) -> bool:
        """Whether :meth:`grades` differ between rows at all."""
        return self._terms.ranks

    @property
    def timed(self) -> bool:
        """Whether what matches changes with the clock, so that the text has to be read again now and then."""
        return any(isinstance(term, SeenTerm) for term in _leaves(self._terms))

    @property
    def asks_account(self) -> bool:
        """Whether it looks for an account, which its alias may name."""
        return any(isinstance(term, FieldTerm) and term.name == "account" for term in _leaves(self._terms))

    @property
    def problem(self) -> str:
        """Why part of it finds nothing, known once :meth:`select` has tried: a regular expression that takes too
        long. Empty while all is well. What :meth:`select` returned until :meth:`retry` lacks rows then."""
        return self._terms.problem

    def retry(self) -> None:
        """Forget :attr:`problem`: whatever was stopped is tried again by the next :meth:`select`."""
        self._terms.retry()

    def select(self, rows: Sequence[IndexRow]) -> list[IndexRow]:
        """Those of ``rows`` that match, in order. Some thousands at a time take a millisecond or two. In the main
        thread: a regular expression is stopped by a signal."""
        return self._terms.select(rows)

    def grades(self, rows: Sequence[IndexRow]) -> list[int]:
        """How well each of ``rows``, all of which match, does: 0 its name is or begins with the words, 1 they are in
        the name, 2 elsewhere, or in pieces in a name that begins as they do, 3 in other pieces; 0 where there are no
        plain words."""
        grades = [BEGINS] * len(rows)
        for term in self._terms.parts:
            if term.ranks:
                more = term.grades_of_hits(rows) if isinstance(term, Word) else term.grades(rows)
                grades = list(map(max, grades, more))
        return grades

    def narrows(self, other: Query) -> bool:
        """Whether all that matches this surely matches ``other``: as after one more letter."""
        return not other.problem and implies(self._terms, other._terms)

    def means_the_same(self, other: Query) -> bool:
        """Whether both surely match the same nodes."""
        return self._terms == other._terms

    def matches(self, node: Node) -> bool:
        """Whether one node matches."""
        return bool(self.select([row(node)]))

    def may_match(self, node: Node) -> bool:
        """Whether one node matches, or would if it had certain tags that nobody has listed: plain words are looked for
        in tags, and a tag may give the name. Where a node's tags are known this is :meth:`matches`."""
        if node.tags or node.tags_known:
            return self.matches(node)
        _, possible = self._without_tags(node)
        return possible

    def needs_tags(self, node: Node) -> bool:
        """Whether only the node's tags, which nobody has listed, can say whether it matches."""
        if node.tags or node.tags_known:
            return False
        certain, possible = self._without_tags(node)
        return possible and not certain

    def _without_tags(self, node: Node) -> tuple[bool, bool]:
        known = row(node)
        return _verdict(self._terms, known, row(node._replace(name="")) if _may_be_renamed(node) else known)

    def spans(self, field_name: str, text: str) -> Sequence[tuple[int, int]]:
        """What to highlight in the shown ``text`` of a field: start and end (not included) of each piece, in order,
        without overlap."""
        if not text or self.is_empty:
            return ()
        found = sorted(self._terms.spans(field_name, _folded_in_place(text)))
        merged: list[tuple[int, int]] = []
        for start, end in found:
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged


def _leaves(term: Term) -> Iterator[Term]:
    if isinstance(term, All | Any):
        for part in term.parts:
            yield from _leaves(part)
    else:
        yield from _leaves(term.part) if isinstance(term, Not) else (term,)


def _may_be_renamed(node: Node) -> bool:
    """Whether the tag Name, which nobody has listed, may give the node a name in the place of the one that it has: that
    of its activation or its computer."""
    return node.name in ("", node.computer_name) or node.id.startswith("mi-")


_IN_TAGS = Phrase | Word | Wild | PatternTerm
"""What is looked for in all of a row's text, its tags among it."""


def _verdict(term: Term, known: IndexRow, nameless: IndexRow) -> tuple[bool, bool]:
    """Whether a node whose tags nobody has listed matches certainly, whatever they are, and whether it may match.

    ``known`` is its row, ``nameless`` the same without the name where a tag may give it another one.
    """
    if isinstance(term, Not):
        certain, possible = _verdict(term.part, known, nameless)
        return not possible, not certain
    if isinstance(term, All | Any):
        verdicts = [_verdict(part, known, nameless) for part in term.parts]
        join = all if isinstance(term, All) else any
        return join(certain for certain, _ in verdicts), join(possible for _, possible in verdicts)
    is_name = isinstance(term, FieldTerm) and term.name == "name"
    if isinstance(term, TagTerm) or (is_name and nameless is not known):
        return False, True
    if isinstance(term, _IN_TAGS):
        return term.mask([nameless])[0], True
    hit = term.mask([known])[0]
    return hit, hit


def _folded_in_place(text: str) -> str:
    """Folded, each character staying where it is."""
    if text.isascii():
        return text.lower()
    return "".join(one if len(one := character.casefold()) == 1 else character for character in text)


def parse(
    text: str,
    *,
    now: datetime,
    favourites: Container[NodeKey] = frozenset(),
    aliases: Mapping[str, str] | None = None,
    saved: Mapping[str, str] | None = None,
) -> Query:
    """The query that ``text`` means at the time ``now``, or :class:`QueryError`.

    ``aliases`` are those of accounts by id, ``saved`` filters by name, for ``@name``.
    """
    return Query(text, terms(text, FilterContext(now, favourites, aliases or {}, saved or {})))
