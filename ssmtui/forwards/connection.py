"""One local connection and its stream: bytes go both ways, each only as fast as the other end takes them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple, Protocol

from ssmtui.errors import SsmtuiError, StreamClosed
from ssmtui.forwards.port_stream import PortStream
from ssmtui.protocol.versions import PortMode
from ssmtui.tasks import Tasks

log = logging.getLogger(__name__)

CHUNK = 65_536
"""Bytes that are read from either end at once."""

_RESET = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""Linger for no time at all: closing then sends a reset (socket(7), SO_LINGER)."""

LINGER = 2.0
"""Seconds without an answer after which a connection is closed whose program has closed its half."""
ANSWER = 15.0
"""The same while no answer at all has come to what it has sent: a node dials one connection after another, and may have
much to carry for others."""
LINGER_ALONE = 0.5
"""The same, answered or not, in a session that carries one connection at a time, where the next one waits for that."""

Count = Callable[[int, int], None]
"""Called with how many bytes went to the node, and how many came from it."""


class ByteReader(Protocol):
    """Where a local program's bytes come from: an ``asyncio.StreamReader``, or what stands before one."""

    async def read(self, n: int, /) -> bytes:
        """The next bytes, at most ``n``; empty once there are no more."""


class ProgramGone(StreamClosed):
    """A local program has gone before it was connected."""


class EarlyBytes:
    """What a local program sends while its connection waits for a session; then the reader of all that it sends."""

    MOST = 65_536
    """Bytes that are kept. A program that has sent more waits, as with any peer that does not read."""
    GONE = 3.0
    """Seconds after which a program counts as gone that has closed its half and sent nothing. One that only wants to
    be greeted does the same, but seldom waits."""

    def __init__(self, reader: asyncio.StreamReader, early: bytes = b"") -> None:
        """``early`` is what has been read already."""
        self._reader = reader
        self._early = bytearray(early)

    @asynccontextmanager
    async def watched(self, gone: float | None = GONE) -> AsyncIterator[None]:
        """Raises :class:`ProgramGone` in the block once the program has gone: a node need not dial for nobody.
        ``gone`` takes the place of :attr:`GONE`; None: that it has closed its half says nothing."""
        tasks = Tasks("early bytes")
        try:
            async with asyncio.timeout(None) as block:
                tasks.start("reader", self._read(block, gone))
                try:
                    yield
                finally:
                    await tasks.close()
        except TimeoutError:
            if not block.expired():
                raise
            raise ProgramGone("the local program has gone") from None

    async def read(self, n: int, /) -> bytes:
        """The next bytes, those that came early first; empty once there are no more."""
        if self._early:
            data = bytes(self._early[:n])
            del self._early[:n]
            return data
        return await self._reader.read(n)

    async def _read(self, block: asyncio.Timeout, gone: float | None) -> None:
        pause = 0.0
        try:
            while len(self._early) < self.MOST:
                if not (data := await self._reader.read(CHUNK)):
                    if self._early or gone is None:
                        return
                    pause = gone
                    break
                self._early += data
            else:
                return
        except OSError:
            pass  # a reset
        block.reschedule(asyncio.get_running_loop().time() + pause)


class Linger(NamedTuple):
    """Seconds of silence after which a connection is closed whose program has closed its half."""

    first: float
    """Before any answer to what it has sent."""
    rest: float


def linger(mode: PortMode | None) -> Linger:
    """For :meth:`LocalConnection.carry`, over a session of this mode."""
    return Linger(ANSWER, LINGER) if mode is PortMode.MUX else Linger(LINGER_ALONE, LINGER_ALONE)


class Lingering:
    """The connections of a tunnel that make room for others: those whose programs have closed their half, for TCP says
    the same of programs that have gone, and clients of SOCKS that have not said what they want."""

    def __init__(self) -> None:
        self._waits: dict[asyncio.Future[None], None] = {}

    async def wait(self, down: asyncio.Task[None], seconds: float) -> bool:
        """Return once ``down`` is done, after ``seconds``, or when this one has to :meth:`make_room`: False then."""
        wait: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waits[wait] = None
        try:
            await asyncio.wait({down, wait}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            return not wait.done()
        finally:
            self._waits.pop(wait, None)
            wait.cancel()

    def make_room(self) -> bool:
        """Have the one that has waited longest wait no more; False when none waits."""
        oldest = next(iter(self._waits), None)
        if oldest is None:
            return False
        del self._waits[oldest]
        oldest.set_result(None)
        return True


class LocalConnection:
    """Carries what ``reader`` and ``writer`` are to a stream, until either end is done."""

    def __init__(
        self, reader: ByteReader, writer: asyncio.StreamWriter, count: Count, lingering: Lingering | None = None
    ) -> None:
        """``lingering`` is shared by the connections among which one makes room for another."""
        self._reader = reader
        self._writer = writer
        self._count = count
        self._lingering = lingering or Lingering()
        self._received = 0

    async def carry(self, stream: PortStream, linger: Linger) -> None:
        """Return when it is over, with both ends closed; a local program whose bytes were lost sees a reset.

        Many programs close their sending half and then read the answer, and a stream has no half-close: closing it at
        once would lose that answer (protocol.md section 7). It is closed once nothing has come for as long as
        ``linger`` says.
        """
        # Not an asyncio.TaskGroup: that one end is done says nothing yet about the other, and both fail as a rule.
        tasks = Tasks("connection", on_failure=_broke)
        up = tasks.start("up", self._up(stream))
        down = tasks.start("down", self._down(stream))
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            if not down.done():
                await self._await_rest(stream, up, down, linger)
            # In good order only when all that the far end sent has come. Else `drop` below resets: a program that reads
            # to the end of the file would take half a dump for a whole one.
            if down.done() and down.exception() is None:
                stream.close()
                self._writer.close()
                with contextlib.suppress(OSError):
                    await self._writer.wait_closed()
        finally:
            stream.close()
            self.drop()
            await tasks.close()

    def drop(self) -> None:
        """Break it off at the local end, which sees a reset unless it has been closed before and has everything: what
        is cut short must not look as if it were whole."""
        transport = self._writer.transport
        # Closed, it still has what the program has not taken yet, and loses that now.
        if not transport.is_closing() or transport.get_write_buffer_size():
            with contextlib.suppress(OSError):
                transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()

    async def _await_rest(
        self, stream: PortStream, up: asyncio.Task[None], down: asyncio.Task[None], linger: Linger
    ) -> None:
        """Nothing more goes up; let come what still comes."""
        error = up.exception()
        if isinstance(error, StreamClosed):
            # The far end has closed, so what comes has an end, and `down` finds it without a limit in time.
            await asyncio.wait({down})
        elif error is None:
            # Measured in silence, not from the start: a download of an hour that follows a half-close is an answer. A
            # local program that is slow to take it counts as traffic, and nobody answers what has not arrived.
            stream.lingers = True
            loop = asyncio.get_running_loop()
            before, since = self._received, loop.time()
            while not down.done():
                if not await self._lingering.wait(down, linger.rest):
                    return
                if self._received > before or self._is_behind or stream.is_under_way:
                    before, since = self._received, loop.time()
                    continue
                is_unanswered = stream.has_sent and not self._received
                if loop.time() - since >= (linger.first if is_unanswered else 0.0):
                    return

    @property
    def _is_behind(self) -> bool:
        """Whether the local program has not taken all that came."""
        return self._writer.transport.get_write_buffer_size() > 0

    async def _up(self, stream: PortStream) -> None:
        while data := await self._reader.read(CHUNK):
            await stream.write(data)
            self._count(len(data), 0)

    async def _down(self, stream: PortStream) -> None:
        while data := await stream.read(CHUNK):
            self._writer.write(data)
            self._received += len(data)
            self._count(0, len(data))
            # The next read waits for the local program. Its bytes then stay in the stream, and its session stops
            # reading.
            await self._writer.drain()


def _broke(name: str, error: BaseException) -> None:
    """Log a defect. That either end goes away is how connections end."""
    if not isinstance(error, SsmtuiError | OSError):
        log.error("%s broke", name, exc_info=error)
