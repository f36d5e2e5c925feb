"""``ssmtui connect`` in a pty: what a person sees, and what is left of it."""

from __future__ import annotations

import os
import signal

import pytest

from tests.e2e.conftest import OpenPty
from tests.support.pty_app import PtyApp

PROMPT = "web-1:~$"


def open_shell(app: PtyApp) -> None:
    app.wait_for_text(PROMPT)


def assert_restored(app: PtyApp) -> None:
    assert app.modes == app.cooked


def test_a_shell_works_and_its_exit_is_ours(in_pty: OpenPty) -> None:
    with in_pty("connect", "web-1", cols=90, rows=25) as app:
        open_shell(app)
        app.send("echo $((6*7))\r")
        app.wait_for_text("\n42")
        app.send("while sleep 0.1; do stty size; done\r")
        app.wait_for_text("25 90")
        app.resize(70, 20)
        app.wait_for_text("20 70")
        app.send("\x03")
        app.wait_for_text("^C\nssm-user@web-1:~$")
        app.send("exit\r")
        assert app.wait_for_exit() == 0
        assert_restored(app)


def test_control_keys_are_the_nodes(in_pty: OpenPty) -> None:
    with in_pty("connect", "web-1") as app:
        open_shell(app)
        app.send("echo ready; cat\r")
        app.wait_for_text("\nready")
        app.send("waiting\r")
        app.wait_for_text("waiting\nwaiting")
        app.send("\x03")
        app.wait_for_text("^C\n")
        app.send("echo after\r")
        app.wait_for_text("\nafter")


def test_enter_tilde_dot_ends_it(in_pty: OpenPty) -> None:
    with in_pty("connect", "web-1") as app:
        open_shell(app)
        app.send("echo ready; cat\r")
        app.wait_for_text("\nready")
        app.send("~?")
        app.wait_for_text("Supported escape sequences")
        app.send("\r~.")
        assert app.wait_for_exit() == 0
        assert_restored(app)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_and_the_terminal_is_as_it_was(in_pty: OpenPty, number: signal.Signals) -> None:
    with in_pty("connect", "web-1") as app:
        open_shell(app)
        assert app.modes != app.cooked
        os.kill(app.pid, number)
        assert app.wait_for_exit(10) == 130
        assert_restored(app)


def test_ctrl_c_before_there_is_a_session_ends_it(in_pty: OpenPty) -> None:
    with in_pty("connect", "web-1") as app:
        app.wait_until("the program to run", lambda: app.descendants() or len(app.threads()) > 1)
        app.send("\x03")
        assert app.wait_for_exit(10) == 130
        assert_restored(app)


def test_a_read_only_run_sends_nothing(in_pty: OpenPty) -> None:
    with in_pty("--read-only", "connect", "web-1") as app:
        open_shell(app)
        app.send("echo $((6*7))\r~.")
        assert app.wait_for_exit() == 0
        assert "42" not in app.text


def test_a_command_without_a_terminal_says_so_takes_no_keys_and_is_interrupted(in_pty: OpenPty) -> None:
    command = ("--document-name", "AWS-StartNonInteractiveCommand", "--parameters", '{"command": ["sleep 60"]}')
    with in_pty("connect", "web-1", *command) as app:
        app.wait_for_text("The output comes when the command ends")
        app.send("q")
        app.wait_for_text("This command reads no input; Ctrl-C interrupts it.")
        app.send("\x03")
        assert app.wait_for_exit() == 0
        assert_restored(app)
