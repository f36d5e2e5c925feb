"""What is run in a container of ECS that is entered without a document."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from ssmtui.profiles.histories import History, field_name
from ssmtui.ui.kit.entries import TextEntry
from ssmtui.ui.kit.fields import FieldHead, FieldNote

FIELD = field_name("ECS", "command")


class CommandField(Vertical):
    """Empty: a shell."""

    class Edited(Message):
        """The command was edited."""

    class Done(Message):
        """Enter: the person goes on to what follows."""

    def __init__(self, text: str, history: History) -> None:
        super().__init__()
        self._history = history
        self.entry = TextEntry(text, placeholder="a shell", texts=history.texts(FIELD), id="command")

    def compose(self) -> ComposeResult:
        """From the top."""
        yield FieldHead("Command", "run in the container by ECS ExecuteCommand")
        yield self.entry
        yield FieldNote("run without a shell: sh -c '...' gives it one; no reason goes with it")

    @property
    def text(self) -> str:
        """The command."""
        return self.entry.text.strip()

    def remember(self) -> None:
        """Keep it for the next time."""
        self._history.note(self.text, FIELD)

    def load_history(self) -> None:
        """Take the history, which is loaded by now."""
        self.entry.remember(self._history.texts(FIELD))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Edited())

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Done())
