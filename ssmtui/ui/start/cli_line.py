"""The AWS CLI's line for what a form holds: cut to the width, copied whole."""

from __future__ import annotations

from textual import events
from textual.message import Message

from ssmtui import inert
from ssmtui.ui.kit.line import Line
from ssmtui.ui.look.pieces import Piece
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import fit

SHOWN = 400
"""Characters that are looked at."""


class CliLine(Line):
    """A click copies it, as the key does that it names."""

    class Clicked(Message):
        """Copy the line."""

    def __init__(self) -> None:
        super().__init__()
        self._line = ""

    def show(self, line: str) -> None:
        """Show ``line``; empty where there is none."""
        if line != self._line:
            self._line = line
            self.refresh()

    def left(self, width: int) -> list[Piece]:
        """The line."""
        text = inert.line(self._line, SHOWN) if self._line else "the AWS CLI cannot be given these values on a line"
        return [Piece("$ ", Tone.FAINT), Piece(fit(text, max(0, width - 2)), Tone.DIM)]

    def right(self, width: int) -> list[Piece]:
        """How to copy it."""
        return [Piece("  ctrl+y", Tone.KEY), Piece(" copy", Tone.DIM)] if self._line else []

    def on_click(self, event: events.Click) -> None:
        """Copy the line."""
        event.stop()
        self.post_message(self.Clicked())
