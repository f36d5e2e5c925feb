"""Asks before sessions of others are ended, for a word that is not typed by habit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from ssmtui.ui.compat import InertInput
from ssmtui.ui.kit.dialog import Dialog, Key, plain
from ssmtui.ui.kit.fields import Label
from ssmtui.ui.look.sheets import dialog_sheets


class EndQuestion(Dialog[bool]):
    """Answers with True once ``wanted`` has been typed. Enter alone confirms nothing."""

    CSS_PATH = dialog_sheets("table", "control")
    KEYS: ClassVar[Sequence[Key]] = (Key("enter", hint="end"),)

    def __init__(self, question: str, lines: Sequence[str], wanted: str, asked: str) -> None:
        """``asked`` says what has to be typed."""
        super().__init__()
        self._question = question
        self._lines = lines
        self._wanted = wanted.strip().casefold()
        self._label = Label(asked, "")

    def compose(self) -> ComposeResult:
        """Whose they are, the line to type into."""
        with Vertical(id="box"):
            yield plain(self._question, "lines question")
            yield plain(self._lines, "note")
            yield self._label
            yield InertInput("", compact=True, max_length=300)
            yield self.key_line()

    @on(Input.Changed)
    def _changed(self) -> None:
        self._label.show("")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        typed = event.value.strip().casefold()
        if typed == self._wanted:
            self.dismiss(True)
        else:
            self._label.show("That is not it." if typed else "esc goes back")
