"""What is on the screen of a session that is taken over, with real engines: earlier lines, the line, the output."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from ssmtui.ledger.entry import Entry
from ssmtui.ledger.ledger import Ledger
from ssmtui.ledger.record import LedgerRecord
from ssmtui.model import SessionRecord, StartRequest, TerminalSize
from ssmtui.protocol import takeover
from ssmtui.recording.last_output import last_outputs
from ssmtui.sessions.engine_host import EngineHost
from ssmtui.sessions.manager import SessionManager
from ssmtui.sessions.states import SessionState
from ssmtui.sessions.taking_over import TakeOver
from tests.support.memory import MemoryService
from tests.support.wait import wait_until

SIZE = TerminalSize(80, 24)
REQUEST = StartRequest("i-1", title="web")
RECORDED = replace(REQUEST, options=replace(REQUEST.options, recording=True))
NOON = datetime(2026, 1, 15, 12, 0).timestamp()
LINE = "── taken over at 12:00, output since then ──"


@pytest.fixture(autouse=True)
def few_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that is taken over without its bounds is sought with 1,024 sizes, not 65,536: a second less each time.
    The real number is played in the tests of the protocol and of the real program."""
    monkeypatch.setattr(takeover, "STEPS", (256, 1_024))


class Stage:
    """A manager whose sessions are recorded where they ask for it, and its ledger."""

    def __init__(self, engines: EngineHost, path: Path, service: MemoryService | None = None) -> None:
        self.service = service or MemoryService()
        self.ledger = Ledger(path / "ledger", path / "journal.jsonl")
        self.manager = SessionManager(
            self.service, engines, recordings=path / "recordings", wall=lambda: NOON, ledger=self.ledger
        )

    async def open(self, request: StartRequest = REQUEST) -> int:
        key = self.manager.start(request, SIZE)
        await self.reaches(key, SessionState.WAITING)
        self.say("$ ")
        await self.reaches(key, SessionState.OPEN)
        return key

    async def reaches(self, key: int, state: SessionState) -> None:
        await wait_until(f"it is {state.value}", lambda: self.manager.snapshot(key).state is state, 15)

    def say(self, text: str) -> None:
        self.service.agents["session-1"].say(text.encode())

    async def lines(self, key: int) -> list[str]:
        terminal = self.manager.session(key).terminal
        await terminal.replica()
        return [line.rstrip() for line in (await terminal.text()).splitlines() if line.strip()]

    async def shows(self, key: int, *expected: str) -> None:
        """Wait until these lines, and no others, are on the screen."""
        seen: list[str] = []
        async with asyncio.timeout(30):
            while seen != [*expected]:
                seen = await self.lines(key)


@pytest.fixture
async def engines() -> AsyncIterator[EngineHost]:
    engines = EngineHost()
    await engines.start()
    yield engines
    await engines.close()


@pytest.fixture
async def stage(engines: EngineHost, tmp_path: Path) -> AsyncIterator[Stage]:
    stage = Stage(engines, tmp_path)
    yield stage
    await stage.manager.close()
    await stage.ledger.close()
    await stage.service.close()


@pytest.fixture
async def next_run(engines: EngineHost, stage: Stage, tmp_path: Path) -> AsyncIterator[Stage]:
    """The same service and the same places."""
    other = Stage(engines, tmp_path, stage.service)
    yield other
    await other.manager.close()
    await other.ledger.close()


async def test_a_session_that_was_recorded_shows_its_last_lines_above_what_is_new(stage: Stage) -> None:
    key = await stage.open(RECORDED)
    stage.say("make\r\n\x1b[32mall is done\x1b[0m\r\n$ ")
    await stage.shows(key, "$ make", "all is done", "$")
    stage.manager.session(key).detach()
    await stage.manager.session(key).life
    await stage.manager.session(key).recorded()
    stage.say("printed meanwhile\r\n$ ")
    other = stage.manager.take_over(REQUEST, TakeOver("session-1", encrypted=False), SIZE)
    await stage.reaches(other, SessionState.OPEN)
    # What the first client has acknowledged last is not the agent's any more; the rest comes.
    await stage.shows(other, "$ make", "all is done", "$", LINE, "printed meanwhile", "$")


async def test_without_a_recording_only_the_line_is_above(stage: Stage) -> None:
    key = await stage.open()
    stage.manager.session(key).detach()
    await stage.manager.session(key).life
    stage.say("printed meanwhile\r\n$ ")
    other = stage.manager.take_over(REQUEST, TakeOver("session-1", encrypted=False), SIZE)
    await stage.shows(other, LINE, "printed meanwhile", "$")


async def test_a_session_that_was_left_and_is_taken_back_in_its_pane_keeps_its_screen_and_name(stage: Stage) -> None:
    key = await stage.open()
    stage.say("one\r\ntwo\r\n\x1b[?2004h$ ")
    await stage.shows(key, "$ one", "two", "$")
    stage.manager.session(key).rename("primary of orders")
    stage.manager.session(key).detach()
    await stage.manager.session(key).life
    other = stage.manager.restart(key)
    stage.say("ls\r\n")
    await stage.shows(other, "$ one", "two", "$", LINE, "ls")
    snapshot = stage.manager.snapshot(other)
    assert snapshot.title == "primary of orders"
    assert snapshot.modes.bracketed_paste, "the shell does not say it again"
    assert snapshot.taken_over == NOON


async def test_one_that_cannot_be_taken_over_has_no_such_line(stage: Stage) -> None:
    refused = stage.manager.take_over(REQUEST, TakeOver("session-1", encrypted=True), SIZE)
    await stage.reaches(refused, SessionState.FAILED)
    assert await stage.lines(refused) == []


async def test_nothing_is_typed_into_a_session_that_is_taken_over(stage: Stage) -> None:
    request = replace(REQUEST, options=replace(REQUEST.options, on_connect="rm -rf build\n"))
    key = await stage.open(request)
    agent = stage.service.agents["session-1"]
    await wait_until("the text is typed at the start", lambda: bytes(agent.received) == b"rm -rf build\r", 15)
    await wait_until(
        "it is acknowledged", lambda: stage.manager.session(key)._channel.channel.unacknowledged == (0, 0), 15
    )
    stage.manager.session(key).detach()
    await stage.manager.session(key).life
    other = stage.manager.restart(key)
    await stage.reaches(other, SessionState.OPEN)
    stage.say("a prompt $ ")
    stage.manager.session(other).write(b"x")
    await wait_until("what is typed arrives", lambda: bytes(agent.received).endswith(b"x"), 15)
    assert bytes(agent.received) == b"rm -rf build\rx"
    assert stage.manager.session(other)._on_connect._keys == b"", "nor later"


async def test_how_long_it_has_lasted_is_what_the_service_says(stage: Stage) -> None:
    key = await stage.open()
    stage.manager.session(key).detach()
    await stage.manager.session(key).life
    started = datetime.fromtimestamp(NOON - 7200).astimezone()
    stage.service.active = SessionRecord("session-1", "i-1", "Connected", started=started, max_minutes=180)
    other = stage.manager.take_over(REQUEST, TakeOver("session-1", encrypted=False), SIZE)
    await wait_until("its limit is known", lambda: stage.manager.snapshot(other).time_left is not None, 15)
    assert stage.manager.snapshot(other).started_at == NOON - 7200
    assert stage.manager.snapshot(other).time_left == 3600.0


async def test_the_next_run_brings_the_program_s_modes_back_where_it_was_recorded_to_the_end(
    stage: Stage, next_run: Stage
) -> None:
    key = await stage.open(RECORDED)
    stage.say("vim notes\r\n\x1b[?1049h\x1b[?1h\x1b[H~ vim")
    await stage.shows(key, "~ vim")
    record = stage.manager.snapshot(key).record
    await wait_until("its file is on record", lambda: _record(stage, key).recording)
    await stage.manager.close(detach=True)
    assert _record(stage, key).recording, "leaving it ends the file, and not what the record says"
    await stage.ledger.close()
    entry = await next_run.ledger.claim(record)
    again = next_run.manager.take_over(RECORDED, TakeOver("session-1", encrypted=False), SIZE, record=entry)
    await next_run.reaches(again, SessionState.OPEN)
    next_run.say("\x1b[H~ vim, drawn again")
    await next_run.shows(again, "~ vim, drawn again")
    modes = next_run.manager.snapshot(again).modes
    assert (modes.alternate_screen, modes.application_cursor) == (True, True)
    next_run.say("\x1b[?1049l$ ")
    await next_run.shows(again, "$ vim notes", LINE, "$")
    assert next_run.manager.snapshot(again).started_at == pytest.approx(_started(entry), abs=1)


async def test_what_a_person_had_recorded_goes_on_being_recorded_with_the_modes_of_its_program(
    stage: Stage, tmp_path: Path
) -> None:
    key = await stage.open()
    await stage.manager.session(key).record()
    stage.say("less log\r\n\x1b[?1049h\x1b[H1 one")
    await stage.shows(key, "1 one")
    stage.manager.session(key).detach()
    await stage.manager.session(key).life
    stage.say("\x1b[H2 two")
    again = stage.manager.restart(key)
    await stage.shows(again, "2 two")
    assert stage.manager.snapshot(again).is_recorded
    stage.manager.session(again).stop_recording()
    await stage.manager.session(again).recorded()
    newest, _ = await asyncio.to_thread(last_outputs, tmp_path / "recordings", "session-1")
    assert newest.output.startswith(b"\x1b[?1049h"), "what follows is for that screen"
    assert newest.output.endswith(b"\x1b[H2 two")


async def test_one_that_was_not_recorded_is_not(stage: Stage, tmp_path: Path) -> None:
    key = await stage.open()
    await stage.manager.session(key).record()
    stage.manager.session(key).stop_recording()
    stage.manager.session(key).detach()
    await stage.manager.session(key).life
    again = stage.manager.restart(key)
    await stage.reaches(again, SessionState.OPEN)
    assert not stage.manager.snapshot(again).is_recorded


async def test_a_recording_that_was_ended_before_knows_no_modes(stage: Stage) -> None:
    key = await stage.open(RECORDED)
    await wait_until("its file is on record", lambda: _record(stage, key).recording)
    stage.manager.session(key).stop_recording()
    assert _record(stage, key).recording == ""


def _record(stage: Stage, key: int) -> LedgerRecord:
    record = stage.manager.session(key).ledger_record
    assert record is not None
    return record


def _started(entry: Entry) -> float:
    return entry.record.started
