"""The text of a terminal, scrollback and screen together, as marking needs it: the narrow side of each engine.

Rows are numbered from the oldest that is kept, so numbers shift when rows are dropped: what is to last is an
:class:`Anchor`. Cells are numbered from the left edge.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple, Protocol

MAX_LINE_ROWS = 200
"""Rows of one logical line that are looked at as one; a longer line is taken in pieces."""


class GridPlace(NamedTuple):
    """A cell."""

    row: int
    x: int


class GridRow(NamedTuple):
    """What is written in a row, from the left edge to its last written cell."""

    text: str
    cells: Sequence[int] | None
    """The first cell of each character; None when each character has a cell of its own."""
    width: int
    """In cells."""
    wraps: bool
    """The logical line goes on in the next row."""

    def cell(self, index: int) -> int:
        """The first cell of a character; one past the last character gives the row's width."""
        if index >= len(self.text):
            return self.width
        return index if self.cells is None else self.cells[index]

    def character(self, x: int) -> int:
        """The character at a cell: the first, where several share it."""
        if x >= self.width:
            return len(self.text)
        if self.cells is None:
            return x
        index = bisect_right(self.cells, x) - 1
        while index and self.cells[index - 1] == self.cells[index]:
            index -= 1
        return index

    def glyph(self, x: int) -> tuple[int, int]:
        """The cells, from and to (not included), of the glyph at a cell."""
        if self.cells is None or x >= self.width:
            return x, x + 1
        index = self.character(x)
        after = index + 1
        while after < len(self.text) and self.cells[after] == self.cells[index]:
            after += 1
        return self.cells[index], self.cell(after)

    def between(self, start: int, end: int) -> str:
        """The text of the glyphs at the cells ``start`` to ``end`` (not included)."""
        if end <= start:
            return ""
        return self.text[self.character(start) : self.character(self.glyph(end - 1)[1])]


class Anchor(Protocol):
    """A cell that is followed, through output, scrolling and reflow, as long as there is a reference to this."""

    def place(self) -> GridPlace | None:
        """Where it is now; None once its text is gone."""


class Grid(Protocol):
    """The rows of the screen in use, with the scrollback that belongs to it."""

    @property
    def cols(self) -> int:
        """Cells in a row."""

    @property
    def height(self) -> int:
        """Rows of the screen, and of the view."""

    @property
    def total(self) -> int:
        """Rows in all; the last ``height`` of them are the screen."""

    @property
    def top(self) -> int:
        """The first row of the view."""

    @property
    def alternate(self) -> bool:
        """Whether this is the alternate screen, which has no scrollback."""

    def show(self, row: int) -> None:
        """Make ``row`` the first of the view, as far as there are rows below it; the last possible one follows the
        output from here on."""

    def cursor(self) -> GridPlace:
        """The terminal's cursor."""

    def rows(self, first: int, count: int) -> list[GridRow]:
        """``count`` rows from ``first``, as far as there are any."""

    def wraps(self, row: int) -> bool:
        """Whether the logical line of ``row`` goes on in the next."""

    def unwrapped(self, first: int, count: int) -> str:
        """The text of ``count`` rows from ``first``: a logical line a line. Quicker than :meth:`rows`."""

    def text(self, start: GridPlace, end: GridPlace) -> str:
        """The text from ``start`` to ``end`` (included): a logical line a line, blanks at their ends cut."""

    def anchor(self, place: GridPlace) -> Anchor:
        """Follow ``place``."""

    def links(self, row: int) -> list[tuple[int, int, str]]:
        """The hyperlinks (OSC 8) of a row: first cell, end, and address."""

    def is_prompt(self, row: int) -> bool:
        """Whether the shell has marked ``row`` as the beginning of a prompt (OSC 133)."""

    def output(self, row: int) -> tuple[GridPlace, GridPlace] | None:
        """First and last cell of the command output that ``row`` is in; None where it is in none."""


def runs_of(addresses: Sequence[str]) -> list[tuple[int, int, str]]:
    """What the cells of a row link to, each for itself, as :meth:`Grid.links` tells it."""
    runs, x = [], 0
    for address, cells in groupby(addresses):
        end = x + len(list(cells))
        if address:
            runs.append((x, end, address))
        x = end
    return runs


class LogicalLine(NamedTuple):
    """A logical line, or a piece of a very long one."""

    first: int
    rows: Sequence[GridRow]

    @property
    def text(self) -> str:
        """All of it."""
        return self.rows[0].text if len(self.rows) == 1 else "".join([row.text for row in self.rows])

    @property
    def last(self) -> int:
        """Its last row."""
        return self.first + len(self.rows) - 1

    def place(self, index: int) -> GridPlace:
        """The cell of a character; of one past the last, the cell after the text."""
        for offset, row in enumerate(self.rows):
            if index < len(row.text) or offset == len(self.rows) - 1:
                return GridPlace(self.first + offset, row.cell(index))
            index -= len(row.text)
        raise AssertionError("a line has rows")

    def character(self, place: GridPlace) -> int:
        """The character at ``place``."""
        offset = place.row - self.first
        return sum([len(row.text) for row in self.rows[:offset]]) + self.rows[offset].character(place.x)

    def spans(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """Row, first cell and end of the characters ``start`` to ``end`` (not included), row by row."""
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
    """The logical lines of the rows ``first`` to ``last``, with all that belongs to the outermost ones."""
    first, last = line_start(grid, first), line_end(grid, last)
    lines: list[LogicalLine] = []
    pending: list[GridRow] = []
    for row, read in enumerate(grid.rows(first, last - first + 1), first):
        pending.append(read)
        if not read.wraps or row == last:
            lines.append(LogicalLine(row - len(pending) + 1, pending))
            pending = []
    return lines
