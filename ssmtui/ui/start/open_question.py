"""Asks before many sessions are opened at once."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from ssmtui.ui.kit.dialog import Dialog, Key, plain
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.words import indented

SHOWN = 8
"""Names that are shown."""


class OpenQuestion(Dialog[bool]):
    """y opens; enter, esc, n and q do not: enter is what was pressed a moment ago."""

    CSS_PATH = dialog_sheets("start")
    KEYS = (Key("y", "answer(True)", "open all"), Key("enter,n,q", "answer(False)", "do not"), Key("escape", "cancel"))

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = names

    def compose(self) -> ComposeResult:
        """How many, and on which nodes."""
        with Vertical(id="box"):
            yield plain(f"Open {len(self._names)} sessions?", "lines question")
            yield plain(indented(self._names, SHOWN, lambda name: tidy(name, 76)), "note")
            yield self.key_line()

    def action_answer(self, yes: bool) -> None:
        """Give the answer."""
        self.dismiss(yes)
