"""What is on the disk of sessions: while they live, after they have ended, and after their program was killed."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

import pytest

from ssmtui.ledger.journal import JournalEntry
from ssmtui.ledger.ledger import read_local
from tests.e2e.conftest import OpenPty
from tests.support.wait import wait_until_sync

PROMPT = "web-1:~$"


@pytest.fixture
def state(home: Path) -> Path:
    return home / ".local" / "state" / "ssmtui"


def listed(state: Path) -> list[JournalEntry]:
    found = read_local(state / "ledger", state / "journal.jsonl")
    assert found.problems == ()
    return list(found.entries)


def records(state: Path) -> list[Path]:
    return list((state / "ledger").glob("*.json"))


def assert_private(state: Path) -> None:
    for file in (state, *state.rglob("*")):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file


def test_a_session_in_the_terminal_is_on_record_while_it_lives_and_in_the_journal_after(
    in_pty: OpenPty, state: Path
) -> None:
    with in_pty("connect", "web-1", "--reason", "INC-7") as app:
        app.wait_for_text(PROMPT)
        wait_until_sync("it is known whose it is", lambda: listed(state)[0].who)
        (lives,) = listed(state)
        assert (lives.how, lives.node_name, lives.reason, lives.live) == ("open", "web-1", "INC-7", True)
        assert lives.session_id
        assert_private(state)
        app.send("exit\r")
        assert app.wait_for_exit() == 0
    (over,) = listed(state)
    assert (over.id, over.session_id, over.who) == (lives.id, lives.session_id, lives.who)
    assert (over.how, over.live) == ("exited, or ended by somebody else", False)
    assert over.duration is not None
    assert over.ended is not None
    assert records(state) == []
    assert_private(state)


@pytest.mark.parametrize("arguments", [("connect", "web-1"), ("--open", "name:=web-1")])
def test_a_program_that_is_killed_leaves_its_sessions_on_record(
    in_pty: OpenPty, state: Path, arguments: tuple[str, ...]
) -> None:
    with in_pty(*arguments) as app:
        app.wait_for_text(PROMPT)
        wait_until_sync("it is on record", lambda: [one.how for one in listed(state)] == ["open"])
        os.kill(app.pid, signal.SIGKILL)
        app.wait_for_exit()
        # No child that still runs holds anything of it.
        (left,) = listed(state)
        assert (left.how, left.live) == ("left behind", True)
        assert left.session_id


def test_a_tab_is_on_record_and_nothing_that_is_typed_into_it(in_pty: OpenPty, state: Path) -> None:
    with in_pty("--open", "name:=web-1") as app:
        app.wait_for_text(PROMPT)
        wait_until_sync("it is on record", lambda: [one.how for one in listed(state)] == ["open"])
        (lives,) = listed(state)
        app.send("echo secret''word\r")
        app.wait_for_text("\nsecretword")
        app.send("exit\r")
        wait_until_sync("it is in the journal alone", lambda: not records(state))
        (over,) = listed(state)
        assert (over.id, over.how, over.node_name) == (lives.id, "exited, or ended by somebody else", "web-1")
        for file in (state / "journal.jsonl", *(state / "ledger").iterdir()):
            assert b"secret" not in file.read_bytes(), file
