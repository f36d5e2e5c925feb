"""SOCKS tunnels through the lab, over real sockets: clients that choose their destination, and what becomes of them."""

from __future__ import annotations

import asyncio
import random
import shutil
import struct
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest

from ssmtui.documents.port_forwards import HOST_DOCUMENT, PORT_DOCUMENT, Forward
from ssmtui.forwards import chosen_sessions, connection, port_sessions, proxy_client
from ssmtui.forwards.tunnel import TunnelOptions, TunnelSnapshot, TunnelState
from ssmtui.forwards.tunnels import Tunnels
from ssmtui.lab import destination as lab_destination
from ssmtui.lab.sessions import LabSession
from ssmtui.loopback import LOOPBACK, free_port
from ssmtui.model import Scope, StartRequest
from ssmtui.sessions.entry import ServiceLine
from tests.support.lab_stack import LabStack, lab_stack
from tests.support.tcp_service import TcpService
from tests.support.wait import wait_until

SNEAKY = "sneaky.example"
"""A name that leads to the node's credentials. Those that end in .internal lead to this machine."""
SOCKS = Forward(0, local=0, socks=True)


@pytest.fixture
def waits_for_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy this machine is, what a node refuses is known before the client hears that it is connected."""
    monkeypatch.setattr(chosen_sessions, "VERDICT_SECONDS", (30.0, 30.0))


class LabLines:
    """Those of a lab, which has one scope."""

    def __init__(self, stack: LabStack) -> None:
        self._stack = stack

    def line(self, scope: Scope | None = None) -> ServiceLine:
        return ServiceLine(self._stack.gateway, self._stack.dialer)


class Socks:
    """A SOCKS tunnel through a lab."""

    def __init__(self, stack: LabStack, tunnels: Tunnels, key: int) -> None:
        self.stack = stack
        self.tunnels = tunnels
        self.key = key

    @property
    def now(self) -> TunnelSnapshot:
        (snapshot,) = self.tunnels.snapshots()
        return snapshot

    @property
    def running(self) -> list[LabSession]:
        """The sessions that the service has, but those that it was born with."""
        return [session for session in self.stack.lab.book if session.active and session.plan is not None]

    @property
    def started(self) -> int:
        """How many sessions have ever been started."""
        return sum(session.plan is not None for session in self.stack.lab.book)

    @property
    def places(self) -> list[str]:
        """Where the running sessions lead."""
        return sorted(str(session.plan.properties.get("portNumber")) for session in self.running if session.plan)


@asynccontextmanager
async def socks_tunnel(forward: Forward = SOCKS, faults: str = "", *, sessions: int = 0) -> AsyncIterator[Socks]:
    async with lab_stack(30, faults) as stack:
        tunnels = Tunnels(LabLines(stack))  # type: ignore[arg-type]
        request = StartRequest(await stack.target(), reason="a look", title="web")
        key = tunnels.start(forward, request, options=TunnelOptions(sessions=sessions))
        socks = Socks(stack, tunnels, key)
        try:
            await wait_until("it listens", lambda: socks.now.local_port)
            assert socks.now.state is TunnelState.OPEN
            assert not socks.running, "there is no destination yet"
            yield socks
        finally:
            assert await tunnels.close() == []
            assert not socks.running


@asynccontextmanager
async def service(**kind: object) -> AsyncIterator[TcpService]:
    served = TcpService(**kind)  # type: ignore[arg-type]
    await served.start()
    try:
        yield served
    finally:
        await served.close()


@asynccontextmanager
async def client(socks: Socks) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A local program's connection to the proxy."""
    reader, writer = await asyncio.open_connection(LOOPBACK, socks.now.local_port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


def socks5(host: str, port: int) -> bytes:
    return b"\5\1\0\5\1\0\3" + bytes((len(host),)) + host.encode() + struct.pack(">H", port)


async def reply(reader: asyncio.StreamReader) -> int:
    """SOCKS5's reply to the request."""
    assert await reader.readexactly(2) == b"\5\0"
    answer = await reader.readexactly(10)
    assert answer[2:] == b"\0\1" + bytes(6)
    return answer[1]


async def echoed(socks: Socks, host: str, port: int, said: bytes) -> bytes:
    """What an echo behind ``host`` says to ``said``."""
    async with client(socks) as (reader, writer):
        writer.write(socks5(host, port))
        assert await reply(reader) == 0
        writer.write(said)
        return await reader.readexactly(len(said))


# Each protocol


async def test_each_client_chooses_its_destination_and_one_session_serves_all_clients_of_one() -> None:
    async with socks_tunnel() as socks, service(echoes=True) as one, service(echoes=True) as other:
        said = [f"client {number}".encode() for number in range(6)]
        places = [(host, place.port) for place in (one, other) for host in ("localhost", "web.internal", "127.0.0.1")]
        heard = await asyncio.gather(*(echoed(socks, *place, words) for place, words in zip(places, said, strict=True)))
        assert heard == said
        # localhost and 127.0.0.1 are one destination: the node.
        documents = sorted(session.plan.document_name for session in socks.running if session.plan)
        assert documents == [PORT_DOCUMENT] * 2 + [HOST_DOCUMENT] * 2
        assert socks.now.sessions == 4
        assert await echoed(socks, "web.internal", one.port, b"again") == b"again"
        assert socks.started == 4, "the session is there"
        await wait_until("all are over", lambda: socks.now.connections == 0)
        assert socks.now.connections_made == 7
        assert socks.now.sent == socks.now.received == len(b"".join(said)) + 5
        assert socks.now.refused == 0


async def test_socks4a_and_connect_lead_there_too() -> None:
    async with socks_tunnel() as socks, service(echoes=True) as place:
        async with client(socks) as (reader, writer):
            writer.write(struct.pack(">BBH", 4, 1, place.port) + b"\0\0\0\1me\0web.internal\0early")
            assert await reader.readexactly(8) == b"\0\x5a" + bytes(6)
            assert await reader.readexactly(5) == b"early", "what came with the request goes there first"
        async with client(socks) as (reader, writer):
            writer.write(f"CONNECT web.internal:{place.port} HTTP/1.1\r\nHost: x\r\n\r\nearly".encode())
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
            assert await reader.readexactly(5) == b"early"


async def test_a_destination_that_speaks_first_is_heard() -> None:
    async with (
        socks_tunnel() as socks,
        service(greeting=b"SSH-2.0-test\r\n") as place,
        client(socks) as (reader, writer),
    ):
        writer.write(socks5("localhost", place.port))
        assert await reply(reader) == 0
        assert await reader.readline() == b"SSH-2.0-test\r\n"
        assert socks.now.received == 14


async def test_a_destination_that_has_answered_once_costs_no_wait_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chosen_sessions, "VERDICT_SECONDS", (0.0, 0.0))
    async with socks_tunnel() as socks, service(echoes=True) as place:
        assert await echoed(socks, "localhost", place.port, b"first") == b"first"
        monkeypatch.setattr(chosen_sessions, "VERDICT_SECONDS", (1000.0, 1000.0))
        assert await echoed(socks, "localhost", place.port, b"again") == b"again"


class WebServer:
    """Answers each request with its head, its body's length and who it is, and keeps connections open when asked to."""

    def __init__(self, *, obeys: bool = True) -> None:
        self._obeys = obeys
        self.requests: list[bytes] = []
        self.connections = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length, chunked = 0, b"\r\ntransfer-encoding: chunked" in head.lower()
                for line in head.lower().split(b"\r\n"):
                    if line.startswith(b"content-length:"):
                        length = int(line.partition(b":")[2])
                body = await (reader.readuntil(b"0\r\n\r\n") if chunked else reader.readexactly(length))
                self.requests.append(head + body)
                answer = b"hello from %d" % self.port
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)
                await writer.drain()
                if self._obeys and b"\r\nconnection: close" in head.lower():
                    break
        writer.close()


@asynccontextmanager
async def web_server(*, obeys: bool = True) -> AsyncIterator[WebServer]:
    web = WebServer(obeys=obeys)
    server = await asyncio.start_server(web.serve, LOOPBACK, 0)
    web.port = server.sockets[0].getsockname()[1]
    try:
        yield web
    finally:
        server.close()


async def test_a_request_with_a_whole_url_is_made_in_the_clients_place() -> None:
    async with socks_tunnel() as socks, web_server() as web, client(socks) as (reader, writer):
        head = f"POST http://web.internal:{web.port}/a?b HTTP/1.1\r\nProxy-Connection: keep-alive\r\n"
        writer.write(f"{head}Content-Length: 4\r\n\r\nbo".encode())
        await wait_until("it is connected", lambda: web.connections)
        writer.write(b"dy")
        answer = await reader.read()
        assert answer.endswith(b"\r\n\r\nhello from %d" % web.port), "and the connection closes behind it"
        there = f"POST /a?b HTTP/1.1\r\nHost: web.internal:{web.port}\r\nConnection: close\r\n"
        assert web.requests == [f"{there}Content-Length: 4\r\n\r\nbody".encode()]


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize(
    ("header", "body"),
    [("A: b", ""), ("Content-Length: 4", "body"), ("Transfer-Encoding: chunked", "2\r\nbo\r\n0\r\n\r\n")],
)
async def test_the_next_request_never_reaches_the_destination_of_the_one_before(
    header: str, body: str, at_once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = b"GET http://other.internal/secret HTTP/1.1\r\nCookie: other=1\r\n\r\n"
    monkeypatch.setattr("ssmtui.forwards.connection.LINGER", 0.05)
    async with socks_tunnel() as socks, web_server(obeys=False) as web, client(socks) as (reader, writer):
        asked = f"PUT http://web.internal:{web.port}/ HTTP/1.1\r\n{header}\r\n\r\n{body}".encode()
        writer.write(asked + (following if at_once else b""))
        assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
        # The server has not closed, so the client believes that it may go on, to another host.
        writer.write(b"" if at_once else following)
        with suppress(ConnectionError):
            await reader.read()
        (request,) = web.requests
        assert request.endswith(f"\r\n\r\n{body}".encode())
        assert web.connections == 1


# Refused


@pytest.mark.parametrize(
    ("host", "code"), [("169.254.169.254", 2), ("127.0.0.53", 2), ("0.0.0.0", 2), ("300.1.1.1", 1), ("a b", 1)]
)
async def test_what_no_session_reaches_costs_none(host: str, code: int) -> None:
    async with socks_tunnel() as socks, client(socks) as (reader, writer):
        writer.write(socks5(host, 80))
        assert await reply(reader) == code
        assert await reader.read() == b"", "closed, not reset"
        await wait_until("it is over", lambda: socks.now.connections == 0)
        assert socks.started == 0
        assert socks.now.refused == 1
        assert socks.now.last_error is not None
        assert socks.now.state is TunnelState.OPEN


@pytest.mark.usefixtures("waits_for_verdict")
async def test_a_port_on_which_nobody_listens_is_refused_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with socks_tunnel() as socks:
        closed = free_port()
        async with client(socks) as (reader, writer):
            writer.write(socks5("localhost", closed))
            assert await reply(reader) == 4
        async with client(socks) as (reader, writer):
            writer.write(f"CONNECT localhost:{closed} HTTP/1.1\r\n\r\n".encode())
            answer = await reader.read()
            assert answer.startswith(b"HTTP/1.1 502 ")
            assert f"could not connect to port {closed}".encode() in answer
        async with client(socks) as (reader, writer):
            writer.write(f"GET http://localhost:{closed}/ HTTP/1.1\r\n\r\n".encode())
            assert (await reader.read()).startswith(b"HTTP/1.1 502 ")
        assert socks.started == 1, "its session goes on"
        assert socks.now.notice == f"The destination cannot be reached: the node could not connect to port {closed}"
        assert str(socks.now.last_error) == socks.now.notice
        with monkeypatch.context() as quick:
            quick.setattr(chosen_sessions, "VERDICT_SECONDS", (0.0, 0.0))
            async with service(echoes=True) as place:
                assert await echoed(socks, "localhost", place.port, b"others") == b"others"
        assert socks.now.notice != "", "others say nothing about it"
        monkeypatch.setattr(chosen_sessions, "NOTICE_SECONDS", 0.0)
        async with client(socks) as (reader, writer):
            writer.write(socks5("localhost", closed))
            assert await reply(reader) == 4
        assert socks.now.notice == "", "and it is not said for ever"


@pytest.mark.usefixtures("waits_for_verdict")
async def test_a_destination_that_is_reached_again_is_no_notice_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = free_port()
    async with socks_tunnel() as socks:
        async with client(socks) as (reader, writer):
            writer.write(socks5("localhost", closed))
            assert await reply(reader) == 4
        place = TcpService(echoes=True)
        place.port = closed
        await place.start()
        assert socks.now.notice
        monkeypatch.setattr(chosen_sessions, "VERDICT_SECONDS", (0.0, 0.0))
        assert await echoed(socks, "localhost", closed, b"there") == b"there"
        assert socks.now.notice == ""
        assert socks.now.last_error is not None
        await place.close()


@pytest.mark.usefixtures("waits_for_verdict")
async def test_a_name_that_the_node_does_not_know_is_refused() -> None:
    async with socks_tunnel() as socks, client(socks) as (reader, writer):
        writer.write(socks5("0x7f000001", 80))
        assert await reply(reader) == 4
        assert socks.now.state is TunnelState.OPEN
        assert "by its own DNS" in str(socks.now.last_error)


@pytest.mark.usefixtures("waits_for_verdict")
async def test_an_address_that_the_agent_refuses_is_refused_with_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look_up(host: str) -> tuple[str, ...]:
        assert host == SNEAKY
        return ("169.254.169.254",)

    monkeypatch.setattr(lab_destination, "_look_up", look_up)
    async with socks_tunnel() as socks:
        async with client(socks) as (reader, writer):
            writer.write(socks5(SNEAKY, 80))
            assert await reply(reader) == 2
        async with client(socks) as (reader, writer):
            writer.write(f"CONNECT {SNEAKY}:80 HTTP/1.1\r\n\r\n".encode())
            answer = await reader.read()
            assert answer.startswith(b"HTTP/1.1 403 ")
            assert b"is forbidden" in answer
        assert socks.now.state is TunnelState.OPEN
        assert "is forbidden" in str(socks.now.last_error)


async def test_who_may_not_start_sessions_is_told_so() -> None:
    async with socks_tunnel(faults="deny=StartSession:1") as socks:
        async with client(socks) as (reader, writer):
            writer.write(b"CONNECT web.internal:80 HTTP/1.1\r\n\r\n")
            answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert b"StartSession" in answer
        assert socks.now.state is TunnelState.OPEN
        async with service(echoes=True) as place:
            assert await echoed(socks, "web.internal", place.port, b"later") == b"later"


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\nHost: db.internal\r\n\r\n", b"\x16\x03\x01\x00\xa5", b"\5\1\2"])
async def test_what_is_no_proxys_client_is_refused(said: bytes) -> None:
    async with socks_tunnel() as socks, client(socks) as (reader, writer):
        writer.write(said)
        answer = await reader.read()
        assert answer[:12] in (b"HTTP/1.1 405", b"", b"\5\xff")
        await wait_until("it is counted", lambda: socks.now.refused == 1)
        assert socks.started == 0


async def test_a_client_that_says_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy_client, "REQUEST_SECONDS", 0.05)
    async with socks_tunnel() as socks:
        async with client(socks) as (reader, _):
            assert await reader.read() == b""
        async with client(socks) as (reader, writer):
            writer.write(b"CONNECT web.in")
            assert (await reader.read()).startswith(b"HTTP/1.1 408 ")


# Bounds


async def test_clients_that_say_nothing_make_room_for_those_that_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssmtui.forwards.tunnel.MOST_CONNECTIONS", 2)
    async with (
        socks_tunnel() as socks,
        service(echoes=True) as place,
        client(socks) as (silent, _),
        client(socks) as (halfway, unsaid),
        AsyncExitStack() as stack,
    ):
        unsaid.write(b"\5\1\0")
        assert await halfway.readexactly(2) == b"\5\0"
        await wait_until("it is full", lambda: socks.now.connections == 2)
        served = []
        for leaves in (silent, halfway):
            reader, writer = await stack.enter_async_context(client(socks))
            writer.write(socks5("localhost", place.port))
            assert await reply(reader) == 0
            with pytest.raises(ConnectionResetError):
                await leaves.read()
            served.append((reader, writer))
        assert socks.now.refused == 0
        late, _ = await stack.enter_async_context(client(socks))
        with pytest.raises(ConnectionResetError):
            await late.read()
        assert socks.now.refused == 1, "those that are served make no room"
        for reader, writer in served:
            writer.write(b"still here")
            assert await reader.readexactly(10) == b"still here"


async def test_there_are_never_more_destinations_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chosen_sessions, "PATIENCE", 0.2)
    async with (
        socks_tunnel(sessions=2) as socks,
        service(echoes=True) as one,
        service(echoes=True) as two,
        service(echoes=True) as three,
        client(socks) as (reader, writer),
    ):
        writer.write(socks5("localhost", one.port))
        assert await reply(reader) == 0
        assert await echoed(socks, "localhost", two.port, b"two") == b"two"
        await wait_until("two is idle", lambda: socks.now.connections == 1)
        assert await echoed(socks, "localhost", three.port, b"three") == b"three"
        await wait_until("two has made room", lambda: socks.places == sorted([str(one.port), str(three.port)]))
        async with client(socks) as (busy, other):
            other.write(socks5("localhost", three.port))
            assert await reply(busy) == 0
            async with client(socks) as (late, last):
                last.write(f"CONNECT localhost:{two.port} HTTP/1.1\r\n\r\n".encode())
                answer = await late.read()
                assert answer.startswith(b"HTTP/1.1 503 ")
                assert b"2 destinations are in use" in answer
        writer.write(b"still here")
        assert await reader.readexactly(10) == b"still here"


async def test_a_second_start_says_how_many_there_may_be_from_now_on() -> None:
    async with socks_tunnel() as socks, service(echoes=True) as one, service(echoes=True) as two:
        for place in (one, two):
            assert await echoed(socks, "localhost", place.port, b"said") == b"said"
        await wait_until("both are idle", lambda: socks.now.connections == 0)
        key = socks.tunnels.start(SOCKS, socks.tunnels.request(socks.key), options=TunnelOptions(sessions=1))
        assert key == socks.key
        assert socks.now.sessions == 1
        await wait_until("the other's session is gone", lambda: socks.places == [str(two.port)])


async def test_a_client_that_leaves_gives_up_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chosen_sessions, "MOST_DESTINATIONS", 1)
    async with socks_tunnel() as socks, service(echoes=True) as one, service(echoes=True) as two:
        async with client(socks) as (reader, writer):
            writer.write(socks5("localhost", one.port))
            assert await reply(reader) == 0
            async with client(socks) as (waits, impatient):
                impatient.write(socks5("localhost", two.port))
                assert await waits.readexactly(2) == b"\5\0"
                await wait_until("it is served", lambda: socks.now.connections == 2)
            await wait_until("it has left", lambda: socks.now.connections == 1)
        await wait_until("all have left", lambda: socks.now.connections == 0)
        assert socks.places == [str(one.port)]
        assert socks.started == 1
        assert socks.now.refused == 0


async def test_on_an_old_agent_connections_take_turns_and_do_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    async with socks_tunnel(faults="agent-version=3.0.196.0") as socks, service(echoes=True) as place:
        async with client(socks) as (reader, writer):
            writer.write(socks5("localhost", place.port))
            assert await reply(reader) == 0
            monkeypatch.setattr(port_sessions, "PATIENCE", 0.05)
            async with client(socks) as (late, last):
                last.write(f"CONNECT localhost:{place.port} HTTP/1.1\r\n\r\n".encode())
                answer = await late.read()
                assert answer.startswith(b"HTTP/1.1 504 ")
                assert b"one connection at a time" in answer
            monkeypatch.setattr(port_sessions, "PATIENCE", 60.0)
            writer.write(b"mine")
            assert await reader.readexactly(4) == b"mine"
        assert await echoed(socks, "localhost", place.port, b"next") == b"next"


@pytest.mark.usefixtures("waits_for_verdict")
async def test_a_port_that_refuses_an_old_agent_is_refused() -> None:
    async with socks_tunnel(faults="agent-version=3.0.196.0") as socks, client(socks) as (reader, writer):
        writer.write(f"CONNECT localhost:{free_port()} HTTP/1.1\r\n\r\n".encode())
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 502 ")
        assert b"Probably nothing listens there" in answer


async def test_a_destination_without_connections_is_given_up_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chosen_sessions, "IDLE_SECONDS", 0.05)
    async with socks_tunnel() as socks, service(echoes=True) as place:
        assert await echoed(socks, "localhost", place.port, b"one") == b"one"
        await wait_until("its session is gone", lambda: not socks.running)
        assert socks.now.sessions == 0
        assert socks.now.state is TunnelState.OPEN
        assert await echoed(socks, "localhost", place.port, b"two") == b"two"
        assert socks.started == 2


# What becomes of the tunnel


async def test_a_restart_keeps_the_port_and_resets_what_is_open() -> None:
    async with socks_tunnel() as socks, service(echoes=True) as place, client(socks) as (reader, writer):
        writer.write(socks5("localhost", place.port))
        assert await reply(reader) == 0
        port = socks.now.local_port
        socks.tunnels.restart(socks.key)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        assert socks.now.local_port == port
        assert await echoed(socks, "localhost", place.port, b"anew") == b"anew"
        assert socks.started == 2


async def test_a_session_that_ends_is_started_again_with_the_next_client() -> None:
    async with socks_tunnel() as socks, service(echoes=True) as place:
        assert await echoed(socks, "localhost", place.port, b"one") == b"one"
        (session,) = socks.running
        await socks.stack.gateway.terminate_session(session.session_id)
        await wait_until("it is over", lambda: socks.now.sessions == 0)
        assert await echoed(socks, "localhost", place.port, b"two") == b"two"
        assert socks.started == 2
        assert socks.now.restarts == 1


async def test_closing_ends_what_is_open_and_what_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chosen_sessions, "MOST_DESTINATIONS", 1)
    async with socks_tunnel() as socks, service(echoes=True) as one, service() as two:
        async with client(socks) as (reader, writer), client(socks) as (waits, waiting):
            writer.write(socks5("localhost", one.port))
            assert await reply(reader) == 0
            waiting.write(socks5("localhost", two.port))
            assert await waits.readexactly(2) == b"\5\0"
            await wait_until("both are served", lambda: socks.now.connections == 2)
            socks.tunnels.end(socks.key)
            for end in (reader, waits):
                with pytest.raises(ConnectionResetError):
                    await end.read()
        await wait_until("the service knows", lambda: not socks.running)
        assert socks.started == 1, "none is started for the one that waited"
        assert socks.now.state is TunnelState.CLOSED


async def test_a_port_that_is_not_named_is_1080_or_any(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = free_port()
    monkeypatch.setattr("ssmtui.forwards.tunnels.SOCKS_PORT", expected)
    async with socks_tunnel(Forward(0, socks=True)) as socks:
        assert socks.now.address == f"{LOOPBACK}:{expected}"


# Real clients


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl on PATH")
@pytest.mark.parametrize(
    "arguments",
    [
        ("--socks5-hostname", "{proxy}"),
        ("--socks4a", "{proxy}"),
        ("--proxy", "http://{proxy}"),
        ("--proxy", "http://{proxy}", "--proxytunnel"),
        ("--proxy", "http://{proxy}", "--data", "x" * 20_000),
        ("--proxy", "http://{proxy}", "--header", "Transfer-Encoding: chunked", "--data", "x" * 20_000),
        ("--proxy", "http://{proxy}", "--header", "Expect: 100-continue", "--data", "small"),
        ("--proxy", "socks5h://{proxy}", "--data", "x" * 20_000),
    ],
)
async def test_curl(arguments: tuple[str, ...]) -> None:
    async with socks_tunnel() as socks, web_server() as one, web_server() as other:
        proxy = f"{LOOPBACK}:{socks.now.local_port}"
        words = [word.format(proxy=proxy) for word in arguments]
        urls = [f"http://web.internal:{web.port}/{number}" for number, web in enumerate((one, other, one))]
        curl = await asyncio.create_subprocess_exec(
            "curl", "-sS", "--noproxy", "", "--max-time", "50", *words, *urls, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await curl.communicate()
        assert curl.returncode == 0
        assert output == b"".join(b"hello from %d" % web.port for web in (one, other, one))
        assert [request.split()[1] for request in one.requests] == [b"/0", b"/2"]
        assert socks.started == 2


# Many at once


async def ill_mannered(socks: Socks, dice: random.Random, port: int) -> None:
    """A client that leaves when it likes, says half of something, or nothing that makes sense."""
    whole = dice.choice(
        [
            socks5("localhost", port),
            f"CONNECT web.internal:{port} HTTP/1.1\r\n\r\n".encode(),
            f"GET http://web.internal:{port}/ HTTP/1.1\r\n\r\n".encode(),
            dice.randbytes(30),
            b"",
        ]
    )
    async with client(socks) as (reader, writer):
        said = whole[: dice.randint(0, len(whole))] if dice.random() < 0.5 else whole
        for byte in said if dice.random() < 0.3 else ():
            writer.write(bytes((byte,)))
            await asyncio.sleep(0)
        writer.write(said)
        if dice.random() < 0.3 and writer.can_write_eof():
            writer.write_eof()
        for _ in range(dice.randint(0, 20)):
            await asyncio.sleep(0)
        if dice.random() < 0.3:
            with suppress(OSError, TimeoutError):
                await asyncio.wait_for(reader.read(dice.randint(1, 20)), 0.05)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("faults", ["", "seed=7,lose=0.005,reorder=0.02,cut-every=1s"])
async def test_good_clients_are_served_among_ill_mannered_ones(faults: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chosen_sessions, "PATIENCE", 60.0)
    monkeypatch.setattr(connection, "ANSWER", 2.0)  # many ask for something and leave
    dice = random.Random(20261130)
    async with (
        socks_tunnel(faults=faults, sessions=3) as socks,
        service(echoes=True) as one,
        service(echoes=True) as two,
        service(echoes=True) as three,
        service(reads=False) as stuck,
        client(socks) as (_, full),
    ):
        full.write(socks5("localhost", stuck.port) + bytes(300_000))
        places = [one.port, two.port, three.port]
        said = [dice.randbytes(dice.randint(1, 5_000)) for _ in range(40)]
        ill = [ill_mannered(socks, dice, dice.choice([*places, 1])) for _ in range(120)]
        good = [echoed(socks, "localhost", places[number % 3], words) for number, words in enumerate(said)]
        everybody: list[Coroutine[None, None, bytes | None]] = [*ill, *good]
        dice.shuffle(everybody)
        heard = await asyncio.gather(*everybody)
        assert sorted(words for words in heard if words is not None) == sorted(said)
        await wait_until(
            "all but the stuck one are over", lambda: socks.now.connections == 1, 30.0, report=lambda: socks.now
        )
        assert socks.now.sessions <= 3
        stuck.start_reading()
        await wait_until("the stuck one has all", lambda: sum(len(one.data) for one in stuck.connections) == 300_000)
