"""All sessions of a run: their order, announcements, and what is left when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ssmtui.errors import AgentTooOld, ConnectionFailed, TargetNotConnected
from ssmtui.model import Node, Scope, StartRequest, TerminalSize
from ssmtui.protocol import PayloadType
from ssmtui.sessions import farewell
from ssmtui.sessions.end_cause import EndCause
from ssmtui.sessions.engine_host import EngineSink
from ssmtui.sessions.manager import SessionManager
from ssmtui.sessions.paste import PasteProgress
from ssmtui.sessions.session import STDERR_OFF, STDERR_ON
from ssmtui.sessions.snapshots import ClipboardRequest, SessionChange
from ssmtui.sessions.states import SessionState
from ssmtui.sessions.taking_over import TAKEN_ELSEWHERE
from ssmtui.tasks import Tasks
from ssmtui.terminal.screen import Frame, Modes
from tests.support.memory import MemoryService
from tests.support.wait import wait_until

SIZE = TerminalSize(80, 24)


class RecordingPane:
    """An engine's terminal that keeps what it is fed."""

    def __init__(self, size: TerminalSize, sink: EngineSink) -> None:
        self.size = size
        self.sink = sink
        self.fed = bytearray()
        self.scrolled: list[int] = []
        self.typed_at = 0
        self.parsed = self.pending = 0
        self.closed = False

    def feed(self, data: bytes) -> None:
        self.fed += data

    def typed(self) -> None:
        self.typed_at += 1

    async def room(self) -> None:
        return

    def resize(self, size: TerminalSize) -> None:
        self.size = size

    def scroll(self, lines: int) -> None:
        self.scrolled.append(lines)

    async def frame(self, since: int) -> Frame:
        return Frame(since + 1, self.size, {})

    async def text(self) -> str:
        return self.fed.decode()

    def close(self) -> None:
        self.closed = True


class RecordingEngines:
    """An engine host of memory."""

    def __init__(self) -> None:
        self.panes: dict[int, RecordingPane] = {}

    def open(
        self, key: int, size: TerminalSize, scrollback_lines: int, sink: EngineSink, filled_from: object = None
    ) -> RecordingPane:
        self.panes[key] = RecordingPane(size, sink)
        return self.panes[key]


class Stage:
    """A manager on a service of memory, and what it announced."""

    def __init__(self, **options: bool) -> None:
        self.service = MemoryService()
        self.engines = RecordingEngines()
        self.manager = SessionManager(self.service, self.engines, **options)  # type: ignore[arg-type]
        self.announced: list[tuple[int, SessionChange]] = []
        self.manager.subscribe(lambda key, change: self.announced.append((key, change)))

    def start(self, target: str = "i-1") -> int:
        return self.manager.start(StartRequest(target, title=f"tab {target}"), SIZE, Node(target, "web"))

    def state(self, key: int) -> SessionState:
        return self.manager.snapshot(key).state

    async def open(self, target: str = "i-1") -> int:
        key = self.start(target)
        session_id = f"session-{len(self.service.started) + 1}"
        await wait_until("the agent is waited for", lambda: self.state(key) is SessionState.WAITING)
        self.service.agents[session_id].say(b"$ ")
        await wait_until("the session is open", lambda: self.state(key) is SessionState.OPEN)
        return key

    async def close(self) -> None:
        await self.manager.close()
        await self.service.close()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    await stage.close()


@pytest.fixture
async def deaf_stage() -> AsyncIterator[Stage]:
    stage = Stage(read_only=True)
    yield stage
    await stage.close()


async def test_a_started_session_is_the_last_one(stage: Stage) -> None:
    first, second = stage.start("i-1"), stage.start("i-2")
    assert [snapshot.key for snapshot in stage.manager.snapshots()] == [first, second]
    assert stage.announced[:2] == [(first, SessionChange.ADDED), (second, SessionChange.ADDED)]
    assert stage.manager.snapshot(first).title == "tab i-1"
    assert stage.manager.live_count == 2


async def test_output_feeds_the_engine_and_input_reaches_the_node(stage: Stage) -> None:
    key = await stage.open()
    assert await stage.manager.session(key).terminal.text() == "$ "
    stage.manager.session(key).write(b"ls\r")
    agent = stage.service.agents["session-1"]
    await wait_until("the input arrived", lambda: agent.received == b"ls\r")


async def test_the_engines_answers_reach_the_node(stage: Stage) -> None:
    key = await stage.open()
    stage.engines.panes[key].sink.reply(b"\x1b[?62;22c")
    agent = stage.service.agents["session-1"]
    await wait_until("the answer arrived", lambda: agent.received == b"\x1b[?62;22c")


async def test_standard_error_is_drawn_in_red(stage: Stage) -> None:
    key = await stage.open()
    stage.service.agents["session-1"].say(b"oops", PayloadType.STDERR)
    pane = stage.engines.panes[key]
    await wait_until("the error was fed", lambda: pane.fed == b"$ " + STDERR_ON + b"oops" + STDERR_OFF)


async def test_who_listens_gets_what_is_printed_until_that_ends(stage: Stage) -> None:
    key = await stage.open()
    heard, others = bytearray(), bytearray()
    session = stage.manager.session(key)
    stop = session.listen(heard.extend)
    session.listen(others.extend)
    agent = stage.service.agents["session-1"]
    agent.say(b"one")
    await wait_until("the first", lambda: heard == b"one")
    stop()
    agent.say(b"two")
    await wait_until("the second", lambda: others == b"onetwo")
    assert heard == b"one"


async def test_new_rows_are_announced(stage: Stage) -> None:
    key = stage.start()
    stage.engines.panes[key].sink.screen_changed()
    assert stage.announced[-1] == (key, SessionChange.SCREEN)


async def test_effects_show_in_the_snapshot(stage: Stage) -> None:
    key = stage.start()
    sink = stage.engines.panes[key].sink
    sink.title_changed("vim \x1b[31mREADME")
    sink.modes_changed(Modes(bracketed_paste=True))
    sink.notice("restarted")
    sink.bell()
    snapshot = stage.manager.snapshot(key)
    assert snapshot.terminal_title == "vim \ufffd[31mREADME"
    assert snapshot.modes.bracketed_paste
    assert snapshot.notice == "restarted"
    assert (key, SessionChange.BELL) in stage.announced


async def test_a_write_to_the_clipboard_is_taken_once(stage: Stage) -> None:
    key = stage.start()
    sink = stage.engines.panes[key].sink
    for text in ("one", "two"):
        sink.clipboard(text)
    assert stage.announced[-1] == (key, SessionChange.STATE)
    assert stage.manager.snapshot(key).clipboard == ClipboardRequest("two", 2)
    assert "two" not in repr(stage.manager.snapshot(key))
    assert stage.manager.session(key).take_clipboard() == ClipboardRequest("two", 2)
    assert stage.manager.snapshot(key).clipboard is None
    assert stage.manager.session(key).take_clipboard() is None


async def test_a_write_to_the_clipboard_can_be_refused_from_the_start() -> None:
    stage = Stage(takes_clipboard=False)
    key = stage.start()
    stage.engines.panes[key].sink.clipboard("text")
    assert stage.manager.snapshot(key).clipboard is None
    assert (key, SessionChange.STATE) not in stage.announced
    await stage.close()


async def test_a_new_size_reaches_engine_and_node_once(stage: Stage) -> None:
    key = await stage.open()
    agent = stage.service.agents["session-1"]
    await wait_until("the first size arrived", lambda: (80, 24) in agent.sizes)
    for _ in range(2):
        stage.manager.session(key).resize(TerminalSize(120, 40))
    assert stage.engines.panes[key].size == TerminalSize(120, 40)
    await wait_until("the new size arrived", lambda: agent.sizes[-1] == (120, 40))
    assert agent.sizes.count((120, 40)) == 1


async def test_a_lost_screen_is_drawn_again_by_a_moment_of_another_size(stage: Stage) -> None:
    key = await stage.open()
    agent = stage.service.agents["session-1"]
    await wait_until("the first size arrived", lambda: agent.sizes == [(80, 24)])
    stage.engines.panes[key].sink.screen_lost()
    await wait_until("the size came back", lambda: agent.sizes == [(80, 24), (80, 23), (80, 24)])
    assert stage.manager.snapshot(key).state is SessionState.OPEN


async def test_read_only_sessions_are_deaf_but_answer_queries(deaf_stage: Stage) -> None:
    key = await deaf_stage.open()
    deaf_stage.manager.session(key).write(b"rm -rf /\r")
    deaf_stage.manager.session(key).paste(b"rm -rf /\r" * 1000)
    deaf_stage.manager.session(key).cancel_paste()
    assert deaf_stage.manager.snapshot(key).paste is None
    deaf_stage.engines.panes[key].sink.reply(b"\x1b[0n")
    agent = deaf_stage.service.agents["session-1"]
    await wait_until("the answer arrived", lambda: agent.received)
    assert agent.received == b"\x1b[0n"
    assert not deaf_stage.manager.snapshot(key).accepts_input


async def test_a_paste_shows_in_the_snapshot_until_it_is_confirmed_or_stopped(stage: Stage) -> None:
    key = await stage.open()
    stage.announced.clear()
    stage.manager.session(key).paste(b"x" * 100_000)
    assert stage.manager.snapshot(key).paste == PasteProgress(0, 100_000, 100_000)
    assert stage.announced == [(key, SessionChange.STATE)]
    agent = stage.service.agents["session-1"]
    await wait_until("it is confirmed", lambda: stage.manager.snapshot(key).paste is None)
    assert agent.received == b"x" * 100_000
    assert stage.announced[-1] == (key, SessionChange.STATE)
    stage.manager.session(key).paste(b"y" * 100_000)
    stage.manager.session(key).write(b"typed")
    assert stage.manager.snapshot(key).unacknowledged_bytes == 5
    stage.engines.panes[key].sink.reply(b"\x03")  # a program has asked for it, and nobody pressed it
    assert stage.manager.snapshot(key).paste == PasteProgress(0, 100_000, 100_000)
    stage.manager.session(key).cancel_paste()
    snapshot = stage.manager.snapshot(key)
    assert (snapshot.paste, snapshot.notice) == (None, "Paste stopped: 100,005 bytes unsent.")
    stage.manager.session(key).write(b"x")
    assert stage.manager.snapshot(key).notice == ""


async def test_sessions_are_renamed(stage: Stage) -> None:
    two = stage.start("i-2")
    stage.manager.session(two).rename("  db \x07 ")
    assert stage.manager.snapshot(two).title == "db \ufffd"
    stage.manager.session(two).rename(" ")
    assert stage.manager.snapshot(two).title == "tab i-2"


async def test_removing_a_live_session_ends_it_in_the_background(stage: Stage) -> None:
    key = await stage.open()
    stage.manager.remove(key)
    assert stage.manager.snapshots() == ()
    assert stage.engines.panes[key].closed
    assert stage.announced[-1] == (key, SessionChange.REMOVED)
    await wait_until("the service was told", lambda: stage.service.terminated == ["session-1"])


async def test_restarting_starts_the_same_request_and_removes_the_ended_session(stage: Stage) -> None:
    first = await stage.open()
    second = stage.start("i-2")
    await stage.service.agents["session-1"].finish()
    await wait_until("it ended", lambda: stage.state(first) is SessionState.ENDED)
    again = stage.manager.restart(first)
    assert [snapshot.key for snapshot in stage.manager.snapshots()] == [second, again]
    assert stage.manager.snapshot(again).request == StartRequest("i-1", title="tab i-1")


async def test_a_session_that_is_started_again_keeps_the_name_that_it_was_given(stage: Stage) -> None:
    named, plain = stage.start("i-1"), stage.start("i-2")
    stage.manager.session(named).rename("primary of orders")
    for key in (named, plain):
        stage.manager.session(key).end()
        await stage.manager.session(key).life
    named, plain = stage.manager.restart(named), stage.manager.restart(plain)
    assert [stage.manager.snapshot(key).title for key in (named, plain)] == ["primary of orders", "tab i-2"]
    stage.manager.session(named).rename("")
    assert stage.manager.snapshot(named).title == "tab i-1"


async def test_when_and_why_a_session_ended_and_how_long_it_lasted() -> None:
    now = 50_000.0
    service, engines = MemoryService(), RecordingEngines()
    manager = SessionManager(service, engines, wall=lambda: now)  # type: ignore[arg-type]
    key = manager.start(StartRequest("i-1"), SIZE)
    await wait_until("its agent is waited for", lambda: manager.snapshot(key).state is SessionState.WAITING)
    service.agents["session-1"].say(b"$ ")
    await wait_until("it is open", lambda: manager.snapshot(key).state is SessionState.OPEN)
    snapshot = manager.snapshot(key)
    assert (snapshot.started_at, snapshot.ended_at, snapshot.lasted, snapshot.end_cause) == (now, None, None, None)
    now += 7980.0
    manager.session(key).end()
    await manager.session(key).life
    over = manager.snapshot(key)
    assert (over.ended_at, over.lasted, over.ended_for, over.end_cause) == (now, 7980.0, 0.0, EndCause.PERSON)
    now += 60.0
    assert manager.snapshot(key).ended_for == 60.0
    now = 1000.0  # the clock was set back
    assert (manager.snapshot(key).ended_for, manager.snapshot(key).lasted) == (0.0, 7980.0)
    await manager.close()
    await service.close()


async def test_one_failed_start_leaves_the_others_alone(stage: Stage) -> None:
    good = await stage.open()
    stage.service.refuse_start = TargetNotConnected("i-2")
    bad = stage.start("i-2")
    await wait_until("it failed", lambda: stage.state(bad) is SessionState.FAILED)
    assert stage.state(good) is SessionState.OPEN
    assert isinstance(stage.manager.snapshot(bad).error, TargetNotConnected)


async def test_w5_a_refusal_for_an_old_agent_names_the_node_and_its_version(stage: Stage) -> None:
    stage.service.refuse_start = AgentTooOld("The version of …", remedy="It needs agent 3.1.1374.0 or later.")
    key = stage.manager.start(StartRequest("i-1"), SIZE, Node("i-1", "web-1", agent_version="3.0.1"))
    await wait_until("it failed", lambda: stage.state(key) is SessionState.FAILED)
    error = stage.manager.snapshot(key).error
    assert error is not None
    assert error.remedy == "web-1 runs agent 3.0.1. It needs agent 3.1.1374.0 or later."


async def test_edge_56_closing_terminates_all_in_parallel(stage: Stage) -> None:
    for number in range(1, 21):
        await stage.open(f"i-{number}")
    assert await stage.manager.close(timeout=5) == []
    assert sorted(stage.service.terminated) == sorted(f"session-{number}" for number in range(1, 21))
    assert stage.manager.live_count == 0


async def test_closing_names_what_the_service_did_not_confirm(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(farewell.Backoff, "delay", lambda self: 0.0)
    await stage.open()
    stage.service.refuse_terminate = ConnectionFailed("no answer")
    assert await stage.manager.close(timeout=1) == ["session-1"]


async def test_closing_names_a_start_that_was_never_answered(stage: Stage) -> None:
    stage.service.start_gate = asyncio.Event()
    stage.start("i-7")
    await wait_until("StartSession is under way", lambda: stage.service.started)
    assert await stage.manager.close(timeout=0.05) == ["a session on i-7, still being started"]


async def test_fault_4_each_session_that_may_not_be_gone_can_be_ended_without_the_loop(stage: Stage) -> None:
    first, second = await stage.open("i-1"), await stage.open("i-2")
    ended = await stage.open("i-3")
    stage.manager.session(ended).end()
    await wait_until("one is gone", lambda: not stage.manager.snapshot(ended).live)
    stage.service.refuse_terminate = ConnectionFailed("no answer")
    stage.manager.remove(second)
    calls = {call.name: call for call in stage.manager.last_calls()}
    assert sorted(calls) == ["session-1", "session-2"]
    with pytest.raises(ConnectionFailed):
        calls["session-1"].end()
    stage.service.refuse_terminate = None
    for call in calls.values():
        call.end()
    assert sorted(stage.service.terminated) == ["session-1", "session-2", "session-3"]
    assert stage.manager.snapshot(first).live


async def test_without_the_loop_only_sessions_that_cannot_stay_alive_are_ended(stage: Stage) -> None:
    await stage.open("i-1")
    closed = await stage.open("i-2")
    encrypted = await stage.open("i-3")
    stage.manager.session(encrypted)._channel.encrypted = True
    stage.service.refuse_terminate = ConnectionFailed("no answer")
    stage.manager.remove(closed)
    stage.start("i-4")  # its start is not answered: the gateways know of it
    assert sorted(call.name for call in stage.manager.last_calls(detach=True)) == ["session-2", "session-3"]
    assert stage.manager.stays == 1


async def test_a_session_goes_over_the_line_of_its_scope_and_keeps_it(stage: Stage) -> None:
    scope = Scope("staging", "us-east-1")
    key = stage.manager.start(StartRequest("i-1", scope=scope), SIZE)
    stage.manager.start(StartRequest("i-1"), SIZE)
    await wait_until("both are started", lambda: len(stage.service.started) == 2)
    stage.manager.session(key).end()
    await wait_until("the first has ended", lambda: not stage.manager.snapshot(key).live)
    stage.manager.restart(key)
    assert stage.service.lines == [scope, None, scope]
    await wait_until("it is started anew", lambda: len(stage.service.started) == 3)
    assert stage.service.started[2].scope == scope


async def test_documents_are_read_once_in_each_scope(stage: Stage) -> None:
    keys = [
        stage.manager.start(StartRequest("i-1", scope=Scope(profile, "eu-west-1")), SIZE) for profile in ("a", "a", "b")
    ]
    await wait_until("the agents are there", lambda: len(stage.service.agents) == 3)
    for agent in stage.service.agents.values():
        agent.say(b"$ ")
    await wait_until(
        "all are open", lambda: all(stage.manager.snapshot(key).state is SessionState.OPEN for key in keys)
    )
    await wait_until("all have asked", lambda: len(stage.service.described) == 3)
    assert stage.service.documents_read == ["SSM-SessionManagerRunShell"] * 2


# Left alive, and taken over


async def test_closing_leaves_alive_what_can_be_taken_over(stage: Stage) -> None:
    first, second = await stage.open(), await stage.open()
    stage.manager.remove(first)
    assert await stage.manager.close(detach=True) == []
    assert stage.service.terminated == ["session-1"], "its tab was closed before"
    assert [one.session_id for one in stage.manager.left_alive] == ["session-2"]
    assert stage.manager.snapshot(second).state is SessionState.DETACHED


async def test_a_session_is_taken_over_into_a_tab_and_taken_back_after_it_was_lost(stage: Stage) -> None:
    key = await stage.open()
    stage.manager.session(key).detach()
    again = stage.manager.restart(key)
    await wait_until("it is open again", lambda: stage.state(again) is SessionState.OPEN)
    assert stage.service.started == [stage.service.started[0]], "no other session is started"
    assert stage.manager.snapshot(again).taken_over is not None
    stage.manager.session(again).write(b"x")
    await wait_until("it is typed", lambda: bytes(stage.service.agents["session-1"].received) == b"x")
    stage.manager.session(again).lose_to_another()
    assert stage.manager.snapshot(again).end_reason == TAKEN_ELSEWHERE
    assert stage.manager.session(again).taken_back().bounds.high is None


async def test_what_was_typed_last_has_a_moment_to_arrive_before_a_session_is_left(stage: Stage) -> None:
    first, second = await stage.open(), await stage.open("i-2")
    slow, deaf = stage.service.agents["session-1"], stage.service.agents["session-2"]
    slow.hold()
    deaf.hold()
    stage.manager.session(first).write(b"last words")
    stage.manager.session(second).write(b"unheard")
    tasks = Tasks("test")
    closing = tasks.start("closing", stage.manager.close(detach=True), awaited=True)
    await wait_until("both were sent", lambda: slow.held + deaf.held >= 2)
    slow.release()
    assert await closing == []
    assert bytes(slow.received) == b"last words"
    assert [stage.manager.snapshot(key).unacknowledged_bytes for key in (first, second)] == [0, len(b"unheard")]
