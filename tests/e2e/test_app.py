"""The full-screen program in a pty: open, type, flood, resize, crash the engine, quit."""

from __future__ import annotations

import base64
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.lab_process import DEMO_NODES
from tests.support.processes import is_running
from tests.support.pty_app import PtyApp, clean_environment, command_line
from tests.support.wait import wait_until_sync

LEADER = "\x1d"
COLS, ROWS = 100, 30


@pytest.fixture
def demo(home: Path) -> Iterator[PtyApp]:
    """``ssmtui --demo`` with its nodes listed."""
    with PtyApp(["--demo"], clean_environment(home), cols=COLS, rows=ROWS) as app:
        app.wait_for_text(f"{DEMO_NODES} nodes")
        yield app


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PtyApp]:
    """A demo with one shell, for all tests that leave it at its prompt."""
    home = tmp_path_factory.mktemp("home")
    with PtyApp(["--demo"], clean_environment(home), cols=COLS, rows=ROWS) as app:
        app.wait_for_text(f"{DEMO_NODES} nodes")
        open_shell(app, "bastion")
        yield app


def open_shell(app: PtyApp, name: str) -> None:
    """From the list of nodes, a shell on the node ``name`` in a new tab."""
    app.send("/")
    app.wait_for_text("enter to the list")
    app.send(name)
    app.wait_for_text(f"1 of {DEMO_NODES}")
    app.send("\r")
    app.wait_for_text("enter shell")
    app.send("\r")
    app.wait_for_text(f"{name}:~$")


def to_nodes(app: PtyApp) -> None:
    """Back to the list, its filter cleared."""
    app.send(LEADER + "d")
    app.wait_for_text("filter")
    app.send("\x1b")
    app.wait_for_text(f"{DEMO_NODES} nodes")


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
    demo.send("/search-1\r")
    demo.wait_for_text(f"1 of {DEMO_NODES}")
    # As a slow line brings what was typed meanwhile: form, default shell, reason.
    demo.send("s\rdisk full\r")
    demo.wait_for_text("search-1:~$")
    demo.wait_for_text("disk full")
    ask(demo, "hostname", "search-1")
    demo.send(LEADER + "2")
    demo.wait_for_text("\n42")
    processes = demo.descendants()
    assert quit_now(demo) == 0
    wait_until_sync("all of its processes to end", lambda: not any(map(is_running, processes)))
    assert demo.modes == demo.cooked
    assert demo.private_modes <= {"7", "25"}


@pytest.mark.parametrize(
    ("program", "command", "shown", "leave"),
    [
        ("vim", "vim -u NONE -N draft", "[New", ":q!\r"),
        ("less", "seq 1 500 | less", "\n26", "q"),
        ("top", "top", "PID", "q"),
    ],
)
def test_full_screen_programs_draw(shell: PtyApp, program: str, command: str, shown: str, leave: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    shell.send(f"clear; {command}; echo left\r")
    shell.wait_for_text(shown)
    shell.send(leave)
    shell.wait_for_text("\nleft\n")


def copied(app: PtyApp) -> str:
    """What the terminal was told last to put into its clipboard."""
    found = re.findall(rb"\x1b\]52;c;([^\x07]*)\x07", app.output)
    return base64.b64decode(found[-1]).decode() if found else ""


def test_output_is_searched_and_copied(shell: PtyApp) -> None:
    ask(shell, "clear; seq 1 300", "300")
    shell.send(LEADER + "/")
    shell.wait_for_text("plain, smart case")
    shell.send("^1\x120$")  # Ctrl-R in the middle: a regular expression from there on
    shell.wait_for_text("match 1/1")
    shell.send("\r")
    shell.wait_until_gone("regex, smart case")
    shell.send("Vjjy")
    shell.wait_for_text("Copied 3 lines, 9 characters (OSC 52)")
    assert copied(shell) == "10\n11\n12\n"
    ask(shell, "clear; echo $((6*7))", "42")


def test_a_node_has_to_be_allowed_to_copy(shell: PtyApp) -> None:
    ask(shell, "clear; printf '\\033]52;c;%s\\a' $(printf from-afar | base64); echo done", "done")
    shell.wait_for_text("wants your clipboard")
    assert copied(shell) != "from-afar"
    shell.send(LEADER + "w")
    shell.wait_for_text("Let bastion put 9 characters")
    shell.send("o")
    shell.wait_for_text("Copied 9 characters")
    assert copied(shell) == "from-afar"


def test_a_paste_that_would_act_is_asked_about(shell: PtyApp) -> None:
    ask(shell, "clear; bind 'set enable-bracketed-paste off' 2>/dev/null; echo set up", "set up")
    shell.send("\x1b[200~echo a\necho b\x1b[201~XX\r")
    shell.wait_for_text("Paste 2 lines, 13 bytes, into bastion?")
    shell.send("o")
    shell.wait_for_text("$ echo a echo b")
    assert "XX" not in shell.text
    shell.send("\r")
    shell.wait_for_text("\na echo b")


def test_control_keys_reach_the_node(shell: PtyApp) -> None:
    ask(shell, "clear; echo ready; cat", "ready")
    shell.send("\x03")
    shell.wait_for_text("^C")
    ask(shell, "clear; echo again; cat", "again\n")  # another word: the first one may still be on the screen
    shell.send("\x04")
    ask(shell, "echo $((6*7))", "42")


def test_what_an_input_method_types_reaches_the_node(shell: PtyApp) -> None:
    composed = "日本語 naïve e\u0301 \N{THUMBS UP SIGN}".encode()
    shell.send("clear; echo type now; read -r line; printf %s \"$line\" | od -An -tx1 | tr -d ' \\n'; echo\r")
    shell.wait_for_text("type now\n")
    shell.send(composed[:5])  # a network cuts where it likes, also in the middle of a character
    shell.send(composed[5:] + b"\r")
    shell.wait_for_text(f"\n{composed.hex()}")


def test_a_resize_reaches_the_node(shell: PtyApp) -> None:
    shell.send("clear; until read -r -t 0.1; do stty size; done\r")  # bash loses a Ctrl-C between two short programs
    # One line each is kept for the tabs, the pane's own line and the keys.
    shell.wait_for_text(f"\n{ROWS - 3} {COLS}")
    shell.resize(80, 24)
    shell.wait_for_text("\n21 80")
    shell.resize(COLS, ROWS)
    shell.wait_until("the old size", lambda: shell.text.split("\n\n")[0].endswith(f"\n{ROWS - 3} {COLS}"))
    shell.send("\r")
    ask(shell, "clear; echo $((6*7))", "42")


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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_ends_sessions_and_program(demo: PtyApp, number: signal.Signals) -> None:
    open_shell(demo, "bastion")
    processes = demo.descendants()
    os.kill(demo.pid, number)
    assert demo.wait_for_exit(10) == 130
    wait_until_sync("all of its processes to end", lambda: not any(map(is_running, processes)))
    assert demo.modes == demo.cooked


def test_fault_7_a_killed_program_leaves_no_keyboard_protocol_behind_a_reset(demo: PtyApp) -> None:
    open_shell(demo, "bastion")
    demo.send("printf '\\033[>5uasked\\n'; cat -v\r")
    demo.wait_for_text("\nasked")
    demo.send("\x03")
    demo.wait_for_text("^[[99;5u")
    demo.send(LEADER + "e")
    demo.send("plain")
    demo.wait_for_text("plain")
    demo.send("\x03")
    demo.wait_until("the prompt is back", lambda: demo.text.rstrip().count("bastion:~$") >= 2)


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


def test_a_crash_gives_the_terminal_back_and_says_one_sentence(home: Path) -> None:
    script = """if True:
        import sys
        from ssmtui import wiring
        from ssmtui.cli.main import main

        def broken(*arguments):
            raise ZeroDivisionError("TokenValue=hunter2")

        wiring.open_board = broken
        main()
    """
    with PtyApp(["--demo"], clean_environment(home), program=[sys.executable, "-c", script]) as app:
        assert app.wait_for_exit() == 255
        assert app.modes == app.cooked
        assert app.private_modes <= {"7", "25"}
        shown = app.text.replace("\n", "")
        log = home / ".local" / "state" / "ssmtui" / "ssmtui.log"
        assert shown == f"ssmtui: Something went wrong inside ssmtui (ZeroDivisionError). The details are in {log}."
        assert "Traceback" in log.read_text()
        assert "hunter2" not in log.read_text()
        assert app.descendants() == []
