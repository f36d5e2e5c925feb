"""Where the tiles of the overview are: how many stand side by side, how large each is, which are in sight, and where
the cursor goes from each. Pure; all numbers are cells."""

from __future__ import annotations

from typing import NamedTuple

NARROWEST = 36
"""Cells of a tile's width at least, where the screen has them: a prompt and a short command can be read."""
LOWEST = 5
"""Lines of a tile at least, where the screen has them: its title and four lines of output."""
TERMINAL = 80, 24
"""Columns and lines above which more room shows little more of a session."""


class Slot(NamedTuple):
    """Where a tile is, counted from the upper left corner of the first one."""

    x: int
    y: int
    width: int
    height: int


class TileGrid(NamedTuple):
    """Tiles in reading order. Made by :meth:`of`."""

    tiles: int
    columns: int
    width: int
    """Of all columns."""
    height: int
    """Of one tile."""

    @classmethod
    def of(cls, tiles: int, width: int, height: int) -> TileGrid:
        """``tiles`` tiles on a screen of ``width`` times ``height``. Where all can be in sight, they are as large as
        they can be; else as many rows as possible are in sight, and one scrolls to the others."""
        width, height = max(1, width), max(1, height)
        most = max(1, min(tiles, width // NARROWEST))
        fitting = [columns for columns in range(1, most + 1) if -(-tiles // columns) * LOWEST <= height]
        if not fitting:
            return cls(tiles, most, width, height // max(1, height // LOWEST))
        columns = max(fitting, key=lambda columns: cls(tiles, columns, width, cls._lines(tiles, columns, height))._use)
        return cls(tiles, columns, width, cls._lines(tiles, columns, height))

    @staticmethod
    def _lines(tiles: int, columns: int, height: int) -> int:
        return height // max(1, -(-tiles // columns))

    @property
    def _use(self) -> tuple[int, int]:
        """How much of its session a tile shows; between equals, longer lines are better than more of them."""
        columns, lines = TERMINAL
        return min(self.width // self.columns, columns) * min(self.height - 1, lines), -self.columns

    @property
    def rows(self) -> int:
        """Rows of tiles."""
        return -(-self.tiles // self.columns)

    @property
    def lines(self) -> int:
        """Lines that all rows take."""
        return self.rows * self.height

    def slot(self, tile: int) -> Slot:
        """Where a tile is. The columns of a row fill its width, so that some are a cell wider than others."""
        row, column = divmod(tile, self.columns)
        left, right = (place * self.width // self.columns for place in (column, column + 1))
        return Slot(left, row * self.height, right - left, self.height)

    def at(self, x: int, y: int) -> int | None:
        """The tile at a cell; None where there is none."""
        if not (0 <= x < self.width and 0 <= y < self.lines):
            return None
        # The column whose left edge is the last one at or before x.
        column = (x * self.columns + self.columns - 1) // self.width
        tile = y // self.height * self.columns + column
        return tile if tile < self.tiles else None

    def in_sight(self, top: int, height: int) -> range:
        """The tiles of which at least a line is in sight, where the ``height`` lines from ``top`` are."""
        first = max(0, top) // self.height
        last = -(-max(0, top + height) // self.height)
        return range(min(first * self.columns, self.tiles), min(last * self.columns, self.tiles))

    def page(self, height: int) -> int:
        """Rows that ``height`` lines show in full; at least one."""
        return max(1, height // self.height)

    def below(self, tile: int, rows: int) -> int:
        """The tile ``rows`` further down, negative for up, within the grid. A last row that is too short gives its last
        tile; as many rows as there are tiles or more lead to the first or the last one."""
        if abs(rows) >= self.tiles:
            return max(0, self.tiles - 1) if rows > 0 else 0
        row, column = divmod(tile, self.columns)
        row = max(0, min(row + rows, self.rows - 1))
        return min(row * self.columns + column, self.tiles - 1)

    def beside(self, tile: int, steps: int) -> int:
        """The tile ``steps`` further on in reading order, negative for back, within the grid."""
        return max(0, min(tile + steps, self.tiles - 1))

    def top_for(self, tile: int, top: int, height: int) -> int:
        """The first line in sight, changed from ``top`` as little as it takes to show ``tile`` in full, or its first
        lines where the view is too low."""
        slot = self.slot(tile)
        if slot.y < top or slot.height > height:
            return slot.y
        return max(top, slot.y + slot.height - height)
