"""Styles as the outer terminal takes them."""

import pytest
from rich.color import ColorSystem

from ssmtui.terminal.screen import RGB_FLAG, Attr, Style, Underline
from ssmtui.ui.look.theme import DARK_ANSI, terminal_colors
from ssmtui.ui.terminals.sgr import KEPT, Renditions

COLORS = terminal_colors({"terminal-foreground": "#dddddd", "terminal-background": "#111111"}, dark=True)
ON, OFF = Renditions(COLORS, underlines=True), Renditions(COLORS, underlines=False)
PLAIN = "38;2;221;221;221;48;2;17;17;17"


@pytest.mark.parametrize(
    ("style", "codes"),
    [
        (Style(), PLAIN),
        (Style(attrs=Attr.BOLD), f"1;{PLAIN}"),
        (Style(attrs=Attr.ITALIC | Attr.STRIKE | Attr.OVERLINE), f"3;9;53;{PLAIN}"),
        (Style(attrs=Attr.BLINK), f"5;{PLAIN}"),
        (Style(attrs=Attr.REVERSE), "38;2;17;17;17;48;2;221;221;221"),
        (Style(attrs=Attr.INVISIBLE), "38;2;17;17;17;48;2;17;17;17"),
        (Style(fg=RGB_FLAG | 0xFFFFFF, bg=RGB_FLAG, attrs=Attr.FAINT), "38;2;140;140;140;48;2;0;0;0"),
        (Style(fg=RGB_FLAG | 0x010203, bg=196), "38;2;1;2;3;48;2;255;0;0"),
    ],
)
def test_attributes_and_colours(style, codes):
    assert ON.codes(style) == OFF.codes(style) == codes


@pytest.mark.parametrize(
    ("style", "known", "unknown"),
    [
        (Style(underline=Underline.SINGLE), "4:1;", "4;"),
        (Style(underline=Underline.DOUBLE), "4:2;", "21;"),
        (Style(underline=Underline.CURLY), "4:3;", "4;"),
        (Style(underline=Underline.DASHED, underline_color=RGB_FLAG | 0x010203), "4:5;58:2::1:2:3;", "4;"),
        (Style(attrs=Attr.LINK), "4:4;", "4;"),
        (Style(attrs=Attr.LINK, underline=Underline.CURLY), "4:3;", "4;"),
        (Style(attrs=Attr.BOLD), "", ""),
    ],
)
def test_underlines(style, known, unknown):
    bold = "1;" if style.attrs & Attr.BOLD else ""
    assert ON.codes(style) == f"{bold}{known}{PLAIN}"
    assert OFF.codes(style) == f"{bold}{unknown}{PLAIN}"


@pytest.mark.parametrize(
    ("system", "codes"), [(ColorSystem.EIGHT_BIT, "38;5;196;48;5;16"), (ColorSystem.STANDARD, "31;40")]
)
def test_colours_are_the_nearest_that_the_outer_terminal_has(system, codes):
    renditions = Renditions(COLORS, underlines=False, system=system)
    assert renditions.codes(Style(fg=RGB_FLAG | 0xFF0000, bg=RGB_FLAG)) == codes


def test_an_underline_takes_its_colour_from_the_palette():
    red = int(DARK_ANSI[1][1:], 16)
    codes = ON.codes(Style(underline=Underline.SINGLE, underline_color=1))
    assert f"58:2::{red >> 16}:{red >> 8 & 255}:{red & 255};" in codes


def test_renditions_are_not_remembered_without_end():
    renditions = Renditions(COLORS, underlines=True)
    for color in range(KEPT + 100):
        renditions.codes(Style(fg=RGB_FLAG | color))
    assert renditions.codes.cache_info().currsize == KEPT
