"""What sessions do is seen and said: in a pty, with the lab's real shells, the engine host and an outer terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_app import COLS, LEADER, ROWS, open_shell
from tests.support.lab_process import DEMO_NODES
from tests.support.pty_app import PtyApp, clean_environment

MARKS = r"""PS0='\e]133;C\a' PS1='\[\e]133;D;$?\a\e]133;A\a\]marked> '"""


@pytest.fixture
def app(home: Path) -> Iterator[PtyApp]:
    environment = clean_environment(home, SSMTUI_NOTIFY="osc777")
    with PtyApp(["--demo"], environment, cols=COLS, rows=ROWS) as app:
        app.wait_for_text(f"{DEMO_NODES} nodes")
        open_shell(app, "bastion")
        yield app


def test_a_password_a_question_and_a_running_command_are_seen(app: PtyApp) -> None:
    app.send("read -s -p 'Password: ' x\r")
    app.wait_for_text("waits for a password")
    app.send("secret\r")
    app.send("read -p 'Really? [y/N] ' x\r")
    app.wait_for_text("waits for input")
    app.send("y\r")
    app.wait_until("it is answered", lambda: "waits for input" not in app.text)
    app.send("sleep 3\r")
    app.wait_for_text("running 1 s")
    app.wait_for_text("done after 3 s")


def test_the_echo_of_what_is_typed_is_not_what_is_watched_for(app: PtyApp) -> None:
    app.send(LEADER + "m")
    app.wait_for_text("Its command ends")
    app.send("oops\r")
    app.wait_for_text("is watched for lines with oops")
    app.send("echo oops\r")
    app.wait_for_text("Printed 1 line that you watch for: oops")
    assert app.text.count("that you watch for") == 1


def test_the_exit_code_of_a_marked_command_is_shown_and_its_end_is_said(app: PtyApp) -> None:
    app.send(MARKS + "\r")
    app.wait_for_text("\nmarked>")
    app.send("(exit 3)\r")
    app.wait_for_text("exit 3")
    app.send(LEADER + "m")
    app.wait_for_text("Its command ends")
    app.send("\r")
    app.wait_for_text("is watched for the end of its command")
    app.send("sleep 2; (exit 4)\r")
    app.send(LEADER + "d")
    app.wait_for_text("Its command has ended with exit 4 after 2 s")
    app.wait_for_text("bastion ◆")
    assert b"\x1b]777;notify;bastion;Its command has ended with exit 4 after 2 s\a" in app.output
    app.send(LEADER + "a")
    app.wait_for_text("exit 4 after 2 s")
