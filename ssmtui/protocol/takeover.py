"""Going on with a live session that another client began (protocol.md section 12).

A client that takes a session over knows neither the number of the output that comes next nor the number of input that
the agent expects. :class:`TakenInbound` learns the first from what the agent resends, :class:`InputSearch` gets past
the second with frames that do nothing: sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, replace

from ssmtui.model import TerminalSize
from ssmtui.protocol import payloads
from ssmtui.protocol.inbound import Arrival, Inbound
from ssmtui.protocol.limits import Limits
from ssmtui.protocol.message import AgentMessage, MessageType, StampSource
from ssmtui.protocol.payloads import PayloadType

SETTLE = 0.3
"""Seconds without a lower number after which the lowest one that the agent resends counts as its oldest."""
PATIENCE = 10.0
"""Seconds after which the lowest number counts so without having come again: nine of the agent's longest timeouts. Only
an agent whose buffer was full sends a frame that it does not keep."""
IN_FLIGHT = 64
"""Sizes that may be unacknowledged: the agent handles them one by one in its read loop."""
RESEND = 1.0
"""Seconds without its acknowledgement after which a size is sent again."""
STEPS = (256, 1_024, 4_096, 16_384, 65_536)
"""Numbers up to which sizes are sent where no bound is known, with a question after each. Beyond the last one the
agent's number is taken for passed: each key is a number, and a person does not type so many within one session."""
TRIES = 3
"""Times that a question is asked before no answer counts as one."""
MARGIN = 64
"""Numbers from the agent's own one on that are covered as well where no bound is known: input of the client before may
wait there for one that was lost."""
UNREADABLE = b'{"cols":"","rows":""}'
"""A size that no agent can read."""


@dataclass(frozen=True, slots=True)
class InputBounds:
    """Between which numbers the agent's next expected one lies."""

    low: int = 0
    """It expects no lower one: all below are acknowledged."""
    high: int | None = None
    """It expects no higher one: no client has sent it. None where nobody knows."""
    output: int = 0
    """Output with lower numbers was shown by the client before."""


class TakenInbound(Inbound):
    """Output of a session that was taken over. It begins at a number that only the agent knows.

    Two things follow from how the real agent resends (``ResendStreamDataMessageScheduler`` in its ``datachannel.go``):
    always the oldest frame that is not acknowledged, and no other. So a frame that comes a second time, without having
    been acknowledged by us, was the oldest: the ones before it were acknowledged to the client before us, and will not
    come again. For that to hold, nothing is acknowledged before its turn. And as acknowledgements are single, numbers
    may be missing anywhere among those that the client before us has received; they are passed over in the same way.
    """

    def __init__(self, limits: Limits, first: int) -> None:
        """``first``: no lower number is of interest."""
        super().__init__(limits)
        self.expected = first
        self.missing = 0
        """Frames that were passed over and not reported yet."""
        self._settled = False
        self._arrived: set[int] = set()
        """Held numbers that have come on this socket."""
        self._repeated: set[int] = set()
        """Those that have come more than once on it."""
        self._lowest: int | None = None
        self._lowest_since = 0.0

    def judge(self, message: AgentMessage, now: float) -> Arrival:
        """As for any channel; but a frame that is not the next one is held without being acknowledged."""
        number = message.sequence
        ahead = number - self.expected
        if ahead < 0:
            return Arrival.DUPLICATE if number >= 0 else Arrival.REFUSED
        if ahead == 0:
            # Also before anything is known: there is nothing of interest below.
            self._settled = True
            return Arrival.NEXT
        if number in self._early:
            (self._repeated if number in self._arrived else self._arrived).add(number)
            return Arrival.HELD_AGAIN
        if len(self._early) >= self._limits.incoming:
            if self._settled or number > max(self._early):
                return Arrival.REFUSED
            # The agent's oldest comes last where the service had kept newer ones, and there must be room for it.
            del self._early[max(self._early)]
        self._early[number] = message
        self._arrived.add(number)
        if self._lowest is None or number < self._lowest:
            self._lowest, self._lowest_since = number, now
        if self._settled and self._gap_deadline is None:
            self._gap_deadline = now + self._limits.gap
        return Arrival.HELD

    def release(self, now: float) -> Iterable[AgentMessage]:
        """As for any channel. Acknowledge what follows as you take it."""
        self._forget(self.expected)
        return self._noting(super().release(now), now)

    def _noting(self, followers: Iterable[AgentMessage], now: float) -> Iterable[AgentMessage]:
        for follower in followers:
            self._forget(follower.sequence)
            yield follower
        lowest = min(self._early, default=None)
        if lowest != self._lowest:
            self._lowest, self._lowest_since = lowest, now

    def _forget(self, number: int) -> None:
        self._arrived.discard(number)
        self._repeated.discard(number)

    def connected(self, now: float) -> None:
        """On each socket the agent has to resend a frame anew to show that it is its oldest: a service that keeps
        frames for a client may give one again."""
        if self._settled:
            super().connected(now)
        self._arrived.clear()
        self._repeated.clear()
        self._lowest_since = now

    def next_deadline(self) -> float | None:
        """When the gap has to be reported, or a number may have become known."""
        return min((one for one in (self._found_at(), super().next_deadline()) if one is not None), default=None)

    def found(self, now: float) -> AgentMessage | None:
        """The oldest frame that the agent has, once that is known by ``now``: it is the next one, whatever is missing
        before it. Deliver it as one whose turn it is."""
        due = self._found_at()
        if due is None or now < due:
            return None
        assert self._lowest is not None
        if self._settled:
            self.missing += self._lowest - self.expected
        self._settled = True
        self.expected = self._lowest
        return self._early.pop(self._lowest)

    def _found_at(self) -> float | None:
        if self._lowest is None:
            return None
        if self._lowest in self._repeated:
            return self._lowest_since + SETTLE
        # Once it is known where the output stands, only the agent's own word makes anything be passed over: it may take
        # any time to come to a frame of which there are thousands before it.
        return None if self._settled else self._lowest_since + PATIENCE


class InputSearch:
    """The way past the number of input that the agent expects, unknown but for its bounds.

    The agent acknowledges a number below the expected one and ignores it; it handles the expected one; and it keeps one
    above until its turn and acknowledges it. An acknowledgement does not say which of it. So sizes, which do no harm,
    are sent from the upper bound down to the lower one, and what is typed comes after. Downwards, because input of the
    client before may still wait in the agent for a number that was lost, and that number would release it, with a hole
    in it: a later frame of the same number takes its place (``AddDataToIncomingMessageBuffer``).

    Where there is no upper bound, sizes are sent in :data:`STEPS`. After each the next number is asked about, with a
    size that nobody can read. The agent acknowledges the expected number only once it is handled, and this one never
    is: so it is acknowledged, like any, where the expected number is higher, and otherwise the expected number is that
    very one, because the sizes before it have led up to it. The size before it is sent again behind it: when that is
    acknowledged, the question would have been. An agent that acknowledges it in any case gets all the sizes, which
    changes nothing.
    """

    def __init__(self, bounds: InputBounds, stamp: StampSource, limits: Limits) -> None:
        """``stamp`` gives each frame its id and date."""
        self.bounds = bounds
        self.size = TerminalSize(80, 24)
        """That of the terminal. May be set at any time."""
        self.seen = bounds.high is not None
        """Whether it is certain that the agent handles what comes next."""
        self.done = False
        self.stalled = False
        self.number = bounds.low
        """The first one that was not sent. Once this is done, what is typed begins with it."""
        self._stamp = stamp
        self._stall = limits.stall
        self._window: dict[int, tuple[bytes, float | None]] = {}
        """What is not acknowledged, with the time at which it was sent last."""
        self._question: tuple[int, bytes] | None = None
        """The number that is asked about, and the frame."""
        self._is_answered = False
        self._heard_at = 0.0
        self._connected = False
        self._script = self._run()
        self._awaited: Callable[[], bool] = lambda: True

    @property
    def frames(self) -> int:
        """How many are not acknowledged."""
        return len(self._window)

    def connected(self, now: float) -> None:
        """On a new socket all is sent again that is not acknowledged."""
        self._connected, self._heard_at = True, now
        self._window = {number: (frame, None) for number, (frame, _) in self._window.items()}

    def disconnected(self) -> None:
        """The clocks stop."""
        self._connected = False

    def acknowledge(self, number: int, now: float) -> None:
        """The agent has acknowledged ``number``, of whichever client's."""
        if self._question is not None and number == self._question[0]:
            self._is_answered = True
        if self._window.pop(number, None) is not None:
            self._heard_at, self.stalled = now, False

    def take(self, now: float, out: list[bytes]) -> None:
        """Append to ``out`` the frames that go to the socket now."""
        while not self.done and self._awaited():
            awaited = next(self._script, None)
            if awaited is None:
                self.done = True
            else:
                self._awaited = awaited
        for number, (frame, sent_at) in self._window.items():
            if sent_at is None or now >= sent_at + RESEND:
                # An acknowledgement of the question comes before that of this one.
                out += [frame] if self._question is None else [self._question[1], frame]
                self._window[number] = frame, now

    def next_deadline(self) -> float | None:
        """When :meth:`take` has something to give, or a stall is due, without a word from the agent; None for never."""
        if not self._connected or not self._window:
            return None
        due = [sent_at + RESEND for _, sent_at in self._window.values() if sent_at is not None]
        return min(due if self.stalled else [*due, self._heard_at + self._stall], default=None)

    def stall_is_due(self, now: float) -> bool:
        """Whether the agent has just been silent for too long. True once, until :attr:`stalled` ends."""
        if self.stalled or not self._window or now < self._heard_at + self._stall:
            return False
        self.stalled = True
        return True

    def _run(self) -> Iterator[Callable[[], bool]]:
        low, high = self.bounds.low, self.bounds.high
        if high is not None:
            yield from self._cover(low, high)
            return
        for step in STEPS:
            if step <= low:
                continue
            yield from self._cover(low, step)
            if (yield from self._is_expected(step)):
                self.seen = True
                yield from self._cover(step, step + MARGIN)
                return
            low = step

    def _cover(self, low: int, high: int) -> Iterator[Callable[[], bool]]:
        self.number = max(self.number, high)
        for number in range(high - 1, low - 1, -1):
            # The lowest one alone, because it may be the expected one, which sets all others going.
            room = 1 if number == low else IN_FLIGHT
            yield lambda room=room: len(self._window) < room  # type: ignore[misc]
            self._window[number] = self._frame(number, payloads.encode_size(self.size)), None
        yield lambda: not self._window

    def _is_expected(self, number: int) -> Generator[Callable[[], bool], None, bool]:
        self._is_answered = False
        self._question = number, self._frame(number, UNREADABLE)
        for _ in range(TRIES):
            self._window[number - 1] = self._frame(number - 1, payloads.encode_size(self.size)), None
            yield lambda: not self._window
        self._question = None
        return not self._is_answered

    def _frame(self, number: int, payload: bytes) -> bytes:
        return _size_frame(self._stamp, number, payload)


class OtherClientCheck:
    """Whether another client has gone on with the session of this one, which then must not speak any more: what it
    types would be acknowledged and thrown away.

    The agent is asked as in :class:`InputSearch`. It expects this client's next number, unless somebody else has sent
    that: a size that it cannot read, with that number, is acknowledged only then. Behind it goes one with the number
    before, which is acknowledged in any case.
    """

    def __init__(self, number: int, stamp: StampSource) -> None:
        """``number``, at least 1, is the next one; all before it are acknowledged, and none is given meanwhile."""
        self.is_there: bool | None = None
        """None until it is known. Where nothing is acknowledged at all, nobody is."""
        self._number = number
        harmless = payloads.encode_size(TerminalSize(80, 24))
        self._frames = _size_frame(stamp, number, UNREADABLE), _size_frame(stamp, number - 1, harmless)
        self._sent_at: float | None = None
        self._left = TRIES

    def acknowledge(self, number: int) -> bool:
        """The agent has acknowledged ``number``, of whichever client's. Returns whether that has just shown that
        another client is there."""
        if self.is_there is not None or number not in (self._number, self._number - 1):
            return False
        self.is_there = number == self._number
        return self.is_there

    def take(self, now: float, out: list[bytes]) -> None:
        """Append to ``out`` the frames that go to the socket now."""
        if self.is_there is not None or (self._sent_at is not None and now < self._sent_at + RESEND):
            return
        if self._left == 0:
            self.is_there = False
            return
        self._left -= 1
        self._sent_at = now
        out += self._frames

    def next_deadline(self) -> float | None:
        """When :meth:`take` does something without a word from the agent; None for never."""
        return None if self._sent_at is None or self.is_there is not None else self._sent_at + RESEND


def _size_frame(stamp: StampSource, number: int, payload: bytes) -> bytes:
    mark = stamp()
    return AgentMessage(MessageType.INPUT, mark.id_bytes, mark.created, number, 0, PayloadType.SIZE, payload).encode()


def another(size: TerminalSize) -> TerminalSize:
    """A size that differs by a row."""
    less = replace(size, rows=size.rows - 1)
    return less if less != size else replace(size, rows=size.rows + 1)
