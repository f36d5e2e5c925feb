"""The life of a session: every way through it ends with no session left at the service."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from ssmtui import protocol
from ssmtui.errors import AccessDenied, ConnectionFailed, ServiceError, StreamRefused, TargetNotConnected
from ssmtui.model import Grant, StartRequest, TerminalSize
from ssmtui.protocol.limits import CLIENT_LIMITS
from ssmtui.sessions import channel_session, farewell
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.states import SessionState
from ssmtui.tasks import Tasks
from tests.support.memory import MemoryAgent, MemoryService, RecordingViewer
from tests.support.wait import wait_until


class Stage:
    """A service, a viewer and the sessions of one test."""

    def __init__(self) -> None:
        self.service = MemoryService()
        self.viewer = RecordingViewer()
        self.tasks = Tasks("test")

    def session(self, **inputs: object) -> ChannelSession:
        request = StartRequest("i-1", **inputs)  # type: ignore[arg-type]
        return ChannelSession(request, self.service, self.service, self.viewer, self.tasks)

    async def waiting(self) -> tuple[ChannelSession, MemoryAgent]:
        session = self.session()
        await wait_until("the agent is waited for", lambda: session.state is SessionState.WAITING)
        return session, self.service.agents["session-1"]

    async def open(self) -> tuple[ChannelSession, MemoryAgent]:
        session, agent = await self.waiting()
        agent.say(b"$ ")
        await wait_until("the session is open", lambda: session.state is SessionState.OPEN)
        return session, agent


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    await stage.tasks.close()
    await stage.service.close()


async def test_bytes_travel_both_ways(stage: Stage) -> None:
    session, agent = await stage.open()
    session.write(b"uptime\r")
    await wait_until("the input arrived", lambda: agent.received == b"uptime\r")
    agent.say(b"up 3 days")
    await wait_until("the output arrived", lambda: stage.viewer.output == b"$ up 3 days")
    assert stage.service.started == [StartRequest("i-1")]


async def test_the_opening_frame_carries_the_token_and_our_version(stage: Stage) -> None:
    _, agent = await stage.waiting()
    opening = json.loads(agent.opening)
    assert opening["TokenValue"] == "token"
    assert opening["ClientVersion"] == protocol.CLIENT_VERSION
    assert len({opening["RequestId"], opening["ClientId"]}) == 2


async def test_what_is_typed_before_the_agent_speaks_is_kept(stage: Stage) -> None:
    session = stage.session()
    session.resize(TerminalSize(100, 30))
    session.write(b"early")
    await wait_until("the agent is waited for", lambda: session.state is SessionState.WAITING)
    agent = stage.service.agents["session-1"]
    agent.say(b"$ ")
    await wait_until("the input arrived", lambda: agent.received == b"early")
    assert agent.sizes[0] == (100, 30)


async def test_the_shell_exits(stage: Stage) -> None:
    session, agent = await stage.open()
    await agent.finish()
    await session.life
    assert (session.state, session.error, session.end_reason) == (SessionState.ENDED, None, "")
    assert stage.service.terminated == []


async def test_the_service_says_why_it_ended(stage: Stage) -> None:
    session, agent = await stage.open()
    await agent.finish("\n----------ERROR-------\nYour session timed out due to inactivity.\x1b[0m")
    await session.life
    assert session.state is SessionState.ENDED
    assert session.end_reason == "Your session timed out due to inactivity.\ufffd[0m"


async def test_an_end_before_the_first_byte_is_a_failure(stage: Stage) -> None:
    session, agent = await stage.waiting()
    await agent.finish("Setting up data channel with id x failed: no route")
    await session.life
    assert session.state is SessionState.FAILED
    assert "no route" in str(session.error)
    assert stage.service.terminated == []


async def test_a_person_ends_it(stage: Stage) -> None:
    session, _ = await stage.open()
    session.end()
    assert session.state is SessionState.CLOSING
    await session.life
    assert session.state is SessionState.ENDED
    assert stage.service.terminated == ["session-1"]
    assert session.confirmed_gone


async def test_ending_twice_is_ending_once(stage: Stage) -> None:
    session, _ = await stage.open()
    session.end()
    session.end()
    await session.life
    session.end()
    assert stage.service.terminated == ["session-1"]


@pytest.mark.parametrize("error", [TargetNotConnected("i-1"), AccessDenied("no"), ConnectionFailed("no answer")])
async def test_a_refused_start_is_shown(stage: Stage, error: ServiceError) -> None:
    stage.service.refuse_start = error
    session = stage.session()
    await session.life
    assert (session.state, session.error) == (SessionState.FAILED, error)
    assert stage.service.terminated == []


async def test_edge_55_ended_while_starting_leaves_no_session(stage: Stage) -> None:
    stage.service.start_gate = asyncio.Event()
    session = stage.session()
    await wait_until("StartSession is under way", lambda: stage.service.started)
    session.end()
    assert session.state is SessionState.CLOSING
    stage.service.start_gate.set()
    await session.life
    assert session.state is SessionState.ENDED
    assert stage.service.terminated == ["session-1"]


async def test_edge_55_ended_while_a_start_is_refused(stage: Stage) -> None:
    stage.service.start_gate = asyncio.Event()
    stage.service.refuse_start = TargetNotConnected("i-1")
    session = stage.session()
    await wait_until("StartSession is under way", lambda: stage.service.started)
    session.end()
    stage.service.start_gate.set()
    await session.life
    assert (session.state, session.error) == (SessionState.ENDED, None)


async def test_edge_55_ended_while_dialling(stage: Stage) -> None:
    dialling = asyncio.Event()

    async def dial(_url: str, _opening: str) -> None:
        dialling.set()
        await asyncio.Event().wait()

    stage.service.dial = dial  # type: ignore[method-assign, assignment]
    session = stage.session()
    await asyncio.wait_for(dialling.wait(), 5)
    session.end()
    await session.life
    assert session.state is SessionState.ENDED
    assert stage.service.terminated == ["session-1"]


async def test_edge_55_ended_before_the_first_frame(stage: Stage) -> None:
    session, _ = await stage.waiting()
    session.end()
    await session.life
    assert session.state is SessionState.ENDED
    assert stage.service.terminated == ["session-1"]


async def test_edge_46_a_channel_that_cannot_be_opened_is_terminated(stage: Stage) -> None:
    stage.service.refuse_dial = StreamRefused("evil.example")
    session = stage.session()
    await session.life
    assert session.state is SessionState.FAILED
    assert session.error is stage.service.refuse_dial
    assert stage.service.terminated == ["session-1"]


async def test_edge_52_closing_the_socket_after_the_end_changes_nothing(stage: Stage) -> None:
    session, agent = await stage.open()
    await agent.finish()
    agent.link.break_off()
    await session.life
    assert session.state is SessionState.ENDED
    assert stage.service.terminated == []


async def test_an_unconfirmed_end_is_retried_and_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(farewell.Backoff, "delay", lambda self: 0.0)
    attempts: list[str] = []

    async def terminate(session_id: str) -> None:
        attempts.append(session_id)
        raise ConnectionFailed("no answer")

    stage.service.terminate_session = terminate  # type: ignore[method-assign]
    session, _ = await stage.open()
    session.end()
    await session.life
    assert attempts == ["session-1"] * farewell.TERMINATE_ATTEMPTS
    assert session.state is SessionState.ENDED
    assert not session.confirmed_gone
    assert "did not confirm" in session.trouble


async def test_edge_73_a_node_that_takes_nothing_is_told_until_it_does(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_session, "CLIENT_LIMITS", replace(CLIENT_LIMITS, stall=0.05))
    session, agent = await stage.open()
    agent.link.reads.clear()
    session.write(b"x")
    await wait_until("the stall is told", lambda: "stopped answering: 1 frame waits" in session.trouble)
    session.silent(True)
    assert "service does not answer" in session.trouble
    session.silent(False)
    assert "stopped answering" in session.trouble, "the end of one trouble is not that of another"
    agent.link.reads.set()
    await wait_until("all is well", lambda: session.trouble == "")
    session.write(b"y")
    await wait_until("it goes on", lambda: agent.received == b"xy")


async def test_edge_73_a_stalled_session_is_ended_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_session, "CLIENT_LIMITS", replace(CLIENT_LIMITS, stall=0.05))
    session, agent = await stage.open()
    agent.link.reads.clear()
    session.write(b"x")
    await wait_until("the stall is told", lambda: "stopped answering" in session.trouble)
    session.end()
    assert session.state is SessionState.CLOSING
    await asyncio.wait_for(session.life, 0.9)
    assert stage.service.terminated == ["session-1"]


async def test_a_denied_end_is_not_retried(stage: Stage) -> None:
    stage.service.refuse_terminate = AccessDenied("no")
    session, _ = await stage.open()
    session.end()
    await asyncio.wait_for(session.life, 0.9)
    assert not session.confirmed_gone


async def test_a_defect_of_ours_fails_one_session_and_terminates_it(stage: Stage) -> None:
    session, agent = await stage.open()

    def broken(data: bytes, *, stderr: bool) -> None:
        raise ValueError("secret output")

    stage.viewer.session_output = broken  # type: ignore[method-assign]
    agent.say(b"more")
    await session.life
    assert session.state is SessionState.FAILED
    assert "secret" not in str(session.error)
    assert stage.service.terminated == ["session-1"]


async def test_standard_error_is_kept_apart(stage: Stage) -> None:
    _, agent = await stage.open()
    agent.say(b"oops", protocol.PayloadType.STDERR)
    await wait_until("the error arrived", lambda: stage.viewer.stderr == b"oops")
    assert stage.viewer.output == b"$ "


async def test_a_port_session_is_refused_in_a_terminal(stage: Stage) -> None:
    session, agent = await stage.waiting()
    agent.offer("Port", portNumber="80")
    await session.life
    assert session.state is SessionState.FAILED
    assert "port session" in str(session.error)
    assert stage.service.terminated == ["session-1"]


GRANT = Grant("given-7", "wss://ssmmessages.test/given-7", "theirs")


async def given(stage: Stage) -> tuple[ChannelSession, MemoryAgent]:
    """A session that another program has started, of a kind that only the agent knows."""
    request = StartRequest("i-1")
    service = stage.service
    session = ChannelSession(request, service, service, stage.viewer, stage.tasks, port=None, granted=GRANT)
    await wait_until("the agent is waited for", lambda: session.state is SessionState.WAITING)
    return session, service.agents["given-7"]


async def test_a_session_that_another_program_started_is_not_started_again(stage: Stage) -> None:
    session, agent = await given(stage)
    assert json.loads(agent.opening)["TokenValue"] == "theirs"
    assert (stage.service.started, session.session_id) == ([], "given-7")
    session.end()
    await session.life
    assert stage.service.terminated == ["given-7"]


async def test_it_is_resumed_with_our_own_credentials(stage: Stage) -> None:
    session, agent = await given(stage)
    agent.say(b"$ ")
    await wait_until("the session is open", lambda: session.state is SessionState.OPEN)
    agent.link.break_off()
    await wait_until("it goes on", lambda: session.resumes == 1 and session.state is SessionState.OPEN)
    assert (stage.service.resumed, stage.service.started) == (["given-7"], [])


async def test_a_terminal_where_the_kind_is_not_known(stage: Stage) -> None:
    session, agent = await given(stage)
    assert not session.can_be_left
    agent.offer("Standard_Stream")
    await wait_until("the session is open", lambda: session.state is SessionState.OPEN)
    assert session.can_be_left
    session.end()
    await session.life
    assert (agent.flags, stage.service.terminated) == ([], ["given-7"])


async def test_a_port_session_where_the_kind_is_not_known(stage: Stage) -> None:
    session, agent = await given(stage)
    agent.offer("Port", portNumber="80")
    await wait_until("the session is open", lambda: session.state is SessionState.OPEN)
    assert (session.properties["portNumber"], session.can_be_left) == ("80", False)
    session.end()
    await wait_until("its agent is asked to end it", lambda: agent.flags == [protocol.Flag.TERMINATE])
    await agent.finish()
    await session.life
    assert (session.state, stage.service.terminated) == (SessionState.ENDED, [])
