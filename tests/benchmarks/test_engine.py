"""Figures of the terminal engines, against pyte on the same bytes. They are printed; the clock fails nothing.

pytest tests/benchmarks/test_engine.py -m benchmark -s
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import AsyncIterator, Callable
from statistics import median

import pyte
import pytest

from ssmtui.model import TerminalSize
from ssmtui.sessions.engine_host import EngineHost, EnginePane
from ssmtui.sessions.host_process import HostProcess, default_command
from ssmtui.terminal import engines
from ssmtui.terminal.engine import MAX_FEED
from tests.support.bench import Nobody

pytestmark = pytest.mark.benchmark

SIZE = TerminalSize(120, 40)
SCROLLBACK = 10_000


def plain_log(lines: int) -> bytes:
    return b"".join(
        b"2026-01-01T00:%02d:%02d.%03d INFO  worker-%d request %08x took %d ms status=200 path=/items/%d\r\n"
        % (n // 60 % 60, n % 60, n % 1000, n % 8, n * 2654435761 % 2**32, n % 900, n)
        for n in range(lines)
    )


def dense_sgr(lines: int) -> bytes:
    dice = random.Random(1)
    word = b"\x1b[38;5;%d;48;5;%d;1m%02d\x1b[0;4;3%dm%02d"
    return b"".join(
        b"".join(word % (dice.randrange(256), dice.randrange(256), n % 100, n % 8, column) for column in range(30))
        + b"\x1b[m\r\n"
        for n in range(lines)
    )


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


@pytest.mark.parametrize("make", [plain_log, dense_sgr], ids=["plain log", "dense SGR"])
def test_parse_speed_against_pyte(make: Callable[[int], bytes]) -> None:
    small, large = make(600), make(20_000)
    pyte_speed = len(small) / best(lambda: parse_pyte(small), 2)
    print(f"\n{make.__name__}: pyte {pyte_speed / 1e6:.2f} MB/s")
    for name, data in ((engines.GHOSTTY, large), (engines.BITTTY, small)):
        speed = len(data) / best(lambda name=name, data=data: parse_engine(name, data))
        print(f"{make.__name__}: {name} {speed / 1e6:.2f} MB/s, {speed / pyte_speed:.1f} x pyte")


@pytest.mark.parametrize("make", [plain_log, dense_sgr], ids=["plain log", "dense SGR"])
def test_cost_of_a_whole_screen(make: Callable[[int], bytes]) -> None:
    page = make(SIZE.rows - 1)
    print()
    for name in engines.NAMES:
        engine = engines.create(name, SIZE, SCROLLBACK)
        taken = []
        for number in range(20):
            for start in range(0, len(page), MAX_FEED):
                engine.feed(page[start : start + MAX_FEED])
            engine.feed(b"%d\r\n" % number)  # each row is another than before
            began = time.perf_counter()
            frame = engine.frame(0)
            taken.append(time.perf_counter() - began)
        runs = sum(map(len, frame.rows.values()))
        print(f"{make.__name__}: {name} builds a 120x40 frame of {runs} runs in {median(taken) * 1e6:.0f} µs")
        engine.close()


@pytest.fixture
async def pane() -> AsyncIterator[EnginePane]:
    host = EngineHost()
    await host.start()
    yield host.open(1, SIZE, SCROLLBACK, Nobody())
    await host.close()


async def test_frames_through_the_host(pane: EnginePane) -> None:
    pane.feed(plain_log(2000))
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
    data = plain_log(100_000)
    began = time.perf_counter()
    pane.feed(data)
    frames = 0
    while pane.pending:
        await pane.frame(0)
        frames += 1
    taken = time.perf_counter() - began
    print(f"\nflood: {len(data) / taken / 1e6:.1f} MB/s while {frames / taken:.0f} frames/s are looked at")


async def test_start_of_the_host() -> None:
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        process = await HostProcess.start(default_command(None))
        taken.append(time.perf_counter() - began)
        await process.close()
    print(f"\nhost: {median(taken) * 1e3:.0f} ms from nothing to ready (Python {sys.version.split()[0]})")
