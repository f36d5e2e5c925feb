"""The program's own files go while it runs: it can be left, and no session stays behind at the service."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests.e2e.test_outages import LEADER, open_shell
from tests.e2e.test_stuck_loop import active, is_restored
from tests.support import unloaded_program
from tests.support.lab_process import serve_lab
from tests.support.pty_app import ROOT, PtyApp, clean_environment


@pytest.mark.parametrize("way", ["q", "SIGTERM"])
def test_fault_3_a_program_whose_files_are_gone_can_be_left(way: str, home: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    shutil.copytree(ROOT / "ssmtui", installed / "ssmtui")
    program = (sys.executable, unloaded_program.__file__)
    with (
        serve_lab(tmp_path, "--nodes", "1") as (exports, _),
        PtyApp([], clean_environment(home, **exports, PYTHONPATH=str(installed)), program=program) as app,
    ):
        open_shell(app)
        assert len(active(exports)) == 1
        app.send(LEADER + "d")
        app.wait_for_text("q quit")
        (installed / "ssmtui").rename(installed / "gone")
        app.send("q")
        app.wait_for_text("cannot be shown")
        if way == "q":
            app.send("q")
        else:
            os.kill(app.pid, signal.SIGTERM)
        assert app.wait_for_exit() == (0 if way == "q" else 130)
        # A signal leaves it alive.
        assert len(active(exports)) == (way == "SIGTERM")
        assert is_restored(app)
        told = "".join(app.text.split())  # a line breaks anywhere
        assert ("1livesessionterminatedwithoutit" in told) == (way == "q")
