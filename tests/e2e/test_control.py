"""The list of everybody's sessions in two real programs of one person, and one of the colleagues."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.lab_process import serve_lab
from tests.support.pty_app import PtyApp, clean_environment

LEADER = "\x1d"
PROMPT = "web-1:~$"
COLS, ROWS = 120, 36


@pytest.fixture
def environment(tmp_path: Path, home: Path) -> Iterator[dict[str, str]]:
    """Of a person who works with a lab of their own, in which colleagues have sessions."""
    with serve_lab(tmp_path, "--nodes", "12", "--colleagues", "3") as (exports, _):
        yield clean_environment(home, **exports)


def test_a_session_moves_from_one_program_to_another_over_the_list(environment: dict[str, str]) -> None:
    with PtyApp(["--open", "name:=web-1"], environment, cols=COLS, rows=ROWS) as first:
        first.wait_for_text(PROMPT)
        first.send("word=of-the-first\r")
        with PtyApp([], environment, cols=COLS, rows=ROWS) as second:
            second.wait_for_text("role/Ops")
            second.send("H")
            second.wait_for_text("Sessions running now")
            second.wait_for_text("4 sessions")
            second.send("/is:mine\r")
            second.wait_for_text("1 of 4")
            second.wait_for_text("Another ssmtui on this machine has it: web-1.")
            second.send("\r")
            second.wait_for_text("Another ssmtui has web-1")
            second.send("\r")
            second.wait_for_text("taken over at")
            first.wait_for_text("Another client has taken the session over")
            second.send("echo it''is $word\r")
            second.wait_for_text("itis of-the-first")
            # Enter leads back to the tab that has it now, and its end is in the history.
            second.send(LEADER + "H")
            second.wait_for_text("A tab of this app has it")
            second.send("\r")
            second.wait_for_text("itis of-the-first")
            second.send(LEADER + "H")
            second.wait_for_text("A tab of this app has it")
            second.send("x")
            second.wait_for_text("End your session on web-1?")
            second.send("\r")
            second.wait_for_text("No session matches the filter")
            second.send("h")
            second.wait_for_text("that ended in the last 30 days")
            second.wait_for_text("■ terminated")


def test_a_colleagues_session_is_theirs(environment: dict[str, str]) -> None:
    with PtyApp([], environment, cols=COLS, rows=ROWS) as app:
        app.wait_for_text("role/Ops")
        app.send("H")
        app.wait_for_text("3 sessions")
        app.send("x")
        app.wait_for_text("whose session it is")
        app.send("\r")
        app.wait_for_text("esc goes back")
        app.send("me\r")
        app.wait_for_text("That is not it.")
        app.send("\x1b")
        app.wait_until_gone("whose session it is")
        app.wait_for_text("3 sessions")
