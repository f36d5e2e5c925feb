"""A question with one line of text as its answer."""

from __future__ import annotations

from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from ssmtui.ui.compat import InertInput
from ssmtui.ui.kit.dialog import Dialog, Key, plain
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.look.cells import Cell
from ssmtui.ui.look.tones import Tone


class Prompt(Dialog[str]):
    """Enter answers, unless ``check`` reports a problem, which is shown while typing."""

    KEYS = (Key("enter", hint="ok"),)

    def __init__(
        self, question: str, text: str, note: str = "", *, check: Callable[[str], str] | None = None, longest: int = 60
    ) -> None:
        super().__init__()
        self._check = check
        self._longest = longest
        self._wrong = TextLines(id="wrong")
        self._question = question
        self._text = text
        self._note = note

    def compose(self) -> ComposeResult:
        """Question, line, keys."""
        with Vertical(id="box"):
            yield plain(self._question, "lines question")
            yield InertInput(self._text, compact=True, max_length=self._longest)
            if self._check is not None:
                yield self._wrong
            if self._note:
                yield plain(self._note, "note")
            yield self.key_line()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self._problem(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if not self._problem(event.value):
            self.dismiss(event.value)

    def _problem(self, text: str) -> str:
        problem = self._check(text) if self._check is not None else ""
        self._wrong.show([Cell(problem, Tone.BAD)])
        return problem
