"""Which sessions can be left alive, until when they stay, and what is said of it."""

import time
from datetime import UTC, datetime

import pytest

from ssmtui.model import StartRequest
from ssmtui.sessions.left_alive import (
    UNREAD,
    UNREAD_OF_ONE,
    cannot_stay,
    farewell,
    may_fail,
    one,
    stays_until,
    until_when,
)
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.sessions.states import SessionState

NOW = datetime(2026, 3, 4, 14, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def session(title="web-1", state=SessionState.OPEN, session_id="ops-1", **facts):
    request = StartRequest("i-00000000000000001")
    return SessionSnapshot(1, title, request, None, state, session_id=session_id, **facts)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"encrypted": True}, "encrypted with a KMS key"),
        ({"state": SessionState.AWAITING_APPROVAL, "session_id": ""}, "nobody has approved"),
        ({"state": SessionState.STARTING, "session_id": ""}, "still being started"),
        ({"state": SessionState.CLOSING}, "being terminated"),
    ],
)
def test_what_cannot_stay_is_named_with_the_reason(facts, why):
    assert why in cannot_stay(session(**facts))


@pytest.mark.parametrize(
    "state", [SessionState.CONNECTING, SessionState.OPEN, SessionState.LOST, SessionState.SIGNED_OUT]
)
def test_what_is_at_the_service_can_stay(state):
    assert cannot_stay(session(state=state)) == ""


def test_what_is_kept_is_said_apart_from_what_nobody_reads():
    kept = session("build", idle_left=60.0, time_left=3600.0)
    told = farewell([session()], [], NOW, kept=[kept]).splitlines()
    assert told[0].startswith("build is kept, until 15:02 at most. `ssmtui keep` goes on reading the output;")
    assert told[0].endswith("brings it back.")
    assert "web-1 stays alive" in told[1]
    assert farewell([], [], NOW, kept=[kept, session()]).startswith("2 sessions are kept, until 15:02 at most.")
    assert farewell([], [], NOW, kept=[session()]).startswith("web-1 is kept. ")


def test_the_nearer_limit_counts():
    assert stays_until(session(idle_left=600.0, time_left=60.0), NOW) == NOW.replace(minute=3)
    assert stays_until(session(idle_left=600.0), NOW) == NOW.replace(minute=12)
    assert stays_until(session(), NOW) is None


def test_one_time_is_said_once_and_different_ones_with_their_sessions():
    first, other = session(idle_left=1200.0), session("db-1", idle_left=300.0)
    assert until_when([first, first], NOW) == "until 14:22"
    assert until_when([first, other], NOW) == "until 14:07 (db-1) to 14:22 (web-1)"


def test_a_limit_that_is_not_known_is_not_guessed():
    assert until_when([session()], NOW) == "as long as AWS keeps sessions without input, usually 20 minutes"
    assert until_when([session(), session(idle_left=60.0)], NOW).startswith(
        "until 14:03, or where no limit could be read"
    )


def test_the_farewell_says_who_stays_who_does_not_and_how_to_come_back():
    assert farewell([], [], NOW) == ""
    assert farewell([session(idle_left=1200.0)], [], NOW) == (
        f"web-1 stays alive until 14:22. `ssmtui attach` brings it back.\n{UNREAD_OF_ONE}"
    )
    stayed, unread, ended = farewell([session(), session()], [session("kms", encrypted=True)] * 5, NOW).splitlines()
    assert stayed.startswith("2 sessions stay alive")
    assert unread == UNREAD
    assert ended.startswith(
        "Not left alive, but terminated: kms (encrypted with a KMS key that only this run has), kms"
    )
    assert ended.endswith(" and 2 more.")


def test_what_was_typed_and_not_acknowledged_is_said():
    left = [
        session(left_alive=True, state=SessionState.DETACHED, unacknowledged_bytes=3),
        session("b", left_alive=True),
    ]
    told = farewell([session(), session("b")], [], NOW, left).splitlines()
    assert told[-1] == "What was typed last into web-1 may not have reached its node, and is not sent again."
    assert "web-1, web-1 may not have reached their nodes" in farewell([session()], [], NOW, left[:1] * 2)
    assert "typed last" in one("ops-1", unsent=1)
    assert "typed last" not in one("ops-1")


def test_what_the_ledger_could_not_keep_is_named_by_its_id():
    kept = session(record="a", is_on_record=True, left_alive=True)
    lost = session(record="b", session_id="ops-2", left_alive=True)
    assert "The ledger could not be written: `ssmtui attach ops-2` brings it back." in farewell([lost], [], NOW, [lost])
    told = farewell([kept, lost], [], NOW, [kept, lost])
    assert "brings them back, but 1 that the ledger could not keep: `ssmtui attach ops-2` does that." in told
    assert "`ssmtui attach` brings it back." in farewell([kept], [], NOW, [kept])


def test_a_command_without_a_terminal_may_fail_while_nobody_reads():
    batch = session("batch", session_type="NonInteractiveCommands")
    assert farewell([batch, session()], [], NOW).splitlines()[-1] == (
        "batch runs a command without a terminal, which may fail while nobody reads its output."
    )
    assert may_fail([session(session_type="InteractiveCommands")]) == ""
    assert may_fail([batch] * 5).startswith("batch, batch, batch and 2 more run commands")


def test_names_are_inert():
    assert "\x1b" not in farewell([session("\x1b[31mred")], [session("\x1b]0;x", encrypted=True)], NOW)
