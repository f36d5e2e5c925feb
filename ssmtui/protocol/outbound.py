"""The sending half: numbers, the window of unacknowledged frames, round trip and resends (protocol.md 4.2, 4.4).

It knows frames and time, not what the frames are for. Time stands still while there is no socket.

The rules are those of ``ResendStreamDataMessageScheduler`` and ``CalculateRetransmissionTimeout`` in the official
client (aws/session-manager-plugin, ``src/datachannel/streaming.go``), which is RFC 6298 with other first values and
bounds. Where this half does something else, the comment beside it says so.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from ssmtui.protocol.events import Counters
from ssmtui.protocol.limits import Limits, Role
from ssmtui.protocol.message import SYN, AgentMessage, MessageType, StampSource, hidden
from ssmtui.protocol.payloads import PayloadType


class RoundTrip:
    """The estimate of the time to an acknowledgement in seconds, with the official client's constants (section 4.2)."""

    INITIAL, INITIAL_TIMEOUT = 0.1, 0.2
    GRANULARITY, CEILING = 0.01, 1.0
    GAIN, VARIATION_GAIN = 1 / 8, 1 / 4

    def __init__(self) -> None:
        self.smoothed = self.INITIAL
        self.variation = 0.0
        self.timeout = self.INITIAL_TIMEOUT
        """How long a frame waits for its acknowledgement before it is sent again."""
        self.measured: float | None = None
        """Smoothed like the estimate, but from the first sample on: what a person is shown. None before it."""

    def sample(self, seconds: float) -> None:
        """Take in the measured time of one frame."""
        # From the estimate before this sample, as RFC 6298 section 2.3 demands: from the new one each deviation would
        # look smaller than it was, and frames would be resent too early.
        deviation = abs(self.smoothed - seconds)
        self.variation += self.VARIATION_GAIN * (deviation - self.variation)
        self.smoothed += self.GAIN * (seconds - self.smoothed)
        # The ceiling is the official client's: a person who waits for a key's echo waits no longer than this for a
        # frame that was lost. The granularity keeps a line without any jitter from being resent at the first late
        # packet.
        self.timeout = min(self.CEILING, self.smoothed + max(self.GRANULARITY, 4 * self.variation))
        before = seconds if self.measured is None else self.measured
        self.measured = before + self.GAIN * (seconds - before)


class Unsent(NamedTuple):
    """A frame that has no number yet, and so can still be overtaken or withdrawn."""

    payload_type: PayloadType
    payload: bytes
    paste: bool = False
    """A piece of an input too long for one frame."""

    def __repr__(self) -> str:
        return hidden(self, payload_type=self.payload_type.name, payload=len(self.payload))


class _Sent:
    """A numbered frame that is not acknowledged. Kept as its bytes: a resend repeats them, id, date and nonce included,
    so that nothing at the other end can take it for another frame."""

    __slots__ = ("age", "frame", "number", "proves", "resent", "sent_at", "size")

    def __init__(self, number: int, frame: bytes, size: int, proves: bool) -> None:
        self.number = number
        self.frame = frame
        self.size = size
        self.proves = proves
        """Its acknowledgement proves that the far end handles more than the handshake."""
        self.sent_at: float | None = None
        """When it last went out."""
        self.age = 0.0
        """Connected time at which it first went out."""
        self.resent = False
        """Whether it went out more than once, or on an earlier socket: its acknowledgement gives no round trip."""


class Outbound:
    """Numbers frames, keeps them until they are acknowledged and says which go out now. Nothing here raises.

    Ask :attr:`room`, then :meth:`put`, then :meth:`take` for what goes to the socket, then :meth:`next_deadline`.
    """

    def __init__(self, role: Role, stamp: StampSource, limits: Limits, counters: Counters) -> None:
        self._agent = role is Role.AGENT
        self._stream = MessageType.OUTPUT if self._agent else MessageType.INPUT
        self._stamp = stamp
        self._limits = limits
        self._counters = counters
        self._window: dict[int, _Sent] = {}
        self._waiting: deque[_Sent] = deque()
        """Numbered frames that have to go out, for the first time or again, in order."""
        self.next_number = 0
        """Of the frame that is numbered next."""
        self.reserved: int | None = None
        """Numbers from this one on may not be given yet; None: all may."""
        # One frame at a time until the agent has acknowledged one that is no handshake answer. Until its shell or port
        # is up, the agent refuses the frame that it expects (ErrHandlerNotReady), but acknowledges and keeps those that
        # come early (handleStreamDataMessage in aws/amazon-ssm-agent, agent/session/datachannel/datachannel.go). When
        # their turn comes and the handler fails, processIncomingMessageBufferItems drops out of its loop; we have
        # forgotten them by then, and the session stalls for good. Fast typing at the start is enough (section 4.4).
        self._proven = self._agent
        self._paced = False
        self._release_at = 0.0
        self._resend_from = 0.0
        self._connected_at: float | None = None
        self._connected_before = 0.0
        self.round_trip = RoundTrip()
        self.bytes = 0
        """Payload bytes in the window."""
        self.paused = False
        self.stalled = False

    @property
    def frames(self) -> int:
        """How many frames are numbered and unacknowledged."""
        return len(self._window)

    @property
    def free(self) -> int:
        """How many more frames may be numbered now; 0 or less when the window is full, or no number is reserved."""
        free = (self._limits.window if self._proven else 1) - len(self._window)
        return free if self.reserved is None else min(free, self.reserved - self.next_number)

    @property
    def oldest(self) -> int:
        """The lowest number that is not acknowledged: the peer expects no lower one."""
        front = self._front()
        return self.next_number if front is None else front.number

    @property
    def room(self) -> bool:
        """Whether one more frame may be numbered now."""
        return self.free > 0

    def put(self, unsent: Unsent) -> None:
        """Number a frame and keep it; :meth:`take` hands it out. Only while there is :attr:`room`."""
        # Number, store and queue in one step, before any socket sees the frame. The official client sends first and
        # counts afterwards: when its socket fails in between, the frame is lost and its number used again (section
        # 4.4).
        payload_type, payload = unsent.payload_type, unsent.payload
        number = self.next_number
        self.next_number += 1
        stamp = self._stamp()
        flags = SYN if self._agent and number == 0 else 0
        message = AgentMessage(self._stream, stamp.id_bytes, stamp.created, number, flags, payload_type, payload)
        proves = payload_type not in (PayloadType.HANDSHAKE_RESPONSE, PayloadType.ENC_CHALLENGE_RESPONSE)
        sent = _Sent(number, message.encode(), len(payload), proves)
        self._window[number] = sent
        self._waiting.append(sent)
        self.bytes += len(payload)

    def acknowledge(self, number: int, now: float) -> None:
        """Take the frame of that number out of the window, if there is one.

        One acknowledgement stands for one frame, never for those before it (section 4.1). An unknown number changes
        nothing: it is a second acknowledgement of a frame that went out twice.
        """
        sent = self._window.pop(number, None)
        if sent is None:
            return
        self.bytes -= sent.size
        # Karn's rule (RFC 6298 section 3), which the official client does not follow: the acknowledgement of a frame
        # that went out twice may belong to either sending, and would pull the estimate to nonsense in either direction.
        if sent.sent_at is not None and not sent.resent:
            self.round_trip.sample(now - sent.sent_at)
        if sent.proves:
            self._proven = True
        if self.stalled and not self._is_stale(now):
            self.stalled = False

    def take(self, now: float, out: list[bytes]) -> None:
        """Append to ``out`` the frames that go to the socket now."""
        if self._connected_at is None or self.paused:
            return
        while self._waiting and not (self._paced and now < self._release_at):
            sent = self._waiting.popleft()
            if sent.number not in self._window:
                continue  # acknowledged while it waited: what the lost socket carried may have arrived after all
            self._transmit(sent, now, out)
            if self._paced:
                # The pace is kept over a timer that fires late, but not without limit: after a second in which the
                # machine was busy, a thousand frames at once would be no pace at all.
                late_by = self._limits.replay_burst * self._limits.replay_pace
                self._release_at = max(self._release_at + self._limits.replay_pace, now - late_by)
        if not self._waiting:
            self._paced = False
        # Only the oldest frame, as the real peers do: the agent acknowledges each frame that it gets, so all others may
        # well be there, and resending the window on every loss would add to whatever made the line lose it.
        front = self._front_to_resend()
        if front is not None and now >= self._resend_deadline(front):
            self._resend_from = now + self._limits.resend_tick
            self._transmit(front, now, out)

    def connected(self, now: float) -> None:
        """There is a socket. What the last one may have lost goes out again in order, paced (section 4.2)."""
        # A pause does not outlive the connection of the end that was paused (section 4.5).
        self._connected_at = now
        self.paused = False
        self._replay(now)

    def disconnected(self, now: float) -> None:
        """The socket is gone; clocks stop, so that an hour without a network is not an hour of missing answers."""
        if self._connected_at is not None:
            self._connected_before += now - self._connected_at
            self._connected_at = None

    def unpause(self, now: float) -> None:
        """Send on after a pause: first what was numbered meanwhile, paced like a replay."""
        if self.paused:
            self.paused = False
            self._paced, self._release_at = bool(self._waiting), now

    def clear(self) -> None:
        """Forget every frame: the session is over."""
        self._window.clear()
        self._waiting.clear()
        self.bytes = 0
        self.stalled = False

    def next_deadline(self) -> float | None:
        """When :meth:`take` has something to give, or a stall is due, without any word from the peer; None for
        never."""
        if self._connected_at is None or self.paused or not self._window:
            return None
        due = []
        front = self._front_to_resend()
        if front is not None:
            due.append(self._resend_deadline(front))
        if self._waiting:
            due.append(self._release_at)
        if not self.stalled and (stall := self._stall_deadline()) is not None:
            due.append(stall)
        return min(due, default=None)

    def stall_is_due(self, now: float) -> bool:
        """Whether the oldest frame has just been unacknowledged for too long. True once, until :attr:`stalled` ends."""
        if self.stalled or not self._is_stale(now):
            return False
        self.stalled = True
        return True

    def _replay(self, now: float) -> None:
        # All of the window, where the official client leaves it to its scheduler: that resends one frame in 100 ms, so
        # a window of a thousand would take a hundred seconds. One frame a millisecond is the pace of the official
        # client's own input loop, so an agent is known to bear it (section 2.6); it handles frames in its read loop.
        self._waiting = deque(self._window.values())
        for sent in self._waiting:
            # Counted from the first sending, its round trip would include the time without a socket.
            sent.resent = sent.sent_at is not None
        self._paced, self._release_at = bool(self._waiting), now

    def _transmit(self, sent: _Sent, now: float, out: list[bytes]) -> None:
        if sent.sent_at is None:
            sent.age = self._connected_time(now)
        else:
            sent.resent = True
            self._counters.resent += 1
        sent.sent_at = now
        out.append(sent.frame)

    def _front(self) -> _Sent | None:
        return next(iter(self._window.values()), None)

    def _front_to_resend(self) -> _Sent | None:
        """The oldest frame, unless a replay is about to bring it anyway."""
        front = None if self._waiting else self._front()
        return front if front is not None and front.sent_at is not None else None

    def _resend_deadline(self, front: _Sent) -> float:
        assert front.sent_at is not None
        # Not before its own timeout, and never two resends within one tick. The official client forgets to store the
        # time of a resend, so that an old frame goes out at every tick however long the timeout (section 4.2).
        return max(front.sent_at + self.round_trip.timeout, self._resend_from)

    def _connected_time(self, now: float) -> float:
        running = now - self._connected_at if self._connected_at is not None else 0.0
        return self._connected_before + running

    def _stall_deadline(self) -> float | None:
        front = self._front()
        if front is None or front.sent_at is None or self._connected_at is None:
            return None
        # In connected time, from its first sending: frame by frame resends, and a reconnect, must not hide that nothing
        # has come through for seconds.
        return self._connected_at + (front.age + self._limits.stall - self._connected_before)

    def _is_stale(self, now: float) -> bool:
        deadline = self._stall_deadline()
        return deadline is not None and now >= deadline
