"""SOCKS tunnels through the official agent's session worker: what it connects to, and its words where it does not."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator

import pytest

from ssmtui.documents.port_forwards import Forward
from ssmtui.forwards.tunnels import Tunnels
from ssmtui.loopback import LOOPBACK, free_port
from ssmtui.model import Scope, StartRequest
from ssmtui.sessions.entry import ServiceLine
from tests.support.agent_worker import WorkerBench, why_not, worker_stack
from tests.support.digest_service import body
from tests.support.lab_stack import LabStack
from tests.support.tcp_service import TcpService
from tests.support.wait import wait_until

pytestmark = [pytest.mark.interop, pytest.mark.skipif(bool(why_not()), reason=why_not())]


class WorkerLines:
    """Those of a lab whose agents are workers."""

    def __init__(self, stack: LabStack) -> None:
        self._stack = stack

    def line(self, scope: Scope | None = None) -> ServiceLine:
        return ServiceLine(self._stack.gateway, self._stack.dialer)


class Bench:
    """A SOCKS tunnel to a worker's node."""

    def __init__(self, tunnels: Tunnels, workers: WorkerBench) -> None:
        self.tunnels = tunnels
        self.workers = workers

    @property
    def port(self) -> int:
        return self.tunnels.snapshots()[0].local_port

    async def asked(self, host: str, port: int, said: bytes = b"") -> tuple[int, bytes]:
        """SOCKS5's reply, and what comes back for ``said``."""
        reader, writer = await asyncio.open_connection(LOOPBACK, self.port)
        try:
            writer.write(b"\5\1\0\5\1\0\3" + bytes((len(host),)) + host.encode() + struct.pack(">H", port))
            assert await reader.readexactly(2) == b"\5\0"
            answer = await reader.readexactly(10)
            writer.write(said)
            return answer[1], await reader.readexactly(len(said)) if not answer[1] else b""
        finally:
            writer.transport.abort()


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    # However busy this machine is, a refusal is known before the client hears that it is connected.
    monkeypatch.setattr("ssmtui.forwards.chosen_sessions.VERDICT_SECONDS", (2.0, 2.0))
    async with worker_stack(monkeypatch) as (stack, workers):
        tunnels = Tunnels(WorkerLines(stack))  # type: ignore[arg-type]
        tunnels.start(Forward(0, local=0, socks=True), StartRequest(await stack.target()))
        await wait_until("it listens", lambda: tunnels.snapshots()[0].local_port)
        yield Bench(tunnels, workers)
        assert await tunnels.close() == []


async def test_bytes_reach_destinations_and_come_back(bench: Bench) -> None:
    places = [TcpService(echoes=True) for _ in range(3)]
    for place in places:
        await place.start()
    said = body(1, 100_000)
    answers = await asyncio.gather(*(bench.asked("localhost", place.port, said) for place in places * 2))
    assert answers == [(0, said)] * 6
    assert len(bench.workers.workers) == 3
    for place in places:
        await place.close()


async def test_a_destination_that_refuses_is_reported(bench: Bench) -> None:
    assert (await bench.asked("localhost", free_port()))[0] == 4
    assert "could not connect" in str(bench.tunnels.snapshots()[0].last_error)


async def test_a_name_that_has_no_address_is_reported(bench: Bench) -> None:
    assert (await bench.asked("no-such-host.invalid", 80))[0] == 4
    assert "no-such-host.invalid" in str(bench.tunnels.snapshots()[0].last_error)


@pytest.mark.parametrize("host", ["169.254.169.254", "fd00:ec2::254"])
async def test_an_address_that_it_forbids_is_reported(bench: Bench, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssmtui.forwards.chosen_forward._GIVES_OUT", {})
    assert (await bench.asked(host, 80))[0] == 2
    assert "is forbidden" in str(bench.tunnels.snapshots()[0].last_error)
