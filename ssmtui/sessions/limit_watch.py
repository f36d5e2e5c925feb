"""Announces that a session has little time left, and that it has more again: both happen by the clock alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LOOK_AGAIN = 5.0
"""Seconds between two looks while little is left: what is typed winds the idle timeout up again."""
MARGIN = 0.5
"""Seconds that a look comes after the moment that it is for, so that a viewer who asks then agrees."""


class LimitWatch:
    """The limits of one session. Call :meth:`look` once they are known, and again when they are others."""

    def __init__(self, until_little: Callable[[], float | None], changed: Callable[[], None]) -> None:
        """``until_little`` returns the seconds until little is left, less than 0 from then on, None where no limit is
        known; ``changed`` is called when that turns."""
        self._until_little = until_little
        self._changed = changed
        self._is_near = False
        self._timer: asyncio.TimerHandle | None = None

    def look(self) -> None:
        """Look now, and again when it may have turned, until :meth:`cancel`."""
        self.cancel()
        left = self._until_little()
        if left is None:
            return
        if (left < 0) is not self._is_near:
            self._is_near = left < 0
            self._changed()
        wait = LOOK_AGAIN if self._is_near else left + MARGIN
        self._timer = asyncio.get_running_loop().call_later(wait, self.look)

    def cancel(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
