"""Parameters of a document that may not be read: which there are is unknown, so they are entered by name."""

from __future__ import annotations

from collections.abc import Mapping

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import TextArea

from ssmtui.documents.checks import MAX_VALUE
from ssmtui.ui.kit.entries import LinesEntry
from ssmtui.ui.kit.fields import FieldHead, FieldNote
from ssmtui.ui.look.tones import Tone

Parameters = Mapping[str, tuple[str, ...]]


def parsed(text: str) -> Parameters:
    """``name=value`` lines as parameters; a name that comes again has several values. Other lines give nothing."""
    found: dict[str, tuple[str, ...]] = {}
    for line in text.split("\n"):
        name, equals, value = line.partition("=")
        if equals and name.strip() and value:
            found[name.strip()] = (*found.get(name.strip(), ()), value)
    return found


def written(parameters: Parameters) -> str:
    """The inverse of :func:`parsed`, for values of one line each."""
    return "\n".join(f"{name}={value}" for name, values in parameters.items() for value in values)


def problem(text: str) -> str:
    """What is wrong with such lines; empty when nothing is known to be."""
    for number, line in enumerate(text.split("\n"), 1):
        name, _, value = line.partition("=")
        if line.strip() and not (name.strip() and value):
            return f"line {number} is not name=value"
        if len(value) > MAX_VALUE:
            return f"line {number}: at most {MAX_VALUE:,} characters"
    return ""


class UnreadParameters(Vertical):
    """What is written is sent as it is: the service says what is wrong with it."""

    class Edited(Message):
        """The text was edited."""

    def __init__(self) -> None:
        super().__init__()
        self._given: Parameters = {}
        self._first = ""
        self.entry = LinesEntry()
        self._note = FieldNote("name=value, one per line; nothing is checked here")

    def compose(self) -> ComposeResult:
        """From the top."""
        yield FieldHead("Parameters", "which there are cannot be read")
        yield self.entry
        yield self._note

    def show(self, given: Parameters) -> None:
        """Begin with these."""
        self._given, self._first = given, written(given)
        self.entry.text = self._first

    @property
    def values(self) -> Parameters:
        """What is written; an untouched value is as it was given."""
        return self._given if self.entry.text == self._first else parsed(self.entry.text)

    @property
    def problem(self) -> str:
        """What is wrong with it."""
        return "" if self.entry.text == self._first else problem(self.entry.text)

    @on(TextArea.Changed)
    def _changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._note.show(self.problem, Tone.BAD)
        self.post_message(self.Edited())
