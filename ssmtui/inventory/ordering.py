"""By what the rows are sorted: several keys as one string a row, which is all that is ever compared. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ssmtui.inventory.fields import field
from ssmtui.inventory.rows import Row
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


def tie_of(node: Node) -> str:
    """What orders nodes that are equal in all else, by name first; no two nodes have the same."""
    name = _name_key(node)
    known = f"0{name}" if name else "1"
    return f"{known}\0{node.id}\0{node.aws_profile}\0{node.region}"


def _reversed(key: str) -> str:
    """A string that orders the other way round. UTF-8 orders as its characters do, and has no byte 255."""
    return key.encode("utf-8", "surrogatepass").translate(_REVERSED).decode("latin-1")


class Order:
    """The order by some keys, with the usage as it was when this was made."""

    def __init__(self, keys: Sequence[SortKey], usage: Usage | None = None) -> None:
        """Raises KeyError for a field that is none."""
        self.keys = tuple(keys)
        self.by_usage = any(key.field in USAGE_FIELDS for key in keys)
        self.by_name_alone = self.keys in ((), BY_NAME)
        """Whether it is the rows' ties that order them."""
        self._values = tuple((_value(key.field, usage), key.descending) for key in keys)

    def of(self, row: Row) -> str:
        """The row's place in the order, as a string to compare; it needs the row's ``tie``."""
        return self.of_many((row,))[0]

    def of_many(self, rows: Sequence[Row]) -> list[str]:
        """The same for many rows."""
        orders = [row.tie for row in rows]
        if self.by_name_alone:
            return orders
        nodes = [row.node for row in rows]
        for value, descending in reversed(self._values):
            keys = map(value, nodes)
            if descending:
                orders = [
                    f"0{_reversed(key)}\xff{order}" if key else f"1{order}"
                    for key, order in zip(keys, orders, strict=True)
                ]
            else:
                orders = [f"0{key}\0{order}" if key else f"1{order}" for key, order in zip(keys, orders, strict=True)]
        return orders


def _value(name: str, usage: Usage | None) -> Callable[[Node], str]:
    if name not in USAGE_FIELDS:
        return field(name).sort_key
    if usage is None:
        return lambda node: ""
    favourites, uses = usage.favourites, usage.uses
    if name == "favourite":
        return lambda node: "1" if node.key in favourites else ""
    if name == "recent":
        return lambda node: f"{1e11 - use.last:020.6f}" if (use := uses.get(node.key)) else ""
    return lambda node: f"{10**9 - use.times:010}" if (use := uses.get(node.key)) else ""
