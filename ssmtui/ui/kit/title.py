"""The head of the details below a list."""

from __future__ import annotations

from ssmtui.ui.kit.line import Line
from ssmtui.ui.look.pieces import Piece
from ssmtui.ui.look.tones import Tone


class Title(Line):
    """The name of the node under the cursor, as the head of the details."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[Piece] = []

    def show(self, name: str, rest: str, *, favourite: bool = False) -> None:
        """Show ``name``, and ``rest`` after it in the colour of the rule."""
        star = [Piece(" ★", Tone.ACCENT)] if favourite else []
        head = [*star, Piece(f" {name} ", Tone.STRONG), Piece(f" {rest} ", Tone.FAINT)] if name else []
        pieces = [Piece("──", Tone.FAINT), *head]
        if pieces != self._pieces:
            self._pieces = pieces
            self.refresh()

    def left(self, width: int) -> list[Piece]:
        """The head, and a rule to the edge."""
        return [*self._pieces, Piece("─" * width, Tone.FAINT)]
