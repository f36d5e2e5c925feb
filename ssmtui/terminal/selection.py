"""Which cells are selected, and their text: pure functions over a grid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ssmtui.terminal.grid import Grid, Place, Row, line_at, line_end, line_start
from ssmtui.terminal.marks import MAX_TEXT, Shape, Span

_CHUNK = 2000
"""Rows whose text is taken at once."""
_BOUNDARIES = frozenset("'\"│`|:;,()[]{}<>$")
"""Beside blanks, what ends a word that is double-clicked: paths, options and addresses without a port are one."""


class Area(NamedTuple):
    """What is selected: first and last cell, or two corners of a block."""

    start: Place
    end: Place
    shape: Shape


def area(grid: Grid, shape: Shape, origin: Place, head: Place) -> Area:
    """What lies between two places, both included. A wide character is selected as a whole."""
    start, end = min(origin, head), max(origin, head)
    if shape is Shape.BLOCK:
        left, right = sorted((origin.x, head.x))
        return Area(Place(start.row, left), Place(end.row, right), shape)
    if shape is Shape.LINE:
        return Area(Place(line_start(grid, start.row), 0), Place(line_end(grid, end.row), grid.cols - 1), shape)
    if shape is Shape.WORD:
        return Area(_word(grid, start)[0], _word(grid, end)[1], shape)
    return Area(glyph_start(grid, start), _glyph_end(grid, end), shape)


def glyph_start(grid: Grid, place: Place) -> Place:
    """The first cell of the glyph at ``place``."""
    return Place(place.row, grid.rows(place.row, 1)[0].glyph(place.x)[0])


def _glyph_end(grid: Grid, place: Place) -> Place:
    return Place(place.row, grid.rows(place.row, 1)[0].glyph(place.x)[1] - 1)


def _kind(character: str) -> int:
    if character == " ":
        return 0
    return 1 if character in _BOUNDARIES else 2


def _word(grid: Grid, place: Place) -> tuple[Place, Place]:
    """First and last cell of the word at ``place``: characters of one kind, within a logical line."""
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


def spans(grid: Grid, selected: Area) -> tuple[Span, ...]:
    """The cells of an area that are in the view."""
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
        found.append(Span(number - top, start, min(end, cols)))
    return tuple(found)


def _columns(row: Row, selected: Area) -> tuple[int, int]:
    """The cells of a row that a block takes: whole glyphs."""
    return row.glyph(selected.start.x)[0], row.glyph(selected.end.x)[1]


def text(grid: Grid, selected: Area) -> str:
    """The text of an area: a logical line a line, of a block a row a line, blanks at their ends cut. It ends with a
    new line when whole lines are selected. Cut at ``MAX_TEXT`` bytes."""
    pieces, size = [], 0
    for piece in _pieces(grid, selected):
        pieces.append(piece)
        size += len(piece.encode()) + 1
        if size > MAX_TEXT:
            break
    whole = "\n".join(pieces) + ("\n" if selected.shape is Shape.LINE else "")
    return whole.encode()[:MAX_TEXT].decode("utf-8", "ignore") if size > MAX_TEXT else whole


def _pieces(grid: Grid, selected: Area) -> Iterator[str]:
    row = selected.start.row
    while row <= selected.end.row:
        last = min(row + _CHUNK - 1, selected.end.row)
        if selected.shape is Shape.BLOCK:
            rows = grid.rows(row, last - row + 1)
            yield "\n".join([read.between(*_columns(read, selected)).rstrip(" ") for read in rows])
        else:
            last = min(line_end(grid, last), selected.end.row)
            start = selected.start if row == selected.start.row else Place(row, 0)
            yield grid.text(start, selected.end if last == selected.end.row else Place(last, grid.cols - 1))
        row = last + 1
