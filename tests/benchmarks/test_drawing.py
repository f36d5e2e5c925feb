"""From a node's bytes to lines for the outer terminal, and what that leaves of the event loop. The clock fails nothing.

pytest tests/benchmarks/test_drawing.py -m benchmark -s
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from statistics import median, quantiles

import pytest

from ssmtui.model import TerminalSize
from ssmtui.sessions.engine_host import EngineHost, EnginePane
from ssmtui.sessions.snapshots import Change
from ssmtui.terminal import engines, wire
from ssmtui.terminal.engine import MAX_FEED
from ssmtui.terminal.screen import Frame
from ssmtui.ui.strips import Brush
from ssmtui.ui.theme import terminal_colors
from tests.support.bench import Nobody
from tests.support.wait import wait_until
from tests.ui.harness import Harness

pytestmark = pytest.mark.benchmark

SIZES = [TerminalSize(120, 40), TerminalSize(200, 60)]
COLORS = terminal_colors({"terminal-foreground": "#dbe2ec", "terminal-background": "#0f131a"}, dark=True)
SECONDS = 4.0

Page = Callable[[TerminalSize, int], bytes]
"""The bytes that draw page ``number`` of a full screen."""


def log(size: TerminalSize, number: int) -> bytes:
    line = b"2026-01-01T00:%02d:%02d.%03d INFO  worker-%d request %08x took %d ms status=200 path=/items/%d\r\n"
    rows = range(number, number + size.rows - 1)
    return b"".join(line % (n // 60 % 60, n % 60, n % 1000, n % 8, n * 2654435761 % 2**32, n % 900, n) for n in rows)


def table(size: TerminalSize, number: int) -> bytes:
    """As top and htop draw: a dozen colours a row."""
    row = (
        b"\x1b[%d;1H\x1b[32m%5d \x1b[1mroot\x1b[m  20   0 \x1b[36m%6d\x1b[m %5d S \x1b[31m%4.1f\x1b[m  0.1 "
        b"\x1b[34m/usr/sbin/\x1b[1mdaemon%d\x1b[m --flag=%d\x1b[K"
    )
    rows = range(size.rows)
    return b"".join(row % (y + 1, y + number, number * 7 + y, number + y, y / 3 + number, y, number) for y in rows)


def unicode(size: TerminalSize, number: int) -> bytes:
    text = "日本語のテキスト 한국어 e\u0301a\u0308 ünïcödé → ★ 😀 " * (size.cols // 50 + 1)
    return b"\x1b[H" + b"\r\n".join(text[number % 5 :][: size.cols // 2].encode() for _ in range(size.rows))


def palette(size: TerminalSize, number: int) -> bytes:
    """Two cells a style, of the 256 colours."""
    dice = random.Random(number)
    word = b"\x1b[38;5;%d;48;5;%d;1m%02d\x1b[0;4;3%dm%02d"
    cells = range(size.cols // 4)
    lines = (
        b"".join(word % (dice.randrange(256), dice.randrange(256), number % 100, number % 8, x) for x in cells)
        for _ in range(size.rows)
    )
    return b"\x1b[H" + b"\r\n".join(lines) + b"\x1b[m"


def truecolour(size: TerminalSize, number: int) -> bytes:
    """Every cell in colours of its own, as no program but a test draws."""
    dice = random.Random(number)
    cell = b"\x1b[38;2;%d;%d;%d;48;2;%d;%d;%dmx"
    lines = (b"".join(cell % tuple(dice.randbytes(6)) for _ in range(size.cols)) for _ in range(size.rows))
    return b"\x1b[H" + b"".join(b"\x1b[%dH" % (y + 1) + line for y, line in enumerate(lines))


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


class Delays:
    """How late the loop is with what it was to do every two milliseconds."""

    def __init__(self) -> None:
        self.late: list[float] = []

    async def watch(self) -> None:
        while True:
            due = time.perf_counter() + 0.002
            await asyncio.sleep(0.002)
            self.late.append(time.perf_counter() - due)

    def __str__(self) -> str:
        cuts = quantiles(self.late, n=100)
        p50, p99, worst = (value * 1e3 for value in (median(self.late), cuts[98], max(self.late)))
        return f"loop late by p50 {p50:.1f}, p99 {p99:.1f}, at most {worst:.1f} ms"


class Told(Nobody):
    """Passes on that there is something to see."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed

    def screen_changed(self) -> None:
        self._changed()


@asynccontextmanager
async def shown(harness: Harness) -> AsyncIterator[tuple[EnginePane, list[Frame]]]:
    """A pane of the app, drawn from a real engine; the frames that it has taken."""
    host, frames = EngineHost(), []
    await host.start()
    async with harness.run((200, 60)):
        await harness.ready()
        key = await harness.open_session()
        manager = harness.manager
        pane = host.open(1, manager.sizes[key], 10_000, Told(lambda: manager._tell(key, Change.SCREEN)))
        host.recolor(COLORS)

        async def frame(_: int, since: int) -> Frame:
            frames.append(await pane.frame(since))
            return frames[-1]

        manager.frame = frame  # type: ignore[method-assign]
        yield pane, frames
    await host.close()


@pytest.mark.parametrize("page", PAGES)
async def test_the_event_loop_in_a_flood(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORTERM", "truecolor")
    delays = Delays()
    async with shown(Harness()) as (pane, frames):
        size = TerminalSize(200, 57)
        pages = [page(size, number) for number in range(8)]
        watching = asyncio.create_task(delays.watch())  # noqa: TID251
        end, number = time.monotonic() + SECONDS, 0
        began = len(frames)
        while time.monotonic() < end:
            pane.feed(pages[number % len(pages)])
            number += 1
            await wait_until("it is parsed", lambda: pane.pending < MAX_FEED)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        print(f"\n{page.__name__} without end in 200x57: {(len(frames) - began) / SECONDS:.0f} frames/s, {delays}")
