"""The overview as text, from a small screen to a large one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ssmtui.errors import TargetNotConnected
from ssmtui.model import PaneOptions
from ssmtui.sessions.activity import Activity, Doing
from ssmtui.sessions.states import SessionState
from ssmtui.terminal.screen import Run, Style
from tests.support.fakes import FakeGateway, fleet
from tests.ui.harness import Harness
from tests.ui.overview.test_overview import open_sessions, opened
from tests.ui.test_snapshots import check

SIZES = [(80, 24), (120, 40), (200, 60)]
LOG = [f"10:00:{second:02} GET /api/items/{second} {'500 error' if second % 4 == 0 else '200'}" for second in range(40)]


async def nine(harness: Harness) -> list[int]:
    """Nine sessions that do what sessions do."""
    keys = await open_sessions(harness, 9)
    manager = harness.manager
    manager.prints(keys[0], "$ uptime", " 10:00:39 up 17 days, load average: 0.42, 0.31, 0.30", "$ ")
    manager.prints(keys[1], *LOG[: manager.sizes[keys[1]].rows])
    manager.becomes(keys[2], SessionState.LOST, notice="Connection lost (code 1006); trying again.")
    manager.prints(keys[2], "$ apt-get upgrade", "Reading package lists... 41%")
    manager.prints(keys[3], "$ exit")
    manager.becomes(keys[3], SessionState.ENDED, exit_code=0, end_reason="The shell exited.")
    manager.becomes(keys[4], SessionState.FAILED, session_id="", error=TargetNotConnected("i-0005 is not connected."))
    guarded = replace(manager.snapshot(keys[5]).request, options=PaneOptions(guarded="account:prod", icon="◆"))
    manager.becomes(keys[5], SessionState.OPEN, request=guarded, is_recorded=True)
    manager.becomes(keys[1], SessionState.OPEN, doing=Doing(Activity.RUNNING), doing_for=200.0)
    manager.becomes(keys[8], SessionState.OPEN, doing=Doing(Activity.PASSWORD))
    manager.prints(keys[8], "$ sudo -i", "[sudo] password for jane:")
    manager.prints(keys[5], "mysql> ", (Run("日本", 4, Style(fg=3)), Run("語 wide", 7)))
    manager.becomes(keys[6], SessionState.CONNECTING)
    colored = replace(manager.snapshot(keys[7]).request, options=PaneOptions(color="cyan"))
    manager.becomes(keys[7], SessionState.OPEN, request=colored, idle_left=200.0, idle_limit=1200.0)
    manager.session(keys[8]).rename("primary of the orders of all shops in eu-west-1")
    manager.rings(keys[0])
    await harness.settle()
    return keys


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_overview(size: tuple[int, int]) -> None:
    async with Harness(FakeGateway(fleet(40))).run(size) as harness:
        keys = await nine(harness)
        await opened(harness)
        await harness.press("g", "l", "space")
        await check(harness, "overview")
        harness.app.panes.inputs.broadcast.add(keys[:2])
        await harness.press("o")
        await check(harness, "overview-by-need")
        await harness.press("slash", *"tag:sta")
        await check(harness, "overview-filter")
        await harness.press("ctrl+u", *"nothing-here", "enter")
        await check(harness, "overview-nothing")


async def test_overview_of_a_very_small_screen() -> None:
    async with Harness(FakeGateway(fleet(40))).run((80, 24)) as harness:
        await nine(harness)
        await opened(harness)
        await harness.pilot.resize_terminal(40, 10)
        await harness.settle()
        await check(harness, "overview")
        await harness.pilot.resize_terminal(12, 4)
        await harness.settle()
        await harness.press("k", "h", "space")
        assert not harness.defects
