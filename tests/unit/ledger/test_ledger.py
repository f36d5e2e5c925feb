"""The ledger as runs use it: one, several at once, after a crash, and over disks that fail."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import stat
import threading
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ssmtui.errors import ConfigurationError
from ssmtui.ledger import entry as entries
from ssmtui.ledger import ledger as room
from ssmtui.ledger.entry import Entry
from ssmtui.ledger.journal import SessionJournal
from ssmtui.ledger.ledger import OLD, HeldElsewhere, Ledger, NoSuchRecord, read_local
from ssmtui.ledger.record import Ending, LedgerRecord, Phase, decoded
from ssmtui.ledger.store import RecordFiles
from ssmtui.model import PaneOptions, Scope, StartRequest
from ssmtui.tasks import Tasks
from tests.support.fakes import make_node
from tests.support.wait import wait_until

HOME = Scope("prod", "eu-west-1")
JANE = "arn:aws:iam::123456789012:user/jane"
REQUEST = StartRequest(
    "i-1",
    "Debug",
    {"password": ("hunter2",), "unit": ("nginx",)},
    "ticket 7",
    options=PaneOptions(on_connect="sudo -i\n", guarded="production"),
)
WEB = make_node(1)._replace(id="i-1", name="web-1")


class Place:
    """A state directory, the runs that share it, and their clocks."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.directory = path / "ledger"
        self.journal = path / "journal.jsonl"
        self.now = 1_000_000.0
        self.clock = 50.0
        self.runs: list[Ledger] = []

    async def run(self, home: Scope = HOME) -> Ledger:
        ledger = Ledger(self.directory, self.journal, wall=lambda: self.now, clock=lambda: self.clock)
        ledger.home, ledger.identity = home, JANE
        self.runs.append(ledger)
        await ledger.open()
        return ledger

    async def kill(self, ledger: Ledger) -> None:
        """As the system does it: the lock goes, and nothing is written."""
        store = ledger._store
        assert isinstance(store, RecordFiles)
        if store._owner is not None:
            os.close(store._owner._descriptor)  # type: ignore[arg-type]
            store._owner._descriptor = None
            store._owner = None
        self.runs.remove(ledger)
        await ledger._tasks.close()
        for each in ledger._entries.values():
            each._stop_retrying()
        ledger._writer.close()
        ledger._reader.close()

    def files(self) -> list[Path]:
        return sorted(self.directory.glob("*.json"))

    def on_disk(self, record_id: str) -> LedgerRecord:
        return decoded(record_id, (self.directory / f"{record_id}.json").read_bytes())

    def journalled(self) -> list[tuple[str, str]]:
        return [(entry.session_id, entry.how) for entry in SessionJournal(self.journal).read().entries]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    found = Place(tmp_path / "state")
    yield found
    for ledger in tuple(found.runs):
        await ledger.close()


async def started(ledger: Ledger, session_id: str = "jane-1", title: str = "") -> Entry:
    entry = ledger.begin(REQUEST, WEB, title)
    assert await entry.begun()
    entry.answered(session_id, uuid.UUID(int=7))
    assert await entry.reserve(0, 256)
    return entry


# One run


async def test_a_record_is_on_the_disk_before_aws_is_called(place: Place) -> None:
    ledger = await place.run()
    entry = ledger.begin(REQUEST, WEB, "debug")
    assert await entry.begun()
    (file,) = place.files()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    record = place.on_disk(entry.id)
    assert record == entry.record
    assert (record.phase, record.session_id, record.title, record.node_name) == (Phase.STARTING, "", "debug", "web-1")
    assert (record.scope, record.identity, record.started) == (HOME, JANE, place.now)


async def test_nothing_of_it_is_a_secret(place: Place) -> None:
    ledger = await place.run()
    entry = await started(ledger)
    entry.ended(Ending.PERSON)
    await wait_until("the end is journalled", place.journalled)
    ledger.begin(REQUEST)
    await ledger.close()
    place.runs.remove(ledger)
    assert place.files()
    for file in place.path.rglob("*"):
        if file.is_file():
            assert b"hunter2" not in file.read_bytes()
            assert b"sudo" not in file.read_bytes()


async def test_what_is_learned_is_written(place: Place) -> None:
    ledger = await place.run()
    entry = await started(ledger)
    entry.learned(session_type="Standard_Stream", encrypted=True, idle_limit=1200.0, time_limit=3600.0)
    entry.retitled("another")
    entry.recorded(Path("/tmp/a.cast"))
    assert await entry.reserve(40, 512)
    record = place.on_disk(entry.id)
    assert record == entry.record
    assert (record.session_id, record.client_id) == ("jane-1", str(uuid.UUID(int=7)))
    assert (record.session_type, record.encrypted, record.title) == ("Standard_Stream", True, "another")
    assert (record.recording, record.idle_limit, record.time_limit) == ("/tmp/a.cast", 1200.0, 3600.0)
    assert (record.low, record.high, record.phase) == (40, 512, Phase.OPEN)
    assert record.owner == ledger._store.owner_id


async def test_another_scope_is_kept_and_its_person_is_learned(place: Place) -> None:
    ledger = await place.run()
    known = {Scope("eng", "us-east-1"): "arn:jane-of-eng"}
    ledger.identity_in = lambda scope: known.get(scope, "")
    assert ledger.begin(StartRequest("i-1", scope=Scope("eng", "us-east-1"))).record.identity == "arn:jane-of-eng"
    entry = ledger.begin(StartRequest("i-1", scope=Scope("dev", "us-east-1")))
    assert await entry.begun()
    assert (entry.record.scope, entry.record.identity) == (Scope("dev", "us-east-1"), "")
    entry.learned(identity="arn:joe")
    assert await entry.reserve(0, 1)
    assert place.on_disk(entry.id).identity == "arn:joe"


async def test_an_end_goes_into_the_journal_and_out_of_the_ledger(place: Place) -> None:
    ledger = await place.run()
    entry = await started(ledger, title="debug")
    place.now, place.clock = 1_000_061.0, 110.5
    entry.ended(Ending.NODE, 3, "logout\n\x1b[31m")
    await wait_until("the record is gone", lambda: not place.files())
    (line,) = SessionJournal(place.journal).read().entries
    assert (line.session_id, line.who, line.node, line.node_name) == ("jane-1", JANE, "i-1", "web-1")
    assert (line.how, line.exit_code, line.reason) == ("exited, or ended by somebody else", 3, "ticket 7")
    assert (line.started, line.ended, line.duration) == (1_000_000.0, 1_000_061.0, 60.5)
    assert line.detail == "logout \N{REPLACEMENT CHARACTER}[31m"
    entry.retitled("late")
    entry.ended(Ending.FAILED)
    assert await ledger.survivors() == []
    assert place.journalled() == [("jane-1", "exited, or ended by somebody else")]
    assert not place.files()


async def test_a_clock_that_jumps_back_changes_no_duration(place: Place) -> None:
    ledger = await place.run()
    entry = await started(ledger)
    place.now, place.clock = 5.0, 60.0
    entry.ended(Ending.PERSON)
    await wait_until("it is journalled", place.journalled)
    assert SessionJournal(place.journal).read().entries[0].duration == 10.0


async def test_one_that_ends_before_it_was_written_is_journalled_only(place: Place) -> None:
    ledger = await place.run()
    ledger.begin(REQUEST).ended(Ending.NOT_STARTED, detail="Access denied")
    await wait_until("it is journalled", lambda: place.journalled() and not place.files())
    assert place.journalled() == [("", "not started")]


async def test_many_changes_are_few_writes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = await place.run()
    entry = await started(ledger)
    real, titles = RecordFiles.write, []
    monkeypatch.setattr(
        RecordFiles, "write", lambda self, record, holder: titles.append(record.title) or real(self, record, holder)
    )
    for number in range(1000):
        entry.retitled(f"title {number}")
    assert await entry.reserve(0, 300)
    assert titles == ["title 0", "title 999"]


async def test_a_demo_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ledger = Ledger(None, None)
    await ledger.open()
    first, second = await started(ledger), await started(ledger, "jane-2")
    first.detached(3, 256)
    second.ended(Ending.PERSON)
    await wait_until("both are written", lambda: not ledger._entries)
    assert [record.session_id for record in await ledger.survivors()] == ["jane-1"]
    again = await ledger.claim(first.id)
    assert (again.record.low, again.record.high, again.record.phase) == (3, 256, Phase.OPEN)
    assert {(each.session_id, each.how) for each in (await ledger.local()).entries} == {
        ("jane-1", "open"),
        ("jane-2", "ended by you"),
    }
    await ledger.close()
    assert os.listdir(tmp_path) == []


async def test_a_foreign_session_that_is_not_taken_over_is_forgotten(place: Place) -> None:
    ledger = await place.run()
    entry, other = (ledger.begin(REQUEST, foreign=True) for _ in range(2))
    assert await entry.begun()
    assert await other.begun()
    record = place.on_disk(entry.id)
    assert (record.foreign, record.low, record.high) == (True, 0, None)
    other.answered("joe-2")
    other.learned(identity="arn:joe")
    assert await other.reserve(70, 400, 9)
    for each in (entry, other):
        each.detached(0, None)
    await wait_until("all is written", lambda: not ledger._entries)
    (record,) = await ledger.survivors()
    assert (record.session_id, record.low, record.high, record.output) == ("joe-2", 70, None, 9)
    assert (record.identity, record.begun_by) == (JANE, "arn:joe"), "who took it over, and from whom"
    assert not place.journal.exists()


async def test_one_that_aws_did_not_confirm_to_be_gone_stays_and_was_ended_by_its_person(place: Place) -> None:
    first = await place.run()
    entry = await started(first)
    entry.closing()
    await first.close()
    place.runs.remove(first)
    second = await place.run()
    (record,) = await second.survivors()
    assert record.phase is Phase.CLOSING
    assert await second.settle(record.id)
    assert place.journalled() == [("jane-1", "ended by you")]


async def test_whether_it_still_holds_a_session_is_asked_of_the_disk(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await place.run(), await place.run()
    lost: list[str] = []
    first.watch(lost.append)
    entry, other = await started(first), await started(first, "jane-2")
    assert await entry.holds()
    await second.claim(entry.id, insist=True)
    assert not await entry.holds()
    assert lost == [entry.id]
    fail(monkeypatch, "read", OSError(errno.EIO, "Input/output error"))
    assert await other.holds(), "nobody knows better"


# After a crash, and what was left alive


async def test_a_killed_run_leaves_survivors(place: Place) -> None:
    first = await place.run()
    one = await started(first, "jane-1")
    place.now += 1
    two = first.begin(StartRequest("i-2"))
    assert await two.begun()
    place.now += 5
    second = await place.run()
    assert await second.survivors() == [], "they are another run's while that goes on"
    await place.kill(first)
    found = await second.survivors()
    assert [(record.id, record.session_id, record.phase) for record in found] == [
        (one.id, "jane-1", Phase.OPEN),
        (two.id, "", Phase.STARTING),
    ]
    entry = await second.claim(one.id)
    assert (entry.record.low, entry.record.high, entry.record.client_id) == (0, 256, str(uuid.UUID(int=7)))
    assert place.on_disk(one.id).owner == second._store.owner_id
    assert [record.id for record in await second.survivors()] == [two.id]
    assert await entry.reserve(250, 700)
    assert place.on_disk(one.id).high == 700


async def test_what_is_left_alive_can_be_had_back(place: Place) -> None:
    first = await place.run()
    entry = await started(first, title="debug")
    entry.detached(17, 40)
    entry.retitled("too late")
    await first.close()
    place.runs.remove(first)
    second = await place.run()
    (record,) = await second.survivors()
    assert (record.phase, record.low, record.high, record.title, record.owner) == (
        Phase.DETACHED,
        17,
        256,
        "debug",
        "",
    ), "a bound that was reserved does not move back"
    assert not place.journal.exists()
    back = await second.claim(record.id)
    place.now += 100
    back.ended(Ending.PERSON)
    await wait_until("it is journalled", place.journalled)
    (line,) = SessionJournal(place.journal).read().entries
    assert line.duration == 100.0, "all of it, and not only since it was brought back"


async def test_a_session_left_alive_is_had_back_by_the_run_that_left_it(place: Place) -> None:
    ledger = await place.run()
    entry = await started(ledger)
    entry.detached(1, 256, elsewhere=True)
    again = await ledger.claim(entry.id)
    assert again is not entry
    assert not again.record.elsewhere
    again.ended(Ending.PERSON)
    await wait_until("it is journalled", lambda: place.journalled() and not place.files())


@pytest.mark.parametrize(
    ("detached", "elsewhere", "session_id", "how"),
    [
        (False, False, "jane-1", "unknown after a crash"),
        (False, False, "", "not started"),
        (True, False, "jane-1", "ended while no client had it"),
        (True, True, "jane-1", "taken over by another client"),
    ],
)
async def test_one_that_is_gone_at_aws_is_settled(
    place: Place, detached: bool, elsewhere: bool, session_id: str, how: str
) -> None:
    first = await place.run()
    entry = first.begin(REQUEST)
    if session_id:
        entry.answered(session_id)
    if detached:
        entry.detached(0, 256, elsewhere=elsewhere)
    assert await entry.begun()
    await wait_until("all is written", lambda: place.files() and entry.is_settled)
    second = await place.run()
    assert detached or not await second.settle(entry.id), "the run that has it goes on"
    await place.kill(first)
    assert await second.settle(entry.id, ended=place.now + 30)
    assert not await second.settle(entry.id)
    assert place.files() == []
    (line,) = SessionJournal(place.journal).read().entries
    assert (line.session_id, line.how, line.ended, line.duration) == (session_id, how, place.now + 30, 30.0)
    with pytest.raises(NoSuchRecord):
        await second.claim(entry.id)


async def test_what_aws_must_have_forgotten_stays_for_a_clock_that_jumped(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await place.run()
    await started(first)
    place.now += 1
    await started(first, "jane-2")
    await place.kill(first)
    second = await place.run()
    place.now += OLD - 0.5
    assert [second.is_old(record) for record in await second.survivors()] == [True, False]
    place.now += OLD
    assert [second.is_old(record) for record in await second.survivors()] == [True, True]
    place.now -= 2 * OLD
    assert [second.is_old(record) for record in await second.survivors()] == [False, False]
    monkeypatch.setattr(room, "MANY", 1)
    place.now += 2 * OLD
    assert [record.session_id for record in await second.survivors()] == ["jane-2"]
    assert place.journalled() == [("jane-1", "unknown after a crash")]


async def test_sessions_of_another_endpoint_are_left_alone(place: Place) -> None:
    lab = Scope("prod", "eu-west-1", "http://127.0.0.1:4566")
    first = await place.run(lab)
    await started(first)
    await place.kill(first)
    assert await (await place.run()).survivors() == []
    (record,) = await (await place.run(lab)).survivors()
    assert record.scope == lab
    assert len(await place.runs[0].holders()) == 1


async def test_where_calls_go_is_not_the_files_to_say(place: Place) -> None:
    first = await place.run()
    entry = await started(first)
    await place.kill(first)
    file = place.directory / f"{entry.id}.json"
    facts = json.loads(file.read_text())
    facts["request"]["scope"] = ["prod", "eu-west-1", "http://evil"]
    file.write_text(json.dumps(facts))
    second = await place.run()
    assert [record.scope for record in await second.survivors()] == [None]
    facts["request"]["scope"] = ["prod", "eu-west-1"]
    facts["request"]["on_connect"] = "rm -rf /"
    file.write_text(json.dumps(facts))
    (record,) = await second.survivors()
    assert record.scope == HOME
    assert record.request.options.on_connect == ""


# Two runs at once


async def test_the_second_one_learns_which_run_has_it(place: Place) -> None:
    first, second = await place.run(), await place.run()
    entry = await started(first)
    with pytest.raises(HeldElsewhere, match=rf"process {os.getpid()} on .*, started 1970-01-12") as caught:
        await second.claim(entry.id)
    assert caught.value.record.session_id == "jane-1"
    assert caught.value.owner.pid == os.getpid()
    assert place.on_disk(entry.id).owner == first._store.owner_id
    (held,) = await second.holders()
    assert (held.mine, held.owner) == (False, caught.value.owner)
    (own,) = await first.holders()
    assert own.mine


async def test_if_it_insists_the_first_one_learns_of_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LOOK", 0.01)
    first, second = await place.run(), await place.run()
    lost: list[str] = []
    stop = first.watch(lost.append)
    entry, other = await started(first), await started(first, "jane-2")
    taken = await second.claim(entry.id, insist=True)
    await wait_until("the first run knows", lambda: lost)
    assert lost == [entry.id]
    stop()
    entry.retitled("mine")
    entry.ended(Ending.TAKEN_OVER)
    assert not await entry.reserve(0, 9999)
    taken.retitled("theirs")
    assert await taken.reserve(5, 300)
    assert place.on_disk(entry.id).title == "theirs"
    assert not place.journal.exists(), "it is the second run's to say how it ended"
    assert await other.reserve(5, 300)


async def test_a_record_that_was_claimed_is_never_written_over(place: Place) -> None:
    first, second = await place.run(), await place.run()
    lost: list[str] = []
    first.watch(lost.append)
    entry = await started(first)
    await second.claim(entry.id, insist=True)
    assert not await entry.reserve(1, 5000)
    assert lost == [entry.id], "it is known at once where something is written, and not only at the next look"
    assert place.on_disk(entry.id).high == 256
    assert place.on_disk(entry.id).owner == second._store.owner_id


async def test_of_two_that_claim_at_once_one_gets_it(place: Place) -> None:
    first = await place.run()
    records = [await started(first, f"jane-{number}") for number in range(8)]
    await place.kill(first)
    second, third = await place.run(), await place.run()
    answers = await asyncio.gather(
        *(run.claim(each.id) for each in records for run in (second, third)), return_exceptions=True
    )
    for one, other in zip(answers[::2], answers[1::2], strict=True):
        assert sorted(type(answer).__name__ for answer in (one, other)) == ["Entry", "HeldElsewhere"]


async def test_the_same_session_is_claimed_once(place: Place) -> None:
    ledger = await place.run()
    entry = await started(ledger)
    assert await ledger.claim(entry.id) is entry


async def test_a_watcher_that_breaks_costs_nobody_else_anything(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LOOK", 0.01)
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))
    first, second = await place.run(), await place.run()
    lost: list[str] = []
    first.watch(lambda record_id: 1 / 0)  # type: ignore[arg-type, return-value]
    first.watch(lost.append)
    entry = await started(first)
    await second.claim(entry.id, insist=True)
    await wait_until("the other watcher knows", lambda: lost)
    assert [type(each) for each in reported] == [ZeroDivisionError]


# Disks


def fail(monkeypatch: pytest.MonkeyPatch, method: str, error: Exception) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(RecordFiles, method, broken)


FULL = OSError(errno.ENOSPC, "No space left on device")


async def test_a_full_disk_costs_the_session_nothing_but_its_return(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = await place.run()
    with monkeypatch.context() as patch:
        patch.setattr(entries, "RETRY", 0.02)
        fail(patch, "write", FULL)
        entry = ledger.begin(REQUEST)
        told: list[str] = []
        entry.changed = lambda: told.append(entry.notice)
        assert not await entry.begun()
        assert told == [
            "The ledger cannot be written (No space left on device): "
            "after a crash this session could not be brought back."
        ]
        entry.answered("jane-1")
        assert not await entry.reserve(0, 256)
    await wait_until("there is room again", lambda: not entry.notice)
    assert told[-1] == ""
    assert len(told) == 2, "the same is said once"
    record = place.on_disk(entry.id)
    assert (record.session_id, record.high) == ("jane-1", 256)
    assert await entry.reserve(0, 512)


async def test_a_disk_that_hangs_is_not_waited_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "PATIENCE", 0.02)
    ledger = await place.run()
    free, real = threading.Event(), RecordFiles.write

    def hang(self: RecordFiles, record: LedgerRecord, holder: str) -> bool:
        free.wait(30)
        return real(self, record, holder)

    monkeypatch.setattr(RecordFiles, "write", hang)
    entry = ledger.begin(REQUEST)
    try:
        assert not await entry.begun()
        assert entry.notice.startswith("The ledger cannot be written (the disk has not answered for 0.02 s)")
        assert entry.reserve(0, 512).done(), "it is not waited for again"
        await ledger.close(timeout=0.05)
    finally:
        free.set()
    place.runs.remove(ledger)


async def test_a_journal_that_cannot_be_written_keeps_the_record(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = await place.run()
    monkeypatch.setattr(entries, "RETRY", 0.02)
    place.journal.mkdir(parents=True)
    entry = await started(ledger)
    entry.ended(Ending.PERSON)
    await wait_until("it is said", lambda: "is not in it yet" in entry.notice)
    assert entry.notice.startswith("The journal cannot be written (")
    assert len(place.files()) == 1
    place.journal.rmdir()
    await wait_until("nothing is said any more", lambda: not entry.notice)
    assert place.journalled() == [("jane-1", "ended by you")]
    assert place.files() == []


async def test_what_could_not_be_written_is_tried_once_more_at_the_end(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = await place.run()
    entry = await started(ledger)
    with monkeypatch.context() as patch:
        fail(patch, "write", FULL)
        entry.detached(5, 256)
        await wait_until("it fails", lambda: entry.notice)
    await ledger.close()
    place.runs.remove(ledger)
    assert (place.on_disk(entry.id).phase, place.on_disk(entry.id).low) == (Phase.DETACHED, 5)


async def test_a_session_left_alive_over_a_full_disk_is_had_back(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = await place.run()
    with monkeypatch.context() as patch:
        fail(patch, "write", FULL)
        entry = ledger.begin(REQUEST)
        entry.answered("jane-1")
        entry.detached(5, 256)
        await wait_until("it fails", lambda: entry.notice)
    again = await ledger.claim(entry.id)
    assert await again.reserve(5, 300)
    assert (place.on_disk(entry.id).session_id, place.on_disk(entry.id).high) == ("jane-1", 300)


async def test_a_place_that_cannot_be_made_is_said_and_made_later(place: Place) -> None:
    place.path.write_text("a file in the place of the state directory")
    ledger = await place.run()
    assert ledger.trouble.startswith("The ledger cannot be written: ")
    entry = ledger.begin(REQUEST)
    assert not await entry.begun()
    assert await ledger.survivors() == []
    assert ledger.trouble.startswith("The ledger cannot be written: "), "also once it was read"
    with pytest.raises(ConfigurationError):
        await ledger.claim("0" * 32)
    place.path.unlink()
    entry.hurry()
    await wait_until("it is written", place.files)
    assert place.on_disk(entry.id).owner == ledger._store.owner_id != ""


async def test_a_disk_that_hangs_does_not_keep_the_program_from_starting(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()
    monkeypatch.setattr(room, "PATIENCE", 0.02)
    monkeypatch.setattr(RecordFiles, "open", lambda self: free.wait(30))
    try:
        ledger = await place.run()
        assert ledger.trouble == "The disk of the ledger has not answered for 0.02 s."
    finally:
        free.set()


async def test_a_directory_that_somebody_removed_is_made_again(place: Place) -> None:
    ledger = await place.run()
    entry = await started(ledger)
    for file in place.directory.iterdir():
        file.unlink()
    place.directory.rmdir()
    assert await entry.reserve(9, 512)
    second = await place.run()
    with pytest.raises(HeldElsewhere):
        await second.claim(entry.id)


async def test_defects_in_the_thread_are_reported_and_cost_only_the_ledger(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))
    ledger = await place.run()
    fail(monkeypatch, "write", ZeroDivisionError("a defect"))
    entry = ledger.begin(REQUEST)
    assert not await entry.begun()
    assert [type(each) for each in reported] == [ZeroDivisionError]
    assert "a defect" in entry.notice


async def test_files_that_are_no_records_are_named_and_left(place: Place) -> None:
    ledger = await place.run()
    good = await started(ledger)
    await place.kill(ledger)
    directory = place.directory
    (directory / ("1" * 32 + ".json")).write_text("{")
    (directory / ("2" * 32 + ".json")).write_bytes(b"x" * (1 << 20))
    (directory / ("3" * 32 + ".json")).symlink_to("/etc/passwd")
    os.mkfifo(directory / ("4" * 32 + ".json"))
    (directory / ("5" * 32 + ".json")).mkdir()
    (directory / ("6" * 32 + ".json")).write_text('{"version": 7}')
    (directory / "notes.json").write_text("mine")
    second = await place.run()
    assert [record.id for record in await second.survivors()] == [good.id]
    for number, why in enumerate(
        [
            "not JSON",
            "more than 131,072 bytes",
            "symbolic links",
            "not a regular file",
            "not a regular file",
            "version is 7",
        ],
        1,
    ):
        (problem,) = (line for line in second.trouble.split(str(directory)) if line.startswith(f"/{number}"))
        assert why in problem
    assert "notes" not in second.trouble
    assert len(list(directory.glob("*.json"))) == 8, "nothing is removed"
    with pytest.raises(ConfigurationError, match="it is not JSON"):
        await second.claim("1" * 32)
    assert not await second.settle("1" * 32)


async def test_ten_thousand_records_keep_no_session_waiting(place: Place) -> None:
    first = await place.run()
    await started(first)
    await place.kill(first)
    (file,) = place.files()
    facts = json.loads(file.read_text())
    for number in range(10_000):
        facts["id"] = f"{number:032x}"
        (place.directory / f"{number:032x}.json").write_text(json.dumps(facts))
    second = await place.run()
    reading = Tasks("test").start("survivors", second.survivors(), awaited=True)
    entry = second.begin(REQUEST)
    assert await entry.begun()
    assert not reading.done(), "a session is begun while they are still read"
    assert len(await reading) == 9_999
    assert "has 10,002 records; the latest 10,000 are read" in second.trouble


async def test_drafts_of_killed_runs_are_removed(place: Place) -> None:
    ledger = await place.run()
    await ledger.close()
    place.runs.remove(ledger)
    old, new = place.directory / "a.json.1-2.new", place.directory / "b.json.1-2.new"
    old.write_text("")
    new.write_text("")
    os.utime(old, (1, 1))
    await place.run()
    assert not old.exists()
    assert new.exists(), "somebody may be writing it"


# For people


async def test_what_lives_and_what_is_over_is_listed_together(place: Place) -> None:
    first = await place.run()
    over = await started(first, "over")
    over.ended(Ending.PERSON)
    await wait_until("it is journalled", place.journalled)
    place.now += 1
    left = await started(first, "left-behind")
    place.now += 1
    detached = await started(first, "detached")
    detached.detached(0, 256)
    await wait_until("all is written", lambda: detached.is_settled and left.is_settled)
    await place.kill(first)
    second = await place.run()
    place.now += 1
    await started(second, "open")
    expected = [
        ("open", "open", True),
        ("detached", "detached", True),
        ("left-behind", "left behind", True),
        ("over", "ended by you", False),
    ]
    for listed in (await second.local(), read_local(place.directory, place.journal)):
        assert [(each.session_id, each.how, each.live) for each in listed.entries] == expected
        assert listed.problems == ()


def test_where_nothing_ever_was_there_is_nothing(tmp_path: Path) -> None:
    assert read_local(tmp_path / "ledger", tmp_path / "journal.jsonl") == ((), ())
    assert list(tmp_path.iterdir()) == []
