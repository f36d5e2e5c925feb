"""Blocks of a few lines made of tones: details, errors, banners. Their text is shown as it is, never as markup."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from ssmtui.ui.look.cells import Cell
from ssmtui.ui.look.palette import paint
from ssmtui.ui.look.words import fit


class TextLines(Widget):
    """Draws cells, one a line, each cut at the right edge."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: Sequence[Cell] = ()

    def show(self, lines: Sequence[Cell]) -> None:
        """Draw these."""
        if lines != self._lines:
            resized = len(lines) != len(self._lines)
            self._lines = lines
            self.refresh(layout=resized)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A line each."""
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        """One cell."""
        width = self.size.width
        if y >= len(self._lines):
            return Strip.blank(width, paint(self))
        text, tone = self._lines[y]
        return Strip([Segment(fit(text, width), paint(self, tone))], width)
