"""How long a session may still last: without input, and in all. Pure functions of what is known: ``now`` comes in.

The service enforces both limits and announces neither; the node's agent knows neither (protocol.md sections 1.1 and
8.2). So the countdown is worked out from the document and from what the service says of the session.
"""

from __future__ import annotations

from ssmtui.model import SessionDocument, SessionRecord

DEFAULT_IDLE_MINUTES = 20
"""The service's idle limit where neither the document nor the account's preferences set one."""
MINUTE = 60.0
AGREEING = 60.0
"""Seconds by which the service's clock and this machine's may differ for the service's time of the start to be used."""
LITTLE_LEFT, LITTLE_SHARE = 300.0, 0.25
"""Seconds, and the share of the limit, below which the end of a session is worth a warning: the lesser of both, or a
session of hours would warn for hours."""


def warned_at(limit: float) -> float:
    """Seconds that are left of ``limit`` when its end is worth a warning."""
    return min(LITTLE_LEFT, LITTLE_SHARE * limit)


class SessionClocks:
    """The idle limit and the time limit of one session."""

    def __init__(self, *, began_elsewhere: bool = False, started: float | None = None) -> None:
        """``began_elsewhere``: another client started the session, at ``started`` in seconds since the epoch where that
        is known."""
        self.idle_limit: float | None = None
        """Seconds without input after which the service ends the session; None while unknown."""
        self.time_limit: float | None = None
        """Seconds that it may last; None when unknown or unlimited."""
        self._began_elsewhere = began_elsewhere
        self._started = started

    @property
    def started(self) -> float | None:
        """When it was started, as far as is known, in seconds since the epoch; None before."""
        return self._started

    def start(self, now: float) -> None:
        """StartSession has answered; ``now`` is wall time, in seconds since the epoch. Only the first call counts, and
        none where the session began elsewhere."""
        if self._started is None and not self._began_elsewhere:
            self._started = now

    def learn(self, own: SessionDocument | None, preferences: SessionDocument | None) -> None:
        """Take in the document that the session runs, and the account's preferences, which are the same document for a
        default shell; None for one that could not be read.

        Nothing is guessed: the service's default counts only when both could be read. A countdown that is wrong is
        worse than none.
        """
        if own is None or not own.complete:
            return
        idle, longest = own.idle_minutes, own.max_minutes
        if preferences is not None and preferences.complete:
            idle = idle or preferences.idle_minutes or DEFAULT_IDLE_MINUTES
            longest = longest or preferences.max_minutes
        self.idle_limit = None if idle is None else idle * MINUTE
        self.time_limit = None if longest is None else longest * MINUTE

    def learn_record(self, record: SessionRecord | None) -> None:
        """Take in what DescribeSessions says of the session, which overrides the documents. The service's time of the
        start counts, unless its clock and this machine's differ by more than :data:`AGREEING`. Where nobody else knows
        when it began, it counts in any case."""
        if record is None:
            return
        if record.max_minutes is not None:
            self.time_limit = record.max_minutes * MINUTE
        started, ours = record.started, self._started
        if started is None:
            return
        agrees = ours is not None and abs(started.timestamp() - ours) < AGREEING
        if agrees or (ours is None and self._began_elsewhere):
            self._started = started.timestamp()

    def until_little(self, idle_for: float | None, now: float) -> float | None:
        """Seconds until little is left of one of the limits, less than 0 from then on; None where none is known. The
        arguments are those of :meth:`idle_left` and :meth:`time_left`."""
        clocks = ((self.idle_left(idle_for), self.idle_limit), (self.time_left(now), self.time_limit))
        return min(
            (left - warned_at(limit) for left, limit in clocks if left is not None and limit is not None), default=None
        )

    def idle_left(self, idle_for: float | None) -> float | None:
        """Seconds until the service ends it for want of input, ``idle_for`` seconds after the last; None if not
        known."""
        if self.idle_limit is None or idle_for is None:
            return None
        return max(0.0, self.idle_limit - idle_for)

    def time_left(self, now: float) -> float | None:
        """Seconds until the service ends it in any case; None if that is not known, or never."""
        if self.time_limit is None or self._started is None:
            return None
        return max(0.0, self.time_limit - max(0.0, now - self._started))
