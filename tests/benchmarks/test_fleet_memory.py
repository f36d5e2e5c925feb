"""What a hundred thousand nodes take of memory: the real program, on the lab's fleet with EC2's facts, once its nodes
are listed, after three more listings, and the same begun with the nodes that are on the disk from then.

pytest tests/benchmarks/test_fleet_memory.py -m benchmark -s
"""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.bench import resident
from tests.support.lab_process import serve_lab
from tests.support.pty_app import PtyApp, clean_environment

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

NODES = 100_000
AGAIN = 3
PATIENCE = 120.0
QUIET = 4.0
"""Seconds without a second of a processor's: the texts that are searched are made, and the nodes are on the disk."""

_LISTED = re.compile(r"[\d,]+ nodes +\d+ s ago").search


class Resting:
    """Tells when a program no longer does anything to speak of."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._used = ""
        self._since = 0.0

    def __call__(self) -> bool:
        """Whether it has rested long enough by now."""
        command = ["ps", "-o", "time=", "-p", str(self._pid)]
        used, now = subprocess.run(command, capture_output=True, check=True, text=True).stdout, time.monotonic()
        if used != self._used:
            self._used, self._since = used, now
        return now - self._since >= QUIET


def is_listed(app: PtyApp) -> bool:
    text = app.text
    return _LISTED(text) is not None and "listing" not in text


def listed(app: PtyApp, what: str) -> str:
    """A line of figures, once a listing is over and the program rests."""
    app.wait_until(f"{what} is over", lambda: is_listed(app), PATIENCE)
    app.wait_until("it rests", Resting(app.pid), PATIENCE)
    return f"{what}: {resident(app.pid) / 2**20:.0f} MB{peak(app.pid)}"


def peak(pid: int) -> str:
    """What it has taken at most so far, where the system tells."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return ""
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return f", {int(found[1]) / 1024:.0f} MB at most" if found is not None else ""


def run(environment: dict[str, str], first: str, again: int) -> None:
    with PtyApp([], environment, cols=120, rows=40) as app:
        print(f"  {listed(app, first)}")
        for number in range(1, again + 1):
            app.send("r")
            app.wait_until("a listing", lambda: not is_listed(app), PATIENCE)
            print(f"  {listed(app, f'listing {number} more')}")


def test_memory_of_a_fleet(tmp_path: Path) -> None:
    with serve_lab(tmp_path, "--nodes", str(NODES)) as (exports, _):
        environment = clean_environment(tmp_path, **exports)
        print(f"\n{NODES:,} nodes: resident memory of the program")
        run(environment, "listed", AGAIN)
        run(environment, "begun with those on the disk, and listed", 1)
