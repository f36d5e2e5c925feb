"""The marks in one terminal: selection, copy cursor and search.

They are kept by anchors, so they follow their text while the program prints and the pane is resized: a selection that
stayed at its rows would slide over other text, and other text would be copied. Nothing here knows an engine or a
process; all of it works on a :class:`~ssmtui.terminal.grid.Grid`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ssmtui.terminal import selection
from ssmtui.terminal.copy_cursor import CopyCursor
from ssmtui.terminal.grid import Anchor, Grid, GridPlace
from ssmtui.terminal.marks import (
    EMPTY,
    Drag,
    EnterCopyMode,
    Find,
    FindNext,
    KeepFind,
    LeaveCopyMode,
    MarkAction,
    MarkOverlay,
    MoveCursor,
    Press,
    Release,
    Shape,
    SwapEnds,
    Toggle,
    Unfind,
    Unmark,
)
from ssmtui.terminal.search import TerminalSearch
from ssmtui.terminal.view import View, place_of


@dataclass(slots=True)
class _Selection:
    shape: Shape
    origin: Anchor
    head: Anchor | None
    """The other end; None when that is the copy cursor."""


@dataclass(slots=True)
class _Origin:
    """Where a search began, to return to when it is given up."""

    cursor: Anchor | None
    """The copy cursor; None outside copy mode."""
    top: Anchor
    """The first row of the view."""
    at_bottom: bool


class Marking:
    """The marks of one grid.

    Call :meth:`apply` for what a person does, :meth:`changed` after output, :meth:`scrolled` after scrolling, and for
    each frame :meth:`settle` before it and :meth:`overlay` after it.
    """

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._alternate = grid.alternate
        self._actions: dict[type[MarkAction], Callable[[Any], None]] = {
            Press: self._press,
            Drag: self._drag,
            Release: self._release,
            Unmark: self._unmark,
            EnterCopyMode: self._enter_copy_mode,
            LeaveCopyMode: self._leave_copy_mode,
            MoveCursor: self._move,
            Toggle: self._toggle,
            SwapEnds: self._swap_ends,
            Find: self._find,
            KeepFind: self._keep_find,
            FindNext: self._find_next,
            Unfind: self._unfind,
        }
        self._clear()

    def _clear(self) -> None:
        self._view = View(self._grid)
        self._selection: _Selection | None = None
        self._pressed: tuple[Shape, Anchor] | None = None
        self._followed = False
        """The view was at the bottom when the button was pressed, so it goes there again when that is released."""
        self._cursor: CopyCursor | None = None
        self._search: TerminalSearch | None = None
        self._origin: _Origin | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing is marked, so that this object is not needed."""
        return not (self._selection or self._pressed or self._cursor or self._search or self._origin)

    # Around frames

    def apply(self, mark: MarkAction) -> None:
        """Do what ``mark`` says."""
        self.settle()
        self._actions[type(mark)](mark)

    def settle(self) -> None:
        """Before a frame: bring the view back to where it is held, whatever was printed.

        When the program has changed between primary and alternate screen, all marks are dropped: the other screen has
        other text.
        """
        if self._grid.alternate != self._alternate:
            self._alternate = self._grid.alternate
            self._clear()
        self._view.settle()
        if self._cursor is not None:
            self._view.reveal(self._cursor.place)

    def scrolled(self) -> None:
        """The view was moved by scrolling. The copy cursor stays in it, and a search begins here from now on."""
        self._view.moved()
        self._origin = None
        self._followed = self._view.at_bottom
        if self._cursor is not None:
            self._cursor.stay_in_view()

    def changed(self) -> None:
        """Something was printed, or the size has changed: what matches must be counted again."""
        if self._search is not None:
            self._search.changed()

    def work(self) -> None:
        """Do a slice of the work that a search has left, and go to a match that it reaches."""
        if self._search is not None:
            match = self._search.work()
            if match is not None:
                self._go(match)

    def overlay(self) -> MarkOverlay:
        """What is marked in the view."""
        overlay = EMPTY
        if self._selection is not None:
            spans = selection.spans(self._grid, self._area(self._selection))
            overlay = overlay._replace(selection=spans, shape=self._selection.shape)
        if self._cursor is not None:
            place = self._cursor.place
            overlay = overlay._replace(cursor=(place.x, place.row - self._grid.top))
        if self._search is not None:
            matches, current = self._search.spans()
            overlay = overlay._replace(matches=matches, current=current, found=self._search.found())
        return overlay

    def reader(self) -> selection.Reader | None:
        """Reads the selected text; None when nothing is selected."""
        return None if self._selection is None else selection.Reader(self._grid, self._area(self._selection))

    def _area(self, selected: _Selection) -> selection.Area:
        """The cells between both ends, wherever their text is by now."""
        if selected.head is not None:
            head = place_of(selected.head)
        else:
            assert self._cursor is not None
            head = self._cursor.place
        return selection.area(self._grid, selected.shape, place_of(selected.origin), head)

    def _go(self, place: GridPlace) -> None:
        """Move the copy cursor, or outside copy mode the view, to ``place``."""
        if self._cursor is not None:
            self._cursor.go(place)
        else:
            self._view.reveal(place)

    # Selecting with the mouse

    def _press(self, mark: Press) -> None:
        """Drop the old selection and note where the new one begins. Outside copy mode the view is held while the button
        is down: text that moves under the pointer cannot be selected."""
        self._unmark(Unmark())
        self._origin = None
        place = self._view.place(mark.x, mark.y)
        if self._cursor is not None:
            self._cursor.go(place)
        else:
            self._followed = self._view.at_bottom
            self._view.hold()
        # The origin is an anchor: between press and drag the program may print.
        self._pressed = mark.shape, self._grid.anchor(place)
        if mark.shape in (Shape.WORD, Shape.LINE):  # a double or triple click selects without a drag
            self._drag(Drag(mark.x, mark.y))

    def _drag(self, mark: Drag) -> None:
        """Select from the press to here. In copy mode the copy cursor is the other end, and comes along."""
        if self._pressed is None:
            return
        shape, origin = self._pressed
        place = self._view.place(mark.x, mark.y)
        if self._cursor is not None:
            self._cursor.go(place)
        self._selection = _Selection(shape, origin, None if self._cursor else self._grid.anchor(place))

    def _release(self, _: Release) -> None:
        """Keep the selection, and let the view follow the output again if it did before the press."""
        if self._pressed is not None and self._cursor is None:  # copy mode holds the view itself
            self._view.let_go()
            if self._followed:
                self._view.bottom()
        self._pressed = None

    def _unmark(self, _: Unmark) -> None:
        self._release(Release())
        self._selection = None

    # Copy mode

    def _enter_copy_mode(self, _: EnterCopyMode) -> None:
        """Hold the view, and begin at the terminal's cursor, or in the last line when that is not in the view."""
        if self._cursor is None:
            self._unmark(Unmark())  # a selection of the mouse has two ends of its own
            grid = self._grid
            place = grid.cursor()
            if not grid.top <= place.row < grid.top + grid.height:
                place = GridPlace(grid.top + grid.height - 1, 0)
            self._view.hold()
            self._cursor = CopyCursor(grid, self._view, place)

    def _leave_copy_mode(self, _: LeaveCopyMode) -> None:
        self._cursor = self._selection = self._pressed = self._origin = self._search = None
        self._view.let_go()
        self._view.bottom()

    def _move(self, mark: MoveCursor) -> None:
        if self._cursor is not None:
            self._origin = None
            self._cursor.move(mark)

    def _toggle(self, mark: Toggle) -> None:
        """As vi's v, V and Ctrl+V: begin to select, change the shape, or end with the key that began."""
        if self._cursor is None:
            return
        if self._selection is None:
            self._selection = _Selection(mark.shape, self._grid.anchor(self._cursor.place), None)
        elif self._selection.shape is mark.shape:
            self._selection = None
        else:
            self._selection.shape = mark.shape

    def _swap_ends(self, _: SwapEnds) -> None:
        if self._cursor is not None and self._selection is not None:
            origin = place_of(self._selection.origin)
            self._selection.origin = self._grid.anchor(self._cursor.place)
            self._cursor.go(origin)

    # Searching

    def _find(self, mark: Find) -> None:
        """Search for another pattern from where the search began."""
        # The first key of a search notes where it begins; each further one returns there first, so that a longer
        # pattern finds what a shorter one has passed.
        if self._origin is None:
            cursor = None if self._cursor is None else self._grid.anchor(self._cursor.place)
            self._origin = _Origin(cursor, self._grid.anchor(GridPlace(self._grid.top, 0)), self._view.at_bottom)
        else:
            self._return()
        self._search = TerminalSearch(self._grid, mark) if mark.pattern else None
        self._look(backward=mark.backward)

    def _keep_find(self, _: KeepFind) -> None:
        """Stay at the match: there is nowhere to return to any more."""
        self._origin = None

    def _find_next(self, mark: FindNext) -> None:
        self._origin = None
        self._look(backward=mark.backward)

    def _look(self, *, backward: bool) -> None:
        """Go to the next match: from the copy cursor, from the current match if it is in view, or from the edge of the
        view. A person who has scrolled away searches on from what is in sight."""
        if self._search is None:
            return
        grid = self._grid
        place = self._search.current() if self._cursor is None else self._cursor.place
        if place is not None and place == self._view.nearest(place):
            self._search.go(place, backward=backward, inclusive=False)
        else:
            last = GridPlace(grid.top + grid.height - 1, grid.cols - 1)
            self._search.go(last if backward else GridPlace(grid.top, 0), backward=backward, inclusive=True)
        self.work()

    def _unfind(self, _: Unfind) -> None:
        self._search = None
        self._return()
        self._origin = None

    def _return(self) -> None:
        """Go back to where the search began."""
        if self._origin is None:
            return
        if self._cursor is not None and self._origin.cursor is not None:
            self._cursor.go(place_of(self._origin.cursor))
        if self._origin.at_bottom and self._cursor is None:
            self._view.bottom()
        else:
            self._view.show(place_of(self._origin.top).row)
