"""The ledger and the journal as lists of sessions show them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ssmtui.inventory.local_sessions import local_row, record_holders
from ssmtui.inventory.session_fields import is_leftover
from ssmtui.inventory.session_rows import Holder, SessionWhere
from ssmtui.ledger.journal import JournalEntry
from ssmtui.ledger.record import LedgerRecord, Phase
from ssmtui.model import DEFAULT_SHELL, Scope, StartRequest

AT = 1_768_478_400.0
NOON = datetime.fromtimestamp(AT, UTC)
PROD = Scope("prod", "eu-west-1")
ENTRY = JournalEntry(
    id="0" * 32,
    session_id="jane-1",
    who="arn:aws:sts::1:assumed-role/Ops/jane",
    account="1",
    aws_profile="prod",
    region="eu-west-1",
    node="i-1",
    node_name="web",
    title="debug",
    reason="INC-7",
    started=AT,
)


def test_one_that_is_over_says_how_and_how_long() -> None:
    over = JournalEntry(**{**entry_fields(ENTRY), "how": "ended by you", "ended": AT + 9000, "duration": 60.0})
    row = local_row(over)
    assert row.is_over
    assert (row.record.status, row.record.details) == ("Terminated", "ended by you")
    assert row.duration(NOON) == timedelta(minutes=1), "by the clock that does not jump"
    assert (row.owner, row.node_name, row.record.target) == ("Ops/jane", "web", "i-1")
    assert (row.record.document_name, row.record.reason) == (DEFAULT_SHELL, "INC-7")
    assert (row.scope, row.account, row.holder.title) == (PROD, "1", "debug")
    assert row.mine


def entry_fields(entry: JournalEntry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in entry.__dataclass_fields__}


@pytest.mark.parametrize(
    ("how", "status", "where", "leftover"),
    [
        ("starting", "Connecting", SessionWhere.OTHER, False),
        ("open", "Connected", SessionWhere.OTHER, False),
        ("closing", "Terminating", SessionWhere.OTHER, False),
        ("detached", "Disconnected", SessionWhere.DETACHED, True),
        ("left behind", "Disconnected", SessionWhere.DETACHED, True),
    ],
)
def test_one_that_lives_says_who_has_it(how: str, status: str, where: SessionWhere, leftover: bool) -> None:
    row = local_row(JournalEntry(**{**entry_fields(ENTRY), "how": how}))
    assert not row.is_over
    assert (row.record.status, row.where, is_leftover(row)) == (status, where, leftover)
    assert row.duration(NOON + timedelta(hours=1)) == timedelta(hours=1)


@pytest.mark.parametrize(
    ("how", "status"),
    [("failed", "Failed"), ("not started", "Failed"), ("unknown after a crash", "Terminated"), ("", "Terminated")],
)
def test_one_whose_end_nobody_saw_is_over_all_the_same(how: str, status: str) -> None:
    row = local_row(JournalEntry(**{**entry_fields(ENTRY), "how": how, "detail": "why", "access": "port"}))
    assert row.is_over
    assert (row.record.status, row.record.details) == (status, f"{how}: why")
    assert row.duration(NOON) is None
    assert row.record.document_name == ""


def test_a_time_that_is_none_costs_nothing_else() -> None:
    assert local_row(JournalEntry(**{**entry_fields(ENTRY), "started": 1e300})).record.started is None


def test_holders_are_running_programs_or_nobody() -> None:
    def record(number: int, **changes: object) -> LedgerRecord:
        known = LedgerRecord(
            id=f"{number:032x}",
            request=StartRequest("i-1"),
            title=f"t{number}",
            started=AT,
            seen=AT,
            phase=Phase.OPEN,
            owner="a",
            session_id=f"jane-{number}",
        )
        return replace(known, **changes)  # type: ignore[arg-type]

    asked: list[str] = []

    def is_running(owner: str) -> bool:
        asked.append(owner)
        return owner == "a"

    records = [
        record(1),
        record(2, owner="dead"),
        record(3, phase=Phase.DETACHED),
        record(4, session_id=""),
        record(5),
        record(6, owner="", request=StartRequest("i-1", scope=PROD)),
    ]
    assert record_holders(records, is_running) == {
        "jane-1": Holder(SessionWhere.OTHER, "t1", f"{1:032x}"),
        "jane-2": Holder(SessionWhere.DETACHED, "t2", f"{2:032x}"),
        "jane-3": Holder(SessionWhere.DETACHED, "t3", f"{3:032x}"),
        "jane-5": Holder(SessionWhere.OTHER, "t5", f"{5:032x}"),
        "jane-6": Holder(SessionWhere.DETACHED, "t6", f"{6:032x}", scope=PROD),
    }
    assert asked == ["a", "dead"], "each owner once"
