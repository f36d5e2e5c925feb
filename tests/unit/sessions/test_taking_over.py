"""Sessions that are left alive, and taken over: by this program later, or by another client now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from ssmtui import protocol
from ssmtui.errors import AccessDenied, SessionGone
from ssmtui.model import SessionDocument, StartRequest, TerminalSize
from ssmtui.protocol import InputBounds, takeover
from ssmtui.protocol.message import encode_acknowledgement
from ssmtui.sessions import channel_session
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.states import SessionState
from ssmtui.sessions.taking_over import TAKEN_ELSEWHERE, TakeOver, looks_encrypted
from ssmtui.transport.stamp import new_stamp
from tests.support.memory import RecordingViewer
from tests.support.session_stage import SessionStage
from tests.support.wait import wait_until

REQUEST = StartRequest("i-1")


@pytest.fixture
async def stage() -> AsyncIterator[SessionStage]:
    stage = SessionStage()
    yield stage
    await stage.close()


async def type_and_leave(stage: SessionStage) -> None:
    """A session in which somebody has typed, and which is left."""
    await stage.open()
    stage.session.write(b"a=1\r")
    await wait_until("the agent has it", lambda: bytes(stage.agent.received) == b"a=1\r")
    await wait_until("it is acknowledged", lambda: stage.session.channel.unacknowledged[0] == 0)
    stage.session.detach()
    await stage.session.life


@pytest.mark.parametrize("turns", range(8))
async def test_what_still_arrives_while_a_session_is_left_counts_as_shown(stage: SessionStage, turns: int) -> None:
    await stage.open()
    for _ in range(5):
        stage.agent.say(b"late ")
    for _ in range(turns):
        await asyncio.sleep(0)
    stage.session.detach()
    await stage.session.life
    shown = 1 + stage.viewer.output.count(b"late ")
    assert stage.session.left_at.output == shown, "or the next client would show it again, or never"


class Successor:
    """A second client on the same service."""

    def __init__(self, stage: SessionStage, takes_over: TakeOver, document: SessionDocument | None = None) -> None:
        self.viewer = RecordingViewer()

        async def read() -> SessionDocument | None:
            return document

        self.session = ChannelSession(
            REQUEST,
            stage.service,
            stage.service,
            self.viewer,
            stage.tasks,
            takes_over=takes_over,
            document=read,
        )
        self.session.resize(TerminalSize(100, 30))

    async def reaches(self, state: SessionState) -> None:
        await wait_until(f"it is {state.value}", lambda: self.session.state is state, 15)


def left(stage: SessionStage) -> TakeOver:
    return TakeOver(stage.session.session_id, stage.session.left_at, encrypted=False)


async def test_a_session_that_is_left_is_not_terminated(stage: SessionStage) -> None:
    await type_and_leave(stage)
    session = stage.session
    assert (session.state, session.left_alive, session.confirmed_gone) == (SessionState.DETACHED, True, False)
    assert stage.service.terminated == []
    assert session.last_call() is None, "a program that is killed does not end it either"
    assert session.left_at == InputBounds(1, 1, 1)


async def test_the_next_client_goes_on_in_the_same_shell(stage: SessionStage) -> None:
    await type_and_leave(stage)
    stage.agent.say(b"printed meanwhile\r\n")
    other = Successor(stage, left(stage))
    other.session.write(b"echo $a\r")
    await other.reaches(SessionState.OPEN)
    await wait_until("what was typed arrives", lambda: bytes(stage.agent.received) == b"a=1\recho $a\r")
    await wait_until("what was printed is shown", lambda: b"printed meanwhile" in other.viewer.output)
    assert stage.service.resumed == ["session-1"]
    assert bytes(other.viewer.output) == b"printed meanwhile\r\n"
    assert other.session.is_taken_over
    other.session.end()
    await other.session.life
    assert stage.service.terminated == ["session-1"], "from then on it is this one's"


async def test_without_any_bounds_too(stage: SessionStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeover, "STEPS", (16, 64))
    await type_and_leave(stage)
    other = Successor(stage, TakeOver("session-1"))
    other.session.write(b"b")
    await other.reaches(SessionState.OPEN)
    # The agent of memory takes what the real one refuses, so that all sizes are sent.
    await wait_until("what was typed arrives", lambda: bytes(stage.agent.received) == b"a=1\rb", 15)
    assert stage.agent.sizes[-1] == (100, 30)


@pytest.mark.parametrize(
    "takes_over",
    [
        TakeOver("session-1", session_type="Port", encrypted=False),
        TakeOver("session-1", session_type="Standard_Stream", encrypted=True),
    ],
)
async def test_what_cannot_be_taken_over_is_refused_before_any_call(stage: SessionStage, takes_over: TakeOver) -> None:
    other = Successor(stage, takes_over)
    await other.session.life
    assert other.session.state is SessionState.FAILED
    assert other.session.error is not None
    assert other.session.error.title == "The session cannot be taken over"
    assert (stage.service.resumed, stage.service.terminated) == ([], [])
    assert other.session.left_alive


@pytest.mark.parametrize(
    "document",
    [SessionDocument("own", session_type="Port"), SessionDocument("own", kms_key="arn:aws:kms:x")],
)
async def test_the_document_says_what_nobody_knows(stage: SessionStage, document: SessionDocument) -> None:
    other = Successor(stage, TakeOver("session-9"), document)
    await other.session.life
    assert other.session.state is SessionState.FAILED
    assert stage.service.resumed == []


async def test_one_that_prints_what_is_no_text_is_left_alone(stage: SessionStage) -> None:
    await type_and_leave(stage)
    stage.agent.say(bytes(range(128, 240)))
    other = Successor(stage, replace(left(stage), encrypted=None))
    await other.reaches(SessionState.FAILED)
    await other.session.life
    assert "KMS" in str(other.session.error)
    assert bytes(other.viewer.output) == b""
    assert stage.service.terminated == []


async def test_what_turns_out_to_be_encrypted_after_it_was_taken_over_is_left_to_its_client(
    stage: SessionStage,
) -> None:
    await type_and_leave(stage)
    other = Successor(stage, replace(left(stage), encrypted=None))
    await other.reaches(SessionState.OPEN)
    stage.agent.say(bytes(range(128, 256)))
    await other.session.life
    assert (other.session.state, other.session.left_alive) == (SessionState.FAILED, True)
    assert stage.service.terminated == []


def test_text_does_not_look_encrypted() -> None:
    assert not looks_encrypted("prompt ä€😀$ ".encode() * 10)
    assert not looks_encrypted(b"\xff\xfe")
    assert looks_encrypted(bytes(range(200, 240)))


@pytest.mark.parametrize("error", [AccessDenied("no", operation="ResumeSession"), SessionGone("gone")])
async def test_a_take_over_that_the_service_refuses_ends_nothing(stage: SessionStage, error: Exception) -> None:
    await type_and_leave(stage)
    assert isinstance(error, AccessDenied | SessionGone)
    stage.service.refuse_resume = error
    other = Successor(stage, left(stage))
    await other.session.life
    assert other.session.state is SessionState.FAILED
    assert other.session.error is not None
    if isinstance(error, AccessDenied):
        assert "take this session over" in other.session.error.title
        assert "ssm:ResumeSession on session/session-1" in other.session.error.remedy
    else:
        assert other.session.error is error
    assert stage.service.terminated == []
    assert other.session.left_alive is isinstance(error, AccessDenied)


async def test_a_tab_that_is_closed_before_it_is_taken_over_ends_nothing(stage: SessionStage) -> None:
    await type_and_leave(stage)
    stage.service.resume_gate = asyncio.Event()
    other = Successor(stage, left(stage))
    await wait_until("it is asked for", lambda: bool(stage.service.resumed))
    other.session.end()
    assert other.session.state is SessionState.DETACHED
    stage.service.resume_gate.set()
    await other.session.life
    assert stage.service.terminated == []


async def test_an_agent_that_acknowledges_nothing_is_waited_for_and_can_be_left(stage: SessionStage) -> None:
    await type_and_leave(stage)
    stage.agent.hold()
    other = Successor(stage, replace(left(stage), bounds=InputBounds(0, 4, 1)))
    await other.reaches(SessionState.WAITING)
    await wait_until("it is reported", lambda: "has stopped answering" in other.session.trouble, 15)
    other.session.end()
    await other.session.life
    assert (other.session.state, stage.service.terminated) == (SessionState.DETACHED, [])


async def test_a_session_that_must_not_be_left_is_ended(stage: SessionStage) -> None:
    await stage.reaches(SessionState.WAITING)
    stage.agent.encrypt(KMSKeyId="arn:aws:kms:eu-central-1:1:key/2")
    await stage.reaches(SessionState.OPEN)
    assert not stage.session.can_be_left
    stage.session.detach()
    await stage.session.life
    assert (stage.session.state, stage.service.terminated) == (SessionState.ENDED, ["session-1"])


async def test_one_that_is_still_being_started_is_ended() -> None:
    stage = SessionStage()
    stage.service.start_gate = asyncio.Event()
    await wait_until("StartSession is called", lambda: bool(stage.service.started))
    stage.session.detach()
    stage.service.start_gate.set()
    await stage.session.life
    assert stage.service.terminated == ["session-1"]
    await stage.close()


# Another client


async def test_another_client_that_types_ends_it_here(stage: SessionStage) -> None:
    await stage.open()
    for number in (50, 51):
        frame = protocol.AgentMessage(protocol.MessageType.INPUT, bytes(16), 1, number)
        await stage.agent.link.send(encode_acknowledgement(new_stamp(), frame))
    await stage.reaches(SessionState.DETACHED)
    await stage.session.life
    assert stage.session.end_reason == TAKEN_ELSEWHERE
    assert (stage.service.terminated, stage.service.resumed) == ([], [])


async def typed_into(stage: SessionStage, data: bytes) -> None:
    stage.session.write(data)
    await wait_until("the agent has it", lambda: bytes(stage.agent.received).endswith(data))
    await wait_until("it is acknowledged", lambda: stage.session.channel.unacknowledged[0] == 0)


async def test_a_socket_that_is_closed_too_soon_raises_the_question_of_another_client(stage: SessionStage) -> None:
    await stage.open()
    await typed_into(stage, b"a")
    theirs = protocol.AgentMessage(
        protocol.MessageType.INPUT, bytes(16), 1, 1, 0, protocol.PayloadType.OUTPUT, b"another's"
    )
    stage.agent.channel.receive(theirs.encode(), 0.0)
    stage.agent.link.break_off(1000, "replaced by a newer connection")
    await stage.reaches(SessionState.DETACHED)
    await stage.session.life
    assert stage.session.end_reason == TAKEN_ELSEWHERE
    assert stage.service.resumed == ["session-1"], "once, to ask"
    assert stage.service.terminated == []


@pytest.mark.parametrize(("code", "too_soon"), [(1006, 60.0), (1001, 60.0), (1000, 0.0)])
async def test_any_other_end_of_a_socket_raises_no_question(
    stage: SessionStage, monkeypatch: pytest.MonkeyPatch, code: int, too_soon: float
) -> None:
    monkeypatch.setattr(channel_session, "TOO_SOON", too_soon)
    await stage.open()
    await typed_into(stage, b"a")
    stage.agent.link.break_off(code, "")
    await wait_until("it is back", lambda: stage.session.resumes == 1)
    await typed_into(stage, b"b")
    assert stage.session.state is SessionState.OPEN
    assert stage.session.channel.bounds == InputBounds(2, 2, 1)


async def test_a_command_without_a_terminal_is_not_asked(stage: SessionStage) -> None:
    await stage.reaches(SessionState.WAITING)
    stage.agent.offer("NonInteractiveCommands")
    await stage.reaches(SessionState.OPEN)
    stage.agent.link.break_off(1000, "Bye")
    await wait_until("it is back", lambda: stage.session.resumes == 1)
    stage.agent.say(b"more")
    await wait_until("its output", lambda: bytes(stage.viewer.output) == b"more")
    assert stage.session.state is SessionState.OPEN


async def test_output_that_went_to_another_client_ends_it_here(
    stage: SessionStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_session, "GAP_LASTS", 0.1)
    await stage.open()
    frame = protocol.AgentMessage(
        protocol.MessageType.OUTPUT, bytes(16), 1, 30, 0, protocol.PayloadType.OUTPUT, b"after a gap"
    )
    await stage.agent.link.send(frame.encode())
    await stage.reaches(SessionState.DETACHED)
    assert stage.session.end_reason == TAKEN_ELSEWHERE


async def test_a_session_that_another_app_has_claimed_is_not_resumed(
    stage: SessionStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def holds(self: ChannelSession) -> bool:
        return False

    monkeypatch.setattr(ChannelSession, "holds", holds)
    await stage.open()
    stage.agent.link.break_off()
    await stage.reaches(SessionState.DETACHED)
    await stage.session.life
    assert (stage.service.resumed, stage.service.terminated) == ([], [])


async def test_a_take_over_that_hangs_names_the_call_that_is_waited_for(
    stage: SessionStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await type_and_leave(stage)
    stage.service.resume_gate = asyncio.Event()
    monkeypatch.setattr(channel_session, "SLOW_START", 0.0)
    other = Successor(stage, left(stage))
    await wait_until("ResumeSession is under way", lambda: stage.service.resumed)
    assert "has not answered ResumeSession" in other.session.trouble
    assert other.session.is_being_taken_over
    stage.service.resume_gate.set()
    await other.reaches(SessionState.OPEN)
    assert not other.session.is_being_taken_over
