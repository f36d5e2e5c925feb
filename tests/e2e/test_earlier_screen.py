"""A program that is killed while it records: the next one shows what was on the screen, and goes on below it."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest

from tests.e2e.conftest import OpenPty
from tests.support.pty_app import PtyApp
from tests.support.wait import wait_until_sync

PROMPT = "web-1:~$"
LEADER = "\x1d"
TAKEN_OVER = re.compile(r"── taken over at \d\d:\d\d, output since then ──")


@pytest.fixture
def recordings(home: Path) -> Path:
    return home / ".local" / "share" / "ssmtui" / "recordings"


def recorded(app: PtyApp, recordings: Path) -> None:
    """Open a shell and have it recorded."""
    app.wait_for_text(PROMPT)
    app.send(LEADER + "R")
    app.wait_for_text("● recording")
    wait_until_sync("there is a file", lambda: list(recordings.glob("*.cast")))


def holds(recordings: Path, text: str) -> None:
    wait_until_sync("it is recorded", lambda: any(text in file.read_text() for file in recordings.glob("*.cast")))


def kill(app: PtyApp) -> None:
    os.kill(app.pid, signal.SIGKILL)
    app.wait_for_exit()


def test_what_was_printed_before_stands_above_what_is_new(in_pty: OpenPty, recordings: Path) -> None:
    with in_pty("--open", "name:=web-1") as app:
        recorded(app, recordings)
        app.send("here=still; echo bef''ore\r")
        app.wait_for_text("\nbefore")
        holds(recordings, "before")
        kill(app)
    with in_pty() as app:
        app.answer("bring back", "\r")
        app.wait_for_text("output since then")
        app.wait_for_text("● recording")
        app.send("echo $here\r")
        app.wait_for_text("\nstill")
        above, line, below = re.split(f"({TAKEN_OVER.pattern})", app.text)
        assert "\nbefore" in above
        assert line
        assert "echo $here" in below


def test_a_full_screen_program_has_its_own_screen_again(in_pty: OpenPty, recordings: Path) -> None:
    with in_pty("--open", "name:=web-1") as app:
        recorded(app, recordings)
        app.send("seq 300 | less\r")
        app.wait_for_text("\n12\n")
        holds(recordings, "1049h")
        kill(app)
    with in_pty() as app:
        app.answer("bring back", "\r")
        app.wait_for_text("\n12\n")
        assert "output since then" not in app.text, "the pager has the alternate screen"
        app.send("q")
        app.wait_for_text("output since then")
        assert "seq 300 | less" in TAKEN_OVER.split(app.text)[0]
