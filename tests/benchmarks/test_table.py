"""The table of a hundred thousand nodes under the keys: from a key to what it has drawn, on the event loop's own time.

pytest tests/benchmarks/test_table.py -m benchmark -s
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from textual import events
from textual.keys import key_to_character

from tests.support.fakes import FakeGateway, make_node
from tests.support.wait import wait_until
from tests.ui.harness import Harness

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]

NODES = 100_000


def report(what: str, seconds: list[float]) -> None:
    ordered = sorted(1000 * each for each in seconds)
    p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    print(f"  {what:<42} median {ordered[len(ordered) // 2]:6.1f} ms   p99 {p99:6.1f} ms   n {len(ordered)}")


async def keys(harness: Harness, what: str, *pressed: str, until: Callable[[], object] = lambda: True) -> None:
    taken = []
    for key in pressed:
        began = time.perf_counter()
        harness.app.post_message(events.Key(key, key_to_character(key)))
        await harness.settle()
        taken.append(time.perf_counter() - began)
    assert until()
    report(what, taken)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_keys_in_a_long_table(size: tuple[int, int]) -> None:
    gateway = FakeGateway([make_node(number) for number in range(NODES)])
    gateway.page_size = 1000
    async with Harness(gateway).run(size) as harness:
        await wait_until("all nodes", lambda: "just now" in harness.text(), timeout=120)
        await wait_until("all rows", lambda: not harness.app.main.nodes.runner.busy, timeout=120)
        nodes = harness.app.main.nodes
        assert len(nodes.table.rows) == NODES
        print(f"\n{NODES:,} nodes at {size}; a key to all it has drawn, with the harness's own turns:")
        await keys(harness, "nothing (escape)", *["escape"] * 40)
        await keys(harness, "j, in sight", *"j" * 15)
        await keys(harness, "j, each scrolls", *["j"] * 100)
        await keys(harness, "half a page", *["ctrl+d"] * 50)
        await keys(harness, "G and g", *"GgGgGgGgGg")
        await keys(harness, "space", *["space"] * 40)
        await keys(harness, "ctrl+a, all and none", *["ctrl+a"] * 6, until=lambda: not nodes.marks)
        await keys(harness, "v, then G and g", "v", *"GgGgGg")
        await keys(harness, "escape from the range", "escape")
        await keys(harness, "/ and letters", "slash", *"web-123")
        await keys(harness, "and backspace", *["backspace"] * 7)
        await keys(harness, "enter", "enter")
        began = [0.0] * 50
        for number in range(len(began)):
            harness.clock.move(1)
            start = time.perf_counter()
            nodes.tick()
            began[number] = time.perf_counter() - start
        report("a tick (once a second)", began)
