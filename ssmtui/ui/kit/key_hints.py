"""The bottom line: the keys that matter here, as many as fit."""

from __future__ import annotations

from collections.abc import Sequence

from ssmtui.ui.kit.line import Line
from ssmtui.ui.look.pieces import Piece, length
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import key_name

Hint = tuple[str, str]
"""A key in Textual's notation, or several keys as people read them, and what it does."""


class KeyHints(Line):
    """Draws hints from the left; those without room are left out whole, from the last one on."""

    def __init__(self) -> None:
        super().__init__()
        self._lead = ""
        self._tone = Tone.NOTICE
        self._hints: tuple[Hint, ...] = ()

    def show(self, hints: Sequence[Hint], lead: str = "", tone: Tone = Tone.NOTICE) -> None:
        """Show ``hints``, after ``lead`` (what is going on)."""
        shown = (lead, tone, tuple(hints))
        if shown != (self._lead, self._tone, self._hints):
            self._lead, self._tone, self._hints = shown
            self.refresh()

    def left(self, width: int) -> list[Piece]:
        """The hints that fit."""
        line = [Piece(f" {self._lead} ", self._tone)] if self._lead else []
        for key, label in self._hints:
            hint = [Piece(f" {key_name(key)}", Tone.KEY, tag=key), Piece(f" {label} ", Tone.DIM, tag=key)]
            if length(line) + length(hint) > width:
                break
            line += hint
        return line
