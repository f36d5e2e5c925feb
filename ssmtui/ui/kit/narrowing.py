"""A list that is narrowed by typing: the line has the focus, and keys that it does not use move in the list."""

from __future__ import annotations

from textual import events, on
from textual.widget import Widget
from textual.widgets import Input, OptionList

from ssmtui.ui.kit.choices import Choices
from ssmtui.ui.kit.dialog import Answer, Dialog

_MOVES = {
    "down": "cursor_down",
    "ctrl+n": "cursor_down",
    "up": "cursor_up",
    "ctrl+p": "cursor_up",
    "pagedown": "page_down",
    "pageup": "page_up",
}


class Narrowing(Widget):
    """What holds such a line and its list."""

    @property
    def choices(self) -> OptionList:
        """The list in which keys move."""
        return self.query_one(OptionList)

    def catch_up(self) -> None:
        """Narrow the list by what is typed, if that has not been done yet."""

    def on_mount(self) -> None:
        """The list never has the focus: it stays in the line."""
        for choices in self.query(OptionList):
            choices.can_focus = False

    def on_key(self, event: events.Key) -> None:
        """Move in the list; comes here when the line has no use for the key."""
        if (move := _MOVES.get(event.key)) is not None:
            event.stop()
            event.prevent_default()
            # The line's message about its last letter may still be under way, and would undo the move.
            self.catch_up()
            getattr(self.choices, f"action_{move}")()


class NarrowingDialog(Dialog[Answer], Narrowing):
    """A dialog over one such line; enter takes the highlighted line of the list, a click the one under the mouse."""

    @property
    def choices(self) -> Choices:
        """The list in which keys move."""
        return self.query_one(Choices)

    def offer(self, text: str) -> None:
        """Show what fits ``text``, which is what is typed."""

    def take(self, place: int) -> None:
        """The line ``place`` of the list was chosen."""

    def submit(self, text: str) -> None:
        """Enter was pressed when ``text`` was typed."""
        if self.choices.highlighted is not None:
            self.take(self.choices.highlighted)

    _text: str | None = None
    """What the list is narrowed by."""

    def on_mount(self) -> None:
        """Show all."""
        self.query_one(Input).focus()
        self.catch_up()

    @on(Input.Changed)
    def catch_up(self) -> None:
        """Narrow the list by what is typed, if that has not been done yet."""
        text = self.query_one(Input).value
        if text != self._text:
            self._text = text
            self.offer(text)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self.submit(event.value)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self.take(event.option_index)
