"""Stops work in C that cannot be asked to stop: a person's own regular expression on untrusted text.

Such a pattern can take for ever (``(a+)+b``). Python's ``re`` looks for signals while it matches, so a timer ends it.
What counts is the processor time of the thread that matches: a slow machine is no reason to give a pattern up, and
neither are other threads of the program that are busy meanwhile. Windows has no such timer.
"""

from __future__ import annotations

import gc
import signal
import threading
import time
from types import FrameType

AVAILABLE = hasattr(signal, "setitimer")
"""Whether this system can stop a pattern."""


def usable() -> bool:
    """Whether a pattern can be stopped in the present thread: signals come to the main thread only."""
    return AVAILABLE and threading.current_thread() is threading.main_thread()


SHORTEST = 0.001
"""Seconds for which the timer is set at least; 0 would switch it off."""


class Expired(Exception):
    """The time is over."""


class TimeLimit:
    """Raises :class:`Expired` in what runs within it once that has taken ``seconds`` of its own processor time.

    In the main thread only, and not within another one. A signal that comes when it is over does nothing.

    The garbage collector waits meanwhile: its work on the whole program's objects would count as the pattern's, and an
    exception that is raised within one of its callbacks is printed and dropped, so that the pattern would never end.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until = 0.0
        self._running = False
        self._collecting = False

    def __enter__(self) -> None:
        self._collecting = gc.isenabled()
        gc.disable()
        self._until = time.thread_time() + self._seconds
        self._running = True
        signal.signal(signal.SIGVTALRM, self._expire)
        signal.setitimer(signal.ITIMER_VIRTUAL, self._seconds)

    def __exit__(self, *_: object) -> None:
        self._running = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if self._collecting:
            gc.enable()

    def _expire(self, _signal: int, frame: FrameType | None) -> None:
        # Within __exit__ it is over: raised there, it would leave the timer set and the collector off.
        if not self._running or (frame is not None and frame.f_code is TimeLimit.__exit__.__code__):
            return
        # The timer runs on the processor time of the whole process. While other threads parse a listing's pages it
        # goes off long before this thread has had its share; then it is set again for what is left of that.
        left = self._until - time.thread_time()
        if left > 0:
            signal.setitimer(signal.ITIMER_VIRTUAL, max(left, SHORTEST))
        else:
            # Whatever drops an exception (a weak reference's callback does) must not make the pattern endless.
            signal.setitimer(signal.ITIMER_VIRTUAL, self._seconds)
            raise Expired
