"""Sessions that are started together: a tab for each, or one that they share, as the person says."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import Input

from ssmtui.config.memory import Memory
from ssmtui.config.settings import Settings
from ssmtui.layout import Arrangement, Layout
from ssmtui.model import Node, StartRequest, TerminalSize
from ssmtui.profiles.planned_tabs import PlannedTab
from ssmtui.sessions.states import SessionState
from ssmtui.ui.start.guard_question import GuardQuestion
from ssmtui.ui.start.launch import Launch
from ssmtui.ui.start.open_question import OpenQuestion
from ssmtui.ui.start.results import Starts
from ssmtui.ui.start.spread_line import SpreadLine
from ssmtui.ui.start.spreading import SECTION, LastSpread, Spread
from tests.support.fakes import FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness
from tests.ui.test_snapshots import check, listed


def tabs(harness: Harness) -> list[tuple[int, ...]]:
    """Of each tab the nodes' places in the list of sessions."""
    keys = [session.key for session in harness.manager.snapshots()]
    return [tuple(keys.index(key) for key in tab.sessions) for tab in harness.app.panes.tabs.of_sessions]


async def question(harness: Harness, kind: type = OpenQuestion) -> None:
    await wait_until("the question", lambda: isinstance(harness.app.screen, kind), report=harness.text)
    await harness.settle()


async def started(harness: Harness, number: int) -> None:
    await wait_until("the sessions", lambda: len(harness.manager.snapshots()) == number, report=harness.text)
    await harness.settle()


async def asked(harness: Harness, marked: int) -> None:
    """Enter on so many marked nodes."""
    await harness.press(*["space"] * marked, "enter")
    await question(harness)


async def test_a_few_are_tiled_where_that_is_chosen_and_the_choice_is_remembered() -> None:
    async with Harness(FakeGateway(fleet(9))).run() as harness:
        await listed(harness)
        await asked(harness, 4)
        await harness.press("enter")
        await started(harness, 4)
        assert tabs(harness) == [(0,), (1,), (2,), (3,)]
        await harness.press("escape", "G")
        await harness.press("space", "k", "k", "space", "enter")
        await question(harness)
        await harness.press("tab", "enter")
        await started(harness, 6)
        assert harness.app.panes.tabs.session is None  # the list, until its results are left
        assert tabs(harness) == [(0,), (1,), (2,), (3,), (4, 5)]
        await harness.press("escape", "g")
        await asked(harness, 3)
        await harness.press("enter")  # as the last time
        await started(harness, 9)
        assert tabs(harness)[-1] == (6, 7, 8)
    assert harness.memory.read(SECTION) == {"spread": "tiled"}


async def test_esc_and_n_open_none() -> None:
    async with Harness(FakeGateway(fleet(9))).run() as harness:
        await listed(harness)
        for key in ("escape", "n"):
            await asked(harness, 2)
            await harness.press("tab", key)
            assert harness.app.screen is harness.app.main
            await harness.press("escape")
    assert harness.manager.snapshots() == ()
    assert harness.memory.read(SECTION) == {}


async def test_each_node_is_told_the_size_that_its_pane_has() -> None:
    async with Harness(FakeGateway(fleet(9))).run((121, 40)) as harness:
        await listed(harness)
        await asked(harness, 4)
        first: dict[int, TerminalSize] = {}
        start = harness.manager.start

        def noted(request: StartRequest, size: TerminalSize, node: Node | None = None) -> int:
            key = start(request, size, node)
            first[key] = size
            return key

        harness.manager.start = noted  # type: ignore[method-assign,assignment]
        await harness.press("tab", "enter")
        await started(harness, 4)
        (tab,) = harness.app.panes.tabs.of_sessions
        assert tab.layout is not None
        assert first == harness.app.panes.sizes_in(tab.layout)
        assert {str(size) for size in first.values()} == {"60x18"}
        for key in first:
            harness.manager.becomes(key, SessionState.OPEN)
        await wait_until("the tab", lambda: len(harness.app.panes.in_sight) == 4, report=harness.text)
        assert harness.app.panes.tabs.session == min(first)


async def test_above_sixteen_there_is_no_choice_and_at_sixteen_there_is() -> None:
    async with Harness(FakeGateway(fleet(17))).run() as harness:
        await listed(harness)
        await harness.press("ctrl+a", "enter")
        await question(harness)
        assert not harness.app.screen.query(SpreadLine)
        await harness.press("tab", "y")
        await started(harness, 17)
        assert len(tabs(harness)) == 17
    async with Harness(FakeGateway(fleet(16))).run() as harness:
        await listed(harness)
        await harness.press("ctrl+a", "enter")
        await question(harness)
        await harness.press("tab", "y")
        await started(harness, 16)
        assert tabs(harness) == [tuple(range(16))]


async def test_tiles_have_as_few_columns_as_fit() -> None:
    async with Harness(FakeGateway(fleet(12))).run((80, 30)) as harness:
        await listed(harness)
        await harness.press("ctrl+a", "enter")
        await question(harness)
        await harness.press("tab", "y")
        await started(harness, 12)
        (tab,) = harness.app.panes.tabs.of_sessions
        assert tab.layout is not None
        assert tab.layout.fits(harness.app.panes.area)


async def test_tiles_without_room_are_said_to_have_none() -> None:
    async with Harness(FakeGateway(fleet(16))).run((80, 24)) as harness:
        await listed(harness)
        await asked(harness, 6)
        assert "too small" not in harness.text()
        await harness.press("escape", "escape", "ctrl+a", "enter")
        await question(harness)
        await harness.shows("○ tiled in one tab (too small to show all)")


async def test_a_pane_that_is_started_otherwise_gets_a_session_of_its_size() -> None:
    async with Harness(FakeGateway(fleet(9))).run((121, 40)) as harness:
        await listed(harness)
        await asked(harness, 2)
        await harness.press("tab", "enter")
        await started(harness, 2)
        panes = harness.app.panes
        key = harness.manager.snapshots()[1].key
        request = StartRequest("i-1")
        assert str(panes.size_for(request, key)) == "60x37"
        assert panes.size_for(request) == panes.size_for(request, 77) == panes.terminal_size


async def test_the_choice_is_clicked() -> None:
    async with Harness(FakeGateway(fleet(9))).run() as harness:
        await listed(harness)
        await asked(harness, 2)
        line = harness.app.screen.query_one(SpreadLine)
        for place, chosen in ((20, Arrangement.TILED), (3, Spread.TABS), (60, Spread.TABS)):
            line.post_message(events.Click(line, place, 0, 0, 0, 1, False, False, False))
            await harness.settle()
            assert line.chosen is chosen


async def test_guarded_nodes_are_tiled_once_their_number_is_typed() -> None:
    async with Harness(FakeGateway(fleet(9)), settings=Settings(guard=("is:online",))).run((80, 24)) as harness:
        await listed(harness)
        await harness.press("space", "space", "space", "enter")
        await question(harness, GuardQuestion)
        await harness.press("tab")
        await check(harness, "guard-question-tiled")
        await harness.press("3", "enter")
        await started(harness, 3)
        assert tabs(harness) == [(0, 1, 2)]


async def test_one_guarded_node_has_no_choice() -> None:
    async with Harness(FakeGateway(fleet(9)), settings=Settings(guard=("is:online",))).run() as harness:
        await listed(harness)
        await harness.press("enter")
        await question(harness, GuardQuestion)
        assert not harness.app.screen.query(SpreadLine)
        await harness.press("tab")
        assert isinstance(harness.app.focused, Input)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_how_it_looks(size: tuple[int, int]) -> None:
    async with Harness(FakeGateway(fleet(9))).run(size) as harness:
        await listed(harness)
        await asked(harness, 3)
        await harness.press("tab")
        await check(harness, "open-question-few")


async def test_layouts_leave_out_what_may_not_be_started() -> None:
    async with Harness().run() as harness:
        await harness.ready()
        launches = [Launch(StartRequest(f"i-{n}", scope=harness.gateway.scope), None) for n in range(3)]
        start = harness.app.main.features.start
        prepared = start.gate._prepared
        start.gate._prepared = lambda some: {at: one for at, one in prepared(some).items() if at != 1}  # type: ignore[method-assign]
        planned = [PlannedTab(Layout.of([0, 1, 2], Arrangement.EVEN_VERTICAL))]
        start.launch(launches, planned, were_listed=True, front=2)
        await started(harness, 2)
        assert tabs(harness) == [(0, 1)]
        assert [session.request.target for session in harness.manager.snapshots()] == ["i-0", "i-2"]
        await harness.press("escape")
        assert harness.app.panes.session is not None
        assert harness.app.panes.session.request.target == "i-2"


async def test_one_of_a_tab_that_fails_is_tried_again_in_its_pane() -> None:
    async with Harness(FakeGateway(fleet(9))).run() as harness:
        await listed(harness)
        await asked(harness, 3)
        await harness.press("tab", "enter")
        await started(harness, 3)
        keys = [session.key for session in harness.manager.snapshots()]
        harness.manager.becomes(keys[1], SessionState.FAILED)
        await harness.shows("1 failed")
        assert isinstance(harness.app.screen, Starts)
        await harness.press("r")
        await harness.shows("3 starting")
        (tab,) = harness.app.panes.tabs.of_sessions
        assert len(tab.sessions) == 3
        assert (tab.sessions[0], tab.sessions[2]) == (keys[0], keys[2])
        assert tab.sessions[1] not in keys


@pytest.mark.parametrize(("held", "answer"), [("tiled", Arrangement.TILED), ("tabs", Spread.TABS), (7, Spread.TABS)])
async def test_what_is_remembered(held: object, answer: object) -> None:
    memory = Memory(None)
    memory.update(SECTION, lambda _: {"spread": held})
    last = LastSpread(memory)
    await last.load()
    assert last.answer is answer
    await last.close()
