"""The text of a terminal, scrollback and screen together, as selecting, searching and copying need it.

Each engine has an adapter with this interface (``ghostty_grid``, ``bittty_grid``); all that is marked works on it
alone.

Rows are numbered from the oldest that is kept, so numbers shift when rows are dropped. What must last longer than one
call is an :class:`Anchor`. Cells are numbered from the left edge. A logical line is what was printed up to a line
break, and takes several rows when it wraps: people search and copy lines, and drag over rows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple, Protocol

MAX_LINE_ROWS = 200
"""Rows of one logical line that are treated as one. A longer line is taken in pieces: a program can print without a
line break for ever, and each key press in copy mode would read all of it."""


class GridPlace(NamedTuple):
    """A cell: its row from the oldest kept, and its column."""

    row: int
    x: int


class GridRow(NamedTuple):
    """The text of a row, from the left edge to its last written cell.

    A character may take two cells, and several may share one (a base with its combining marks): so characters and
    cells are counted apart.
    """

    text: str
    cells: Sequence[int] | None
    """The first cell of each character; None when each character has a cell of its own."""
    width: int
    """The number of written cells."""
    wraps: bool
    """Whether the logical line continues in the next row."""

    def cell(self, index: int) -> int:
        """The first cell of the character ``index``; for one past the last, the row's width."""
        if index >= len(self.text):
            return self.width
        return index if self.cells is None else self.cells[index]

    def character(self, x: int) -> int:
        """The index of the character at cell ``x``; the first where several share the cell."""
        if x >= self.width:
            return len(self.text)
        if self.cells is None:
            return x
        index = bisect_right(self.cells, x) - 1
        while index and self.cells[index - 1] == self.cells[index]:
            index -= 1
        return index

    def glyph(self, x: int) -> tuple[int, int]:
        """The cells of the glyph at cell ``x``: the first, and the one after the last."""
        if self.cells is None or x >= self.width:
            return x, x + 1
        index = self.character(x)
        after = index + 1
        while after < len(self.text) and self.cells[after] == self.cells[index]:
            after += 1
        return self.cells[index], self.cell(after)

    def between(self, start: int, end: int) -> str:
        """The text of the glyphs in the cells ``start`` to ``end`` (not included). A glyph that is half in is whole."""
        if end <= start:
            return ""
        return self.text[self.character(start) : self.character(self.glyph(end - 1)[1])]


class Anchor(Protocol):
    """A cell that is followed through output, scrolling and reflow, as long as this object lives.

    The engine updates all of them with its rows, so each costs a little with every feed.
    """

    def place(self) -> GridPlace | None:
        """Where the cell is now; None once its text was dropped or cleared."""


class Grid(Protocol):
    """The rows of the screen that is in use, with its scrollback."""

    @property
    def cols(self) -> int:
        """Cells in a row."""

    @property
    def height(self) -> int:
        """Rows of the screen, and of the view."""

    @property
    def total(self) -> int:
        """The number of rows; the last ``height`` of them are the screen."""

    @property
    def top(self) -> int:
        """The first row of the view."""

    @property
    def alternate(self) -> bool:
        """Whether this is the alternate screen, which has no scrollback."""

    def show(self, row: int) -> None:
        """Make ``row`` the first of the view, or the last row that can be: then the view follows the output."""

    def cursor(self) -> GridPlace:
        """The terminal's cursor."""

    def rows(self, first: int, count: int) -> list[GridRow]:
        """``count`` rows from ``first``, or as many as there are."""

    def wraps(self, row: int) -> bool:
        """Whether the logical line of ``row`` continues in the next row."""

    def unwrapped(self, first: int, count: int) -> str:
        """The text of ``count`` rows from ``first``, one line for each logical line. Much quicker than :meth:`rows`: a
        search reads everything in this way, and rows only where something matches."""

    def text(self, start: GridPlace, end: GridPlace) -> str:
        """The text from ``start`` to ``end`` (included), one line for each logical line, without spaces at their
        ends."""

    def anchor(self, place: GridPlace) -> Anchor:
        """Follow the cell at ``place``."""

    def links(self, row: int) -> list[tuple[int, int, str]]:
        """The hyperlinks of a row (OSC 8, https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda): first
        cell, the cell after the last, address."""

    def is_prompt(self, row: int) -> bool:
        """Whether the shell marked ``row`` as the beginning of a prompt (OSC 133 A, see ``outputs``)."""

    def output(self, row: int) -> tuple[GridPlace, GridPlace] | None:
        """The first and the last cell of the command output that ``row`` is in; None when it is in none."""


def runs_of(addresses: Sequence[str]) -> list[tuple[int, int, str]]:
    """The hyperlinks of a row, as :meth:`Grid.links` returns them, from the address of each cell."""
    runs, x = [], 0
    for address, cells in groupby(addresses):
        end = x + len(list(cells))
        if address:
            runs.append((x, end, address))
        x = end
    return runs


class LogicalLine(NamedTuple):
    """A logical line, or a piece of a very long one: ``rows`` from row ``first`` on."""

    first: int
    rows: Sequence[GridRow]

    @property
    def text(self) -> str:
        """The text of all its rows."""
        return self.rows[0].text if len(self.rows) == 1 else "".join([row.text for row in self.rows])

    @property
    def last(self) -> int:
        """Its last row."""
        return self.first + len(self.rows) - 1

    def place(self, index: int) -> GridPlace:
        """The cell of the character ``index``; for one past the last, the cell after the text."""
        for offset, row in enumerate(self.rows):
            if index < len(row.text) or offset == len(self.rows) - 1:
                return GridPlace(self.first + offset, row.cell(index))
            index -= len(row.text)
        raise AssertionError("a line has rows")

    def character(self, place: GridPlace) -> int:
        """The index of the character at ``place``, which is in the line."""
        offset = place.row - self.first
        return sum([len(row.text) for row in self.rows[:offset]]) + self.rows[offset].character(place.x)

    def spans(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """The cells of the characters ``start`` to ``end`` (not included), row by row: row, first cell, cell after the
        last."""
        spans, before = [], 0
        for offset, row in enumerate(self.rows):
            first, last = max(0, start - before), min(len(row.text), end - before)
            if first < last:
                spans.append((self.first + offset, row.cell(first), row.glyph(row.cell(last - 1))[1]))
            before += len(row.text)
        return spans


def line_start(grid: Grid, row: int) -> int:
    """The first row of the logical line that ``row`` is in."""
    lowest = max(0, row - MAX_LINE_ROWS + 1)
    while row > lowest and grid.wraps(row - 1):
        row -= 1
    return row


def line_end(grid: Grid, row: int) -> int:
    """The last row of the logical line that ``row`` is in."""
    highest = min(grid.total, row + MAX_LINE_ROWS) - 1
    while row < highest and grid.wraps(row):
        row += 1
    return row


def line_at(grid: Grid, row: int) -> LogicalLine:
    """The logical line that ``row`` is in."""
    first = line_start(grid, row)
    return LogicalLine(first, grid.rows(first, line_end(grid, row) - first + 1))


def lines_between(grid: Grid, first: int, last: int) -> list[LogicalLine]:
    """The logical lines of the rows ``first`` to ``last``. The outermost ones are complete, with their rows outside."""
    first, last = line_start(grid, first), line_end(grid, last)
    lines: list[LogicalLine] = []
    pending: list[GridRow] = []
    for row, read in enumerate(grid.rows(first, last - first + 1), first):
        pending.append(read)
        if not read.wraps or row == last:
            lines.append(LogicalLine(row - len(pending) + 1, pending))
            pending = []
    return lines
