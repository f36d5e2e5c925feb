"""A tunnel through the lab's agent, or through the official one's worker, over real sockets."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import pytest

from ssmtui.documents.port_forwards import Forward
from ssmtui.forwards.tunnel import TunnelOptions, TunnelSnapshot
from ssmtui.forwards.tunnels import Tunnels
from ssmtui.loopback import LOOPBACK
from ssmtui.model import Scope, StartRequest
from ssmtui.sessions.entry import ServiceLine
from tests.support import digest_service
from tests.support.agent_worker import why_not, worker_stack
from tests.support.lab_stack import LabStack, lab_stack
from tests.support.wait import wait_until

LAB, WORKER = "lab", "worker"
PEERS = [LAB, pytest.param(WORKER, marks=[pytest.mark.interop, pytest.mark.skipif(bool(why_not()), reason=why_not())])]
"""Who is at the other end of the data channel."""


class StackLines:
    """Those of a stack, which has one scope."""

    def __init__(self, stack: LabStack) -> None:
        self._stack = stack

    def line(self, scope: Scope | None = None) -> ServiceLine:
        return ServiceLine(self._stack.gateway, self._stack.dialer)


@dataclass
class OpenTunnel:
    """A tunnel that listens."""

    stack: LabStack
    tunnels: Tunnels
    key: int

    @property
    def snapshot(self) -> TunnelSnapshot:
        return next(one for one in self.tunnels.snapshots() if one.key == self.key)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.snapshot.local_port

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A local program's connection; gone when the block ends, whatever happens in it."""
        reader, writer = await asyncio.open_connection(LOOPBACK, self.port)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()

    async def exchange(self, size: int, *, seed: int = digest_service.SEED) -> None:
        """One request to the digest service and its answer: as many bytes up as down, each accounted for."""
        async with self.connection() as (reader, writer):
            sent = digest_service.body(size + seed, size)
            _, received = await asyncio.gather(_upload(writer, sent), _digest(reader, size))
            assert await reader.readexactly(32) == hashlib.sha256(sent).digest(), f"upload of {size} bytes"
            assert received == hashlib.sha256(digest_service.body(size, size)).digest(), f"download of {size} bytes"

    async def until_idle(self) -> None:
        """Wait until no connection is left."""
        await wait_until("no connection to be left", lambda: self.snapshot.connections == 0, 30.0, self.report)

    def report(self) -> object:
        return self.tunnels.snapshots()


async def _upload(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(len(data).to_bytes(digest_service.SIZE, "big"))
    for start in range(0, len(data), 65_536):
        writer.write(data[start : start + 65_536])
        await writer.drain()


async def _digest(reader: asyncio.StreamReader, size: int) -> bytes:
    digest = hashlib.sha256()
    while size:
        data = await reader.read(min(size, 65_536))
        assert data, f"the connection ended {size} bytes early"
        digest.update(data)
        size -= len(data)
    return digest.digest()


@asynccontextmanager
async def tunnels_of(stack: LabStack) -> AsyncIterator[Tunnels]:
    """Tunnels over a stack; no session is left of them at the end."""
    tunnels = Tunnels(StackLines(stack))  # type: ignore[arg-type]
    try:
        yield tunnels
    finally:
        left_behind = await tunnels.close()
    assert left_behind == []
    await until_none_left(stack)


async def until_none_left(stack: LabStack) -> None:
    """Wait until the service has no session but those that it was born with."""

    def left() -> list[str]:
        return [one.session_id for one in stack.lab.book if one.active and one.plan is not None]

    await wait_until("no session to be left", lambda: not left(), report=left)


@asynccontextmanager
async def open_tunnel(
    peer: str,
    port: int,
    monkeypatch: pytest.MonkeyPatch,
    faults: str = "",
    *,
    host: str = "",
    sessions: int = 0,
    pacing: bool = True,
) -> AsyncIterator[OpenTunnel]:
    """A tunnel to ``port`` of the node's, or of ``host``."""
    async with peer_stack(peer, monkeypatch, faults, pacing=pacing) as stack, tunnels_of(stack) as tunnels:
        request, options = StartRequest(await stack.target(), title="web"), TunnelOptions(sessions)
        opened = OpenTunnel(stack, tunnels, tunnels.start(Forward(port, host, local=0), request, options=options))
        await wait_until("the tunnel to listen", lambda: opened.port, report=opened.report)
        yield opened


@asynccontextmanager
async def peer_stack(
    peer: str, monkeypatch: pytest.MonkeyPatch, faults: str = "", *, pacing: bool = True
) -> AsyncIterator[LabStack]:
    """A lab whose nodes are played by its own agent, or by official workers; ``pacing``: it keeps their pace."""
    if peer == LAB:
        async with lab_stack(30, faults, pacing=pacing) as stack:
            yield stack
    else:
        async with worker_stack(monkeypatch, faults) as (stack, _):
            yield stack
