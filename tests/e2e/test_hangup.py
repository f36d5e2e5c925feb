"""A terminal that goes, and signals that ask for an end: sessions stay alive at the service, unless the settings or the
person say otherwise."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.test_connect import assert_restored
from tests.e2e.test_job_control import CTRL_Z, SCREEN, assert_at_the_shell
from tests.e2e.test_job_control import a_shell as a_job
from tests.e2e.test_outages import LEADER, open_shell
from tests.e2e.test_stuck_loop import active
from tests.support import stuck_program
from tests.support.lab_process import serve_lab
from tests.support.processes import is_running
from tests.support.pty_app import PROGRAM, PtyApp, clean_environment
from tests.support.wait import wait_until_sync

IGNORING = ("/bin/sh", "-c", f"trap '' HUP; exec {sys.executable} -m ssmtui \"$@\"", "sh")
"""As nohup does."""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[dict[str, str]]:
    """What leads to a lab of one node, which no other test has sessions at."""
    with serve_lab(tmp_path, "--nodes", "1") as (exports, _):
        yield exports


@contextmanager
def a_shell(home: Path, lab: dict[str, str], program: tuple[str, ...] = PROGRAM, **more: str) -> Iterator[PtyApp]:
    """The screen with a shell in front, that has a variable."""
    with PtyApp([], clean_environment(home, **lab, **more), program=program) as app:
        open_shell(app)
        app.send("kept=$((6*7)); echo set $kept\r")
        app.wait_for_text("\nset 42")
        yield app


def said(app: PtyApp) -> str:
    """What is on the screen; its lines break anywhere."""
    return "".join(app.text.split())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_sessions_alive_and_says_so(
    home: Path, lab: dict[str, str], number: signal.Signals
) -> None:
    with a_shell(home, lab) as app:
        (before,) = active(lab)
        processes = app.descendants()
        os.kill(app.pid, number)
        assert app.wait_for_exit(10) == 130
        wait_until_sync("all of its processes to end", lambda: not any(map(is_running, processes)))
        assert app.modes == app.cooked
        assert not app.private_modes & {"1049", "1000", "1003", "1006", "2004"}
        assert "staysaliveuntil" in said(app)
        assert "`ssmtuiattach`bringsitback" in said(app)
    assert [one["SessionId"] for one in active(lab)] == [before["SessionId"]]


@pytest.mark.parametrize(
    ("number", "setting"),
    [(signal.SIGTERM, "end"), (signal.SIGHUP, "end"), (signal.SIGINT, "detach"), (signal.SIGQUIT, "detach")],
)
def test_a_signal_ends_the_sessions_where_that_is_set_or_meant(
    home: Path, lab: dict[str, str], number: signal.Signals, setting: str
) -> None:
    with a_shell(home, lab, SSMTUI_ON_HANGUP=setting) as app:
        os.kill(app.pid, number)
        assert app.wait_for_exit(10) == 130
        assert "alive" not in app.text
    assert active(lab) == []


@pytest.mark.parametrize("zoomed", [False, True])
@pytest.mark.parametrize("program", [PROGRAM, IGNORING], ids=["SIGHUP", "SIGHUP is ignored"])
def test_a_terminal_that_is_closed_leaves_the_sessions_alive(
    home: Path, lab: dict[str, str], program: tuple[str, ...], zoomed: bool
) -> None:
    with a_shell(home, lab, program) as app:
        (before,) = active(lab)
        if zoomed:
            app.send(LEADER + "Z")
            app.wait_for_text("alone?")
            app.send("\r")
            app.wait_until_gone("Nodes")
        processes = [app.pid, *app.descendants()]
        app.hang_up()
        wait_until_sync("all of its processes to end", lambda: not any(map(is_running, processes)), 15)
    assert [one["SessionId"] for one in active(lab)] == [before["SessionId"]]


@pytest.mark.parametrize("background", [False, True], ids=["stopped", "in the background"])
def test_a_terminal_that_is_closed_behind_a_shell_leaves_the_sessions_alive(
    home: Path, lab: dict[str, str], background: bool
) -> None:
    with a_job(clean_environment(home, **lab), SCREEN) as app:
        open_shell(app)
        (before,) = active(lab)
        app.send(LEADER + CTRL_Z)
        assert_at_the_shell(app)
        if background:
            app.send("bg\r")
            app.wait_for_text("&")
        processes = [app.pid, *app.descendants()]
        app.hang_up()
        wait_until_sync("all of its processes to end", lambda: not any(map(is_running, processes)), 15)
    assert [one["SessionId"] for one in active(lab)] == [before["SessionId"]]


def test_quitting_ends_them_as_before_and_a_terminal_that_goes_meanwhile_changes_nothing(
    home: Path, tmp_path: Path
) -> None:
    with (
        serve_lab(tmp_path, "--nodes", "1", "--faults", "slow=TerminateSession:2s") as (lab, _),
        a_shell(home, lab) as app,
    ):
        app.send(LEADER + "d")
        app.wait_for_text("filter")
        app.send("q")
        app.wait_for_text("will be terminated")
        app.send("y")
        app.wait_for_text("Terminating 1 session")
        processes = [app.pid, *app.descendants()]
        app.hang_up()
        wait_until_sync("all of its processes to end", lambda: not any(map(is_running, processes)), 15)
        assert active(lab) == []


def test_a_defect_of_the_screen_leaves_them_alive(home: Path, lab: dict[str, str]) -> None:
    script = """if True:
        import asyncio, signal
        from ssmtui.cli.main import main
        from ssmtui.ui.frame.app import SsmtuiApp

        taken = SsmtuiApp._take_signals

        def take(self):
            taken(self)
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGUSR1, self.give_up, ZeroDivisionError("made up"))

        SsmtuiApp._take_signals = take
        main()
    """
    with a_shell(home, lab, (sys.executable, "-c", script)) as app:
        (before,) = active(lab)
        os.kill(app.pid, signal.SIGUSR1)
        assert app.wait_for_exit() == 255
        assert "SomethingwentwronginsidessmtuiZeroDivisionError" in said(app).replace("(", "").replace(")", "")
        assert "staysaliveuntil" in said(app)
        assert app.modes == app.cooked
    assert [one["SessionId"] for one in active(lab)] == [before["SessionId"]]


def assert_comes_back(home: Path, lab: dict[str, str], *wanted: str) -> None:
    """``ssmtui attach`` goes on in the same shell, in which the variable is set."""
    with PtyApp(["attach", *wanted], clean_environment(home, **lab)) as app:
        app.wait_for_text("web-1:~$")
        app.send("echo still $kept\r")
        app.wait_for_text("\nstill 42")
        assert len(active(lab)) == 1


def test_attach_brings_back_what_a_closed_terminal_has_left(home: Path, lab: dict[str, str]) -> None:
    with a_shell(home, lab) as app:
        processes = [app.pid, *app.descendants()]
        app.hang_up()
        wait_until_sync("all of its processes to end", lambda: not any(map(is_running, processes)), 15)
    assert_comes_back(home, lab)


@pytest.mark.parametrize("by_id", [True, False], ids=["by its id", "with all"])
def test_attach_brings_back_what_connect_has_left(home: Path, lab: dict[str, str], by_id: bool) -> None:
    with connected(home, lab) as app:
        app.send("kept=$((6*7)); echo set $kept\r")
        app.wait_for_text("\nset 42")
        os.kill(app.pid, signal.SIGHUP)
        assert app.wait_for_exit(10) == 130
    (session,) = active(lab)
    assert_comes_back(home, lab, *([session["SessionId"]] if by_id else []))


def test_attach_brings_back_what_a_loop_that_stands_still_has_left(home: Path, lab: dict[str, str]) -> None:
    with a_shell(home, lab, (sys.executable, stuck_program.__file__, "loop")) as app:
        os.kill(app.pid, signal.SIGUSR1)
        os.kill(app.pid, signal.SIGTERM)
        assert app.wait_for_exit(20) == 130
    assert_comes_back(home, lab)


# ssmtui connect


@contextmanager
def connected(home: Path, lab: dict[str, str], **more: str) -> Iterator[PtyApp]:
    with PtyApp(["connect", "web-1"], clean_environment(home, **lab, **more)) as app:
        app.wait_for_text("web-1:~$")
        yield app


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_connect_leaves_its_session_alive_and_names_it(home: Path, lab: dict[str, str], number: signal.Signals) -> None:
    with connected(home, lab) as app:
        (before,) = active(lab)
        os.kill(app.pid, number)
        assert app.wait_for_exit(10) == 130
        assert_restored(app)
        assert f"`ssmtuiattach{before['SessionId']}`goesonwithit" in said(app)
        assert re.search(r"^ssmtui: The session", app.text.replace("\r", ""), re.MULTILINE), "not behind the prompt"
    (record,) = home.rglob("ledger/*.json")
    assert json.loads(record.read_text())["request"]["title"] == "web-1"
    assert [one["SessionId"] for one in active(lab)] == [before["SessionId"]]


def test_connect_leaves_its_session_alive_when_its_terminal_is_closed(home: Path, lab: dict[str, str]) -> None:
    with connected(home, lab) as app:
        (before,) = active(lab)
        processes = [app.pid, *app.descendants()]
        app.hang_up()
        wait_until_sync("all of its processes to end", lambda: not any(map(is_running, processes)), 15)
    assert [one["SessionId"] for one in active(lab)] == [before["SessionId"]]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_connect_ends_its_session_where_that_is_set(home: Path, lab: dict[str, str], number: signal.Signals) -> None:
    with connected(home, lab, SSMTUI_ON_HANGUP="end") as app:
        os.kill(app.pid, number)
        assert app.wait_for_exit(10) == 130
        assert "alive" not in app.text
    assert active(lab) == []


def test_connect_in_a_pipe_is_a_scripts_and_ends_its_session(home: Path, lab: dict[str, str]) -> None:
    with subprocess.Popen(
        [*PROGRAM, "connect", "web-1"],
        env=clean_environment(home, **lab),
        cwd=home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("echo $((6*7))\n")
        process.stdin.flush()
        assert "42\n" in iter(process.stdout.readline, "")
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=20)
        assert process.returncode == 130
        assert "alive" not in told
    assert active(lab) == []
