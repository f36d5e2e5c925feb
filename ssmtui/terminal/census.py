"""How many matches there are in screen and scrollback, counted a slice at a time.

Scrollback does not change, so it is counted once, in chunks of rows, and a chunk that is dropped takes its count with
it. Only what is below the last chunk, the screen above all, is counted again after output: a search stays open while a
program prints, and must not read a hundred thousand rows for each line.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from ssmtui.terminal.grid import MAX_LINE_ROWS, Anchor, Grid, GridPlace, LogicalLine, line_end
from ssmtui.terminal.pattern import SearchPattern

_CHUNK = 1000
"""Rows that are counted at once, between two looks at the clock."""


@dataclass(slots=True)
class _Chunk:
    rows: int
    matches: int


class Census:
    """The count of one pattern. Call :meth:`step` until it is :attr:`complete`, and :meth:`changed` after output."""

    def __init__(self, grid: Grid, pattern: SearchPattern) -> None:
        self._grid = grid
        self._pattern = pattern
        self._restart()

    def _restart(self) -> None:
        self._cols = self._grid.cols
        self._chunks: deque[_Chunk] = deque()
        self._counted = 0
        """Rows of all chunks together."""
        self._last: Anchor | None = None
        """Follows the last of these rows: from where it is now follows how many of the oldest were dropped."""
        self._below = 0
        self.complete = False

    @property
    def total(self) -> int:
        """Matches counted so far."""
        return sum([chunk.matches for chunk in self._chunks]) + self._below

    def changed(self) -> None:
        """Something was printed, or the size has changed."""
        self.complete = False

    def step(self, until: float) -> None:
        """Count until everything is counted or the clock (``time.monotonic``) reaches ``until``."""
        if self.complete:
            return
        self._settle()
        # A chunk ends with a logical line, and leaves the screen alone: rows there still change.
        while self._grid.total - self._grid.height - self._counted >= _CHUNK + MAX_LINE_ROWS:
            self._count_chunk()
            if time.monotonic() >= until:
                return
        self._below = self._count(self._counted, self._grid.total)
        self.complete = True

    def _count(self, first: int, end: int) -> int:
        return self._pattern.count(self._grid.unwrapped(first, end - first))

    def _count_chunk(self) -> None:
        """Count the next chunk. It ends with a logical line: a match across its end would be counted by none."""
        last = line_end(self._grid, self._counted + _CHUNK - 1)
        self._chunks.append(_Chunk(last + 1 - self._counted, self._count(self._counted, last + 1)))
        self._counted = last + 1
        self._last = self._grid.anchor(GridPlace(last, 0))

    def _settle(self) -> None:
        """Take off what was dropped. Start again when the width has changed, which moves all rows, or when the
        scrollback was cleared."""
        place = GridPlace(-1, 0) if self._last is None else self._last.place()
        if self._cols != self._grid.cols or place is None or place.row >= self._grid.total - self._grid.height:
            self._restart()
            return
        # The last counted row was number ``counted - 1``. It has moved up by as many rows as were dropped.
        dropped = self._counted - (place.row + 1)
        self._counted -= dropped
        while dropped > 0 and self._chunks:
            first = self._chunks[0]
            if first.rows > dropped:
                first.rows -= dropped
                first.matches = self._count(0, first.rows)  # a part of a chunk was dropped: count the rest of it
                break
            dropped -= self._chunks.popleft().rows

    def number(self, line: LogicalLine, index: int) -> int:
        """The number, from 1, of the match that begins at character ``index`` of ``line``; 0 when none begins there.

        Only right once everything is counted: whole chunks above are added up, and the rest up to the line is counted.
        """
        starts = [start for spans in self._pattern.spans([line.text]) for start, _ in spans]
        if index not in starts:
            return 0
        row, matches = 0, 0
        for chunk in self._chunks:
            if row + chunk.rows > line.first:
                break
            row, matches = row + chunk.rows, matches + chunk.matches
        return matches + self._count(row, line.first) + starts.index(index) + 1
