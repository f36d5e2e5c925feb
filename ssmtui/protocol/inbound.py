"""The receiving half: which number comes next, what came too early, what came before (protocol.md section 4.3).

It decides; acknowledging and handling are the channel's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum

from ssmtui.protocol.limits import Limits
from ssmtui.protocol.message import AgentMessage


class Arrival(Enum):
    """What to do with a stream frame."""

    NEXT = "acknowledge and handle, then what follows it"
    EARLY = "acknowledge; it is held"
    DUPLICATE = "acknowledge again, do not handle"
    REFUSED = "neither: its number is nonsense or too far ahead to be held"


class Inbound:
    """Puts the peer's frames back into order. Holds at most ``limits.incoming`` of them."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._early: dict[int, AgentMessage] = {}
        self._gap_deadline: float | None = None
        self.expected = 0
        self.gap_reported = False

    @property
    def held(self) -> int:
        """How many frames wait for an earlier one."""
        return len(self._early)

    def judge(self, message: AgentMessage, now: float) -> Arrival:
        """Say what to do with ``message``, and hold it when it is early."""
        ahead = message.sequence - self.expected
        if ahead == 0:
            return Arrival.NEXT
        if ahead < 0:
            return Arrival.DUPLICATE if message.sequence >= 0 else Arrival.REFUSED
        if message.sequence in self._early:
            return Arrival.DUPLICATE
        if ahead > self._limits.incoming:
            return Arrival.REFUSED
        self._early[message.sequence] = message
        if self._gap_deadline is None:
            self._gap_deadline = now + self._limits.gap
        return Arrival.EARLY

    def release(self, now: float) -> Iterable[AgentMessage]:
        """Count the next frame as come; the held frames that follow it without a gap."""
        self.expected += 1
        return self._followers(now) if self._early else ()

    def _followers(self, now: float) -> Iterator[AgentMessage]:
        while (held := self._early.pop(self.expected, None)) is not None:
            self.expected += 1
            yield held
        self._gap_deadline = now + self._limits.gap if self._early else None

    def connected(self, now: float) -> None:
        """Start the gap's clock anew: while the socket was gone, nothing could fill it."""
        self._gap_deadline = now + self._limits.gap if self._early else None

    def next_deadline(self) -> float | None:
        """When the present gap is to be reported."""
        return None if self.gap_reported else self._gap_deadline

    def gap_is_due(self, now: float) -> bool:
        """Whether a gap has just become old enough to be reported."""
        deadline = self.next_deadline()
        if deadline is None or now < deadline:
            return False
        self.gap_reported = True
        return True

    def gap_is_filled(self) -> bool:
        """Whether the reported gap, and all behind it, has just been filled."""
        if not self.gap_reported or self._early:
            return False
        self.gap_reported = False
        return True
