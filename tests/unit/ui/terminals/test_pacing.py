"""Whose turn it is to draw: by a clock of the test's own for the order, and in an event loop for the turns."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssmtui.tasks import Tasks
from ssmtui.ui.kit.turns import FRAME
from ssmtui.ui.terminals import pacing
from ssmtui.ui.terminals.pacing import AT_ONCE, BURST, FLOOD_AFTER, FLOOD_FRAME, SHARE, DrawingOrder, Meter, Pacer
from tests.support.wait import wait_until


class Flood:
    """Terminals that always have something to draw, each of which takes ``costs`` seconds of the loop."""

    def __init__(self, costs: list[float], preferred: int | None = None, began: float = 1_000.0) -> None:
        self.order = DrawingOrder()
        self.order.preferred = preferred
        self.costs = costs
        self.began = self.now = began
        self.frames: Counter[int] = Counter()
        self.spent: Counter[int] = Counter()
        self.waited: Counter[int] = Counter()
        """The longest wait of each, in seconds."""
        self._asked: dict[int, float] = {}
        self.most_at_once = 0
        for who in range(len(costs)):
            self._ask(who)

    def _ask(self, who: int) -> None:
        self._asked[who] = self.now
        self.order.ask(who, self.now)

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        drawing: list[int] = []
        while self.now < end:
            drawing += self.order.begin(self.now)  # type: ignore[arg-type]
            self.most_at_once = max(self.most_at_once, len([who for who in drawing if who != self.order.preferred]))
            if not drawing:
                at = self.order.next_at(self.now)
                assert at is not None, "somebody waits, and nobody would ever be called"
                assert at > self.now, "who may begin has begun"
                self.now = at
                continue
            who = drawing.pop(0)
            self.waited[who] = max(self.waited[who], self.now - self._asked[who])
            self.now += self.costs[who]
            self.frames[who] += 1
            self.spent[who] += self.costs[who]  # type: ignore[assignment]
            self.order.end(who, self.now, self.costs[who])
            self._ask(who)


COSTS = st.lists(st.floats(0.0001, 0.03), min_size=1, max_size=20)


@given(costs=COSTS, preferred=st.booleans())
@settings(max_examples=60, deadline=None)
def test_drawing_leaves_half_of_the_time_and_nobody_is_left_out(costs: list[float], preferred: bool) -> None:
    flood = Flood(costs, 0 if preferred else None)
    flood.run(8)
    elapsed = flood.now - flood.began
    # What may be spent in advance, and those that have begun by then.
    ahead = 4 * BURST + (AT_ONCE + 1) * max(costs)
    assert sum(flood.spent.values()) <= SHARE * elapsed + ahead
    assert max(flood.frames.values()) <= elapsed / FLOOD_FRAME + FLOOD_AFTER + 1
    others = [flood.frames[who] for who in range(len(costs)) if who or not preferred]
    if others:
        assert max(others) - min(others) <= FLOOD_AFTER + 2, "they take turns"
        # Half of what drawing may take is theirs, however much the one with the focus wants.
        round_takes = sum(costs[preferred:]) / (SHARE / 2)
        assert min(others) >= elapsed / max(round_takes, FLOOD_FRAME) / 2 - 2
    if preferred:
        assert flood.frames[0] >= elapsed / max(costs[0] / (SHARE / 2), FLOOD_FRAME) / 2 - 2
    assert flood.most_at_once <= AT_ONCE


def test_sixteen_panes_of_one_screen_are_drawn_as_often_as_one() -> None:
    flood = Flood([0.0008] * 16, 3)
    flood.run(4)
    assert min(flood.frames.values()) >= 4 / FLOOD_FRAME - 1


def test_the_one_with_the_focus_is_drawn_often_where_time_is_short() -> None:
    flood = Flood([0.005] * 16, 3)
    flood.run(4)
    assert flood.frames.pop(3) >= 4 * 20
    assert min(flood.frames.values()) >= 4 * 4


def test_floods_are_drawn_at_the_same_moments() -> None:
    """So that the screen takes their lines with one update."""
    flood = Flood([0.001] * 8)
    flood.run(2)
    drawn: set[int] = set()
    waiting = flood.order.next_at(flood.now)
    assert waiting is not None
    flood.now = waiting
    for _ in range(4):
        begun = flood.order.begin(flood.now)
        drawn |= {*begun}  # type: ignore[arg-type]
        for who in begun:
            flood.order.end(who, flood.now, 0.001)
    assert drawn == {*range(8)}


def test_a_key_is_echoed_at_once_and_the_next_frame_waits_its_time() -> None:
    order = DrawingOrder()
    order.ask("view", 5.0)
    assert order.begin(5.0) == ["view"]
    order.end("view", 5.001, 0.001)
    order.ask("view", 5.002)
    assert order.begin(5.002) == []
    assert order.next_at(5.002) == pytest.approx(5.001 + FRAME)
    assert order.begin(5.001 + FRAME) == ["view"]


def test_who_prints_without_end_is_drawn_less_often_until_it_rests() -> None:
    order, now = DrawingOrder(), 5.0
    for _ in range(FLOOD_AFTER + 1):
        order.ask("view", now)
        assert order.begin(now) == ["view"]
        order.end("view", now, 0.0)
        now += FRAME
    order.ask("view", now - FRAME)
    at = order.next_at(now - FRAME)
    assert at is not None
    assert at / FLOOD_FRAME == pytest.approx(round(at / FLOOD_FRAME)), "at a moment that all floods share"
    order.drop("view")
    order.ask("view", 9.0)
    assert order.begin(9.0) == ["view"]
    order.end("view", 9.0, 0.0)
    order.ask("view", 9.001)
    assert order.next_at(9.001) == pytest.approx(9.0 + FRAME), "the streak is over"


def test_the_one_with_the_focus_does_not_wait_for_what_others_have_spent() -> None:
    order = DrawingOrder()
    for who in range(AT_ONCE + 1):
        order.ask(who, 5.0)
    assert order.begin(5.0) == [*range(AT_ONCE)]
    order.preferred = "typed into"
    order.ask("typed into", 5.0)
    assert order.begin(5.0) == ["typed into"], "though as many draw as may at a time"
    order.end("typed into", 5.0, 0.0)
    for who in range(AT_ONCE):
        order.end(who, 5.0, BURST / 2)
    assert order.begin(5.0) == [], "the last one waits until that is made up for"
    order.ask("typed into", 5.0 + FRAME / 2)
    assert order.begin(5.0 + FRAME) == ["typed into"]
    order.forget("typed into")
    assert order.preferred is None


# In the event loop


class Work:
    """Draws when the test says so."""

    def __init__(self) -> None:
        self.begun = 0
        self.go_on = asyncio.Event()

    async def draw(self) -> None:
        self.begun += 1
        await self.go_on.wait()


async def test_views_draw_some_at_a_time() -> None:
    pacer, tasks = Pacer(), Tasks("test")
    works = [Work() for _ in range(AT_ONCE + 2)]
    for number, work in enumerate(works):
        tasks.start(f"{number}", pacer.draw(number, work.draw))
    await wait_until("the first draw", lambda: sum(work.begun for work in works) == AT_ONCE)
    pacer.prefer(AT_ONCE + 1)
    typed = tasks.start("typed into", pacer.draw("typed into", works[0].draw))
    pacer.prefer("typed into")
    works[1].go_on.set()
    await wait_until("one more begins", lambda: works[AT_ONCE].begun)
    works[0].go_on.set()
    await asyncio.wait_for(typed, 10)
    for work in works:
        work.go_on.set()
    await wait_until("all have drawn", lambda: all(work.begun for work in works))
    await tasks.close()


async def test_who_gives_up_leaves_its_turn_to_the_next() -> None:
    pacer, tasks = Pacer(), Tasks("test")
    works = [Work() for _ in range(AT_ONCE + 2)]
    drawing = [tasks.start(f"{number}", pacer.draw(number, work.draw)) for number, work in enumerate(works)]
    await wait_until("the first draw", lambda: sum(work.begun for work in works) == AT_ONCE)
    drawing[AT_ONCE].cancel()  # it waits
    drawing[0].cancel()  # it draws
    await wait_until("the last one draws", lambda: works[-1].begun)
    assert works[AT_ONCE].begun == 0
    await tasks.close()


async def test_work_that_fails_is_the_views_own_and_holds_nobody_up() -> None:
    pacer = Pacer()

    async def fail() -> None:
        raise ZeroDivisionError

    for number in range(AT_ONCE + 2):
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(pacer.draw(number, fail), 10)
    work = Work()
    work.go_on.set()
    await asyncio.wait_for(pacer.draw("next", work.draw), 10)
    assert work.begun == 1


async def test_only_the_steps_of_the_work_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(pacing.time, "perf_counter", lambda: now)

    async def work() -> None:
        nonlocal now
        now += 1.0
        await asyncio.sleep(0)
        now += 2.0
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 0)
        now += 4.0

    async def others() -> None:
        nonlocal now
        for _ in range(20):
            now += 100.0
            await asyncio.sleep(0)

    meter = Meter()
    await asyncio.gather(meter.run(work()), others())
    assert meter.spent == 7.0


async def test_a_cancellation_reaches_the_work_while_it_is_counted() -> None:
    ended = False

    async def work() -> None:
        nonlocal ended
        try:
            await asyncio.Event().wait()
        finally:
            ended = True

    async def metered() -> None:
        await Meter().run(work())

    task = Tasks("test").start("work", metered())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended


def test_the_one_with_the_focus_waits_for_no_common_moment_where_its_frames_take_long() -> None:
    """Drawing takes no time of the loop, but the engine takes a little more than a frame of a flood."""
    takes, drawn = FLOOD_FRAME * 1.1, {"focused": 0, "other": 0}
    for who in drawn:
        order, now = DrawingOrder(), 0.0
        order.preferred = "focused"
        while now < 10.0:
            order.ask(who, now)
            while order.begin(now) != [who]:
                at = order.next_at(now)
                assert at is not None
                now = max(at, now + 1e-4)
            now += takes
            order.end(who, now, 0.0)
            drawn[who] += 1
    assert drawn["focused"] > 10.0 / takes * 0.95
    assert drawn["other"] < 10.0 / takes * 0.65
