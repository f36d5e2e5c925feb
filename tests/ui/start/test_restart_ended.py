"""Starting all sessions that are over again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ssmtui.errors import AccessDenied
from ssmtui.sessions.states import SessionState
from ssmtui.ui.start import starting
from ssmtui.ui.start.guard_question import GuardQuestion
from ssmtui.ui.terminals import view as terminal_view
from tests.support.fakes import FakeGateway, fleet
from tests.ui.harness import Harness


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys typed just after the end count in these tests."""
    monkeypatch.setattr(terminal_view, "DEAF_AFTER_END", 0.0)


def states(harness: Harness) -> dict[int, SessionState]:
    return {session.key: session.state for session in harness.manager.snapshots()}


async def split(harness: Harness, new: int) -> None:
    await harness.press("f12", "percent_sign")
    harness.manager.becomes(new, SessionState.OPEN)
    await harness.settle()


async def test_all_start_again_in_their_panes_and_the_focus_stays() -> None:
    async with Harness(FakeGateway(fleet(3))).run() as harness:
        first, second = await harness.open_two()
        await split(harness, 3)
        await harness.press("f12", "left")
        assert harness.app.panes.tabs.session == second
        assert harness.app.registry["restart-ended"].disabled_reason() == "No session is over"
        harness.manager.session(second).rename("primary of orders")
        harness.manager.becomes(first, SessionState.OPEN)
        for key in (second, 3):
            harness.manager.becomes(key, SessionState.ENDED)
        await harness.settle()
        await harness.command("restart-ended")
        await harness.tells("Started 2 sessions again")
        assert states(harness) == {
            first: SessionState.OPEN,
            4: SessionState.STARTING,
            5: SessionState.STARTING,
        }
        assert harness.app.panes.tabs.shown.sessions == (4, 5)
        assert harness.app.panes.tabs.session == 4
        assert harness.manager.snapshot(4).title == "primary of orders"


async def test_it_brings_no_tab_to_the_front() -> None:
    async with Harness(FakeGateway(fleet(3))).run() as harness:
        first, second = await harness.open_two()
        await harness.press("f12", "1")
        harness.manager.becomes(first, SessionState.ENDED)
        harness.manager.becomes(second, SessionState.FAILED, error=AccessDenied("no"))
        await harness.settle()
        await harness.command("restart-ended")
        await harness.tells("Started 2 sessions again")
        assert harness.app.panes.tabs.session is None
        assert harness.app.panes.tabs.sessions == [3, 4]


async def test_guarded_ones_are_asked_about_once_and_a_no_starts_none() -> None:
    async with Harness(FakeGateway(fleet(3))).run() as harness:
        for key in await harness.open_two():
            request = harness.manager.snapshot(key).request
            guarded = replace(request, options=replace(request.options, guarded="prod"))
            harness.manager.becomes(key, SessionState.ENDED, request=guarded)
        before = states(harness)
        await harness.settle()
        await harness.command("restart-ended")
        assert isinstance(harness.app.screen, GuardQuestion)
        await harness.press("escape")
        assert states(harness) == before
        await harness.command("restart-ended")
        harness.manager.remove(1)  # it is closed while that is asked
        await harness.press(*"2", "enter")
        await harness.tells("Started 1 session again")
        assert set(states(harness)) == {3}


async def test_more_than_can_be_opened_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "MOST", 1)
    async with Harness(FakeGateway(fleet(3))).run() as harness:
        for key in await harness.open_two():
            harness.manager.becomes(key, SessionState.ENDED)
        await harness.settle()
        await harness.command("restart-ended")
        await harness.tells("2 sessions are over, and at most 1 are started at once")
        assert set(states(harness).values()) == {SessionState.ENDED}


async def test_another_session_in_the_place_of_a_renamed_one_keeps_its_name() -> None:
    async with Harness(FakeGateway(fleet(3))).run() as harness:
        first, second = await harness.open_two()
        harness.manager.session(first).rename("primary of orders")
        for key in (first, second):
            harness.manager.becomes(key, SessionState.ENDED)
        await harness.settle()
        request = replace(harness.manager.snapshot(first).request, document_name="Acme-Debug", title="debug")
        new = [harness.app.panes.replace_unseen(key, request, None) for key in (first, second)]
        assert [harness.manager.snapshot(key).title for key in new] == ["primary of orders", "debug"]
