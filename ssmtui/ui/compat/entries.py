"""Entries whose text cannot act on the terminal."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Input

from ssmtui import inert


class InertInput(Input):
    """An entry whose text cannot act on the terminal.

    Textual 8.2.8 draws the value as it is, escape sequences from a document's default or from a paste included
    (``Input._value``). The value itself is left alone.
    """

    def update_node_styles(self, animate: bool = True) -> None:
        """Textual 8.2.8 makes the styles of an entry three times before it is anywhere, and again when it is."""
        if self.is_attached:
            super().update_node_styles(animate)

    @property
    def _value(self) -> Text:
        """What Textual draws."""
        return self.drawn()

    def drawn(self) -> Text:
        """The value as it is shown, character for character, for the cursor's sake."""
        return Text(inert.in_place(self.value), no_wrap=True, overflow="ignore", end="")

    def suggest(self, value: str) -> None:
        """Show the rest of ``value`` behind what is typed, for the right arrow to take; empty: nothing. Textual 8.2.8
        asks a suggester of its own in a task, and shows the answer some frames later."""
        self._suggestion = value if value.startswith(self.value) else ""

    def cell_of(self, position: int) -> int:
        """The column, from the entry's left edge, of a character."""
        return self._position_to_cell(position) - self.scroll_offset.x

    async def _on_key(self, event: events.Key) -> None:
        """Do what one of the entry's own keys means. Textual 8.2.8 does so only once the key has come up to the app,
        and letters typed fast behind it are there first. Backspace on nothing is for the widget around the entry."""
        if event.is_printable or (event.key == "backspace" and not self.value):
            return
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if await self.app.run_action(binding.action, default_namespace=self):
                event.stop()
                event.prevent_default()


class SteadyInput(InertInput):
    """An entry of a given width whose letters move nothing: Textual 8.2.8 lays the whole screen out for each of them,
    for the text may be longer than the entry (``Input._watch_value``)."""

    def _watch_value(self, value: str) -> None:
        self.set_reactive(Widget.virtual_size, Size(self.content_width, 1))
        super()._watch_value(value)
