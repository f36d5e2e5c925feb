"""What goes through a tunnel, in words and as a line of bars. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

_BARS = "▁▂▃▄▅▆▇█"
_NONE = "·"
"""Stands for a period in which nothing went through."""
_UNITS = "kMGT"

History = Sequence[tuple[int, int]]
"""Bytes sent and received in each period, the latest last."""


def spark(amounts: Sequence[int], width: int) -> str:
    """The last ``width`` amounts as bars, against the largest of them; before the first there is nothing."""
    shown = amounts[-width:]
    most = max(shown, default=0)
    bars = [_NONE if amount <= 0 else _BARS[(amount * 8 - 1) // most] for amount in shown]
    return "".join(bars).rjust(width)


def totals(history: History) -> list[int]:
    """What went either way in each period."""
    return [sent + received for sent, received in history]


def summed(histories: Sequence[History]) -> list[tuple[int, int]]:
    """Those of several tunnels as one; their last periods are the same."""
    columns = zip_longest(*(reversed(history) for history in histories), fillvalue=(0, 0))
    return [(sum(sent for sent, _ in each), sum(received for _, received in each)) for each in columns][::-1]


def brief_rate(rate: float) -> str:
    """Bytes a second in five cells at most: ``812``, ``3.4k``, ``340k``, ``9.8M``; ``0`` for less than one."""
    value, unit = max(0.0, rate), ""
    for larger in _UNITS:
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    return f"{value:.1f}{unit}" if unit and value < 9.95 else f"{value:.0f}{unit}"


def octets(amount: float) -> str:
    """Bytes with their unit: ``812 B``, ``3.4 kB``, ``1.2 GB``."""
    value, unit = max(0.0, amount), ""
    for larger in _UNITS:
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    return f"{value:.1f} {unit}B" if unit and value < 99.95 else f"{value:.0f} {unit}B"
