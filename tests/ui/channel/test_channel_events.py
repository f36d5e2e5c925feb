"""The events of a session's channel, and what a pane says of an end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ssmtui.errors import AccessDenied, ConnectionFailed
from ssmtui.sessions.channel_log import EventKind
from ssmtui.sessions.end_cause import EndCause
from ssmtui.sessions.states import SessionState
from ssmtui.ui.channel.dialog import ChannelEvents
from tests.support.fakes import NOW
from tests.support.wait import wait_until
from tests.ui.harness import Harness
from tests.ui.test_snapshots import SIZES, check

NOON = NOW.timestamp()
STARTED = NOON - 7980.0
TIMED_OUT = "Your session timed out due to inactivity."


async def ended(harness: Harness, key: int, **facts: Any) -> None:
    """It is over by now, after two hours."""
    known = {"started_at": STARTED, "ended_at": NOON - 250, "ended_for": 250.0} | facts
    harness.manager.becomes(key, SessionState.ENDED, **known)
    await harness.settle()
    harness.app.panes.view_of(key)._deaf_until = 0.0  # to what was typed for the session


def fill(harness: Harness, key: int) -> None:
    """A life with a loss that was long, and an end."""
    log = harness.manager.session(key).log
    log.answered(f"ops-{key:017d}", is_ours=True)
    log.carried(SessionState.CONNECTING)
    log.note(EventKind.GOOD, "The agent is ready", "version 3.3.2299.0, Standard_Stream")
    log.lost(SessionState.OPEN, ConnectionFailed("the network is unreachable (1006)"))
    for _ in range(34):
        log.lost(SessionState.RESUMING, ConnectionFailed("Could not connect to the endpoint URL"))
    log.carried(SessionState.RESUMING)
    log.note(EventKind.END, "AWS closed the channel", "Your session timed out due to inactivity")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_pane_that_is_over_says_why_when_and_for_how_long_and_shows_its_events(size: tuple[int, int]) -> None:
    async with Harness().run(size) as harness:
        await harness.ready()
        key = await harness.open_session("$ make deploy", "all is done", "$ ")
        fill(harness, key)
        await ended(
            harness, key, end_cause=EndCause.TOLD, end_reason="Your session timed out due to inactivity.", resumes=1
        )
        await harness.settle()
        await check(harness, "over")
        await harness.press("L")
        await check(harness, "events")
        await harness.press("y")
        assert "2026-01-15" in harness.clipboard.given[-1]
        assert "34 times since" in harness.clipboard.given[-1]
        await harness.press("escape")
        assert not isinstance(harness.app.screen, ChannelEvents)


async def test_the_events_of_a_live_session_are_followed() -> None:
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.press("f12", "L")
        await harness.shows("Nothing has happened to its channel yet.")
        harness.manager.session(key).log.silent(True)
        await harness.shows("1 event, the latest first", "The service stopped answering")
        harness.manager.session(key).log.silent(False)
        await harness.shows("2 events, the latest first", "The service answers again")
        lines = harness.text()
        assert lines.index("answers again") < lines.index("stopped answering")


async def test_the_events_of_a_session_that_is_closed_stay_as_they_are() -> None:
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        fill(harness, key)
        await harness.press("f12", "L")
        await harness.shows("The agent is ready")
        harness.manager.remove(key)
        harness.app.panes.refresh()
        dialog = harness.app.screen
        assert isinstance(dialog, ChannelEvents)
        dialog._show()
        await harness.shows("The agent is ready")
        await harness.press("y")
        assert "AWS closed the channel" in harness.clipboard.given[-1]


async def test_what_aws_and_the_node_say_is_inert_in_the_events() -> None:
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.session(key).log.note(EventKind.BAD, "It failed", "[bold]\x1b]0;title\x07\u202eevil")
        await ended(harness, key, end_reason="[red]gone\x1b[2J", title="[link]")
        await harness.press("f12", "L")
        await harness.shows("[bold]", "[red]gone", "Channel of [link]")
        assert "\x1b" not in harness.text()
        assert "\u202e" not in harness.text()


async def test_the_end_of_a_session_keeps_its_output_in_sight_in_a_small_pane() -> None:
    error = AccessDenied("User: jane is not authorized " * 20, title="Your policy denies it", remedy="Ask. " * 60)
    async with Harness().run((80, 24)) as harness:
        await harness.ready()
        await harness.open_session()
        await harness.press("f12", "quotation_mark")
        harness.manager.becomes(2, SessionState.OPEN)
        harness.manager.prints(2, "the last words")
        await ended(harness, 2, error=error, end_cause=EndCause.NOT_RESUMED)
        await harness.settle()
        await harness.shows("the last words", "The session is over", "Your policy denies it")
        pane = harness.app.panes.deck.pane(2)
        assert pane.view.size.height >= pane.size.height // 2 - 2
        await harness.press("L")
        await harness.shows("Your policy denies it", "Ask. Ask.")


async def test_the_time_since_the_end_goes_on_while_the_pane_is_looked_at() -> None:
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await ended(harness, key)
        await harness.shows("Ended at", "4 min ago, after 2 h 8 min")
        harness.manager._sessions[key] = replace(harness.manager.snapshot(key), ended_for=3660.0)  # no one is told
        await wait_until("time is shown", lambda: "1 h ago" in harness.text(), report=harness.text)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_session_that_another_client_has_taken_over_says_so_and_can_be_taken_back(
    size: tuple[int, int],
) -> None:
    async with Harness().run(size) as harness:
        await harness.ready()
        key = await harness.open_session("$ make deploy", "all is done", "$ ")
        fill(harness, key)
        facts = {"end_cause": EndCause.TAKEN, "end_reason": "Another client has taken it over.", "left_alive": True}
        times = {"started_at": STARTED, "ended_at": NOON - 250, "ended_for": 250.0}
        harness.manager.becomes(key, SessionState.DETACHED, **facts, **times)
        await harness.settle()
        harness.app.panes.view_of(key)._deaf_until = 0.0
        await check(harness, "taken-elsewhere")
        await harness.press("L")
        await harness.shows("Another client has taken the session over", "detached at 11:55")
        await harness.press("escape", "enter")
        (again,) = harness.manager.snapshots()
        assert (again.key, again.state) == (2, SessionState.STARTING)


async def test_a_session_that_is_detached_can_be_attached_or_closed_and_goes_on() -> None:
    async with Harness().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        harness.manager.becomes(key, SessionState.DETACHED, end_cause=EndCause.LEFT, left_alive=True)
        await harness.settle()
        harness.app.panes.view_of(key)._deaf_until = 0.0
        await harness.shows("enter attach", "The session is detached", "It goes on at AWS")
        assert "r restart" not in harness.text()
        await harness.press("x")
        await harness.tells("bastion-1 goes on at AWS")
        assert harness.manager.snapshots() == ()


async def test_all_that_is_over_is_closed_and_what_goes_on_is_counted() -> None:
    async with Harness().run() as harness:
        first, second = await harness.open_two()
        harness.manager.becomes(first, SessionState.DETACHED, end_cause=EndCause.LEFT, left_alive=True)
        harness.manager.becomes(second, SessionState.ENDED)
        await harness.settle()
        await harness.command("close-ended")
        await harness.tells("Closed 2 sessions, of which 1 goes on at AWS")
