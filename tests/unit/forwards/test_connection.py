"""One local connection, between a real socket and a stream of a test's."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from ssmtui.forwards.connection import Linger, LocalConnection
from ssmtui.forwards.port_stream import PortStream
from ssmtui.loopback import LOOPBACK
from ssmtui.tasks import Tasks
from tests.support.wait import wait_until

PIECES, PIECE = 64, bytes(1 << 20)


class _Flood:
    """A stream that sends more than any socket buffers, and then ends in good order."""

    has_sent = is_under_way = False

    def __init__(self) -> None:
        self._left = PIECES

    async def read(self, limit: int) -> bytes:
        self._left -= 1
        return PIECE if self._left >= 0 else b""

    def close(self) -> None:
        pass


async def _read_to_the_end(reader: asyncio.StreamReader) -> None:
    async with asyncio.timeout(10):
        while await reader.read(1 << 20):
            pass


async def test_what_is_broken_off_while_the_program_has_not_taken_all_is_reset() -> None:
    accepted: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    server = await asyncio.start_server(lambda reader, writer: accepted.put_nowait((reader, writer)), LOOPBACK, 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    here = await accepted.get()
    here[1].transport.set_write_buffer_limits(high=2 * PIECES * len(PIECE))
    connection, tasks = LocalConnection(*here, lambda sent, received: None), Tasks("test")
    tasks.start("connection", connection.carry(cast("PortStream", _Flood()), Linger(1.0, 1.0)))
    await wait_until("all has come, and the socket is being closed", here[1].transport.is_closing)
    await tasks.close()
    try:
        with pytest.raises(ConnectionResetError):
            await _read_to_the_end(reader)
    finally:
        writer.transport.abort()
        server.close()
