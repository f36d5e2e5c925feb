"""How Python and the memory are set up for a screen over large lists."""

from __future__ import annotations

import gc
import sys
from contextlib import suppress

SWITCH = 0.001
"""Seconds for which a thread that reads AWS's answers may keep the others, the screen's among them, from running."""
COLLECT = (5_000, 4, 25)
"""Python's thresholds for collecting garbage in the three generations. With its own, lists of thousands of nodes would
cost a full collection every few pages, tens of milliseconds each, with next to nothing to find."""
LARGE = 256 << 10
"""Bytes from which memory is asked of the system, and given back to it, by itself."""
_M_MMAP_THRESHOLD = -3  # of glibc's malloc.h


def ready_interpreter() -> None:
    """Set threads and garbage collection to what a screen over large lists needs."""
    sys.setswitchinterval(SWITCH)
    gc.set_threshold(*COLLECT)


def give_memory_back() -> None:
    """Have what is large, pages of AWS's answers for one, go back to the system as soon as it is freed.

    glibc would take the largest it has met for a common size, and keep what is smaller among what stays: some 15 MB of
    a hundred thousand nodes. Other libraries have nothing to be set.
    """
    import ctypes

    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, LARGE)
