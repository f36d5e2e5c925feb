"""Which cells a selection takes, and their text."""

from __future__ import annotations

import time
from typing import NamedTuple

from ssmtui.terminal.grid import Grid, GridPlace, GridRow, line_at, line_end, line_start
from ssmtui.terminal.marks import MAX_TEXT, CellSpan, Shape
from ssmtui.terminal.view import place_of

_CHUNK = 500
"""Rows whose text is read at once, between two looks at the clock."""
_BOUNDARIES = frozenset("'\"│`|:;,()[]{}<>$")
"""Characters that, like spaces, end a word that is double-clicked. Paths, options and addresses without a port have
none of them, so one double click takes them."""


class Area(NamedTuple):
    """What is selected: the first and the last cell, or the upper left and lower right corner of a block."""

    start: GridPlace
    end: GridPlace
    shape: Shape


def area(grid: Grid, shape: Shape, origin: GridPlace, head: GridPlace) -> Area:
    """The area between two places, both included, in any order. Wide characters are selected as a whole."""
    start, end = min(origin, head), max(origin, head)
    if shape is Shape.BLOCK:
        left, right = sorted((origin.x, head.x))
        return Area(GridPlace(start.row, left), GridPlace(end.row, right), shape)
    if shape is Shape.LINE:
        return Area(GridPlace(line_start(grid, start.row), 0), GridPlace(line_end(grid, end.row), grid.cols - 1), shape)
    if shape is Shape.WORD:
        return Area(_word(grid, start)[0], _word(grid, end)[1], shape)
    return Area(_glyph_start(grid, start), _glyph_end(grid, end), shape)


def _glyph_start(grid: Grid, place: GridPlace) -> GridPlace:
    """The first cell of the glyph that is at ``place``."""
    return GridPlace(place.row, grid.rows(place.row, 1)[0].glyph(place.x)[0])


def _glyph_end(grid: Grid, place: GridPlace) -> GridPlace:
    return GridPlace(place.row, grid.rows(place.row, 1)[0].glyph(place.x)[1] - 1)


def _kind(character: str) -> int:
    """Characters of the same kind make a word: spaces, boundaries, all others."""
    if character == " ":
        return 0
    return 1 if character in _BOUNDARIES else 2


def _word(grid: Grid, place: GridPlace) -> tuple[GridPlace, GridPlace]:
    """The first and the last cell of the word at ``place``: characters of one kind, within a logical line. Behind the
    text that is the cell itself."""
    line = line_at(grid, place.row)
    text, start = line.text, line.character(place)
    if start >= len(text) or place.x >= line.rows[place.row - line.first].width:
        return place, place
    end, kind = start, _kind(text[start])
    while start and _kind(text[start - 1]) == kind:
        start -= 1
    while end + 1 < len(text) and _kind(text[end + 1]) == kind:
        end += 1
    return line.place(start), _glyph_end(grid, line.place(end))


def spans(grid: Grid, selected: Area) -> tuple[CellSpan, ...]:
    """The cells of an area that are in the view, line by line."""
    top = grid.top
    first, last = max(top, selected.start.row), min(top + grid.height - 1, selected.end.row)
    cols, block = grid.cols, selected.shape is Shape.BLOCK
    rows = grid.rows(first, last - first + 1) if block else ()
    found = []
    for number in range(first, last + 1):
        if block:
            start, end = _columns(rows[number - first], selected)
        else:
            start = selected.start.x if number == selected.start.row else 0
            end = selected.end.x + 1 if number == selected.end.row else cols
        found.append(CellSpan(number - top, start, min(end, cols)))
    return tuple(found)


def _columns(row: GridRow, selected: Area) -> tuple[int, int]:
    """The cells that a block takes of a row. Only whole glyphs, so it may be a cell wider than it was drawn."""
    return row.glyph(selected.start.x)[0], row.glyph(selected.end.x)[1]


class Reader:
    """Reads the text of an area, a slice at a time: a hundred thousand rows take longer than other panes should wait.

    There is one line for each logical line, of a block for each row, without spaces at their ends. It ends with a line
    break when whole lines are selected, as in vi. Cut at ``MAX_TEXT`` bytes. Where it is, is an anchor: the program may
    print between two slices.
    """

    def __init__(self, grid: Grid, selected: Area) -> None:
        self._grid = grid
        self._selected = selected
        self._next = grid.anchor(GridPlace(selected.start.row, 0))
        self._last = grid.anchor(GridPlace(selected.end.row, 0))
        self._size = 0
        self._begun = False
        self.done = False

    def read(self, until: float) -> bytes:
        """The next text in UTF-8, read until it is :attr:`done` or the clock (``time.monotonic``) reaches ``until``."""
        pieces = []
        while not self.done:
            pieces.append(self._piece())
            self._size += len(pieces[-1])
            if self._size >= MAX_TEXT:
                pieces[-1] = pieces[-1][: len(pieces[-1]) + MAX_TEXT - self._size]
                self.done = True
            if time.monotonic() >= until:
                break
        # Cut at the limit, the last character may be half one.
        return b"".join(pieces).decode("utf-8", "ignore").encode()

    def _piece(self) -> bytes:
        row, end = place_of(self._next).row, place_of(self._last).row
        last = min(row + _CHUNK - 1, end)
        # A slice ends with a logical line, or its two halves would be copied as two lines.
        if self._selected.shape is not Shape.BLOCK:
            last = min(line_end(self._grid, last), end)
        text = ("\n" if self._begun else "") + self._rows(row, last, last == end)
        self._begun, self.done = True, last == end
        if not self.done:
            self._next = self._grid.anchor(GridPlace(last + 1, 0))
        elif self._selected.shape is Shape.LINE:
            text += "\n"
        return text.encode("utf-8", "replace")

    def _rows(self, first: int, last: int, is_end: bool) -> str:
        grid, selected = self._grid, self._selected
        if selected.shape is Shape.BLOCK:
            rows = grid.rows(first, last - first + 1)
            return "\n".join([row.between(*_columns(row, selected)).rstrip(" ") for row in rows])
        start = GridPlace(first, 0 if self._begun else selected.start.x)
        return grid.text(start, GridPlace(last, selected.end.x if is_end else grid.cols - 1))
