"""By what the rows are sorted: several keys, and as one string a row, by which its place is found. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Generic

from ssmtui.inventory.field_sets import SortKey
from ssmtui.inventory.rows import IndexRow, Item, RowKind
from ssmtui.inventory.sorting import Measure, Sorting, Values, in_order_of
from ssmtui.inventory.usage import Usage

USAGE_FIELDS = ("favourite", "recent", "used")
"""What a sort key may name beside fields: favourites, those opened last, and most often, first."""


# Before a key that says something stands 0, and in the place of one that says nothing 1: those come last either way.
# After a key comes what lets a shorter one be before one that goes on: character 0, or 255 where all is reversed.
_REVERSED = bytes(range(255, -1, -1))

_item_of = attrgetter("item")
_tie_of = attrgetter("tie")


def _reversed(key: str) -> str:
    """A string that orders the other way round. UTF-8 orders as its characters do, and has no byte 255."""
    return key.encode("utf-8", "surrogatepass").translate(_REVERSED).decode("latin-1")


class RowOrder(Generic[Item]):
    """The order by some keys, with the usage as it was when this was made. All rows need their ``tie``."""

    def __init__(self, kind: RowKind[Item], keys: Sequence[SortKey], usage: Usage | None = None) -> None:
        """Raises KeyError for a field that is none."""
        self.keys = tuple(keys)
        self.by_usage = any(key.field in USAGE_FIELDS for key in keys)
        self.by_ties_alone = self.keys in ((), kind.order)
        """Whether it is the rows' ties that order them."""
        self._measures = tuple((_measure(kind, key.field, usage), key.descending) for key in keys)

    def of(self, row: IndexRow[Item]) -> str:
        """The row's place in the order, as a string to compare."""
        return self.of_many((row,))[0]

    def of_many(self, rows: Sequence[IndexRow[Item]]) -> list[str]:
        """The same for many rows."""
        orders = [row.tie for row in rows]
        if self.by_ties_alone:
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

    def sorted(self, tied: list[IndexRow[Item]]) -> Sorting[Item]:
        """Rows that are in the order of their ties in this one. Not the list that was given, but for that order."""
        rows = tied
        if not self.by_ties_alone:
            for measure, descending in reversed(self._measures):
                rows = yield from in_order_of(rows, measure, descending=descending)
        return rows


def _measure(kind: RowKind[Item], name: str, usage: Usage | None) -> Measure[Item]:
    if name in USAGE_FIELDS:
        by_usage = _each(_usage_value(name, usage))
        return Measure(by_usage, by_usage, by_usage)
    known = kind.fields.field(name)
    if known.name == kind.tied_field:
        return Measure(_keys_in_ties, _keys_in_ties, _keys_in_ties)
    keys = _each(known.sort_key)
    if known.rank is not None:
        ranks = _each(known.rank)
        return Measure(keys, ranks, ranks)
    return Measure(keys, keys, _each(known.searched))


def _each(value: Callable[[Item], Any]) -> Values[Item]:
    return lambda rows: map(value, map(_item_of, rows))


def _keys_in_ties(rows: Sequence[IndexRow[Any]]) -> list[str]:
    """The keys of the field that the ties begin with: they cost much to make."""
    return [tie[1 : tie.index("\0")] for tie in map(_tie_of, rows)]


def _usage_value(name: str, usage: Usage | None) -> Callable[[Any], str]:
    if usage is None:
        return lambda item: ""
    favourites, uses = usage.favourites, usage.uses
    if name == "favourite":
        return lambda item: "1" if item.key in favourites else ""
    if name == "recent":
        return lambda item: f"{1e11 - use.last:020.6f}" if (use := uses.get(item.key)) else ""
    return lambda item: f"{10**9 - use.times:010}" if (use := uses.get(item.key)) else ""
