"""How many matches there are in screen and scrollback, counted a slice at a time.

Scrollback does not change, so it is counted once, in chunks of rows; what is dropped of it is taken off again. What
is below the last chunk, the screen above all, is counted anew whenever something was printed.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from ssmtui.terminal.grid import MAX_LINE_ROWS, Anchor, Grid, GridPlace, LogicalLine, line_end
from ssmtui.terminal.pattern import SearchPattern

_CHUNK = 1000


@dataclass(slots=True)
class _Chunk:
    rows: int
    matches: int


class Census:
    """The count of one pattern. :meth:`step` until :attr:`complete`."""

    def __init__(self, grid: Grid, pattern: SearchPattern) -> None:
        self._grid = grid
        self._pattern = pattern
        self._restart()

    def _restart(self) -> None:
        self._cols = self._grid.cols
        self._chunks: deque[_Chunk] = deque()
        self._counted = 0
        """Rows of all chunks."""
        self._last: Anchor | None = None
        """At the last of them."""
        self._below = 0
        self.complete = False

    @property
    def total(self) -> int:
        """Matches counted so far."""
        return sum([chunk.matches for chunk in self._chunks]) + self._below

    def changed(self) -> None:
        """Something was printed, or the size is another."""
        self.complete = False

    def step(self, until: float) -> None:
        """Count until all is counted, or until the clock (``time.monotonic``) says ``until``."""
        if self.complete:
            return
        self._settle()
        while self._grid.total - self._grid.height - self._counted >= _CHUNK + MAX_LINE_ROWS:
            self._count_chunk()
            if time.monotonic() >= until:
                return
        self._below = self._count(self._counted, self._grid.total)
        self.complete = True

    def _count(self, first: int, end: int) -> int:
        return self._pattern.count(self._grid.unwrapped(first, end - first))

    def _count_chunk(self) -> None:
        last = line_end(self._grid, self._counted + _CHUNK - 1)
        self._chunks.append(_Chunk(last + 1 - self._counted, self._count(self._counted, last + 1)))
        self._counted = last + 1
        self._last = self._grid.anchor(GridPlace(last, 0))

    def _settle(self) -> None:
        """Take off what has been dropped; begin anew when the scrollback is another."""
        place = GridPlace(-1, 0) if self._last is None else self._last.place()
        if self._cols != self._grid.cols or place is None or place.row >= self._grid.total - self._grid.height:
            self._restart()
            return
        dropped = self._counted - (place.row + 1)
        self._counted -= dropped
        while dropped > 0 and self._chunks:
            first = self._chunks[0]
            if first.rows > dropped:
                first.rows -= dropped
                first.matches = self._count(0, first.rows)
                break
            dropped -= self._chunks.popleft().rows

    def number(self, line: LogicalLine, index: int) -> int:
        """The number of the match that begins at the character ``index`` of a line, from 1, once all is counted; 0 when
        none does."""
        starts = [start for spans in self._pattern.spans([line.text]) for start, _ in spans]
        if index not in starts:
            return 0
        row, matches = 0, 0
        for chunk in self._chunks:
            if row + chunk.rows > line.first:
                break
            row, matches = row + chunk.rows, matches + chunk.matches
        return matches + self._count(row, line.first) + starts.index(index) + 1
