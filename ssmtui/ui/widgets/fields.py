"""The fields of the start form: a label, an entry, what is wrong with it, what it is for."""

from __future__ import annotations

from typing import Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Input, Select

from ssmtui import inert
from ssmtui.documents import checks
from ssmtui.model import DocumentParameter
from ssmtui.ui.compat import InertInput
from ssmtui.ui.tones import Tone
from ssmtui.ui.widgets.line import Line, Piece


class Label(Line):
    """A field's name on the left, what is wrong with its content on the right."""

    def __init__(self, name: str, note: str) -> None:
        super().__init__()
        self._pieces = [Piece(name, Tone.STRONG), Piece(f"  {note}", Tone.DIM)]
        self.problem = ""

    def show(self, problem: str) -> None:
        """Say what is wrong; empty for nothing."""
        if problem != self.problem:
            self.problem = problem
            self.refresh()

    def left(self, width: int) -> list[Piece]:
        """The name."""
        return self._pieces

    def right(self, width: int) -> list[Piece]:
        """What is wrong."""
        return [Piece(inert.line(self.problem, 60), Tone.BAD)] if self.problem else []


class ParameterField(Vertical):
    """One parameter of a document."""

    def __init__(self, parameter: DocumentParameter, values: tuple[str, ...] | None) -> None:
        super().__init__()
        self.parameter = parameter
        shown = parameter.default if values is None else values
        self._first = checks.text_of(parameter, shown or ())
        notes = ["required"] if parameter.required else []
        if parameter.is_list:
            notes.append("one value per line")
        if parameter.description:
            notes.append(inert.line(parameter.description, 200))
        self._label = Label(inert.line(parameter.name, 80), " · ".join(notes))
        self.entry = self._select() if parameter.allowed_values and not parameter.is_list else self._input()

    def compose(self) -> ComposeResult:
        """Label above entry."""
        yield self._label
        yield self.entry

    @property
    def text(self) -> str:
        """What is entered."""
        value: Any = self.entry.value  # type: ignore[attr-defined]
        return "" if value is Select.NULL else str(value)

    @property
    def problem(self) -> str:
        """What is wrong with it."""
        return checks.problem(self.parameter, self.text)

    @property
    def values(self) -> tuple[str, ...] | None:
        """What to send: None when it is the default, which the service fills in."""
        values = checks.values_of(self.parameter, self.text)
        return None if not self.text or values == self.parameter.default else values

    def show_problem(self) -> None:
        """Say what is wrong with it, if anything."""
        self._label.show(self.problem)

    @on(Input.Changed)
    @on(Select.Changed)
    def changed(self) -> None:
        """Check while it is typed; an empty field is only found wanting on submission."""
        self._label.show(self.problem if self.text else "")

    def _input(self) -> Widget:
        return InertInput(self._first, compact=True, placeholder=inert.line(self._pattern_words(), 60))

    def _pattern_words(self) -> str:
        return self.parameter.allowed_pattern or ""

    def _select(self) -> Widget:
        allowed = self.parameter.allowed_values
        # As Text: a label that is a str is markup.
        options = [(Text(inert.line(value, 80) or "(empty)"), value) for value in allowed]
        value: Any = self._first if self._first in allowed else Select.NULL
        return Select(options, compact=True, value=value, prompt="choose")
