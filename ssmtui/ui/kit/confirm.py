"""A question with yes and no."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from ssmtui.ui.kit.dialog import Dialog, Key, plain


class Confirm(Dialog[bool]):
    """Enter or y is yes; esc, n or q is no."""

    KEYS = (Key("enter,y", "answer(True)", "yes"), Key("n,q", "answer(False)"))

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
            yield self.key_line()

    def hint(self, key: Key) -> str:
        """Yes is said in the question's own words."""
        return self._yes.lower() if key.action == "answer(True)" else super().hint(key)

    def action_answer(self, yes: bool) -> None:
        """Give the answer."""
        self.dismiss(yes)
