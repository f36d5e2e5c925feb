"""A search in one terminal: its pattern, the match that it is on, and how many there are."""

from __future__ import annotations

import time

from ssmtui.terminal.census import Census
from ssmtui.terminal.grid import Anchor, Grid, GridPlace, line_at, lines_between
from ssmtui.terminal.marks import CellSpan, Find, SearchStatus
from ssmtui.terminal.pattern import SearchPattern
from ssmtui.terminal.seek import Seek

SLICE = 0.02
"""Seconds of work at a time. All other terminals wait meanwhile."""

_MAX_ERROR = 120
"""Characters of what is wrong with a pattern."""


class TerminalSearch:
    """The search for one pattern. It moves nothing: :meth:`work` returns the place to go to."""

    def __init__(self, grid: Grid, find: Find) -> None:
        self.pattern = SearchPattern(find)
        self._grid = grid
        self._census = Census(grid, self.pattern)
        self._seek: Seek | None = None
        self._current: Anchor | None = None
        self._index = 0
        self._index_is_known = True

    def go(self, origin: GridPlace, *, backward: bool, inclusive: bool) -> None:
        """Look for the next match from ``origin``; ``inclusive`` accepts one that begins there.

        A pattern that took too long is tried again, because a person asks for it.
        """
        self._retry()
        self._seek = Seek(self._grid, self.pattern, origin, backward=backward, inclusive=inclusive)

    def changed(self) -> None:
        """Something was printed, or the size has changed."""
        if self.pattern.is_rested:
            self._retry()
        self._census.changed()
        self._index_is_known = False

    def _retry(self) -> None:
        if self.pattern.retry():
            # Where it was stopped nothing was counted, and the count does not know that.
            self._census = Census(self._grid, self.pattern)

    def work(self) -> GridPlace | None:
        """Do a slice of what is left to do. Returns the beginning of a match that it has reached, otherwise None.

        The match comes before the count: a person waits for it.
        """
        until = time.monotonic() + SLICE
        reached = self._look(until)
        if self._seek is None:  # found, or not looking
            self._census.step(until)
            if self._census.complete and not self._index_is_known:
                self._index, self._index_is_known = self._number(), True
        return reached

    def _look(self, until: float) -> GridPlace | None:
        if self._seek is None:
            return None
        self._seek.step(until)
        if not self._seek.done:
            return None
        match, self._seek = self._seek.match, None
        self._current = None if match is None else self._grid.anchor(match)
        self._index_is_known = False
        return match

    def current(self) -> GridPlace | None:
        """Where the match begins that the search is on; None when it is on none or the text is gone."""
        return None if self._current is None else self._current.place()

    def _number(self) -> int:
        """The number of the current match, from 1; 0 when there is none or its text has changed."""
        place = self.current()
        if place is None:
            return 0
        line = line_at(self._grid, place.row)
        return self._census.number(line, line.character(place))

    def found(self) -> SearchStatus:
        """The state of the search, for its line on the screen."""
        if self.pattern.error:
            return SearchStatus(0, 0, complete=True, error=self.pattern.error[:_MAX_ERROR])
        complete = self._seek is None and self._census.complete and self._index_is_known
        total = self._census.total
        return SearchStatus(total, min(self._index, total), complete)

    def spans(self) -> tuple[tuple[CellSpan, ...], tuple[CellSpan, ...]]:
        """The cells of all matches in the view, and those of the match that the search is on."""
        grid, current = self._grid, self.current()
        top, height = grid.top, grid.height
        lines = lines_between(grid, top, top + height - 1)
        matches, of_current = [], []
        for line, found in zip(lines, self.pattern.spans([line.text for line in lines]), strict=False):
            for start, end in found:
                spans = [
                    CellSpan(row - top, *cells) for row, *cells in line.spans(start, end) if 0 <= row - top < height
                ]
                matches += spans
                if current == line.place(start):
                    of_current += spans
        return tuple(matches), tuple(of_current)
