import pytest
from rich.cells import cell_len

from ssmtui.terminal.screen import RGB_FLAG, Attr, Run, Style, Underline
from ssmtui.ui.strips import Brush
from ssmtui.ui.theme import DARK_ANSI, standard_color, terminal_colors

COLORS = terminal_colors({"terminal-foreground": "#dddddd", "terminal-background": "#111111"}, dark=True)
MAKER = Brush(COLORS)


def colors(style: Style) -> tuple[str, str]:
    made = MAKER.style(style)
    assert made.color is not None
    assert made.bgcolor is not None
    return made.color.name, made.bgcolor.name


def test_a_strip_is_as_wide_as_the_screen():
    strip = MAKER.strip((Run("abc", 3), Run("de", 2, Style(fg=1))), 10)
    assert (strip.text, strip.cell_length) == ("abcde     ", 10)
    assert MAKER.strip((Run("abcdef", 6),), 4).text == "abcd"
    assert MAKER.strip((), 3).text == "   "


@pytest.mark.parametrize(
    "run", [Run("e\u0301x", 2), Run("日本", 4), Run("日", 1), Run("ab", 4), Run("\U0001f468\u200d\U0001f469", 2)]
)
def test_the_engines_widths_count(run):
    strip = MAKER.strip((run, Run("|", 1)), 10)
    assert sum(cell_len(segment.text) for segment in strip) == 10
    assert cell_len(strip.text.partition("|")[0]) == run.cells


@pytest.mark.parametrize(
    ("style", "foreground", "background"),
    [
        (Style(), "#dddddd", "#111111"),
        (Style(fg=1, bg=4), DARK_ANSI[1], DARK_ANSI[4]),
        (Style(fg=196), "#ff0000", "#111111"),
        (Style(fg=RGB_FLAG | 0x102030), "#102030", "#111111"),
        (Style(attrs=Attr.REVERSE), "#111111", "#dddddd"),
        (Style(attrs=Attr.INVISIBLE), "#111111", "#111111"),
        (Style(fg=RGB_FLAG | 0xFFFFFF, bg=RGB_FLAG, attrs=Attr.FAINT), "#8c8c8c", "#000000"),
    ],
)
def test_colours_are_the_themes_the_palettes_or_their_own(style, foreground, background):
    assert colors(style) == (foreground, background)


@pytest.mark.parametrize(
    ("index", "rgb"),
    [(16, 0), (231, 0xFFFFFF), (232, 0x080808), (255, 0xEEEEEE), (67, 0x5F87AF)],
)
def test_the_standard_colours_are_xterms(index, rgb):
    assert standard_color(index) == rgb


def test_attributes_and_underlines_are_passed_on():
    made = MAKER.style(Style(attrs=Attr.BOLD | Attr.ITALIC | Attr.STRIKE | Attr.OVERLINE, underline=Underline.CURLY))
    assert (made.bold, made.italic, made.strike, made.overline, made.underline) == (True,) * 5
    double = MAKER.style(Style(underline=Underline.DOUBLE))
    assert (double.underline, double.underline2) == (False, True)


def test_styles_are_made_once_and_not_without_end():
    assert MAKER.style(Style(fg=3)) is MAKER.style(Style(fg=3))
    maker = Brush(COLORS)
    for color in range(5000):
        maker.style(Style(fg=RGB_FLAG | color))
    assert maker.style.cache_info().currsize == 4096
