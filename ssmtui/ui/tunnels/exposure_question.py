"""Asks before other machines can connect to what is listened on."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from ssmtui.ui.kit.dialog import Dialog, Key, plain
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.tunnels import words as tunnel_words


class ExposureQuestion(Dialog[bool]):
    """Whether other machines may connect. Only y says yes: enter is pressed by habit."""

    CSS_PATH = dialog_sheets("tunnels")
    KEYS = (Key("y", "answer(True)", "listen there"), Key("n,q,enter", "answer(False)", "do not", shown="enter"))

    def __init__(self, listened: Sequence[str]) -> None:
        """``listened`` says of each tunnel where it listens and where it leads."""
        super().__init__()
        self._question, self._lines = tunnel_words.exposure(listened)

    def compose(self) -> ComposeResult:
        """Question, what it means, keys."""
        with Vertical(id="box"):
            yield plain(self._question, "lines question")
            yield plain(self._lines, "note")
            yield self.key_line()

    def action_answer(self, yes: bool) -> None:
        """Give the answer."""
        self.dismiss(yes)
