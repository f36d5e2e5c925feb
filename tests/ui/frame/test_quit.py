"""The way out: once asked when there is something to lose, then everything is ended and seen to be."""

import asyncio
import builtins
import os
import signal
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from ssmtui.config.settings import Settings
from ssmtui.sessions.states import SessionState
from ssmtui.ui.frame.closing import Closing
from ssmtui.ui.frame.leave_question import LeaveQuestion
from ssmtui.ui.kit.confirm import Confirm
from tests.support.fake_keeper import FakeKeeper
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
        assert isinstance(harness.app.screen, LeaveQuestion)
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


async def test_they_are_left_alive_by_another_answer_and_it_is_said_until_when():
    harness = Harness()
    async with harness.run():
        await harness.ready()
        key = await harness.open_session()
        harness.manager.becomes(key, SessionState.OPEN, idle_left=1200.0, idle_limit=1200.0)
        await harness.press("f12", "d", "q")
        until = (harness.clock.now() + timedelta(seconds=1200)).astimezone().strftime("%H:%M")
        await harness.tells(f"it stays until {until}", "ssmtui attach")
        await harness.press("D")
        await left(harness)
    assert harness.manager.detached
    assert harness.app.return_value == []
    assert f"bastion-1 stays alive until {until}." in harness.app.farewell


async def test_a_keeper_gets_them_where_the_person_wants_one():
    harness = Harness()
    harness.keeper = FakeKeeper(hands_over=True)
    async with harness.run():
        await harness.ready()
        key = await harness.open_session()
        harness.manager.becomes(key, SessionState.OPEN, record="a" * 32, idle_left=1200.0, idle_limit=1200.0)
        await harness.press("f12", "d", "q")
        await harness.tells("`ssmtui keep` goes on reading the output")
        await harness.press("D")
        await left(harness)
    assert harness.app.farewell == (
        "bastion-1 is kept. `ssmtui keep` goes on reading the output; `ssmtui attach` brings it back."
    )


async def test_a_keeper_that_cannot_be_reached_is_told_and_they_are_left_alive_all_the_same():
    harness = Harness()
    harness.keeper = FakeKeeper(hands_over=True)
    harness.keeper.fails = "The keeper could not be reached."
    async with harness.run():
        await harness.ready()
        await harness.open_session()
        await harness.press("f12", "D")
        await left(harness)
    assert "bastion-1 stays alive" in harness.app.farewell
    assert harness.app.farewell.endswith("The keeper could not be reached.")


async def test_the_leader_leaves_them_alive_at_once():
    harness = Harness()
    async with harness.run():
        await harness.ready()
        await harness.open_session()
        await harness.press("f12", "D")
        await left(harness)
    assert harness.manager.detached
    assert "`ssmtui attach` brings it back" in harness.app.farewell


async def test_what_may_be_lost_by_leaving_it_is_said_before_and_after():
    harness = Harness()
    async with harness.run():
        first, second = await harness.open_two()
        harness.manager.becomes(first, SessionState.LOST, unacknowledged_bytes=7, record="a")
        harness.manager.becomes(second, SessionState.OPEN, session_type="NonInteractiveCommands")
        await harness.settle()
        await harness.press("f12", "d", "q")
        await harness.tells("cache-1 runs a command without a terminal, which may fail")
        await harness.tells("1 that the ledger could not keep: `ssmtui")
        await harness.press("D")
        await left(harness)
    assert "What was typed last into bastion-1 may not have reached its node" in harness.app.farewell
    assert f"1 that the ledger could not keep: `ssmtui attach ops-{first:017d}`" in harness.app.farewell
    assert "cache-1 runs a command without a terminal, which may fail" in harness.app.farewell


async def test_what_was_over_here_before_is_not_said_again():
    harness = Harness()
    async with harness.run():
        first, _ = await harness.open_two()
        harness.manager.becomes(first, SessionState.DETACHED, left_alive=True, unacknowledged_bytes=7)
        await harness.settle()
        await harness.press("f12", "D")
        await left(harness)
    assert "cache-1 stays alive" in harness.app.farewell
    assert "bastion-1" not in harness.app.farewell


async def test_what_is_being_taken_over_is_left_alive_whatever_is_chosen():
    harness = Harness()
    async with harness.run():
        await harness.ready()
        key = await harness.open_session()
        harness.manager.becomes(key, SessionState.CONNECTING, is_being_taken_over=True)
        await harness.settle()
        await harness.press("f12", "d", "q", "enter")
        await left(harness)
    assert "bastion-1 stays alive" in harness.app.farewell


async def test_the_sessions_of_a_demo_end_with_it():
    harness = Harness(demo=True)
    async with harness.run():
        await harness.ready()
        await harness.open_session()
        await harness.press("f12", "D")
        await harness.tells("Sessions of the demo end with it")
        await harness.press("f12", "d", "q")
        assert "leave alive" not in "\n".join(harness.text().splitlines()[:-8])
        harness.app.close_down(detach=True)  # as a signal does
        await left(harness)
    assert not harness.manager.detached
    assert harness.app.farewell == ""


async def test_what_cannot_stay_alive_is_named_before_it_ends():
    harness = Harness()
    async with harness.run():
        first, second = await harness.open_two()
        harness.manager.becomes(second, SessionState.OPEN, encrypted=True)
        harness.manager.cannot_be_left.add(second)
        await harness.settle()
        await harness.press("f12", "D")
        assert isinstance(harness.app.screen, Confirm)
        await harness.tells("1 live session cannot be left alive, and will end", "cache-1: encrypted with a KMS key")
        await harness.press("escape")
        assert not harness.manager.closed
        await harness.press("f12", "d", "q")
        await harness.tells("Not cache-1: encrypted with a KMS key")
        await harness.press("escape", "f12", "D", "enter")
        await left(harness)
    assert harness.manager.snapshot(first).state is SessionState.DETACHED
    assert "Not left alive, but terminated: cache-1 (encrypted" in harness.app.farewell


async def test_sessions_that_are_being_started_cannot_be_left_alive():
    harness = Harness()
    async with harness.run():
        await harness.ready()
        await harness.press("f12", "D")
        await harness.tells("There is no live session to leave alive")
        await harness.press("enter")
        await harness.press("f12", "D")
        await harness.tells("No session can be left alive: bastion-1 is still being started")
        await harness.press("f12", "d", "q")
        assert isinstance(harness.app.screen, LeaveQuestion)
        assert "D leave alive" not in harness.text()
        await harness.press("D")
        assert isinstance(harness.app.screen, LeaveQuestion)
    assert not harness.manager.detached


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


@pytest.mark.parametrize(
    ("number", "setting", "demo", "detaches"),
    [
        (signal.SIGTERM, "detach", False, True),
        (signal.SIGHUP, "detach", False, True),
        (signal.SIGINT, "detach", False, False),
        (signal.SIGQUIT, "detach", False, False),
        (signal.SIGTERM, "end", False, False),
        (signal.SIGHUP, "end", False, False),
        pytest.param(signal.SIGHUP, "detach", True, False, id="a demo ends with its lab"),
    ],
)
async def test_a_signal_leaves_or_ends_the_sessions_without_a_question(number, setting, demo, detaches):
    harness = Harness(settings=Settings(on_hangup=setting), demo=demo)
    async with harness.run():
        await harness.ready()
        await harness.open_session()
        os.kill(os.getpid(), number)
        await left(harness)
    assert harness.manager.closed
    assert harness.manager.detached is detaches
    assert harness.app.was_interrupted
    assert ("alive" in harness.app.farewell) is detaches


async def test_what_a_person_has_begun_is_not_changed_by_a_signal():
    harness = Harness()
    async with harness.run():
        await harness.ready()
        await harness.open_session()
        harness.manager.close_allowed.clear()
        harness.app.close_down()
        os.kill(os.getpid(), signal.SIGHUP)
        await wait_until("the signal", harness.app.asked_to_leave.is_set)
        assert not harness.app.leaves_alive, "also where the loop stands still from now on"
        harness.manager.close_allowed.set()
        await left(harness)
    assert not harness.manager.detached


async def test_the_first_of_several_signals_counts():
    harness = Harness()
    async with harness.run():
        await harness.ready()
        await harness.open_session()
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGINT)
        await left(harness)
    assert harness.manager.detached
    assert harness.app.leaves_alive


class Unreadable(LeaveQuestion):
    """Mounted halfway, then left: nobody has seen it."""

    def on_mount(self):
        raise ZeroDivisionError


def gone(name, *args, **kwargs):
    if name.startswith(("ssmtui.ui.frame.leave_question", "ssmtui.ui.frame.closing")):
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
            monkeypatch.setattr("ssmtui.ui.frame.leave_question.LeaveQuestion", Unreadable)
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
        await wait_until("the opening", lambda: harness.app.beginning.opening)
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
