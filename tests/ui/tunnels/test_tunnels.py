"""Forwarded ports on the screen: those of profiles, their number, their list."""

from __future__ import annotations

import asyncio

import pytest

from ssmtui.errors import TargetNotConnected
from ssmtui.forwards.tunnel import TunnelSnapshot, TunnelState
from ssmtui.loopback import LOOPBACK, free_port
from ssmtui.sessions import channel_session
from ssmtui.sessions.states import SessionState
from ssmtui.ui.commands.messages import CommandWanted
from ssmtui.ui.panes.tab_bar import TabBar
from ssmtui.ui.profiles.opening import opening
from ssmtui.ui.start.results import Starts
from ssmtui.ui.terminals.search_bar import SearchEntry
from ssmtui.ui.tunnels.actions import TUNNELS
from ssmtui.ui.tunnels.view import TunnelsView
from tests.support.denials import denied
from tests.support.fakes import FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness

PORT = {"portNumber": "5432", "type": "LocalPortForwarding"}


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_session, "FLAG_GRACE", 0.0)


def forwarding(*forwards: str, query: str = "name:db-1", more: str = "") -> str:
    listed = ", ".join(f'"{one}"' for one in forwards)
    return f"[profiles.db]\nquery = '{query}'\nforwards = [{listed}]\n{more}"


async def opened(harness: Harness, sessions: int = 1) -> None:
    """Open the profile, once the nodes are listed."""
    await harness.ready()
    await wait_until("the listing is whole", lambda: all(s.refreshed_at for s in harness.fleet.states.values()))
    assert harness.app.services is not None
    opening.open_profiles(
        harness.app.main.features.profiles.context, [harness.app.services.profiles.profiles.profiles["db"]]
    )
    await wait_until("the sessions", lambda: len(harness.manager.snapshots()) == sessions, report=harness.text)


async def becomes(harness: Harness, state: TunnelState) -> TunnelSnapshot:
    def is_so() -> bool:
        return [one.state for one in harness.tunnels.snapshots()] == [state]

    await wait_until(f"the tunnel is {state.value}", is_so, report=harness.tunnels.snapshots)
    return harness.tunnels.snapshots()[0]


async def node_answers(harness: Harness, session: int = 1) -> None:
    name = f"session-{session}"
    await wait_until("there is a channel", lambda: name in harness.ports.agents)
    harness.ports.agents[name].offer("Port", "3.3.987.0", **PORT)


def bar(harness: Harness) -> str:
    return harness.text().splitlines()[0]


async def test_a_profile_opens_its_tunnel_beside_its_session_and_the_list_drives_it() -> None:
    local = free_port()
    async with Harness(FakeGateway(fleet(9)), profiles=forwarding(f"{local}:db.internal:5432")).run(
        (80, 24)
    ) as harness:
        await opened(harness)
        await node_answers(harness)
        await becomes(harness, TunnelState.OPEN)
        await harness.tells(f"{LOOPBACK}:{local} leads to db.internal:5432 through db-1")
        assert "1 tunnel" in bar(harness)
        (request,) = harness.ports.started
        (session,) = harness.manager.snapshots()
        assert (request.target, request.scope) == (session.request.target, session.request.scope)
        assert request.parameters["host"] == ("db.internal",)

        await harness.press("f12", "T")
        await wait_until("the list", lambda: isinstance(harness.app.panes.front, TunnelsView))

        def lines() -> list[str]:
            return [line for line in harness.text().splitlines() if "db.internal" in line and "●" in line]

        await wait_until("its line", lines, report=harness.text)
        (line,) = lines()
        assert all(text in line for text in (f"{LOOPBACK}:{local}", "db-1", "open"))
        await harness.press("enter")
        await wait_until("the address is copied", lambda: harness.clipboard.given == [f"{LOOPBACK}:{local}"])
        await harness.press("x")
        await becomes(harness, TunnelState.CLOSED)
        await wait_until("the service knows", lambda: harness.ports.terminated == ["session-1"])
        await wait_until("it is counted no more", lambda: "tunnel" not in bar(harness), report=harness.text)
        await harness.press("r")
        await node_answers(harness, 2)
        await becomes(harness, TunnelState.OPEN)
        await harness.press("x", "x")
        await harness.tells("There are none")
        assert harness.tunnels.snapshots() == ()
        await harness.press("escape")
        assert harness.app.panes.session is not None, "the list leaves for the tab before it"


async def test_bytes_that_are_carried_are_counted_in_the_list() -> None:
    async with Harness(FakeGateway(fleet(9)), profiles=forwarding("5432")).run() as harness:
        await opened(harness)
        await node_answers(harness)
        tunnel = await becomes(harness, TunnelState.OPEN)
        await harness.press("f12", "T")
        _, writer = await asyncio.open_connection(LOOPBACK, tunnel.local_port)
        writer.write(b"x" * 1500)
        await harness.tells("1.5 kB sent", "1 connection open · 1 so far")
        writer.transport.abort()


async def test_a_tunnel_that_fails_is_told_and_keeps_no_shell_from_opening() -> None:
    async with Harness(FakeGateway(fleet(9)), profiles=forwarding("5432")).run((80, 24)) as harness:
        harness.ports.refuse_start = TargetNotConnected("db-1 is not connected")
        await opened(harness)
        await becomes(harness, TunnelState.FAILED)
        await harness.tells("Tunnel to port 5432 of db-1: The node is not connected")
        await harness.press("f12", "T")
        await harness.tells("db-1 is not connected", "Check that it runs", "restart")
        harness.ports.refuse_start = None
        await harness.press("r")
        await node_answers(harness, 2)
        await becomes(harness, TunnelState.OPEN)


async def test_of_several_nodes_the_first_is_forwarded_to() -> None:
    text = forwarding("5432", query="name:db", more='several = "all"')
    async with Harness(FakeGateway(fleet(9)), profiles=text).run() as harness:
        await opened(harness, sessions=0)
        await harness.shows("Open 2 sessions?")
        await harness.press("enter")
        await wait_until("one is started", lambda: harness.ports.started)
        await wait_until("the results", lambda: isinstance(harness.app.screen, Starts))
        first = harness.manager.snapshots()[0]
        assert [one.target for one in harness.tunnels.snapshots()] == [first.request.target]


async def test_opening_the_profile_again_uses_the_tunnel_that_is_there() -> None:
    async with Harness(FakeGateway(fleet(9)), profiles=forwarding("5432", "8080")).run() as harness:
        await opened(harness)
        await wait_until("both are started", lambda: len(harness.ports.started) == 2)
        await harness.tells("2 tunnels")
        await opened(harness, sessions=2)
        assert len(harness.tunnels.snapshots()) == len(harness.ports.started) == 2


async def test_a_read_only_run_says_why_nothing_is_forwarded() -> None:
    harness = Harness(FakeGateway(fleet(9)), profiles=forwarding("5432"), read_only=True)
    async with harness.run():
        await opened(harness)
        await harness.tells("a read-only run opens no tunnels")
        assert harness.tunnels.snapshots() == ()


async def test_leaving_asks_while_a_tunnel_is_open_and_its_number_leads_to_the_list() -> None:
    async with Harness(FakeGateway(fleet(9)), profiles=forwarding("5432")).run() as harness:
        await opened(harness)
        await node_answers(harness)
        tunnel = await becomes(harness, TunnelState.OPEN)
        await harness.tells("1 tunnel")
        await harness.pilot.click(TabBar, offset=(bar(harness).index("1 tunnel"), 0))
        await wait_until("the list", lambda: isinstance(harness.app.panes.front, TunnelsView))
        await harness.press("escape")
        (session,) = harness.manager.snapshots()
        harness.manager.becomes(session.key, SessionState.OPEN, idle_left=1200.0, idle_limit=1200.0)
        await harness.press("f12", "d", "q")
        await harness.tells("Left alive, it stays", "The tunnel is closed, and opened again with the shells beside")
        await harness.press("escape")
        harness.app.panes.remove(session.key)
        await harness.settle()
        await harness.press("q")
        await harness.tells("1 tunnel will be closed", tunnel.address)
        await harness.press("enter")
        await wait_until("the service knows", lambda: harness.ports.terminated == ["session-1"])


async def test_two_quick_clicks_on_the_number_open_one_list() -> None:
    async with Harness().run() as harness:
        await harness.ready()
        always = set(harness.app.workers)
        for _ in range(2):
            harness.app.post_message(CommandWanted("tunnels"))
        await wait_until("the list", lambda: isinstance(harness.app.panes.front, TunnelsView), report=harness.text)
        await wait_until(
            "nothing else is opened", lambda: all(each.is_finished for each in set(harness.app.workers) - always)
        )
        assert len(harness.app.main.query(TunnelsView)) == 1
        assert bar(harness).count("Tunnels") == 1
        await harness.press("escape", "T")
        await wait_until("the list again", lambda: isinstance(harness.app.panes.front, TunnelsView))


async def test_more_tunnels_than_lines_leave_the_chosen_one_and_all_about_it_in_sight() -> None:
    forwards = [f"{10 + place}:80" for place in range(40)]
    async with Harness(profiles=forwarding(*forwards)).run((80, 24)) as harness:
        await opened(harness)
        await wait_until("they are there", lambda: len(harness.tunnels.snapshots()) == len(forwards))
        await harness.press("f12", "T")
        await wait_until("the list", lambda: isinstance(harness.app.panes.front, TunnelsView), report=harness.text)
        await harness.press("G")
        view = harness.app.panes.front
        assert isinstance(view, TunnelsView)
        assert view.chosen is not None
        assert view.chosen.key == harness.tunnels.snapshots()[-1].key
        inside = view.content_region
        for part in (view.entrance, view.panel.lines):
            assert part.region in inside, harness.text()


async def test_a_list_that_is_closed_behind_another_tab_leaves_the_keys_where_they_are() -> None:
    async with Harness().run() as harness:
        await harness.ready()
        await harness.open_session()
        await harness.press("f12", "T")
        await wait_until("the list", lambda: isinstance(harness.app.panes.front, TunnelsView), report=harness.text)
        await harness.press("f12", "l", "f12", "slash")
        searched = harness.app.focused
        assert isinstance(searched, SearchEntry)
        harness.app.panes.close_view(TUNNELS)
        await harness.settle()
        assert harness.app.focused is searched
        assert "Tunnels" not in bar(harness)


async def test_w1b_a_tunnel_that_a_policy_will_cost_says_so_and_its_warning_is_read_in_full() -> None:
    async with Harness(profiles=forwarding("8080:80", "8081:80")).run((80, 24)) as harness:
        await opened(harness)
        await wait_until("both are at the service", lambda: len(harness.ports.agents) == 2)
        harness.ports.refuse_terminate = denied("TerminateSession")
        await harness.press("ctrl+right_square_bracket", "T")
        await wait_until("they are shown", lambda: isinstance(harness.app.panes.front, TunnelsView))
        harness.tunnels.end(harness.tunnels.snapshots()[1].key)
        await harness.tells("Warning (W): Your policy does not let you end sessions")
        await harness.press("W")
        await harness.tells("Ask for this statement in your policy", "ssm:TerminateSession")
