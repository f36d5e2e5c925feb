"""How long work may hold the event loop, and how often a change reaches the screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

HELD = 0.004
"""Seconds that work may hold the loop: a quarter of a frame at 60 Hz, which leaves the rest for keys and drawing."""

FRAME = 1 / 60
"""Least seconds between two calls of a throttle: the screen draws no faster, so more would be redrawn unseen."""


class Throttle:
    """Calls ``action`` as soon as the loop is free, but at most once each ``interval``; requests in between become one
    call."""

    def __init__(self, action: Callable[[], None], interval: float = FRAME) -> None:
        self._action = action
        self._interval = interval
        self._last = float("-inf")
        self._timer: asyncio.TimerHandle | None = None

    @property
    def armed(self) -> bool:
        """Whether a call is still to come."""
        return self._timer is not None

    def request(self) -> None:
        """Call ``action`` soon."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(loop.time(), self._last + self._interval), self._fire)

    def cancel(self) -> None:
        """Drop a call that is still to come."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        self._timer = None
        self._last = asyncio.get_running_loop().time()
        self._action()


class Turns:
    """Lets the loop run in between, in work that would hold it for longer than a frame."""

    def __init__(self, budget: float = HELD) -> None:
        self._budget = budget
        self._end = time.perf_counter() + budget

    async def give(self) -> None:
        """Give the loop a turn if the budget is spent."""
        if time.perf_counter() > self._end:
            await asyncio.sleep(0)
            self._end = time.perf_counter() + self._budget
