"""Just-in-time access: asked for once, looked after until somebody decides, and a session over what is granted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest

from ssmtui.errors import AccessDenied, ConnectionFailed, CredentialsError, ServiceError, SsmtuiError, Throttled
from ssmtui.model import DEFAULT_SHELL, AccessCredentials, AccessStatus, AccessToken, Scope, StartRequest, TerminalSize
from ssmtui.sessions import approval as approvals
from ssmtui.sessions.approval import Approval
from ssmtui.sessions.manager import SessionManager
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.sessions.states import SessionState
from tests.support.memory import MemoryService
from tests.support.wait import wait_until
from tests.unit.sessions.test_manager import RecordingEngines

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
PENDING = AccessToken(AccessStatus.PENDING)
GRANTED = AccessCredentials("ASIA-approved", "approved-secret", "approved-token", NOW + timedelta(hours=1))
APPROVED = AccessToken(AccessStatus.APPROVED, GRANTED)
SIZE = TerminalSize(80, 24)
REQUEST = StartRequest("i-1", scope=Scope("prod", "eu-west-1"))


class Stage:
    """A manager, the service that is asked, and the one that what was granted leads to."""

    def __init__(self) -> None:
        self.service, self.granting = MemoryService(), MemoryService()
        self.service.behind_approval = self.granting
        self.manager = SessionManager(self.service, RecordingEngines())  # type: ignore[arg-type]
        self.key = 0

    def ask(self) -> int:
        self.key = self.manager.request_access(REQUEST, "incident 42", SIZE)
        return self.key

    @property
    def now(self) -> SessionSnapshot:
        return self.manager.snapshot(self.key)

    async def until(self, state: SessionState) -> SessionSnapshot:
        await wait_until(f"the session is {state.value}", lambda: self.now.state is state, report=lambda: str(self.now))
        return self.now

    async def open(self) -> None:
        await wait_until("the agent is there", lambda: self.granting.agents)
        next(iter(self.granting.agents.values())).say(b"$ ")
        await self.until(SessionState.OPEN)


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(approvals, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(approvals, "LONGEST_PAUSE", 0.001)
    stage = Stage()
    yield stage
    await stage.manager.close()
    await stage.service.close()
    await stage.granting.close()


async def test_a_session_starts_over_what_is_granted_and_closes_it_at_its_end(stage: Stage) -> None:
    stage.service.access = [PENDING]
    key = stage.ask()
    assert stage.now.state is SessionState.AWAITING_APPROVAL
    await wait_until("it has looked", lambda: stage.service.looks > 1)
    assert (stage.now.access_request, stage.now.live, stage.now.accepts_input) == ("oi-000000000001", True, False)
    assert "approve" in stage.now.notice
    assert stage.now.access_reason == "incident 42"
    assert stage.now.access_waits is not None
    stage.service.access = [APPROVED]
    await stage.open()
    assert stage.now.access_waits is None
    assert stage.service.access_requests == [("i-1", "incident 42")]
    assert (stage.service.started, stage.granting.started) == ([], [REQUEST])
    assert stage.now.notice == ""
    stage.manager.session(key).end()
    await stage.until(SessionState.ENDED)
    assert (stage.granting.terminated, stage.granting.closings) == (["session-1"], 1)
    assert "approved-" not in repr(stage.now) + repr(vars(stage.manager._sessions[key].approval))


async def test_what_is_typed_while_nobody_has_approved_is_not_kept(stage: Stage) -> None:
    stage.manager.session(stage.ask()).write(b"rm -rf x\r")
    stage.manager.session(stage.key).paste(b"paste")
    stage.service.access = [APPROVED]
    await stage.open()
    (agent,) = stage.granting.agents.values()
    stage.manager.session(stage.key).write(b"ls\r")
    await wait_until("what was typed has come", lambda: b"ls" in agent.received)
    assert agent.received == b"ls\r"


@pytest.mark.parametrize("status", [AccessStatus.REJECTED, AccessStatus.REVOKED, AccessStatus.EXPIRED])
async def test_a_request_that_is_not_granted_says_so(stage: Stage, status: AccessStatus) -> None:
    stage.service.access = [PENDING, AccessToken(status)]
    stage.ask()
    failed = await stage.until(SessionState.FAILED)
    assert isinstance(failed.error, AccessDenied)
    assert status.value.lower() in failed.error.detail
    assert "oi-000000000001" in failed.error.detail
    assert failed.error.remedy
    assert await stage.manager.close() == [], "there is nothing that could be left behind"
    assert stage.granting.started == []


@pytest.mark.parametrize(
    "error",
    [
        Throttled("Rate exceeded"),
        ServiceError("oops", code="InternalServerError"),
        ConnectionFailed("no route"),
        CredentialsError("expired"),
    ],
)
async def test_what_may_pass_does_not_end_the_waiting(stage: Stage, error: SsmtuiError) -> None:
    stage.service.access = [error]
    stage.ask()
    await wait_until("it is told", lambda: error.detail in stage.now.notice)
    assert stage.now.state is SessionState.AWAITING_APPROVAL
    stage.service.access = [APPROVED]
    await stage.open()


async def test_what_does_not_pass_ends_it(stage: Stage) -> None:
    stage.service.access = [ServiceError("no such request", code="ResourceNotFoundException")]
    stage.ask()
    assert (await stage.until(SessionState.FAILED)).error is stage.service.access[0]


async def test_ending_it_stops_the_looking(stage: Stage) -> None:
    stage.ask()
    await wait_until("it has looked", lambda: stage.service.looks)
    stage.manager.session(stage.key).end()
    await stage.until(SessionState.ENDED)
    looks = stage.service.looks
    assert await stage.manager.close() == []
    assert (stage.service.looks, stage.granting.started) == (looks, [])


async def test_a_person_may_have_it_looked_at_now(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approvals, "FIRST_PAUSE", 3600.0)
    stage.service.access = [APPROVED]
    stage.ask()
    await wait_until("access is asked for", lambda: stage.now.access_request)
    stage.manager.session(stage.key).resume_now()
    await stage.open()


async def test_what_was_granted_serves_again_while_it_lasts(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    lasting = AccessToken(AccessStatus.APPROVED, replace(GRANTED, expires=datetime.now(UTC) + timedelta(hours=1)))
    stage.service.access = [lasting]
    stage.ask()
    await stage.open()
    stage.manager.session(stage.key).end()
    await stage.until(SessionState.ENDED)
    stage.key = stage.manager.restart(stage.key)
    await wait_until("the second session is started", lambda: len(stage.granting.started) == 2)
    assert len(stage.service.access_requests) == 1


async def test_d7_another_session_on_the_node_uses_what_was_granted_and_one_elsewhere_does_not(stage: Stage) -> None:
    lasting = AccessToken(AccessStatus.APPROVED, replace(GRANTED, expires=datetime.now(UTC) + timedelta(hours=1)))
    stage.service.access = [lasting]
    first = stage.ask()
    await stage.open()
    stage.manager.start(replace(REQUEST, reason="more"), SIZE, approval_of=first)
    await wait_until("the second session is started", lambda: len(stage.granting.started) == 2)
    assert stage.granting.started[1].reason == "more"
    assert len(stage.service.access_requests) == 1
    elsewhere = replace(REQUEST, target="i-2")
    stage.manager.start(elsewhere, SIZE, approval_of=first)
    await wait_until("the third session is started", lambda: stage.service.started)
    assert (stage.service.started, len(stage.granting.started)) == ([elsewhere], 2)


async def test_d7_a_default_shell_on_the_node_uses_what_was_granted_however_it_is_started(stage: Stage) -> None:
    stage.service.refuse_start = AccessDenied("not authorized")
    denied = stage.manager.start(REQUEST, SIZE)
    await wait_until("it is denied", lambda: stage.manager.snapshot(denied).state is SessionState.FAILED)
    lasting = AccessToken(AccessStatus.APPROVED, replace(GRANTED, expires=datetime.now(UTC) + timedelta(hours=1)))
    stage.service.access = [lasting]
    stage.ask()
    await stage.open()
    stage.manager.restart(denied)
    stage.manager.start(replace(REQUEST, reason="duplicate"), SIZE)
    await wait_until("both are started", lambda: len(stage.granting.started) == 3)
    assert len(stage.service.access_requests) == 1
    stage.service.refuse_start = None
    stage.service.started.clear()
    others = [replace(REQUEST, document_name="Own"), replace(REQUEST, target="i-2"), replace(REQUEST, scope=None)]
    for request in others:
        stage.manager.start(request, SIZE)
    await wait_until("they are started without it", lambda: len(stage.service.started) == 3)
    assert (stage.service.started, len(stage.granting.started)) == (others, 3)


async def test_d7_what_has_expired_lets_no_other_shell_in(stage: Stage) -> None:
    stage.service.access = [APPROVED]  # until an hour after NOW, which is long ago
    stage.ask()
    await stage.open()
    stage.manager.start(REQUEST, SIZE)
    await wait_until("the person's own credentials are used", lambda: stage.service.started == [REQUEST])


async def test_what_has_expired_is_asked_for_again(stage: Stage) -> None:
    stage.service.access = [APPROVED]  # until an hour after NOW, which is long ago
    stage.ask()
    await stage.open()
    stage.manager.session(stage.key).end()
    await stage.until(SessionState.ENDED)
    stage.key = stage.manager.restart(stage.key)
    await wait_until("access is asked for again", lambda: len(stage.service.access_requests) == 2)
    assert stage.service.access_requests[1] == ("i-1", "incident 42")


async def test_a_lost_session_whose_access_has_expired_says_what_to_do(stage: Stage) -> None:
    stage.service.access = [APPROVED]
    stage.ask()
    await stage.open()
    stage.granting.refuse_resume = stage.granting.refuse_terminate = CredentialsError("expired")
    next(iter(stage.granting.agents.values())).link.break_off()
    failed = await stage.until(SessionState.FAILED)
    assert failed.error is not None
    assert "Ask for access" in failed.error.remedy
    await wait_until("the person's own credentials end it", lambda: stage.service.terminated == ["session-1"])


def test_pauses_grow_to_a_bound_and_are_never_long_nor_short() -> None:
    pauses = list(islice(approvals._pauses(), 20))
    assert 1.6 <= pauses[0] <= 2.0
    assert all(12.0 <= pause <= 15.0 for pause in pauses[6:])
    assert len(set(pauses[6:])) > 1, "many who wait do not ask in step"


@pytest.mark.parametrize(("left", "good"), [(59, False), (61, True)])
def test_credentials_that_are_about_to_expire_serve_no_other_session(left: float, good: bool) -> None:
    approval = Approval(MemoryService(), REQUEST, "why", now=lambda: NOW)
    assert not approval.is_good
    approval._credentials = replace(GRANTED, expires=NOW + timedelta(seconds=left))
    assert approval.is_good is good


@pytest.mark.parametrize(
    ("document", "covered"),
    [(None, True), ("", True), (DEFAULT_SHELL, True), ("Own", False), ("AWS-StartPortForwardingSession", False)],
)
def test_d7_an_approval_covers_the_default_shell_alone(document: str | None, covered: bool) -> None:
    assert replace(REQUEST, document_name=document).is_default_shell is covered


# The window


class Window:
    """An approval whose clock moves by a minute each time that it sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: AccessToken | SsmtuiError) -> None:
        self.service = MemoryService()
        self.service.access = list(answers)
        self.time = NOW
        self.told: list[tuple[datetime, datetime | None]] = []
        self.approval = Approval(self.service, REQUEST, "why", now=lambda: self.time)
        self.approval.request_id = "oi-000000000001"
        self.approval._credentials = GRANTED
        self.looks: list[datetime] = []
        look, sleep = self.service.access_token, asyncio.sleep

        async def looked(request_id: str) -> AccessToken:
            assert request_id == "oi-000000000001"
            self.looks.append(self.time)
            return await look(request_id)

        async def passes(seconds: float) -> None:
            assert 0 <= seconds <= approvals.WATCH_PAUSE
            self.time += timedelta(seconds=max(seconds, 0.001))
            await sleep(0)

        monkeypatch.setattr(self.service, "access_token", looked)
        monkeypatch.setattr(approvals.asyncio, "sleep", passes)

    async def watched(self) -> None:
        await self.approval.watch(lambda: self.told.append((self.time, self.approval.until)))


def minutes(moments: list[datetime]) -> list[float]:
    return [round((moment - NOW).total_seconds() / 60, 1) for moment in moments]


async def test_d9_the_end_of_the_window_is_looked_at_before_it_and_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    window = Window(monkeypatch, APPROVED)
    await window.watched()
    assert minutes(window.looks) == [55, 60]
    assert minutes([when for when, _ in window.told]) == [60]
    assert (window.approval.left, window.approval.is_good) == (0.0, False)


async def test_d9_a_window_that_outlasts_its_credentials_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    later = APPROVED._replace(credentials=replace(GRANTED, expires=NOW + timedelta(hours=2)))
    window = Window(monkeypatch, later, AccessToken(AccessStatus.EXPIRED))
    await window.watched()
    assert minutes(window.looks) == [55, 115]
    assert minutes([until for _, until in window.told if until is not None]) == [120, 115]
    assert not window.approval.is_good


async def test_d9_an_access_token_that_cannot_be_read_leaves_the_end_as_it_was_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = Window(monkeypatch, ConnectionFailed("no route"))
    await window.watched()
    assert (len(window.looks), window.approval.until) == (2, GRANTED.expires)
    assert minutes([when for when, _ in window.told]) == [60]


async def test_d9_credentials_that_end_at_once_do_not_make_calls_without_a_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    short = [
        APPROVED._replace(credentials=replace(GRANTED, expires=NOW + timedelta(minutes=60, seconds=number)))
        for number in range(1, 5)
    ]
    window = Window(monkeypatch, *short)
    await window.watched()
    pauses = [later - one for one, later in pairwise(window.looks)]
    assert min(pauses) >= timedelta(seconds=approvals.WATCH_PAUSE)
    assert len(window.looks) < 7


async def test_d9_an_approval_without_an_end_is_not_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    window = Window(monkeypatch, APPROVED)
    window.approval._credentials = replace(GRANTED, expires=None)
    await window.watched()
    assert (window.looks, window.told, window.approval.left) == ([], [], None)


async def test_d9_a_session_tells_the_end_of_its_window_and_goes_on_after_it(stage: Stage) -> None:
    stage.service.access = [APPROVED, AccessToken(AccessStatus.EXPIRED)]  # an hour after NOW is long ago
    stage.ask()
    assert stage.now.access_until is None
    await stage.open()
    await wait_until("it has looked", lambda: stage.service.looks > 1)
    assert (stage.now.access_until, stage.now.access_left) == (GRANTED.expires, 0.0)
    assert (stage.now.state, stage.granting.terminated) == (SessionState.OPEN, [])


async def test_d9_a_session_that_runs_gets_the_newer_credentials_of_a_longer_window(stage: Stage) -> None:
    soon = replace(GRANTED, expires=datetime.now(UTC) + timedelta(minutes=1))
    later = replace(GRANTED, access_key_id="ASIA-newer", expires=datetime.now(UTC) + timedelta(hours=1))
    stage.service.access = [AccessToken(AccessStatus.APPROVED, one) for one in (soon, later)]
    stage.ask()
    await stage.open()
    await wait_until("they are replaced", lambda: stage.granting.replaced)
    assert (stage.granting.replaced, stage.service.replaced) == ([later], [])
    assert stage.now.access_until == later.expires


async def test_d9_another_session_takes_what_the_same_request_still_gives(stage: Stage) -> None:
    fresh = replace(GRANTED, expires=datetime.now(UTC) + timedelta(hours=1))
    stage.service.access = [APPROVED, ConnectionFailed("no route"), AccessToken(AccessStatus.APPROVED, fresh)]
    stage.ask()
    await stage.open()
    await wait_until("it has looked", lambda: stage.service.looks > 1)
    stage.manager.session(stage.key).end()
    await stage.until(SessionState.ENDED)
    stage.key = stage.manager.restart(stage.key)
    await wait_until("the second session is started", lambda: len(stage.granting.started) == 2)
    assert len(stage.service.access_requests) == 1
    assert (stage.now.access_request, stage.now.access_until) == ("oi-000000000001", fresh.expires)
