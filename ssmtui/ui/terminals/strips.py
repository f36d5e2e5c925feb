"""Rows of a terminal engine as Textual's strips, in the colours of the theme."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Protocol, cast

from rich.cells import cell_len, set_cell_size
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip
from textual.widget import Widget

from ssmtui.terminal.screen import PLAIN, Attr, Colors, Frame, FrameRow, Recolored, Run, Style, Underline
from ssmtui.ui.compat import BakedStrip, baked_style
from ssmtui.ui.kit.turns import Turns
from ssmtui.ui.terminals.cursors import CursorPainter
from ssmtui.ui.terminals.sgr import KEPT, Renditions, rich_color, underline_of


class HasBrush(Protocol):
    """An app that keeps brushes, so that panes in the same colours share one."""

    def brush(self, recolored: Recolored) -> Brush:
        """The brush for terminals whose programs have changed ``recolored`` of the theme's colours."""


def brush_of(widget: Widget, recolored: Recolored) -> Brush:
    """The brush to draw ``widget`` with."""
    return cast("HasBrush", widget.app).brush(recolored)


class Brush:
    """Draws terminals in one set of colours.

    Lines are escape sequences from the start, and segments only when something is laid over them: Rich takes 25 µs to
    make a style, and a program can give every cell its own.
    """

    def __init__(
        self, colors: Colors, *, underlines: bool = False, system: ColorSystem = ColorSystem.TRUECOLOR
    ) -> None:
        self._renditions = Renditions(colors, underlines=underlines, system=system)
        self.style = lru_cache(KEPT)(self._style)
        self.background = self.style(PLAIN)
        self.cursor = CursorPainter(colors)

    def blank(self, width: int) -> Strip:
        """An empty line."""
        empty: Strip = Strip.blank(width, self.background)
        return empty

    async def strips(self, frame: Frame) -> dict[int, Strip]:
        """The rows of a frame by line. Gives way to other tasks every fourth of a frame's time: a frame of a large
        screen in many styles takes longer than a key should wait."""
        turns, drawn = Turns(), {}
        for line, row in frame.rows.items():
            drawn[line] = self.strip(row, frame.size.cols)
            await turns.give()
        return drawn

    def strip(self, row: FrameRow, width: int) -> Strip:
        """A row as a strip of exactly ``width`` cells."""
        used = sum([run.cells for run in row])
        if used > width:
            cut: Strip = Strip(self._segments(row, used), used).crop(0, width)
            return cut
        codes = self._renditions.codes
        parts = [f"\x1b[0;{codes(run.style)}m{_as_wide_as_told(run)}" for run in row]
        if used < width:
            parts.append(f"\x1b[0;{codes(PLAIN)}m{' ' * (width - used)}")
        return BakedStrip("".join(parts) + "\x1b[0m", width, partial(self._segments, row, width))

    def _segments(self, row: FrameRow, width: int) -> list[Segment]:
        segments = [Segment(_as_wide_as_told(run), self.style(run.style)) for run in row]
        used = sum([run.cells for run in row])
        if used < width:
            segments.append(Segment(" " * (width - used), self.background))
        return segments

    def _style(self, style: Style) -> RichStyle:
        foreground, background = map(rich_color, self._renditions.colors(style))
        attrs, underline = style.attrs, underline_of(style)
        made = RichStyle(
            color=foreground,
            bgcolor=background,
            bold=bool(attrs & Attr.BOLD),
            italic=bool(attrs & Attr.ITALIC),
            blink=bool(attrs & Attr.BLINK),
            strike=bool(attrs & Attr.STRIKE),
            overline=bool(attrs & Attr.OVERLINE),
            underline=underline not in (Underline.NONE, Underline.DOUBLE),
            underline2=underline is Underline.DOUBLE,
        )
        return baked_style(made, self._renditions.codes(style))


_JOINERS = [0x200C, 0x200D, 0x2060, 0xFEFF, *range(0xFE00, 0xFE10), *range(0xE0000, 0xE0080), *range(0xE0100, 0xE01F0)]
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_UNJOINED = dict.fromkeys(_JOINERS) | dict.fromkeys(_SKIN_TONES, "  ")
"""Characters that join others to one glyph. Some terminals draw the glyph, others its parts, and the rest of the line
would be in other columns. So each character is drawn in the cells that the engine counted, without what joins them."""


def _as_wide_as_told(run: Run) -> str:
    """The text of a run in the width that the engine counted: cut or padded where Rich counts otherwise."""
    text, cells, _ = run
    if text.isascii() and len(text) == cells:
        return text
    text = text.translate(_UNJOINED)
    return text if cell_len(text) == cells else set_cell_size(text, cells)
