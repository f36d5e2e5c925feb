"""The journal: what an auditor reads, and what disks, other programs and time do to it."""

from __future__ import annotations

import errno
import json
import os
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.ledger import journal as room
from ssmtui.ledger.journal import KEPT, MAX_LINE, JournalEntry, SessionJournal, entry_of
from ssmtui.ledger.record import Ending, LedgerRecord, Phase
from ssmtui.model import Container, Scope, StartRequest

START = datetime(2026, 3, 1, 14, 2, tzinfo=UTC).timestamp()
RECORD = LedgerRecord(
    id="a" * 32,
    request=StartRequest("i-1", "Debug", reason="ticket 7", scope=Scope("prod", "eu-west-1")),
    title="web",
    node_name="web-1",
    started=START,
    seen=START,
    phase=Phase.OPEN,
    session_id="jane-1",
    begun_by="arn:aws:iam::123456789012:user/joe",
    identity="arn:aws:iam::123456789012:user/jane",
)


def entry(number: int = 1, **facts: object) -> JournalEntry:
    given = {"how": Ending.NODE.value, "started": START, "ended": START + 60, "duration": 60.0}
    return JournalEntry(id=f"{number:032x}", **{**given, **facts})  # type: ignore[arg-type]


def test_a_line_says_who_where_when_why_how_long_and_how_it_ended(tmp_path: Path) -> None:
    file = tmp_path / "state" / "journal.jsonl"
    SessionJournal(file).append(
        entry_of(RECORD, Ending.PERSON.value, ended=START + 90.5, duration=90.4999, exit_code=3, detail="bye")
    )
    assert json.loads(file.read_text()) == {
        "id": "a" * 32,
        "session_id": "jane-1",
        "who": "arn:aws:iam::123456789012:user/jane",
        "begun_by": "arn:aws:iam::123456789012:user/joe",
        "account": "123456789012",
        "aws_profile": "prod",
        "region": "eu-west-1",
        "node": "i-1",
        "node_name": "web-1",
        "title": "web",
        "document": "Debug",
        "access": "document",
        "reason": "ticket 7",
        "started": "2026-03-01T14:02:00.000+00:00",
        "ended": "2026-03-01T14:03:30.500+00:00",
        "duration": 90.5,
        "how": "ended by you",
        "exit_code": 3,
        "detail": "bye",
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("request_", "port", "access"),
    [
        (StartRequest("i-1"), False, "shell"),
        (StartRequest("i-1", "Doc"), False, "document"),
        (StartRequest("i-1", "AWS-StartPortForwardingSession"), True, "port"),
        (StartRequest("ecs:a", container=Container("c", "t", "n", "r")), False, "container"),
    ],
)
def test_the_kind_of_access_is_said(request_: StartRequest, port: bool, access: str) -> None:
    record = LedgerRecord(id="a" * 32, request=request_, title="", started=0, seen=0, phase=Phase.OPEN, port=port)
    assert entry_of(record, "open").access == access


def test_what_is_written_is_what_is_read_the_latest_first(tmp_path: Path) -> None:
    journal = SessionJournal(tmp_path / "journal.jsonl")
    entries = [entry(number, title="\x1b]0;\u202e" + "x" * number, exit_code=number or None) for number in range(5)]
    for each in entries:
        journal.append(each)
    read = journal.read()
    assert read.entries == tuple(reversed(entries))
    assert read.problems == ()


def test_a_session_that_was_journalled_twice_is_shown_once(tmp_path: Path) -> None:
    journal = SessionJournal(tmp_path / "journal.jsonl")
    journal.append(entry(1, how=Ending.PERSON.value))
    journal.append(entry(2))
    journal.append(entry(1, how=Ending.UNKNOWN.value))
    assert [each.how for each in journal.read().entries] == [
        "unknown after a crash",
        "exited, or ended by somebody else",
    ]


def test_a_line_that_was_cut_off_costs_only_itself(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    journal = SessionJournal(file)
    journal.append(entry(1))
    whole = file.read_bytes()
    journal.append(entry(2))
    file.write_bytes(file.read_bytes()[:-20])
    journal.append(entry(3))
    read = journal.read()
    assert [int(each.id, 16) for each in read.entries] == [3, 1]
    assert read.problems == (f"{file}: 1 line cannot be read and is left out.",)
    assert file.read_bytes().startswith(whole), "what was written before stays"


@given(lines=st.lists(st.binary(max_size=80) | st.sampled_from([b'{"id": 1}', b"[]", b"[" * 9000, b"9" * 5000])))
def test_no_file_makes_reading_raise(lines: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    file.write_bytes(b"\n".join(lines))
    read = SessionJournal(file).read()
    assert read.entries == ()


@given(value=st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9), data=st.data())
def test_any_value_of_any_fact_is_survived(
    value: object, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    facts = entry(1, exit_code=2).as_json()
    facts[data.draw(st.sampled_from(sorted(facts)))] = value
    file = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    file.write_text(json.dumps(facts))
    for each in SessionJournal(file).read().entries:
        assert each.as_json()
        assert not each.live


def test_the_journal_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_FILE", 2000)
    file = tmp_path / "journal.jsonl"
    journal = SessionJournal(file)
    for number in range(100):
        journal.append(entry(number))
    files = sorted(tmp_path.glob("journal.jsonl*"))
    assert [each.name for each in files] == [
        "journal.jsonl",
        *(f"journal.jsonl.{number}" for number in range(1, KEPT + 1)),
        "journal.jsonl.lock",
    ]
    assert all(each.stat().st_size <= 2000 for each in files)
    numbers = [int(each.id, 16) for each in journal.read().entries]
    assert numbers == list(range(99, 99 - len(numbers), -1)), "the latest are kept, none twice and none left out"
    assert len(numbers) > 20


def test_a_line_is_bounded_whatever_it_says(tmp_path: Path) -> None:
    journal = SessionJournal(tmp_path / "journal.jsonl")
    long = "\N{PILE OF POO}" * 5000
    texts = ("who", "node", "node_name", "title", "document", "reason", "detail", "account", "region", "aws_profile")
    journal.append(entry(1, **dict.fromkeys(texts, long)))
    assert len((tmp_path / "journal.jsonl").read_bytes()) <= MAX_LINE
    (read,) = journal.read().entries
    assert read.detail.endswith("…")


def test_a_full_disk_leaves_the_journal_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "journal.jsonl"
    journal = SessionJournal(file)
    journal.append(entry(1))
    before = file.read_bytes()
    real, calls = os.write, iter([True])

    def full(descriptor: int, data: bytes) -> int:
        if next(calls, False):
            return real(descriptor, bytes(data[:10]))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        journal.append(entry(2))
    assert file.read_bytes() == before
    monkeypatch.undo()
    journal.append(entry(3))
    assert [int(each.id, 16) for each in journal.read().entries] == [3, 1]


def test_only_a_plain_file_of_ones_own_is_written_to(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "journal.jsonl").symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match=r"journal\.jsonl"):
        SessionJournal(tmp_path / "journal.jsonl").append(entry(1))
    assert (tmp_path / "precious").read_text() == "precious"


def test_a_pipe_in_its_place_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "journal.jsonl")
    read = SessionJournal(tmp_path / "journal.jsonl").read()
    assert read.entries == ()
    assert "it is not a regular file" in read.problems[0]


def test_several_that_write_at_once_lose_no_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_FILE", 5000)
    file = tmp_path / "journal.jsonl"

    def write(first: int) -> None:
        journal = SessionJournal(file)
        for number in range(first, first + 15):
            journal.append(entry(number))

    threads = [threading.Thread(target=write, args=(first,)) for first in (0, 100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    read = SessionJournal(file).read()
    assert {int(each.id, 16) for each in read.entries} == {n for f in (0, 100, 200, 300) for n in range(f, f + 15)}
    assert read.problems == ()


def test_a_clock_beyond_all_calendars_is_survived(tmp_path: Path) -> None:
    journal = SessionJournal(tmp_path / "journal.jsonl")
    journal.append(entry(1, started=1e300, ended=float("inf")))
    assert len(journal.read().entries) == 1
