"""Signals while another program's session is carried: they end it, whatever its caller does with them."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

INTERRUPTS = ("SIGINT", "SIGQUIT")


def heed_interrupts() -> None:
    """Have Ctrl-C and Ctrl-backslash arrive. The AWS CLI ignores them while its plugin runs, and what it starts does so
    as well until it asks for them."""
    for name in INTERRUPTS:
        number = getattr(signal, name, None)  # Windows has no SIGQUIT
        if number is not None and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


def signals_end(end: Callable[[], None]) -> AbstractContextManager[None]:
    """Have the signals that ask for an end call ``end`` inside the block. On Windows Ctrl-C cancels the main task."""
    if sys.platform == "win32":
        return nullcontext()
    from ssmtui.local_terminal import signals_handled

    return signals_handled(dict.fromkeys((signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP), end))
