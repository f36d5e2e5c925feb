"""One line about all chosen scopes: how many nodes each has, how old that is, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events

from ssmtui.inventory.states import ScopeState
from ssmtui.ui.accounts import words as scope_words
from ssmtui.ui.commands.messages import CommandWanted
from ssmtui.ui.kit.line import Line
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.look.pieces import Piece
from ssmtui.ui.look.tones import Tone


class ScopeLine(Line):
    """Scopes with trouble come first; a click asks for all of it."""

    def __init__(self) -> None:
        super().__init__()
        self._states: Sequence[ScopeState] = ()
        self._now = 0.0
        self._drawn: list[Piece] = []

    def show(self, states: Sequence[ScopeState], now: float) -> None:
        """Show ``states`` as of ``now`` (epoch seconds). A single healthy scope needs no line."""
        self._states, self._now = states, now
        self.display = len(states) > 1 or any(state.problems for state in states)
        if self.parent is not None:
            self.parent.set_class(self.display, "-scoped")
        drawn = self.left(self.size.width)
        if drawn != self._drawn:
            self._drawn = drawn
            self.refresh()

    def left(self, width: int) -> list[Piece]:
        """As many scopes as fit; of one alone, the sources that could not be read."""
        if len(self._states) == 1 and self._states[0].problems:
            sources = ", ".join(dict.fromkeys(source for source, _ in self._states[0].problems))
            text = f" Not read: {tidy(sources, 60)}; what they would add is missing"
            return [Piece(text, Tone.WARN), Piece("  e says why", Tone.DIM)]
        room = width - (8 if any(map(scope_words.is_trouble, self._states)) else 0)
        return [Piece(*cell) for cell in scope_words.summary(self._states, self._now, room)] if self._states else []

    def right(self, width: int) -> list[Piece]:
        """How to read more of it."""
        trouble = any(map(scope_words.is_trouble, self._states))
        return [Piece("e ", Tone.KEY), Piece("why ", Tone.DIM)] if trouble and len(self._states) > 1 else []

    def on_click(self, event: events.Click) -> None:
        """Show all."""
        self.post_message(CommandWanted("errors"))
