"""Tunnels through the lab, over real sockets: a local program's bytes, each end's end, and what is left of it all."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from ssmtui.documents import port_forwards
from ssmtui.documents.port_forwards import Forward
from ssmtui.errors import AccessDenied, AgentTooOld, CredentialsError, TargetNotConnected, UsageError
from ssmtui.forwards import connection, tunnel
from ssmtui.forwards.tunnel import TunnelSnapshot, TunnelState
from ssmtui.forwards.tunnels import Tunnels
from ssmtui.lab.sessions import LabSession
from ssmtui.ledger.ledger import Ledger, read_local
from ssmtui.loopback import LOOPBACK, free_port, is_free
from ssmtui.model import SESSION_STATEMENT, Node, Scope, StartRequest
from ssmtui.protocol.versions import PortMode
from ssmtui.sessions import carrier, channel_session
from ssmtui.sessions.entry import ServiceLine
from ssmtui.sign_in import SignIn, SignInWay
from tests.support import digest_service
from tests.support.denials import denied
from tests.support.lab_stack import LabStack, lab_stack
from tests.support.memory import MemoryService
from tests.support.mux_agent import MuxAgent
from tests.support.tcp_service import TcpService
from tests.support.wait import wait_until

SIZE = 50_000
PORT = {"portNumber": "80", "type": "LocalPortForwarding"}


class LabLines:
    """Those of a lab, which has one scope."""

    def __init__(self, stack: LabStack) -> None:
        self._stack = stack

    def line(self, scope: Scope | None = None) -> ServiceLine:
        return ServiceLine(self._stack.gateway, self._stack.dialer)


def running(stack: LabStack) -> list[LabSession]:
    """The sessions that the service has, but those that it was born with."""
    return [session for session in stack.lab.book if session.active and session.plan is not None]


@asynccontextmanager
async def lab_tunnels(faults: str = "") -> AsyncIterator[tuple[LabStack, Tunnels, StartRequest]]:
    async with lab_stack(30, faults) as stack:
        tunnels = Tunnels(LabLines(stack))  # type: ignore[arg-type]
        yield stack, tunnels, StartRequest(await stack.target(), reason="a look", title="web")
        assert await tunnels.close() == []
        assert not running(stack)


@pytest.fixture
async def memory() -> AsyncIterator[MemoryService]:
    service = MemoryService()
    yield service
    await service.close()


@pytest.fixture
async def tunnels(memory: MemoryService, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Tunnels]:
    monkeypatch.setattr(channel_session, "FLAG_GRACE", 0.0)
    tunnels = Tunnels(memory)
    yield tunnels
    await tunnels.close()


def one(tunnels: Tunnels) -> TunnelSnapshot:
    (snapshot,) = tunnels.snapshots()
    return snapshot


async def becomes(tunnels: Tunnels, state: TunnelState) -> TunnelSnapshot:
    await wait_until(f"it is {state.value}", lambda: one(tunnels).state is state, report=tunnels.snapshots)
    return one(tunnels)


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A local program's connection; gone when the block ends, whatever happens in it."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


async def exchange(port: int, size: int) -> None:
    """One request to the digest service and its answer, over a local connection."""
    async with connected(port) as (reader, writer):
        sent = digest_service.body(size + 1, size)
        writer.write(size.to_bytes(digest_service.SIZE, "big") + sent)
        received = await reader.readexactly(size)
        assert await reader.readexactly(32) == hashlib.sha256(sent).digest()
        assert received == digest_service.body(size, size)


async def test_fault_4_a_tunnels_session_can_be_ended_without_the_loop(tunnels: Tunnels, memory: MemoryService) -> None:
    assert tunnels.last_calls() == []
    tunnels.start(Forward(80), StartRequest("i-1"))
    await wait_until("it is started", lambda: memory.agents)
    await wait_until("its session has an id", tunnels.last_calls)
    (call,) = tunnels.last_calls()
    call.end()
    assert memory.terminated == ["session-1"]


async def test_a_tunnel_may_be_closed_at_any_moment_of_its_beginning(tunnels: Tunnels) -> None:
    for turns in range(12):
        port = free_port()
        key = tunnels.start(Forward(80, local=port), StartRequest("i-1"))
        for _ in range(turns):
            await asyncio.sleep(0)
        life = tunnels._tunnels[key].life
        tunnels.end(key)
        await asyncio.wait_for(asyncio.shield(life), 5)
        assert life.exception() is None
        assert is_free(port)
        tunnels.remove(key)


async def test_a_defect_fails_the_tunnel_and_it_can_be_started_again(
    tunnels: Tunnels, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*arguments: object) -> asyncio.Server:
        raise RuntimeError("not foreseen")

    with monkeypatch.context() as patched:
        patched.setattr(tunnel, "listen", broken)
        key = tunnels.start(Forward(80, local=0), StartRequest("i-1"))
        failed = await becomes(tunnels, TunnelState.FAILED)
    assert failed.error is not None
    assert "defect" in failed.error.title
    tunnels.restart(key)
    await wait_until("it listens", lambda: one(tunnels).local_port)


# Bytes


@pytest.mark.parametrize(
    ("mode", "faults"), [(PortMode.MUX, ""), (PortMode.BASIC, "agent-version=3.0.196.0"), (PortMode.RAW, "")]
)
async def test_each_byte_arrives_in_all_modes(mode: PortMode, faults: str) -> None:
    async with digest_service.service() as port, lab_tunnels(faults) as (_, tunnels, request):
        raw = port_forwards.parse(f"{port}@AWS-StartSSHSession")
        tunnels.start(raw if mode is PortMode.RAW else Forward(port), request)
        opened = await becomes(tunnels, TunnelState.OPEN)
        assert opened.local_port not in (0, port), "the destination's own port is taken here"
        assert opened.taken_port == port
        if mode is PortMode.MUX:
            await asyncio.gather(*(exchange(opened.local_port, SIZE + each) for each in range(4)))
        else:
            await exchange(opened.local_port, SIZE)
        if mode is not PortMode.MUX:
            await exchange(opened.local_port, 1000)
        if mode is PortMode.RAW:
            await becomes(tunnels, TunnelState.IDLE)
        await wait_until("the connections are over", lambda: one(tunnels).connections == 0)
        after = one(tunnels)
        assert after.received >= SIZE + 32
        assert after.sent >= SIZE + digest_service.SIZE
        assert after.connections_made == {PortMode.MUX: 4, PortMode.BASIC: 2, PortMode.RAW: 2}[mode]


async def test_a_host_that_refuses_is_named_and_the_tunnel_stays_open() -> None:
    service = TcpService()
    await service.start()
    async with lab_tunnels() as (stack, tunnels, request):
        # This machine as well, and not what the service listens on.
        tunnels.start(Forward(service.port, "127.0.0.2"), request)
        opened = await becomes(tunnels, TunnelState.OPEN)
        async with connected(opened.local_port) as (reader, _):
            assert await reader.read() == b""
        await wait_until("it is told", lambda: "could not connect to 127.0.0.2" in one(tunnels).notice)
        assert one(tunnels).state is TunnelState.OPEN
        (session,) = running(stack)
        assert (session.document_name, session.reason) == (port_forwards.HOST_DOCUMENT, "a look")
    await service.close()


async def test_a_local_program_is_read_no_faster_than_the_node_takes_it(
    tunnels: Tunnels, memory: MemoryService
) -> None:
    tunnels.start(Forward(47080), StartRequest("i-1"))
    await wait_until("there is a channel", lambda: memory.agents)
    agent = memory.agents["session-1"]
    agent.offer("Port", "3.0.196.0", **PORT)
    opened = await becomes(tunnels, TunnelState.OPEN)
    agent.link.reads.clear()
    sent = random.Random(1).randbytes(1_000_000)
    async with connected(opened.local_port) as (_, writer):
        writer.write(sent)
        (port,) = tunnels._tunnels[1]._sessions._held
        await wait_until("the stream is full", lambda: one(tunnels).sent and not port.takes(1))
        assert one(tunnels).sent < 500_000, "the channel's window and the stream's buffer"
        agent.link.reads.set()
        await wait_until("all has come", lambda: len(agent.received) == len(sent), report=tunnels.snapshots)
    assert agent.received == sent


# Ends


async def test_who_has_said_all_still_gets_the_answer() -> None:
    async def answer_at_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\n")
        asked.set()
        await half_closed.wait()
        writer.write(request.upper())
        await writer.drain()
        writer.close()

    asked, half_closed = asyncio.Event(), asyncio.Event()
    server = await asyncio.start_server(answer_at_the_end, LOOPBACK, 0)
    async with lab_tunnels() as (_, tunnels, request):
        tunnels.start(Forward(server.sockets[0].getsockname()[1]), request)
        opened = await becomes(tunnels, TunnelState.OPEN)
        async with connected(opened.local_port) as (reader, writer):
            writer.write(b"hello\n")
            writer.write_eof()
            await asked.wait()
            half_closed.set()
            assert await reader.read() == b"HELLO\n"
    server.close()


async def test_who_has_said_all_waits_longer_for_a_first_answer_than_for_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "LINGER", 0.05)
    waits = 0

    class Counted(connection.Lingering):
        async def wait(self, down: asyncio.Task[None], seconds: float) -> bool:
            nonlocal waits
            waits += 1
            return await super().wait(down, seconds)

    monkeypatch.setattr(tunnel, "Lingering", Counted)
    service = TcpService()
    await service.start()
    async with lab_tunnels() as (_, tunnels, request):
        tunnels.start(Forward(service.port), request)
        opened = await becomes(tunnels, TunnelState.OPEN)
        async with connected(opened.local_port) as (reader, writer):
            writer.write(b"a query")
            writer.write_eof()
            await wait_until("the service has it", lambda: service.connections and service.connections[0].data)
            await wait_until("its answer is waited for", lambda: waits > 5 or not one(tunnels).connections)
            service.connections[0].writer.write(b"found")
            assert await reader.readexactly(5) == b"found"
            answered = asyncio.get_running_loop().time()
            with suppress(ConnectionError):
                await reader.read()
            assert asyncio.get_running_loop().time() - answered < connection.ANSWER / 2, "for no more it is not"
    await service.close()


async def test_who_has_gone_is_forgotten_at_the_node_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LINGER", 0.05)
    service = TcpService(echoes=True)
    await service.start()
    async with lab_tunnels() as (_, tunnels, request):
        tunnels.start(Forward(service.port), request)
        opened = await becomes(tunnels, TunnelState.OPEN)
        async with connected(opened.local_port) as (reader, writer):
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"hello"
        await wait_until("the service has heard of it", lambda: service.connections[0].ended)
        await wait_until("so have we", lambda: one(tunnels).connections == 0)
    await service.close()


async def test_closing_a_tunnel_breaks_its_connections_and_ends_its_session() -> None:
    service = TcpService(echoes=True)
    await service.start()
    async with lab_tunnels() as (stack, tunnels, request):
        key = tunnels.start(Forward(service.port), request)
        opened = await becomes(tunnels, TunnelState.OPEN)
        async with connected(opened.local_port) as (reader, writer):
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"hello"
            tunnels.end(key)
            assert one(tunnels).state is TunnelState.CLOSED
            with pytest.raises(ConnectionError):
                await reader.read()
        with pytest.raises(ConnectionError):
            await asyncio.open_connection(LOOPBACK, opened.local_port)
        await wait_until("the service has ended it", lambda: not running(stack))
        tunnels.restart(key)
        assert (await becomes(tunnels, TunnelState.OPEN)).local_port == opened.local_port
    await service.close()


async def test_the_end_of_the_program_waits_for_what_was_closed_before(memory: MemoryService) -> None:
    tunnels = Tunnels(memory)
    for port in (47080, 47081):
        tunnels.start(Forward(port), StartRequest("i-1"))
    await wait_until("both are at the service", lambda: len(memory.agents) == 2)
    first, _ = tunnels.snapshots()
    tunnels.remove(first.key)
    assert [known.forward.port for known in tunnels.snapshots()] == [47081]
    assert await tunnels.close() == []
    assert sorted(memory.terminated) == ["session-1", "session-2"]


async def test_a_tunnels_session_is_on_record_and_its_numbers_are_not(memory: MemoryService, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger", tmp_path / "journal.jsonl")
    tunnels = Tunnels(memory, ledger=ledger)
    tunnels.start(Forward(47082), StartRequest("i-1", reason="ticket 7"))
    records = tmp_path / "ledger"
    await wait_until(
        "its id is written", lambda: any(b"session-1" in one.read_bytes() for one in records.glob("*.json"))
    )
    (held,) = await ledger.holders()
    assert (held.record.port, held.record.session_id, held.mine) == (True, "session-1", True)
    (tunnel,) = tunnels._tunnels.values()
    (session,) = tunnel._sessions.sessions
    assert session.channel.unreserved is None, "thousands a second would be written for nobody"
    await tunnels.close()
    await ledger.close()
    (entry,) = read_local(tmp_path / "ledger", tmp_path / "journal.jsonl").entries
    assert (entry.access, entry.how, entry.reason) == ("port", "ended by you", "ticket 7")


async def test_a_session_whose_end_is_not_confirmed_is_named(
    memory: MemoryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.refuse_terminate = TargetNotConnected("no")
    tunnels = Tunnels(memory)
    tunnels.start(Forward(47080), StartRequest("i-1"))
    await wait_until("it is at the service", lambda: memory.agents)
    assert await tunnels.close() == ["session-1"]


async def test_w1b_a_denied_end_warns_of_the_other_tunnels_of_its_scope_and_of_shells(memory: MemoryService) -> None:
    warned: list[tuple[Scope | None, AccessDenied]] = []
    tunnels = Tunnels(memory, end_denied=lambda scope, error: warned.append((scope, error)))
    memory.refuse_terminate = refusal = denied("TerminateSession")
    first = tunnels.start(Forward(47080), StartRequest("i-1"))
    tunnels.start(Forward(47081), StartRequest("i-1"))
    await wait_until("both are at the service", lambda: len(memory.agents) == 2)
    tunnels.remove(first)
    await wait_until("it is warned of", lambda: one(tunnels).warning is not None)
    warning = one(tunnels).warning
    assert warning is not None
    assert json.dumps(SESSION_STATEMENT) in warning.remedy
    assert warned == [(None, refusal)]
    await tunnels.close()
    assert one(tunnels).warning is None


async def test_a_lost_link_is_told_and_comes_back(tunnels: Tunnels, memory: MemoryService) -> None:
    seen: list[TunnelState] = []
    tunnels.subscribe(lambda: seen.append(one(tunnels).state))
    tunnels.start(Forward(47080), StartRequest("i-1"))
    await wait_until("there is a channel", lambda: memory.agents)
    memory.agents["session-1"].offer("Port", "3.3.987.0", **PORT)
    await becomes(tunnels, TunnelState.OPEN)
    memory.agents["session-1"].link.break_off()
    await wait_until("it is lost", lambda: TunnelState.LOST in seen)
    await becomes(tunnels, TunnelState.OPEN)


# Signing in


CORP = SignIn(SignInWay.SSO, "corp", "dev")
OTHER = SignIn(SignInWay.SSO, "other", "other")


def signed_out(sign_in: SignIn) -> CredentialsError:
    error = CredentialsError("the token has expired")
    error.sign_in = sign_in
    return error


async def test_a_sign_in_resumes_a_tunnel_that_waits_for_it(
    tunnels: Tunnels, memory: MemoryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrier, "SIGN_IN_PAUSE", 3600.0)
    tunnels.start(Forward(47080), StartRequest("i-1"))
    await wait_until("there is a channel", lambda: memory.agents)
    memory.agents["session-1"].offer("Port", "3.3.987.0", **PORT)
    await becomes(tunnels, TunnelState.OPEN)
    memory.refuse_resume = signed_out(CORP)
    memory.agents["session-1"].link.break_off()
    await wait_until("it waits", lambda: "Sign in to AWS again" in one(tunnels).notice, report=tunnels.snapshots)
    memory.refuse_resume = None
    tunnels.signed_in(OTHER)
    assert one(tunnels).state is TunnelState.LOST
    tunnels.signed_in(CORP)
    await becomes(tunnels, TunnelState.OPEN)


async def test_a_sign_in_starts_a_tunnel_that_could_not_be_started(tunnels: Tunnels, memory: MemoryService) -> None:
    memory.refuse_start = signed_out(CORP)
    tunnels.start(Forward(47080), StartRequest("i-1"))
    failed = await becomes(tunnels, TunnelState.FAILED)
    memory.refuse_start = None
    tunnels.signed_in(OTHER)
    assert one(tunnels) == failed
    tunnels.signed_in(CORP)
    await wait_until("there is a channel", lambda: memory.agents)
    (agent,) = memory.agents.values()
    agent.offer("Port", "3.3.987.0", **PORT)
    await becomes(tunnels, TunnelState.OPEN)


# Ports


async def test_edge_81_a_taken_port_is_told_before_a_session_is_started(
    tunnels: Tunnels, memory: MemoryService
) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        key = tunnels.start(Forward(47080, local=port), StartRequest("i-1"))
        failed = await becomes(tunnels, TunnelState.FAILED)
        assert isinstance(failed.error, UsageError)
        assert str(port) in failed.error.detail
        assert failed.address == f"{LOOPBACK}:{port}"
        assert memory.started == []
        tunnels.start(Forward(port), StartRequest("i-1"))
        await wait_until("another port is taken in its place", lambda: len(memory.started) == 1)
        other = tunnels.snapshots()[1]
        assert other.local_port not in (0, port)
        assert memory.started[0].parameters["localPortNumber"] == (str(other.local_port),)
    tunnels.restart(key)
    await wait_until("it is started once the port is free", lambda: len(memory.started) == 2)
    assert tunnels.snapshots()[0].address == f"{LOOPBACK}:{port}"


async def test_edge_81_two_tunnels_on_one_port_are_told_apart(tunnels: Tunnels, memory: MemoryService) -> None:
    port = free_port()
    tunnels.start(Forward(47080, local=port), StartRequest("i-1"))
    tunnels.start(Forward(47081, local=port), StartRequest("i-1"))
    await wait_until("one is refused", lambda: any(one.error for one in tunnels.snapshots()))
    assert [known.state for known in tunnels.snapshots()] == [TunnelState.STARTING, TunnelState.FAILED]
    assert "taken" in str(tunnels.snapshots()[1].error)


async def test_the_destinations_own_port_is_taken_where_it_is_free(tunnels: Tunnels, memory: MemoryService) -> None:
    port = free_port()
    tunnels.start(Forward(port, "db.internal"), StartRequest("i-1"))
    await wait_until("it is started", lambda: memory.started)
    assert one(tunnels).local_port == port


async def test_in_a_demo_no_tunnel_leads_to_itself(memory: MemoryService) -> None:
    tunnels, port = Tunnels(memory, nodes_are_here=True), free_port()
    with pytest.raises(UsageError, match="a loop"):
        tunnels.start(Forward(port, local=port), StartRequest("i-1"))
    tunnels.start(Forward(port), StartRequest("i-1"))
    await wait_until("it listens", lambda: one(tunnels).local_port)
    assert one(tunnels).local_port != port
    assert not one(tunnels).taken_port, "nobody else has it"
    await tunnels.close()


async def test_one_that_is_there_is_used_again(tunnels: Tunnels, memory: MemoryService) -> None:
    keys = {tunnels.start(Forward(47080), StartRequest("i-1")) for _ in range(2)}
    assert len(keys) == 1
    assert tunnels.start(Forward(47080), StartRequest("i-2")) not in keys
    assert tunnels.start(Forward(47080), StartRequest("i-1", scope=Scope("other", "eu-west-1"))) not in keys
    (key,) = keys
    tunnels.end(key)
    assert tunnels.start(Forward(47080), StartRequest("i-1")) == key
    assert tunnels.snapshots()[0].state is TunnelState.STARTING
    assert tunnels.live_count == 3


async def test_a_refused_session_is_why_it_failed(tunnels: Tunnels, memory: MemoryService) -> None:
    memory.refuse_start = TargetNotConnected("i-1 is not connected")
    tunnels.start(Forward(47080), StartRequest("i-1"))
    failed = await becomes(tunnels, TunnelState.FAILED)
    assert failed.error is memory.refuse_start


async def test_w5_a_refusal_for_an_old_agent_names_the_node_and_its_version(
    tunnels: Tunnels, memory: MemoryService
) -> None:
    memory.refuse_start = AgentTooOld("The version of the SSM agent …", remedy="It needs agent 3.1.1374.0 or later.")
    tunnels.start(Forward(47080, "db.internal"), StartRequest("i-1"), Node("i-1", "web-1", agent_version="3.0.1"))
    failed = await becomes(tunnels, TunnelState.FAILED)
    assert failed.error is memory.refuse_start
    assert failed.error.remedy == "web-1 runs agent 3.0.1. It needs agent 3.1.1374.0 or later."


async def test_a_read_only_run_opens_none(memory: MemoryService) -> None:
    tunnels = Tunnels(memory, read_only=True)
    with pytest.raises(UsageError, match="read-only"):
        tunnels.start(Forward(47080), StartRequest("i-1"))
    assert tunnels.snapshots() == ()


async def test_more_connections_than_are_carried_are_refused(
    tunnels: Tunnels, memory: MemoryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tunnel, "MOST_CONNECTIONS", 1)
    tunnels.start(Forward(47080), StartRequest("i-1"))
    await wait_until("it listens", lambda: one(tunnels).local_port)
    async with connected(one(tunnels).local_port):
        await wait_until("the first is counted", lambda: one(tunnels).connections == 1)
        async with connected(one(tunnels).local_port) as (reader, _):
            with pytest.raises(ConnectionError):
                await reader.read()
        assert one(tunnels).connections_made == 1


async def test_one_that_may_have_gone_makes_room(
    tunnels: Tunnels, memory: MemoryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tunnel, "MOST_CONNECTIONS", 1)
    tunnels.start(Forward(47080), StartRequest("i-1"))
    await wait_until("there is a channel", lambda: memory.agents)
    agent = memory.agents["session-1"]
    mux = MuxAgent(agent, echo=True)
    agent.offer("Port", "3.3.987.0", **PORT)
    opened = await becomes(tunnels, TunnelState.OPEN)
    async with connected(opened.local_port) as (_, first), connected(opened.local_port) as (reader, second):
        with pytest.raises(ConnectionError):
            await reader.read()
        first.write_eof()
        await wait_until("it lingers", lambda: tunnels._tunnels[1]._lingering._waits)
        second.close()
        async with connected(opened.local_port) as (reader, third):
            third.write(b"there is room")
            assert await reader.readexactly(13) == b"there is room"
        await wait_until("the node knows of both ends", lambda: len(mux.ended) == 2)
