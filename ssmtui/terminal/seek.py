"""The way to the next match, a slice at a time: from a place on, then from the other end back to it.

Chunks of rows are searched as plain text first. Only a chunk with a match in it is read row by row, which is what gives
the match a cell.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ssmtui.terminal.grid import Anchor, Grid, GridPlace, LogicalLine, line_at, line_end, line_start, lines_between
from ssmtui.terminal.pattern import SearchPattern

_CHUNK = 500
"""Rows that are searched at once, between two looks at the clock."""


class Seek:
    """Looks for the first match after a place, or the last one before it. Call :meth:`step` until it is :attr:`done`,
    then read :attr:`match`. The places are anchors, so the program may print meanwhile."""

    def __init__(
        self, grid: Grid, pattern: SearchPattern, origin: GridPlace, *, backward: bool, inclusive: bool
    ) -> None:
        """``inclusive`` accepts a match that begins at ``origin`` itself."""
        self._grid = grid
        self._pattern = pattern
        self._backward = backward
        self._inclusive = inclusive
        self._origin = grid.anchor(origin)
        self._frontier: Anchor | None = None
        """The next row to look at; None before the first step."""
        self._wrapped = False
        self.done = False
        self.match: GridPlace | None = None
        """Where the match begins; None when there is none."""

    def step(self, until: float) -> None:
        """Look until it is done or the clock (``time.monotonic``) reaches ``until``."""
        if self._frontier is None:
            self._look_in_first_line()
        while not self.done:
            self._look_further()
            if time.monotonic() >= until:
                break

    def _origin_place(self) -> GridPlace:
        return self._origin.place() or GridPlace(0, 0)

    def _look_in_first_line(self) -> None:
        origin = self._origin_place()
        line = line_at(self._grid, origin.row)
        index = line.character(origin)
        if self._backward:
            self._take([line], lambda start: start < index + self._inclusive)
        else:
            self._take([line], lambda start: start > index - self._inclusive)
        self._go_on(line.first - 1 if self._backward else line.last + 1)

    def _take(self, lines: Sequence[LogicalLine], wanted: Callable[[int], bool]) -> None:
        """Take the first match in ``lines`` whose character index is wanted, or backwards the last."""
        step = -1 if self._backward else 1
        found = self._pattern.spans([line.text for line in lines])
        for line, spans in zip(lines[::step], found[::step], strict=False):  # empty once the pattern took too long
            for start, _ in spans[::step]:
                if wanted(start):
                    self.match, self.done = line.place(start), True
                    return

    def _go_on(self, row: int) -> None:
        """Continue at ``row``, or at the other end when there is no such row; the second time it is done."""
        if self.done or self._pattern.error:
            self.done = True
        elif 0 <= row < self._grid.total:
            self._frontier = self._grid.anchor(GridPlace(row, 0))
        elif not self._wrapped:
            self._wrapped = True
            self._frontier = self._grid.anchor(GridPlace(self._grid.total - 1 if self._backward else 0, 0))
        else:
            self.done = True

    def _look_further(self) -> None:
        assert self._frontier is not None
        row = (self._frontier.place() or GridPlace(0, 0)).row
        origin = self._origin_place().row
        # Once around: what is left was searched first. The origin's own line was too, but only on one side of it.
        if self._wrapped and (row < origin if self._backward else row > origin):
            self.done = True
            return
        if self._backward:
            first, last = line_start(self._grid, max(0, row - _CHUNK + 1)), row
        else:
            first, last = row, line_end(self._grid, min(row + _CHUNK, self._grid.total) - 1)
        if self._pattern.count(self._grid.unwrapped(first, last + 1 - first)):
            self._take(lines_between(self._grid, first, last), lambda start: True)
        self._go_on(first - 1 if self._backward else last + 1)
