"""One connection at a time: Port sessions without a multiplexer (protocol.md section 6.4, basic and raw).

The real agent's reader of frames and its reader of the connection know little of each other, and so it is here: a
closed connection is only seen to be closed when its reader wakes up.
"""

from __future__ import annotations

import asyncio
import contextlib
from enum import Enum
from typing import NoReturn

from ssmtui.lab.agent_link import AgentLink
from ssmtui.lab.destination import Destination
from ssmtui.lab.manners import READ_LIMIT, READ_PAUSE, AgentFailure, Manners
from ssmtui.protocol import PayloadType

_CRASHED = (
    "document process failed unexpectedly: ipc messaging received timeout signal , "
    "check [ssm-document-worker]/[ssm-session-worker] log for crash reason"
)
"""What the agent's main process says of a session whose process has died (aws/amazon-ssm-agent, master.go)."""


class _State(Enum):
    DIALLING = "not connected yet: nothing is taken"
    OPEN = "connected"
    DROPPED = "closed by the client's flag, which the connection's reader has not seen yet: no bytes are taken"
    CLOSED = "seen to be closed: the next bytes call for a new connection"
    DEAD = "the agent's process for the session has died: nothing is read"


class AgentPortStream:
    """Carries the session's bytes over a connection: over the one and only (raw), or over a new one whenever bytes come
    for one that has ended (``redials``: basic).
    """

    def __init__(self, destination: Destination, link: AgentLink, manners: Manners, *, redials: bool) -> None:
        self._destination = destination
        self._link = link
        self._manners = manners
        self._redials = redials
        self._state = _State.DIALLING
        self._opened = asyncio.Event()
        self._wanted = asyncio.Event()
        self._early = bytearray()
        """Bytes that have called for a new connection."""
        self._writer: asyncio.StreamWriter | None = None
        self._left: list[asyncio.StreamWriter] = []
        """Closed connections that may not have taken everything yet."""

    @property
    def is_dead(self) -> bool:
        """Whether nothing is read any more."""
        return self._state is _State.DEAD

    @property
    def refusing(self) -> bool:
        """Whether :meth:`refuses` may say yes."""
        return self._state is not _State.CLOSED

    def refuses(self, kind: PayloadType) -> bool:
        """Whether input of this kind finds no connection."""
        if self._state is _State.DIALLING:
            return True
        if kind is not PayloadType.OUTPUT:
            return False
        broken = self._state is _State.OPEN and self._writer is not None and self._writer.is_closing()
        return broken or self._state is _State.DROPPED

    def write(self, data: bytes) -> None:
        """Send ``data`` on, or call for a connection with it.

        Bytes that were acknowledged before their turn came, and then meet a dropped connection, are kept for the next
        one. The real agent forgets them, and with them the session (section 4.3).
        """
        if self._state is _State.OPEN and self._writer is not None and not self._writer.is_closing():
            self._writer.write(data)
        else:
            self._early += data
            self._wanted.set()

    def disconnect(self) -> None:
        """The client's flag: close the connection, if there is one."""
        if self._state is _State.OPEN and self._writer is not None:
            self._state = _State.DROPPED
            self._opened.clear()
            self._writer.close()
            self._reader.feed_eof()  # wakes its reader though bytes may wait to be sent

    async def drained(self) -> None:
        """Return once a connection has taken the bytes, or has gone."""
        if self._early:
            await self._opened.wait()
        if self._state is _State.OPEN and self._writer is not None:
            with contextlib.suppress(OSError):
                await self._writer.drain()

    async def run(self) -> None:
        """Dial, carry, and dial again when that is the way; raises :class:`AgentFailure` when dialling fails, and when
        the only connection ends for another reason than its service closing it.
        """
        try:
            await self._dial()
        except AgentFailure as error:
            await self._fail_at_start(error)
        good = await self._copy()
        while self._redials:
            await self._wanted.wait()
            await self._dial()
            await self._copy()
        if not good:
            raise AgentFailure

    async def close(self) -> None:
        """Break every connection."""
        left = [*self._left, *([self._writer] if self._writer is not None else [])]
        for writer in left:
            writer.transport.abort()
        for writer in left:
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _fail_at_start(self, error: AgentFailure) -> NoReturn:
        """Say why; or die of it, and let it be said so much later that a process has died."""
        if self._manners.crash is None:
            raise error
        self._state = _State.DEAD
        await asyncio.sleep(self._manners.crash)
        raise AgentFailure(_CRASHED)

    async def _dial(self) -> None:
        try:
            self._reader, self._writer = await self._destination.dial()
        except OSError as error:
            raise AgentFailure(f"Unable to connect to specified port: {error}") from error
        self._state = _State.OPEN
        self._writer.write(bytes(self._early))
        self._early.clear()
        self._wanted.clear()
        self._opened.set()

    async def _copy(self) -> bool:
        """Send what comes from the connection until it ends; whether its service has ended it, in good order."""
        assert self._writer is not None
        good = True
        while True:
            await self._link.writable()
            chunk = b""
            try:
                chunk = await self._reader.read(READ_LIMIT)
            except OSError:
                good = False
            if self._state is not _State.OPEN:
                good = False
                break
            if not chunk:
                break
            self._link.send(chunk)
            if self._manners.pacing:
                await asyncio.sleep(READ_PAUSE)
        self._state = _State.CLOSED
        self._opened.clear()
        self._writer.close()
        self._left = [one for one in (*self._left, self._writer) if one.transport.get_write_buffer_size()]
        self._writer = None
        return good
