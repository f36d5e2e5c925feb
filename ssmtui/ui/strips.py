"""Rows of a terminal engine as Textual's strips, in the colours of the theme."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from rich.color import Color
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip

from ssmtui.terminal.screen import DEFAULT_COLOR, RGB_FLAG, Attr, Row, Run, Style, Underline

STYLES_KEPT = 4096
"""Styles remembered: more than any program uses, few enough for one that draws every cell in a colour of its own."""

_CUBE = (0, 95, 135, 175, 215, 255)
_FAINT_SHARE = 0.55

Rgb = tuple[int, int, int]


def rgb_of(code: str) -> Rgb:
    """``#rrggbb`` as three numbers."""
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def standard_color(index: int) -> Rgb:
    """Colours 16..255 of xterm's palette: a cube of 216, then 24 greys."""
    if index >= 232:
        grey = 8 + 10 * (index - 232)
        return grey, grey, grey
    cube = index - 16
    return _CUBE[cube // 36], _CUBE[cube // 6 % 6], _CUBE[cube % 6]


class StripMaker:
    """Makes strips for one set of colours. ``ansi`` are the palette's first sixteen."""

    def __init__(self, foreground: str, background: str, ansi: tuple[str, ...]) -> None:
        self._foreground = rgb_of(foreground)
        self._background = rgb_of(background)
        self._ansi = tuple(map(rgb_of, ansi))
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
        foreground = self._rgb(style.fg, self._foreground)
        background = self._rgb(style.bg, self._background)
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

    def _rgb(self, color: int, default: Rgb) -> Rgb:
        if color == DEFAULT_COLOR:
            return default
        if color & RGB_FLAG:
            return color >> 16 & 0xFF, color >> 8 & 0xFF, color & 0xFF
        return self._ansi[color] if color < 16 else standard_color(color)


def _mixed(color: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in zip(color, other, strict=True))
    return red, green, blue


def _as_wide_as_told(run: Run) -> str:
    """The engine's width of a run is the one that counts; where ours differs, the text is cut or padded to it."""
    if run.text.isascii() and len(run.text) == run.cells:
        return run.text
    return run.text if cell_len(run.text) == run.cells else set_cell_size(run.text, run.cells)
