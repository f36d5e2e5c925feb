"""One password for all members of a broadcast that ask for one: hidden while it is typed, sent to these alone, kept
nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from ssmtui import inert
from ssmtui.ui.kit.dialog import Dialog, Key, plain
from ssmtui.ui.kit.entries import TextEntry
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.panes import words as session_words
from ssmtui.ui.panes.broadcast import Absence

if TYPE_CHECKING:
    from ssmtui.ui.panes.panes import Panes

SHOWN = 8
"""Guarded sessions that are named with the reason."""


class PasswordDialog(Dialog[str]):
    """Enter answers with what was typed."""

    CSS_PATH = dialog_sheets("broadcast")
    KEYS = (Key("enter", hint="send it"),)

    def __init__(self, names: Sequence[str], guarded: Sequence[str]) -> None:
        """``names`` are those of all sessions that ask, ``guarded`` those of the guarded ones with the reason."""
        super().__init__()
        self._names = names
        self._guarded = guarded
        self._entry = TextEntry(hidden=True)

    def compose(self) -> ComposeResult:
        """Who asks, the line, keys."""
        many = len(self._names) > 1
        with Vertical(id="box"):
            who = f"the {len(self._names)} sessions that ask" if many else "the session that asks"
            yield plain(f"Send a password to {who} for one?", "lines question")
            # All of them: any program can print such a prompt, and gets the password.
            yield plain(", ".join(tidy(name, 40) for name in self._names), "note")
            if self._guarded:
                lines = words.indented(self._guarded, SHOWN, lambda text: inert.line(text, 60))
                yield plain(["Guarded:", *lines], "danger")
            yield self._entry
            yield plain("Each of them gets it with Enter. It is not shown, not checked and not kept.", "note")
            yield self.key_line()

    def on_mount(self) -> None:
        """The line gets the keys."""
        self._entry.focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if event.value:
            self.dismiss(event.value)


def asking(panes: Panes) -> list[int]:
    """The members that ask for a password now."""
    broadcast = panes.inputs.broadcast
    broadcast.follow()
    return [key for key, member in broadcast.members.items() if broadcast.reason(key) is Absence.PASSWORD]


def ask(panes: Panes) -> None:
    """Have a password typed, and send it to those who still ask for one then."""
    asked = asking(panes)
    sessions = [panes.manager.snapshot(key) for key in asked]
    names = [session_words.node_name(one) for one in sessions]
    guarded = [
        f"{name}  {reason}"
        for name, one in zip(names, sessions, strict=True)
        if (reason := one.request.options.guarded)
    ]

    def answered(password: str | None) -> None:
        if password is None:
            return
        still = [key for key in asking(panes) if key in asked]
        panes.inputs.answer(still, password)
        left = len(asked) - len(still)
        said = f"Sent to {words.count(len(still), 'session')}"
        if left:
            panes.stage.tell(f"{said}; {left} did not ask any more", severity="warning")
        else:
            panes.stage.tell(said)

    panes.stage.push_screen(PasswordDialog(names, guarded), answered)
