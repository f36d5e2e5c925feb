"""Ctrl-C and Ctrl-Z at a question."""

from __future__ import annotations

from textual.widgets import Input

from ssmtui.ui.frame.leave_question import LeaveQuestion
from ssmtui.ui.kit.prompt import Prompt
from tests.support.wait import wait_until
from tests.ui.harness import Harness


async def test_ctrl_c_at_the_question_before_quitting_goes_back() -> None:
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        await harness.press("f12", "d", "q")
        assert isinstance(harness.app.screen, LeaveQuestion)
        await harness.press("ctrl+c")
        await wait_until("the list", lambda: harness.app.screen is harness.app.main)
        assert not harness.manager.closed
        await harness.press("ctrl+c")
        await harness.shows("Press q to quit")


async def test_ctrl_c_in_an_entry_copies_what_is_selected_and_else_gives_no_answer() -> None:
    answers: list[str | None] = []
    async with Harness().run() as harness:
        await harness.ready()
        harness.app.push_screen(Prompt("Name", "given"), answers.append)
        await wait_until("the entry", lambda: isinstance(harness.app.focused, Input))
        await harness.press("home", "shift+end", "ctrl+c")
        await wait_until("it is copied", lambda: harness.app.clipboard == "given")
        assert isinstance(harness.app.screen, Prompt)
        await harness.press("end", "ctrl+c")
        await wait_until("the list", lambda: harness.app.screen is harness.app.main)
    assert answers == [None]


async def test_ctrl_z_at_a_question_asks_the_shell_and_leaves_the_question_alone() -> None:
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        await harness.press("f12", "d", "q")
        assert isinstance(harness.app.screen, LeaveQuestion)
        await harness.press("ctrl+z")
        await harness.shows("This terminal has no job control")
        assert isinstance(harness.app.screen, LeaveQuestion)
