"""Keys of a terminal with kitty's protocol, through the whole program, to a program on the node."""

from __future__ import annotations

from pathlib import Path

from tests.support.lab_process import DEMO_NODES
from tests.support.pty_app import PtyApp, clean_environment

from .test_app import COLS, ROWS, open_shell

CTRL_C, LEADER = "\x1b[1089::99;5:1u", "\x1b[1098::93;5u"


def test_cases_01_02_and_04_keys_reach_the_node_as_the_person_typed_them(home: Path) -> None:
    with PtyApp(["--demo"], clean_environment(home), cols=COLS, rows=ROWS) as app:
        app.wait_for_text(f"{DEMO_NODES} nodes")
        assert b"\x1b[>29u" in app.output  # flags 1, 4, 8 and 16
        open_shell(app, "bastion")
        app.send("stty raw -echo; echo ready; cat -v\r")
        app.wait_for_text("ready\n")
        app.send("\x1b[97;1:3u\x1b[4294967296u\x1b[1;1:3A\x1b[97;1;9999999u")
        app.send(f"\x1b[46:62;4u{CTRL_C}\x1b[1103;5u\x1b[1089::99;;1089u\x1b]11;rgb:0/0/0\x1b\\")
        app.wait_for_text("a^[>^C^ZM-QM-^A")
        app.send(LEADER + "\x1b[1074::100;;1074u")
        app.wait_for_text("filter")
