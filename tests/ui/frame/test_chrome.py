"""What is drawn around sessions: hidden lines come back over them, and no terminal changes its size for that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

from ssmtui.config.settings import Settings
from ssmtui.layout import Layout
from ssmtui.model import Node, StartRequest, TerminalSize
from ssmtui.sessions.states import SessionState
from ssmtui.ui.frame.main import MainScreen
from ssmtui.ui.panes.pane import Pane
from ssmtui.ui.start.launch import Launch
from tests.support.wait import wait_until
from tests.ui.harness import Harness, listed
from tests.ui.test_snapshots import check


async def shown_alone(harness: Harness) -> int:
    await listed(harness)
    rows = harness.app.size.height
    return await harness.open_session(*(f"row {number}" for number in range(rows)))


async def test_slim_has_no_footer_in_the_tab_of_a_session_and_all_of_it_elsewhere() -> None:
    async with Harness(settings=Settings(chrome="slim")).run((80, 24)) as harness:
        key = await shown_alone(harness)
        lines = harness.text().splitlines()
        assert lines[0].startswith("  1 Nodes │ 2 bastion-1")
        assert lines[1].startswith(" bastion-1")
        assert lines[2:] == [f"row {number}" for number in range(22)]
        assert harness.manager.sizes[key] == TerminalSize(80, 22)
        await harness.press("f12")
        lines = harness.text().splitlines()
        assert lines[22] == "row 20"
        assert lines[23].startswith(" ctrl+]  d nodes")
        await harness.press("d")
        assert "enter shell" in harness.text().splitlines()[23]
        assert harness.manager.resizes == []


async def test_none_shows_the_session_and_nothing_else() -> None:
    async with Harness(settings=Settings(chrome="none")).run((80, 24)) as harness:
        key = await shown_alone(harness)
        assert harness.text().splitlines() == [f"row {number}" for number in range(24)]
        assert harness.manager.sizes[key] == TerminalSize(80, 24)
        await harness.press("f12")
        await check(harness, "chrome-none-leader")
        await harness.press("escape")
        assert harness.text().splitlines() == [f"row {number}" for number in range(24)]
        await harness.press("f12", "d")
        assert harness.text().splitlines()[0].startswith("  1 Nodes")
        assert harness.manager.resizes == []


async def test_views_are_as_high_as_what_lies_over_them_leaves() -> None:
    async with Harness().run((80, 24)) as harness:
        await listed(harness)
        full = harness.text()
        for name in ("slim", "none"):
            await harness.command("chrome", name)
            harness.app.clear_notifications()
            await harness.settle()
            assert harness.text() == full


async def test_none_keeps_the_line_of_a_guarded_session_which_starts_in_the_size_that_it_leaves() -> None:
    async with Harness(settings=Settings(chrome="none", guard=("bastion",))).run((80, 24)) as harness:
        await listed(harness)
        nodes = [Launch(StartRequest(f"i-{number}"), Node(f"i-{number}", "bastion")) for number in range(2)]
        harness.app.main.features.start.launch(nodes)
        await harness.press("2", "enter")
        await wait_until("the sessions", lambda: len(harness.manager.snapshots()) == 2)
        assert set(harness.manager.sizes.values()) == {TerminalSize(80, 23)}
        await harness.press("enter")
        key = harness.app.panes.session.key
        assert harness.manager.sizes[key] == TerminalSize(80, 23)
        harness.manager.becomes(key, SessionState.OPEN)
        harness.manager.prints(key, *(f"row {number}" for number in range(23)))
        await harness.settle()
        lines = harness.text().splitlines()
        assert "GUARDED" in lines[0]
        assert lines[1:] == [f"row {number}" for number in range(23)]
        assert harness.manager.resizes == []


async def test_a_hidden_line_speaks_up_over_the_session() -> None:
    async with Harness(settings=Settings(chrome="none")).run((80, 24)) as harness:
        key = await shown_alone(harness)
        harness.manager.becomes(key, SessionState.RESUMING)
        await harness.settle()
        lines = harness.text().splitlines()
        assert lines[0].endswith("resuming")
        assert lines[1:] == [f"row {number}" for number in range(1, 24)]
        harness.manager.becomes(key, SessionState.OPEN)
        harness.manager.rings(key)
        await harness.shows("bell")
        assert harness.text().splitlines()[1:] == [f"row {number}" for number in range(1, 24)]
        await wait_until("silence", lambda: harness.text().splitlines()[0] == "row 0", report=harness.text)
        assert harness.manager.resizes == []


async def test_two_panes_have_their_lines_and_the_last_one_loses_it() -> None:
    async with Harness(settings=Settings(chrome="none")).run((80, 24)) as harness:
        first = await shown_alone(harness)
        await harness.press("f12", "d", "j")
        second = await harness.open_session()
        harness.app.panes.gather(Layout.of([first, second]))
        await wait_until("their sizes", lambda: harness.manager.sizes[first].rows == 23, report=harness.text)
        assert harness.text().splitlines()[0].startswith(" bastion-1")
        assert harness.manager.sizes[second].rows == 23
        harness.app.panes.remove(second)
        await wait_until("its size", lambda: harness.manager.sizes[first] == TerminalSize(80, 24), report=harness.text)


async def test_the_command_switches_in_the_run_and_each_terminal_hears_once() -> None:
    async with Harness().run((80, 24)) as harness:
        key = await shown_alone(harness)
        assert harness.manager.sizes[key] == TerminalSize(80, 21)
        for size in (22, 24, 21):
            await harness.command("chrome")
            await wait_until("its size", lambda size=size: harness.manager.sizes[key].rows == size)
        assert [size.rows for _, size in harness.manager.resizes] == [22, 24, 21]
        await harness.command("chrome", "fat")
        await harness.tells("There is no chrome fat: it is one of full, slim, none")


async def test_all_lines_are_there_while_a_broadcast_is_on() -> None:
    async with Harness(settings=Settings(chrome="none")).run((80, 24)) as harness:
        key = await shown_alone(harness)
        assert "BROADCAST" not in harness.text()
        harness.app.panes.inputs.broadcast.add([key])
        await wait_until("its size", lambda: harness.manager.sizes[key] == TerminalSize(80, 21), report=harness.text)
        await harness.shows("BROADCAST 1")
        lines = harness.text().splitlines()
        assert lines[0].startswith("  1 Nodes")
        assert "BROADCAST" in lines[1]
        assert "BROADCAST" in lines[23]
        harness.app.panes.inputs.broadcast.end()
        await wait_until("its size", lambda: harness.manager.sizes[key] == TerminalSize(80, 24), report=harness.text)
        assert "BROADCAST" not in harness.text()
        assert len(harness.manager.resizes) == 2


@pytest.mark.parametrize("chrome", ["full", "slim", "none"])
async def test_the_leader_has_no_pane_styled_again(chrome: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Harness(settings=Settings(chrome=chrome)).run((80, 24)) as harness:
        await shown_alone(harness)
        styled: list[object] = []
        update = Stylesheet.update_nodes

        def noted(sheet: Stylesheet, nodes: Iterable[DOMNode], **how: Any) -> None:
            listed = list(nodes)
            styled.extend(listed)
            update(sheet, listed, **how)

        monkeypatch.setattr(Stylesheet, "update_nodes", noted)
        await harness.press("f12")
        await harness.press("escape")
        assert not any(isinstance(node, Pane | MainScreen) for node in styled)
