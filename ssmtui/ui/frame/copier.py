"""What is copied anywhere in the program: to the terminal's clipboard and the system's, with a word about it."""

from __future__ import annotations

import asyncio
from typing import Protocol

from ssmtui.clipboard import TERMINAL, Clipboard
from ssmtui.ui.look.words import amount
from ssmtui.ui.ports import Stage

NOWHERE = (
    "Nothing took the copy: it is too large for the terminal (OSC 52), and no clipboard program (xclip, wl-copy, "
    "pbcopy, tmux) is there to take it. Copy less"
)


class Announcer(Stage, Protocol):
    """The app, as far as it is used here."""

    def print_sequence(self, sequence: str) -> None:
        """Send the terminal something that draws nothing."""


class Copier:
    """Copies one text after the other, so that the last one stays; of those that wait only the last one counts."""

    def __init__(self, app: Announcer, clipboard: Clipboard) -> None:
        self._app = app
        self._clipboard = clipboard
        self._waiting: tuple[str, str] | None = None
        self._giving = False

    def copy(self, text: str, what: str = "") -> None:
        """Copy ``text`` and say so, as ``what`` or by its size. Returns at once."""
        self._waiting = text, what
        if not self._giving:
            self._giving = True
            self._app.run_worker(self._give_all(), name="copy")

    async def _give_all(self) -> None:
        while self._waiting is not None:
            (text, what), self._waiting = self._waiting, None
            await self._give(text, what)
        self._giving = False

    async def _give(self, text: str, what: str) -> None:
        taken = []
        if sequence := self._clipboard.sequence(text):
            self._app.print_sequence(sequence)
            taken.append(TERMINAL)
        taken += await asyncio.to_thread(self._clipboard.give, text)
        if taken:
            self._app.tell(f"Copied {what or amount(text)} ({', '.join(taken)})", seconds=2)
        else:
            self._app.tell(NOWHERE, severity="warning")
