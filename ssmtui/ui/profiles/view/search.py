"""The line that saved connections are searched with."""

from __future__ import annotations

from typing import Protocol, cast

from textual import events
from textual.widget import Widget

from ssmtui.ui.compat import InertInput


class Searched(Protocol):
    """The screen around it."""

    @property
    def focused(self) -> Widget | None:
        """What has the keys."""
        ...

    def take_first(self, key: str) -> bool:
        """Act on a key of the lines."""
        ...

    def leave_search(self, key: str) -> None:
        """Go back to the lines."""
        ...


class Search(InertInput):
    """What is searched for."""

    def on_key(self, event: events.Key) -> None:
        """Hand over what leaves the line, and what was typed behind that."""
        screen = cast("Searched", self.screen)
        if screen.focused is not self:
            event.stop()
            event.prevent_default()
            screen.take_first(event.key)
        elif event.key in ("enter", "escape", "down", "up", "tab"):
            event.stop()
            event.prevent_default()
            screen.leave_search(event.key)
