"""Rows and modes as bytes: what an engine makes of them is what they were."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssmtui.model import TerminalSize
from ssmtui.terminal import engines, redraw
from ssmtui.terminal.screen import RGB_FLAG, Attr, Modes, MouseFormat, MouseTracking, Run, Style, Underline

SIZE = TerminalSize(80, 24)
ENGINES = (engines.GHOSTTY, engines.BITTTY)
STYLES = [
    Style(),
    Style(fg=1),
    Style(fg=9, bg=12),
    Style(fg=200, bg=17),
    Style(fg=RGB_FLAG | 0x0A0B0C, bg=RGB_FLAG | 0xFFFEFD),
    Style(attrs=Attr.BOLD | Attr.ITALIC),
    Style(attrs=Attr.REVERSE, underline=Underline.SINGLE),
]


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("style", STYLES, ids=str)
def test_an_engine_draws_the_rows_as_they_were(name: str, style: Style) -> None:
    engine = engines.create(name, SIZE, 10)
    row = (Run("before ", 7), Run("styled", 6, style), Run(" after 日本", 11))
    engine.feed(redraw.lines([row, (), row]))
    rows = engine.frame(0).rows
    expected = row if style != Style() else (Run("before styled after 日本", 24),)
    assert rows[0] == rows[2] == expected
    assert rows.get(1, ()) == ()
    engine.close()


@pytest.mark.parametrize("name", ENGINES)
def test_a_coloured_underline_is_one_where_the_engine_has_it(name: str) -> None:
    engine = engines.create(name, SIZE, 10)
    style = Style(underline=Underline.CURLY, underline_color=RGB_FLAG | 0x112233)
    engine.feed(redraw.lines([(Run("wrong", 5, style),)]))
    ((text, _, drawn),) = engine.frame(0).rows[0]
    assert text == "wrong"
    assert drawn.fg == drawn.bg == -1, "its numbers are no other colours"
    if name == engines.GHOSTTY:
        assert drawn == style
    engine.close()


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40))
def test_nothing_but_text_line_ends_and_renditions_comes_out(text: str) -> None:
    data = redraw.lines([(Run(text, 1, Style(fg=3)), Run(text, 1))]).decode()
    assert data.startswith("\x1b[33m")
    inner = data.removeprefix("\x1b[33m").removesuffix("\r\n").replace("\x1b[0m", "", 1)
    assert not any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in inner)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(
    "modes",
    [
        Modes(application_cursor=True, bracketed_paste=True, alternate_scroll=True),
        Modes(focus_events=True, mouse=MouseTracking.ANY, mouse_format=MouseFormat.SGR, alternate_scroll=True),
        Modes(kitty_flags=5, application_keypad=True),
    ],
    ids=str,
)
def test_an_engine_is_in_the_modes_that_were_set(name: str, modes: Modes) -> None:
    engine = engines.create(name, SIZE, 10)
    engine.feed(redraw.modes_set(modes))
    assert engine.modes() == modes
    engine.close()
