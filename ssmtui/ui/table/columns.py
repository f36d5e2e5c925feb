"""The columns that a table can have: what each shows of an item, and how wide it is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Generic, NamedTuple

from ssmtui.inventory.field_sets import TAG, Field
from ssmtui.inventory.rows import Item, RowKind
from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.tones import Tone

TAG_KEY_LIMIT = 128
"""Characters of a tag's key (EC2's own limit)."""

NOTHING = Cell("–", Tone.DIM)
"""A cell of which nothing is known, where that matters."""


class ColumnFacts(NamedTuple):
    """What cells show beside the item itself."""

    now: datetime
    aliases: Mapping[str, str] = MappingProxyType({})
    """Account aliases by account id."""


CellOf = Callable[[Item, ColumnFacts], Cell]


class ColumnShape(NamedTuple):
    """How wide a column is, in cells."""

    width: int
    most: int
    """What it may grow to where there is room."""
    rank: float
    """Columns of a higher rank go first when there is no room."""


TAG_SHAPE = ColumnShape(12, 28, 3.5)
OTHER_SHAPE = ColumnShape(12, 24, 7)


class Column(NamedTuple, Generic[Item]):
    """One column; widths in cells, as :class:`ColumnShape` has them."""

    name: str
    """As in filters and sort keys: a field's name, or ``tag:KEY``."""
    title: str
    cell: CellOf[Item]
    width: int
    most: int
    rank: float
    help: str = ""


class ColumnSet(Generic[Item]):
    """The columns of a table, of rows of one kind, and what of them is shown and sorted by until others are chosen."""

    def __init__(
        self,
        rows: RowKind[Item],
        *,
        cells: Mapping[str, CellOf[Item]],
        shapes: Mapping[str, ColumnShape],
        default: tuple[str, ...],
        by_scope: tuple[str, ...] = (),
        scopes_after: str = "",
        aging: frozenset[str] = frozenset(),
        orders: Mapping[str, str] = MappingProxyType({}),
        is_greyed: Callable[[Item], bool] = lambda item: False,
    ) -> None:
        """``cells`` has the fields that are not shown as their plain text."""
        self.rows = rows
        self.default = default
        """Names of the columns that the table has at first."""
        self.by_scope = by_scope
        """Columns that come by themselves where the chosen scopes differ in them."""
        self.scopes_after = scopes_after
        """The column that these follow."""
        self.aging = aging
        """Columns whose cells change as time goes by."""
        self.orders = orders
        """Orders that are no column's, and what each does."""
        self.is_greyed = is_greyed
        """Whether an item is over, and its row is grey."""
        self._cells = cells
        self._shapes = shapes
        self._made = lru_cache(256)(self._make)

    def column(self, name: str) -> Column[Item]:
        """The column of the field called ``name``; ``KeyError`` when there is none."""
        if len(name) > len(TAG) + TAG_KEY_LIMIT:
            raise KeyError(name)
        return self._made(name)

    def _make(self, name: str) -> Column[Item]:
        known = self.rows.fields.field(name)
        shape = TAG_SHAPE if known.name.startswith(TAG) else self._shapes.get(known.name, OTHER_SHAPE)
        cell = self._cells.get(known.name) or _plain(known)
        return Column(known.name, tidy(known.title, 24), cell, *shape, known.help)

    def has_column(self, name: str) -> bool:
        """Whether there is a column of that name, which is no alias."""
        try:
            return self.column(name).name == name
        except KeyError:
            return False

    def has_order(self, name: str) -> bool:
        """Whether rows can be sorted by that name."""
        return name in self.orders or self.has_column(name)


def _plain(known: Field[Item]) -> CellOf[Item]:
    def cell(item: Item, facts: ColumnFacts) -> Cell:
        return Cell(tidy(known.text(item)))

    return cell
