"""Renditions for the outer terminal: the parameters of SGR (xterm's ctlseqs, "Character Attributes").

Colours are sent as RGB, because a program's palette is that of its pane: the outer terminal's index 1 may be another
red.
"""

from __future__ import annotations

from functools import cache, lru_cache

from rich.color import Color, ColorSystem

from ssmtui.terminal.screen import DEFAULT_COLOR, RGB_FLAG, Attr, Colors, Style, Underline

KEPT = 4096
"""Renditions that are cached: more than any program uses, and a bound for one that gives each cell its own."""

_FAINT_SHARE = 0.55
"""How much of its colour faint text keeps. It is mixed here, so that it looks alike in every outer terminal."""
_FLAGS = {Attr.BOLD: "1;", Attr.ITALIC: "3;", Attr.BLINK: "5;", Attr.STRIKE: "9;", Attr.OVERLINE: "53;"}
_PLAIN_UNDERLINES = {Underline.NONE: "", Underline.DOUBLE: "21;"}


class Renditions:
    """How styles are drawn in one set of colours.

    ``underlines`` says that the outer terminal has styles and colours of underlines (SGR 4:n and 58, first in kitty and
    VTE); others would read 4:3 as something else. Blinking is left to the outer terminal, where people turn it off for
    all programs.
    """

    def __init__(self, colors: Colors, *, underlines: bool, system: ColorSystem = ColorSystem.TRUECOLOR) -> None:
        self._colors = colors
        self._system = system
        self._underlines = underlines
        self.codes = lru_cache(KEPT)(self._codes)

    def colors(self, style: Style) -> tuple[int, int]:
        """Foreground and background as ``0xRRGGBB``."""
        foreground = self._rgb(style.fg, self._colors.foreground)
        background = self._rgb(style.bg, self._colors.background)
        if style.attrs:
            return _turned(Attr(style.attrs), foreground, background)
        return foreground, background

    def _codes(self, style: Style) -> str:
        fg, bg = self.colors(style)
        attrs = style.attrs
        flags = _flags(attrs) if attrs else ""
        underline = self._underline(style) if style.underline or attrs else ""
        if self._system is not ColorSystem.TRUECOLOR:
            return f"{flags}{underline}{_nearest(fg, self._system, True)};{_nearest(bg, self._system, False)}"
        return (
            f"{flags}{underline}38;2;{fg >> 16};{fg >> 8 & 255};{fg & 255};48;2;{bg >> 16};{bg >> 8 & 255};{bg & 255}"
        )

    def _underline(self, style: Style) -> str:
        wanted = underline_of(style)
        if not self._underlines or not wanted:
            return _PLAIN_UNDERLINES.get(wanted, "4;")
        if style.underline_color == DEFAULT_COLOR:
            return f"4:{wanted:d};"
        color = self._rgb(style.underline_color, 0)
        return f"4:{wanted:d};58:2::{color >> 16}:{color >> 8 & 255}:{color & 255};"

    def _rgb(self, color: int, default: int) -> int:
        if color == DEFAULT_COLOR:
            return default
        return color & 0xFFFFFF if color & RGB_FLAG else self._colors.palette[color]


def underline_of(style: Style) -> Underline:
    """The underline that the program set; a dotted one under a link that has none."""
    if not style.underline and style.attrs & Attr.LINK:
        return Underline.DOTTED
    return Underline(style.underline)


@lru_cache(KEPT)
def _nearest(color: int, system: ColorSystem, foreground: bool) -> str:
    return ";".join(rich_color(color).downgrade(system).get_ansi_codes(foreground))


@cache
def _flags(attrs: int) -> str:
    return "".join(code for attr, code in _FLAGS.items() if attrs & attr)


def _turned(attrs: Attr, foreground: int, background: int) -> tuple[int, int]:
    if attrs & Attr.REVERSE:
        foreground, background = background, foreground
    if attrs & Attr.FAINT:
        foreground = mixed(foreground, background, _FAINT_SHARE)
    return background if attrs & Attr.INVISIBLE else foreground, background


def mixed(color: int, other: int, share: float) -> int:
    """``share`` of ``color``, the rest of ``other``."""
    parts = [round((color >> bit & 0xFF) * share + (other >> bit & 0xFF) * (1 - share)) for bit in (16, 8, 0)]
    return parts[0] << 16 | parts[1] << 8 | parts[2]


def rich_color(number: int) -> Color:
    """``0xRRGGBB`` as a colour of Rich."""
    return Color.from_rgb(number >> 16, number >> 8 & 0xFF, number & 0xFF)
