"""The view over a terminal's rows: held in place while something is marked in it, and moved to what is gone to.

The engine moves the view with the output when it is at the bottom, and drops rows from the top. So a held view is an
anchor, not a row number: before each frame the view goes back to where the anchor is by then.
"""

from __future__ import annotations

from ssmtui.terminal.grid import Anchor, Grid, GridPlace

OLDEST = GridPlace(0, 0)
"""The place that stands for text that was dropped from the scrollback."""


def place_of(anchor: Anchor) -> GridPlace:
    """Where an anchor is; the oldest row once its text is gone."""
    return anchor.place() or OLDEST


class View:
    """Which rows of a grid are in sight."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._held: Anchor | None = None

    @property
    def at_bottom(self) -> bool:
        """Whether it ends with the last row."""
        return self._grid.top >= self._grid.total - self._grid.height

    def hold(self) -> None:
        """Keep it over the text that it shows now, whatever is printed."""
        self._held = self._grid.anchor(GridPlace(self._grid.top, 0))

    def let_go(self) -> None:
        """Let it follow the output again if it is at the bottom."""
        self._held = None

    def settle(self) -> None:
        """Before a frame: go back to the text over which it is held."""
        if self._held is not None:
            top = place_of(self._held).row
            if top != self._grid.top:
                self._grid.show(top)

    def moved(self) -> None:
        """It has been moved by scrolling: when held, it is now held here."""
        if self._held is not None:
            self.hold()

    def show(self, row: int) -> None:
        """Make ``row`` its first, or the nearest row that can be."""
        self._grid.show(max(0, row))
        self.moved()

    def bottom(self) -> None:
        """Go to the bottom, where it follows the output."""
        self.show(self._grid.total)

    def reveal(self, place: GridPlace) -> None:
        """Show ``place``: move as little as possible, or put it in the middle when it is more than a screen away."""
        top, height = self._grid.top, self._grid.height
        down = place.row - (top + height - 1)
        if place.row < top - height or down > height:
            self.show(place.row - height // 2)
        elif place.row < top:
            self.show(place.row)
        elif down > 0:
            self.show(top + down)

    def place(self, x: int, y: int) -> GridPlace:
        """The place at column ``x`` and line ``y`` of the view. Outside the view, where a drag may end, the nearest."""
        row = self._grid.top + max(0, min(y, self._grid.height - 1))
        return GridPlace(row, max(0, min(x, self._grid.cols - 1)))

    def nearest(self, place: GridPlace) -> GridPlace:
        """``place``, or the nearest place in the view."""
        top = self._grid.top
        return GridPlace(max(top, min(place.row, top + self._grid.height - 1)), place.x)
