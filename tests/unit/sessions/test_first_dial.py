"""The first socket of a session: tried again where the network fails, given up where the host says no."""

from __future__ import annotations

import asyncio

import pytest

from ssmtui.errors import ConnectionFailed, SsmtuiError, StreamRefused, UpgradeRefused
from ssmtui.model import StartRequest
from ssmtui.sessions import carrier
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.states import SessionState
from ssmtui.tasks import Tasks
from tests.support.lab_stack import lab_stack
from tests.support.memory import MemoryLink, MemoryService, RecordingViewer
from tests.support.wait import wait_until


class Dialer:
    """Fails as often as it has errors, then dials."""

    def __init__(self, service: MemoryService, *errors: SsmtuiError) -> None:
        self.service = service
        self.errors = list(errors)
        self.openings: list[str] = []

    async def dial(self, stream_url: str, opening: str) -> MemoryLink:
        self.openings.append(opening)
        if self.errors:
            raise self.errors.pop(0)
        return await self.service.dial(stream_url, opening)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier.Backoff, "delay", lambda self: 0.002)


@pytest.mark.parametrize("error", [UpgradeRefused(503, "503"), ConnectionFailed("reset"), UpgradeRefused(429, "429")])
@pytest.mark.usefixtures("quick")
async def test_a4_the_first_dial_is_tried_again_with_the_same_token(error: SsmtuiError) -> None:
    service, tasks = MemoryService(), Tasks("test")
    dialer = Dialer(service, error, error)
    session = ChannelSession(StartRequest("i-1"), service, dialer, RecordingViewer(), tasks)
    await wait_until("the socket is open", lambda: session.state is SessionState.WAITING)
    assert len(dialer.openings) == 3
    assert all('"TokenValue":"token"' in opening for opening in dialer.openings)
    assert len(service.started) == 1
    assert (service.terminated, session.trouble) == ([], "")
    await tasks.close()
    await service.close()


@pytest.mark.parametrize("error", [UpgradeRefused(403, "403"), UpgradeRefused(404, "404"), StreamRefused("not AWS")])
async def test_a4_a_refusal_is_final(error: SsmtuiError) -> None:
    service, tasks = MemoryService(), Tasks("test")
    dialer = Dialer(service, error)
    session = ChannelSession(StartRequest("i-1"), service, dialer, RecordingViewer(), tasks)
    await session.life
    assert (session.state, session.error) == (SessionState.FAILED, error)
    assert len(dialer.openings) == 1
    assert service.terminated == ["session-1"]
    await service.close()


async def test_d5_what_does_not_pass_in_time_is_an_error_and_the_session_is_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(carrier.Backoff, "delay", lambda self: 1.0)
    now = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    service, tasks = MemoryService(), Tasks("test")
    service.refuse_dial = ConnectionFailed("no route", remedy="Check the network.")
    viewer = RecordingViewer()
    with monkeypatch.context() as patched:
        patched.setattr(carrier.asyncio, "sleep", sleep)
        session = ChannelSession(StartRequest("i-1"), service, service, viewer, tasks, lambda: now)
        await session.life
    assert session.state is SessionState.FAILED
    assert str(session.error) == "The connection failed: no route (tried 11 times in 10 s). Check the network."
    assert service.terminated == ["session-1"]
    await service.close()


async def test_a4_while_it_is_tried_again_the_person_is_told_and_may_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier.Backoff, "delay", lambda self: 5.0)
    service, tasks = MemoryService(), Tasks("test")
    service.refuse_dial = ConnectionFailed("no route")
    session = ChannelSession(StartRequest("i-1"), service, service, RecordingViewer(), tasks)
    await wait_until("it is told", lambda: "cannot be opened (no route); trying again" in session.trouble)
    session.end()
    await session.life
    assert session.state is SessionState.ENDED
    assert service.terminated == ["session-1"]
    await service.close()


async def test_a4_fifty_sessions_open_through_a_service_that_drops_every_second_connection() -> None:
    async with lab_stack(nodes=5, faults="drop-dial=2") as stack:
        target = await stack.target()
        sessions = [stack.session(StartRequest(target)) for _ in range(50)]
        await wait_until(
            "all are open",
            lambda: all(one.state is SessionState.OPEN for one in sessions),
            timeout=60,
            report=lambda: [
                (one.state.value, str(one.error)) for one in sessions if one.state is not SessionState.OPEN
            ],
        )
        for one in sessions:
            one.end()
        await asyncio.wait({one.life for one in sessions})
        assert all(one.confirmed_gone for one in sessions)
