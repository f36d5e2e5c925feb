"""An event loop that stands still: a signal ends the program, and no session stays behind at the service."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from ssmtui.ledger.ledger import read_local
from tests.e2e.test_outages import LEADER, open_shell
from tests.support import stuck_program
from tests.support.lab_process import serve_lab
from tests.support.pty_app import PtyApp, clean_environment
from tests.support.wait import wait_until_sync


def active(exports: dict[str, str]) -> list[dict[str, Any]]:
    """The sessions that the service knows and has not ended."""
    ssm = boto3.client(
        "ssm",
        region_name=exports["AWS_REGION"],
        endpoint_url=exports["AWS_ENDPOINT_URL"],
        aws_access_key_id=exports["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=exports["AWS_SECRET_ACCESS_KEY"],
    )
    try:
        return list(ssm.describe_sessions(State="Active")["Sessions"])
    finally:
        ssm.close()


@contextmanager
def two_shells(
    home: Path, lab: Path, *arguments: str, blocks: str = "loop", **more: str
) -> Iterator[tuple[PtyApp, dict[str, str]]]:
    """A program whose loop can be made to stand still, with two shells, and what leads to its lab."""
    program = (sys.executable, stuck_program.__file__, blocks)
    with (
        serve_lab(lab, "--nodes", "1", *arguments) as (exports, _),
        PtyApp([], clean_environment(home, **exports, **more), program=program) as app,
    ):
        open_shell(app)
        app.send(LEADER + "d\r")
        wait_until_sync("a second session", lambda: len(active(exports)) == 2)
        app.wait_for_text("web-1:~$")
        yield app, exports


def recorded(home: Path) -> list[str]:
    """How far the sessions are, as the ledger and the journal say."""
    state = home / ".local" / "state" / "ssmtui"
    return [one.how for one in read_local(state / "ledger", state / "journal.jsonl").entries]


def is_restored(app: PtyApp) -> bool:
    return app.modes == app.cooked and not app.private_modes & {"1049", "1000", "1003", "1006", "2004"}


@pytest.mark.parametrize("blocks", ["loop", "close"])
def test_fault_4_a_signal_leaves_the_sessions_of_a_program_whose_loop_stands_still(
    blocks: str, home: Path, tmp_path: Path
) -> None:
    with two_shells(home, tmp_path, blocks=blocks) as (app, exports):
        os.kill(app.pid, signal.SIGUSR1)
        os.kill(app.pid, signal.SIGTERM)
        assert app.wait_for_exit(20) == 130
        assert len(active(exports)) == 2
        assert recorded(home) == ["left behind"] * 2
        assert is_restored(app)
        told = "".join(app.text.split())
        assert "2sessionsstayalive;`ssmtuiattach`bringsthemback" in told
        assert "terminated" not in told
        assert "notconfirmed" not in told


@pytest.mark.parametrize("blocks", ["loop", "close"])
def test_fault_4_a_signal_ends_the_sessions_of_a_program_whose_loop_stands_still(
    blocks: str, home: Path, tmp_path: Path
) -> None:
    with two_shells(home, tmp_path, blocks=blocks) as (app, exports):
        os.kill(app.pid, signal.SIGUSR1)
        os.kill(app.pid, signal.SIGINT)
        assert app.wait_for_exit(20) == 130
        assert active(exports) == []
        assert is_restored(app)
        told = "".join(app.text.split())  # a line breaks anywhere
        assert "2sessionswereterminated" in told
        assert "notconfirmed" not in told
        assert recorded(home) == ["ended by you"] * 2


def test_fault_4_sessions_that_cannot_be_ended_are_named(home: Path, tmp_path: Path) -> None:
    with two_shells(home, tmp_path, "--faults", "expired=TerminateSession:99") as (app, exports):
        left = {one["SessionId"] for one in active(exports)}
        os.kill(app.pid, signal.SIGUSR1)
        os.kill(app.pid, signal.SIGINT)
        assert app.wait_for_exit(20) == 130
        assert is_restored(app)
        told = "".join(app.text.split())
        assert "AWShasnotconfirmedtheend" in told
        assert all(session in told for session in left), told
        assert "wereterminated" not in told


@pytest.mark.parametrize(("setting", "left"), [("detach", 2), ("end", 0)])
def test_fault_4_a_terminal_that_goes_leaves_or_ends_the_sessions_of_a_loop_that_stands_still(
    setting: str, left: int, home: Path, tmp_path: Path
) -> None:
    with two_shells(home, tmp_path, SSMTUI_ON_HANGUP=setting) as (app, exports):
        os.kill(app.pid, signal.SIGUSR1)
        app.hang_up()
        assert app.wait_for_exit(20) == 130
        assert len(active(exports)) == left
