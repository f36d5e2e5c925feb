"""Whether another process computes, or just does not run: it is stopped, swapped out, or others have the processor."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

_STATE, _USER, _SYSTEM = 0, 11, 12
"""Places of what is read in /proc/PID/stat behind the name, which is in parentheses (proc(5))."""
_STOPPED = ("T", "t")


class Running(NamedTuple):
    """A process at one moment."""

    stopped: bool
    """By a signal or a debugger."""
    seconds: float
    """Processor time that it has used."""


def running(pid: int) -> Running | None:
    """How the process ``pid`` runs; None where the system does not say, and when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[_USER]) + int(fields[_SYSTEM])
        return Running(fields[_STATE] in _STOPPED, ticks / os.sysconf("SC_CLK_TCK"))
    except (OSError, ValueError, IndexError):
        return None
