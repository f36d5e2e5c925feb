"""More sessions than the limit of open files admits: some open, the others say why, and the program can be left."""

from __future__ import annotations

import os
import re
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.test_stuck_loop import active, is_restored
from tests.support.lab_process import serve_lab
from tests.support.pty_app import PtyApp, clean_environment

LIMIT = 40
NODES = 30
LISTED = 42
"""With the containers."""


@contextmanager
def many_sessions(home: Path, lab: Path, limit: str) -> Iterator[tuple[PtyApp, dict[str, str]]]:
    """A program under a limit, the list of what was started in front, and what leads to its lab."""
    command = f'ulimit {limit} && exec "{sys.executable}" -m ssmtui'
    with (
        serve_lab(lab, "--nodes", str(NODES)) as (exports, _),
        PtyApp([], clean_environment(home, **exports), program=("sh", "-c", command), cols=180, rows=60) as app,
    ):
        app.wait_for_text(f"{LISTED} nodes")
        app.wait_for_text("worker-4")
        app.send("\x01")  # marks all
        app.wait_for_text(f"{LISTED} marked")
        app.send("\r")
        app.wait_for_text(f"Open {LISTED} sessions?")
        app.send("y")
        app.wait_for_text(f"Starting {LISTED} sessions")
        app.wait_until("all are settled", lambda: re.search(r"\d+ open · \d+ failed", app.text))
        app.wait_until_gone(" starting ·")
        yield app, exports


def settled(app: PtyApp) -> tuple[int, int]:
    """How many are open, and how many have failed."""
    found = re.search(r"(\d+) open · (\d+) failed", app.text)
    assert found is not None
    return int(found[1]), int(found[2])


@pytest.mark.parametrize("way", ["q", "SIGTERM"])
def test_fault_4_what_fits_is_open_the_others_name_the_limit_and_the_program_can_be_left(
    way: str, home: Path, tmp_path: Path
) -> None:
    # The hard limit, too: there is nothing to raise the soft one to.
    with many_sessions(home, tmp_path, f"-n {LIMIT}") as (app, exports):
        opened, failed = settled(app)
        assert opened + failed == LISTED
        assert 8 <= opened < LIMIT
        # One that works, and one that does not.
        app.send("\x1b")
        app.wait_until_gone(f"Starting {LISTED} sessions")
        app.send("\x1d2")
        app.wait_for_text("api-1:~$")
        app.send("echo $((6*7))\r")
        app.wait_for_text("\n42")
        app.send("\x1dp\x1dp")  # round to the last one
        app.wait_for_text(f"too many open files: the limit is {LIMIT}")
        app.wait_for_text("Close some tabs, or raise the limit (`ulimit -n`)")
        if way == "q":
            app.send("\x1dd")
            app.wait_for_text("enter shell")
            app.send("q")
            app.wait_for_text("will be terminated")
            app.send("\r")
        else:
            os.kill(app.pid, signal.SIGTERM)
        assert app.wait_for_exit() == (0 if way == "q" else 130)
        # A signal leaves them alive.
        assert bool(active(exports)) == (way == "SIGTERM")
        assert is_restored(app)


@pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 1024, reason="the hard limit is low here")
def test_fault_4_the_soft_limit_alone_is_no_limit(home: Path, tmp_path: Path) -> None:
    with many_sessions(home, tmp_path, f"-S -n {LIMIT}") as (app, exports):
        assert settled(app) == (LISTED - 2, 2), "two of them are not connected"
        os.kill(app.pid, signal.SIGINT)
        assert app.wait_for_exit() == 130
        assert active(exports) == []
