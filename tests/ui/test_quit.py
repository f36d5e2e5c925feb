"""The way out: once asked when there is something to lose, then everything is ended and seen to be."""

import asyncio
import os
import signal

import pytest

from ssmtui.sessions.states import SessionState
from ssmtui.ui.commands import BY_NAME
from ssmtui.ui.screens.closing import Closing
from ssmtui.ui.screens.confirm import Confirm
from tests.support.wait import wait_until
from tests.ui.harness import Harness


async def left(harness: Harness) -> None:
    await wait_until("the app has left", lambda: harness.app._exit)


async def test_without_sessions_it_leaves_at_once():
    harness = Harness()
    async with harness.run():
        await harness.ready()
        harness.app.run_command(BY_NAME["q"])
        await left(harness)
    assert harness.manager.closed
    assert harness.gateway.closed
    assert harness.app.return_value == []


async def test_live_sessions_are_named_and_kept_when_the_answer_is_no():
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        await harness.press("f12", "d", "q")
        assert isinstance(harness.app.screen, Confirm)
        assert "1 live session will be terminated" in harness.text()
        assert "bastion-1" in harness.text()
        await harness.press("escape")
        assert harness.app.screen is harness.app.main
        assert not harness.manager.closed


async def test_yes_ends_all_shows_that_it_waits_and_hands_over_what_is_left_behind():
    harness = Harness()
    async with harness.run():
        await harness.ready()
        await harness.open_session()
        harness.manager.close_allowed.clear()
        harness.manager.left_behind = ["ops-1"]
        await harness.press("f12", "d", "q", "enter")
        await wait_until("the wait", lambda: isinstance(harness.app.screen, Closing))
        await wait_until("it says so", lambda: "Terminating 1 session" in harness.text(), report=harness.text)
        await harness.press("escape")
        assert isinstance(harness.app.screen, Closing)
        harness.manager.close_allowed.set()
        await left(harness)
    assert harness.app.return_value == ["ops-1"]


async def test_sessions_that_are_over_are_not_asked_about():
    harness = Harness()
    async with harness.run():
        await harness.ready()
        key = await harness.open_session()
        harness.manager.becomes(key, SessionState.ENDED)
        await harness.settle()
        harness.app.run_command(BY_NAME["q"])
        await left(harness)
    assert harness.manager.closed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_the_sessions_without_a_question(number):
    harness = Harness()
    async with harness.run():
        await harness.ready()
        await harness.open_session()
        os.kill(os.getpid(), number)
        await left(harness)
    assert harness.manager.closed
    assert harness.app.was_interrupted


async def test_leaving_before_the_services_are_open_waits_for_nothing():
    class Stuck(Harness):
        async def open_services(self, progress):
            await asyncio.Event().wait()

    harness = Stuck()
    async with harness.run():
        await wait_until("the opening", lambda: harness.app.opening)
        harness.app.run_command(BY_NAME["q"])
        await left(harness)
    assert harness.app.return_value == []
