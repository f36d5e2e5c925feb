"""Asks whether a node may write to the clipboard.

Only the person opens it, and Enter allows nothing: what a node prints cannot be timed so that a key meant for the node
is taken for consent.
"""

from __future__ import annotations

from enum import Enum

from textual.app import ComposeResult
from textual.containers import Vertical

from ssmtui.ui.kit.dialog import Dialog, Key, plain, preview
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.words import amount


class ClipboardAnswer(Enum):
    """What the person says."""

    ONCE = "this once"
    SESSION = "for this session"
    NO = "not this one"
    NEVER = "nothing of this session"


class ClipboardQuestion(Dialog[ClipboardAnswer]):
    """Esc leaves the request where it is."""

    CSS_PATH = dialog_sheets("copying")
    KEYS = (
        Key("o", "answer('ONCE')", "once"),
        Key("a", "answer('SESSION')", "all of this session"),
        Key("n", "answer('NO')", "no"),
        Key("N", "answer('NEVER')", "none of this session"),
        Key("escape", "cancel"),
    )

    def __init__(self, text: str, node_name: str) -> None:
        super().__init__()
        self._text = text
        self._node_name = node_name

    def compose(self) -> ComposeResult:
        """Who wants what, keys."""
        with Vertical(id="box"):
            yield plain(f"Let {self._node_name} put {amount(self._text)} into your clipboard?", "lines question")
            yield plain(preview(self._text.splitlines() or [""]), "note")
            yield plain("What is in it now will be gone; look before you paste it into a shell.", "note")
            yield self.key_line()

    def action_answer(self, name: str) -> None:
        """Give the answer."""
        self.dismiss(ClipboardAnswer[name])
