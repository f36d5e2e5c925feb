"""``ssmtui connect`` in a pty: what a person sees, and what is left of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import OpenPty
from tests.support.lab_process import serve_lab
from tests.support.pty_app import PtyApp, clean_environment, command_line

PROMPT = "web-1:~$"
HURRIED = """if True:
    from ssmtui.cli import long_wait
    from ssmtui.cli.main import main

    long_wait.PATIENCE = 1.0
    main()
"""
"""The program with a wait that counts as long after a second."""


def open_shell(app: PtyApp) -> None:
    app.wait_for_text(PROMPT)


def assert_restored(app: PtyApp) -> None:
    assert app.modes == app.cooked


def test_a_shell_works_and_its_exit_is_ours(in_pty: OpenPty) -> None:
    with in_pty("connect", "web-1", cols=90, rows=25) as app:
        open_shell(app)
        app.send("echo $((6*7))\r")
        app.wait_for_text("\n42")
        # The loop ends by itself: a Ctrl-C between two of its short children may reach only one that has just exited.
        app.send("until test \"$(stty size)\" = '20 70'; do stty size; sleep 0.1; done; echo re''sized; cat\r")
        app.wait_for_text("25 90")
        app.resize(70, 20)
        app.wait_for_text("\nresized")
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
def test_a_signal_ends_the_program_and_the_terminal_is_as_it_was(in_pty: OpenPty, number: signal.Signals) -> None:
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


@pytest.fixture
def hanging(home: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of somebody whom AWS does not answer for so long that a hurried program says so."""
    with serve_lab(tmp_path, "--nodes", "1", "--faults", "slow=StartSession:5s") as (exports, _):
        yield clean_environment(home, **exports)


def test_fault_22_a_start_that_hangs_is_counted_and_ctrl_c_gives_up(hanging: dict[str, str]) -> None:
    with PtyApp(["connect", "web-1"], hanging, program=(sys.executable, "-c", HURRIED)) as app:
        app.wait_for_text("ssmtui: Waiting for AWS to start the session: 1 s. Ctrl-C gives up.")
        app.wait_for_text("session: 2 s.")
        assert app.text.count("Waiting for") == 1
        app.send("\x03")
        assert app.wait_for_exit() == 130
        assert "Waiting for" not in app.text
        assert "closing the tab" not in app.output.decode()
        assert_restored(app)


def test_fault_22_without_a_terminal_it_is_said_once(hanging: dict[str, str]) -> None:
    command = [sys.executable, "-c", HURRIED, "connect", "web-1"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=hanging, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "ssmtui: Waiting for AWS to start the session: 1 s. Ctrl-C gives up.\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert "Waiting" not in process.stderr.read()


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


def test_fault_13_a_stop_and_fg_bring_back_keys_and_screen(in_pty: OpenPty, environment: dict[str, str]) -> None:
    with PtyApp(["--norc", "-i"], {**environment, "PS1": "local> "}, program=("/bin/bash",)) as app:
        app.wait_for_text("local>")
        app.send(f"{sys.executable} -m ssmtui connect web-1\r")
        open_shell(app)
        app.send("seq 10 99 > list; less list\r")
        app.wait_for_text("\n32\n")
        raw = app.modes
        connect = next(pid for pid in app.descendants() if "connect" in command_line(pid))
        os.kill(connect, signal.SIGTSTP)
        app.wait_for_text("Stopped")
        assert app.modes != raw
        app.send("fg\r")
        app.wait_for_text("\n11\n12\n13\n")
        assert "Stopped" not in app.text
        assert app.modes == raw
        # less takes its screen with it, and what was said there.
        app.send("q")
        app.wait_until_gone("\n11\n12\n13\n")
        app.send("\r~?")
        app.wait_for_text("~^Z  stop ssmtui")
        app.send("\r~\x1a")
        app.wait_for_text("Stopped")
        assert app.modes != raw
        app.send("fg\r")
        app.wait_until("raw again", lambda: app.modes == raw)
        app.send("sleep 100\r")
        app.wait_for_text("sleep 100")
        app.send("\x03")
        app.wait_for_text("^C\nssm-user@web-1")
        app.send("exit\r")
        app.wait_for_text("The session has ended.")


def test_a6_an_ignored_hang_up_stays_ignored(environment: dict[str, str]) -> None:
    with subprocess.Popen(
        ["nohup", sys.executable, "-m", "ssmtui", "connect", "web-1"],
        env=environment,
        cwd=environment["HOME"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("echo $((6*7))\n")
        process.stdin.flush()
        assert "42\n" in iter(process.stdout.readline, "")
        process.send_signal(signal.SIGHUP)
        process.stdin.write("echo $((7*8)); exit\n")
        process.stdin.close()
        assert "56\n" in iter(process.stdout.readline, "")
        process.stdout.read()
        assert process.wait(20) == 0


def test_fault_9_output_that_cannot_be_written_is_an_error(environment: dict[str, str]) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ssmtui", "connect", "web-1"],
            input=b"seq 1 10\n",
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=40,
            check=False,
        )
    assert done.returncode == 255
    assert b"ssmtui: The output cannot be written: No space left on device." in done.stderr
    assert b"The session has ended" not in done.stderr
