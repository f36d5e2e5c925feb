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

    def __init__(self, addresses: Sequence[str], destinations: Sequence[str]) -> None:
        """The ``destinations`` of the ``addresses``, which are those of other machines' networks."""
        super().__init__()
        self._lines = tunnel_words.exposure(addresses, destinations)

    def compose(self) -> ComposeResult:
        """Question, what it means, keys."""
        with Vertical(id="box"):
            yield plain("Let other machines connect to this tunnel?", "lines question")
            yield plain(self._lines, "note")
            yield self.key_line()

    def action_answer(self, yes: bool) -> None:
        """Give the answer."""
        self.dismiss(yes)
