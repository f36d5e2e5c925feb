"""Figures of the terminal engines, against pyte on the same bytes. They are printed; the clock fails nothing.

pytest tests/benchmarks/test_engine.py -m benchmark -s
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from statistics import median, quantiles

import pyte
import pytest

from ssmtui.model import TerminalSize
from ssmtui.sessions.engine_host import EngineHost, EnginePane
from ssmtui.sessions.host_process import HostProcess, default_command
from ssmtui.tasks import Tasks
from ssmtui.terminal import engines
from ssmtui.terminal.engine import MAX_FEED
from tests.conformance import emulators
from tests.support.bench import Nobody, resident
from tests.support.pages import Page, log, palette, stream, table, unicode
from tests.support.wait import wait_until

pytestmark = pytest.mark.benchmark

SIZE = TerminalSize(120, 40)
SCROLLBACK = 10_000


def best(work: Callable[[], object], times: int = 3) -> float:
    """The shortest of ``times`` runs: what the machine's other work did not disturb."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


def parse_engine(name: str, data: bytes) -> None:
    engine = engines.create(name, SIZE, SCROLLBACK)
    for start in range(0, len(data), MAX_FEED):
        engine.feed(data[start : start + MAX_FEED])
    engine.close()


def parse_pyte(data: bytes) -> None:
    stream = pyte.ByteStream(pyte.Screen(SIZE.cols, SIZE.rows))
    for start in range(0, len(data), MAX_FEED):
        stream.feed(data[start : start + MAX_FEED])


def parse_xterm(data: bytes) -> float | None:
    """Seconds that xterm.js takes; None where it is not there (``npm ci`` in tests/conformance/xterm)."""
    if not emulators.reference_is_here():
        return None
    command = ["node", str(Path(__file__).parent / "xterm_speed.js"), str(SIZE.cols), str(SIZE.rows), str(SCROLLBACK)]
    return min(float(subprocess.run(command, input=data, capture_output=True, check=True).stdout) for _ in range(3))


@pytest.mark.parametrize("page", [log, palette, unicode, table], ids=["plain", "coloured", "unicode", "repaint"])
def test_parse_speed(page: Page) -> None:
    small, medium, large = (stream(page, SIZE, size) for size in (60_000, 250_000, 8_000_000))
    pyte_speed = len(small) / best(lambda: parse_pyte(small), 2)
    print(f"\n{page.__name__}: pyte {pyte_speed / 1e6:.2f} MB/s")
    for name, data in ((engines.GHOSTTY, large), (engines.BITTTY, medium)):
        speed = len(data) / best(lambda name=name, data=data: parse_engine(name, data))
        print(f"{page.__name__}: {name} {speed / 1e6:.2f} MB/s, {speed / pyte_speed:.1f} x pyte")
    if (taken := parse_xterm(large)) is not None:
        print(f"{page.__name__}: xterm.js {len(large) / taken / 1e6:.2f} MB/s")


@pytest.mark.parametrize("page", [log, palette], ids=["plain", "coloured"])
def test_cost_of_a_whole_screen(page: Page) -> None:
    print()
    for name in engines.NAMES:
        engine = engines.create(name, SIZE, SCROLLBACK)
        taken = []
        for number in range(20):
            data = page(SIZE, number)
            for start in range(0, len(data), MAX_FEED):
                engine.feed(data[start : start + MAX_FEED])
            began = time.perf_counter()
            frame = engine.frame(0)
            taken.append(time.perf_counter() - began)
        runs = sum(map(len, frame.rows.values()))
        print(f"{page.__name__}: {name} builds a 120x40 frame of {runs} runs in {median(taken) * 1e6:.0f} µs")
        engine.close()


@pytest.fixture
async def pane() -> AsyncIterator[EnginePane]:
    host = EngineHost()
    await host.start()
    yield host.open(1, SIZE, SCROLLBACK, Nobody())
    await host.close()


async def test_frames_through_the_host(pane: EnginePane) -> None:
    pane.feed(stream(log, SIZE, 200_000))
    while pane.pending:
        await pane.frame(0)
    seq = (await pane.frame(0)).seq
    single, whole = [], []
    for _ in range(300):
        began = time.perf_counter()
        pane.feed(b"x")
        seq = (await pane.frame(seq)).seq
        single.append(time.perf_counter() - began)
        began = time.perf_counter()
        seq = (await pane.frame(0)).seq
        whole.append(time.perf_counter() - began)
    print(
        f"\na key's echo, fed and framed: {median(single) * 1e6:.0f} µs; a 120x40 frame: {median(whole) * 1e6:.0f} µs"
    )


async def test_flood_through_the_host(pane: EnginePane) -> None:
    data = stream(log, SIZE, 10_000_000)
    began = time.perf_counter()
    pane.feed(data)
    frames = 0
    while pane.pending:
        await pane.frame(0)
        frames += 1
    taken = time.perf_counter() - began
    print(f"\nflood: {len(data) / taken / 1e6:.1f} MB/s while {frames / taken:.0f} frames/s are looked at")


async def test_memory_of_ten_thousand_lines() -> None:
    host = EngineHost()
    await host.start()
    assert host.pid is not None
    pane = host.open(1, SIZE, SCROLLBACK, Nobody())
    await pane.frame(0)
    before = resident(host.pid)
    pane.feed(b"".join(b"%0106d\r\n" % number for number in range(SCROLLBACK + 1000)))
    await wait_until("it is parsed", lambda: not pane.pending)
    full = resident(host.pid) - before
    told = await pane.memory()

    def is_compressed() -> bool:
        pane.tick()
        return resident(host.pid) - before < full / 10

    await wait_until("it is compressed", is_compressed)
    rest = resident(host.pid) - before
    assert told is not None
    print(f"\n{told.lines} lines of 106 characters: {full / 1e6:.1f} MB, compressed {rest / 1e6:.1f} MB")
    await host.close()


async def test_a_key_while_ten_hidden_panes_are_flooded(pane: EnginePane) -> None:
    """200 MB in all, so that there are some hundred keys."""
    host = pane._host
    assert isinstance(host, EngineHost)
    hidden = [host.open(key, SIZE, SCROLLBACK, Nobody()) for key in range(2, 12)]
    for one in hidden:
        await one.frame(0)  # it is open
        one.rest()
    data = stream(log, SIZE, 20_000_000)
    began, taken, seq = time.perf_counter(), [], 0
    tasks = Tasks("flood")
    flood = [tasks.start(f"pane {number}", _poured(one, data)) for number, one in enumerate(hidden)]
    while not all(task.done() for task in flood):
        pressed = time.perf_counter()
        pane.feed(b"x")
        while pane.pending:
            seq = (await pane.frame(seq)).seq
        taken.append(time.perf_counter() - pressed)
        await asyncio.sleep(0.005)
    await tasks.close()
    speed = len(data) * len(hidden) / (time.perf_counter() - began)
    p50, p99 = median(taken) * 1e3, quantiles(taken, n=100)[98] * 1e3
    print(f"\nten hidden panes: {speed / 1e6:.0f} MB/s; an echo in the visible one p50 {p50:.1f}, p99 {p99:.1f} ms")


async def _poured(pane: EnginePane, data: bytes) -> None:
    for start in range(0, len(data), 1 << 18):
        pane.feed(data[start : start + (1 << 18)])
        await pane.room()
    await wait_until("it is parsed", lambda: not pane.pending)


async def test_start_of_the_host() -> None:
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        process = await HostProcess.start(default_command(None))
        taken.append(time.perf_counter() - began)
        await process.close()
    print(f"\nhost: {median(taken) * 1e3:.0f} ms from nothing to ready (Python {sys.version.split()[0]})")
