"""Programs of other people's making through tunnels: curl, PostgreSQL and its clients, and crowds of connections, by
the lab's agent and by the official one."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ssmtui.documents.port_forwards import Forward, parse
from ssmtui.forwards.tunnel import TunnelState
from ssmtui.loopback import LOOPBACK
from ssmtui.model import Grant, StartRequest
from ssmtui.sessions import carrier
from ssmtui.tasks import Tasks
from tests.support import digest_service
from tests.support.open_tunnel import LAB, PEERS, open_tunnel, peer_stack, tunnels_of
from tests.support.real_servers import body, http_server, missing, no_postgres, postgres, run
from tests.support.tcp_service import TcpService
from tests.support.wait import wait_until

pytestmark = pytest.mark.parametrize("peer", PEERS)

CROWD = 200
VISITS = 200
NO_CURL, NO_POSTGRES = missing("curl"), no_postgres()


@pytest.mark.skipif(bool(NO_CURL), reason=NO_CURL)
async def test_curl_fetches_and_sends(peer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sent = body(1_000_000)
    (tmp_path / "sent").write_bytes(sent)
    with http_server() as number:
        async with open_tunnel(peer, number, monkeypatch) as tunnel:
            root = f"http://127.0.0.1:{tunnel.port}"
            many = [f"{root}/{20_000 + each}" for each in range(10)]
            fetched = await run(
                "curl", "-sS", "--fail", "--parallel", "--parallel-max", "10", "-H", "Connection: close",
                *(word for url in many for word in ("-o", str(tmp_path / url.rpartition("/")[2]), url)),
            )  # fmt: skip
            assert fetched.code == 0, fetched.errors
            for each in range(10):
                assert (tmp_path / str(20_000 + each)).read_bytes() == body(20_000 + each)
            told = await run("curl", "-sS", "--fail", "-T", str(tmp_path / "sent"), f"{root}/there")
            assert told.output == hashlib.sha256(sent).hexdigest(), told.errors
            twice = (f"{root}/1", f"{root}/2", "-o", "/dev/null", "-o", "/dev/null", "-w", "%{num_connects} ")
            again = await run("curl", "-sS", "--fail", *twice)
            assert again.output == "1 0 ", "one connection for both"
            await tunnel.until_idle()


@pytest.mark.skipif(bool(NO_POSTGRES), reason=NO_POSTGRES)
async def test_postgresql_and_its_clients(peer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    host = "orders.internal" if peer == LAB else ""  # which the lab alone knows
    async with postgres() as number, open_tunnel(peer, number, monkeypatch, host=host) as tunnel:
        place = ["-h", "127.0.0.1", "-p", str(tunnel.port), "-U", "postgres"]
        psql = ["psql", *place, "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"]
        filled = await run("pgbench", *place, "-i", "-q", "-I", "dtgp", "-s", "1", "postgres")
        assert filled.code == 0, filled.errors
        busy = await run("pgbench", *place, "-n", "-S", "-c", "8", "-t", "10", "postgres")
        assert busy.code == 0, busy.errors
        assert "number of failed transactions: 0" in busy.output
        assert "number of transactions actually processed: 80/80" in busy.output
        rows = "select aid, md5(aid::text) from pgbench_accounts where aid <= 10000 order by aid"
        copied = tmp_path / "copied"
        down = await run(*psql, "-c", f"\\copy ({rows}) to '{copied}'")
        assert down.code == 0, down.errors
        up = await run(
            *psql, "-c", "create table copies (aid int, digest text)", "-c", f"\\copy copies from '{copied}'"
        )
        assert up.code == 0, up.errors
        wrong = "select count(*) || ' ' || count(*) filter (where digest <> md5(aid::text)) from copies"
        assert (await run(*psql, "-c", wrong)).output == "10000 0\n"
        await tunnel.until_idle()


@pytest.mark.skipif(bool(NO_POSTGRES), reason=NO_POSTGRES)
async def test_transactions_survive_cut_sockets(peer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier, "SETTLED_AFTER", 0.0)  # each cut counts as a new one, whose pauses begin small
    async with postgres() as number, open_tunnel(peer, number, monkeypatch, "cut-every=400ms") as tunnel:
        resumed, real = [], tunnel.stack.gateway.resume_session

        async def resume(session_id: str) -> Grant:
            resumed.append(session_id)
            return await real(session_id)

        monkeypatch.setattr(tunnel.stack.gateway, "resume_session", resume)
        place = ["-h", "127.0.0.1", "-U", "postgres", "-p"]
        filled = await run("pgbench", *place, str(number), "-i", "-q", "-I", "dtg", "-s", "1", "postgres")
        assert filled.code == 0, filled.errors
        busy = await run("pgbench", *place, str(tunnel.port), "-n", "-N", "-c", "4", "-T", "4", "postgres")
        assert busy.code == 0, busy.errors
        assert "number of failed transactions: 0" in busy.output
        assert len(resumed) > 1, "hardly a socket was cut"
        assert tunnel.snapshot.refused == 0
        assert tunnel.snapshot.restarts == 0


async def test_edge_91_a_crowd_of_connections_and_one_that_does_not_read(
    peer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with digest_service.service() as number, open_tunnel(peer, number, monkeypatch) as tunnel:
        async with tunnel.connection() as (_, stuck):
            size = 2_000_000  # more than local sockets hold
            stuck.write(size.to_bytes(digest_service.SIZE, "big"))
            await asyncio.gather(*(tunnel.exchange(1_000 + each) for each in range(CROWD - 1)))
            assert tunnel.snapshot.connections >= 1
            assert tunnel.snapshot.connections_made == CROWD
        await tunnel.until_idle()


async def test_connections_that_come_and_go(peer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    service = TcpService(echoes=True)
    await service.start()
    async with open_tunnel(peer, service.port, monkeypatch) as tunnel:
        turn = asyncio.Semaphore(50)

        async def visit(number: int) -> None:
            async with turn, tunnel.connection() as (reader, writer):
                writer.write(b"%06d" % number)
                assert await reader.readexactly(6) == b"%06d" % number

        await asyncio.gather(*(visit(number) for number in range(VISITS)))
        await tunnel.until_idle()
        await wait_until("all to have left the node", lambda: all(heard.ended for heard in service.connections))
        assert len(service.connections) == VISITS
    await service.close()


async def test_who_closes_the_sending_half_gets_the_answer(peer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        digest = hashlib.sha256(await reader.readexactly(200_000)).hexdigest()
        writer.write(digest.encode() * 1_000)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server, open_tunnel(peer, server.sockets[0].getsockname()[1], monkeypatch) as tunnel:
        async with tunnel.connection() as (reader, writer):
            sent = body(200_000)
            writer.write(sent)
            writer.write_eof()
            assert await reader.read() == hashlib.sha256(sent).hexdigest().encode() * 1_000
        await tunnel.until_idle()


async def test_who_leaves_in_the_middle_costs_nobody_else(peer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with digest_service.service() as number, open_tunnel(peer, number, monkeypatch) as tunnel:
        tasks = Tasks("exchanges")
        others = [tasks.start(f"{each}", tunnel.exchange(60_000 + each)) for each in range(4)]
        for _ in range(10):
            async with tunnel.connection() as (reader, writer):
                writer.write((1_000_000).to_bytes(digest_service.SIZE, "big") + b"x" * 10_000)
                await reader.read(1)
        await asyncio.gather(*others)
        await tunnel.until_idle()
        await tasks.close()


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("169.254.169.254", "Forwarding to IP address 169.254.169.254 is forbidden."),
        ("no-such-host.invalid", "no such host"),
    ],
)
async def test_edge_93_a_destination_that_is_none_is_explained_and_its_port_is_free(
    peer: str, monkeypatch: pytest.MonkeyPatch, host: str, why: str
) -> None:
    async with peer_stack(peer, monkeypatch) as stack, tunnels_of(stack) as tunnels:
        tunnels.start(Forward(80, host, local=0), StartRequest(await stack.target()))
        await wait_until("it fails", lambda: tunnels.snapshots()[0].state is TunnelState.FAILED, 20, tunnels.snapshots)
        (failed,) = tunnels.snapshots()
        assert failed.error is not None
        assert why in str(failed.error) or host in str(failed.error)
        with socket.create_server((LOOPBACK, failed.local_port)):
            pass


async def test_a_strict_agent_is_asked_for_the_node_itself(peer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    service = TcpService(echoes=True)
    await service.start()
    faults = "agent-version=3.3.4851.0" if peer == LAB else ""
    async with peer_stack(peer, monkeypatch, faults) as stack, tunnels_of(stack) as tunnels:
        tunnels.start(parse(f"0:localhost:{service.port}"), StartRequest(await stack.target()))
        await wait_until("it listens", lambda: tunnels.snapshots()[0].local_port)
        reader, writer = await asyncio.open_connection(LOOPBACK, tunnels.snapshots()[0].local_port)
        writer.write(b"anybody?")
        assert await reader.readexactly(8) == b"anybody?"
        writer.close()
        await writer.wait_closed()
    await service.close()


async def test_a_session_whose_node_dies_is_replaced(peer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with digest_service.service() as number, open_tunnel(peer, number, monkeypatch) as tunnel:
        await tunnel.exchange(10_000)
        port, book = tunnel.port, tunnel.stack.lab.book
        running = next(one for one in book if one.active and one.plan)
        async with tunnel.connection() as (reader, writer):
            writer.write((5_000_000).to_bytes(digest_service.SIZE, "big"))
            await reader.read(1)
            tunnel.stack.lab.site().live.end_silently(running)
            with pytest.raises(ConnectionResetError):
                await reader.readexactly(5_000_000)
        assert tunnel.port == port
        await tunnel.exchange(10_001)
        assert tunnel.snapshot.restarts == 1


def stands_still(measure: Callable[[], int], seconds: float = 1.0) -> Callable[[], bool]:
    """Whether a number above 0 has not changed for so long, each time that it is asked."""
    last, since = 0, time.monotonic()

    def asked() -> bool:
        nonlocal last, since
        if (now := measure()) != last:
            last, since = now, time.monotonic()
        return last > 0 and time.monotonic() - since > seconds

    return asked


async def test_a_destination_that_reads_nothing_costs_no_other_connection(
    peer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readexactly(1) == b"E":
            writer.write(await reader.readexactly(4))
            await reader.read()
        else:
            await let_go.wait()
        writer.transport.abort()

    monkeypatch.setattr("ssmtui.lab.port_mux.RECEIVE_WINDOW", 200_000)  # the real one takes longer to fill
    monkeypatch.setattr("ssmtui.forwards.port_session.STUCK", 0.5)
    let_go, tasks, listener = asyncio.Event(), Tasks("upload"), socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    listener.bind((LOOPBACK, 0))
    server = await asyncio.start_server(serve, sock=listener, limit=1_024)
    async with server, open_tunnel(peer, server.sockets[0].getsockname()[1], monkeypatch) as tunnel:
        async with tunnel.connection() as (_, stuck):

            async def fill() -> None:
                stuck.write(b"S")
                while True:
                    stuck.write(bytes(65_536))
                    await stuck.drain()

            tasks.start("fill", fill())
            await wait_until("nothing more to go up", stands_still(lambda: tunnel.snapshot.sent), 30, tunnel.report)
            async with tunnel.connection() as (reader, writer):
                writer.write(b"Eecho")
                async with asyncio.timeout(20):
                    assert await reader.readexactly(4) == b"echo"
            assert tunnel.snapshot.sessions == 2
            await tasks.close()
        let_go.set()
        await tunnel.until_idle()
