"""One connection through a port session, as its local end sees it: read, write, close."""

from __future__ import annotations

import asyncio
from typing import Protocol

from ssmtui.errors import StreamClosed

WRITE_STEP = 16_384
"""Bytes handed to the tunnel at once: well below what a stream takes when it is writable."""


class StreamOwner(Protocol):
    """What a stream needs of its session. None of these blocks."""

    def take(self, stream_id: int, limit: int) -> bytes:
        """The next received bytes."""

    def takes(self, stream_id: int) -> bool:
        """Whether bytes can be sent now."""

    def send(self, stream_id: int, data: bytes) -> None:
        """Queue bytes."""

    def is_under_way(self, stream_id: int) -> bool:
        """Whether what was sent cannot be said to have arrived."""

    def release(self, stream_id: int) -> None:
        """The stream is closed at this end."""


class PortStream:
    """Made by :meth:`ssmtui.forwards.port_session.PortSession.connect`. One task may read while another writes; close
    it when done.

    There is no half-close: once either end has closed, nothing more goes or comes (protocol.md section 7).
    """

    def __init__(self, owner: StreamOwner, stream_id: int, opened: float = 0.0) -> None:
        """``opened``: when it was, by its session's clock."""
        self.stream_id = stream_id
        self.opened = opened
        self.has_sent = False
        self.lingers = False
        """Whether its local program has said all, and may have gone."""
        self._owner = owner
        self._ended = False
        self._failure: StreamClosed | None = None
        self._stirred = asyncio.Event()

    async def read(self, limit: int = 65_536) -> bytes:
        """The next bytes, at most ``limit``, as soon as there are any; empty once the far end has closed.

        Raises :class:`StreamClosed` when bytes are missing: the stream or its session broke. What had come before that
        is read first.
        """
        while True:
            data = self._owner.take(self.stream_id, limit)
            if data:
                return data
            if self._failure is not None:
                raise self._failure
            if self._ended:
                return b""
            await self._stir()

    async def write(self, data: bytes) -> None:
        """Send ``data``; returns when all of it is queued, which waits while too much is on its way.

        Raises :class:`StreamClosed` once either end has closed, or the session broke.
        """
        for start in range(0, len(data), WRITE_STEP):
            while not self._owner.takes(self.stream_id):
                if self._failure is not None:
                    raise self._failure
                if self._ended:
                    raise StreamClosed("the far end has closed the connection")
                await self._stir()
            self.has_sent = True
            self._owner.send(self.stream_id, data[start : start + WRITE_STEP])

    @property
    def is_under_way(self) -> bool:
        """Whether what was written cannot be said to have arrived: it waits to be sent, or the node is silent."""
        return self._owner.is_under_way(self.stream_id)

    def close(self) -> None:
        """Close it: what is queued is still sent, what comes is thrown away. A second call does nothing."""
        self.finish(StreamClosed("the connection was closed at this end"))
        self._owner.release(self.stream_id)

    # What the session calls

    def stir(self) -> None:
        """There are bytes to read, or room to write."""
        self._stirred.set()

    def finish(self, failure: StreamClosed | None = None) -> None:
        """Nothing more comes; with ``failure`` something is missing. Only the first call counts: why a stream broke
        must not be hidden by its own closing."""
        if not self._ended:
            self._ended, self._failure = True, failure
        self._stirred.set()

    async def _stir(self) -> None:
        # Reader and writer may both wait on the one event: the one that is woken in vain waits again.
        self._stirred.clear()
        await self._stirred.wait()
