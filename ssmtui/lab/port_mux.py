"""Many connections over one Port session: the agent's multiplexer (protocol.md section 7), with sockets.

Streams are dialled one after the other; a connection that ends in one direction is closed in both. What destinations
do not read waits, and once that is RECEIVE_WINDOW the agent reads nothing more from its client, not even
acknowledgements: one destination that does not read holds up the whole session, as with the real agent.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from ssmtui.lab.agent_link import AgentLink
from ssmtui.lab.destination import READ_AHEAD, Destination, DialedStreams
from ssmtui.lab.manners import READ_LIMIT, READ_PAUSE, AgentFailure, Manners
from ssmtui.protocol import Flag, PayloadType, Role
from ssmtui.protocol.smux import (
    ProtocolBroken,
    Smux,
    SmuxEvent,
    SmuxLimits,
    StreamData,
    StreamEnded,
    StreamOpened,
    StreamReset,
    StreamWritable,
)
from ssmtui.protocol.smux_frames import HEADER_SIZE
from ssmtui.tasks import Tasks

KEEPALIVE_INTERVAL = 10.0
KEEPALIVE_TIMEOUT = 30.0
"""With keep-alive on: how often it is looked whether any byte has come since the last look; if not, it is the end."""
MAX_FRAME = 32_768
RECEIVE_WINDOW = 4_194_304
"""Bytes of all streams together that destinations have not taken (xtaci/smux, MaxReceiveBuffer)."""


class _MuxStream:
    """What the tasks of one stream wait for."""

    def __init__(self) -> None:
        self.stirred = asyncio.Event()
        self.ended = False
        """The client has closed it."""
        self.carrier: asyncio.Task[None] | None = None

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return once ``holds``, looking whenever something has happened to the stream."""
        while not holds():
            self.stirred.clear()
            await self.stirred.wait()


class AgentPortMux:
    """Carries the streams of one session."""

    def __init__(self, destination: Destination, link: AgentLink, manners: Manners, *, keepalive: bool) -> None:
        self._destination = destination
        self._link = link
        self._manners = manners
        self._keepalive = keepalive
        self._smux = Smux(
            Role.AGENT,
            keepalive=keepalive,
            # No stream is ever dropped: what is read is bounded by RECEIVE_WINDOW.
            limits=SmuxLimits(frame=MAX_FRAME, keepalive=KEEPALIVE_INTERVAL, unread=2**31, unread_total=2**31),
        )
        self._untaken = 0
        """At least as many bytes as destinations have not taken: some may have been taken since it was counted."""
        self._room = asyncio.Event()
        self._streams: dict[int, _MuxStream] = {}
        self._dials: asyncio.Queue[int] = asyncio.Queue()
        self._to_send = asyncio.Event()
        self._broken = asyncio.Event()
        self._heard = False
        self._tasks = Tasks("lab/port")

    @property
    def is_dead(self) -> bool:
        """Never."""
        return False

    @property
    def refusing(self) -> bool:
        """Never."""
        return False

    def refuses(self, kind: PayloadType) -> bool:
        """Never."""
        return False

    def write(self, data: bytes) -> None:
        """Bytes of the client's multiplexer."""
        self._heard = True
        self._untaken += len(data)
        self._smux.receive(data, self._now())
        self._settle()

    def disconnect(self) -> None:
        """Means nothing here."""

    async def drained(self) -> None:
        """Return once there is room for more."""
        while self._untaken > RECEIVE_WINDOW:
            self._untaken = sum(map(self._smux.pending, self._smux.open_streams))
            if self._untaken > RECEIVE_WINDOW:
                self._room.clear()
                await self._room.wait()

    async def run(self) -> None:
        """Carry until the multiplexer breaks, or hears nothing for too long: then it raises :class:`AgentFailure`."""
        self._tasks.start("dials", self._dial())
        self._tasks.start("sender", self._send())
        if self._keepalive:
            self._tasks.start("keepalive", self._keep_alive())
            self._tasks.start("silence", self._watch_silence())
        await self._broken.wait()
        raise AgentFailure

    async def close(self) -> None:
        """Break every connection."""
        await self._tasks.close()

    # -- what the multiplexer says

    def _settle(self) -> None:
        for event in self._smux.events():
            self._handle(event)
        if self._smux.has_data_to_send:
            self._to_send.set()

    def _handle(self, event: SmuxEvent) -> None:
        if isinstance(event, ProtocolBroken):
            self._broken.set()
            return
        if isinstance(event, StreamOpened):
            self._streams[event.stream_id] = _MuxStream()
            self._dials.put_nowait(event.stream_id)
            return
        stream = self._streams.get(event.stream_id)
        if stream is None:
            return
        if isinstance(event, StreamEnded):
            stream.ended = True
        elif isinstance(event, StreamReset):
            del self._streams[event.stream_id]
            if stream.carrier is not None:
                stream.carrier.cancel()
        else:
            assert isinstance(event, StreamData | StreamWritable)
        stream.stirred.set()

    # -- connections

    async def _dial(self) -> None:
        while True:
            stream_id = await self._dials.get()
            try:
                connection = await self._destination.dial()
            except OSError:
                self._link.send_flag(Flag.CONNECT_TO_PORT_ERROR)
                self._forget(stream_id)
                continue
            stream = self._streams.get(stream_id)
            if stream is None:
                connection[1].transport.abort()
            else:
                stream.carrier = self._tasks.start(f"stream {stream_id}", self._carry(stream_id, stream, connection))

    def _forget(self, stream_id: int) -> None:
        self._streams.pop(stream_id, None)
        self._smux.close(stream_id)
        self._room.set()
        self._settle()

    async def _carry(self, stream_id: int, stream: _MuxStream, connection: DialedStreams) -> None:
        """Both directions until either ends; then FIN, and the connection is closed as soon as it has all its bytes."""
        reader, writer = connection
        ways = Tasks(f"lab/port/{stream_id}")
        try:
            inward = ways.start("in", self._to_destination(stream_id, stream, writer))
            outward = ways.start("out", self._to_client(stream_id, stream, reader))
            await asyncio.wait((inward, outward), return_when=asyncio.FIRST_COMPLETED)
            await ways.close()
            self._forget(stream_id)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        finally:
            writer.transport.abort()
            await ways.close()

    async def _to_destination(self, stream_id: int, stream: _MuxStream, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while True:
                await stream.until(lambda: stream.ended or self._smux.pending(stream_id) > 0)
                data = self._smux.take(stream_id, READ_AHEAD)
                if not data:
                    return
                self._room.set()
                writer.write(data)
                await writer.drain()

    async def _to_client(self, stream_id: int, stream: _MuxStream, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while True:
                await stream.until(lambda: self._smux.writable(stream_id))
                data = await reader.read(READ_AHEAD)
                if not data:
                    return
                if self._smux.writable(stream_id):
                    self._smux.send(stream_id, data)
                    self._settle()

    # -- bytes to the client

    async def _send(self) -> None:
        """The multiplexer's bytes, cut where a payload is full and not where a frame ends."""
        waiting = bytearray()
        while True:
            while len(waiting) < READ_LIMIT and self._smux.has_data_to_send:
                waiting += self._smux.data_to_send(HEADER_SIZE + MAX_FRAME)
            self._settle()
            if not waiting:
                self._to_send.clear()
                await self._to_send.wait()
                continue
            await self._link.writable()
            self._link.send(bytes(waiting[:READ_LIMIT]))
            del waiting[:READ_LIMIT]
            if self._manners.pacing:
                await asyncio.sleep(READ_PAUSE)

    # -- keep-alive

    async def _keep_alive(self) -> None:
        while (deadline := self._smux.next_deadline()) is not None:
            await asyncio.sleep(max(0.0, deadline - self._now()))
            self._smux.handle_timeout(self._now())
            self._settle()

    async def _watch_silence(self) -> None:
        while True:
            self._heard = False
            await asyncio.sleep(KEEPALIVE_TIMEOUT)
            if not self._heard:
                self._broken.set()
                return

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
