"""How a pane is drawn: its colours, its cursor, and when."""

from __future__ import annotations

from ssmtui.terminal.screen import BACKGROUND
from tests.support.wait import wait_until
from tests.ui.harness import Harness


def background(harness: Harness, y: int = 0) -> str:
    style = harness.app.main.shown_view.render_line(y)._segments[0].style
    return style.bgcolor.get_truecolor().hex


async def test_remote_programs_are_told_the_colours_of_the_theme():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session("hello")
        told = harness.manager.colors
        assert f"#{told.background:06x}" == background(harness)
        harness.app.toggle_theme()
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
