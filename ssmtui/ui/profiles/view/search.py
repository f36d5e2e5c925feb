"""The line that saved connections are searched with."""

from __future__ import annotations

from collections.abc import Callable

from textual import events

from ssmtui.ui.compat import InertInput


class ProfileSearch(InertInput):
    """What is searched for. ``leave`` is called with the key that leaves the line."""

    def __init__(self, text: str, leave: Callable[[str], None]) -> None:
        super().__init__(text, placeholder="search names, folders, labels, targets", compact=True, id="search")
        self._leave = leave

    def on_key(self, event: events.Key) -> None:
        """Hand over what leaves the line."""
        if event.key in ("enter", "escape", "down", "up", "tab"):
            event.stop()
            event.prevent_default()
            self._leave(event.key)
