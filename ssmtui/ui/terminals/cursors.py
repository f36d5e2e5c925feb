"""Draws a terminal's cursor into a line. It does not blink: with several panes in sight that would only distract."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from ssmtui.terminal.screen import Colors, Cursor, CursorShape
from ssmtui.ui.terminals.sgr import mixed, rich_color

_BAR = "▏"


class CursorPainter:
    """The three shapes of a cursor in one set of colours.

    A cell has no room for a bar beside its character. On a space it is drawn; under a character it becomes a tint.
    """

    def __init__(self, colors: Colors) -> None:
        cursor, background = rich_color(colors.cursor), rich_color(colors.background)
        self._block = Style(color=background, bgcolor=cursor)
        self._line = Style(color=cursor, bold=True, underline=True)
        self._bar = Style(color=cursor)
        self._tint = Style(bgcolor=rich_color(mixed(colors.cursor, colors.background, 0.35)))

    def paint(self, strip: Strip, cursor: Cursor, instead: Style | None = None) -> Strip:
        """``strip`` with the cursor in it: in its own shape, or as a block in the style ``instead``. On a wide
        character it takes both cells."""
        after = strip.crop(cursor.x, cursor.x + 2)
        width = 2 if after.text and cell_len(after.text[0]) == 2 else 1
        under = after.crop(0, width)
        drawn = Strip([Segment(under.text or " ", instead)], width) if instead else self._drawn(under, cursor.shape)
        return Strip.join([strip.crop(0, cursor.x), drawn, strip.crop(cursor.x + width)])

    def _drawn(self, under: Strip, shape: CursorShape) -> Strip:
        if shape is CursorShape.BLOCK:
            return Strip([Segment(under.text or " ", self._block)], under.cell_length or 1)
        if shape is CursorShape.BAR and not under.text.strip():
            return _over(Strip([Segment(_BAR, style) for _, style, _ in under] or [Segment(_BAR)], 1), self._bar)
        return _over(under, self._line if shape is CursorShape.UNDERLINE else self._tint)


def _over(strip: Strip, style: Style) -> Strip:
    segments = [Segment(text, own + style if own else style) for text, own, _ in strip]
    return Strip(segments or [Segment(" ", style)], strip.cell_length or 1)
