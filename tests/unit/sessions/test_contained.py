"""Whatever a callback of somebody else raises stays where it is: the other sessions go on, and it is logged once."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable

import pytest

from ssmtui.contained import Contained
from ssmtui.errors import TargetNotConnected
from ssmtui.model import SESSION_STATEMENT, Container, Scope, StartRequest
from ssmtui.sessions import entry
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.snapshots import SessionChange
from ssmtui.sessions.start_queue import StartQueue
from ssmtui.sessions.states import SessionState
from ssmtui.tasks import Tasks
from ssmtui.transport import heartbeat
from tests.support.denials import denied
from tests.support.memory import MemoryLink, MemoryService, RecordingViewer
from tests.support.wait import wait_until
from tests.unit.sessions.test_manager import SIZE, Stage


class Defect(Exception):
    pass


def broken(*_: object, **__: object) -> None:
    raise Defect("of the callback's")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    await stage.close()


def logged(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno >= logging.ERROR]


async def works(stage: Stage, key: int, session: str) -> None:
    """Input and output of a session go on."""
    agent = stage.service.agents[session]
    stage.manager.session(key).write(b"x")
    agent.say(b"!")
    await wait_until("input arrives", lambda: agent.received.endswith(b"x"))
    await wait_until("output arrives", lambda: bytes(stage.engines.panes[key].fed).endswith(b"!"))


async def test_b1_a_subscriber_that_raises_keeps_nothing_from_the_others(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.manager._viewers.insert(0, broken)
    first = await stage.open("i-1")
    second = await stage.open("i-2")
    sink = stage.engines.panes[first].sink
    for call in (sink.bell, sink.screen_changed, lambda: sink.title_changed("t"), lambda: sink.clipboard("c")):
        call()
    assert (first, SessionChange.BELL) in stage.announced
    await works(stage, first, "session-1")
    await works(stage, second, "session-2")
    assert len(logged(caplog)) == 1
    assert logged(caplog)[0].exc_info is not None


@pytest.mark.parametrize("callback", ["session_changed", "session_output"])
async def test_b1_a_viewer_that_raises_leaves_the_other_sessions_alone(
    callback: str, caplog: pytest.LogCaptureFixture
) -> None:
    service, tasks, starts = MemoryService(), Tasks("test"), StartQueue(1)
    bad, good = RecordingViewer(), RecordingViewer()
    setattr(bad, callback, broken)
    sessions = [
        ChannelSession(StartRequest("i"), service, service, viewer, tasks, starts=starts) for viewer in (bad, good)
    ]
    await wait_until("both wait for their agent", lambda: len(service.agents) == 2)
    for agent in service.agents.values():
        agent.say(b"$ ")
    await wait_until("the other one is open", lambda: sessions[1].state is SessionState.OPEN)
    sessions[1].write(b"ls")
    await wait_until("and takes input", lambda: service.agents["session-2"].received == b"ls")
    assert bytes(good.output) == b"$ "
    if callback == "session_output":
        # Output that nobody has is not passed over: the session ends, says why, and is ended at the service.
        await wait_until("the broken one has failed", lambda: sessions[0].life.done())
        assert (sessions[0].state, service.terminated) == (SessionState.FAILED, ["session-1"])
        assert "defect in ssmtui" in str(sessions[0].error)
    else:
        assert sessions[0].state is SessionState.OPEN
    assert len(logged(caplog)) == 1
    for session in sessions:
        session.end()
    await asyncio.wait({session.life for session in sessions})
    await service.close()


WATCHED = ["carried", "lost", "resuming", "silent", "happened", "replenish", "is_awaited"]


@pytest.mark.parametrize("name", WATCHED)
async def test_b1_a_watcher_that_raises_ends_its_own_session_and_no_other(
    stage: Stage, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("ssmtui.sessions.carrier.Backoff.delay", lambda self: 0.002)
    for short in ("PING_INTERVAL", "LOOK", "SILENT_AFTER"):
        monkeypatch.setattr(heartbeat, short, 0.002)
    first = await stage.open("i-1")
    second = await stage.open("i-2")
    dial = stage.service.dial

    async def deaf(stream_url: str, opening: str) -> MemoryLink:
        link = await dial(stream_url, opening)
        link.answers_pings.clear()
        stage.service.agents["session-1"].say(b"more")
        return link

    monkeypatch.setattr(stage.service, "dial", deaf)
    channel = stage.manager._sessions[first]._channel
    monkeypatch.setattr(channel, name, broken)
    # On the socket that follows the watcher hears of everything.
    stage.service.agents["session-1"].link.break_off()
    await wait_until("it is over", lambda: channel.life.done())
    assert channel.state is SessionState.FAILED
    assert stage.service.terminated == ["session-1"]
    await works(stage, second, "session-2")
    assert [record.exc_info is not None for record in logged(caplog)] == [True]


async def test_b1_a_callback_of_the_queue_that_raises_keeps_nobody_from_his_turn(
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue = StartQueue(at_once=1)
    told: list[int] = []
    first = queue.turn(told.append)
    second, third = queue.turn(broken), queue.turn(told.append)
    assert told == [2]
    first.leave()
    assert await second.come()
    second.leave()
    assert await third.come()
    assert told == [2, 1, 0]
    third.leave()
    assert len(logged(caplog)) == 1


@pytest.mark.parametrize("which", ["recording", "native"])
async def test_b1_what_keeps_or_shows_output_and_raises_is_left_out(
    stage: Stage, which: str, caplog: pytest.LogCaptureFixture
) -> None:
    class Sink:
        write = staticmethod(broken)

        async def room(self) -> None:
            return

    first = await stage.open("i-1")
    second = await stage.open("i-2")
    output = stage.manager._sessions[first]._output
    setattr(output, f"_{which}", Sink())
    await works(stage, first, "session-1")
    await works(stage, first, "session-1")
    await works(stage, second, "session-2")
    assert getattr(output, f"_{which}") is None
    assert len(logged(caplog)) == 1


async def test_b1_a_gateway_with_a_defect_leaves_no_tab_that_starts_for_ever(stage: Stage) -> None:
    async def start_session(request: StartRequest) -> None:
        raise Defect("of the gateway's")

    stage.service.start_session = start_session  # type: ignore[assignment]
    key = stage.start()
    await wait_until("it is over", lambda: not stage.manager.snapshot(key).live)
    assert stage.state(key) is SessionState.FAILED


def test_a_defect_is_logged_once_for_each_kind(caplog: pytest.LogCaptureFixture) -> None:
    contained = Contained("test")
    calls: list[Callable[[], None]] = [broken, broken, lambda: [][0]]
    assert [contained.call(call) for call in (*calls, lambda: None)] == [False, False, False, True]
    assert len(logged(caplog)) == 2


# What the policy lacks is said before it costs a shell


async def test_w1b_the_first_denied_end_warns_all_tabs_of_its_scope_until_it_is_read(stage: Stage) -> None:
    first, second = await stage.open("i-1"), await stage.open("i-2")
    stage.service.refuse_terminate = denied("TerminateSession")
    stage.manager.remove(first)
    await wait_until("the other is warned", lambda: stage.manager.snapshot(second).warning is not None)
    third = stage.start("i-3")
    warning = stage.manager.snapshot(third).warning
    assert warning is stage.manager.snapshot(second).warning
    assert warning is not None
    assert json.dumps(SESSION_STATEMENT) in warning.remedy
    elsewhere = stage.manager.start(StartRequest("i-9", scope=Scope("other", "eu-west-1")), SIZE)
    assert stage.manager.snapshot(elsewhere).warning is None
    stage.manager.warning_read(second)
    assert stage.manager.snapshot(second).warning is None
    assert stage.manager.snapshot(third).warning is None
    assert stage.manager.snapshot(stage.start("i-4")).warning is None


async def test_w1b_the_warning_waits_for_a_session_of_its_scope(stage: Stage) -> None:
    first = await stage.open("i-1")
    stage.service.refuse_terminate = denied("TerminateSession")
    departed = stage.manager._sessions[first].life
    stage.manager.remove(first)
    await asyncio.wait({departed})
    assert stage.manager.snapshot(stage.start("i-2")).warning is not None


async def test_fault_22_a_start_that_hangs_says_for_how_long() -> None:
    now = 0.0
    service, tasks = MemoryService(), Tasks("test")
    service.start_gate = asyncio.Event()
    session = ChannelSession(StartRequest("i"), service, service, RecordingViewer(), tasks, lambda: now)
    await wait_until("StartSession is under way", lambda: service.started)
    assert session.trouble == ""
    now = 12.0
    assert "has not answered StartSession for 12 s" in session.trouble
    now = 13.0
    assert "for 13 s" in session.trouble
    service.start_gate.set()
    await wait_until("it goes on", lambda: session.state is SessionState.WAITING)
    assert session.trouble == ""
    await tasks.close()
    await service.close()


async def test_control_the_wait_for_a_turn_is_no_start_that_hangs() -> None:
    now = 0.0
    service, tasks, starts = MemoryService(), Tasks("test"), StartQueue(1)
    service.start_gate = asyncio.Event()
    sessions = [
        ChannelSession(StartRequest("i"), service, service, RecordingViewer(), tasks, lambda: now, starts=starts)
        for _ in range(2)
    ]
    await wait_until("the second one waits", lambda: sessions[1].ahead == 1)
    now = 60.0
    assert sessions[1].trouble == "Waiting for 1 other session to be started."
    await tasks.close()
    await service.close()


def _connecting() -> TargetNotConnected:
    """What ECS answers while the agent of a new task connects."""
    error = TargetNotConnected("not connected", operation="ExecuteCommand")
    error.is_connecting = True
    return error


ENTER = StartRequest("ecs:shop_0123_0123-1", container=Container("shop", "task", "app", "0123-1"))


@pytest.mark.parametrize("queued", [True, False])
async def test_d4_a_task_that_is_waited_for_is_not_an_aws_that_does_not_answer(
    queued: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry, "CONNECTING_PAUSES", (600.0,))
    now = 0.0
    service, tasks = MemoryService(), Tasks("test")
    service.refuse_start = _connecting()
    starts = StartQueue() if queued else None
    session = ChannelSession(ENTER, service, service, RecordingViewer(), tasks, lambda: now, starts=starts)
    await wait_until("it has answered", lambda: "its agent is still connecting" in session.trouble)
    now = 9.0
    assert "its agent is still connecting" in session.trouble
    assert "has not answered" not in session.trouble
    session.end()
    await wait_until("the wait is given up", lambda: session.state is SessionState.ENDED)
    assert len(service.started) == 1
    await tasks.close()
    await service.close()


async def test_d4_a_task_that_is_asked_again_and_hangs_says_so_and_then_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "CONNECTING_PAUSES", (0.01,))
    now = 0.0
    service, tasks = MemoryService(), Tasks("test")
    service.refuse_start = _connecting()
    session = ChannelSession(ENTER, service, service, RecordingViewer(), tasks, lambda: now)
    await wait_until("it has answered", lambda: "its agent is still connecting" in session.trouble)
    service.start_gate = asyncio.Event()
    await wait_until("it is asked again", lambda: len(service.started) == 2)
    now = 12.0
    assert session.trouble.startswith("AWS has not answered ExecuteCommand for 12 s")
    service.refuse_start = None
    service.start_gate.set()
    await wait_until("it goes on", lambda: session.state is SessionState.WAITING)
    assert session.trouble == ""
    await tasks.close()
    await service.close()


@pytest.mark.parametrize(("connecting", "tries"), [(True, 3), (False, 1)])
async def test_d4_a_task_that_stays_unconnected_fails(
    connecting: bool, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry, "CONNECTING_PAUSES", (0.001, 0.001))
    service, tasks = MemoryService(), Tasks("test")
    service.refuse_start = _connecting()
    service.refuse_start.is_connecting = connecting
    session = ChannelSession(ENTER, service, service, RecordingViewer(), tasks)
    await session.life
    assert session.state is SessionState.FAILED
    assert session.error is service.refuse_start
    assert len(service.started) == tries
    await tasks.close()
    await service.close()
