"""The list of nodes with a thousand, ten thousand and a hundred thousand of them: the real screen at 120x40, headless.

pytest tests/benchmarks/test_fleet.py -m benchmark -s

The app is a process of its own, with the AWS libraries loaded, so that its memory is that of the program. A figure ends
with the frame that shows it. The naive way does all anew each time: filters, sorts and keys every node at once; a table
that is made anew is that on a screen, as many terminal programs do it (``tests.support.redrawn_table``).
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from textual import events

from ssmtui.aws.gateway import Known, NodePage, unknown
from ssmtui.interpreter import ready_interpreter
from ssmtui.inventory.cache import NodeCache
from ssmtui.inventory.field_sets import SortKey
from ssmtui.inventory.node_rows import NODE_ROWS
from ssmtui.inventory.rows import IndexRow
from ssmtui.inventory.states import ScopePhase
from ssmtui.model import Node
from tests.support.bench import resident
from tests.support.fakes import ACCOUNT, SCOPE, FakeGateway
from tests.support.large_fleet import NOW, large_fleet
from tests.support.redrawn_table import measure_redrawing
from tests.support.wait import wait_until
from tests.ui.second_run import SecondRun

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

SIZES = (1_000, 10_000, 100_000)
PAGE = 1_000
TYPED = ("web-1", "prod-web-77", "api", "10.2", "prod worker", "tag:env=prod", "ping:online", "nothing-like-it", "/9$/")
ROUNDS = 3
"""How often all of it is typed: of some two hundred letters the slowest two are beyond the 99th percentile."""
REDRAWN, REDRAWN_SORT = "web", "ip"
"""What is also typed into, and sorted by, in a table that is made anew each time."""
COLUMNS = ("name", "id", "ping", "platform", "agent", "ip", "seen", "tag:env", "type")


class LargeGateway(FakeGateway):
    """Lists what it is told to, in AWS's largest pages."""

    async def nodes(self, known: Known = unknown) -> AsyncIterator[NodePage]:
        for start in range(0, len(self.listed), PAGE):
            yield NodePage(self.listed[start : start + PAGE], "Systems Manager")
            await asyncio.sleep(0)


class Measured(SecondRun):
    """A program that knows its nodes from the last time, and a watch."""

    def __init__(self, nodes: list[Node], directory: Path) -> None:
        super().__init__(directory, LargeGateway(nodes))
        self.frames: list[tuple[float, Sequence[IndexRow]]] = []
        """When something was drawn, and the rows that the table had then."""
        display = self.app._display

        def displayed(screen: Any, renderable: Any) -> None:
            display(screen, renderable)
            self.frames.append((time.perf_counter(), self.view.table.rows))

        self.app._display = displayed  # type: ignore[method-assign]

    @property
    def view(self) -> Any:
        return self.app.main.nodes

    async def drawn(self, act: Callable[[], object]) -> tuple[float, float]:
        """Seconds from an act to the first frame with other rows, and to the last one; 0 where there is none."""
        before, began = self.view.table.rows, time.perf_counter()
        self.frames.clear()
        act()
        await self.settle()
        times = [at - began for at, rows in self.frames if rows is not before]
        return (times[0], times[-1]) if times else (0.0, 0.0)


@contextmanager
def loop_watched() -> Iterator[list[float]]:
    """The processor's seconds that each turn of the loop takes; what other programs take of it does not count."""
    held: list[float] = [0.0]
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        run(handle)
        held.append(time.thread_time() - began)

    asyncio.Handle._run = timed  # type: ignore[method-assign]
    try:
        yield held
    finally:
        asyncio.Handle._run = run  # type: ignore[method-assign]


KEYS = {" ": "space", "-": "minus", ":": "colon", "/": "slash", ".": "full_stop", "=": "equals_sign"}


async def type_letters(app: Measured, *texts: str) -> list[tuple[float, float, str]]:
    """Seconds from each letter to the first frame with what it finds, and to the last, and what has been typed; letters
    that say nothing yet are left out."""
    taken = []
    for text in texts:
        app.view.edit_filter()
        for place, letter in enumerate(text, 1):
            key = events.Key(KEYS.get(letter, letter), letter)
            first, last = await app.drawn(lambda key=key: app.app.post_message(key))  # type: ignore[misc]
            taken.append((first, last, text[:place]))
        app.view.set_filter("")
        await app.settle()
        assert len(app.view.table.rows) == len(app.gateway.listed)
    return [one for one in taken if one[1]]


async def sort_columns(app: Measured) -> dict[str, float]:
    """Seconds from the wish to the frame with the rows in their order."""
    taken = {}
    for column in COLUMNS:
        wanted = app.view.preferences.sorted_by([SortKey(column, descending=column == "name")])
        taken[column] = (await app.drawn(lambda wanted=wanted: app.view.prefer(wanted)))[1]  # type: ignore[misc]
    app.view.prefer(app.view.preferences.sorted_by(NODE_ROWS.order))
    await app.settle()
    return taken


async def refresh(app: Measured, nodes: Sequence[Node]) -> tuple[float, float]:
    """Seconds until a listing of ``nodes`` is shown, and for which the loop was held at most meanwhile."""
    app.gateway.listed = list(nodes)
    app.clock.move(60)
    await app.settle()
    began = time.perf_counter()
    with loop_watched() as held:
        app.known.refresh()
        await wait_until("a listing", lambda: app.known.states[SCOPE].refreshed_at == app.wall_time(), timeout=60)
        await app.settle()
    return time.perf_counter() - began, max(held)


def changed(nodes: Sequence[Node], part: float) -> list[Node]:
    dice = random.Random(3)
    chosen = set(dice.sample(range(len(nodes)), int(len(nodes) * part)))
    later = NOW + timedelta(seconds=60)
    return [node._replace(last_ping=later) if place in chosen else node for place, node in enumerate(nodes)]


async def measure(size: int, directory: Path) -> dict[str, Any]:
    import boto3  # noqa: F401

    import ssmtui.aws.gateways
    import ssmtui.transport.websocket  # noqa: F401

    ready_interpreter()
    nodes = large_fleet(size)
    told: dict[str, Any] = {}
    NodeCache(directory).save(SCOPE, ACCOUNT, "acme", nodes, NOW.timestamp() - 120)
    told["file"] = sum(entry.stat().st_size for entry in os.scandir(directory))
    nodes.clear()
    gc.collect()
    app = Measured(nodes, directory)
    async with app.run((120, 40)):
        with loop_watched() as held:
            await wait_until("all rows", lambda: app.view.index.total == size, timeout=60)
            await wait_until("they are drawn", lambda: app.frames[-1][1] is app.view.index.shown, timeout=60)
            await app.settle()
        began = app.frames[0][0]
        told["first rows"] = next(at for at, rows in app.frames if rows) - began
        told["all rows"] = next(at for at, rows in app.frames if len(rows) == size) - began
        told["held at start"] = max(held)
        told["memory"] = resident(os.getpid())
        # The nodes of the cache, so that there are no others.
        nodes += app.known.nodes.values()
        app.gateway.listed = list(nodes)
        app.gate.set()
        # As the program does once AWS is reached.
        gc.freeze()
        await wait_until("a listing", lambda: app.known.states[SCOPE].phase is ScopePhase.COMPLETE, timeout=60)
        await app.settle()
        told["letters"] = await type_letters(app, *TYPED * ROUNDS)
        told["redrawn letters"] = await type_letters(app, REDRAWN)
        told["sorts"] = await sort_columns(app)
        told["refreshes"] = {part: await refresh(app, changed(nodes, part)) for part in (0.01, 0.5)}
        told["memory after"] = resident(os.getpid())
    return told


def naive(size: int) -> dict[str, float]:
    """Filtering and sorting all anew, as a list of nodes invites to."""
    nodes = large_fleet(size)
    taken = {}
    began = time.perf_counter()
    words = ["web"]
    found = [
        node
        for node in nodes
        if all(
            word in "\n".join([node.name, node.id, node.ip, *(f"{k}={v}" for k, v in node.tags.items())]).casefold()
            for word in words
        )
    ]
    assert found
    taken["letter"] = time.perf_counter() - began
    began = time.perf_counter()
    sorted(nodes, key=lambda node: (not node.ip, tuple(int(part) for part in node.ip.split(".")), node.name))
    taken["sort"] = time.perf_counter() - began
    return taken


def ms(values: Sequence[float], part: float = 1.0) -> str:
    """The value that ``part`` of the values do not exceed."""
    return f"{sorted(values)[min(len(values) - 1, int(len(values) * part))] * 1000:.0f} ms"


def test_the_list_of_many_nodes() -> None:
    root = Path(__file__).parents[2]
    for size in SIZES:
        command = [sys.executable, "-m", "tests.benchmarks.test_fleet", str(size)]
        done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, check=True, text=True, timeout=400)
        print(report(size, json.loads(done.stdout)))


def report(size: int, told: dict[str, Any]) -> str:
    """What was measured, in words."""
    first, last, _ = zip(*told["letters"], strict=True)
    slowest = sorted(told["letters"], reverse=True)[:3]
    sorts, slow = told["sorts"], told["naive"]
    redrawn, redrawn_sort = told["redrawn"]
    same, same_sort = [last for _, last, _ in told["redrawn letters"]], sorts[REDRAWN_SORT]
    lines = [
        f"\n{size:,} nodes ({told['file'] / 2**20:.1f} MB on the disk)",
        f"start: rows {ms([told['first rows']])} after the first frame, all of them {ms([told['all rows']])}; "
        f"the loop held for {ms([told['held at start']])} at most",
        f"one more letter ({len(last)}), to the first frame with what it finds: median {ms(first, 0.5)}, "
        f"p99 {ms(first, 0.99)}; to the last: median {ms(last, 0.5)}, p99 {ms(last, 0.99)}; "
        f"naively {ms([slow['letter']])} for the filter alone; the slowest first frames: "
        + ", ".join(f"{text} {ms([taken])}" for taken, _, text in slowest),
        f"sort by a column: median {ms(list(sorts.values()), 0.5)}, worst {ms(list(sorts.values()))} "
        f"({max(sorts, key=sorts.get)}); naively {ms([slow['sort']])} for the sort alone",
        f"a table that is made anew: a letter of {REDRAWN} {ms(redrawn, 0.5)}, "
        f"{median(redrawn) / median(same):.0f} times ours of {ms(same, 0.5)} to the last frame; "
        f"sort by {REDRAWN_SORT} {ms([redrawn_sort])}, {redrawn_sort / same_sort:.0f} times ours of {ms([same_sort])}",
    ]
    lines += [
        f"a refresh that changes {float(part):.0%}: {ms([taken])}, the loop held for {ms([held])} at most"
        for part, (taken, held) in told["refreshes"].items()
    ]
    lines.append(f"memory: {told['memory'] / 2**20:.0f} MB, in the end {told['memory after'] / 2**20:.0f} MB")
    return "\n  ".join(lines)


def main() -> None:
    """Measure, and print it as JSON."""
    size = int(sys.argv[1])
    with TemporaryDirectory() as directory:
        told = asyncio.run(measure(size, Path(directory)))
    told["naive"] = naive(size)
    told["redrawn"] = asyncio.run(measure_redrawing(large_fleet(size), REDRAWN, REDRAWN_SORT))
    print(json.dumps(told))


if __name__ == "__main__":
    main()
