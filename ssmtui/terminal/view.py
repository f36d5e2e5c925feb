"""The view over a terminal's rows: held while somebody marks in it, moved to what they go to."""

from __future__ import annotations

from ssmtui.terminal.grid import Anchor, Grid, GridPlace

OLDEST = GridPlace(0, 0)
"""Where what was dropped from the scrollback is taken to be."""


def place_of(anchor: Anchor) -> GridPlace:
    """Where an anchor is, or the oldest row once its text is gone."""
    return anchor.place() or OLDEST


class View:
    """Which rows are seen."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._held: Anchor | None = None

    @property
    def at_bottom(self) -> bool:
        """Whether it ends with the last row."""
        return self._grid.top >= self._grid.total - self._grid.height

    def hold(self) -> None:
        """Let it stay over its text, whatever is printed."""
        self._held = self._grid.anchor(GridPlace(self._grid.top, 0))

    def let_go(self) -> None:
        """Let it follow the output again, if it is at the bottom."""
        self._held = None

    def settle(self) -> None:
        """Go back to the text that it is held over."""
        if self._held is not None:
            top = place_of(self._held).row
            if top != self._grid.top:
                self._grid.show(top)

    def moved(self) -> None:
        """It has been moved by hand."""
        if self._held is not None:
            self.hold()

    def show(self, row: int) -> None:
        """Make ``row`` its first, as far as that goes."""
        self._grid.show(max(0, row))
        self.moved()

    def bottom(self) -> None:
        """Go to the bottom."""
        self.show(self._grid.total)

    def reveal(self, place: GridPlace) -> None:
        """Move as little as shows ``place``; or with that in the middle, if it is far."""
        top, height = self._grid.top, self._grid.height
        down = place.row - (top + height - 1)
        if place.row < top - height or down > height:
            self.show(place.row - height // 2)
        elif place.row < top:
            self.show(place.row)
        elif down > 0:
            self.show(top + down)

    def place(self, x: int, y: int) -> GridPlace:
        """The place of a cell of the view; the nearest one of what lies outside."""
        row = self._grid.top + max(0, min(y, self._grid.height - 1))
        return GridPlace(row, max(0, min(x, self._grid.cols - 1)))

    def nearest(self, place: GridPlace) -> GridPlace:
        """The same place, or the one nearest to it that is in the view."""
        top = self._grid.top
        return GridPlace(max(top, min(place.row, top + self._grid.height - 1)), place.x)
