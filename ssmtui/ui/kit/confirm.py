"""A question with yes and no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from ssmtui.ui.kit.dialog import Dialog, key_line, plain


class Confirm(Dialog[bool]):
    """Enter or y is yes; esc, n or q is no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "answer(True)", "Yes", show=False),
        Binding("n,q", "answer(False)", "No", show=False),
    ]

    def __init__(self, question: str, lines: Sequence[str], yes: str, note: str = "") -> None:
        super().__init__()
        self._question = question
        self._lines = lines
        self._yes = yes
        self._note = note

    def compose(self) -> ComposeResult:
        """Question, facts, keys."""
        with Vertical(id="box"):
            yield plain(self._question, "lines question")
            if self._lines:
                yield plain(self._lines, "note")
            if self._note:
                yield plain(self._note, "note")
            yield key_line(("enter", self._yes.lower()), ("escape", "go back"))

    def action_answer(self, yes: bool) -> None:
        """Give the answer."""
        self.dismiss(yes)
