"""The full-screen program on a service that closes, refuses and falls silent: what it shows, and what is not lost."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.support.lab_process import serve_lab
from tests.support.pty_app import PtyApp, clean_environment

LEADER = "\x1d"


def open_shell(app: PtyApp) -> None:
    """A shell on the one node that there is."""
    app.wait_for_text("1 node")
    app.send("\r")
    app.wait_for_text("web-1:~$")


def test_a_session_waits_for_a_login_and_goes_on_with_what_was_typed(home: Path, tmp_path: Path) -> None:
    faults = "bye=2s,expired=ResumeSession:2"
    with (
        serve_lab(tmp_path, "--nodes", "1", "--faults", faults) as (exports, _),
        PtyApp([], clean_environment(home, **exports)) as app,
    ):
        open_shell(app)
        app.wait_for_text("Sign in to AWS again")
        app.send("echo kept$((40+2))\r")
        app.wait_for_text("19 B kept")
        app.wait_for_text("\nkept42")
        assert app.text.count("kept42") == 1, "it arrived once"
        app.wait_until_gone("Sign in to AWS again")
        app.send("exit\r")
        app.wait_for_text("The session is over")


def test_a_silent_service_is_shown_and_a_session_on_it_is_ended_all_the_same(home: Path, tmp_path: Path) -> None:
    with (
        serve_lab(tmp_path, "--nodes", "1") as (exports, lab),
        PtyApp([], clean_environment(home, **exports)) as app,
    ):
        open_shell(app)
        os.kill(lab, signal.SIGSTOP)
        app.send("echo typed into the silence\r")
        app.wait_for_text("does not answer", timeout=10.0)
        app.send(LEADER + "x")
        app.wait_for_text("end it")
        app.send("\r")
        app.wait_for_text("1 node")
        assert "web-1 " not in app.text.split("\n")[0], "its tab is closed"
        os.kill(lab, signal.SIGCONT)
        app.send("q")
        assert app.wait_for_exit() == 0
