"""Signs of life, silence, and the sleep of the machine, with clocks that the test moves."""

from __future__ import annotations

import sys
import time

import pytest

from ssmtui.transport import heartbeat
from ssmtui.transport.heartbeat import Heartbeat, SleepWatch, suspended_clock
from tests.support.memory import MemoryLink


class Clocks:
    def __init__(self) -> None:
        self.monotonic = 100.0
        self.suspended = 7.0

    def watch(self, *, exact: bool = True) -> SleepWatch:
        return SleepWatch(lambda: self.suspended, exact=exact)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "PING_INTERVAL", 0.001)
    monkeypatch.setattr(heartbeat, "LOOK", 0.001)


def test_sleep_is_what_the_clock_of_sleep_counts() -> None:
    clocks = Clocks()
    watch = clocks.watch()
    clocks.suspended += 1
    assert not watch.slept()
    clocks.suspended += 600
    assert watch.slept()
    assert not watch.slept()


def test_a_clock_that_is_set_back_is_no_sleep() -> None:
    clocks = Clocks()
    watch = clocks.watch(exact=False)
    clocks.suspended -= 3600
    assert not watch.slept()


@pytest.mark.skipif(sys.platform != "linux", reason="the clocks are Linux's")
def test_b12_a_step_of_the_wall_clock_is_no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = SleepWatch()
    assert watch.is_exact
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    assert not watch.slept()


def test_b12_without_a_clock_of_sleep_the_wall_clock_is_a_suspicion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    assert suspended_clock() is None
    watch = SleepWatch()
    assert not watch.is_exact
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    assert watch.slept()


async def test_waking_from_sleep_ends_the_link_at_once() -> None:
    clocks = Clocks()
    link, _ = MemoryLink.pair()
    beat = Heartbeat(link, lambda: None, lambda _: None, clock=lambda: clocks.monotonic, watch=clocks.watch())
    clocks.suspended += 1000
    closed = await beat.run()
    assert closed is not None
    assert "slept" in closed.reason


async def test_b12_a_link_that_answers_outlives_a_clock_that_was_set() -> None:
    clocks = Clocks()
    link, _ = MemoryLink.pair()
    pings = 0
    ping = link.ping

    async def counted() -> None:
        nonlocal pings
        pings += 1
        if pings == 3:
            link.break_off()
        await ping()

    link.ping = counted  # type: ignore[method-assign]
    watch = clocks.watch(exact=False)
    beat = Heartbeat(link, lambda: None, lambda _: None, clock=lambda: clocks.monotonic, watch=watch)
    clocks.suspended += 1000
    assert await beat.run() is None, "the socket was closed by its peer, not for the clock"
    assert pings == 3


@pytest.mark.parametrize(
    ("slept", "reason", "expected"),
    [
        pytest.param(0, "nothing came", [True], id="silence is said and then taken for the end"),
        pytest.param(1000, "slept", [], id="b12 after a suspicion it is given up before it counts as silent"),
    ],
)
async def test_b12_a_link_that_does_not_answer_is_given_up(slept: float, reason: str, expected: list[bool]) -> None:
    clocks, told = Clocks(), []
    link, _ = MemoryLink.pair()
    link.answers_pings.clear()

    def tick() -> float:
        clocks.monotonic += 0.5
        return clocks.monotonic

    beat = Heartbeat(link, lambda: None, told.append, clock=tick, watch=clocks.watch(exact=False))
    clocks.suspended += slept
    closed = await beat.run()
    assert closed is not None
    assert reason in closed.reason
    assert told == expected


@pytest.mark.parametrize("asked", [True, False], ids=["a ping was on its way", "no ping was on its way"])
async def test_after_a_stop_a_link_that_answers_is_kept_and_one_that_does_not_is_given_up_soon(asked: bool) -> None:
    """Ctrl-Z, and `fg` after ten minutes."""
    clocks, told, looks = Clocks(), [], 0
    link, _ = MemoryLink.pair()
    stops_at = 4
    if asked:
        link.answers_pings.clear()

    def tick() -> float:
        nonlocal looks
        looks += 1
        clocks.monotonic += 600 if looks == stops_at else 0.5
        if looks == stops_at:
            gone_at.append(clocks.monotonic)
            if not asked:
                link.answers_pings.clear()
        return clocks.monotonic

    gone_at: list[float] = []
    closed = await Heartbeat(link, lambda: None, told.append, clock=tick, watch=clocks.watch()).run()
    assert closed is not None
    assert "stopped" in closed.reason
    assert clocks.monotonic - gone_at[0] < heartbeat.SILENT_AFTER
    assert told == []


async def test_after_a_stop_an_answer_that_was_waiting_is_read_first() -> None:
    clocks, told, looks = Clocks(), [], 0
    link, _ = MemoryLink.pair()
    link.answers_pings.clear()

    def tick() -> float:
        nonlocal looks
        looks += 1
        clocks.monotonic += 600 if looks == 4 else 0.5
        if looks == 6:
            link.answers_pings.set()
        if looks == 30:
            link.break_off()
        return clocks.monotonic

    assert await Heartbeat(link, lambda: None, told.append, clock=tick, watch=clocks.watch()).run() is None
    assert told == []


async def test_frames_are_signs_of_life_though_no_pong_comes() -> None:
    clocks, told = Clocks(), []
    link, _ = MemoryLink.pair()
    link.answers_pings.clear()
    looks = 0

    def heard() -> float:
        nonlocal looks
        looks += 1
        if looks == 50:
            link.break_off()
            link.answers_pings.set()
        return clocks.monotonic

    def tick() -> float:
        clocks.monotonic += 1
        return clocks.monotonic

    assert await Heartbeat(link, heard, told.append, clock=tick, watch=clocks.watch()).run() is None
    assert told == []


async def test_a_closed_socket_is_the_readers_to_tell() -> None:
    link, _ = MemoryLink.pair()
    link.break_off()
    assert await Heartbeat(link, lambda: None, lambda _: None).run() is None


@pytest.mark.parametrize(("awaited", "expected"), [(True, 30), (False, 9)])
async def test_d13_pings_are_rare_where_nobody_waits(
    monkeypatch: pytest.MonkeyPatch, awaited: bool, expected: int
) -> None:
    """In 92 s of the event loop's own time, which passes as fast as the test sleeps."""
    monkeypatch.setattr(heartbeat, "PING_INTERVAL", 3.0)
    passed, pings = 0.0, 0
    link, _ = MemoryLink.pair()

    async def sleep(seconds: float) -> None:
        nonlocal passed
        passed += seconds
        if passed > 92:
            link.break_off()

    ping = link.ping

    async def counted() -> None:
        nonlocal pings
        await ping()
        pings += 1

    link.ping = counted  # type: ignore[method-assign]
    monkeypatch.setattr(heartbeat.asyncio, "sleep", sleep)
    await Heartbeat(link, lambda: None, lambda _: None, lambda: awaited).run()
    assert pings == expected


async def test_d13_a_person_who_begins_to_wait_is_answered_within_the_short_interval(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heartbeat, "PING_INTERVAL", 3.0)
    passed = 0.0
    link, _ = MemoryLink.pair()

    async def sleep(seconds: float) -> None:
        nonlocal passed
        passed += seconds
        if passed > 3:
            link.break_off()

    monkeypatch.setattr(heartbeat.asyncio, "sleep", sleep)
    await Heartbeat(link, lambda: None, lambda _: None, lambda: passed >= 4).run()
    assert passed + heartbeat.SILENT_AFTER + heartbeat.LOOK < 3 + 10
