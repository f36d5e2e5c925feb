"""How many workers run the suite."""

from __future__ import annotations

import os


def pytest_xdist_auto_num_workers() -> int:
    """Workers of ``-n auto``: half as many again as there are processors, for many tests wait for a real program."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processors + processors // 2
