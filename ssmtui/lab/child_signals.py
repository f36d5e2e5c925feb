"""How the lab's programs begin: with every signal's default disposition and none blocked, as in a terminal emulator.

A signal that is ignored stays so over ``exec``, and a shell may not change that (POSIX, Shell & Utilities, "Signals and
Error Handling"): started by nohup, cron or a script's ``&`` the lab would have shells whose Ctrl-C does nothing.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

RESET = tuple(
    number
    for name in ("HUP", "INT", "QUIT", "TSTP", "TTIN", "TTOU", "TERM", "CHLD", "ALRM")
    if (number := getattr(signal, f"SIG{name}", None)) is not None
)
"""SIGPIPE and SIGXFSZ, which Python ignores by itself, are reset by ``subprocess``."""

_depth = 0
_saved_mask: set[int] = set()
_ignored: list[signal.Signals] = []


@contextmanager
def default_signals() -> Iterator[None]:
    """Programs that are started inside the block begin so. Call it on the main thread; on others it changes nothing.

    A handler is put in the place of each SIG_IGN, for ``exec`` turns handlers into defaults. Nothing runs between fork
    and exec, and this process ignores the signal all the while. Blocks of several tasks may overlap.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _depth, _saved_mask
    _depth += 1
    if _depth > 1:
        return
    _ignored[:] = [number for number in RESET if signal.getsignal(number) == signal.SIG_IGN]
    for number in _ignored:
        signal.signal(number, _ignore)
    if hasattr(signal, "pthread_sigmask"):
        _saved_mask = signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _leave() -> None:
    global _depth
    _depth -= 1
    if _depth:
        return
    for number in _ignored:
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, _saved_mask)


def _ignore(number: int, frame: FrameType | None) -> None:
    """Do what SIG_IGN does."""
