"""The way out: once asked when there is something to lose, then everything is ended and seen to be."""

import asyncio
import builtins
import os
import signal
from contextlib import asynccontextmanager

import pytest

from ssmtui.sessions.states import SessionState
from ssmtui.ui.frame.closing import Closing
from ssmtui.ui.kit.confirm import Confirm
from tests.support.wait import wait_until
from tests.ui.harness import Harness


async def left(harness: Harness) -> None:
    await wait_until("the app has left", lambda: harness.app._exit)


async def test_without_sessions_it_leaves_at_once():
    harness = Harness()
    async with harness.run():
        await harness.ready()
        harness.app.run_command(harness.app.registry["q"])
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
        harness.app.run_command(harness.app.registry["q"])
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


class Unreadable(Confirm):
    """Mounted halfway, then left: nobody has seen it."""

    def on_mount(self):
        raise ZeroDivisionError


def gone(name, *args, **kwargs):
    if name.startswith(("ssmtui.ui.kit.confirm", "ssmtui.ui.frame.closing")):
        raise ModuleNotFoundError(f"No module named {name!r}")
    return load(name, *args, **kwargs)


load = builtins.__import__


@asynccontextmanager
async def unasked(monkeypatch, why):
    """A live session, and a question that cannot be shown; the list is in front."""
    harness = Harness()
    async with harness.run():
        await harness.ready()
        await harness.open_session()
        await harness.press("f12", "d")
        harness.expects_defects = True
        if why == "import":
            monkeypatch.setattr(builtins, "__import__", gone)
        else:
            monkeypatch.setattr("ssmtui.ui.kit.confirm.Confirm", Unreadable)
        await harness.press("q")
        await wait_until("it says so", lambda: "cannot be shown" in harness.text(), report=harness.text)
        told = [notice.message for notice in harness.app._notifications if "cannot be shown" in notice.message]
        assert len(told) == 1
        assert "Press q or ctrl+q again within 15 seconds" in told[0]
        assert "1 live session will be terminated" in told[0]
        assert harness.app.screen is harness.app.main
        assert not harness.manager.closed
        yield harness
        monkeypatch.undo()


@pytest.mark.parametrize("why", ["import", "mount"])
@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_fault_3_a_question_that_cannot_be_shown_keeps_nobody_from_quitting(why, key, monkeypatch):
    async with unasked(monkeypatch, why) as harness:
        await harness.press(key)
        await left(harness)
    assert harness.manager.closed
    assert harness.app.return_value == []
    assert "1 live session terminated without it" in harness.app.farewell


async def test_fault_3_quitting_unasked_is_forgotten_after_a_while_and_where_the_question_is_seen(monkeypatch):
    async with unasked(monkeypatch, "import") as harness:
        harness.clock.move(16)
        await harness.press("ctrl+q", "q")
        assert not harness.app._exit
        monkeypatch.undo()
        await harness.press("q", "escape")
        assert harness.app.screen is harness.app.main
        assert not harness.app._exit


async def test_leaving_before_the_services_are_open_waits_for_nothing():
    class Stuck(Harness):
        async def open_services(self, progress):
            await asyncio.Event().wait()

    harness = Stuck()
    async with harness.run():
        await wait_until("the opening", lambda: harness.app.opening)
        harness.app.run_command(harness.app.registry["q"])
        await left(harness)
    assert harness.app.return_value == []


def test_signals_that_were_ignored_stay_so_and_a_late_one_meets_no_closed_loop():
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    async def meanwhile():
        harness = Harness()
        async with harness.app.run_test():
            handlers = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP)
        return harness.app, *handlers

    try:
        app, ours, ignored = asyncio.run(meanwhile())
        assert ignored is signal.SIG_IGN
        assert ours is not before[signal.SIGTERM]
        ours(signal.SIGTERM, None)  # the loop is closed
        assert app.asked_to_leave.is_set()
        app.give_signals_back()
        assert signal.getsignal(signal.SIGTERM) == before[signal.SIGTERM]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
