"""Dialogs on a terminal of 40 by 10 cells: what is asked, the entry and the keys are in sight."""

from __future__ import annotations

import pytest
from textual import events

from ssmtui.config.settings import Settings
from ssmtui.model import Node, StartRequest
from ssmtui.sessions.states import SessionState
from ssmtui.ui.start.launch import Launch
from ssmtui.ui.start.spreading import Spread
from tests.ui.harness import Harness


@pytest.mark.parametrize("guard", [(), ("bastion",)])
async def test_the_question_before_several_sessions(guard: tuple[str, ...]) -> None:
    async with Harness(settings=Settings(guard=guard)).run((40, 10)) as harness:
        await harness.ready()
        launches = [Launch(StartRequest(f"i-{each}"), Node(f"i-{each}", f"bastion-{each}")) for each in range(9)]
        harness.app.main.features.start.launch(launches)
        await harness.shows("Open 9 sessions", "● a tab each")
        await harness.press("tab")
        await harness.shows("● tiled in one tab", "enter start" if guard else "y open all")
        if guard:
            await harness.press("9")
            await harness.shows(" 9 ")


async def test_the_question_before_a_paste() -> None:
    async with Harness().run((40, 10)) as harness:
        await harness.ready()
        key = await harness.open_session()
        assert harness.manager.snapshot(key).state is SessionState.OPEN
        harness.app.post_message(events.Paste("\n".join(f"line {number}" for number in range(30)) + "\n"))
        await harness.shows("Paste 30 lines", "line 0", "enter paste")


@pytest.mark.parametrize("rows", [10, 16, 24, 40])
async def test_the_results_of_many_starts(rows: int) -> None:
    async with Harness().run((80, rows)) as harness:
        await harness.ready()
        launches = [Launch(StartRequest(f"i-{each}"), Node(f"i-{each}", f"bastion-{each}")) for each in range(16)]
        harness.app.main.features.start.launch(launches, Spread.TABS, were_listed=True)
        await harness.shows("16 starting", "bastion-3", "enter go there", "esc leave")
