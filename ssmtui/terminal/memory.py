"""How much scrollback terminals may keep: each what it asks for, all together no more than the host can hold.

Without this bound a host with many long scrollbacks would reach its own memory limit and die, and every pane with it.
With it the oldest lines are dropped earlier, those of the longest scrollbacks first.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from typing import NamedTuple

TOTAL = 1 << 30
"""Bytes of all scrollbacks of a host: half of its memory limit. Screens, render states and messages take the rest."""
BYTES_A_CELL = 16
"""libghostty takes 8, and more where there are many styles and clusters; bittty takes 14."""
_LEAST = 1 << 20
"""Bytes that every terminal gets, however many there are: libghostty allocates whole pages and needs some of them."""


class KeptScrollback(NamedTuple):
    """How much of a terminal's output is kept above its screen."""

    lines: int
    size: int
    """Roughly how many bytes they take when they are not compressed."""


def wanted(lines: int, cols: int) -> int:
    """The most bytes that ``lines`` of scrollback take at a width of ``cols`` cells."""
    return lines * cols * BYTES_A_CELL + _LEAST


def share(wants: Collection[int], total: int) -> int:
    """The most that each may have so that the sum stays within ``total``; ``wants`` are what each asks for.

    A terminal that wants less gets what it wants, and what it leaves is shared by the others (max-min fairness): one
    pane with a million lines costs nothing to those with a thousand.
    """
    left, count = total, len(wants)
    # From the smallest: as long as it is below an equal share of what is left, it is granted in full.
    for want in sorted(wants):
        if want * count > left:
            return max(_LEAST, left // count)
        left, count = left - want, count - 1
    return total


def resident() -> int:
    """Bytes of memory that this process takes now. Where the system does not say (macOS), the most it ever took; on
    Windows 0."""
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
