"""One client of a SOCKS tunnel, up to the moment when its bytes are for the destination."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ssmtui.errors import SsmtuiError
from ssmtui.forwards.connection import CHUNK, EarlyBytes, Lingering, ProgramGone
from ssmtui.forwards.proxy_wire import ProxyConversation, ProxyRefusal, ProxyRequest
from ssmtui.forwards.request_body import ChunkedBody, RequestBody, SizedBody
from ssmtui.tasks import Tasks

REQUEST_SECONDS = 30.0
"""In which a client must have said where it wants to go. Browsers connect before they need it: Chrome keeps such a
connection for 10 s."""
PART_SECONDS = 1.0
"""In which a client that was refused should read why and close."""
MOST_UNREAD = 65_536
"""Bytes of one that was refused that are read and thrown away."""


class ClientRefused(SsmtuiError):
    """A client has not asked for anything that can be had; it knows."""

    title = "A client was refused"


class ClientGone(SsmtuiError):
    """A client has left before it was connected."""

    title = "A client has left"


class ProxyClient:
    """Speaks to the client for the tunnel; then it is the reader of the client's bytes for the destination."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._conversation = ProxyConversation()
        self._bytes = EarlyBytes(reader)
        self._accepted = False
        self._body: RequestBody | None = None
        """Of the request that was made in its place; None: all that comes is for the destination."""
        self._has_more = False
        """Whether it has sent anything behind that body."""

    async def asked(self, lingering: Lingering) -> ProxyRequest:
        """What it asks for. Raises :class:`ClientRefused` once it has been refused, and :class:`ClientGone`, also when
        it has to make room for another before it has asked."""
        conversation = self._conversation
        until = asyncio.get_running_loop().time() + REQUEST_SECONDS
        try:
            while conversation.request is None and not conversation.is_over:
                if not (data := await self._next(lingering, until)):
                    raise ClientGone
                conversation.receive(data)
                self._writer.write(conversation.replies())
                await self._writer.drain()
        except TimeoutError:
            if conversation.is_empty:
                await self._part()
                raise ClientGone from None
            conversation.refuse(
                ProxyRefusal.SLOW, f"a client has not said within {REQUEST_SECONDS:.0f} s where it wants to go"
            )
        except OSError:
            raise ClientGone from None
        if conversation.request is None:
            await self._part()
            raise ClientRefused(conversation.refused)
        return conversation.request

    @asynccontextmanager
    async def awaited(self) -> AsyncIterator[None]:
        """Raises :class:`ClientGone` in the block as soon as the client leaves: nothing must be looked for, or started,
        for somebody who does not want it any more."""
        request = self._request
        self._bytes = EarlyBytes(self._reader, self._conversation.rest())
        try:
            # One that speaks HTTP to the proxy may close its half behind its request and read the answer, as with a
            # server. All others wait for an answer before they say more.
            async with self._bytes.watched(None if request.head else 0.0):
                yield
        except ProgramGone:
            raise ClientGone from None

    async def accept(self) -> None:
        """Its bytes are for the destination from now on: :meth:`read` gives them. Raises :class:`ClientGone`."""
        request = self._request
        self._accepted = True
        self._conversation.accept()
        if request.head:
            self._body = ChunkedBody() if request.size is None else SizedBody(request.size)
        try:
            self._writer.write(self._conversation.replies())
            await self._writer.drain()
        except OSError:
            raise ClientGone from None

    async def refuse(self, refusal: ProxyRefusal, sentence: str) -> None:
        """Say so, if it is not too late for that."""
        if not self._accepted:
            self._conversation.refuse(refusal, sentence)
            await self._part()

    async def read(self, limit: int) -> bytes:
        """The next bytes for the destination, at most ``limit``; empty once there are no more.

        Of a client that speaks HTTP to the proxy that is once the next request begins: it may be for another host, so
        that client has to connect anew.
        """
        body = self._body
        if body is None:
            return await self._bytes.read(limit)
        if body.is_complete:
            if not self._has_more:
                await self._bytes.read(1)
            return b""
        data = await self._bytes.read(limit)
        taken = body.take(data)
        self._has_more = taken < len(data)
        return data[:taken]

    async def _next(self, lingering: Lingering, until: float) -> bytes:
        """The next bytes; empty when it has gone, or has to. Raises ``TimeoutError`` when nothing comes until then."""
        tasks = Tasks("proxy client")
        reading = tasks.start("reader", self._reader.read(CHUNK), awaited=True)
        try:
            if not await lingering.wait(reading, until - asyncio.get_running_loop().time()):
                return b""
            if not reading.done():
                raise TimeoutError
            data: bytes = reading.result()
            return data
        finally:
            await tasks.close()

    @property
    def _request(self) -> ProxyRequest:
        request = self._conversation.request
        assert request is not None
        return request

    async def _part(self) -> None:
        """Close, so that the client gets the last answer. A socket that is closed with bytes unread resets the
        connection, and the answer may be lost with it."""
        writer = self._writer
        with contextlib.suppress(OSError, TimeoutError):
            writer.write(self._conversation.replies())
            if writer.can_write_eof():
                writer.write_eof()
            async with asyncio.timeout(PART_SECONDS):
                read = 0
                while read < MOST_UNREAD and (data := await self._reader.read(CHUNK)):
                    read += len(data)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
