"""The receiving half: which number comes next, what came too early, what came before (protocol.md section 4.3).

It decides; acknowledging and handling are the channel's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum

from ssmtui.protocol.limits import Limits
from ssmtui.protocol.message import AgentMessage


class Arrival(Enum):
    """How a stream frame comes, and what to do with it."""

    NEXT = "acknowledge and handle, then what follows it"
    EARLY = "acknowledge; it is held"
    DUPLICATE = "acknowledge again, do not handle"
    REFUSED = "neither: its number is nonsense or too far ahead to be held"
    HELD = "not acknowledged yet; it is held"
    HELD_AGAIN = "the same, and it has come before"


class Inbound:
    """Puts the peer's frames back into order. Holds at most ``limits.incoming`` of them; nothing here raises.

    A frame's number is all that counts. Frames are lost with a socket, and come twice after it: each end resends what
    is not acknowledged, and the acknowledgements are lost with the socket as well (section 2.6).
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._early: dict[int, AgentMessage] = {}
        self._gap_deadline: float | None = None
        self.expected = 0
        """The number of the frame that is handled next. It survives every socket: a new count would make each resent
        frame look early, and each new one like a duplicate."""
        self.gap_reported = False

    @property
    def held(self) -> int:
        """How many frames wait for an earlier one."""
        return len(self._early)

    def judge(self, message: AgentMessage, now: float) -> Arrival:
        """Say what to do with ``message``, and hold it when it is early. After NEXT, call :meth:`release`."""
        ahead = message.sequence - self.expected
        if ahead == 0:
            return Arrival.NEXT
        if ahead < 0:
            # Handling it again would print or type its bytes twice. A negative number is no count at all.
            return Arrival.DUPLICATE if message.sequence >= 0 else Arrival.REFUSED
        if message.sequence in self._early:
            # The later one counts, as in the real peers (AddDataToIncomingMessageBuffer). An honest peer's two are the
            # same; a client that takes a session over puts its own in the place of what the one before had sent.
            self._early[message.sequence] = message
            return Arrival.DUPLICATE
        if ahead > self._limits.incoming:
            # A bound on numbers ahead bounds the memory, too. Refused, not acknowledged: acknowledging a frame is a
            # promise to keep it, and the peer would forget it (section 4.3).
            return Arrival.REFUSED
        self._early[message.sequence] = message
        if self._gap_deadline is None:
            self._gap_deadline = now + self._limits.gap
        return Arrival.EARLY

    def release(self, now: float) -> Iterable[AgentMessage]:
        """Count the expected frame as handled, and give the held frames that follow it without a gap.

        An iterator: each frame counts as handled when it is taken from it, so that a session that ends on the way does
        not handle the rest.
        """
        self.expected += 1
        return self._followers(now) if self._early else ()

    def _followers(self, now: float) -> Iterator[AgentMessage]:
        while (held := self._early.pop(self.expected, None)) is not None:
            self.expected += 1
            yield held
        # A lost frame comes again at one in 100 ms, oldest first (section 11 row 6), so a burst of losses is a row of
        # gaps. Each gets its full time before it is reported.
        self._gap_deadline = now + self._limits.gap if self._early else None

    def connected(self, now: float) -> None:
        """Restart the gap's clock: while the socket was gone, nothing could fill it."""
        self._gap_deadline = now + self._limits.gap if self._early else None

    def next_deadline(self) -> float | None:
        """When the present gap has to be reported; None for no gap, or one that has been."""
        return None if self.gap_reported else self._gap_deadline

    def gap_is_due(self, now: float) -> bool:
        """Whether a gap has just become old enough to be reported. True once for each gap."""
        if self.gap_reported or self._gap_deadline is None or now < self._gap_deadline:
            return False
        self.gap_reported = True
        return True

    def gap_is_filled(self) -> bool:
        """Whether the reported gap, and all behind it, has just been filled."""
        if not self.gap_reported or self._early:
            return False
        self.gap_reported = False
        return True
