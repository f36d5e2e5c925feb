"""The mouse over a terminal: the remote program's where it asked for it, the person's own otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events

from ssmtui.terminal.mouse import WHEEL_DOWN, WHEEL_UP, MouseAction
from ssmtui.ui.pane_input import Pointer

if TYPE_CHECKING:
    from ssmtui.ui.widgets.terminal_view import TerminalView

WHEEL_LINES = 3
"""Lines of scrollback that one step of the wheel moves."""


class ViewMouse:
    """Takes all mouse events of one view."""

    def __init__(self, view: TerminalView) -> None:
        self._view = view

    def down(self, event: events.MouseDown) -> None:
        """Pass it on, and all of the drag that may follow."""
        if self._is_the_programs(event):
            self._view.capture_mouse()
            self._point(MouseAction.PRESS, event)

    def up(self, event: events.MouseUp) -> None:
        """Pass it on."""
        self._view.release_mouse()
        if self._is_the_programs(event):
            self._point(MouseAction.RELEASE, event)

    def move(self, event: events.MouseMove) -> None:
        """Pass it on."""
        if self._is_the_programs(event):
            self._point(MouseAction.MOTION, event)

    def wheel(self, event: events.MouseEvent, *, up: bool) -> None:
        """Scroll, or tell a program that wants to know."""
        event.stop()
        view = self._view
        if view.snapshot.accepts_input and view.input.wants_wheel and not event.shift:
            self._point(MouseAction.PRESS, event, WHEEL_UP if up else WHEEL_DOWN)
        else:
            view.scroll_lines(-WHEEL_LINES if up else WHEEL_LINES)

    def _is_the_programs(self, event: events.MouseEvent) -> bool:
        """Shift keeps the mouse here, as in every terminal."""
        view = self._view
        return view.snapshot.accepts_input and view.input.wants_mouse and not event.shift

    def _point(self, action: MouseAction, event: events.MouseEvent, button: int | None = None) -> None:
        size = self._view.terminal_size
        if size is not None:
            event.stop()
            button = event.button if button is None else button
            place = event.x, event.y + self._view.top
            self._view.input.mouse(Pointer(action, button, *place, event.shift, event.meta, event.ctrl), size)
