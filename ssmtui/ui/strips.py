"""Rows of a terminal engine as Textual's strips, in the colours of the theme."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from rich.color import Color
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip

from ssmtui.terminal.screen import DEFAULT_COLOR, RGB_FLAG, Attr, Colors, Row, Run, Style, Underline

STYLES_KEPT = 4096
"""Styles remembered: more than any program uses, few enough for one that draws every cell in a colour of its own."""

_FAINT_SHARE = 0.55

Rgb = tuple[int, int, int]


class StripMaker:
    """Makes strips in one set of colours."""

    def __init__(self, colors: Colors) -> None:
        self._colors = colors
        self.style = lru_cache(STYLES_KEPT)(self._style)
        self.blank = self.style(Style())

    def strip(self, row: Row, width: int) -> Strip:
        """A row as a strip of exactly ``width`` cells."""
        segments = [Segment(_as_wide_as_told(run), self.style(run.style)) for run in row]
        used = sum(run.cells for run in row)
        if used < width:
            segments.append(Segment(" " * (width - used), self.blank))
        strip = Strip(segments, max(used, width))
        return strip if used <= width else strip.crop(0, width)

    def _style(self, style: Style) -> RichStyle:
        foreground = self._rgb(style.fg, self._colors.foreground)
        background = self._rgb(style.bg, self._colors.background)
        attrs = style.attrs
        if attrs & Attr.REVERSE:
            foreground, background = background, foreground
        if attrs & Attr.FAINT:
            foreground = _mixed(foreground, background, _FAINT_SHARE)
        if attrs & Attr.INVISIBLE:
            foreground = background
        return RichStyle(
            color=Color.from_rgb(*foreground),
            bgcolor=Color.from_rgb(*background),
            bold=bool(attrs & Attr.BOLD),
            italic=bool(attrs & Attr.ITALIC),
            strike=bool(attrs & Attr.STRIKE),
            overline=bool(attrs & Attr.OVERLINE),
            underline=style.underline not in (Underline.NONE, Underline.DOUBLE) or bool(attrs & Attr.LINK),
            underline2=style.underline == Underline.DOUBLE,
        )

    def _rgb(self, color: int, default: int) -> Rgb:
        if color == DEFAULT_COLOR:
            color = default
        elif not color & RGB_FLAG:
            color = self._colors.palette[color]
        return color >> 16 & 0xFF, color >> 8 & 0xFF, color & 0xFF


def _mixed(color: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in zip(color, other, strict=True))
    return red, green, blue


def _as_wide_as_told(run: Run) -> str:
    """The engine's width of a run is the one that counts; where ours differs, the text is cut or padded to it."""
    if run.text.isascii() and len(run.text) == run.cells:
        return run.text
    return run.text if cell_len(run.text) == run.cells else set_cell_size(run.text, run.cells)
