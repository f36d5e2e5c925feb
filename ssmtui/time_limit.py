"""An end for work in C that cannot be asked to stop: a person's own regular expression on somebody else's text.

Such a pattern can take for ever (``(a+)+b``). Python's ``re`` looks for signals while it matches, so a timer ends it:
of processor time, as a slow machine is no reason to give a pattern up. Windows has no such timer.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType

AVAILABLE = hasattr(signal, "setitimer")
"""Whether this system can stop a pattern."""


def usable() -> bool:
    """Whether a pattern can be stopped in the present thread: signals come to the main thread only."""
    return AVAILABLE and threading.current_thread() is threading.main_thread()


class Expired(Exception):
    """The time is over."""


class TimeLimit:
    """Raises :class:`Expired` in what runs within it once that has taken ``seconds`` of processor time.

    In the main thread only. A signal that comes when it is over does nothing.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._running = False

    def __enter__(self) -> None:
        self._running = True
        signal.signal(signal.SIGVTALRM, self._expire)
        signal.setitimer(signal.ITIMER_VIRTUAL, self._seconds)

    def __exit__(self, *_: object) -> None:
        self._running = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def _expire(self, _signal: int, _frame: FrameType | None) -> None:
        if self._running:
            raise Expired
