"""The choice in a question whether sessions get tabs of their own or are tiled in one."""

from __future__ import annotations

from textual import events

from ssmtui.layout import Arrangement
from ssmtui.ui.kit.line import Line
from ssmtui.ui.look.pieces import Piece
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.start.spreading import Spread


class SpreadLine(Line):
    """Both, the chosen one marked; a click chooses."""

    def __init__(self, chosen: Spread | Arrangement, *, fits: bool = True) -> None:
        """``fits``: whether the tiles are all in sight at once."""
        super().__init__()
        self.chosen = chosen
        self._words: dict[Spread | Arrangement, str] = {
            Spread.TABS: "a tab each",
            Arrangement.TILED: "tiled in one tab",
        }
        if not fits:
            self._words[Arrangement.TILED] += " (too small to show all)"

    def flip(self) -> None:
        """Choose the other one."""
        self.choose(Arrangement.TILED if self.chosen is Spread.TABS else Spread.TABS)

    def choose(self, chosen: Spread | Arrangement) -> None:
        """Choose this one."""
        self.chosen = chosen
        self.refresh()

    def left(self, width: int) -> list[Piece]:
        """One beside the other."""
        pieces = []
        for each, text in self._words.items():
            is_chosen = each is self.chosen
            tone = Tone.STRONG if is_chosen else Tone.DIM
            pieces += [
                Piece("● " if is_chosen else "○ ", Tone.ACCENT if is_chosen else Tone.FAINT, tag=each),
                Piece(f"{text}   ", tone, tag=each),
            ]
        return pieces

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked."""
        chosen = self.tag_at(event.x)
        if isinstance(chosen, Spread | Arrangement):
            event.stop()
            self.choose(chosen)
