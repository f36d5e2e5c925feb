import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from ssmtui.model import TerminalSize
from ssmtui.terminal import engines
from ssmtui.terminal.screen import RGB_FLAG, Attr, Run, Style, Underline
from ssmtui.ui.look.theme import DARK_ANSI, standard_color, terminal_colors
from ssmtui.ui.terminals.strips import Brush

COLORS = terminal_colors({"terminal-foreground": "#dddddd", "terminal-background": "#111111"}, dark=True)
BRUSH = Brush(COLORS)


def colors(style: Style) -> tuple[str, str]:
    made = BRUSH.style(style)
    assert made.color is not None
    assert made.bgcolor is not None
    return made.color.name, made.bgcolor.name


def written(strip):
    """What a line shows in the outer terminal."""
    return re.sub(r"\x1b\[[\d;:]*m", "", strip.render(Console()))


def test_a_strip_is_as_wide_as_the_screen():
    strip = BRUSH.strip((Run("abc", 3), Run("de", 2, Style(fg=1))), 10)
    assert (strip.text, strip.cell_length) == ("abcde     ", 10)
    assert BRUSH.strip((Run("abcdef", 6),), 4).text == "abcd"
    assert BRUSH.strip((), 3).text == "   "


@pytest.mark.parametrize(
    "run", [Run("e\u0301x", 2), Run("日本", 4), Run("日", 1), Run("ab", 4), Run("\U0001f468\u200d\U0001f469", 2)]
)
def test_the_engines_widths_count(run):
    strip = BRUSH.strip((run, Run("|", 1)), 10)
    assert sum(cell_len(segment.text) for segment in strip) == 10
    assert cell_len(strip.text.partition("|")[0]) == run.cells


@given(st.lists(st.text(max_size=12), max_size=4), st.sampled_from(engines.NAMES))
@settings(max_examples=150, deadline=None)
def test_a_line_is_as_wide_as_the_pane_whatever_is_printed(words, name):
    engine = engines.create(name, TerminalSize(20, 5), 10)
    engine.feed("\r\n".join(words).encode("utf-8", "replace"))
    for row in engine.frame(0).rows.values():
        strip = BRUSH.strip(row, 20)
        assert cell_len(written(strip)) == strip.cell_length == 20
        assert written(strip) == strip.text


@pytest.mark.parametrize(
    ("printed", "drawn"),
    [
        ("👨\u200d👩\u200d👧|", "👨👩👧|"),
        ("👍🏽|", "👍  |"),
        ("❤\ufe0f|", "❤|"),
        ("🇩🇪|", "🇩🇪|"),
        ("🇩 🇪|", "🇩  🇪 |"),
        ("e\u0301|", "e\u0301|"),
        ("日本|", "日本|"),
    ],
)
def test_nothing_is_joined_that_takes_cells_of_its_own(printed, drawn):
    engine = engines.create(engines.GHOSTTY, TerminalSize(20, 5), 10)
    engine.feed(printed.encode())
    assert written(BRUSH.strip(engine.frame(0).rows[0], 20)).rstrip() == drawn


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
    made = BRUSH.style(Style(attrs=Attr.BOLD | Attr.ITALIC | Attr.STRIKE | Attr.OVERLINE, underline=Underline.CURLY))
    assert (made.bold, made.italic, made.strike, made.overline, made.underline) == (True,) * 5
    double = BRUSH.style(Style(underline=Underline.DOUBLE))
    assert (double.underline, double.underline2) == (False, True)


def test_styles_are_made_once_and_not_without_end():
    assert BRUSH.style(Style(fg=3)) is BRUSH.style(Style(fg=3))
    maker = Brush(COLORS)
    for color in range(5000):
        maker.style(Style(fg=RGB_FLAG | color))
    assert maker.style.cache_info().currsize == 4096
