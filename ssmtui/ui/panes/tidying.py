"""Memory of closed tabs: widgets refer to one another in circles, which only Python's collector finds."""

from __future__ import annotations

import gc
import time

TABS = 8
"""Closed tabs after which it is worth while: some megabytes."""
BUDGET = 0.016
"""Seconds of processor time that the screen may stand still for that: a frame."""
DELAY = 2.0
"""Seconds between the closing of a tab and a collection: timers keep what they were for until then."""


class Tidying:
    """Collects after some closed tabs; the longer it took, the more of them. Python by itself looks through what has
    lived for long only once there is a quarter more of it, which for this program is after hundreds of tabs."""

    def __init__(self) -> None:
        self._closed = 0
        self._enough = TABS

    def closed(self, tabs: int) -> bool:
        """So many tabs were closed; whether :meth:`collect` should be called soon."""
        self._closed += tabs
        return self._closed >= self._enough

    def collect(self) -> None:
        """Find what refers to itself alone, and free it."""
        if self._closed < self._enough:
            return
        self._closed = 0
        began = time.thread_time()
        gc.collect()
        took = time.thread_time() - began
        self._enough = int(TABS * max(1.0, took / BUDGET))
