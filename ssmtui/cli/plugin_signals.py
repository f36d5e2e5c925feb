"""Signals while another program's session is carried: they end it, whatever its caller does with them, and whenever
they come."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType

INTERRUPTS = ("SIGINT", "SIGQUIT")
HANG_UPS = ("SIGTERM", "SIGHUP")


class EarlySignals:
    """Those that come before anything can end the session, which runs already."""

    def __init__(self) -> None:
        self._came = False

    def heed(self) -> None:
        """Note them from now on. Ctrl-C and Ctrl-backslash also where they are ignored: the AWS CLI ignores them while
        its plugin runs, and what it starts does so as well until it asks for them."""
        for name in (*INTERRUPTS, *HANG_UPS):
            number = getattr(signal, name, None)  # Windows has two of them
            if number is not None and (name in INTERRUPTS or signal.getsignal(number) != signal.SIG_IGN):
                signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._came:
            signal.default_int_handler(number, frame)  # it takes too long
        self._came = True

    @contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """As :func:`signals_end`; where one has come already ``end`` is called at once."""
        with signals_end(end):
            if self._came:
                asyncio.get_running_loop().call_soon(end)
            yield


def signals_end(end: Callable[[], None]) -> AbstractContextManager[None]:
    """Have the signals that ask for an end call ``end``, on the running loop, inside the block."""
    if sys.platform == "win32":
        return _interrupts_end(end)
    from ssmtui.local_terminal import signals_handled

    return signals_handled(dict.fromkeys((signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP), end))


@contextmanager
def _interrupts_end(end: Callable[[], None]) -> Iterator[None]:
    """The same where the loop handles no signals."""
    loop = asyncio.get_running_loop()

    def pass_on(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(end)

    before = signal.signal(signal.SIGINT, pass_on)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
