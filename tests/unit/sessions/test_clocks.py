"""How long a session may last: what is known from where, and what is not guessed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from ssmtui.errors import AccessDenied, Throttled
from ssmtui.model import DEFAULT_SHELL, Container, Node, SessionDocument, SessionRecord, StartRequest, TerminalSize
from ssmtui.sessions import carrier
from ssmtui.sessions.clocks import SessionClocks
from ssmtui.sessions.manager import SessionManager
from ssmtui.sessions.states import SessionState
from tests.support.memory import MemoryAgent, MemoryService
from tests.support.wait import wait_until
from tests.unit.sessions.test_manager import RecordingEngines

EMPTY = SessionDocument("Own")
IDLE_5 = SessionDocument("Own", idle_minutes=5)
LONG = SessionDocument(DEFAULT_SHELL, idle_minutes=30, max_minutes=480)
DENIED = SessionDocument("Own", idle_minutes=None, complete=False)
START = 1_700_000_000.0


@pytest.mark.parametrize(
    ("own", "preferences", "idle", "longest"),
    [
        (IDLE_5, LONG, 5, 480),
        (EMPTY, LONG, 30, 480),
        (EMPTY, SessionDocument(DEFAULT_SHELL), 20, None),
        (LONG, LONG, 30, 480),
        (IDLE_5, None, 5, None),
        (EMPTY, None, None, None),
        (EMPTY, DENIED, None, None),
        (DENIED, LONG, None, None),
        (None, LONG, None, None),
        (None, None, None, None),
    ],
)
def test_the_limits_are_the_documents_then_the_preferences_and_never_a_guess(
    own: SessionDocument | None, preferences: SessionDocument | None, idle: int | None, longest: int | None
) -> None:
    clocks = SessionClocks()
    clocks.start(START)
    clocks.learn(own, preferences)
    assert clocks.idle_limit == (None if idle is None else idle * 60)
    assert clocks.time_limit == (None if longest is None else longest * 60)
    assert clocks.idle_left(30.0) == (None if idle is None else idle * 60 - 30)
    assert clocks.time_left(START + 60) == (None if longest is None else longest * 60 - 60)


def test_the_clocks_stop_at_nothing() -> None:
    clocks = SessionClocks()
    clocks.learn(LONG, LONG)
    assert clocks.idle_left(None) is None
    assert clocks.time_left(START) is None
    clocks.start(START)
    clocks.start(START + 1000)
    assert clocks.idle_left(1e6) == 0
    assert clocks.time_left(START + 1e6) == 0
    assert clocks.time_left(START - 1e6) == 480 * 60


@pytest.mark.parametrize(("skew", "start"), [(-20, START - 20), (30, START + 30), (3600, START), (-3600, START)])
def test_the_service_knows_better_unless_the_clocks_disagree(skew: float, start: float) -> None:
    clocks = SessionClocks()
    clocks.start(START)
    clocks.learn(LONG, LONG)
    clocks.learn_record(None)
    assert clocks.time_left(START) == 480 * 60
    clocks.learn_record(SessionRecord("s", "i-1", "Connected", started=datetime.fromtimestamp(START + skew, UTC)))
    assert clocks.time_left(START + 100) == 480 * 60 - (START + 100 - start)
    clocks.learn_record(SessionRecord("s", "i-1", "Connected", max_minutes=60))
    assert clocks.time_left(START + 100) == 60 * 60 - (START + 100 - start)


class Stage:
    """A manager whose time is the test's."""

    def __init__(self) -> None:
        self.service = MemoryService()
        self.now = 5000.0
        self.manager = SessionManager(
            self.service,
            RecordingEngines(),  # type: ignore[arg-type]
            clock=lambda: self.now,
            wall=lambda: START + self.now,
        )

    async def open(self, document: str | None = None) -> int:
        key = self.manager.start(StartRequest("i-1", document), TerminalSize(80, 24))
        await self.reaches(key, SessionState.WAITING)
        self.agent(key).say(b"$ ")
        await self.reaches(key, SessionState.OPEN)
        return key

    def agent(self, key: int) -> MemoryAgent:
        return self.service.agents[self.manager.snapshot(key).session_id]

    async def reaches(self, key: int, state: SessionState) -> None:
        await wait_until(f"it is {state.value}", lambda: self.manager.snapshot(key).state is state)

    async def described(self, times: int = 1) -> None:
        await wait_until("the service was asked", lambda: len(self.service.described) == times)

    def left(self, key: int) -> tuple[float | None, float | None]:
        snapshot = self.manager.snapshot(key)
        return snapshot.idle_left, snapshot.time_left

    async def quiet(self, key: int) -> None:
        await wait_until("all is confirmed", lambda: self.manager.snapshot(key).unacknowledged_frames == 0)


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(carrier.Backoff, "delay", lambda self: 0.002)
    stage = Stage()
    yield stage
    await stage.manager.close()
    await stage.service.close()


async def test_input_sizes_and_resumes_reset_the_idle_clock_and_output_does_not(stage: Stage) -> None:
    stage.service.known_documents[DEFAULT_SHELL] = LONG
    key = await stage.open()
    await stage.described()
    await stage.quiet(key)
    stage.now += 100
    stage.agent(key).say(b"output")
    await stage.quiet(key)
    assert stage.left(key) == (1700, 480 * 60 - 100)
    stage.manager.session(key).write(b"x")
    assert stage.left(key) == (1800, 480 * 60 - 100)
    stage.now += 100
    assert stage.left(key) == (1700, 480 * 60 - 200)
    stage.manager.session(key).resize(TerminalSize(100, 30))
    assert stage.left(key)[0] == 1800
    await stage.quiet(key)
    stage.now += 100
    stage.agent(key).link.break_off()
    await stage.reaches(key, SessionState.LOST)
    stage.manager.session(key).resume_now()
    await wait_until("it is back", lambda: stage.manager.snapshot(key).resumes == 1)
    await stage.reaches(key, SessionState.OPEN)
    assert stage.left(key) == (1800, 480 * 60 - 300)
    snapshot = stage.manager.snapshot(key)
    assert (snapshot.idle_limit, snapshot.time_limit) == (1800, 480 * 60)


async def test_what_is_typed_while_lost_resets_nothing_before_it_goes_out(stage: Stage) -> None:
    stage.service.known_documents[DEFAULT_SHELL] = LONG
    key = await stage.open()
    await stage.described()
    stage.service.refuse_resume = Throttled("slow down")
    stage.agent(key).link.break_off()
    await stage.reaches(key, SessionState.LOST)
    stage.now += 100
    stage.manager.session(key).write(b"x")
    assert stage.left(key)[0] == 1700


async def test_a_paste_resets_the_idle_clock_as_it_goes_out(stage: Stage) -> None:
    stage.service.known_documents[DEFAULT_SHELL] = LONG
    key = await stage.open()
    await stage.described()
    await stage.quiet(key)
    stage.now += 100
    stage.manager.session(key).paste(b"x" * 100_000)
    assert stage.left(key)[0] == 1700
    await wait_until("it arrived", lambda: len(stage.agent(key).received) == 100_000)
    assert stage.left(key)[0] == 1800


async def test_a_session_that_is_over_has_no_time_left(stage: Stage) -> None:
    stage.service.known_documents[DEFAULT_SHELL] = LONG
    key = await stage.open()
    await stage.described()
    stage.manager.session(key).end()
    assert stage.left(key) == (None, None)


async def test_without_preferences_the_services_default_counts(stage: Stage) -> None:
    key = await stage.open()
    await stage.described()
    assert stage.left(key) == (20 * 60, None)


async def test_what_is_denied_is_not_shown_and_disturbs_nothing(stage: Stage) -> None:
    stage.service.known_documents[DEFAULT_SHELL] = AccessDenied("ssm:GetDocument")
    stage.service.active = AccessDenied("ssm:DescribeSessions")
    key = await stage.open()
    await stage.described()
    assert stage.left(key) == (None, None)
    assert stage.manager.snapshot(key).notice == ""


async def test_the_service_tells_the_longest_time_of_the_session(stage: Stage) -> None:
    stage.service.known_documents["Own"] = IDLE_5
    stage.service.active = SessionRecord("session-1", "i-1", "Connected", max_minutes=60)
    key = await stage.open("Own")
    await wait_until("the time is known", lambda: stage.left(key) == (300, 3600))
    assert stage.service.described == ["session-1"]


async def test_ten_tabs_ask_for_a_document_once(stage: Stage) -> None:
    stage.service.known_documents["Own"] = EMPTY
    for _ in range(10):
        await stage.open("Own")
    await stage.described(10)
    assert sorted(stage.service.documents_read) == ["Own", DEFAULT_SHELL]
    stage.now += 3600
    await stage.open("Own")
    await stage.described(11)
    assert len(stage.service.documents_read) == 4


async def test_a_document_that_could_not_be_read_for_the_moment_is_asked_for_again(stage: Stage) -> None:
    stage.service.known_documents[DEFAULT_SHELL] = Throttled("slow down")
    first = await stage.open()
    await stage.described()
    assert stage.left(first) == (None, None)
    stage.service.known_documents[DEFAULT_SHELL] = LONG
    second = await stage.open()
    await stage.described(2)
    assert stage.left(second) == (1800, 480 * 60)
    assert stage.left(first) == (None, None)


async def test_a_document_that_takes_its_time_delays_nothing(stage: Stage) -> None:
    reading = stage.service.document
    asked: list[str] = []

    async def never(name: str) -> SessionDocument:
        asked.append(name)
        await wait_until("the test is over", lambda: False, timeout=30)
        return await reading(name)

    stage.service.document = never  # type: ignore[method-assign]
    key = await stage.open()
    await wait_until("it was asked for", lambda: asked)
    stage.manager.session(key).write(b"ls\r")
    await wait_until("the input arrived", lambda: stage.agent(key).received == b"ls\r")
    assert stage.left(key) == (None, None)


async def test_a_container_has_an_idle_timeout_that_no_preferences_change(stage: Stage) -> None:
    stage.service.known_documents[DEFAULT_SHELL] = LONG
    node = Node("ecs:shop_1_2", "web/app", container=Container("shop", "1", "app", "2"))
    key = stage.manager.start(StartRequest(node.id), TerminalSize(80, 24), node)
    await stage.reaches(key, SessionState.WAITING)
    stage.agent(key).say(b"$ ")
    await stage.described()
    await stage.quiet(key)
    assert stage.left(key) == (20 * 60, None)
    assert (stage.service.documents_read, stage.service.started[0].container) == ([], node.container)


def test_the_start_is_known_once_it_was_answered() -> None:
    clocks = SessionClocks()
    assert clocks.started is None
    clocks.start(1000.0)
    clocks.start(2000.0)
    assert clocks.started == 1000.0


@pytest.mark.parametrize(("known", "started"), [(None, 2800.0), (2000.0, 2000.0), (2790.0, 2800.0)])
def test_of_a_session_that_began_elsewhere_the_ledger_or_the_service_knows_when(
    known: float | None, started: float
) -> None:
    clocks = SessionClocks(began_elsewhere=True, started=known)
    clocks.start(10_000.0)
    assert clocks.started == known
    record = SessionRecord("s", "i-1", "Connected", started=datetime.fromtimestamp(2800.0, UTC), max_minutes=180)
    clocks.learn_record(record)
    assert clocks.started == started
    assert clocks.time_left(10_000.0) == started + 10_800 - 10_000
