"""Asks before the program ends: end the sessions, or leave them alive."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from textual.app import ComposeResult
from textual.containers import Vertical

from ssmtui.ui.kit.dialog import Dialog, Key, plain
from ssmtui.ui.look.sheets import dialog_sheets


class Leave(Enum):
    """How to leave."""

    END = "end"
    """Terminate the sessions."""
    DETACH = "detach"
    """Leave alive those that can be."""


class LeaveQuestion(Dialog[Leave]):
    """Enter or y terminates, D leaves alive; esc, n or q goes back."""

    CSS_PATH = dialog_sheets("frame")
    KEYS = (
        Key("enter,y", "leave('end')", "terminate"),
        Key("D,d", "leave('detach')", "leave alive"),
        Key("n,q", "cancel"),
    )

    def __init__(self, question: str, lines: Sequence[str], note: str = "") -> None:
        """``note`` says what leaving the sessions alive means; empty: none of them can be."""
        super().__init__()
        self._question = question
        self._lines = lines
        self._note = note

    def compose(self) -> ComposeResult:
        """What would end, what leaving alive means, keys."""
        with Vertical(id="box"):
            yield plain(self._question, "lines question")
            yield plain(self._lines, "note")
            if self._note:
                yield plain(self._note, "note")
            yield self.key_line()

    def hint(self, key: Key) -> str:
        """Without a session that can stay, quitting is all that there is to choose."""
        if self._note:
            return super().hint(key)
        return {"leave('end')": "quit", "leave('detach')": ""}.get(key.action, super().hint(key))

    def action_leave(self, way: str) -> None:
        """Give the answer, if it is one."""
        leave = Leave(way)
        if leave is Leave.END or self._note:
            self.dismiss(leave)
