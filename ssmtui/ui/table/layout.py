"""Which columns a width has room for, and how wide each is. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ssmtui.inventory.rows import Item
from ssmtui.ui.table.columns import Column, ColumnSet

GAP = 2
"""Blank cells between two columns."""

LEAST, MOST = 4, 80
"""Cells that a column may be set to."""


class Chosen(NamedTuple):
    """A column of the table as the person wants it."""

    name: str
    width: int | None = None
    """Cells; None leaves it to the room there is."""


class Placed(NamedTuple):
    """A column with its width for now."""

    column: Column[Any]
    width: int


Layout = tuple[Placed, ...]


def layout(columns: ColumnSet[Item], chosen: Sequence[Chosen], width: int) -> Layout:
    """Those of the ``chosen`` columns that ``width`` cells have room for, in their order. The same width always gives
    the same layout: nothing jumps. Columns of a width that was set keep it; one that is left alone is cut to fit."""
    shown = [_bounds(columns.column(one.name), one.width) for one in chosen]
    while len(shown) > 1 and _taken(least for _, least, _ in shown) > width:
        shown.remove(max(shown, key=lambda bounds: bounds[0].rank))
    spare = max(0, width - _taken(least for _, least, _ in shown))
    widths = {which.name: least for which, least, _ in shown}
    # Those that need little to show everything come first.
    for which, least, most in sorted(shown, key=lambda bounds: bounds[2] - bounds[1]):
        growth = min(spare, most - least)
        spare -= growth
        widths[which.name] += growth
    return tuple(Placed(which, widths[which.name]) for which, _, _ in shown)


def _bounds(which: Column[Item], width: int | None) -> tuple[Column[Item], int, int]:
    if width is None:
        return which, which.width, max(which.width, which.most)
    return which, width, width


def _taken(widths: Iterable[int]) -> int:
    every = list(widths)
    return sum(every) + GAP * (len(every) - 1)


def at(placed: Layout, x: int) -> Column[Any] | None:
    """The column under the ``x``-th cell of a row, its gap included; None beside all of them."""
    end = 0
    for which, width in placed:
        end += width + GAP
        if 0 <= x < end:
            return which
    return None
