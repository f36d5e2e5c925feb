"""Asks about a paste that would act at once on the node."""

from __future__ import annotations

from enum import Enum

from textual.app import ComposeResult
from textual.containers import Vertical

from ssmtui import inert
from ssmtui.terminal import paste
from ssmtui.ui.kit.dialog import Dialog, Key, plain, preview
from ssmtui.ui.look import words
from ssmtui.ui.look.sheets import dialog_sheets


class PasteAnswer(Enum):
    """What to do with the paste."""

    AS_IT_IS = "as it is"
    ONE_LINE = "one line"


class PasteQuestion(Dialog[PasteAnswer]):
    """Enter, y or p pastes, o pastes as one line; esc or n does not."""

    CSS_PATH = dialog_sheets("panes")
    KEYS = (
        Key("enter,y,p", "answer('AS_IT_IS')", "paste"),
        Key("o", "answer('ONE_LINE')", "as one line"),
        Key("n,q", "cancel"),
        Key("escape", "cancel", "do not paste"),
    )

    def __init__(self, text: str, node_name: str, guarded: str = "") -> None:
        """``guarded`` is why the session is one to be careful with; empty when it is not."""
        super().__init__()
        self._guarded = inert.line(guarded, 40)
        self._text = text
        self._node_name = node_name
        self._lines = paste.lines(text)

    def compose(self) -> ComposeResult:
        """Question, preview, what will happen, keys."""
        size = len(self._text.encode("utf-8", "ignore"))
        amount = f"{words.count(len(self._lines), 'line')}, {words.count(size, 'byte')},"
        with Vertical(id="box"):
            yield plain(f"Paste {amount} into {self._node_name}?", "lines question")
            yield plain(preview(self._lines), "note")
            if self._guarded:
                yield plain(f"It is guarded ({self._guarded}): every paste is asked about.", "danger")
            if consequences := self._consequences():
                yield plain(consequences, "note")
            yield self.key_line()

    def hint(self, key: Key) -> str:
        """One line is one line already."""
        return "" if key.keys == "o" and len(self._lines) < 2 else super().hint(key)

    def _consequences(self) -> list[str]:
        found = []
        if self._text.endswith(("\r", "\n")):
            found.append("Each line is run at once.")
        elif len(self._lines) > 1:
            found.append("Each line but the last is run at once.")
        if controls := paste.controls(self._text):
            spaces = "a space" if controls == 1 else "spaces"
            found.append(f"{words.count(controls, 'control character')} will be sent as {spaces}.")
        return found

    def action_answer(self, name: str) -> None:
        """Give the answer."""
        self.dismiss(PasteAnswer[name])
