"""The marks in one terminal: selection, copy cursor and search, kept by anchors so that they follow their text.

It knows neither an engine nor a process: it works on a :class:`~ssmtui.terminal.grid.Grid`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ssmtui.terminal import selection
from ssmtui.terminal.grid import Anchor, Grid, Place
from ssmtui.terminal.marks import (
    EMPTY,
    Drag,
    Mark,
    Overlay,
    Press,
    Release,
    Shape,
    Unmark,
)

_GONE = Place(0, 0)
"""Where what was dropped from the scrollback is taken to be: the oldest row."""


class _Selection:
    """Its origin, and its other end unless that is the copy cursor."""

    def __init__(self, shape: Shape, origin: Anchor, head: Anchor | None) -> None:
        self.shape = shape
        self.origin = origin
        self.head = head


class Marking:
    """Use :meth:`apply` for what a person does, :meth:`settle` and :meth:`overlay` for each frame."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._alternate = grid.alternate
        self._selection: _Selection | None = None
        self._pressed: tuple[Shape, Anchor] | None = None
        self._held: Anchor | None = None
        self._followed = False
        self._actions: dict[type[Mark], Callable[[Any], None]] = {
            Press: self._press,
            Drag: self._drag,
            Release: self._release,
            Unmark: lambda _: self._unmark(),
        }

    @property
    def idle(self) -> bool:
        """Nothing is marked."""
        return self._selection is None and self._held is None

    def apply(self, mark: Mark) -> None:
        """Do what ``mark`` says."""
        self.settle()
        self._actions[type(mark)](mark)

    def settle(self) -> None:
        """Before a frame: hold the view where it was, whatever has been printed. The other screen has other text, so
        nothing is marked on it."""
        if self._grid.alternate != self._alternate:
            self._alternate = self._grid.alternate
            self._clear()
        if self._held is not None:
            top = (self._held.place() or _GONE).row
            if top != self._grid.top:
                self._grid.show(top)

    def scrolled(self) -> None:
        """The view has been moved by hand."""
        if self._held is not None:
            self._hold()
            self._followed = self._at_bottom()

    def overlay(self) -> Overlay:
        """What is marked in the view."""
        if self._selection is None:
            return EMPTY
        return Overlay(selection=selection.spans(self._grid, self._area(self._selection)), shape=self._selection.shape)

    def text(self) -> str:
        """The selected text; empty when nothing is selected."""
        return "" if self._selection is None else selection.text(self._grid, self._area(self._selection))

    def _area(self, selected: _Selection) -> selection.Area:
        head = selected.head
        assert head is not None
        return selection.area(self._grid, selected.shape, selected.origin.place() or _GONE, head.place() or _GONE)

    def _clear(self) -> None:
        self._selection = self._pressed = self._held = None

    # The view

    def _hold(self) -> None:
        self._held = self._grid.anchor(Place(self._grid.top, 0))

    def _at_bottom(self) -> bool:
        return self._grid.top >= self._grid.total - self._grid.height

    def _at(self, x: int, y: int) -> Place:
        """The place of a cell of the view; the nearest one of what lies outside."""
        grid = self._grid
        row = min(grid.top + max(0, min(y, grid.height - 1)), grid.total - 1)
        return Place(row, max(0, min(x, grid.cols - 1)))

    # Selecting with the mouse

    def _press(self, mark: Press) -> None:
        self._unmark()
        self._followed = self._at_bottom()
        self._hold()
        self._pressed = mark.shape, self._grid.anchor(self._at(mark.x, mark.y))
        if mark.shape in (Shape.WORD, Shape.LINE):
            self._drag(Drag(mark.x, mark.y))

    def _drag(self, mark: Drag) -> None:
        if self._pressed is not None:
            shape, origin = self._pressed
            self._selection = _Selection(shape, origin, self._grid.anchor(self._at(mark.x, mark.y)))

    def _release(self, _: Release) -> None:
        if self._pressed is not None:
            self._pressed = self._held = None
            if self._followed:
                self._grid.show(self._grid.total)

    def _unmark(self) -> None:
        self._release(Release())
        self._selection = None
