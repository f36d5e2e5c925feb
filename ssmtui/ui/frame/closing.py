"""What is shown while the sessions are being terminated."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical

from ssmtui.ui.kit.dialog import Dialog, plain
from ssmtui.ui.look.sheets import dialog_sheets


class Closing(Dialog[None]):
    """There is nothing to answer."""

    CSS_PATH = dialog_sheets("frame")

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """What is waited for."""
        with Vertical(id="box"):
            yield plain(self._text)
            yield plain("It takes five seconds at most.", "note")

    def action_cancel(self) -> None:
        """Leaving goes on."""
