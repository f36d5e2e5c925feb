"""Going to a tab by its name, and closing what is over."""

from __future__ import annotations

from ssmtui.errors import AccessDenied
from ssmtui.sessions.activity import Activity, Doing
from ssmtui.sessions.states import SessionState
from tests.support.wait import wait_until
from tests.ui.harness import Harness


async def test_a_tab_is_found_by_its_name_and_shown() -> None:
    async with Harness().run() as harness:
        first, second = await harness.open_two()
        harness.manager.session(first).rename("primary of orders")
        await harness.settle()
        await harness.press("f12", "s", *"orders")
        await harness.shows("Go to a tab", "2 primary of orders")
        assert "1 Nodes" not in harness.text().partition("Go to a tab")[2]
        await harness.press("enter")
        assert harness.app.panes.session is not None
        assert harness.app.panes.session.key == first
        await harness.press("f12", "s", "escape")
        assert harness.app.panes.session.key == first
        assert second in {session.key for session in harness.manager.snapshots()}


async def test_a_tab_that_is_closed_while_one_is_chosen_is_not_shown() -> None:
    async with Harness().run() as harness:
        first, second = await harness.open_two()
        await harness.press("f12", "s", "up")
        harness.manager.remove(first)
        harness.app.panes.refresh()
        await harness.press("enter")
        assert harness.app.panes.session is not None
        assert harness.app.panes.session.key == second
        assert not harness.defects


async def test_the_tabs_of_sessions_that_are_over_are_closed_at_once() -> None:
    async with Harness().run() as harness:
        first, second = await harness.open_two()
        reason = harness.app.registry["close-ended"].disabled_reason
        assert reason() == "No session is over"
        harness.manager.becomes(first, SessionState.ENDED)
        await harness.settle()
        await harness.press("f12", "1", "j")
        third = await harness.open_session()
        harness.manager.becomes(third, SessionState.FAILED, error=AccessDenied("no"))
        await harness.settle()
        await harness.command("close-ended")
        await harness.tells("Closed 2 sessions")
        assert [session.key for session in harness.manager.snapshots()] == [second]
        await wait_until("no failed tab is shown", lambda: harness.app.panes.tabs.session in (None, second))
        assert reason() == "No session is over"


async def test_the_list_says_what_sessions_do_and_sorts_them_by_need() -> None:
    async with Harness().run() as harness:
        first, second = await harness.open_two()
        harness.manager.does(first, Doing(Activity.RUNNING), 190.0)
        harness.manager.does(second, Doing(Activity.PASSWORD))
        await harness.settle()
        await harness.press("f12", "s")
        await harness.shows("▸ 2", "running 3 min", "? 3", "shown now", "ctrl+o by need")
        await harness.press("ctrl+o")
        await harness.shows("ctrl+o by tab")
        lines = harness.text().partition("Go to a tab")[2]
        assert lines.index("? 3") < lines.index("▸ 2") < lines.index("1 Nodes")
        await harness.press("down", "enter")
        assert harness.app.panes.session is not None
        assert harness.app.panes.session.key == first


async def test_the_next_tab_that_needs_one_is_one_that_asks() -> None:
    async with Harness().run() as harness:
        first, second = await harness.open_two()
        await harness.press("f12", "1")
        harness.manager.rings(second)
        harness.manager.does(first, Doing(Activity.INPUT))
        await harness.settle()
        await harness.press("f12", "a")
        assert harness.app.panes.session is not None
        assert harness.app.panes.session.key == first
        await harness.press("f12", "a")
        assert harness.app.panes.session.key == second
