"""The mouse over a terminal: for the remote program where it asked for it, otherwise for selecting."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from textual import events
from textual.geometry import Size
from textual.timer import Timer

from ssmtui.terminal.marks import Drag, MarkAction, Press, Release, Shape
from ssmtui.terminal.mouse_events import WHEEL_DOWN, WHEEL_UP, MouseAction
from ssmtui.ui.terminals.copy_mode import ViewCopyMode
from ssmtui.ui.terminals.input import PaneInput, Pointer

if TYPE_CHECKING:
    from ssmtui.model import TerminalSize
    from ssmtui.sessions.snapshots import SessionSnapshot

WHEEL_LINES = 3
"""Lines of scrollback that one step of the wheel moves."""

EDGE_PACE = 0.05
"""Seconds between two steps of the view while the mouse is dragged beyond its edge."""

EDGE_LINES = 5
"""The most lines of such a step, which has as many as the mouse is away from the edge."""

CLICKS_WITHIN = 0.4
"""Seconds between two clicks that count as a double click."""

_LEFT = 1
_OF_CLICKS = {1: Shape.CHARACTER, 2: Shape.WORD, 3: Shape.LINE}


class PointedView(Protocol):
    """The view, as far as the mouse needs it: a widget that shows a terminal."""

    snapshot: SessionSnapshot
    input: PaneInput
    copy_mode: ViewCopyMode

    @property
    def size(self) -> Size:
        """Cells of the widget."""
        ...

    @property
    def top(self) -> int:
        """The row of the terminal in the widget's first line."""
        ...

    @property
    def terminal_size(self) -> TerminalSize | None:
        """Cells of the terminal; None before its first frame."""
        ...

    def mark(self, mark: MarkAction) -> None:
        """Mark or move something in the terminal."""

    def scroll_lines(self, lines: int) -> None:
        """Move over the scrollback; negative is back, 0 goes to the bottom."""

    def selection_made(self) -> None:
        """The mouse has selected something."""

    def link_clicked(self, x: int, y: int) -> None:
        """The cell ``x``, ``y`` of the terminal was clicked for the link that may be there."""

    def capture_mouse(self) -> None:
        """Get all mouse events, wherever the mouse is."""

    def release_mouse(self) -> None:
        """Get only one's own again."""

    def set_interval(self, interval: float, callback: Callable[[], None]) -> Timer:
        """Call ``callback`` every ``interval`` seconds."""
        ...


class _Clicks:
    """Counts clicks on one cell: two select a word, three a line."""

    def __init__(self) -> None:
        self._place = (-1, -1)
        self._last = float("-inf")
        self._count = 0

    def count(self, event: events.MouseDown) -> int:
        """The number of this click in a row: 1, 2, 3, then 1 again."""
        place = event.x, event.y
        goes_on = place == self._place and event.time - self._last <= CLICKS_WITHIN
        self._count = self._count % 3 + 1 if goes_on else 1
        self._place, self._last = place, event.time
        return self._count


class ViewMouse:
    """Takes all mouse events of one view. With Shift they are never the program's, as in every terminal."""

    def __init__(self, view: PointedView) -> None:
        self._view = view
        self._clicks = _Clicks()
        self._is_remote = False
        """The button that is down was reported to the program, so its release must be, too."""
        self._pressed: tuple[int, int] | None = None
        """The cell where a button was pressed to select, or to which it was dragged since; None when none is down."""
        self._selects = False
        """Something was selected since the button was pressed."""
        self._for_link = False
        """The button was pressed for a link and selects nothing."""
        self._edge: Timer | None = None
        self._beyond = 0
        """Lines that the mouse is above (negative) or below the view."""

    def down(self, event: events.MouseDown) -> None:
        """Report the press, or begin to select. The mouse is captured, so that a drag that leaves the view, and its
        release, come here too."""
        if self._is_the_programs(event):
            self._is_remote = True
            self._view.capture_mouse()
            self._point(MouseAction.PRESS, event)
        elif event.button == _LEFT:
            event.stop()
            self._view.capture_mouse()
            self._press(event)

    def move(self, event: events.MouseMove) -> None:
        """Report the motion, or select up to here."""
        if self._pressed is not None:
            event.stop()
            if not self._for_link:
                self._drag(event)
        elif self._is_the_programs(event):
            self._point(MouseAction.MOTION, event)

    def up(self, event: events.MouseUp) -> None:
        """Report the release, or end the selection."""
        if self._pressed is not None:
            event.stop()
            self._finish(event)
        elif self._is_remote or self._is_the_programs(event):
            self._is_remote = False
            self._point(MouseAction.RELEASE, event)
        self._view.release_mouse()

    def let_go(self) -> None:
        """Something else took the mouse: the rest of a drag will not come."""
        self._is_remote = False
        if self._pressed is not None:
            self._pressed = None
            self._stop_at_edge()
            if not self._for_link:
                self._view.mark(Release())

    def wheel(self, event: events.MouseEvent, *, up: bool) -> None:
        """Scroll, or report the wheel to a program that asked for it."""
        event.stop()
        view = self._view
        if view.snapshot.accepts_input and view.input.wants_wheel and not event.shift and not view.copy_mode.active:
            self._point(MouseAction.PRESS, event, WHEEL_UP if up else WHEEL_DOWN)
        else:
            view.scroll_lines(-WHEEL_LINES if up else WHEEL_LINES)

    # Selecting

    def _press(self, event: events.MouseDown) -> None:
        self._pressed = self._place(event)
        self._for_link, self._selects = event.ctrl, False
        if self._for_link:
            return
        shape = Shape.BLOCK if event.meta else _OF_CLICKS[self._clicks.count(event)]
        self._selects = shape in (Shape.WORD, Shape.LINE)
        self._view.mark(Press(*self._pressed, shape))

    def _drag(self, event: events.MouseMove) -> None:
        place = self._place(event)
        if place != self._pressed:
            self._pressed, self._selects = place, True
            self._view.mark(Drag(*place))
        self._beyond = event.y - max(0, min(event.y, self._view.size.height - 1))
        if self._beyond and self._edge is None:
            self._edge = self._view.set_interval(EDGE_PACE, self._step_beyond_edge)
        elif not self._beyond:
            self._stop_at_edge()

    def _step_beyond_edge(self) -> None:
        if self._pressed is not None:
            self._view.scroll_lines(max(-EDGE_LINES, min(self._beyond, EDGE_LINES)))
            self._view.mark(Drag(*self._pressed))

    def _stop_at_edge(self) -> None:
        if self._edge is not None:
            self._edge.stop()
            self._edge = None

    def _finish(self, event: events.MouseUp) -> None:
        view, place = self._view, self._place(event)
        stayed = place == self._pressed
        self.let_go()
        if self._selects:
            view.selection_made()
        elif stayed and (self._for_link or view.copy_mode.active):
            view.link_clicked(*place)

    def _place(self, event: events.MouseEvent) -> tuple[int, int]:
        """The cell of the terminal that is under the mouse, or the nearest to it."""
        width, height = self._view.size
        x, y = (max(0, min(value, most - 1)) for value, most in ((event.x, width), (event.y, height)))
        return x, y + self._view.top

    # For the program

    def _is_the_programs(self, event: events.MouseEvent) -> bool:
        view = self._view
        ours = event.shift or view.copy_mode.active
        return view.snapshot.accepts_input and view.input.wants_mouse and not ours

    def _point(self, action: MouseAction, event: events.MouseEvent, button: int | None = None) -> None:
        size = self._view.terminal_size
        if size is not None:
            event.stop()
            button = event.button if button is None else button
            place = event.x, event.y + self._view.top
            self._view.input.mouse(Pointer(action, button, *place, event.shift, event.meta, event.ctrl), size)
