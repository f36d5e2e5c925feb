"""A filter of nodes that has been read: what beside the list asks of it."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import datetime

from ssmtui.inventory.fields import FIELDS
from ssmtui.inventory.node_rows import NODE_ROWS
from ssmtui.inventory.query.keyed import FieldTerm
from ssmtui.inventory.query.node_language import NODE_LANGUAGE
from ssmtui.inventory.query.parser import FilterContext, terms
from ssmtui.inventory.query.patterns import PatternTerm, Wild
from ssmtui.inventory.query.row_query import RowQuery
from ssmtui.inventory.query.tags import TagTerm
from ssmtui.inventory.query.terms import All, Any, Not, Term
from ssmtui.inventory.query.words import Phrase, Word
from ssmtui.inventory.rows import IndexRow
from ssmtui.model import Node, NodeKey


class Query(RowQuery):
    """Which nodes are looked for."""

    @property
    def asks_account(self) -> bool:
        """Whether it looks for an account, which its alias may name."""
        return self.asks("account")

    def matches(self, node: Node) -> bool:
        """Whether one node matches."""
        return bool(self.select([NODE_ROWS.row(node)]))

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
        known = NODE_ROWS.row(node)
        return _verdict(self._terms, known, NODE_ROWS.row(node._replace(name="")) if _may_be_renamed(node) else known)


def _may_be_renamed(node: Node) -> bool:
    """Whether the tag Name, which nobody has listed, may give the node a name in the place of the one that it has: that
    of its activation or its computer."""
    return node.name in ("", node.computer_name) or node.id.startswith("mi-")


_IN_TAGS = Phrase | Word | Wild | PatternTerm
"""What is looked for in all of a row's text, its tags among it."""


def _verdict(term: Term, known: IndexRow[Node], nameless: IndexRow[Node]) -> tuple[bool, bool]:
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
    is_name = isinstance(term, FieldTerm) and term.of.name == "name"
    if isinstance(term, TagTerm) or (is_name and nameless is not known):
        return False, True
    if isinstance(term, _IN_TAGS):
        return term.mask([nameless])[0], True
    hit = term.mask([known])[0]
    return hit, hit


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
    around = FilterContext(NODE_LANGUAGE, now, favourites, aliases or {}, saved or {})
    return Query(text, terms(text, around), FIELDS)
