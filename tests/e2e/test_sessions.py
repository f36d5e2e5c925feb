"""``ssmtui sessions`` and ``ssmtui terminate`` against a lab, with a person in a shell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import OpenPty, Run
from tests.support.lab_process import serve_lab
from tests.support.pty_app import clean_environment

PROMPT = "web-1:~$"


@pytest.fixture(scope="module")
def own_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with serve_lab(tmp_path_factory.mktemp("lab"), "--nodes", "20", "--colleagues", "3") as (exports, _):
        yield exports


@pytest.fixture
def environment(home: Path, own_lab: dict[str, str]) -> dict[str, str]:
    """The environment of a person whose colleagues have sessions, too."""
    return clean_environment(home, **own_lab)


def test_a_session_is_found_and_ended_from_another_terminal(in_pty: OpenPty, run: Run) -> None:
    with in_pty("connect", "web-1", "--reason", "INC-7") as app:
        app.wait_for_text(PROMPT)
        done = run("sessions", "--json", "is:mine")
        assert done.returncode == 0, done.stderr
        (mine,) = json.loads(done.stdout)
        assert (mine["node_name"], mine["reason"], mine["status"]) == ("web-1", "INC-7", "Connected")
        ended = run("terminate", mine["session_id"])
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout.startswith(f"Ended {mine['session_id']}")
        app.wait_for_exit()
    assert json.loads(run("sessions", "--json", "is:mine").stdout) == []
    (past,) = json.loads(run("sessions", "--json", "--history", "is:mine").stdout)
    assert (past["session_id"], past["status"]) == (mine["session_id"], "Terminated")
    again = run("terminate", mine["session_id"])
    assert again.returncode == 0
    assert "is over already" in again.stderr


def test_a_colleagues_session_is_listed_and_its_end_is_denied_in_one_sentence(run: Run) -> None:
    colleagues = json.loads(run("sessions", "--json", "is:others").stdout)
    assert len(colleagues) == 3
    one = colleagues[0]["session_id"]
    asked = run("terminate", one)
    assert asked.returncode == 252
    assert "--yes" in asked.stderr
    denied = run("terminate", "--yes", one)
    assert denied.returncode == 254
    assert denied.stdout == ""
    assert "not been ended" in denied.stderr
    assert denied.stderr.count("\n") == 1


def test_the_owner_of_a_session_is_typed_before_it_is_ended(in_pty: OpenPty, run: Run) -> None:
    one = json.loads(run("sessions", "--json", "is:others").stdout)[0]
    owner = one["owner"].rpartition("/")[2]
    with in_pty("terminate", one["session_id"], cols=200) as app:
        app.wait_for_text(f"Type {owner} to go on")
        app.send("yes\r")
        app.wait_for_text(f"That is not {owner}.")
        app.send(f"{owner}\r")
        assert app.wait_for_exit() == 254
        assert "has not been ended" in app.text
    with in_pty("terminate", one["session_id"], cols=200) as app:
        app.wait_for_text("to go on")
        app.send("\x03")
        assert app.wait_for_exit() == 130
        assert app.modes == app.cooked


def local(run: Run) -> dict[str, str]:
    """How this machine's own sessions are or ended, by their ids."""
    done = run("sessions", "--local", "--json", AWS_ENDPOINT_URL="http://127.0.0.1:1")
    assert done.returncode == 0, done.stderr
    return {one["session_id"]: one["how"] for one in json.loads(done.stdout)}


def test_a_session_that_a_killed_program_left_is_found_and_ended(in_pty: OpenPty, run: Run) -> None:
    with in_pty("connect", "web-1") as app:
        app.wait_for_text(PROMPT)
        (mine,) = json.loads(run("sessions", "--json", "is:mine").stdout)
        assert mine["where"] == "other"
        assert local(run)[mine["session_id"]] == "open"
    # Killed at the end of the block, as the system does it.
    (left,) = json.loads(run("sessions", "--json", "is:leftover").stdout)
    assert (left["session_id"], left["where"]) == (mine["session_id"], "detached")
    assert local(run)[mine["session_id"]] == "left behind"
    ended = run("terminate", mine["session_id"])
    assert ended.returncode == 0, ended.stderr
    assert local(run)[mine["session_id"]] == "ended by you"
