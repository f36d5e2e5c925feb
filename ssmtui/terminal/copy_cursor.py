"""The copy cursor, which a person moves with vi's keys. The view follows it."""

from __future__ import annotations

from ssmtui.terminal import motions
from ssmtui.terminal.grid import Grid, GridPlace
from ssmtui.terminal.marks import Motion, MoveCursor
from ssmtui.terminal.motions import CharFind
from ssmtui.terminal.view import View, place_of

_END = 1 << 16
"""The column of a cursor that was sent to the end of a line: moving up and down, it stays at the ends of lines."""
_CHAR_FINDS = {
    Motion.FIND_CHAR: (False, False),
    Motion.FIND_CHAR_BACK: (True, False),
    Motion.TILL_CHAR: (False, True),
    Motion.TILL_CHAR_BACK: (True, True),
}
_REPEATS = {Motion.REPEAT_FIND: False, Motion.REPEAT_FIND_BACK: True}
_PAGES = (Motion.HALF_PAGE_UP, Motion.HALF_PAGE_DOWN, Motion.PAGE_UP, Motion.PAGE_DOWN)


class CopyCursor:
    """A copy cursor over one grid. It is an anchor, so it stays on its text while the program prints."""

    def __init__(self, grid: Grid, view: View, place: GridPlace) -> None:
        self._grid = grid
        self._view = view
        self._anchor = grid.anchor(place)
        self._column = place.x
        """The column that movements up and down keep, also across shorter lines."""
        self._find: CharFind | None = None

    @property
    def place(self) -> GridPlace:
        """Where it is: always the first cell of a glyph."""
        place = place_of(self._anchor)
        return GridPlace(place.row, self._grid.rows(place.row, 1)[0].glyph(place.x)[0])

    def go(self, place: GridPlace) -> None:
        """Go to ``place``, and show it."""
        self._put(place)
        self._column = place.x

    def stay_in_view(self) -> None:
        """The view was scrolled: go to the nearest row in it."""
        place = self.place
        nearest = self._view.nearest(place)
        if nearest != place:
            self._put(nearest)

    def _put(self, place: GridPlace) -> None:
        """Be at ``place`` and in sight, without a change of the column that is kept."""
        self._anchor = self._grid.anchor(place)
        self._view.reveal(place)

    def move(self, move: MoveCursor) -> None:
        """Move as vi does."""
        motion = Motion(move.motion)
        rows = motions.rows_moved(self._grid, motion, move.count)
        row = motions.view_row(self._grid, motion, move.count)
        if rows is not None:
            self._move_rows(rows, page=motion in _PAGES)
        elif row is not None:
            self.go(GridPlace(row, 0))
        else:
            self.go(self._destination(motion, move.count, move.argument))
            if motion is Motion.LINE_END:
                self._column = _END

    def _move_rows(self, rows: int, *, page: bool) -> None:
        """Move ``rows`` down in the same column. A page moves the view, too, by as much as the cursor."""
        row = max(0, min(self.place.row + rows, self._grid.total - 1))
        if page:
            self._view.show(self._grid.top + rows)
        width = self._grid.rows(row, 1)[0].width
        self._put(GridPlace(row, max(0, min(self._column, width - 1))))

    def _destination(self, motion: Motion, count: int, character: str) -> GridPlace:
        """Where a movement leads that is not by rows. A find is kept, so that ``;`` and ``,`` can repeat it; ``,`` goes
        in the other direction."""
        grid, place = self._grid, self.place
        if motion in _CHAR_FINDS:
            backward, till = _CHAR_FINDS[motion]
            self._find = CharFind(character, backward, till)
            return motions.find_char(grid, place, self._find, count)
        if motion in _REPEATS:
            if self._find is None:
                return place
            find = self._find._replace(backward=self._find.backward != _REPEATS[motion])
            return motions.find_char(grid, place, find, count, again=True)
        return motions.move(grid, place, motion, count)
