"""What becomes of a tunnel when its sessions end: the port stays, and sessions come and go behind it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ssmtui.documents.port_forwards import OWN, Forward, parse
from ssmtui.errors import AccessDenied, SessionGone, TargetNotConnected, Throttled, UsageError
from ssmtui.forwards import connection, port_session, port_sessions, tunnel
from ssmtui.forwards.connection import EarlyBytes
from ssmtui.forwards.port_session import PortSession
from ssmtui.forwards.traffic import PERIOD, PERIODS, Traffic
from ssmtui.forwards.tunnel import TunnelOptions, TunnelSnapshot, TunnelState
from ssmtui.forwards.tunnels import Tunnels
from ssmtui.loopback import LOOPBACK
from ssmtui.model import PaneOptions, Scope, StartRequest
from ssmtui.sessions import channel_session
from tests.support.memory import MemoryService
from tests.support.mux_agent import MuxAgent
from tests.support.wait import wait_until

PORT = {"portNumber": "80", "type": "LocalPortForwarding"}
IDLE = "Your session timed out due to inactivity and has been terminated."
BASIC_AGENT = "3.0.196.0"
MB = 1_000_000


class Stage:
    """Tunnels to nodes of memory, whose agents echo."""

    def __init__(self) -> None:
        self.service = MemoryService()
        self.now = 0.0
        self.tunnels = Tunnels(self.service, clock=lambda: self.now + asyncio.get_running_loop().time())
        self.muxes: dict[int, MuxAgent] = {}

    @property
    def only(self) -> TunnelSnapshot:
        (snapshot,) = self.tunnels.snapshots()
        return snapshot

    def start(self, options: TunnelOptions = TunnelOptions(), guarded: str = "") -> int:  # noqa: B008
        request = StartRequest("i-1", options=PaneOptions(guarded=guarded))
        return self.tunnels.start(Forward(47080, local=0), request, options=options)

    async def offer(self, number: int, version: str = "3.3.987.0") -> None:
        """Let the agent of the session of that number be ready."""
        name = f"session-{number}"
        await wait_until(f"{name} has a channel", lambda: name in self.service.agents, report=self.tunnels.snapshots)
        agent = self.service.agents[name]
        self.muxes[number] = MuxAgent(agent, echo=True)
        agent.offer("Port", version, **PORT)

    async def becomes(self, state: TunnelState) -> TunnelSnapshot:
        await wait_until(f"it is {state.value}", lambda: self.only.state is state, report=self.tunnels.snapshots)
        return self.only

    async def open(self, options: TunnelOptions = TunnelOptions(), guarded: str = "") -> TunnelSnapshot:  # noqa: B008
        self.start(options, guarded)
        await self.offer(1)
        return await self.becomes(TunnelState.OPEN)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection(self.only.bind, self.only.local_port)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    async def echo(self, text: bytes) -> None:
        """A connection whose bytes go there and back."""
        async with self.connected() as (reader, writer):
            writer.write(text)
            async with asyncio.timeout(10):
                assert await reader.readexactly(len(text)) == text

    async def is_reset(self) -> None:
        """A connection is reset, and not ended."""
        async with self.connected() as (reader, writer):
            writer.write(b"x")
            with pytest.raises(ConnectionResetError):
                async with asyncio.timeout(10):
                    await reader.read()


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(channel_session, "FLAG_GRACE", 0.0)
    monkeypatch.setattr(port_sessions, "PAUSES", (0.0,))
    stage = Stage()
    yield stage
    assert await stage.tunnels.close() == []
    await stage.service.close()


async def test_a_session_that_was_idle_is_started_again_by_the_next_connection(stage: Stage) -> None:
    before = await stage.open()
    await stage.echo(b"one")
    await stage.service.agents["session-1"].finish(IDLE)
    idle = await stage.becomes(TunnelState.IDLE)
    assert len(stage.service.started) == 1, "nobody wants it"
    assert "inactivity" in str(idle.last_error)
    assert idle.local_port == before.local_port
    async with stage.connected() as (reader, writer):
        writer.write(b"again")
        await stage.offer(2)
        assert await reader.readexactly(5) == b"again"
    after = await stage.becomes(TunnelState.OPEN)
    assert (after.restarts, after.local_port, after.error) == (1, before.local_port, None)


async def test_what_is_under_way_when_a_session_ends_is_reset(stage: Stage) -> None:
    await stage.open()
    async with stage.connected() as (reader, writer):
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"
        await stage.service.agents["session-1"].finish("ended by an administrator")
        with pytest.raises(ConnectionResetError):
            await reader.read()
    await stage.becomes(TunnelState.IDLE)


async def test_a_session_that_is_gone_is_replaced_by_itself(stage: Stage) -> None:
    await stage.open()
    stage.service.refuse_resume = SessionGone("it has ended")
    stage.service.agents["session-1"].link.break_off()
    await stage.offer(2)
    await stage.becomes(TunnelState.OPEN)
    await stage.echo(b"through the second")
    assert stage.only.restarts == 1


async def test_starts_that_fail_are_repeated_and_a_connection_waits_for_one_that_does_not(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.open()
    stage.service.refuse_resume, stage.service.refuse_start = SessionGone("ended"), TargetNotConnected("i-1 is away")
    stage.service.agents["session-1"].link.break_off()
    await wait_until("it is tried twice", lambda: len(stage.service.started) >= 3, report=stage.tunnels.snapshots)
    assert stage.only.error is None
    assert "away" in str(stage.only.last_error)
    monkeypatch.setattr(port_sessions, "PAUSES", (60.0,))
    await wait_until("the pause is long", lambda: 1.0 < (stage.only.retry_in or 0.0) <= 60.0)
    assert stage.only.state is TunnelState.RETRYING
    async with stage.connected() as (reader, writer):
        writer.write(b"wait")
        await wait_until("it is taken", lambda: stage.only.connections == 1)
        stage.service.refuse_start = None
        begun = len(stage.service.started)
        stage.tunnels.restart(stage.only.key)
        await stage.offer(begun + 1)
        assert await reader.readexactly(4) == b"wait"


async def test_a_connection_that_gets_no_session_is_reset_in_the_end(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.open()
    monkeypatch.setattr(port_sessions, "PATIENCE", 0.1)
    stage.service.refuse_resume, stage.service.refuse_start = SessionGone("ended"), Throttled("slow down")
    monkeypatch.setattr(port_sessions, "PAUSES", (60.0,))
    stage.service.agents["session-1"].link.break_off()
    await stage.becomes(TunnelState.RETRYING)
    await stage.is_reset()
    await wait_until("it is counted", lambda: stage.only.refused == 1)


async def test_what_would_fail_again_ends_the_tunnel(stage: Stage) -> None:
    opened = await stage.open()
    await stage.service.agents["session-1"].finish(IDLE)
    await stage.becomes(TunnelState.IDLE)
    stage.service.refuse_start = AccessDenied("no more")
    await stage.is_reset()
    failed = await stage.becomes(TunnelState.FAILED)
    assert failed.error is stage.service.refuse_start
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(LOOPBACK, opened.local_port)


async def test_a_first_start_that_fails_is_not_repeated(stage: Stage) -> None:
    stage.service.refuse_start = TargetNotConnected("i-1 is away")
    stage.start()
    await stage.becomes(TunnelState.FAILED)
    assert len(stage.service.started) == 1


async def test_a_destination_that_refuses_resets_who_asked_and_pauses_before_the_next(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.start()
    await stage.offer(1, BASIC_AGENT)
    await stage.becomes(TunnelState.OPEN)
    await stage.service.agents["session-1"].finish(IDLE)
    await stage.becomes(TunnelState.IDLE)
    monkeypatch.setattr(port_sessions, "PAUSES", (60.0,))
    async with stage.connected() as (reader, writer):
        writer.write(b"x")
        await wait_until("it is started", lambda: "session-2" in stage.service.agents)
        await stage.service.agents["session-2"].finish("Unable to connect to specified port: refused")
        with pytest.raises(ConnectionResetError):
            await reader.read()
    await stage.becomes(TunnelState.IDLE)
    async with stage.connected():
        assert "refused" in str((await stage.becomes(TunnelState.RETRYING)).last_error)
    assert len(stage.service.started) == 2


async def test_many_sessions_from_the_start_share_the_connections(stage: Stage) -> None:
    stage.start(TunnelOptions(sessions=3))
    for number in (1, 2, 3):
        await stage.offer(number)
    await wait_until("all are open", lambda: stage.only.sessions == 3 and len(stage.muxes) == 3)
    await stage.becomes(TunnelState.OPEN)
    await wait_until("all can carry", lambda: all(one.can_connect for one in held(stage)))
    async with stage.connected() as one, stage.connected() as two, stage.connected() as three:
        for _, writer in (one, two, three):
            writer.write(b"x")
        for reader, _ in (one, two, three):
            assert await reader.readexactly(1) == b"x"
        assert [len(mux.got) for mux in stage.muxes.values()] == [1, 1, 1]
        await stage.service.agents["session-2"].finish(IDLE)
        await wait_until("one has gone", lambda: stage.only.sessions == 2)
        assert stage.only.state is TunnelState.OPEN


async def test_connections_that_only_linger_are_no_load(stage: Stage) -> None:
    stage.start(TunnelOptions(sessions=2))
    await stage.offer(1)
    await stage.offer(2)
    await wait_until("both can carry", lambda: [one.can_connect for one in held(stage)] == [True, True])
    await stage.becomes(TunnelState.OPEN)
    async with stage.connected() as (reader, first):
        first.write(b"x")
        assert await reader.readexactly(1) == b"x"
        first.write_eof()
        await wait_until("it lingers", lambda: [one.load for one in held(stage)] == [0, 0])
        assert [one.streams for one in held(stage)] == [1, 0]
        async with stage.connected() as (_, second):
            second.write(b"x")
            await wait_until("the first session has it", lambda: [one.load for one in held(stage)] == [1, 0])


def held(stage: Stage) -> list[PortSession]:
    return list(stage.tunnels._tunnels[1]._sessions._held)


async def test_a_refused_one_of_many_is_no_reason_to_end_the_others(stage: Stage) -> None:
    stage.start(TunnelOptions(sessions=2))
    await stage.offer(1)
    await stage.becomes(TunnelState.OPEN)
    await stage.service.agents["session-2"].finish("Too many sessions here")
    await wait_until("one is left", lambda: stage.only.sessions == 1)
    assert stage.only.state is TunnelState.OPEN
    await stage.echo(b"still here")
    assert len(stage.service.started) == 2


@pytest.mark.parametrize(("guarded", "sessions"), [("", 2), ("production", 1)])
async def test_a_full_session_gets_company_unless_the_node_is_guarded(
    stage: Stage, guarded: str, sessions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(port_sessions, "SPARE", 0.05)
    await stage.open(guarded=guarded)
    await stage.echo(b"little is no load")
    assert len(stage.service.started) == 1
    held(stage)[0].traffic.add(0, 2 * MB)
    stage.now += PERIOD / 2
    await stage.echo(b"on the one that there is")
    assert len(stage.service.started) == sessions
    if guarded:
        return
    await stage.offer(2)
    await wait_until("it can carry", lambda: all(one.can_connect for one in held(stage)))
    async with stage.connected() as (reader, writer), stage.connected():
        writer.write(b"x")
        assert await reader.readexactly(1) == b"x"
        await wait_until("the second has one, too", lambda: stage.muxes[2].got)
    await wait_until("the spare one is ended", lambda: stage.only.sessions == 1)
    assert not stage.tunnels._tunnels[1]._sessions._spare
    assert stage.only.state is TunnelState.OPEN


async def test_company_that_comes_too_late_for_the_load_goes_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(port_sessions, "SPARE", 0.05)
    await stage.open()
    held(stage)[0].traffic.add(0, 2 * MB)
    stage.now += PERIOD / 2
    async with stage.connected() as (reader, writer):
        writer.write(b"x")
        assert await reader.readexactly(1) == b"x"
        await stage.offer(2)
        await wait_until("both are open", lambda: all(one.can_connect for one in held(stage)))
        await wait_until("the unused one is ended", lambda: stage.only.sessions == 1)
        writer.write(b"y")
        assert await reader.readexactly(1) == b"y"


async def test_a_node_that_still_dials_gets_no_further_connection(stage: Stage) -> None:
    await stage.open()
    stage.muxes[1]._echo = False
    async with stage.connected() as (_, writer):
        await wait_until("the node knows of it", lambda: 3 in stage.muxes[1].got)
        await wait_until("all is acknowledged", lambda: not held(stage)[0].session.channel.unacknowledged[0])
        stage.now += port_session.DIALLING + 1
        await stage_has_one(stage)
        writer.write(b"dials")
        await wait_until("it has come", lambda: b"dials" in stage.muxes[1].got.values())
        async with stage.connected() as (reader, other):
            other.write(b"on")
            await stage.offer(2)
            assert await reader.readexactly(2) == b"on"
        stage.muxes[1].say(3, b"here I am")
        await wait_until("it is stuck no more", lambda: not held(stage)[0].is_stuck)


async def stage_has_one(stage: Stage) -> None:
    """One that has said nothing does not count as one that is dialled: it may have nothing to say."""
    assert not held(stage)[0].is_stuck
    assert len(stage.service.started) == 1


async def test_a_session_that_acknowledges_nothing_gets_no_further_connection(stage: Stage) -> None:
    await stage.open()
    stage.service.agents["session-1"].hold()
    async with stage.connected() as (_, writer):
        writer.write(b"x")
        await wait_until("it waits", lambda: held(stage)[0].session.channel.unacknowledged[0])
        stage.now += port_session.STUCK + 1
        assert held(stage)[0].is_stuck
        async with stage.connected() as (reader, other):
            other.write(b"on")
            await stage.offer(2)
            assert await reader.readexactly(2) == b"on"
    stage.service.agents["session-1"].release()


async def test_a_node_whose_worker_died_of_a_refused_destination_is_explained(stage: Stage) -> None:
    stage.tunnels.start(parse("22@AWS-StartSSHSession"), StartRequest("i-1"))
    await wait_until("it is started", lambda: "session-1" in stage.service.agents)
    stage.service.agents["session-1"].offer("Port", "3.3.987.0", portNumber="22")
    await stage.becomes(TunnelState.OPEN)
    await stage.service.agents["session-1"].finish("document process failed unexpectedly: ipc messaging timed out")
    error = (await stage.becomes(TunnelState.IDLE)).last_error
    assert error is not None
    assert error.title == "The node did not connect to port 22"
    assert "nothing listens there" in error.remedy


async def test_a_name_that_the_node_does_not_know_ends_the_tunnel_unless_it_knew_it_once(stage: Stage) -> None:
    unknown = "lookup db.internal on 10.0.0.2:53: no such host"
    await stage.open()
    await stage.echo(b"known")
    await stage.service.agents["session-1"].finish(unknown)
    assert "db.internal" in str((await stage.becomes(TunnelState.IDLE)).last_error)
    stage.tunnels.remove(stage.only.key)
    stage.start()
    await stage.offer(2)
    await stage.becomes(TunnelState.OPEN)
    await stage.service.agents["session-2"].finish(unknown)
    error = (await stage.becomes(TunnelState.FAILED)).error
    assert error is not None
    assert "looked up on the node" in error.remedy


async def test_a_program_that_leaves_while_it_waits_is_connected_to_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EarlyBytes, "GONE", 0.05)
    stage.start()
    await wait_until("it listens", lambda: stage.only.local_port)
    async with stage.connected() as (_, gone), stage.connected() as (reader, waiting):
        gone.close()
        waiting.write(b"early")
        waiting.write_eof()
        await wait_until("one is left", lambda: stage.only.connections == 1, report=stage.tunnels.snapshots)
        await stage.offer(1)
        assert await reader.readexactly(5) == b"early"
    assert list(stage.muxes[1].got.values()) == [b"early"]


@pytest.mark.parametrize("outage", ["silent", "cut off"])
async def test_who_has_said_all_during_an_outage_still_gets_the_answer(
    stage: Stage, outage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = 0

    class Counted(connection.Lingering):
        async def wait(self, down: asyncio.Task[None], seconds: float) -> bool:
            nonlocal waits
            waits += 1
            return await super().wait(down, 0.01)

    monkeypatch.setattr(tunnel, "Lingering", Counted)
    await stage.open()
    agent = stage.service.agents["session-1"]
    async with stage.connected() as (reader, writer):
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"
        if outage == "silent":
            agent.hold()
        else:
            stage.service.refuse_resume = Throttled("slow down")
            agent.link.break_off()
            await stage.becomes(TunnelState.LOST)
        writer.write(b"two")
        writer.write_eof()
        await wait_until("it waits", lambda: waits)
        stage.now += 2 * port_session.SILENT
        before = waits
        await wait_until("it waits on", lambda: waits > before + 2 or not stage.only.connections)
        agent.release()
        stage.service.refuse_resume = None
        async with asyncio.timeout(10):
            assert await reader.read(3) == b"two"


async def test_the_line_of_an_old_agent_is_waited_for_with_patience_only(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.start(guarded="one session")
    await wait_until("it is started", lambda: "session-1" in stage.service.agents)
    stage.service.agents["session-1"].offer("Port", BASIC_AGENT, **PORT)
    await stage.becomes(TunnelState.OPEN)
    async with stage.connected() as (_, first):
        first.write(b"has the line")
        await wait_until("it is there", lambda: stage.service.agents["session-1"].received == b"has the line")
        monkeypatch.setattr(port_sessions, "PATIENCE", 0.1)
        await stage.is_reset()


async def test_what_is_wanted_of_an_open_tunnel_is_what_was_said_last(stage: Stage) -> None:
    await stage.open()
    assert stage.start(TunnelOptions(sessions=2, group="db")) == stage.only.key
    await stage.offer(2)
    await wait_until("there are two", lambda: stage.only.sessions == 2)
    assert stage.only.options.group == "db"


async def test_a_restart_breaks_connections_and_keeps_the_port(stage: Stage) -> None:
    before = await stage.open()
    async with stage.connected() as (reader, writer):
        writer.write(b"x")
        assert await reader.readexactly(1) == b"x"
        stage.tunnels.restart(before.key)
        with pytest.raises(ConnectionResetError):
            await reader.read()
    await stage.offer(2)
    await stage.becomes(TunnelState.OPEN)
    assert stage.only.local_port == before.local_port
    await wait_until("the first is ended", lambda: "session-1" in stage.service.terminated)


async def test_a_document_that_nobody_can_read_says_its_port_by_its_session(stage: Stage) -> None:
    stage.tunnels.start(parse("@Ops-Orders"), StartRequest("i-1"))
    await wait_until("it is started", lambda: "session-1" in stage.service.agents)
    assert stage.only.address == ""
    MuxAgent(stage.service.agents["session-1"])
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
    stage.service.agents["session-1"].offer("Port", "3.3.987.0", **PORT, localPortNumber=str(port))
    assert (await stage.becomes(TunnelState.OPEN)).local_port == port
    assert stage.service.started[0].document_name == "Ops-Orders"


async def test_other_machines_are_let_in_only_where_the_person_agrees(stage: Stage) -> None:
    everywhere = parse("*:0:80")
    with pytest.raises(UsageError, match="open to other machines"):
        stage.tunnels.start(everywhere, StartRequest("i-1"))
    stage.tunnels.start(everywhere, StartRequest("i-1"), options=TunnelOptions(exposed=True))
    await wait_until("it listens", lambda: stage.only.local_port)
    assert stage.only.address == f"0.0.0.0:{stage.only.local_port}"


async def test_each_target_has_an_address_of_its_own_where_that_is_wanted(stage: Stage) -> None:
    forward = Forward(47080, local=47080, bind=OWN)
    for scope, target in ((None, "i-1"), (None, "i-2"), (Scope("other", "eu-west-1"), "i-1")):
        stage.tunnels.start(forward, StartRequest(target, scope=scope))
    stage.tunnels.start(forward._replace(port=47081, local=47081), StartRequest("i-1"))
    await wait_until("all listen", lambda: all(one.local_port for one in stage.tunnels.snapshots()))
    binds = [one.bind for one in stage.tunnels.snapshots()]
    assert len({*binds[:3], LOOPBACK}) == 4
    assert all(bind.startswith("127.0.") for bind in binds)
    assert binds[3] == binds[0]
    other = Tunnels(stage.service)
    elsewhere = StartRequest("i-2", scope=Scope("prod", "eu-west-1"))
    assert other._address(forward, elsewhere) == binds[1], "the same in every run, whatever AWS profile leads there"


async def test_an_address_that_this_machine_lacks_is_named(stage: Stage) -> None:
    stage.tunnels.start(parse("192.0.2.1:0:80"), StartRequest("i-1"), options=TunnelOptions(exposed=True))
    failed = await stage.becomes(TunnelState.FAILED)
    assert "192.0.2.1" in str(failed.error)
    assert stage.service.started == []


async def test_keep_alive_sends_what_the_service_counts(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssmtui.forwards.port_session.STAY_ALIVE", 0.02)
    await stage.open(TunnelOptions(keep_alive=True))
    nops: list[bytes] = []
    stage.service.agents["session-1"].on_input = nops.append
    await wait_until("two have come", lambda: b"".join(nops).count(bytes.fromhex("0103000000000000")) >= 2)


def test_traffic_is_counted_by_periods() -> None:
    now = 0.0
    traffic = Traffic(lambda: now)
    traffic.add(100, 1000)
    assert traffic.rates == (100 / PERIOD, 1000 / PERIOD)
    now = 1.5 * PERIOD
    traffic.add(0, 200)
    assert traffic.rates == (50 / PERIOD, 700 / PERIOD)
    assert traffic.history[-1] == (100, 1000)
    now = 10 * PERIOD
    assert traffic.rates == (0.0, 0.0)
    assert len(traffic.history) == PERIODS
    assert sum(received for _, received in traffic.history) == 1200
    now = 100 * PERIOD
    assert set(traffic.history) == {(0, 0)}
    assert (traffic.sent, traffic.received) == (100, 1200)
    assert tunnel.MOST_SESSIONS >= tunnel.UNDER_LOAD
