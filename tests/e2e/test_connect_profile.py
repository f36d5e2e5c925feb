"""``ssmtui connect NAME`` in a pty: what a profile asks, finds, guards and types."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import OpenPty, Run
from tests.support.pty_app import PtyApp

PROFILES = """\
[profiles.greeting]
query = "name:=web-1"
document = "AWS-StartInteractiveCommand"
parameters = { command = "echo hello {ask:Whom} of ${TEAM}; sleep 60" }
reason = "{ask:Ticket}"
reason_pattern = 'OPS-\\d+'
reason_hint = "such as OPS-7"

[profiles.production]
query = "name:=web-1"
guard = true
several = "first-online"
on_connect = "echo typed $((6*7))\\n"
size = "60x20"
recording = true
forwards = ["5432"]

[profiles.many]
query = "name:web"

[profiles.web-1]
query = "name:=nothing-of-the-kind"
"""


@pytest.fixture(autouse=True)
def profiles(home: Path) -> None:
    directory = home / ".config" / "ssmtui"
    directory.mkdir(parents=True)
    (directory / "profiles.toml").write_text(PROFILES)


def test_questions_are_asked_until_they_are_answered_and_fill_the_command(in_pty: OpenPty) -> None:
    with in_pty("connect", "greeting", TEAM="ops") as app:
        app.wait_for_text("Ticket (such as OPS-7):")
        app.send("because\r")
        app.wait_for_text("  such as OPS-7\n")
        app.send("OPS-12\r")
        app.wait_for_text("Whom:")
        app.send("you\r")
        app.wait_for_text("hello you of ops")


def test_a_guarded_node_wants_its_name_then_text_is_typed_and_recorded(in_pty: OpenPty, home: Path) -> None:
    with in_pty("connect", "Production", cols=100, rows=30) as app:
        app.wait_for_text("opens what the connection forwards")
        app.wait_for_text("web-1 is guarded: connection production")
        app.send("yes\r")
        app.wait_for_text("That is not ")
        app.send("web-1\r")
        app.wait_for_text("\ntyped 42")
        app.send("stty size\r")
        app.wait_for_text("20 60")
        app.send("exit\r")
        app.wait_for_text("Recorded in ")
        assert app.wait_for_exit() == 0
        assert app.modes == app.cooked
    (recording,) = (home / ".local" / "share" / "ssmtui" / "recordings").iterdir()
    assert "typed 42" in recording.read_text()


def test_ctrl_c_at_the_question_of_a_guard_starts_nothing(in_pty: OpenPty) -> None:
    with in_pty("connect", "production") as app:
        app.wait_for_text("to go on:")
        app.send("\x03")
        assert app.wait_for_exit() == 130
        assert app.modes == app.cooked
        assert app.text.rstrip().endswith("Type web-1 to go on: ^C")
        assert app.output.endswith(b"^C\r\n")
        assert b"web-1:~$" not in app.output


def test_a_question_is_asked_again_after_ctrl_z_and_fg(environment: dict[str, str]) -> None:
    with PtyApp(["--norc", "-i"], {**environment, "PS1": "local> "}, program=("/bin/bash",)) as app:
        app.wait_for_text("local>")
        app.send(f"{sys.executable} -m ssmtui connect production\r")
        app.wait_for_text("to go on:")
        app.send("half\x1a")
        app.wait_for_text("Stopped")
        app.send("fg\r")
        app.wait_until("it is asked again", lambda: app.text.count("to go on:") == 2)
        app.send("web-1\r")
        app.wait_for_text("\ntyped 42")


def test_one_of_several_nodes_is_chosen_by_its_number_and_ctrl_c_leaves(in_pty: OpenPty) -> None:
    with in_pty("connect", "many") as app:
        app.wait_for_text("Which one:")
        app.send("0\r")
        app.wait_for_text("a number from 1 to ")
        app.send("2\r")
        app.wait_for_text("web-2:~$")
    with in_pty("connect", "many") as app:
        app.wait_for_text("Which one:")
        app.send("\x03")
        assert app.wait_for_exit() == 130
        assert app.modes == app.cooked


def test_without_a_terminal_a_choice_is_refused_and_a_guard_wants_its_option(run: Run) -> None:
    done = run("connect", "many")
    assert (done.returncode, "Give one of these ids:" in done.stderr) == (252, True)
    done = run("connect", "production", "--yes", stdin="printf 'no %s\\n' newline\n")
    assert done.returncode == 0, done.stderr
    assert "no newline" in done.stdout


def test_a_profiles_name_comes_before_a_nodes(run: Run) -> None:
    done = run("connect", "web-1")
    assert (done.returncode, "No node is found" in done.stderr) == (252, True)


def test_the_filters_of_the_settings_guard_nodes_without_a_profile(run: Run, home: Path) -> None:
    (home / ".config" / "ssmtui" / "config.toml").write_text('guard = ["tag:Name=web-2"]\n')
    done = run("connect", "web-2")
    assert done.returncode == 252
    assert "web-2 is guarded: tag:Name=web-2" in done.stderr
