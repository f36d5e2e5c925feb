"""One-line widgets, and the pieces that lines are built of."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from ssmtui.ui.look.palette import paint
from ssmtui.ui.look.pieces import FRAMES, Piece, length
from ssmtui.ui.look.tones import Tone


class Line(Widget):
    """A line drawn from pieces: some from the left edge, some from the right."""

    DEFAULT_CSS = """
    Line { height: 1; width: 1fr; }
    """

    frame = ""
    """``guarded``, ``broadcast``, a colour's name, or nothing."""

    def show_frame(self, frame: str) -> None:
        """Take the colours of a session that is set off from others."""
        if frame != self.frame:
            self.frame = frame
            for name in FRAMES:
                self.set_class(name == frame, f"-{name}")

    def left(self, width: int) -> list[Piece]:
        """The pieces from the left edge, of at most ``width`` cells; more is cut."""
        return []

    def right(self, width: int) -> list[Piece]:
        """The pieces that end at the right edge."""
        return []

    def render_line(self, y: int) -> Strip:
        """The line, always as wide as the widget."""
        width, blank = self.size.width, paint(self)
        right = self.right(width) if y == 0 else []
        room = max(0, width - length(right))
        left = self._strip(self.left(room) if y == 0 else []).adjust_cell_length(room, blank)
        return Strip.join([left, self._strip(right)]).adjust_cell_length(width, blank)

    def tag_at(self, x: int) -> object:
        """What the piece in column ``x`` stands for."""
        width = self.size.width
        right = self.right(width)
        room = max(0, width - length(right))
        pieces, x = (self.left(room), x) if x < room else (right, x - room)
        for piece in pieces:
            x -= cell_len(piece.text)
            if x < 0:
                return piece.tag
        return None

    def _strip(self, pieces: Iterable[Piece]) -> Strip:
        return Strip([Segment(piece.text, self._style(piece)) for piece in pieces if piece.text])

    def _style(self, piece: Piece) -> Style:
        # Grey is not read on a colour.
        tone = Tone.PLAIN if self.frame and piece.tone is Tone.DIM else piece.tone
        return paint(self, tone) if piece.on is None else paint(self, piece.on, tone)
