"""The port multiplexer, sans-I/O: many connections over the payloads of one Port session (protocol.md section 7).

Bytes and `now` in; events, bytes and one deadline out. There is no half-close: a side that has sent FIN reads no more.
There is no flow control per stream either: what a local reader does not take is held here up to a bound, then its
stream is dropped, and the others go on.

The other end is xtaci/smux, version 1 of its protocol, which both AWS programs vendor: ``session.go`` (recvLoop,
keepalive) and ``stream.go`` are cited below.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TypeAlias

from ssmtui.errors import LocalProtocolError, RemoteProtocolError
from ssmtui.protocol.limits import Role
from ssmtui.protocol.smux_frames import HEADER_SIZE, MAX_STREAM_ID, FrameReader, SmuxCommand, SmuxPiece, encode

FIRST_STREAM_ID = 3
"""smux clients start from 1 and add 2 before each stream; 1 itself is never used."""


@dataclass(frozen=True, slots=True)
class SmuxLimits:
    """What one end allows itself: sizes in bytes, times in seconds."""

    frame: int = 1016
    """Data in one PSH frame that is sent: with its header it fills one channel payload of 1,024 bytes. At most
    65,535."""
    unread: int = 4_194_304
    """Received and not yet taken, for one stream; a stream that gets more is dropped."""
    unread_total: int = 33_554_432
    """The same for all streams together; the stream with the most is dropped."""
    unsent: int = 65_536
    """Waiting to be sent above which a stream is not writable; also the most that one send takes."""
    streams: int = 1024
    """Streams open at once, including those that are closed and have something left to send."""
    keepalive: float = 10.0
    """From one NOP to the next."""
    last_id: int = MAX_STREAM_ID
    """The highest stream id that is opened."""


@dataclass(frozen=True, slots=True)
class StreamOpened:
    """Agent: the client has opened a stream."""

    stream_id: int


@dataclass(frozen=True, slots=True)
class StreamData:
    """There is something to :meth:`Smux.take`. Comes again only for what arrives after all has been taken."""

    stream_id: int


@dataclass(frozen=True, slots=True)
class StreamWritable:
    """The stream was full and takes bytes again."""

    stream_id: int


@dataclass(frozen=True, slots=True)
class StreamEnded:
    """The peer has closed the stream: nothing more comes or goes. What is pending can still be taken; then close it."""

    stream_id: int


@dataclass(frozen=True, slots=True)
class StreamReset:
    """We have dropped the stream, because its reader does not drain it; what was pending is gone, and so is the stream:
    break the local connection off, so that its program does not take what it has for everything."""

    stream_id: int
    unread: int
    """Bytes that were thrown away."""


@dataclass(frozen=True, slots=True)
class ProtocolBroken:
    """The peer's bytes make no sense. All streams are gone, nothing is read or sent any more: end the session. Comes
    once, and last."""

    reason: str


SmuxEvent: TypeAlias = StreamOpened | StreamData | StreamWritable | StreamEnded | StreamReset | ProtocolBroken


class _Inlet:
    """The receiving half, from opening to our own close: the id is known for so long."""

    __slots__ = ("ended", "unread")

    def __init__(self) -> None:
        self.unread = bytearray()
        self.ended = False


class _Outlet:
    """The sending half, from opening until its last frame has gone.

    It outlives the receiving half: bytes queued before our own close are still owed to the peer, and the FIN behind
    them.
    """

    __slots__ = ("fin", "full", "queued", "syn", "unsent")

    def __init__(self, syn: bool) -> None:
        self.syn = syn
        self.unsent = bytearray()
        self.fin = False
        self.full = False
        self.queued = False
        """Whether it is among the turns."""

    @property
    def idle(self) -> bool:
        """Whether there is nothing to send now."""
        return not (self.syn or self.unsent or self.fin)


class Smux:
    """One end of the multiplexer. The client opens streams 3, 5, 7, ...; the agent accepts them.

    Feed :meth:`receive`, look at :meth:`events`, send what :meth:`data_to_send` gives until it is empty, and call
    :meth:`handle_timeout` at :meth:`next_deadline`. Silence never closes anything: the channel below knows better
    whether its peer is there. Not thread-safe; no method blocks or raises for what the peer does.
    """

    def __init__(self, role: Role, *, keepalive: bool, limits: SmuxLimits | None = None) -> None:
        self._role = role
        self._keepalive = keepalive
        self._limits = limits or SmuxLimits()
        self._reader = FrameReader()
        self._streams: dict[int, _Inlet] = {}
        self._outlets: dict[int, _Outlet] = {}
        self._turns: deque[int] = deque()
        """The outlets that have something to send, next first; each id once."""
        self._events: list[SmuxEvent] = []
        self._next_id = FIRST_STREAM_ID
        self._unread = 0
        self._nop_at: float | None = None
        """When the next keep-alive is due; None before the first `now`."""
        self._nop = False
        """A keep-alive waits to be sent."""
        self.broken = False

    # -- streams

    @property
    def can_open(self) -> bool:
        """Whether :meth:`open` has room for one more stream."""
        return (
            self._role is Role.CLIENT
            and not self.broken
            and self._next_id <= self._limits.last_id
            and len(self._outlets) < self._limits.streams
        )

    @property
    def open_streams(self) -> tuple[int, ...]:
        """The streams that we have not closed, oldest first."""
        return tuple(self._streams)

    def open(self, now: float) -> int:
        """Open a stream and return its id. Raises :class:`LocalProtocolError` when :attr:`can_open` says no.

        It takes bytes at once: smux has no answer to a SYN, and a destination that refuses is a FIN later (section
        6.4).
        """
        if not self.can_open:
            raise LocalProtocolError(f"no stream can be opened, {len(self._streams)} are open")
        self._start_clock(now)
        stream_id = self._next_id
        self._next_id += 2
        self._streams[stream_id] = _Inlet()
        outlet = self._outlets[stream_id] = _Outlet(syn=True)
        self._queue(stream_id, outlet)
        return stream_id

    def writable(self, stream_id: int) -> bool:
        """Whether :meth:`send` takes bytes: the stream is open at both ends and not too much is waiting."""
        stream = self._streams.get(stream_id)
        return stream is not None and not stream.ended and not self._outlets[stream_id].full

    def send(self, stream_id: int, data: bytes) -> None:
        """Queue bytes, at most ``limits.unsent`` of them. Raises :class:`LocalProtocolError` when not :meth:`writable`:
        wait for :class:`StreamWritable`."""
        if not self.writable(stream_id):
            raise LocalProtocolError(f"smux stream {stream_id} takes no bytes now")
        if len(data) > self._limits.unsent:
            raise LocalProtocolError(f"{len(data)} bytes at once for smux stream {stream_id}")
        if not data:
            return
        outlet = self._outlets[stream_id]
        outlet.unsent += data
        self._queue(stream_id, outlet)
        # The bound that makes a local program wait. Without it everything that it has would be queued here, as latency
        # for every other stream and as memory.
        outlet.full = len(outlet.unsent) >= self._limits.unsent

    def unsent(self, stream_id: int) -> int:
        """Bytes that wait to be sent, closed streams included."""
        outlet = self._outlets.get(stream_id)
        return len(outlet.unsent) if outlet is not None else 0

    def close(self, stream_id: int) -> None:
        """Send what is queued, then FIN; what comes for the stream is skipped. A second call does nothing."""
        self._forget(stream_id)

    def pending(self, stream_id: int) -> int:
        """Bytes that can be taken."""
        stream = self._streams.get(stream_id)
        return len(stream.unread) if stream is not None else 0

    def take(self, stream_id: int, limit: int) -> bytes:
        """The next received bytes, at most ``limit``; empty when there are none or the stream is gone."""
        stream = self._streams.get(stream_id)
        if stream is None or limit <= 0:
            return b""
        taken = bytes(stream.unread[:limit])
        del stream.unread[:limit]
        self._unread -= len(taken)
        return taken

    @property
    def backlog(self) -> int:
        """Bytes that can be taken, where a caller that stops reading the session holds up only their own reader: 0 as
        soon as there is more than one stream."""
        return self._unread if len(self._streams) == 1 else 0

    def events(self) -> list[SmuxEvent]:
        """What has happened since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    # -- receiving

    def receive(self, data: bytes, now: float) -> None:
        """Read the next bytes of the peer's byte stream, cut anywhere: frames and channel payloads are not aligned."""
        if self.broken:
            return
        self._start_clock(now)
        try:
            for piece in self._reader.feed(data):
                self._handle(piece)
        except RemoteProtocolError as error:
            self._break(error.detail)

    def _handle(self, piece: SmuxPiece) -> None:
        if piece.command is SmuxCommand.PSH:
            self._pushed(piece.stream_id, piece.data)
        elif piece.command is SmuxCommand.SYN:
            self._asked(piece.stream_id)
        elif piece.command is SmuxCommand.FIN:
            self._ended(piece.stream_id)

    def _asked(self, stream_id: int) -> None:
        """A SYN. The agent opens no streams here: the client skips one, like every frame of an unknown id."""
        if self._role is Role.CLIENT or stream_id in self._outlets:
            return
        if len(self._outlets) < self._limits.streams:
            self._streams[stream_id] = _Inlet()
            self._outlets[stream_id] = _Outlet(syn=False)
            self._events.append(StreamOpened(stream_id))
            return
        # Refused with a FIN, which itself waits for its turn: a client that opens streams faster than that has to be
        # stopped somewhere, or its refusals fill the memory.
        if len(self._outlets) >= 2 * self._limits.streams:
            raise RemoteProtocolError(f"more than {len(self._outlets)} smux streams")
        refused = self._outlets[stream_id] = _Outlet(syn=False)
        refused.fin = True
        self._queue(stream_id, refused)

    def _pushed(self, stream_id: int, data: memoryview) -> None:
        stream = self._streams.get(stream_id)
        # Skipped, not an error: what was on its way when we closed the stream (recvLoop does the same).
        if stream is None or stream.ended:
            return
        # recvLoop stops reading for all streams once 4,194,304 bytes of all of them are unread, so one local program
        # that hangs stops its neighbours for good. Here its own stream is dropped instead (section 7).
        if len(stream.unread) + len(data) > self._limits.unread:
            self._drop(stream_id)
            return
        # Many streams that stay below their own bound could still fill the memory together.
        while self._unread + len(data) > self._limits.unread_total:
            fullest = max(self._streams, key=lambda known: self.pending(known) + len(data) * (known == stream_id))
            self._drop(fullest)
            if fullest == stream_id:
                return
        # One event for a whole flood: the reader that it wakes takes everything that has come.
        if not stream.unread:
            self._events.append(StreamData(stream_id))
        stream.unread += data
        self._unread += len(data)

    def _ended(self, stream_id: int) -> None:
        stream = self._streams.get(stream_id)
        if stream is None or stream.ended:
            return
        stream.ended = True
        # There is no half-close. Both AWS programs close a connection in both directions on FIN, so the peer has
        # forgotten the id and would skip what we still send. What came before its FIN can still be taken.
        self._discard_unsent(stream_id)
        self._events.append(StreamEnded(stream_id))

    def _drop(self, stream_id: int) -> None:
        self._events.append(StreamReset(stream_id, self.pending(stream_id)))
        self._discard_unsent(stream_id)
        self._forget(stream_id)

    def _forget(self, stream_id: int) -> None:
        stream = self._streams.pop(stream_id, None)
        if stream is None:
            return
        self._unread -= len(stream.unread)
        # Behind the bytes that are queued: a FIN in front of them would cut them off. It is also sent when the peer has
        # closed first, or the peer would keep the id open.
        outlet = self._outlets[stream_id]
        outlet.fin = True
        self._queue(stream_id, outlet)

    def _break(self, reason: str) -> None:
        self.broken = True
        self._streams.clear()
        self._outlets.clear()
        self._turns.clear()
        self._unread = 0
        self._nop = False
        self._events.append(ProtocolBroken(reason))

    # -- sending

    @property
    def has_data_to_send(self) -> bool:
        """Whether :meth:`data_to_send` has something."""
        return self._nop or bool(self._turns)

    def data_to_send(self, max_bytes: int) -> bytes:
        """The next whole frames, together at most ``max_bytes``; empty when there is nothing to send.

        Each stream gives one frame a turn. Call it with the size of a channel payload, 1,024, and a full frame is one
        payload, so that no stream waits longer for its turn than there are streams. A frame of data is cut to fit only
        when it stands alone. Raises :class:`LocalProtocolError` when ``max_bytes`` holds no frame with data (9).
        """
        if max_bytes <= HEADER_SIZE:
            raise LocalProtocolError(f"no smux frame fits into {max_bytes} bytes")
        out = bytearray()
        if self._nop:
            self._nop = False
            out += encode(SmuxCommand.NOP)
        while self._turns:
            stream_id = self._turns[0]
            outlet = self._outlets[stream_id]
            room = max_bytes - len(out)
            wanted = HEADER_SIZE + (0 if outlet.syn else min(len(outlet.unsent), self._limits.frame))
            # Not cut to fill the payload: the rest would be one more header, and a small frame that waits a turn.
            if out and wanted > room:
                break
            self._turns.popleft()
            out += self._next_frame(stream_id, outlet, min(wanted, room) - HEADER_SIZE)
            self._end_turn(stream_id, outlet)
        return bytes(out)

    def _next_frame(self, stream_id: int, outlet: _Outlet, size: int) -> bytes:
        if outlet.syn:
            outlet.syn = False
            return encode(SmuxCommand.SYN, stream_id)
        if outlet.unsent:
            frame = encode(SmuxCommand.PSH, stream_id, outlet.unsent[:size])
            del outlet.unsent[:size]
            return frame
        outlet.fin = False
        del self._outlets[stream_id]
        return encode(SmuxCommand.FIN, stream_id)

    def _end_turn(self, stream_id: int, outlet: _Outlet) -> None:
        outlet.queued = False
        if not outlet.idle:
            self._queue(stream_id, outlet)
        # At half, not at the first byte that has gone: the local reader is woken once for 32 KiB instead of once a
        # frame.
        if outlet.full and len(outlet.unsent) <= self._limits.unsent // 2:
            outlet.full = False
            if self.writable(stream_id):
                self._events.append(StreamWritable(stream_id))

    def _queue(self, stream_id: int, outlet: _Outlet) -> None:
        if not outlet.queued:
            outlet.queued = True
            self._turns.append(stream_id)

    def _discard_unsent(self, stream_id: int) -> None:
        outlet = self._outlets[stream_id]
        outlet.unsent.clear()
        if outlet.queued and outlet.idle:
            outlet.queued = False
            self._turns.remove(stream_id)

    # -- keep-alive

    def next_deadline(self) -> float | None:
        """When to call :meth:`handle_timeout`; 0.0, which is at once, before the first `now`; None without
        keep-alives."""
        if not self._keepalive or self.broken:
            return None
        return 0.0 if self._nop_at is None else self._nop_at

    def handle_timeout(self, now: float) -> None:
        """Queue a NOP when it is due: one, however late the call, and none while one still waits to be sent.

        The peer's keepalive looks every 30 s whether any byte has come, and hangs up if not. Three missed ones in a row
        are no more alive than one, so they are not made up for.
        """
        deadline = self.next_deadline()
        if deadline is None or now < deadline:
            return
        self._nop = self._nop_at is not None
        self._nop_at = now + self._limits.keepalive

    def _start_clock(self, now: float) -> None:
        if self._nop_at is None:
            self._nop_at = now + self._limits.keepalive
