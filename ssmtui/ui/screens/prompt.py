"""A question with one line of text as its answer."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from ssmtui.ui.compat import InertInput
from ssmtui.ui.screens.dialog import Dialog, key_line, plain


class Prompt(Dialog[str]):
    """Enter answers."""

    def __init__(self, question: str, text: str, note: str = "") -> None:
        super().__init__()
        self._question = question
        self._text = text
        self._note = note

    def compose(self) -> ComposeResult:
        """Question, line, keys."""
        with Vertical(id="box"):
            yield plain(self._question, "lines question")
            yield InertInput(self._text, compact=True, max_length=60)
            if self._note:
                yield plain(self._note, "note")
            yield key_line(("enter", "ok"), ("escape", "go back"))

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        """Give the answer."""
        self.dismiss(event.value)
