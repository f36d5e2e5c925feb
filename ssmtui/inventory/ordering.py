"""By what the rows are sorted: several keys, and as one string a row, by which its place is found. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from ssmtui.inventory.fields import field
from ssmtui.inventory.rows import IndexRow
from ssmtui.inventory.sorting import Measure, Sorting, Values, in_order_of
from ssmtui.inventory.usage import Usage
from ssmtui.model import Node

USAGE_FIELDS = ("favourite", "recent", "used")
"""What a sort key may name beside the fields of nodes: favourites, those opened last, and most often, first."""


class SortKey(NamedTuple):
    """One key to sort by, of several."""

    field: str
    """A field of :mod:`ssmtui.inventory.fields`, or one of :data:`USAGE_FIELDS`."""
    descending: bool = False


BY_NAME = (SortKey("name"),)

# Before a key that says something stands 0, and in the place of one that says nothing 1: those come last either way.
# After a key comes what lets a shorter one be before one that goes on: character 0, or 255 where all is reversed.
_REVERSED = bytes(range(255, -1, -1))

_name_key = field("name").sort_key
_node_of = attrgetter("node")
_tie_of = attrgetter("tie")


def tie_of(node: Node) -> str:
    """What orders nodes that are equal in all else, by name first; no two nodes have the same."""
    name = _name_key(node)
    known = f"0{name}" if name else "1"
    return f"{known}\0{node.id}\0{node.aws_profile}\0{node.region}"


def _reversed(key: str) -> str:
    """A string that orders the other way round. UTF-8 orders as its characters do, and has no byte 255."""
    return key.encode("utf-8", "surrogatepass").translate(_REVERSED).decode("latin-1")


class RowOrder:
    """The order by some keys, with the usage as it was when this was made. All rows need their ``tie``."""

    def __init__(self, keys: Sequence[SortKey], usage: Usage | None = None) -> None:
        """Raises KeyError for a field that is none."""
        self.keys = tuple(keys)
        self.by_usage = any(key.field in USAGE_FIELDS for key in keys)
        self.by_name_alone = self.keys in ((), BY_NAME)
        """Whether it is the rows' ties that order them."""
        self._measures = tuple((_measure(key.field, usage), key.descending) for key in keys)

    def of(self, row: IndexRow) -> str:
        """The row's place in the order, as a string to compare."""
        return self.of_many((row,))[0]

    def of_many(self, rows: Sequence[IndexRow]) -> list[str]:
        """The same for many rows."""
        orders = [row.tie for row in rows]
        if self.by_name_alone:
            return orders
        for measure, descending in reversed(self._measures):
            keys = measure.keys(rows)
            if descending:
                orders = [
                    f"0{_reversed(key)}\xff{order}" if key else f"1{order}"
                    for key, order in zip(keys, orders, strict=True)
                ]
            else:
                orders = [f"0{key}\0{order}" if key else f"1{order}" for key, order in zip(keys, orders, strict=True)]
        return orders

    def sorted(self, named: list[IndexRow]) -> Sorting:
        """Rows that are in the order of their ties in this one. Not the list that was given, but for that order."""
        rows = named
        if not self.by_name_alone:
            for measure, descending in reversed(self._measures):
                rows = yield from in_order_of(rows, measure, descending=descending)
        return rows


def _measure(name: str, usage: Usage | None) -> Measure:
    if name in USAGE_FIELDS:
        by_usage = _each(_usage_value(name, usage))
        return Measure(by_usage, by_usage, by_usage)
    known = field(name)
    if known.name == "name":
        return Measure(_names, _names, _names)
    keys = _each(known.sort_key)
    if known.rank is not None:
        ranks = _each(known.rank)
        return Measure(keys, ranks, ranks)
    return Measure(keys, keys, _each(known.searched))


def _each(value: Callable[[Node], Any]) -> Values:
    return lambda rows: map(value, map(_node_of, rows))


def _names(rows: Sequence[IndexRow]) -> list[str]:
    """The keys of their names, which cost much to make and are in their ties."""
    return [tie[1 : tie.index("\0")] for tie in map(_tie_of, rows)]


def _usage_value(name: str, usage: Usage | None) -> Callable[[Node], str]:
    if usage is None:
        return lambda node: ""
    favourites, uses = usage.favourites, usage.uses
    if name == "favourite":
        return lambda node: "1" if node.key in favourites else ""
    if name == "recent":
        return lambda node: f"{1e11 - use.last:020.6f}" if (use := uses.get(node.key)) else ""
    return lambda node: f"{10**9 - use.times:010}" if (use := uses.get(node.key)) else ""
