"""Programs of other people's making through tunnels: curl, PostgreSQL and its clients, and crowds of connections, by
the lab's agent and by the official one."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from ssmtui.tasks import Tasks
from tests.support import digest_service
from tests.support.open_tunnel import LAB, PEERS, open_tunnel
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


async def test_a_crowd_of_connections_and_one_that_does_not_read(peer: str, monkeypatch: pytest.MonkeyPatch) -> None:
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
