"""How a pane is drawn: its colours, its cursor, and when."""

from __future__ import annotations

import asyncio
import re

import pytest
from rich.style import Style as RichStyle

from ssmtui.config.settings import Settings
from ssmtui.model import TerminalSize
from ssmtui.terminal.screen import BACKGROUND, CURSOR, RGB_FLAG, Cursor, CursorShape, Frame, Run, Style, Underline
from ssmtui.ui.look.theme import terminal_colors
from ssmtui.ui.terminals.strips import Brush
from tests.support.wait import wait_until
from tests.ui.harness import Harness

LEADER = "ctrl+right_square_bracket"
COLORS = {"terminal-foreground": "#dddddd", "terminal-background": "#111111"}


def background(harness: Harness, y: int = 0) -> str:
    style = harness.app.panes.view.render_line(y)._segments[0].style
    return style.bgcolor.get_truecolor().hex


async def test_remote_programs_are_told_the_colours_of_the_theme():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session("hello")
        told = harness.manager.colors
        assert f"#{told.background:06x}" == background(harness)
        harness.app.change_theme()
        await wait_until("other colours", lambda: harness.manager.colors != told)
        await wait_until("they are drawn", lambda: f"#{harness.manager.colors.background:06x}" == background(harness))


async def test_a_program_can_change_the_colours_of_its_terminal():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session("hello")
        before = background(harness)
        harness.manager.prints(key, "hello", recolored=((BACKGROUND, 0x445566),))
        await wait_until("its background", lambda: background(harness) == background(harness, 9) == "#445566")
        harness.manager.prints(key, "hello")
        await wait_until("ours again", lambda: background(harness) == before)


async def test_the_memory_of_a_session_is_told():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session("hello")
        await harness.press(LEADER, "i")
        await wait_until("the figures", lambda: "9,994 lines kept" in harness.text(), report=harness.text)
        assert "all sessions take" in harness.text()


async def test_an_update_under_way_is_asked_for_again():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session("hello")
        await harness.settle()
        harness.manager.prints(key, "hello", held=True)
        pulls = len(harness.manager.pulled)
        await wait_until(
            "it is asked again though nothing is announced", lambda: len(harness.manager.pulled) > pulls + 2
        )


def written(harness: Harness, y: int = 0) -> str:
    """What goes to the outer terminal for a line of the pane."""
    view = harness.app.panes.view
    return view.render_line(y).render(harness.app.console)


def at(harness: Harness, x: int, y: int = 0) -> tuple[str, RichStyle]:
    """The character in a cell, and its style."""
    [segment] = harness.app.panes.view.render_line(y).crop(x, x + 1)
    return segment.text, segment.style


async def test_a_line_is_written_as_it_was_drawn(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLORTERM", "truecolor")
    async with Harness(settings=Settings(underline_styles="on")).run() as harness:
        await harness.ready()
        key = await harness.open_session()
        curly = Style(fg=RGB_FLAG | 0x010203, underline=Underline.CURLY, underline_color=RGB_FLAG | 0xFF8000)
        harness.manager.prints(key, (Run("a", 1), Run("b", 1, curly)), cursor=Cursor(0, 5))
        await wait_until("the underline", lambda: "4:3;58:2::255:128:0;38;2;1;2;3" in written(harness))
        assert re.sub(r"\x1b\[[\d;:]*m", "", written(harness)).rstrip() == "ab"
        harness.manager.prints(key, (Run("a", 1), Run("b", 1, curly)), cursor=Cursor(0, 0))
        await wait_until("the cursor", lambda: at(harness, 0)[1] != at(harness, 1)[1])
        assert "4:3;58:2::255:128:0;38;2;1;2;3" in written(harness), "beside the cursor as well"


async def test_the_cursor_has_three_shapes():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        drawn = {}
        for shape in CursorShape:
            harness.manager.prints(key, "ab", cursor=Cursor(1, 0, shape=shape))
            await harness.settle()
            drawn[shape] = at(harness, 1)
        plain = at(harness, 0)[1]
        assert [text for text, _ in drawn.values()] == ["b"] * 3
        assert drawn[CursorShape.BLOCK][1].bgcolor == plain.color
        assert drawn[CursorShape.UNDERLINE][1].underline
        assert drawn[CursorShape.BAR][1].bgcolor not in (plain.color, plain.bgcolor)
        harness.manager.prints(key, "ab", cursor=Cursor(2, 0, shape=CursorShape.BAR))
        await wait_until("a bar in a blank", lambda: at(harness, 2)[0] == "▏")


async def test_the_cursor_has_the_colour_that_the_program_gave_it():
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.prints(key, "ab", cursor=Cursor(0, 0), recolored=((CURSOR, 0xFF0000),))
        await wait_until("red", lambda: at(harness, 0)[1].bgcolor.get_truecolor().hex == "#ff0000")


async def test_a_frame_that_takes_long_lets_the_loop_run():
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        ticks += 1
        asyncio.get_running_loop().call_soon(tick)

    brush = Brush(terminal_colors(COLORS, dark=True))
    rows = {y: tuple(Run("x", 1, Style(fg=RGB_FLAG | y << 12 | x)) for x in range(200)) for y in range(60)}
    asyncio.get_running_loop().call_soon(tick)
    drawn = await brush.strips(Frame(1, TerminalSize(200, 60), rows))
    assert len(drawn) == 60
    assert ticks
