"""An outer terminal that does not read: its screen waits, the sessions and the signals do not."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest

from tests.e2e.test_app import open_shell
from tests.support.lab_process import DEMO_NODES
from tests.support.processes import is_running
from tests.support.pty_app import PtyApp, clean_environment
from tests.support.wait import wait_until_sync


def lines_of(file: Path) -> int:
    return file.read_bytes().count(b"\n")


@pytest.mark.parametrize("reads_again", [True, False])
def test_fault_8_a_terminal_that_does_not_read_stops_no_session_and_no_signal(home: Path, reads_again: bool) -> None:
    trace = home / "trace.jsonl"
    with PtyApp(["--demo", "--trace", str(trace)], clean_environment(home), cols=100, rows=30) as app:
        app.wait_for_text(f"{DEMO_NODES} nodes")
        open_shell(app, "bastion")
        # Not in the foreground: bash loses a Ctrl-C between two short programs, and what is typed while it looks away.
        app.send("(while :; do seq 1 2000; done) & read -r; kill -- -$!; wait\r")
        app.wait_until("numbers", lambda: re.search(r"\n\d+ *\n\d+ *\n\d+ *\n", app.text))
        # From here on nothing reads what it draws.
        for _ in range(3):
            before = lines_of(trace)
            wait_until_sync("sessions to go on", lambda before=before: lines_of(trace) > before + 400, 30)
        if reads_again:
            app.send("\r")
            app.wait_for_text("ssm-user@bastion:~$")
            app.send("clear; echo $((6*7))\r")
            app.wait_for_text("\n42")
        processes = app.descendants()
        os.kill(app.pid, signal.SIGTERM)
        wait_until_sync("the program to end", lambda: app._running.poll() is not None, 12)
        assert app._running.poll() == 130
        wait_until_sync("all of its processes to end", lambda: not any(map(is_running, processes)))
        assert app.modes == app.cooked
