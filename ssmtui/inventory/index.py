"""The nodes as the table lists them: filtered and sorted, and kept so while they change, in short steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from ssmtui.inventory.fields import field
from ssmtui.inventory.query import Query
from ssmtui.inventory.rows import Row, row
from ssmtui.inventory.store import Delta
from ssmtui.inventory.usage import Usage
from ssmtui.model import Node, NodeKey

Steps = Iterator[None]
"""Work in parts: each ``next()`` takes a few milliseconds, and once it is exhausted all is done."""

CHUNK = 2000
"""Rows looked at in one step."""

USAGE_FIELDS = ("favourite", "recent", "used")
"""What :class:`SortKey` may name beside the fields of nodes: favourites, those opened last, and most often, first."""


class SortKey(NamedTuple):
    """One key to sort by, of several."""

    field: str
    """A field of :mod:`ssmtui.inventory.fields`, or one of :data:`USAGE_FIELDS`."""
    descending: bool = False


BY_NAME = (SortKey("name"),)


class NodeIndex:
    """Rows for all nodes it has been given, and of these the ones that match the query, in order.

    Nodes of which a key's field says nothing come last in either direction; what is equal is in the order of names.
    """

    def __init__(self, usage: Usage | None = None) -> None:
        self.shown: Sequence[Row] = ()
        """The rows that match, in order. Replaced by the steps, never changed in place."""
        self.query: Query | None = None
        """The filter in force; None: every node is shown."""
        self.sort_keys: tuple[SortKey, ...] = BY_NAME
        self._usage = usage
        self._rows: dict[NodeKey, Row] = {}
        self._sorted: list[Row] = []

    @property
    def total(self) -> int:
        """Nodes there are, shown or not."""
        return len(self._rows)

    def row(self, key: NodeKey) -> Row | None:
        """The row of a node, shown or not; None where there is none."""
        return self._rows.get(key)

    def place(self, key: NodeKey) -> int | None:
        """Where in :attr:`shown` the node is; None where it is not."""
        wanted = self._rows.get(key)
        return next((place for place, shown in enumerate(self.shown) if shown is wanted), None)

    def apply(self, delta: Delta) -> Steps:
        """Take in what has changed."""
        for key in delta.removed:
            self._rows.pop(key, None)
        for start in range(0, len(delta.changed), CHUNK):
            for node in delta.changed[start : start + CHUNK]:
                self._rows[node.key] = row(node)
            yield
        yield from self._arrange()

    def select(self, query: Query | None) -> Steps:
        """Show only what matches ``query``."""
        self.query = query
        yield from self._filter()

    def sort(self, keys: Sequence[SortKey]) -> Steps:
        """Sort by these keys, the first of them first. Raises KeyError for a field that is none."""
        orders = [_order(key, self._usage) for key in keys]
        self.sort_keys = tuple(keys)
        del orders
        return self._arrange()

    def use_changed(self, keys: Iterable[NodeKey]) -> Steps:
        """The use or liking of these nodes has changed: where that is sorted by, they go elsewhere."""
        if any(key.field in USAGE_FIELDS for key in self.sort_keys):
            yield from self._arrange()

    def _arrange(self) -> Steps:
        rows = list(self._rows.values())
        for key in reversed((*self.sort_keys, SortKey("name"), SortKey("id"))):
            value = _order(key, self._usage)
            known = [(value(one.node), one) for one in rows]
            yield
            empty = [one for order, one in known if not order]
            known = [(order, one) for order, one in known if order]
            known.sort(key=lambda pair: pair[0], reverse=key.descending)
            rows = [one for _, one in known] + empty
            yield
        self._sorted = rows
        yield from self._filter()

    def _filter(self) -> Steps:
        query = self.query
        if query is None or query.is_empty:
            self.shown = list(self._sorted)
            return
        found: list[Row] = []
        for start in range(0, len(self._sorted), CHUNK):
            found += query.select(self._sorted[start : start + CHUNK])
            yield
            if query is not self.query:
                return
        if query.ranks:
            found.sort(key=query.closeness)
        self.shown = found


def _order(key: SortKey, usage: Usage | None) -> Callable[[Node], str]:
    if key.field not in USAGE_FIELDS:
        return field(key.field).sort_key
    if usage is None:
        return lambda node: ""
    favourites, uses = usage.favourites, usage.uses
    if key.field == "favourite":
        return lambda node: "1" if node.key in favourites else ""
    if key.field == "recent":
        return lambda node: f"{1e11 - use.last:020.6f}" if (use := uses.get(node.key)) else ""
    return lambda node: f"{10**9 - use.times:010}" if (use := uses.get(node.key)) else ""
