"""How much goes through something, in total and of late. Pure: time comes from the clock that it is given."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

PERIOD = 2.0
"""Seconds that one count of the history covers."""
PERIODS = 30
"""Counts that are kept: the last minute."""


class Traffic:
    """Bytes sent to and received from the node. ``clock`` returns seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.sent = 0
        self.received = 0
        self._clock = clock
        self._counts: deque[list[int]] = deque(maxlen=PERIODS + 1)
        """Period, sent, received: only periods in which anything went, the one that is under way last."""

    def add(self, sent: int, received: int) -> None:
        """Count bytes that have just gone."""
        self.sent += sent
        self.received += received
        period = int(self._clock() / PERIOD)
        if not self._counts or self._counts[-1][0] != period:
            self._counts.append([period, 0, 0])
        last = self._counts[-1]
        last[1] += sent
        last[2] += received

    @property
    def rates(self) -> tuple[float, float]:
        """Bytes a second sent and received of late: over one period that ends now."""
        now = self._clock() / PERIOD
        period, share = int(now), now % 1.0
        known = {count[0]: count for count in self._counts}
        none = [0, 0, 0]
        # What went in the period before counts by the share of it that the window still covers.
        before, under_way = known.get(period - 1, none), known.get(period, none)
        sent, received = ((1.0 - share) * before[way] + under_way[way] for way in (1, 2))
        return sent / PERIOD, received / PERIOD

    @property
    def history(self) -> tuple[tuple[int, int], ...]:
        """Sent and received in each of the last :data:`PERIODS` whole periods, the oldest first."""
        period = int(self._clock() / PERIOD)
        known = {count[0]: (count[1], count[2]) for count in self._counts}
        return tuple(known.get(one, (0, 0)) for one in range(period - PERIODS, period))
