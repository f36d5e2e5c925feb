"""A broadcast through the whole program: to shells side by side, past an editor and a password prompt, ended by Escape
twice as a terminal sends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pty_app import PtyApp, clean_environment

COLS, ROWS = 120, 40
LEADER = "\x1d"
ESCAPES = {"legacy": "\x1b", "kitty": "\x1b[27u"}


def prompts(app: PtyApp) -> int:
    return app.text.count(":~$")


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
def test_three_shells_get_what_is_typed_into_one_until_escape_is_pressed_twice(home: Path, escape: str) -> None:
    arguments = ["--demo", "--open", "name:=web-1|name:=web-2|name:=web-3", "--tiled"]
    with PtyApp(arguments, clean_environment(home), cols=COLS, rows=ROWS) as app:
        app.wait_until("three prompts", lambda: prompts(app) == 3)
        app.send(LEADER + "b")
        app.wait_for_text("BROADCAST TO 3")
        app.send("echo $((6 * 7)).\r")
        app.wait_until("three answers", lambda: app.text.count("42.") == 3 and prompts(app) == 6)
        assert "DIFFERS" not in app.text
        app.send('[ "${PWD##*/}" = web-2 ] && echo other; echo $((6 * 9)).\r')
        app.wait_until("three answers", lambda: app.text.count("54.") == 3)
        app.wait_for_text("1 differs")
        app.send('read -s -p "Password: " it; echo "${#it} characters"\r')
        app.wait_for_text("NOT BROADCAST: password prompt")
        app.wait_until("all are left out", lambda: app.text.count("LEFT OUT") == 3)
        app.send(LEADER + "K")
        app.wait_for_text("Send a password to the 3 sessions that ask for one?")
        app.send("correct horse\r")
        app.wait_until("three lengths", lambda: app.text.count("13 characters") == 3)
        assert "horse" not in app.text
        app.wait_for_text("BROADCAST TO 3")
        app.send(escape + escape)
        app.wait_until_gone("BROADCAST TO 3")
        app.send("echo $((7 * 7)).\r")
        app.wait_for_text("49.")
        assert app.text.count("49.") == 1
