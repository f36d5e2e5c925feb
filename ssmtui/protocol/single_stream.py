"""A Port session that carries one connection at a time, sans-I/O (protocol.md section 6.4): the modes basic and raw.

The same face as :class:`ssmtui.protocol.smux.Smux` has, so that what carries connections need not know the mode. In
basic mode connections follow each other: a flag announces each end to the agent, which dials again when the first bytes
of the next one come. A raw session is one connection from its start to its end.

Nothing on the wire separates one connection's bytes from the next one's. What keeps them apart is the order in which
the real agent does things (aws/amazon-ssm-agent, ``agent/session/plugins/port/port_basic.go``): its reader of frames
closes the connection at the flag, its reader of the connection notices that a moment later, and the next bytes dial.
"""

from __future__ import annotations

from ssmtui.errors import LocalProtocolError
from ssmtui.protocol.payloads import Flag
from ssmtui.protocol.smux import SmuxEvent, StreamData, StreamWritable
from ssmtui.protocol.versions import PortMode

UNSENT = 65_536
"""Bytes waiting to be sent above which a stream is not writable; also the most that one send takes."""


class SingleStream:
    """The client's end. Streams are numbered 1, 2, 3; at most one is open. Nothing that the peer sends raises here.

    The agent never says that the destination has closed its connection, so no stream ends but by our own close.
    What a local reader does not take is held without a bound: the caller must stop reading the session meanwhile, see
    :attr:`backlog`.
    """

    broken = False

    def __init__(self, mode: PortMode) -> None:
        if mode is PortMode.MUX:
            raise LocalProtocolError("a multiplexer carries more than one connection")
        self._mode = mode
        self._id = 0
        self._open = False
        self._unread = bytearray()
        self._unsent = bytearray()
        self._full = False
        self._hang_up_due = False
        """The flag that ends the connection has to be sent, behind all of its bytes."""
        self._awaits_drain = False
        """The flag is on its way, and the agent may not have it yet: bytes sent now could reach the old connection."""
        self._stale = False
        """What comes belongs to a connection that has ended: the agent has been given nothing to dial again for."""
        self._events: list[SmuxEvent] = []

    # -- streams

    @property
    def can_open(self) -> bool:
        """Whether :meth:`open` has room: no stream is open, and the flag for the end of the last one has been sent."""
        return not self._open and not self._hang_up_due and (self._mode is PortMode.BASIC or self._id == 0)

    def open(self, now: float) -> int:
        """Take the line and return the stream's id. Raises :class:`LocalProtocolError` when :attr:`can_open` says
        no."""
        if not self.can_open:
            raise LocalProtocolError("this port session carries one connection at a time")
        self._id += 1
        self._open = True
        if self._unread:
            # The agent dials when the session starts, and a service may speak first.
            self._events.append(StreamData(self._id))
        return self._id

    def writable(self, stream_id: int) -> bool:
        """Whether :meth:`send` takes bytes: the stream is open and not too much is waiting."""
        return self._is_open(stream_id) and not self._full

    def send(self, stream_id: int, data: bytes) -> None:
        """Queue bytes, at most :data:`UNSENT` of them. Raises :class:`LocalProtocolError` when not :meth:`writable`:
        wait for :class:`StreamWritable`."""
        if not self.writable(stream_id):
            raise LocalProtocolError(f"stream {stream_id} takes no bytes now")
        if len(data) > UNSENT:
            raise LocalProtocolError(f"{len(data)} bytes at once for stream {stream_id}")
        self._unsent += data
        self._full = len(self._unsent) >= UNSENT

    def unsent(self, stream_id: int) -> int:
        """Bytes that wait to be sent."""
        return len(self._unsent) if stream_id == self._id else 0

    def close(self, stream_id: int) -> None:
        """Send what is queued, then the flag; what comes for the stream is discarded. A second call does nothing.

        In a raw session there is no flag: the agent would take it for an error (section 6.4).
        """
        if not self._is_open(stream_id):
            return
        self._open = False
        self._stale = True
        self._unread.clear()
        self._hang_up_due = self._mode is PortMode.BASIC

    def pending(self, stream_id: int) -> int:
        """Bytes that can be taken."""
        return len(self._unread) if self._is_open(stream_id) else 0

    def take(self, stream_id: int, limit: int) -> bytes:
        """The next received bytes, at most ``limit``; empty when there are none or the stream is gone."""
        if not self._is_open(stream_id) or limit <= 0:
            return b""
        taken = bytes(self._unread[:limit])
        del self._unread[:limit]
        return taken

    @property
    def backlog(self) -> int:
        """Bytes that can be taken, or could be if the stream were open yet."""
        return len(self._unread)

    def events(self) -> list[SmuxEvent]:
        """What has happened since the last call, oldest first."""
        events, self._events = self._events, []
        return events

    # -- receiving

    def receive(self, data: bytes, now: float) -> None:
        """Take the next bytes from the destination."""
        # An answer to the last connection, which was on its way when that was closed. The next connection's program
        # must not read it: it may be another program, and another user of this machine.
        if self._stale:
            return
        if self._open and not self._unread and data:
            self._events.append(StreamData(self._id))
        self._unread += data

    # -- sending

    @property
    def has_data_to_send(self) -> bool:
        """Whether :meth:`data_to_send` has something."""
        return bool(self._unsent) and not self._awaits_drain

    def data_to_send(self, max_bytes: int) -> bytes:
        """The next bytes, at most ``max_bytes``; empty when there is nothing to send."""
        # While the agent may not have handled the flag, these bytes would go into the connection that it is about to
        # close.
        if not self.has_data_to_send:
            return b""
        data = bytes(self._unsent[:max_bytes])
        del self._unsent[:max_bytes]
        if self._open:
            self._stale = False  # with these bytes the agent dials anew
        if self._full and len(self._unsent) <= UNSENT // 2:
            self._full = False
            if self._open:
                self._events.append(StreamWritable(self._id))
        return data

    def flag_to_send(self) -> Flag | None:
        """The flag that is due, once: send it, and call :meth:`drained` when all that was sent is acknowledged."""
        # Behind the last bytes, which would otherwise find the connection closed.
        if not self._hang_up_due or self._unsent:
            return None
        self._hang_up_due = False
        self._awaits_drain = True
        return Flag.DISCONNECT_TO_PORT

    def drained(self) -> None:
        """The agent has acknowledged everything, the flag included: its reader of frames closes the connection before
        it acknowledges that, and all that it had sent before has come."""
        self._awaits_drain = False

    # -- time

    def next_deadline(self) -> float | None:
        """Nothing waits for a time."""
        return None

    def handle_timeout(self, now: float) -> None:
        """Nothing waits for a time."""

    def _is_open(self, stream_id: int) -> bool:
        return self._open and stream_id == self._id
