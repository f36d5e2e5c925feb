"""Connections through the lab's Port sessions over real sockets, to a TCP service of the test's own, in all three modes
while frames are lost, doubled, reordered and late and the socket is cut every few seconds: each byte arrives once."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from ssmtui.forwards.port_session import PortSession
from ssmtui.forwards.port_stream import PortStream
from ssmtui.model import StartRequest
from ssmtui.protocol.versions import PortMode
from ssmtui.sessions import carrier
from tests.support.lab_stack import LabStack, lab_stack
from tests.support.live_faults import BYTES, CUTS, FAULTS, LIMIT, SEED

SIZE = 8
"""Bytes of the number that begins a request: how many follow, and how many come back before their digest."""
STREAMS = 4


def body(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a body while the request's is read, then the digest of what was read."""
    try:
        size = int.from_bytes(await reader.readexactly(SIZE), "big")
        receiving = asyncio.gather(_digest(reader, size), _send(writer, body(size, size)))
        digest, _ = await receiving
        writer.write(digest)
        await writer.drain()
        await reader.read()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def _digest(reader: asyncio.StreamReader, size: int) -> bytes:
    digest = hashlib.sha256()
    while size:
        data = await reader.read(min(size, 65_536))
        if not data:
            raise ConnectionError("the client went away")
        digest.update(data)
        size -= len(data)
    return digest.digest()


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    for start in range(0, len(data), 65_536):
        writer.write(data[start : start + 65_536])
        await writer.drain()


@asynccontextmanager
async def service() -> AsyncIterator[int]:
    """The port that it listens on."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def exchange(port: PortSession, size: int) -> None:
    """One request and its answer over a stream of its own."""
    stream = await port.connect()
    sent = body(size + SEED, size)
    _, (received, digest) = await asyncio.gather(
        stream.write(size.to_bytes(SIZE, "big") + sent), _receive(stream, size)
    )
    assert digest == hashlib.sha256(sent).digest(), f"upload of {size} bytes, seed {SEED}"
    assert received == hashlib.sha256(body(size, size)).digest(), f"download of {size} bytes, seed {SEED}"
    stream.close()


async def _receive(stream: PortStream, size: int) -> tuple[bytes, bytes]:
    digest = hashlib.sha256()
    while size:
        data = await stream.read(min(size, 65_536))
        assert data, f"the stream ended {size} bytes early"
        digest.update(data)
        size -= len(data)
    last = b""
    while len(last) < 32:
        more = await stream.read(32 - len(last))
        assert more, "the stream ended before the digest"
        last += more
    return digest.digest(), last


async def start(stack: LabStack, document: str, **parameters: int) -> PortSession:
    values: Mapping[str, tuple[str, ...]] = {name: (str(value),) for name, value in parameters.items()}
    request = StartRequest(await stack.target(), document, values)
    return PortSession(request, stack.gateway, stack.dialer, stack.tasks)


@pytest.mark.timeout(LIMIT)
@pytest.mark.parametrize(
    ("mode", "document", "version"),
    [
        (PortMode.MUX, "AWS-StartPortForwardingSession", ""),
        (PortMode.BASIC, "AWS-StartPortForwardingSession", "agent-version=3.0.196.0"),
        (PortMode.RAW, "AWS-StartSSHSession", ""),
    ],
    ids=["mux", "basic", "raw"],
)
async def test_edge_92_streams_through_loss_reordering_and_cuts(
    mode: PortMode, document: str, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrier, "SETTLED_AFTER", 0.0)
    faults = ",".join(filter(None, (FAULTS, CUTS, version)))
    async with service() as number, lab_stack(30, faults) as stack:
        port = await start(stack, document, portNumber=number)
        assert await port.opened() is mode
        if mode is PortMode.MUX:
            await asyncio.gather(*(exchange(port, BYTES // STREAMS + each) for each in range(STREAMS)))
        else:
            await exchange(port, BYTES)
        assert port.session.channel.counters.resent > 0, "nothing was lost"
        port.end()
        await port.session.life


async def test_small_requests_follow_each_other_over_one_basic_session() -> None:
    async with service() as number, lab_stack(30, "agent-version=3.0.196.0") as stack:
        port = await start(stack, "AWS-StartPortForwardingSession", portNumber=number)
        for size in (1, 1000, 5, 3000):
            await exchange(port, size)
        port.end()
        await port.session.life


async def test_a_port_that_nobody_listens_on_ends_each_stream_and_names_itself() -> None:
    async with lab_stack(30) as stack:
        async with service() as number:
            pass
        port = await start(stack, "AWS-StartPortForwardingSession", portNumber=number)
        stream = await port.connect()
        async with asyncio.timeout(10):
            assert await stream.read() == b""
        assert f"could not connect to localhost:{number}" in port.session.trouble
        port.end()
        await port.session.life
