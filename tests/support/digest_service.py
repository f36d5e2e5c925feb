"""A TCP service that answers each request with a body and the digest of the request's, and its client through a port
session: what travels is told apart by its size, and every byte of both directions is accounted for."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ssmtui.forwards.port_session import PortSession
from ssmtui.forwards.port_stream import PortStream

SEED = 20261124
SIZE = 8
"""Bytes of the number that begins a request: how many follow, and how many come back before their digest."""


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
