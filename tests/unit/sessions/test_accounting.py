"""What the ledger has of sessions while they start, are typed into, are left, lost, taken back and end."""

from __future__ import annotations

import asyncio
import errno
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ssmtui.errors import AccessDenied, SessionGone
from ssmtui.ledger import entry as entries
from ssmtui.ledger import ledger as room
from ssmtui.ledger.journal import JournalEntry, SessionJournal
from ssmtui.ledger.ledger import HeldElsewhere, Ledger
from ssmtui.ledger.record import BLOCK, LedgerRecord, Phase, decoded
from ssmtui.ledger.store import RecordFiles
from ssmtui.model import Node, SessionDocument, SessionRecord, StartRequest, TerminalSize
from ssmtui.protocol import InputBounds, takeover
from ssmtui.sessions import farewell
from ssmtui.sessions.accounting import AHEAD
from ssmtui.sessions.manager import SessionManager
from ssmtui.sessions.states import SessionState
from ssmtui.sessions.taking_over import TAKEN_ELSEWHERE, TakeOver, UsedMeanwhile
from tests.support.memory import MemoryAgent, MemoryService
from tests.support.wait import wait_until
from tests.unit.sessions.test_manager import RecordingEngines

SIZE = TerminalSize(80, 24)


@pytest.fixture(autouse=True)
def few_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that is taken over without its bounds is sought with 1,024 sizes, not 65,536: a second less each time.
    The real number is played in the tests of the protocol and of the real program."""
    monkeypatch.setattr(takeover, "STEPS", (256, 1_024))


class Run:
    """A run of the program: its manager, and its ledger in the directory that all runs share."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.ledger = Ledger(stage.directory, stage.journal)
        self.manager = SessionManager(stage.service, RecordingEngines(), ledger=self.ledger)  # type: ignore[arg-type]

    def start(self, request: StartRequest | None = None) -> int:
        return self.manager.start(request or StartRequest("i-1", title="web"), SIZE, Node("i-1", "web-1"))

    def state(self, key: int) -> SessionState:
        return self.manager.snapshot(key).state

    async def becomes(self, key: int, state: SessionState) -> None:
        await wait_until(f"it is {state.value}", lambda: self.state(key) is state, 15)

    async def open(self, request: StartRequest | None = None) -> int:
        key = self.start(request)
        await self.becomes(key, SessionState.WAITING)
        self.stage.agent(self.manager.snapshot(key).session_id).say(b"$ ")
        await self.becomes(key, SessionState.OPEN)
        return key

    def record(self, key: int) -> LedgerRecord:
        """What is on the disk."""
        return self.stage.record(self.manager.snapshot(key).record)

    async def close(self) -> None:
        await self.manager.close()
        await self.ledger.close()


class Stage:
    """A service of memory, and a state directory."""

    def __init__(self, path: Path) -> None:
        self.service = MemoryService()
        self.directory = path / "ledger"
        self.journal = path / "journal.jsonl"
        self.runs: list[Run] = []

    def run(self) -> Run:
        self.runs.append(Run(self))
        return self.runs[-1]

    def agent(self, session_id: str = "session-1") -> MemoryAgent:
        return self.service.agents[session_id]

    def record(self, record_id: str) -> LedgerRecord:
        return decoded(record_id, (self.directory / f"{record_id}.json").read_bytes())

    def records(self) -> list[Path]:
        return list(self.directory.glob("*.json"))

    def journalled(self) -> list[JournalEntry]:
        return list(SessionJournal(self.journal).read().entries)

    async def accounted(self) -> JournalEntry:
        await wait_until("it is journalled", lambda: self.journalled() and not self.records())
        (entry,) = self.journalled()
        return entry


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    stage = Stage(tmp_path / "state")
    yield stage
    for run in stage.runs:
        await run.close()
    await stage.service.close()


# Starting


async def test_the_record_is_on_the_disk_before_the_session_is_started(stage: Stage) -> None:
    stage.service.start_gate = asyncio.Event()
    run = stage.run()
    key = run.start()
    await wait_until("StartSession is called", lambda: stage.service.started)
    record = run.record(key)
    assert (record.phase, record.session_id, record.title, record.node_name) == (Phase.STARTING, "", "web", "web-1")
    stage.service.start_gate.set()
    await wait_until("its name is on record", lambda: run.record(key).session_id == "session-1")
    record = run.record(key)
    assert record.phase is Phase.OPEN
    assert uuid.UUID(record.client_id)
    assert record.client_id in stage.agent().opening, "the client that takes it over can say that it is the same"


async def test_what_is_learned_of_it_is_on_record(stage: Stage) -> None:
    stage.service.known_documents["SSM-SessionManagerRunShell"] = SessionDocument(
        "SSM-SessionManagerRunShell", session_type="Standard_Stream", idle_minutes=15, max_minutes=60
    )
    stage.service.active = SessionRecord("session-1", "i-1", "Connected", "arn:jane", started=datetime.now(UTC))
    run = stage.run()
    key = run.start()
    await run.becomes(key, SessionState.WAITING)
    stage.agent().offer("Standard_Stream")
    await run.becomes(key, SessionState.OPEN)
    run.manager.session(key).rename("debug")
    await wait_until("all is on record", lambda: run.record(key).identity and run.record(key).title == "debug")
    record = run.record(key)
    assert (record.session_type, record.encrypted, record.identity) == ("Standard_Stream", False, "arn:jane")
    assert (record.idle_limit, record.time_limit) == (900, 3600)


async def test_one_that_aws_refuses_is_journalled_as_not_started(stage: Stage) -> None:
    stage.service.refuse_start = AccessDenied("no ssm:StartSession", code="AccessDeniedException")
    run = stage.run()
    await run.becomes(run.start(), SessionState.FAILED)
    entry = await stage.accounted()
    assert (entry.how, entry.session_id, entry.node) == ("not started", "", "i-1")
    assert entry.detail == "Access denied: no ssm:StartSession"


async def test_without_a_ledger_no_number_is_kept_back(stage: Stage) -> None:
    manager = SessionManager(stage.service, RecordingEngines())  # type: ignore[arg-type]
    key = manager.start(StartRequest("i-1"), SIZE)
    await wait_until("it waits", lambda: manager.snapshot(key).state is SessionState.WAITING)
    assert manager.session(key)._channel.channel.unreserved is None
    assert manager.snapshot(key).record == ""
    await manager.close()


# Typing


async def test_no_number_is_given_that_is_not_written_down(stage: Stage) -> None:
    run = stage.run()
    key = await run.open()
    session = run.manager.session(key)
    channel = session._channel.channel
    typed = bytearray()
    for number in range(4 * BLOCK):
        typed.append(65 + number % 26)
        session.write(typed[-1:])
        if number % 7 == 0:
            await asyncio.sleep(0)
            record = run.record(key)
            assert record.high is not None
            assert record.low <= channel.bounds.low <= channel.bounds.high <= record.high  # type: ignore[operator]
    await wait_until("all of it arrives", lambda: stage.agent().received == typed)
    record = run.record(key)
    assert channel.bounds.high is not None
    assert record.high is not None
    assert channel.bounds.high <= record.high <= channel.bounds.high + BLOCK


async def test_typing_does_not_wait_for_the_disk(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    run = stage.run()
    key = await run.open()
    session = run.manager.session(key)
    writes: list[int] = []
    real = RecordFiles.write

    def write(self: RecordFiles, record: LedgerRecord, holder: str) -> bool:
        writes.append(session._channel.channel.unreserved or 0)
        return real(self, record, holder)

    monkeypatch.setattr(RecordFiles, "write", write)
    for typed in range(8, BLOCK + 1, 8):
        for _ in range(8):
            session.write(b"x")
        await wait_until("it arrives", lambda typed=typed: len(stage.agent().received) == typed)
    assert len(writes) <= 3, "a block at a time"
    assert min(writes) > AHEAD // 2, "well before the last number is given"


async def test_a_full_disk_keeps_nobody_from_typing_and_the_pane_says_so(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> bool:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(entries, "RETRY", 0.05)
    with monkeypatch.context() as patch:
        patch.setattr(RecordFiles, "write", full)
        run = stage.run()
        key = await run.open()
        told = "The ledger cannot be written (No space left on device): "
        assert run.manager.snapshot(key).notice == told + "after a crash this session could not be brought back."
        session = run.manager.session(key)
        for _ in range(3 * BLOCK):
            session.write(b"x")
        await wait_until("all of it arrives", lambda: len(stage.agent().received) == 3 * BLOCK)
    await wait_until("there is room again", lambda: not run.manager.snapshot(key).notice)
    for _ in range(2 * BLOCK):
        session.write(b"y")
    await wait_until("all of it arrives", lambda: len(stage.agent().received) == 5 * BLOCK)
    channel = session._channel.channel
    await wait_until(
        "numbers are written down again",
        lambda: run.record(key).high == channel.bounds.high + channel.unreserved,  # type: ignore[operator]
    )


async def test_a_bound_that_was_passed_on_a_full_disk_misleads_no_other_client(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that believed it would begin too low, and the agent would swallow what is typed there."""

    def full(*_: object) -> bool:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(entries, "RETRY", 3600.0)
    run = stage.run()
    key = await run.open()
    await wait_until("it is on record", lambda: run.manager.snapshot(key).is_on_record)
    with monkeypatch.context() as patch:
        patch.setattr(RecordFiles, "write", full)
        run.manager.session(key).rename("other")
        await wait_until("it is said", lambda: run.manager.snapshot(key).notice)
        assert len(stage.records()) == 1, "its bounds hold all the same"
        for _ in range(2 * BLOCK):
            run.manager.session(key).write(b"x")
        await wait_until("all of it arrives", lambda: len(stage.agent().received) == 2 * BLOCK)
        await wait_until("the record is gone", lambda: stage.records() == [])
        await wait_until("it is known", lambda: not run.manager.snapshot(key).is_on_record)
    for entry in run.ledger._entries.values():
        entry.hurry()
    await wait_until("there is room again", lambda: run.manager.snapshot(key).is_on_record)
    assert run.record(key).high >= 2 * BLOCK  # type: ignore[operator]


# The end


async def test_a_tab_that_is_closed_is_ended_by_its_person(stage: Stage) -> None:
    run = stage.run()
    key = await run.open(StartRequest("i-1", reason="ticket 7"))
    run.manager.session(key).end()
    entry = await stage.accounted()
    assert (entry.how, entry.session_id, entry.reason) == ("ended by you", "session-1", "ticket 7")
    assert entry.ended is not None


async def test_one_that_is_ended_without_the_loop_is_journalled_by_the_thread_that_ends_it(stage: Stage) -> None:
    run = stage.run()
    await run.open()
    await wait_until("it is written", lambda: all(entry.is_settled for entry in run.ledger._entries.values()))
    (call,) = run.manager.last_calls()
    call.end()  # and nothing of the loop has a turn
    assert [(entry.session_id, entry.how) for entry in stage.journalled()] == [("session-1", "ended by you")]
    assert stage.records() == []
    assert stage.service.terminated == ["session-1"]


async def test_a_shell_that_exits_has_ended_on_the_node(stage: Stage) -> None:
    run = stage.run()
    await run.open()
    await stage.agent().finish()
    assert (await stage.accounted()).how == "exited, or ended by somebody else"


async def test_one_that_the_service_ends_says_why(stage: Stage) -> None:
    run = stage.run()
    await run.open()
    await stage.agent().finish("Your session timed out due to inactivity and has been terminated.")
    entry = await stage.accounted()
    assert entry.how == "ended by the service"
    assert "inactivity" in entry.detail


async def test_one_whose_end_is_not_confirmed_stays_on_record(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(farewell, "LOOKS", (0.0,))
    stage.service.refuse_terminate = AccessDenied("no", code="AccessDeniedException")
    run = stage.run()
    key = await run.open()
    run.manager.session(key).end()
    await run.becomes(key, SessionState.ENDED)
    await wait_until("it is on record", lambda: run.record(key).phase is Phase.CLOSING)
    assert stage.journalled() == []


# Left alive, lost, and taken back


async def test_what_is_left_alive_stays_in_the_ledger_with_its_bounds(stage: Stage) -> None:
    first = stage.run()
    key = await first.open()
    first.manager.session(key).write(b"a=1\r")
    await wait_until("the agent has it", lambda: stage.agent().received == b"a=1\r")
    bounds = first.manager.session(key)._channel.channel.bounds
    assert await first.manager.close(detach=True) == []
    await first.ledger.close()
    second = stage.run()
    (record,) = await second.ledger.survivors()
    assert (record.session_id, record.phase, record.low, record.high, record.output) == (
        "session-1",
        Phase.DETACHED,
        bounds.low,
        BLOCK,
        1,
    )
    assert stage.service.terminated == []
    assert stage.journalled() == []


async def test_a_killed_run_leaves_what_the_next_one_needs(stage: Stage) -> None:
    """All but the lock of the run that is killed, which tests/unit/ledger has."""
    first = stage.run()
    key = await first.open()
    for _ in range(300):
        first.manager.session(key).write(b"x")
    await wait_until("the agent has it", lambda: len(stage.agent().received) == 300)
    record_id = first.manager.snapshot(key).record
    await first.manager._tasks.close()
    second = stage.run()
    entry = await second.ledger.claim(record_id, insist=True)
    record = entry.record
    assert record.high is not None
    assert record.low <= 300 <= record.high
    takes_over = TakeOver(
        record.session_id,
        InputBounds(record.low, record.high, record.output),
        uuid.UUID(record.client_id),
        encrypted=record.encrypted,
    )
    again = second.manager.take_over(record.request, takes_over, SIZE, record=entry)
    second.manager.session(again).write(b"typed by the second")
    await second.becomes(again, SessionState.OPEN)
    await wait_until("it arrives", lambda: stage.agent().received.endswith(b"typed by the second"))
    assert stage.agent().received == b"x" * 300 + b"typed by the second", "no byte twice, none missing"
    assert second.manager.snapshot(again).record == record_id
    after = second.record(again)
    bounds = second.manager.session(again)._channel.channel.bounds
    assert bounds.high is not None
    assert after.high is not None
    assert bounds.high <= after.high


async def test_a_session_whose_start_was_not_answered_is_taken_over_all_the_same(stage: Stage) -> None:
    first = stage.run()
    key = await first.open()
    for _ in range(BLOCK - 20):
        first.manager.session(key).write(b"x")
    await wait_until("the agent has it", lambda: len(stage.agent().received) == BLOCK - 20)
    await first.manager._tasks.close()
    second = stage.run()
    entry = second.ledger.begin(StartRequest("i-1"))  # as its record was before StartSession had answered
    takes_over = TakeOver("session-1", InputBounds(entry.record.low, entry.record.high), encrypted=False)
    again = second.manager.take_over(StartRequest("i-1"), takes_over, SIZE, record=entry)
    second.manager.session(again).write(b"typed by the second")
    await second.becomes(again, SessionState.OPEN)
    await wait_until("it arrives", lambda: stage.agent().received.endswith(b"typed by the second"))
    assert second.record(again).session_id == "session-1"


async def test_a_record_that_another_run_claims_ends_the_session_here_alone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "LOOK", 0.01)
    first, second = stage.run(), stage.run()
    key = await first.open()
    await second.ledger.claim(first.manager.snapshot(key).record, insist=True)
    await first.becomes(key, SessionState.DETACHED)
    assert first.manager.snapshot(key).end_reason == TAKEN_ELSEWHERE
    assert stage.service.terminated == []
    assert stage.service.resumed == []


async def test_it_is_not_resumed_once_another_run_has_claimed_it(stage: Stage) -> None:
    first, second = stage.run(), stage.run()
    key = await first.open()
    await second.ledger.claim(first.manager.snapshot(key).record, insist=True)
    stage.agent().link.break_off()
    await first.becomes(key, SessionState.DETACHED)
    assert stage.service.resumed == []


async def test_it_is_taken_back_with_its_record(stage: Stage) -> None:
    run = stage.run()
    key = await run.open()
    record_id = run.manager.snapshot(key).record
    run.manager.session(key).detach()
    again = run.manager.restart(key)
    await run.becomes(again, SessionState.OPEN)
    assert run.manager.snapshot(again).record == record_id
    run.manager.session(again).end()
    entry = await stage.accounted()
    assert (entry.id, entry.how) == (record_id, "ended by you")


async def test_who_takes_it_back_learns_who_has_it_and_may_insist(stage: Stage) -> None:
    first, second = stage.run(), stage.run()
    key = await first.open()
    record_id = first.manager.snapshot(key).record
    first.manager.session(key).detach()
    await wait_until("it is to be had", lambda: stage.record(record_id).owner == "")
    await second.ledger.claim(record_id)
    key = first.manager.restart(key)
    await first.becomes(key, SessionState.FAILED)
    assert isinstance(first.manager.snapshot(key).error, HeldElsewhere)
    assert stage.service.resumed == []
    key = first.manager.restart(key)
    await first.becomes(key, SessionState.OPEN)
    assert first.record(key).owner == first.ledger._store.owner_id


async def test_bounds_that_another_run_has_moved_are_not_used(stage: Stage) -> None:
    first, second = stage.run(), stage.run()
    key = await first.open()
    record_id = first.manager.snapshot(key).record
    first.manager.session(key).detach()
    await wait_until("it is to be had", lambda: stage.record(record_id).owner == "")
    entry = await second.ledger.claim(record_id)
    entry.reserve(3, 900)
    entry.detached(700, 701)
    await wait_until("it is left again", lambda: stage.record(record_id).phase is Phase.DETACHED)
    key = first.manager.restart(key)
    await first.becomes(key, SessionState.FAILED)
    assert isinstance(first.manager.snapshot(key).error, UsedMeanwhile)
    await wait_until("it is still to be had", lambda: stage.record(record_id).owner == "")
    key = first.manager.restart(key)
    await first.becomes(key, SessionState.OPEN)


async def test_a_foreign_session_is_accounted_for_once_it_is_taken_over(stage: Stage) -> None:
    first = stage.run()
    key = await first.open()
    record_id = first.manager.snapshot(key).record
    first.manager.session(key).detach()
    await first.close()
    (stage.directory / f"{record_id}.json").unlink()
    second = stage.run()
    key = second.manager.take_over(StartRequest("i-1"), TakeOver("session-1", encrypted=False), SIZE)
    await second.becomes(key, SessionState.OPEN)
    second.manager.session(key).write(b"x")
    await wait_until("it arrives", lambda: stage.agent().received == b"x", 15)
    record = second.record(key)
    assert (record.foreign, record.session_id, record.phase) == (True, "session-1", Phase.OPEN)
    bounds = second.manager.session(key)._channel.channel.bounds
    assert record.high is not None
    assert bounds.high is not None
    assert bounds.high <= record.high
    second.manager.session(key).end()
    assert (await stage.accounted()).how == "ended by you"


async def test_a_foreign_session_that_cannot_be_taken_over_leaves_no_trace(stage: Stage) -> None:
    run = stage.run()
    key = run.manager.take_over(StartRequest("i-1"), TakeOver("session-9", encrypted=True), SIZE)
    await run.becomes(key, SessionState.FAILED)
    await wait_until("it is forgotten", lambda: not stage.records())
    assert stage.journalled() == []


async def test_one_that_is_gone_when_it_is_taken_over_is_journalled(stage: Stage) -> None:
    run = stage.run()
    key = await run.open()
    run.manager.session(key).detach()
    stage.service.refuse_resume = SessionGone("no such session", code="DoesNotExistException")
    key = run.manager.restart(key)
    await run.becomes(key, SessionState.FAILED)
    assert (await stage.accounted()).how == "ended while no client had it"
