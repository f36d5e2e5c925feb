"""What is left of widgets that have gone: nothing."""

from __future__ import annotations

import functools

from textual._context import active_app
from textual.widget import Widget

_exit = Widget._message_loop_exit


@functools.wraps(_exit)
async def _message_loop_exit(self: Widget) -> None:
    """Textual 8.2.8 keeps what a widget has subscribed to, and with that the widget and all that it shows, until the
    signal is next published, which most never are (``Signal._subscriptions``): an entry waits for a selection on its
    screen (``Input._on_mount``), a pane for another theme."""
    app = active_app.get(None)
    try:
        await _exit(self)
    finally:
        if app is not None:
            app.theme_changed_signal.unsubscribe(self)
            for screen in app.screen_stack:
                screen.text_selection_started_signal.unsubscribe(self)


Widget._message_loop_exit = _message_loop_exit  # type: ignore[method-assign]
