"""The list of ten thousand sessions: from a key to the frame that shows what it did, in the real screen, headless.

pytest tests/benchmarks/test_control.py -m benchmark -s
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from textual import events
from textual.keys import key_to_character

from ssmtui.model import SessionRecord
from tests.support.fakes import NOW
from tests.support.large_fleet import large_fleet
from tests.support.sessions_listed import OPS, ListingGateway
from tests.support.wait import wait_until
from tests.ui.harness import Harness

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]

SESSIONS = 10_000
PEOPLE = 40
TYPED = ("web-1", "person-17", "inc-4", "is:others", "started:<2h", "owner:person-3", "prod worker", "nothing-like-it")
ROUNDS = 3


def sessions(nodes: list[str]) -> list[SessionRecord]:
    """Of many people on many nodes, with reasons that some share; the same ones each time."""
    draw = random.Random(7)
    made = []
    for number in range(SESSIONS):
        who = f"person-{draw.randrange(PEOPLE)}"
        made.append(
            SessionRecord(
                f"{who}-{number:017x}",
                draw.choice(nodes),
                draw.choice(("Connected", "Connected", "Connected", "Disconnected")),
                f"{OPS}/{who}",
                draw.choice(("SSM-SessionManagerRunShell", "AWS-StartPortForwardingSession", "Acme-Shell")),
                draw.choice(("", f"INC-{draw.randrange(900)}", "deploy", "look at the queue")),
                NOW - timedelta(seconds=draw.randrange(86_400)),
                access_type="Standard",
            )
        )
    return made


class Taken(NamedTuple):
    """From a key to a frame: seconds, and how much of that this thread has used the processor."""

    wall: float
    processor: float


class Watched:
    """When something was drawn, and the rows that the list had then."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.frames: list[tuple[Taken, Sequence[object]]] = []
        self._began = Taken(0.0, 0.0)
        display = harness.app._display

        def displayed(screen: Any, renderable: Any) -> None:
            display(screen, renderable)
            wall, processor = time.perf_counter() - self._began.wall, time.thread_time() - self._began.processor
            self.frames.append((Taken(wall, processor), self.rows))

        harness.app._display = displayed  # type: ignore[method-assign]

    @property
    def rows(self) -> Sequence[object]:
        """Those of the list, where it is in front."""
        view = self.harness.app.main.features.control.view
        return view.table.rows if view is not None else ()

    async def after(self, key: str, is_done: Callable[[], bool]) -> tuple[Taken, Taken] | None:
        """From a key to the first frame with other rows, and to the first with the rows of the end; None where the key
        changes none."""
        before = self.rows
        self.frames.clear()
        self._began = Taken(time.perf_counter(), time.thread_time())
        self.harness.app.post_message(events.Key(key, key_to_character(key)))
        await wait_until("all is done", is_done)
        await self.harness.settle()
        changed = [(at, rows) for at, rows in self.frames if rows is not before and (rows or not self.rows)]
        if not changed:
            return None
        return changed[0][0], next(at for at, rows in changed if rows is self.rows)


@contextmanager
def without_collections() -> Iterator[None]:
    """As the program itself has it, which freezes what stays."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def told(what: str, taken: Sequence[Taken]) -> None:
    """Print it in milliseconds."""
    parts = []
    for name, seconds in (("", [one.wall for one in taken]), (" of the processor", [one.processor for one in taken])):
        ordered = sorted(1000 * each for each in seconds)
        p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
        parts.append(f"median {ordered[len(ordered) // 2]:6.1f} p99 {p99:6.1f} ms{name}")
    print(f"  {what:<36} {', '.join(parts)}, n {len(taken)}")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_a_list_of_ten_thousand_sessions(size: tuple[int, int]) -> None:
    gateway = ListingGateway(())
    gateway.listed = large_fleet(1_000)
    gateway.sessions = sessions([node.id for node in gateway.listed])
    async with Harness(gateway).run(size) as harness:
        await wait_until("all nodes", lambda: "just now" in harness.text(), timeout=60)
        app = Watched(harness)
        control = harness.app.main.features.control

        def rests() -> bool:
            view = control.view
            return view is not None and len(view.index.rows) == SESSIONS and not view.runner.busy

        print(f"\n{SESSIONS:,} sessions at {size}, from the key to the frame with")
        listing = await app.after("H", rests)
        assert listing is not None
        told("the first rows, none listed before", [listing[0]])
        told("all rows, none listed before", [listing[1]])
        with without_collections():
            opened = []
            for _ in range(5):
                await app.after("q", lambda: control.view is None)
                opened.append(await app.after("H", rests))
            told("the first rows, opened again", [one[0] for one in opened if one])
            told("all rows, opened again", [one[1] for one in opened if one])
            letters = []
            for text in TYPED * ROUNDS:
                await app.after("slash", rests)
                letters += [await app.after(letter, rests) for letter in text]
                await app.after("escape", rests)
            told("the first rows that a letter finds", [one[0] for one in letters if one])
            told("all rows that a letter finds", [one[1] for one in letters if one])
