"""What is remembered of a channel: its last events, folded, inert, and never what was typed or printed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ssmtui import protocol
from ssmtui.errors import AccessDenied, ConnectionFailed, CredentialsError, SessionGone
from ssmtui.sessions import carrier
from ssmtui.sessions.channel_log import MOST_DETAIL, MOST_EVENTS, ChannelLog, EventKind
from ssmtui.sessions.end_cause import EndCause
from ssmtui.sessions.states import SessionState
from tests.support.session_stage import SessionStage
from tests.support.wait import wait_until


class Wall:
    """A clock on the wall that the test sets."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def told(log: ChannelLog) -> list[str]:
    return [event.what for event in log.events]


def test_the_last_events_are_kept_and_all_are_counted() -> None:
    log = ChannelLog(Wall())
    for number in range(MOST_EVENTS + 5):
        log.note(EventKind.STEP, f"event {number}")
    assert told(log) == [f"event {number}" for number in range(5, MOST_EVENTS + 5)]
    assert log.count == MOST_EVENTS + 5


def test_what_happens_again_and_again_is_one_event_that_leaves_the_reason_in_the_log() -> None:
    wall = Wall()
    log = ChannelLog(wall)
    log.lost(SessionState.OPEN, ConnectionFailed("closed with 1006"))
    for second in range(500):
        wall.time = 2000.0 + second
        log.lost(SessionState.RESUMING, ConnectionFailed(f"no route {second}"))
    first, attempts = log.events
    assert (first.what, first.detail, first.times) == ("The connection was lost", "closed with 1006", 1)
    assert (attempts.times, attempts.since, attempts.at) == (500, 2000.0, 2499.0)
    assert attempts.detail == "no route 499"
    assert log.count == 2


def test_a_clock_that_jumps_back_changes_no_order() -> None:
    wall = Wall()
    log = ChannelLog(wall)
    log.silent(True)
    wall.time = 10.0
    log.silent(False)
    assert [(event.what, event.at) for event in log.events] == [
        ("The service stopped answering", 1000.0),
        ("The service answers again", 10.0),
    ]


def test_a_service_that_was_never_silent_does_not_answer_again() -> None:
    log = ChannelLog(Wall())
    log.silent(False)
    log.silent(True)
    log.carried(SessionState.RESUMING)
    log.silent(False)
    assert told(log) == ["The service stopped answering", "Resumed on a new connection"]


@pytest.mark.parametrize(
    ("event", "what", "detail"),
    [
        (
            protocol.Ready("Standard_Stream", "3.3.1", True, None, "", True),
            "The agent is ready",
            "version 3.3.1",
        ),
        (protocol.Stalled(3), "The node stopped acknowledging", "3 frames waited"),
        (protocol.GapOpened(1204, 1), "Output was missing", "frame 1,204, 1 frame behind it"),
        (protocol.TakenOver(True), "The session was taken over", ""),
        (protocol.TakenOver(False), "The session was taken over", "no sign of life"),
        (protocol.OutputMissing(7), "Output is missing", "7 frames, which only the client before has received"),
        (protocol.OtherClient(), "Another client sends into the session", ""),
        (protocol.GapFilled(), "The missing output has come", ""),
        (protocol.ExitCode(3), "The command has exited", "status 3"),
        (protocol.ChannelClosed(""), "AWS closed the channel", "no reason given"),
        (protocol.ChannelClosed("timed out\x1b[2J"), "AWS closed the channel", "timed out\N{REPLACEMENT CHARACTER}[2J"),
        (protocol.Fatal("nonsense"), "The node broke the protocol", "nonsense"),
        (protocol.Dropped("message type x means nothing here"), "A frame was not used", "message type x"),
    ],
)
def test_what_the_channel_reports_is_an_event(event: protocol.Event, what: str, detail: str) -> None:
    log = ChannelLog(Wall())
    log.happened(event)
    (only,) = log.events
    assert only.what == what
    assert detail in only.detail


@pytest.mark.parametrize("event", [protocol.Output(b"secret"), protocol.Drained(), protocol.Writable()])
def test_output_and_what_comes_by_the_hundred_are_none(event: protocol.Event) -> None:
    log = ChannelLog(Wall())
    log.happened(event)
    assert log.events == ()


def test_a_detail_of_any_length_is_cut() -> None:
    log = ChannelLog(Wall())
    log.gone("x" * 100_000)
    assert len(log.events[0].detail) <= MOST_DETAIL


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SessionStage]:
    monkeypatch.setattr(carrier.Backoff, "delay", lambda self: 0.002)
    stage = SessionStage()
    await stage.open()
    yield stage
    await stage.close()


BEGINNING = ["AWS has started the session", "The data channel is open", "The agent is ready"]


async def test_the_life_of_a_session_is_told_from_its_start_to_its_end(stage: SessionStage) -> None:
    stage.agent.say(b"hunter2")
    stage.session.write(b"secret-password\r")
    stage.agent.link.break_off(1006, "Bye")
    await wait_until("it is back", lambda: stage.session.resumes == 1 and stage.session.state is SessionState.OPEN)
    stage.session.end()
    await stage.session.life
    log = stage.session.log
    assert told(log) == [
        *BEGINNING,
        "The connection was lost",
        "Resumed on a new connection",
        "It was ended from here",
        "AWS confirmed the end",
    ]
    assert "session-1" in log.events[0].detail
    assert "Bye" in log.events[3].detail
    assert not any("secret" in event.detail or "hunter2" in event.detail for event in log.events)
    assert stage.session.end_cause is EndCause.PERSON


async def test_failing_attempts_are_counted_between_the_loss_and_the_resume(stage: SessionStage) -> None:
    stage.service.refuse_resume = ConnectionFailed("no route")
    stage.agent.link.break_off()
    await wait_until("seven attempts", lambda: stage.session.log.events[-1].times >= 7)
    stage.service.refuse_resume = None
    await wait_until("it is back", lambda: stage.session.resumes == 1)
    lost, attempts, back = stage.session.log.events[-3:]
    assert lost.what == "The connection was lost"
    assert (attempts.what, attempts.detail) == ("The attempt to resume failed", "no route")
    assert back.kind is EventKind.GOOD


async def test_credentials_that_have_expired_are_told(stage: SessionStage) -> None:
    stage.service.refuse_resume = CredentialsError("the token has expired")
    stage.agent.link.break_off()
    await stage.reaches(SessionState.SIGNED_OUT)
    assert stage.session.log.events[-1].what == "There were no valid credentials to resume it"
    assert stage.session.end_cause is None


async def test_why_it_is_over_is_known(stage: SessionStage) -> None:
    stage.session.happened([protocol.ChannelClosed("")])
    await stage.session.life
    assert stage.session.end_cause is EndCause.CLOSED


async def test_a_reason_that_was_given_is_another_end(stage: SessionStage) -> None:
    stage.session.happened([protocol.ChannelClosed("Your session timed out due to inactivity")])
    await stage.session.life
    assert stage.session.end_cause is EndCause.TOLD
    assert "timed out" in stage.session.log.events[-1].detail


@pytest.mark.parametrize(
    ("error", "cause"),
    [(SessionGone("it is gone"), EndCause.GONE), (AccessDenied("not allowed"), EndCause.NOT_RESUMED)],
)
async def test_an_end_that_is_learned_while_it_resumes(
    stage: SessionStage, error: SessionGone | AccessDenied, cause: EndCause
) -> None:
    stage.service.refuse_resume = error
    stage.agent.link.break_off()
    await asyncio.wait_for(stage.session.life, 20)
    assert stage.session.state is SessionState.ENDED
    assert stage.session.end_cause is cause
    assert any(event.kind is EventKind.END for event in stage.session.log.events)
