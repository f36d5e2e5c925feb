"""The screen as a job of a shell: Ctrl-Z, `fg`, `bg`, and what becomes of the sessions meanwhile."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.e2e.test_app import COLS, LEADER, ROWS, ask, open_shell, to_nodes
from tests.e2e.test_outages import open_shell as open_only_shell
from tests.support.lab_process import DEMO_NODES, serve_lab
from tests.support.processes import is_running
from tests.support.pty_app import PtyApp, clean_environment, command_line
from tests.support.wait import wait_until_sync

CTRL_Z, CTRL_C = "\x1a", "\x03"
DRAWING = {"1049", "1000", "1003", "1006"}
"""Modes that a shell must not find."""
SCREEN = f"{sys.executable} -m ssmtui"


@contextmanager
def a_shell(environment: dict[str, str], command: str) -> Iterator[PtyApp]:
    """A shell with job control that has been told to run ``command``."""
    environment = {**environment, "PS1": "local> "}
    with PtyApp(["--norc", "-i"], environment, cols=COLS, rows=ROWS, program=("/bin/bash",)) as app:
        app.wait_for_text("local>")
        app.send(f"{command}\r")
        yield app


@pytest.fixture
def job(home: Path) -> Iterator[PtyApp]:
    """A shell in which the demo runs, with a session on ``bastion`` in front."""
    with a_shell(clean_environment(home), f"{SCREEN} --demo") as app:
        app.wait_for_text(f"{DEMO_NODES} nodes")
        open_shell(app, "bastion")
        yield app


def program(app: PtyApp) -> int:
    """The process that draws the screen."""
    found = [pid for pid in app.descendants() if f"{SCREEN}" in command_line(pid) and "lab" not in command_line(pid)]
    return found[-1]


def is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def assert_at_the_shell(app: PtyApp) -> None:
    app.wait_for_text("Stopped")
    assert not app.private_modes & DRAWING
    app.send("echo local $((40+2))\r")
    app.wait_for_text("\nlocal 42")


def back(app: PtyApp) -> None:
    app.send("fg\r")
    app.wait_until_gone("local>")


def test_fault_12_ctrl_z_stops_it_in_the_lists_at_questions_and_behind_the_leader(job: PtyApp) -> None:
    drawing = job.modes
    job.send(LEADER + CTRL_Z)
    assert_at_the_shell(job)
    back(job)
    job.wait_for_text("bastion:~$")
    ask(job, "echo $((6*7))", "42")
    assert job.modes == drawing
    to_nodes(job)
    job.send("q")
    job.wait_for_text("will be terminated")
    job.send(CTRL_Z)
    assert_at_the_shell(job)
    back(job)
    job.wait_for_text("will be terminated")
    job.send(CTRL_C)
    job.wait_until_gone("will be terminated")
    job.send(CTRL_Z)
    assert_at_the_shell(job)
    back(job)
    job.wait_for_text(f"{DEMO_NODES} nodes")
    assert len([line for line in job.text.split("\n") if line.strip()]) > 20
    job.send("q")
    job.wait_for_text("will be terminated")
    job.send("y")
    job.wait_for_text("local>")
    assert_cooked(job)


def assert_cooked(app: PtyApp) -> None:
    """The modes are those of the shell's line editor, not of a screen: it echoes what is typed."""
    app.send("echo typed $((6*9))\r")
    app.wait_for_text("echo typed $((6*9))")
    app.wait_for_text("\ntyped 54")


def test_sessions_go_on_in_the_background_and_fg_brings_the_screen_back(job: PtyApp) -> None:
    job.send("for n in $(seq 1 50); do echo line $n; sleep 0.1; done; echo d''one\r")
    job.wait_for_text("line 1")
    job.send(LEADER + CTRL_Z)
    assert_at_the_shell(job)
    job.send("bg\r")
    job.wait_for_text("&")
    pid = program(job)
    wait_until_sync("it runs", lambda: not is_stopped(pid))
    job.send("echo mine$((1+1))\r")
    job.wait_for_text("\nmine2")
    assert "line" not in job.text
    assert not is_stopped(pid)
    # A shell sends no SIGCONT to a job that runs.
    back(job)
    job.wait_for_text("\ndone")
    ask(job, "echo $((6*7))", "42")


def test_a_stop_that_nobody_could_act_on_is_repaired_by_fg(job: PtyApp) -> None:
    drawing = job.modes
    threads = len(os.listdir(f"/proc/{program(job)}/task"))
    os.kill(program(job), signal.SIGSTOP)
    job.wait_for_text("Stopped")
    back(job)
    job.wait_until_gone("Stopped")
    job.wait_for_text("bastion:~$")
    ask(job, "echo $((6*7))", "42")
    assert job.modes == drawing
    assert len(os.listdir(f"/proc/{program(job)}/task")) <= threads
    job.send(LEADER + CTRL_Z)
    assert_at_the_shell(job)


def test_a_session_that_has_the_terminal_gives_it_back_and_gets_it_again(job: PtyApp) -> None:
    job.send(LEADER + "Z")
    job.wait_for_text("alone?")
    job.send("\r")
    job.wait_until_gone("Nodes")
    job.send("vim -u NONE -N draft\r")
    job.wait_for_text("[New")
    raw = job.modes
    os.kill(program(job), signal.SIGTSTP)
    assert_at_the_shell(job)
    job.send("bg\r")
    job.wait_for_text("&")
    job.send("echo mine$((1+1))\r")
    job.wait_for_text("\nmine2")
    back(job)
    job.wait_for_text("[New")
    assert job.modes == raw
    job.send("isome text\x1b")
    job.wait_for_text("some text")
    job.send(":q!\r")
    job.wait_for_text("bastion:~$")
    job.send(LEADER)
    job.wait_for_text("Nodes")


def test_a_parent_in_the_same_job_stops_with_it(home: Path) -> None:
    wrapper = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)"
    with a_shell(clean_environment(home), f"{sys.executable} -c '{wrapper}' {SCREEN} --demo") as app:
        app.wait_for_text(f"{DEMO_NODES} nodes")
        app.send(CTRL_Z)
        assert_at_the_shell(app)
        back(app)
        app.wait_for_text(f"{DEMO_NODES} nodes")
        app.send("q")
        app.wait_for_text("local>")


def test_a_terminal_that_is_closed_while_it_is_stopped_ends_it(job: PtyApp) -> None:
    processes = job.descendants()
    job.send(LEADER + CTRL_Z)
    assert_at_the_shell(job)
    job.hang_up()
    wait_until_sync("all of its processes to end", lambda: not any(map(is_running, processes)), 20)


def test_without_a_shell_it_says_so_and_a_signal_is_ignored(home: Path) -> None:
    with PtyApp(["--demo"], clean_environment(home), cols=COLS, rows=ROWS) as app:
        app.wait_for_text(f"{DEMO_NODES} nodes")
        app.send(CTRL_Z)
        app.wait_for_text("No shell has started ssmtui")
        drawn = app.output.count(b"\x1b[?1049h")
        os.kill(app.pid, signal.SIGTSTP)
        app.wait_until("the screen to be taken again", lambda: app.output.count(b"\x1b[?1049h") > drawn)
        app.wait_for_text(f"{DEMO_NODES} nodes")
        app.send("q")
        assert app.wait_for_exit() == 0
        assert app.modes == app.cooked


def connections(pid: int) -> int:
    """How many of the connections of this process its peers have not closed (ESTABLISHED in proc_net_tcp(5))."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            inodes.add(os.readlink(link))
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[3] == "01" and f"socket:[{row[9]}]" in inodes for row in rows)


def test_what_was_cut_off_while_it_was_stopped_goes_on_after_fg(home: Path, tmp_path: Path) -> None:
    with (
        serve_lab(tmp_path, "--nodes", "1", "--faults", "bye=4s") as (exports, _),
        a_shell(clean_environment(home, **exports), SCREEN) as app,
    ):
        open_only_shell(app)
        app.send("kept=$((6*7)); sleep 1; seq 1 2000\r")
        app.send(LEADER + CTRL_Z)
        app.wait_for_text("Stopped")
        pid = program(app)
        before = connections(pid)
        wait_until_sync("the service to break its socket", lambda: connections(pid) < before, 20)
        back(app)
        app.wait_for_text("\n2000")
        app.send("echo still $kept\r")
        app.wait_for_text("\nstill 42")
