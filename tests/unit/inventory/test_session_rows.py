"""Sessions as rows: whose they are, who holds them, how long they have run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ssmtui.inventory.session_rows import (
    NOBODY,
    Holder,
    SessionRow,
    SessionWhere,
    is_same_owner,
    owner_words,
    session_rows,
    word_to_end,
)
from ssmtui.model import Identity, NodeKey, Scope, SessionRecord

JANE = "arn:aws:sts::111122223333:assumed-role/Ops/jane"
HERE = Scope("prod", "eu-west-1")
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
ME = Identity("111122223333", JANE)


def record(session_id: str = "jane-1", owner: str = JANE, status: str = "Connected") -> SessionRecord:
    return SessionRecord(session_id, "i-1", status, owner, started=NOON)


@pytest.mark.parametrize(
    ("arn", "words"),
    [
        (JANE, "Ops/jane"),
        (
            "arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin_Access_0123456789abcdef/jane@example.com",
            "Admin_Access/jane@example.com",
        ),
        ("arn:aws:iam::1:user/team/ops/jane", "jane"),
        ("aws:iam::123456789012:user/Bob", "Bob"),
        ("arn:aws-cn:sts::1:federated-user/jane", "jane"),
        ("arn:aws:iam::1:root", "root"),
        ("arn:aws:sts::1:assumed-role/Ops", "Ops"),
        ("arn:aws:sts::1:assumed-role", "arn:aws:sts::1:assumed-role"),
        ("somebody", "somebody"),
        ("", ""),
        (":::/", ":::/"),
    ],
)
def test_owners_are_named_as_people_know_them(arn: str, words: str) -> None:
    assert owner_words(arn) == words


def test_an_owner_is_the_caller_with_and_without_the_prefix() -> None:
    assert is_same_owner(JANE, JANE)
    assert is_same_owner(JANE.removeprefix("arn:"), JANE)
    assert not is_same_owner(JANE + "2", JANE)
    assert not is_same_owner("", "")


@pytest.mark.parametrize(
    ("names", "word"),
    [
        (("Ops/john",), "john"),
        (("Ops/john", "Admin/john"), "john"),
        (("Ops/john", "Ops/amira"), "2"),
        (("Ops/",), "1"),
        (("Ops/e\x1bve",), "1"),
        (("Ops/ eve",), "1"),
        (("Ops/\u202eeve",), "1"),
        (("Ops/" + "e" * 65,), "1"),
    ],
)
def test_sessions_of_others_are_ended_by_a_name_that_can_be_typed(names: tuple[str, ...], word: str) -> None:
    records = [record(f"s-{number}", f"arn:aws:sts::1:assumed-role/{name}") for number, name in enumerate(names)]
    assert word_to_end(session_rows(records, HERE, None)) == word


def test_the_number_of_those_that_nobody_owns_is_asked_for() -> None:
    assert word_to_end(session_rows([record("a", ""), record("b", "")], HERE, None)) == "2"


def test_rows_say_where_they_were_listed_and_whose_they_are() -> None:
    other = record("john-1", "arn:aws:sts::111122223333:assumed-role/Ops/john")

    def name_of(key: NodeKey) -> str:
        return "web" if key == ("prod", "eu-west-1", "i-1") else ""

    mine, foreign = session_rows([record(), other], HERE, ME, name_of)
    assert mine == SessionRow(record(), HERE, "111122223333", "web", True, NOBODY)
    assert mine.key == ("prod", "eu-west-1", "jane-1")
    assert (mine.node_key, mine.node_label, mine.owner) == (("prod", "eu-west-1", "i-1"), "web", "Ops/jane")
    assert (foreign.mine, foreign.where) == (False, SessionWhere.FOREIGN)


def test_what_this_machine_holds_is_mine_whoever_calls() -> None:
    # A role assumed anew has another session's name, and so another ARN.
    held = Holder(SessionWhere.DETACHED, "db", "0f")
    there, foreign = session_rows([record(), record("jane-2")], HERE, None, holders={"jane-1": held})
    assert (there.mine, there.where, there.holder.title) == (True, SessionWhere.DETACHED, "db")
    assert not foreign.mine, "without an identity nobody knows"


def test_a_session_lasts_until_its_end_and_never_less_than_nothing() -> None:
    running = SessionRow(record(), HERE)
    assert running.duration(NOON + timedelta(minutes=5)) == timedelta(minutes=5)
    assert running.duration(NOON - timedelta(hours=1)) == timedelta(), "a clock that is behind"
    ended = SessionRow(record(status="Terminated")._replace(ended=NOON + timedelta(minutes=2)), HERE)
    assert ended.duration(NOON + timedelta(days=3)) == timedelta(minutes=2)
    assert SessionRow(record(status="Failed"), HERE).duration(NOON) is None, "nobody says when it ended"
    assert SessionRow(record()._replace(started=None), HERE).duration(NOON) is None


@pytest.mark.parametrize(
    ("status", "over"),
    [("Connected", False), ("Disconnected", False), ("Terminating", False), ("Terminated", True), ("Failed", True)],
)
def test_a_session_is_over_by_its_status(status: str, over: bool) -> None:
    assert SessionRow(record(status=status), HERE).is_over is over
