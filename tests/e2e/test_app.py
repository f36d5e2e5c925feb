"""The full-screen program in a pty: open, type, flood, resize, crash the engine, quit."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.pty_app import PtyApp, clean_environment, command_line, is_running
from tests.support.wait import wait_until_sync

LEADER = "\x1d"
COLS, ROWS = 100, 30


@pytest.fixture
def demo(home: Path) -> Iterator[PtyApp]:
    """``ssmtui --demo`` with its nodes listed."""
    with PtyApp(["--demo"], clean_environment(home), cols=COLS, rows=ROWS) as app:
        app.wait_for_text("48 nodes")
        yield app


def open_shell(app: PtyApp, name: str) -> None:
    """From the list of nodes, a shell on the node ``name`` in a new tab."""
    app.send("/")
    app.wait_for_text("enter to the list")
    app.send(name)
    app.wait_for_text("1 of 48")
    app.send("\r")
    app.wait_for_text("enter shell")
    app.send("\r")
    app.wait_for_text(f"{name}:~$")


def to_nodes(app: PtyApp) -> None:
    """Back to the list, its filter cleared."""
    app.send(LEADER + "d")
    app.wait_for_text("filter")
    app.send("\x1b")
    app.wait_for_text("48 nodes")


def ask(app: PtyApp, command: str, answer: str) -> None:
    """Type a command and wait for a line of its output."""
    app.send(command + "\r")
    app.wait_for_text(f"\n{answer}")


def quit_now(app: PtyApp) -> int:
    """Leave by the keys a person would use; the exit code."""
    to_nodes(app)
    app.send("q")
    app.wait_for_text("will be terminated")
    app.send("y")
    return app.wait_for_exit()


def engine_host(app: PtyApp) -> int:
    """The process that the terminal engines live in."""
    return next(pid for pid in app.descendants() if "ssmtui.terminal.host" in command_line(pid))


def test_three_shells_live_side_by_side_and_leave_nothing_behind(demo: PtyApp) -> None:
    open_shell(demo, "bastion")
    ask(demo, "echo $((6*7))", "42")
    to_nodes(demo)
    open_shell(demo, "db-primary")
    ask(demo, "seq 1 200000", "200000")
    to_nodes(demo)
    open_shell(demo, "search-1")
    ask(demo, "hostname", "search-1")
    demo.send(LEADER + "2")
    demo.wait_for_text("\n42")
    processes = demo.descendants()
    assert quit_now(demo) == 0
    wait_until_sync("all of its processes to end", lambda: not any(map(is_running, processes)))
    assert demo.modes == demo.cooked
    assert demo.private_modes <= {"7", "25"}


@pytest.mark.parametrize(
    ("program", "keys", "shown", "leave"),
    [
        ("vim", "vim -u NONE -N notes.txt\r", "notes.txt", "\x1b:q!\r"),
        ("less", "seq 1 500 | less\r", "\n26", "q"),
        ("top", "top\r", "PID", "q"),
    ],
)
def test_full_screen_programs_draw(demo: PtyApp, program: str, keys: str, shown: str, leave: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    open_shell(demo, "bastion")
    demo.send(keys)
    demo.wait_for_text(shown)
    demo.send(leave)
    demo.wait_for_text("bastion:~$")
    ask(demo, "echo $((6*7))", "42")


def test_a_resize_reaches_the_node(demo: PtyApp) -> None:
    open_shell(demo, "bastion")
    demo.send("while sleep 0.1; do stty size; done\r")
    # One line each is kept for the tabs, the pane's own line and the keys.
    demo.wait_for_text(f"\n{ROWS - 3} {COLS}")
    demo.resize(80, 24)
    demo.wait_for_text("\n21 80")


def test_control_keys_reach_the_node(demo: PtyApp) -> None:
    open_shell(demo, "bastion")
    ask(demo, "echo ready; cat", "ready")
    demo.send("\x03")
    demo.wait_for_text("^C")
    ask(demo, "echo ready; cat", "ready\n")
    demo.send("\x04")
    ask(demo, "echo $((6*7))", "42")


def test_a_dead_engine_host_costs_nothing_that_was_shown(demo: PtyApp) -> None:
    open_shell(demo, "bastion")
    ask(demo, "echo $((6*7))", "42")
    to_nodes(demo)
    open_shell(demo, "db-primary")
    ask(demo, "echo $((7*8))", "56")
    host = engine_host(demo)
    os.kill(host, signal.SIGSEGV)
    demo.wait_until("another engine host", lambda: any(
        "ssmtui.terminal.host" in command_line(pid) for pid in demo.descendants() if pid != host
    ))  # fmt: skip
    ask(demo, "echo $((8*9))", "72")
    assert "\n56" in demo.text
    demo.send(LEADER + "2")
    demo.wait_for_text("\n42")
    ask(demo, "echo $((9*9))", "81")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_sessions_and_program(demo: PtyApp, number: signal.Signals) -> None:
    open_shell(demo, "bastion")
    processes = demo.descendants()
    os.kill(demo.pid, number)
    assert demo.wait_for_exit(10) == 0
    wait_until_sync("all of its processes to end", lambda: not any(map(is_running, processes)))
    assert demo.modes == demo.cooked


def test_a_terminal_that_is_closed_ends_sessions_and_program(demo: PtyApp) -> None:
    open_shell(demo, "bastion")
    processes = [demo.pid, *demo.descendants()]
    demo.hang_up()
    wait_until_sync("all of its processes to end", lambda: not any(map(is_running, processes)), 15)


def test_quitting_asks_while_sessions_live(demo: PtyApp) -> None:
    open_shell(demo, "bastion")
    to_nodes(demo)
    demo.send("q")
    demo.wait_for_text("will be terminated")
    demo.send("\x1b")
    demo.wait_until_gone("will be terminated")
    demo.send(LEADER + "2")
    demo.wait_for_text("bastion:~$")
    ask(demo, "echo $((6*7))", "42")
