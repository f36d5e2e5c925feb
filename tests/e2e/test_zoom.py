"""A session alone in the real terminal: the leader and ``Z``, and back."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.lab_process import DEMO_NODES
from tests.support.processes import is_running
from tests.support.pty_app import PtyApp, clean_environment
from tests.support.wait import wait_until_sync

from .test_app import COLS, LEADER, ROWS, ask, open_shell, quit_now, to_nodes

PICTURE = b"\x1b_Ga=T,f=24,s=1,v=1;AAAA\x1b\\"
"""A picture of kitty's, which no pane shows."""
PRINT_PICTURE = r"printf '\033_Ga=T,f=24,s=1,v=1;AAAA\033\134\n'"  # pyte takes it for text


@pytest.fixture
def zoomed(home: Path) -> Iterator[PtyApp]:
    """A demo whose one shell has the whole terminal."""
    with PtyApp(["--demo"], clean_environment(home), cols=COLS, rows=ROWS) as app:
        app.wait_for_text(f"{DEMO_NODES} nodes")
        open_shell(app, "bastion")
        ask(app, "echo $((6*7))", "42")
        app.send(LEADER + "Z")
        app.wait_for_text("Give this terminal to bastion alone?")
        app.send("\r")
        app.wait_until_gone("1 Nodes")
        app.wait_for_text("\n42")
        yield app


def test_the_session_has_the_terminal_and_the_pane_is_up_to_date_afterwards(zoomed: PtyApp) -> None:
    ask(zoomed, "stty size", f"{ROWS} {COLS}")
    assert PICTURE not in zoomed.output
    # The program on the node asks for the keyboard protocol that it wants; none of ours is left.
    assert zoomed.output.rindex(b"\x1b[<u") > zoomed.output.rindex(b"\x1b[>29u")
    ask(zoomed, PRINT_PICTURE + "; echo $((7*8))", "56")
    assert PICTURE in zoomed.output
    zoomed.send(LEADER)
    zoomed.wait_for_text("1 Nodes")
    assert "\n56" in zoomed.text
    ask(zoomed, f'clear; until [ "$(stty size)" = "{ROWS - 3} {COLS}" ]; do sleep 0.1; done; echo sized', "sized\n")

    zoomed.send(LEADER + "Z")  # nothing is asked the second time
    zoomed.wait_until_gone("1 Nodes")
    zoomed.send("exit\r")
    zoomed.wait_for_text("The session is over")
    to_nodes(zoomed)
    zoomed.send("q")
    assert zoomed.wait_for_exit() == 0
    assert zoomed.modes == zoomed.cooked


def test_a_full_screen_program_goes_on_in_both(zoomed: PtyApp) -> None:
    zoomed.send("seq 1 500 | less\r")
    zoomed.wait_for_text(f"\n{ROWS - 1}\n")
    zoomed.send(LEADER)
    zoomed.wait_for_text("1 Nodes")
    zoomed.wait_for_text(f"\n{ROWS - 4}\n:")
    zoomed.send("G")
    zoomed.wait_for_text("(END)")
    zoomed.send(LEADER + "Z")
    zoomed.wait_until_gone("1 Nodes")
    zoomed.wait_for_text("(END)")
    zoomed.send("q")
    ask(zoomed, "echo $((8*9))", "72")
    zoomed.send(LEADER)
    zoomed.wait_for_text("1 Nodes")
    assert quit_now(zoomed) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_sessions_and_program(zoomed: PtyApp, number: signal.Signals) -> None:
    processes = zoomed.descendants()
    os.kill(zoomed.pid, number)
    assert zoomed.wait_for_exit(10) == 130
    wait_until_sync("all of its processes to end", lambda: not any(map(is_running, processes)))
    assert zoomed.modes == zoomed.cooked
    assert zoomed.private_modes & {"1000", "1002", "1003", "1049", "2004"} == set()


def test_a_terminal_that_is_closed_ends_sessions_and_program(zoomed: PtyApp) -> None:
    processes = [zoomed.pid, *zoomed.descendants()]
    zoomed.hang_up()
    wait_until_sync("all of its processes to end", lambda: not any(map(is_running, processes)), 15)
