"""Services on this machine for port forwards to lead to: they keep what they hear, and do as they are told."""

from __future__ import annotations

import asyncio
import contextlib
import socket


class Heard:
    """One connection at the service's end."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.data = bytearray()
        self.ended = False
        """The other side has closed it, or it is broken."""


class TcpService:
    """Listens on a free port of 127.0.0.1. It greets with ``greeting``; ``echoes`` sends back what comes; one that does
    not ``read`` takes nothing before :meth:`start_reading`.
    """

    def __init__(self, *, greeting: bytes = b"", echoes: bool = False, reads: bool = True) -> None:
        self._greeting = greeting
        self._echoes = echoes
        self._reads = reads
        self._reading = asyncio.Event()
        self._server: asyncio.Server | None = None
        self.port = 0
        self.connections: list[Heard] = []

    async def start(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if not self._reads:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", self.port))
        self._server = await asyncio.start_server(self._serve, sock=listener, limit=1024)
        self.port = listener.getsockname()[1]

    def start_reading(self) -> None:
        self._reading.set()

    async def stop_listening(self) -> None:
        assert self._server is not None
        self._server.close()

    async def close(self) -> None:
        await self.stop_listening()
        self._reading.set()
        for heard in self.connections:
            heard.writer.transport.abort()
            with contextlib.suppress(OSError):
                await heard.writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = Heard(writer)
        self.connections.append(heard)
        writer.write(self._greeting)
        if not self._reads:
            await self._reading.wait()
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                heard.data += data
                if self._echoes:
                    writer.write(data)
        heard.ended = True
        writer.close()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
