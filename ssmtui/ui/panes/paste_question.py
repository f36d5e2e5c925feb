"""Asks about a paste that would act at once on the node."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from textual.app import ComposeResult
from textual.containers import Vertical

from ssmtui import inert
from ssmtui.terminal import paste
from ssmtui.ui.kit.dialog import Dialog, Key, plain, preview
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.look.sheets import dialog_sheets

SHOWN = 6
"""Sessions that are named."""


class PasteAnswer(Enum):
    """What to do with the paste."""

    AS_IT_IS = "as it is"
    ONE_LINE = "one line"


class Receiver(NamedTuple):
    """A session that gets the paste."""

    name: str
    guarded: str
    """Why it is one to be careful with; empty when it is not."""


class PasteQuestion(Dialog[PasteAnswer]):
    """Enter, y or p pastes, o pastes as one line; esc or n does not."""

    CSS_PATH = dialog_sheets("panes")
    KEYS = (
        Key("enter,y,p", "answer('AS_IT_IS')", "paste"),
        Key("o", "answer('ONE_LINE')", "as one line"),
        Key("n,q", "cancel"),
        Key("escape", "cancel", "do not paste"),
    )

    def __init__(self, text: str, receivers: Sequence[Receiver]) -> None:
        super().__init__()
        self._text = text
        self._receivers = receivers
        self._lines = paste.lines(text)

    def compose(self) -> ComposeResult:
        """Question, preview, what will happen, keys."""
        size = len(self._text.encode("utf-8", "ignore"))
        amount = f"{words.count(len(self._lines), 'line')}, {words.count(size, 'byte')},"
        first, *others = self._receivers
        into = f"{len(self._receivers)} sessions" if others else first.name
        with Vertical(id="box"):
            yield plain(f"Paste {amount} into {into}?", "lines question")
            yield plain(preview(self._lines), "note")
            if others:
                yield plain(words.indented(self._receivers, SHOWN, lambda one: tidy(one.name, 40)), "note")
            if guarded := [one for one in self._receivers if one.guarded]:
                yield plain(_guarded(guarded, len(self._receivers)), "danger")
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


def _guarded(guarded: Sequence[Receiver], sessions: int) -> list[str]:
    if sessions == 1:
        return [f"It is guarded ({inert.line(guarded[0].guarded, 40)}): every paste is asked about."]
    are = "One of them is guarded" if len(guarded) == 1 else f"{len(guarded)} of them are guarded"
    named = words.indented(guarded, SHOWN, lambda one: f"{tidy(one.name, 40)}  {inert.line(one.guarded, 40)}")
    return [f"{are}: every paste is asked about.", *named]
