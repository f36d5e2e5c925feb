"""How many workers run the suite, and the same signals for all that it starts, whatever it was started by."""

from __future__ import annotations

import os
import signal
import threading


def pytest_xdist_auto_num_workers() -> int:
    """Workers of ``-n auto``: half as many again as there are processors, for many tests wait for a real program."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processors + processors // 2


def _reset_signals() -> None:
    """Under nohup, cron or a script's ``&`` some signals are ignored, and every program that a test starts would ignore
    them too: exec turns a handler into the default, and keeps SIG_IGN. The suite itself goes on ignoring them."""
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("HUP", "INT", "QUIT", "TSTP", "TTIN", "TTOU", "TERM", "CHLD", "ALRM"):
        number = getattr(signal, f"SIG{name}", None)
        if number is not None and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda number, frame: None)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, ())


_reset_signals()
