"""Words over a screen that the node draws: never lost in the middle of a sequence, never left behind."""

from __future__ import annotations

import asyncio
import os
import pty
import termios
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from ssmtui.cli import overlay
from ssmtui.cli.overlay import Overlay, has_other_screen
from ssmtui.errors import SsmtuiError
from ssmtui.local_terminal import LocalTerminal, raw_attributes
from ssmtui.model import TerminalSize
from ssmtui.sessions.engine_host import EngineHost
from tests.support.wait import wait_until

LINE = b"\x1b[24;1H\x1b[0;7m\x1b[K Connection lost "


class Stage:
    """An overlay in a pty."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        os.set_blocking(self.master, False)
        termios.tcsetattr(self.slave, termios.TCSANOW, raw_attributes(termios.tcgetattr(self.slave)))
        termios.tcsetwinsize(self.slave, (24, 80))
        self.seen = bytearray()
        self.nudges = 0
        self.overlay = Overlay(LocalTerminal(self.slave, self.slave), "web-1", self.nudge)

    def nudge(self) -> None:
        self.nudges += 1

    def shows(self, wanted: bytes) -> bool:
        with suppress(BlockingIOError):
            self.seen += os.read(self.master, 65536)
        return wanted in self.seen

    async def close(self) -> None:
        await self.overlay.close()
        await self.overlay.free()
        os.close(self.slave)
        os.close(self.master)


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
    written = Overlay(Nowhere(), "web-1", lambda: None)  # type: ignore[arg-type]
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
