"""How long to wait before the next attempt to reach a service: the official client's series, then a steady cap.

That client (aws/session-manager-plugin, ``src/retry/retryer.go``) gives up after five retries, some 3 to 6 seconds.
Here the series goes on, because a laptop that is carried to the next room needs longer, and the node's side waits for
it.
"""

from __future__ import annotations

import random

FIRST_LOW, FIRST_HIGH = 0.100, 0.199
"""Bounds of the first delay in seconds, chosen once for each series (protocol.md section 2.6)."""
CAP = 30.0
CAP_JITTER = 0.2
"""Share of the cap by which each capped delay is shortened at random, so that many sessions do not try in step."""


class Backoff:
    """Delays d, 2d, 4d and so on up to :data:`CAP`, without an end. Make a new one once a connection has held."""

    def __init__(self, dice: random.Random | None = None) -> None:
        # Chosen once for each series: fifty tabs that lose their network in the same moment come back spread over 100
        # ms, and with every doubling over more.
        self._dice = dice or random.Random()  # noqa: S311 (spreads load; keeps no secret)
        self._next = self._dice.uniform(FIRST_LOW, FIRST_HIGH)

    def delay(self) -> float:
        """Seconds until the next attempt."""
        delay = self._next
        self._next = min(delay * 2, CAP)
        return delay * (1 - CAP_JITTER * self._dice.random()) if delay >= CAP else delay
