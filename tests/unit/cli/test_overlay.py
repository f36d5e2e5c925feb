"""Words over a screen that the node draws: never lost in the middle of a sequence, never left behind."""

from __future__ import annotations

import asyncio
import termios
import tracemalloc
from collections.abc import AsyncIterator

import pytest

from ssmtui.cli import overlay
from ssmtui.cli.overlay import TerminalOverlay, has_other_screen
from ssmtui.errors import SsmtuiError
from ssmtui.local_terminal import POP_TITLE, LocalTerminal, raw_attributes
from ssmtui.model import TerminalSize
from ssmtui.sessions.engine_host import EngineHost
from ssmtui.sessions.engine_pane import EnginePane
from tests.support.processes import is_running
from tests.support.pty_pair import PtyPair
from tests.support.wait import SCALE, wait_until

LINE = b"\x1b[24;1H\x1b[0;7m\x1b[K Connection lost "


class Stage(PtyPair):
    """An overlay in a pty."""

    def __init__(self) -> None:
        super().__init__()
        termios.tcsetattr(self.slave, termios.TCSANOW, raw_attributes(self.cooked))
        self.nudges = 0
        self.overlay = TerminalOverlay(LocalTerminal(self.slave, self.slave), "web-1", self.nudge)

    def nudge(self) -> None:
        self.nudges += 1

    async def close(self) -> None:
        await self.overlay.close()
        await self.overlay.free()
        self.close_ends()


async def fails(self: EngineHost) -> None:
    raise SsmtuiError("no engine")


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(overlay, "LASTING", 0.05)
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    made = Stage()
    yield made
    await made.close()


async def test_a_sequence_that_is_cut_in_two_by_a_title_is_begun_anew(stage: Stage) -> None:
    stage.overlay.write(b"text\x1b[3")
    stage.overlay.trouble("Connection lost")
    await wait_until("the title", lambda: stage.shows(b"\x1b]2;web-1: Connection lost\x07\x1b[3"))


async def test_output_waits_until_the_screen_is_as_it_was(stage: Stage) -> None:
    stage.overlay.write(b"\x1b[?1049h\x1b[Hhello")
    stage.overlay.trouble("Connection lost")
    await wait_until("the last line", lambda: stage.shows(LINE))
    del stage.seen[:]
    stage.overlay.write(b"new output")
    await wait_until("the output", lambda: stage.shows(b"new output"))
    drawn = stage.seen.index(b"\x1b[H\x1b[J")
    assert drawn < stage.seen.index(b"hello") < stage.seen.index(b"new output")
    assert b"1049" not in stage.seen, "the screen underneath is left alone"


class Nowhere:
    """A terminal that keeps nothing of what it is given."""

    size = TerminalSize(80, 24)

    def write(self, data: bytes) -> None:
        """Forget it."""

    async def room(self) -> None:
        """There is always room."""


@pytest.mark.parametrize("trouble", ["", "Connection lost"], ids=["calm", "trouble"])
async def test_output_is_not_kept_without_end_where_no_engine_loads(
    monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    def replaced() -> None:
        raise ImportError("replaced by an upgrade")

    monkeypatch.setattr(overlay, "_load_engine", replaced)
    written = TerminalOverlay(Nowhere(), "web-1", lambda: None)  # type: ignore[arg-type]
    tracemalloc.start()
    try:
        for _ in range(100):
            written.write(bytes(65536))
            written.trouble(trouble)
            await written.room()
            await asyncio.sleep(0)
        await wait_until("little is kept", lambda: tracemalloc.get_traced_memory()[0] < 3 * overlay.KEPT)
    finally:
        tracemalloc.stop()
        await written.close()
        await written.free()


def engine_tasks() -> list[str]:
    return [task.get_name() for task in asyncio.all_tasks() if "engine" in task.get_name()]


async def test_a_flood_starts_no_engine(stage: Stage) -> None:
    for _ in range(4 * overlay.KEPT // 65536):
        stage.overlay.write(b"0123456789abcde\n" * 4096)
    assert engine_tasks() == []


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The process ids of the engines that have started."""
    pids: list[int] = []
    start = EngineHost.start

    async def counted(self: EngineHost) -> None:
        await start(self)
        pids.append(self.pid or 0)

    monkeypatch.setattr(EngineHost, "start", counted)
    return pids


async def test_the_engine_ends_once_all_is_said_and_the_next_one_knows_the_screen(
    stage: Stage, hosts: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overlay, "SHOWN_FOR", 0.05)
    stage.overlay.write(b"\x1b[?1049h\x1b[Hhello")
    for times in (1, 2):
        stage.overlay.trouble("Connection lost")
        await wait_until("the last line", lambda: stage.shows(LINE))
        del stage.seen[:]
        stage.overlay.trouble("")
        await wait_until("the screen as it was", lambda: stage.shows(b"hello"))
        await wait_until("no engine", lambda: not engine_tasks())
        assert len(hosts) == times
        assert not is_running(hosts[-1])


async def test_a_short_trouble_ends_no_engine_in_the_middle_of_its_start(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overlay, "SHOWN_FOR", 0.0)
    gate = asyncio.Event()
    start = EngineHost.start

    async def slowly(self: EngineHost) -> None:
        await gate.wait()
        await start(self)

    monkeypatch.setattr(EngineHost, "start", slowly)
    stage.overlay.trouble("Connection lost")
    stage.overlay.trouble("")
    await wait_until("the title is taken back", lambda: stage.shows(POP_TITLE))
    assert engine_tasks()
    gate.set()
    await wait_until("no engine", lambda: not engine_tasks())


async def test_an_engine_that_was_starting_has_gone_when_the_end_returns(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, gone = asyncio.Event(), asyncio.Event()

    async def start(self: EngineHost) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.to_thread(lambda: None)  # as long as a process that is killed takes
            gone.set()

    monkeypatch.setattr(EngineHost, "start", start)
    stage.overlay.trouble("Connection lost")
    await started.wait()
    await stage.overlay.close()
    await stage.overlay.free()
    assert gone.is_set()


@pytest.fixture
def little_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have less kept, which an engine has soon, and time for it."""
    monkeypatch.setattr(overlay, "KEPT", 1 << 17)
    monkeypatch.setattr(overlay, "ENGINE_TIME", 60.0)


@pytest.mark.usefixtures("little_kept")
async def test_after_a_flood_the_terminals_own_screen_is_left_alone(stage: Stage) -> None:
    await flooded(stage, b"")
    stage.overlay.trouble("Connection lost")
    await wait_until("the last line", lambda: stage.shows(LINE))
    _, switch, after = stage.seen.partition(b"\x1b[?1049h")
    assert switch
    assert b"web-1$" in after, "the latest output is shown beside our words"
    del stage.seen[:]
    stage.overlay.write(b"new output")
    await wait_until("the output", lambda: stage.shows(b"new output"))
    assert stage.seen.startswith(b"\x1b[?1049l")
    assert b"web-1$" not in stage.seen


@pytest.mark.usefixtures("little_kept")
async def test_after_a_flood_a_full_screen_program_draws_itself(stage: Stage) -> None:
    await flooded(stage, b"\x1b[?1049h")
    stage.overlay.trouble("Connection lost")
    await wait_until("the last line", lambda: stage.shows(LINE))
    assert b"1049" not in stage.seen, "it has the other screen already"
    del stage.seen[:]
    stage.overlay.trouble("")
    await wait_until("the latest output", lambda: stage.shows(b"web-1$"))
    assert b"1049" not in stage.seen
    await wait_until("the program is asked", lambda: stage.nudges)


async def flooded(stage: Stage, before: bytes) -> None:
    """Have more printed than is kept, after ``before``."""
    stage.overlay.write(before)
    line = b"0123456789abcde\r\n"
    for _ in range(2 * overlay.KEPT // 65536):
        stage.overlay.write(line * (65536 // len(line)))
        await wait_until("it is shown", lambda: stage.shows(line) or stage.seen.clear())
    stage.overlay.write(b"\x1b[Kweb-1$ ")
    await wait_until("the prompt", lambda: stage.shows(b"web-1$ "))
    del stage.seen[:]


@pytest.mark.parametrize("question", ["replica", "memory"])
async def test_an_engine_that_does_not_answer_keeps_no_output_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    async def never(self: EnginePane) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(EnginePane, question, never)
    monkeypatch.setattr(EnginePane, "room", never)
    monkeypatch.setattr(overlay, "ENGINE_TIME", 2.0)
    stage.overlay.write(b"web-1$ ")
    stage.overlay.trouble("Connection lost")
    await wait_until("the last line", lambda: stage.shows(LINE))
    stage.overlay.write(b"new output")
    await wait_until("the output", lambda: stage.shows(b"\x1b[?1049lnew output"))
    await asyncio.wait_for(stage.overlay.room(), 5 * SCALE)


async def test_an_engine_that_is_slower_than_the_node_is_given_up(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EngineHost, "wake", lambda self, pane: None)
    monkeypatch.setattr(overlay, "BEHIND", 100_000)
    stage.overlay.trouble("Connection lost")
    await wait_until("the engine", lambda: engine_tasks() not in ([], ["overlay/engine"]))
    for _ in range(3):
        stage.overlay.write(bytes(65536))
    stage.overlay.write(b"the end")
    await wait_until("all of it", lambda: stage.shows(b"the end"))
    await asyncio.wait_for(stage.overlay.room(), 5 * SCALE)
    await wait_until("no engine", lambda: not engine_tasks())


@pytest.mark.parametrize("engine", [True, False], ids=["engine", "none"])
async def test_fault_2_at_a_prompt_the_terminal_keeps_what_was_before_the_session(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, engine: bool
) -> None:
    if not engine:
        monkeypatch.setattr(EngineHost, "start", fails)
    stage.overlay.write(b"web-1$ ")
    stage.overlay.trouble("Connection lost")
    await wait_until("the last line", lambda: stage.shows(LINE))
    before, switch, after = stage.seen.partition(b"\x1b[?1049h")
    assert switch
    assert b"\n" not in before
    assert b"\x1b[J" not in before
    assert (b"web-1$" in after) == engine
    del stage.seen[:]
    stage.overlay.trouble("Still lost")
    await wait_until("other words", lambda: stage.shows(LINE.replace(b"Connection", b"Still")))
    assert b"1049" not in stage.seen, "nothing flickers"
    del stage.seen[:]
    stage.overlay.write(b"new output")
    await wait_until("the output", lambda: stage.shows(b"new output"))
    assert stage.seen.startswith(b"\x1b[?1049l")
    assert b"\n" not in stage.seen
    assert b"\x1b[J" not in stage.seen


async def test_fault_2_the_end_leaves_the_other_screen(stage: Stage) -> None:
    stage.overlay.write(b"web-1$ ")
    stage.overlay.trouble("Connection lost")
    await wait_until("the last line", lambda: stage.shows(LINE))
    del stage.seen[:]
    await stage.overlay.close()
    await wait_until("the screen from before", lambda: stage.shows(b"\x1b[?1049l"))


async def test_a_terminal_with_one_screen_has_the_old_lines_in_its_scrollback(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "linux")
    stage.overlay.write(b"web-1$ ")
    stage.overlay.trouble("Connection lost")
    await wait_until("the last line", lambda: stage.shows(LINE))
    assert b"1049" not in stage.seen
    assert b"\x1b[24;1H" + b"\n" * 24 in stage.seen


@pytest.mark.parametrize(
    ("environment", "has"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/tmux-0/default,1,0"}, True),
        ({"TERM": "screen-256color", "TMUX": "/tmp/tmux-0/default,1,0"}, True),
        ({"TERM": "screen-256color", "STY": "1.pts-0.host"}, False),
        ({"TERM": "screen"}, False),
        ({"TERM": "linux"}, False),
    ],
)
def test_which_terminals_have_another_screen(environment: dict[str, str], has: bool) -> None:
    assert has_other_screen(environment) == has


async def test_without_an_engine_the_program_draws_itself(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EngineHost, "start", fails)
    stage.overlay.write(b"\x1b[?1049h\x1b[Hhello")
    stage.overlay.trouble("Connection lost")
    await wait_until("the last line", lambda: stage.shows(LINE))
    stage.overlay.trouble("")
    await wait_until("the program is asked", lambda: stage.nudges)
    stage.overlay.write(b"new output")
    await wait_until("the output", lambda: stage.shows(b"new output"))
    await asyncio.wait_for(stage.overlay.room(), 5)
