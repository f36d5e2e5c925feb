"""From a node's bytes to lines for the outer terminal, and what that leaves of the event loop. The clock fails nothing.

pytest tests/benchmarks/test_drawing.py -m benchmark -s
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import quantiles

import pytest

from ssmtui.model import TerminalSize
from ssmtui.sessions.engine_host import EngineHost, EnginePane
from ssmtui.sessions.snapshots import SessionChange
from ssmtui.terminal import engines, wire
from ssmtui.terminal.engine import MAX_FEED
from ssmtui.terminal.screen import Frame
from ssmtui.ui.look.theme import terminal_colors
from ssmtui.ui.terminals.strips import Brush
from tests.support.bench import Nobody
from tests.support.pages import Page, log, palette, table, truecolour, unicode
from tests.support.wait import wait_until
from tests.ui.harness import Harness

pytestmark = pytest.mark.benchmark

SIZES = [TerminalSize(120, 40), TerminalSize(200, 60)]
COLORS = terminal_colors({"terminal-foreground": "#dbe2ec", "terminal-background": "#0f131a"}, dark=True)
SECONDS = 4.0

PAGES = [log, table, unicode, palette, truecolour]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("page", PAGES)
def test_from_bytes_to_lines(page: Page, size: TerminalSize) -> None:
    engine = engines.create(engines.GHOSTTY, size, 10_000)
    engine.recolor(COLORS)
    brush, seq = Brush(COLORS), 0
    host, loop, runs = [], [], 0
    for number in range(12):
        data = page(size, number)
        began = time.process_time()
        for start in range(0, len(data), MAX_FEED):
            engine.feed(data[start : start + MAX_FEED])
        frame = engine.frame(seq)
        message = wire.pack(wire.frame_to_wire(frame))
        sent = time.process_time()
        told = wire.frame_from_wire(wire.parse(message[wire.PREFIX.size :]))
        for row in told.rows.values():
            brush.strip(row, size.cols)
        host.append(sent - began)
        loop.append(time.process_time() - sent)
        seq, runs = frame.seq, sum(map(len, frame.rows.values()))
    engine.close()
    whole = min(a + b for a, b in zip(host, loop, strict=True))
    print(
        f"\n{page.__name__}, {size}, {runs} runs: {whole * 1e3:.1f} ms from bytes to lines, "
        f"{min(host) * 1e3:.1f} of them in the engines' process, {min(loop) * 1e3:.1f} in the event loop"
    )


class Steps:
    """How long each step of the event loop takes of its core: what else the machine does is not counted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.taken: list[float] = []
        run = asyncio.Handle._run

        def timed(handle: asyncio.Handle) -> None:
            began = time.thread_time()
            run(handle)
            self.taken.append(time.thread_time() - began)

        monkeypatch.setattr(asyncio.Handle, "_run", timed)

    def __str__(self) -> str:
        cuts = quantiles(self.taken, n=1000)
        return f"steps of the loop p99.9 {cuts[998] * 1e3:.1f}, at most {max(self.taken) * 1e3:.1f} ms"


@asynccontextmanager
async def shown(harness: Harness) -> AsyncIterator[tuple[EnginePane, list[Frame]]]:
    """A pane of the app, drawn from a real engine; the frames that it has taken."""
    host, frames = EngineHost(), []
    await host.start()
    async with harness.run((200, 60)):
        await harness.ready()
        key = await harness.open_session()
        manager = harness.manager
        pane = host.open(1, manager.sizes[key], 10_000, Nobody())
        host.recolor(COLORS)
        look = pane.look(lambda: manager._tell(key, SessionChange.SCREEN))

        async def frame(since: int) -> Frame:
            frames.append(await look.frame(since))
            return frames[-1]

        manager.session(key).frame = frame  # type: ignore[method-assign]
        yield pane, frames
    await host.close()


@pytest.mark.parametrize("page", PAGES)
async def test_the_event_loop_in_a_flood(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORTERM", "truecolor")
    async with shown(Harness()) as (pane, frames):
        size = TerminalSize(200, 57)
        pages = [page(size, number) for number in range(8)]
        await wait_until("the first frame", lambda: frames)
        steps = Steps(monkeypatch)
        end, number = time.monotonic() + SECONDS, 0
        began = len(frames)
        while time.monotonic() < end:
            pane.feed(pages[number % len(pages)])
            number += 1
            await wait_until("it is parsed", lambda: pane.pending < MAX_FEED)
        monkeypatch.undo()
        print(f"\n{page.__name__} without end in 200x57: {(len(frames) - began) / SECONDS:.0f} frames/s, {steps}")
        assert len(frames) > began
