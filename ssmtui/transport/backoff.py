"""How long to wait before the next attempt to reach a service: the official client's series, then a steady cap."""

from __future__ import annotations

import random

FIRST_LOW, FIRST_HIGH = 0.100, 0.199
"""Bounds of the first delay in seconds, chosen once for each series (protocol.md section 2.6)."""
CAP = 30.0
CAP_JITTER = 0.2
"""Share of the cap by which each capped delay is shortened at random, so that many sessions do not try in step."""


class Backoff:
    """Delays d, 2d, 4d and so on up to :data:`CAP`, then for as long as they are asked for."""

    def __init__(self, dice: random.Random | None = None) -> None:
        self._dice = dice or random.Random()  # noqa: S311 (spreads load; keeps no secret)
        self._next = self._dice.uniform(FIRST_LOW, FIRST_HIGH)

    def delay(self) -> float:
        """Seconds until the next attempt."""
        delay = self._next
        self._next = min(delay * 2, CAP)
        return delay * (1 - CAP_JITTER * self._dice.random()) if delay >= CAP else delay
