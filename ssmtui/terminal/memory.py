"""How much scrollback terminals may keep: each what it asks for, all of them together no more than the host can hold.

Without this bound a host with many long scrollbacks would meet its own limit of memory and die. With it the oldest
lines go earlier, those of the longest scrollbacks first.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from typing import NamedTuple

TOTAL = 1 << 30
"""Bytes of all scrollbacks of a host, half of what it may have."""
BYTES_A_CELL = 16
"""libghostty takes 8, and more for many styles and clusters; bittty takes 14."""
_LEAST = 1 << 20


class KeptScrollback(NamedTuple):
    """What is kept of a terminal's output above its screen."""

    lines: int
    size: int
    """Bytes that they take where they are not compressed, about."""


def wanted(lines: int, cols: int) -> int:
    """Bytes that ``lines`` of scrollback take at most."""
    return lines * cols * BYTES_A_CELL + _LEAST


def share(wants: Collection[int], total: int) -> int:
    """The most that each may have so that the sum stays within ``total``: who wants less than that gets it."""
    left, count = total, len(wants)
    for want in sorted(wants):
        if want * count > left:
            return max(_LEAST, left // count)
        left, count = left - want, count - 1
    return total


def resident() -> int:
    """Bytes of memory that this process takes; the most it ever took, where the system does not tell more; 0 where it
    tells nothing."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            import resource

            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return _peak()


def _peak() -> int:
    try:
        import resource
    except ImportError:  # not on Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
