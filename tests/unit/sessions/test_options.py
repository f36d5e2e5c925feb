"""What a saved connection asks of its session beside the call: size, scrollback, clipboard, text, life, recording."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ssmtui.errors import ConfigurationError
from ssmtui.model import PaneOptions, StartRequest, TerminalSize
from ssmtui.sessions import options
from ssmtui.sessions.manager import SessionManager
from ssmtui.sessions.options import OnConnect
from ssmtui.sessions.plain_command import READS_NOTHING
from ssmtui.sessions.states import SessionState
from tests.support.memory import MemoryAgent, MemoryService
from tests.support.wait import wait_until
from tests.unit.sessions.test_manager import RecordingEngines, RecordingPane

SIZE = TerminalSize(100, 40)


class Pane(RecordingPane):
    async def replica(self) -> bytes:
        return bytes(self.fed)


class Engines(RecordingEngines):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []

    def open(
        self, key: int, size: TerminalSize, scrollback_lines: int, sink: Any, filled_from: object = None
    ) -> RecordingPane:
        self.lines.append(scrollback_lines)
        self.panes[key] = Pane(size, sink)
        return self.panes[key]


class Stage:
    def __init__(self, recordings: Path) -> None:
        self.service = MemoryService()
        self.engines = Engines()
        self.later = 0.0
        self.recordings = recordings
        self.manager = self.managed(read_only=False)

    def managed(self, *, read_only: bool) -> SessionManager:
        return SessionManager(
            self.service,
            self.engines,  # type: ignore[arg-type]
            read_only=read_only,
            recordings=self.recordings,
            clock=lambda: time.monotonic() + self.later,
        )

    def start(self, **options: Any) -> int:
        return self.manager.start(StartRequest("i-1", options=PaneOptions(**options)), SIZE)

    async def open(self, **options: Any) -> int:
        key = self.start(**options)
        await wait_until("the agent is waited for", lambda: self.state(key) is SessionState.WAITING)
        self.agent(key).offer("Standard_Stream")
        await wait_until("it is open", lambda: self.state(key) is SessionState.OPEN)
        return key

    def state(self, key: int) -> SessionState:
        return self.manager.snapshot(key).state

    def agent(self, key: int) -> MemoryAgent:
        return self.service.agents[self.manager.snapshot(key).session_id]

    async def cast(self) -> list[Any]:
        await self.manager.close()
        (file,) = self.recordings.glob("*.cast")
        return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(options, "SETTLED", 0.005)
    monkeypatch.setattr(options, "SILENT", 0.02)
    stage = Stage(tmp_path / "recordings")
    yield stage
    await stage.manager.close()
    await stage.service.close()


async def test_a_terminal_is_never_larger_than_its_profile_says(stage: Stage) -> None:
    key = await stage.open(largest=TerminalSize(132, 30))
    assert stage.engines.panes[key].size == TerminalSize(100, 30)
    await wait_until("the first size arrived", lambda: stage.agent(key).sizes == [(100, 30)])
    stage.manager.session(key).resize(TerminalSize(200, 20))
    assert stage.engines.panes[key].size == TerminalSize(132, 20)
    await wait_until("the node knows", lambda: stage.agent(key).sizes == [(100, 30), (132, 20)])


async def test_scrollback_and_clipboard_are_its_own_where_it_says_so(stage: Stage) -> None:
    stage.start(scrollback_lines=7)
    key = stage.start(clipboard="never")
    assert stage.engines.lines == [7, 10_000]
    stage.engines.panes[key].sink.clipboard("text")
    assert stage.manager.snapshot(key).clipboard is None


async def test_its_text_is_typed_once_when_the_first_output_has_settled(stage: Stage) -> None:
    key = await stage.open(on_connect="cd /srv\nclear\n")
    stage.agent(key).say(b"$ ")
    await wait_until("it is typed", lambda: stage.agent(key).received == b"cd /srv\rclear\r")
    stage.agent(key).say(b"$ ")
    await wait_until("the output has come", lambda: stage.engines.panes[key].fed == b"$ $ ")
    assert stage.agent(key).received == b"cd /srv\rclear\r"
    assert "srv" not in repr(stage.manager.snapshot(key))


async def test_its_text_is_typed_into_a_shell_that_says_nothing(stage: Stage) -> None:
    key = await stage.open(on_connect="ls\n")
    await wait_until("it is typed", lambda: stage.agent(key).received == b"ls\r")


async def test_a_read_only_run_types_nothing(stage: Stage) -> None:
    stage.manager = stage.managed(read_only=True)
    key = await stage.open(on_connect="rm -rf /\n")
    stage.engines.panes[key].sink.reply(b"\x1b[0n")
    session = stage.manager._sessions[key]
    assert repr(session._on_connect) == "<OnConnect done>"
    await wait_until("something else arrived", lambda: stage.agent(key).received == b"\x1b[0n")


async def test_a_command_without_a_terminal_is_typed_nothing(stage: Stage) -> None:
    key = stage.start(on_connect="ls\n", keep_alive=True)
    await wait_until("the agent is waited for", lambda: stage.state(key) is SessionState.WAITING)
    stage.agent(key).offer("NonInteractiveCommands")
    await wait_until("it is open", lambda: stage.state(key) is SessionState.OPEN)
    on = stage.manager._sessions[key]._on_connect
    await wait_until("its time has come", lambda: repr(on) == "<OnConnect done>")
    assert stage.manager.snapshot(key).notice != READS_NOTHING
    stage.agent(key).say(b"one\ntwo\n")
    await wait_until("its lines are lines", lambda: stage.engines.panes[key].fed == b"one\r\ntwo\r\n")
    assert not stage.manager.snapshot(key).kept_alive


async def test_nothing_is_typed_before_the_agent_is_ready_or_after_the_end() -> None:
    sent: list[bytes] = []
    waiting = OnConnect("ls\n", sent.append)
    waiting.printed()
    assert waiting._timer is None
    waiting.opened()
    waiting.cancel()
    assert waiting._timer is not None
    assert waiting._timer.cancelled()


@pytest.mark.parametrize(
    ("idle_for", "limit", "due"),
    [(0, 1200, 1140), (1140, 1200, 0), (2000, 1200, 0), (0, 60, 45), (0, None, 240), (300, None, 0)],
)
def test_a_sign_of_life_is_due_shortly_before_the_limit(idle_for: float, limit: float | None, due: float) -> None:
    assert options.due_in(idle_for, limit) == due


async def test_a_session_is_kept_alive_by_a_moment_of_another_size(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "LOOK_EVERY", 0.005)
    key = await stage.open(keep_alive=True)
    other = await stage.open()
    assert (stage.manager.snapshot(key).kept_alive, stage.manager.snapshot(other).kept_alive) == (True, False)
    await wait_until("its size is known", lambda: stage.agent(key).sizes == [(100, 40)])
    await wait_until("its limit is known", lambda: stage.manager.snapshot(key).idle_limit == 1200)
    stage.later = 1150
    await wait_until("the size came back", lambda: stage.agent(key).sizes == [(100, 40), (100, 39), (100, 40)])
    assert stage.agent(other).sizes == [(100, 40)]


async def test_a_recording_has_what_was_printed_and_not_what_was_typed(stage: Stage) -> None:
    key = await stage.open(recording=True)
    assert stage.manager.snapshot(key).is_recorded
    stage.agent(key).say(b"password: ")
    await wait_until("it has come", lambda: stage.engines.panes[key].fed == b"password: ")
    stage.manager.session(key).write(b"secret\r")
    stage.manager.session(key).resize(TerminalSize(80, 24))
    header, *events = await stage.cast()
    assert (header["width"], header["height"]) == (100, 40)
    assert [event[1:] for event in events] == [["o", "password: "], ["r", "80x24"]]


async def test_a_recording_that_begins_later_begins_with_the_screen(stage: Stage) -> None:
    key = await stage.open()
    stage.agent(key).say(b"before ")
    await wait_until("it has come", lambda: stage.engines.panes[key].fed == b"before ")
    path = await stage.manager.session(key).record()
    assert await stage.manager.session(key).record() == path
    stage.agent(key).say(b"while ")
    await wait_until("it has come", lambda: stage.engines.panes[key].fed == b"before while ")
    assert stage.manager.session(key).stop_recording() == path
    assert not stage.manager.snapshot(key).is_recorded
    stage.agent(key).say(b"after")
    await wait_until("it has come", lambda: stage.engines.panes[key].fed == b"before while after")
    assert [event[2] for event in (await stage.cast())[1:]] == ["before ", "while "]


async def test_a_recording_ends_with_its_session(stage: Stage) -> None:
    key = await stage.open(recording=True)
    await stage.agent(key).finish()
    await wait_until("it is over", lambda: stage.state(key) is SessionState.ENDED)
    assert not stage.manager.snapshot(key).is_recorded


async def test_a_recording_that_cannot_be_written_leaves_the_session_alone(stage: Stage) -> None:
    stage.recordings.parent.joinpath("recordings").write_text("")
    key = await stage.open(recording=True)
    await wait_until("it is told", lambda: stage.manager.snapshot(key).notice)
    assert stage.manager.snapshot(key).notice.startswith("Nothing is recorded: ")
    assert stage.state(key) is SessionState.OPEN
    with pytest.raises(ConfigurationError, match="cannot be recorded: Nothing is recorded"):
        await stage.manager.session(key).record()
    assert not stage.manager.snapshot(key).is_recorded


async def test_a_session_that_starts_again_keeps_its_options(stage: Stage) -> None:
    key = await stage.open(icon="◆", largest=TerminalSize(50, 20))
    await stage.agent(key).finish()
    await wait_until("it is over", lambda: stage.state(key) is SessionState.ENDED)
    again = stage.manager.restart(key)
    assert stage.manager.snapshot(again).request.options == PaneOptions(icon="◆", largest=TerminalSize(50, 20))
    assert stage.engines.panes[again].size == TerminalSize(50, 20)
