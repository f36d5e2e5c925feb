"""Figures of searching and copying in long scrollback. They are printed; the clock fails nothing.

pytest tests/benchmarks/test_search.py -m benchmark -s
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from ssmtui.model import TerminalSize
from ssmtui.terminal import engines
from ssmtui.terminal.engine import MAX_FEED, Engine
from ssmtui.terminal.marking import Marking
from ssmtui.terminal.marks import EnterCopyMode, Find, Motion, MoveCursor, Shape, Toggle
from ssmtui.terminal.search import SLICE

pytestmark = pytest.mark.benchmark

SIZE = TerminalSize(120, 40)
LINES = {engines.GHOSTTY: 100_000, engines.BITTTY: 10_000}
FINDS = [
    Find("request", backward=True),
    Find("path=/items/9995"),
    Find("nothing"),
    Find(r"took \d+7 ms", regex=True, backward=True),
]


@pytest.fixture(params=engines.NAMES)
def engine(request: pytest.FixtureRequest) -> Engine:
    made = engines.create(request.param, SIZE, LINES[request.param])
    data = b"".join(
        b"2026-01-01T00:00:00 INFO  worker-%d request took %d ms status=200 path=/items/%d\r\n" % (n % 8, n % 900, n)
        for n in range(LINES[request.param])
    )
    for start in range(0, len(data), MAX_FEED):
        made.feed(data[start : start + MAX_FEED])
    return made


class Slices:
    """How long pieces of work took."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    def do(self, work: Callable[[], object]) -> None:
        began = time.perf_counter()
        work()
        self.taken.append(time.perf_counter() - began)

    def __str__(self) -> str:
        whole, longest = sum(self.taken) * 1e3, max(self.taken) * 1e3
        return f"{whole:8.1f} ms in {len(self.taken):4} slices, the longest {longest:5.1f} ms"


@pytest.mark.parametrize("find", FINDS, ids=lambda find: find.pattern)
def test_search(engine: Engine, find: Find, request: pytest.FixtureRequest) -> None:
    marking, slices = Marking(engine.grid()), Slices()
    slices.do(lambda: marking.apply(find))
    while not (found := marking.overlay().found) or not found.complete:
        slices.do(marking.work)
    print(f"\n{request.node.name}: {engine.grid().total} rows, {found.total} matches: {slices}")


@pytest.mark.parametrize("shape", [Shape.LINE, Shape.BLOCK], ids=lambda shape: shape.name)
def test_copy(engine: Engine, shape: Shape, request: pytest.FixtureRequest) -> None:
    marking, slices = Marking(engine.grid()), Slices()
    for mark in (EnterCopyMode(), Toggle(shape), MoveCursor(Motion.TOP), MoveCursor(Motion.RIGHT, 40)):
        marking.apply(mark)
    reader = marking.reader()
    assert reader is not None
    parts: list[bytes] = []
    while not reader.done:
        slices.do(lambda: parts.append(reader.read(time.monotonic() + SLICE)))
    print(f"\n{request.node.name}: {engine.grid().total} rows, {sum(map(len, parts)) / 1e6:.1f} MB: {slices}")
