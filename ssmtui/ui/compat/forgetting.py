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
        # It empties its other caches itself. Widgets refer to one another in circles, so lines would stay with them.
        self._styles_cache.clear()
        if app is not None:
            app.theme_changed_signal.unsubscribe(self)
            for screen in app.screen_stack:
                screen.text_selection_started_signal.unsubscribe(self)


Widget._message_loop_exit = _message_loop_exit  # type: ignore[method-assign]


def _share_backgrounds() -> None:
    """Remember the styles of backgrounds by their colors alone.

    Textual 8.2.8 means ``StylesCache.get_inner_outer`` to be a class method, but caches it as a method: its 1024 keys
    hold the ``StylesCache`` of as many widgets, each with the lines that its widget drew last
    (Textualize/textual#6665). A Textual that does this otherwise is left as it is.
    """
    try:
        from textual._styles_cache import StylesCache
    except ImportError:
        return
    method = vars(StylesCache).get("get_inner_outer")
    if method is not None and hasattr(method, "cache_info") and hasattr(method, "__wrapped__"):
        shared = functools.lru_cache(1024)(functools.partial(method.__wrapped__, StylesCache))
        StylesCache.get_inner_outer = staticmethod(shared)  # type: ignore[method-assign, assignment]


_share_backgrounds()
