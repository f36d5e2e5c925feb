"""Movements of the copy cursor, as vi has them, over logical lines. Pure functions over a grid.

Each is bounded in rows and in time, because a count can be 9,999 and scrollback can be empty for a hundred thousand
rows: a movement ends where it has got to.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ssmtui.terminal.grid import Grid, GridPlace, LogicalLine, line_at, line_start
from ssmtui.terminal.marks import Motion

_MOST_LINES = 2000
"""Lines that one movement passes while it looks for its destination."""
_MOST_PROMPT_ROWS = 5000
"""Rows in which the next prompt is looked for."""
_MOST_SECONDS = 0.2
"""Seconds for a movement with a large count."""
# vi's word is letters, digits and underscores, or other characters that are not spaces; its WORD is anything but
# spaces.
_WORD = re.compile(r"\w+|[^\w\s]+")
_BIG_WORD = re.compile(r"\S+")


class CharFind(NamedTuple):
    """What ``f``, ``F``, ``t`` or ``T`` looked for, so that ``;`` and ``,`` can repeat it."""

    character: str
    backward: bool
    till: bool


# Words


def _tokens(text: str, big: bool) -> list[tuple[int, int]]:
    return [token.span() for token in (_BIG_WORD if big else _WORD).finditer(text)]


def _word_forward(grid: Grid, place: GridPlace, big: bool) -> GridPlace:
    """The next beginning of a word. An empty line counts as a word, as in vi."""
    here = line = line_at(grid, place.row)
    index = here.character(place)
    for first, line in _lines_down(grid, here):
        starts = [start for start, _ in _tokens(line.text, big) if not first or start > index]
        if starts or not (first or line.text.strip(" ")):
            return line.place(starts[0] if starts else 0)
    return _line_tail(grid, GridPlace(line.first, 0))


def _word_end(grid: Grid, place: GridPlace, big: bool) -> GridPlace:
    """The next end of a word."""
    here = line = line_at(grid, place.row)
    index = here.character(place)
    for first, line in _lines_down(grid, here):
        ends = [end - 1 for _, end in _tokens(line.text, big) if not first or end - 1 > index]
        if ends:
            return line.place(ends[0])
    return _line_tail(grid, GridPlace(line.first, 0))


def _word_backward(grid: Grid, place: GridPlace, big: bool) -> GridPlace:
    """The beginning of the word before. An empty line counts as a word, as in vi."""
    here = line = line_at(grid, place.row)
    index = here.character(place)
    for first, line in _lines_up(grid, here):
        starts = [start for start, _ in _tokens(line.text, big) if not first or start < index]
        if starts or not (first or line.text.strip(" ")):
            return line.place(starts[-1] if starts else 0)
    return GridPlace(line.first, 0)


def _lines_down(grid: Grid, line: LogicalLine) -> Iterator[tuple[bool, LogicalLine]]:
    """``line`` and the lines below it, each with whether it is ``line`` itself."""
    yield True, line
    for _ in range(_MOST_LINES):
        if line.last + 1 >= grid.total:
            return
        line = line_at(grid, line.last + 1)
        yield False, line


def _lines_up(grid: Grid, line: LogicalLine) -> Iterator[tuple[bool, LogicalLine]]:
    yield True, line
    for _ in range(_MOST_LINES):
        if line.first == 0:
            return
        line = line_at(grid, line.first - 1)
        yield False, line


_WORDS: dict[Motion, Callable[[Grid, GridPlace], GridPlace]] = {
    Motion.WORD_FORWARD: lambda grid, place: _word_forward(grid, place, big=False),
    Motion.WORD_BACKWARD: lambda grid, place: _word_backward(grid, place, big=False),
    Motion.WORD_END: lambda grid, place: _word_end(grid, place, big=False),
    Motion.BIGWORD_FORWARD: lambda grid, place: _word_forward(grid, place, big=True),
    Motion.BIGWORD_BACKWARD: lambda grid, place: _word_backward(grid, place, big=True),
    Motion.BIGWORD_END: lambda grid, place: _word_end(grid, place, big=True),
}


# Lines


def _line_start(grid: Grid, place: GridPlace) -> GridPlace:
    return GridPlace(line_start(grid, place.row), 0)


def _line_first_nonblank(grid: Grid, place: GridPlace) -> GridPlace:
    line = line_at(grid, place.row)
    return line.place(len(line.text) - len(line.text.lstrip(" ")) if line.text.strip(" ") else 0)


def _line_tail(grid: Grid, place: GridPlace) -> GridPlace:
    """The last character of the logical line at ``place``."""
    line = line_at(grid, place.row)
    return line.place(max(0, len(line.text.rstrip(" ")) - 1))


# Characters and rows


def _left(grid: Grid, place: GridPlace) -> GridPlace:
    """The glyph before, within the row: as in vi, this does not go to the row above."""
    return GridPlace(place.row, grid.rows(place.row, 1)[0].glyph(place.x - 1)[0]) if place.x else place


def _right(grid: Grid, place: GridPlace) -> GridPlace:
    row = grid.rows(place.row, 1)[0]
    after = row.glyph(place.x)[1]
    return GridPlace(place.row, after) if after < row.width else place


def _paragraph_down(grid: Grid, place: GridPlace) -> GridPlace:
    return _paragraph(grid, place, 1)


def _paragraph_up(grid: Grid, place: GridPlace) -> GridPlace:
    return _paragraph(grid, place, -1)


def _paragraph(grid: Grid, place: GridPlace, step: int) -> GridPlace:
    """The next empty row after one with text, in the direction of ``step``."""
    row, within = place.row, not _is_blank(grid, place.row)
    for _ in range(_MOST_LINES):
        if not 0 <= row + step < grid.total:
            break
        row += step
        blank = _is_blank(grid, row)
        if blank and within:
            break
        within = within or not blank
    return GridPlace(row, 0)


def _is_blank(grid: Grid, row: int) -> bool:
    return not grid.rows(row, 1)[0].text.strip(" ")


def _prompt_up(grid: Grid, place: GridPlace) -> GridPlace:
    return _prompt(grid, place, range(place.row - 1, max(-1, place.row - 1 - _MOST_PROMPT_ROWS), -1))


def _prompt_down(grid: Grid, place: GridPlace) -> GridPlace:
    return _prompt(grid, place, range(place.row + 1, min(grid.total, place.row + 1 + _MOST_PROMPT_ROWS)))


def _prompt(grid: Grid, place: GridPlace, rows: range) -> GridPlace:
    return next((GridPlace(row, 0) for row in rows if grid.is_prompt(row)), place)


_STEPS: dict[Motion, Callable[[Grid, GridPlace], GridPlace]] = {
    **_WORDS,
    Motion.LINE_START: _line_start,
    Motion.LINE_FIRST_NONBLANK: _line_first_nonblank,
    Motion.LINE_END: _line_tail,
    Motion.LEFT: _left,
    Motion.RIGHT: _right,
    Motion.PARAGRAPH_UP: _paragraph_up,
    Motion.PARAGRAPH_DOWN: _paragraph_down,
    Motion.PROMPT_UP: _prompt_up,
    Motion.PROMPT_DOWN: _prompt_down,
}


def rows_moved(grid: Grid, motion: Motion, count: int) -> int | None:
    """How many rows down a movement goes that keeps its column; None for other movements."""
    sizes = {
        Motion.UP: -1,
        Motion.DOWN: 1,
        Motion.HALF_PAGE_UP: -max(1, grid.height // 2),
        Motion.HALF_PAGE_DOWN: max(1, grid.height // 2),
        Motion.PAGE_UP: -max(1, grid.height - 1),
        Motion.PAGE_DOWN: max(1, grid.height - 1),
    }
    rows = sizes.get(motion)
    return None if rows is None else rows * count


def view_row(grid: Grid, motion: Motion, count: int) -> int | None:
    """The row that a movement to an edge of view or scrollback goes to; None for other movements. With a count, ``H``
    and ``L`` go to that row from the edge."""
    offset = min(count, grid.height) - 1
    rows = {
        Motion.TOP: 0,
        Motion.BOTTOM: grid.total - 1,
        Motion.VIEW_TOP: grid.top + offset,
        Motion.VIEW_MIDDLE: grid.top + grid.height // 2,
        Motion.VIEW_BOTTOM: grid.top + grid.height - 1 - offset,
    }
    return rows.get(motion)


def move(grid: Grid, place: GridPlace, motion: Motion, count: int) -> GridPlace:
    """Where a movement by characters, words, lines, paragraphs or prompts leads, ``count`` times in a row."""
    step, end = _STEPS[motion], time.monotonic() + _MOST_SECONDS
    for _ in range(count):
        before, place = place, step(grid, place)
        if place == before or time.monotonic() > end:
            break
    return place


def find_char(grid: Grid, place: GridPlace, find: CharFind, count: int, *, again: bool = False) -> GridPlace:
    """Where ``f``, ``F``, ``t`` and ``T`` lead: within the logical line, and nowhere if the character is not there
    ``count`` times. With ``again`` a ``t`` does not stay before the same character, as Vim has it without ``;`` in
    'cpoptions'."""
    if not find.character:
        return place
    line = line_at(grid, place.row)
    text, step = line.text, -1 if find.backward else 1
    # A till stops before the character, so a repeated one would find the same again.
    index = line.character(place) + (step if find.till and again else 0)
    for _ in range(count):
        found = text.rfind(find.character, 0, max(0, index)) if find.backward else text.find(find.character, index + 1)
        if found < 0:
            return place
        index = found
    return line.place(index - step if find.till else index)
