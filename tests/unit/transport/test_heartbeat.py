"""Signs of life, silence, and the sleep of the machine, with clocks that the test moves."""

from __future__ import annotations

import pytest

from ssmtui.transport import heartbeat
from ssmtui.transport.heartbeat import Heartbeat, SleepWatch
from tests.support.memory import MemoryLink


class Clocks:
    def __init__(self) -> None:
        self.monotonic = 100.0
        self.wall = 1_700_000_000.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "PING_INTERVAL", 0.001)
    monkeypatch.setattr(heartbeat, "LOOK", 0.001)


def test_sleep_is_a_wall_clock_that_went_on_alone() -> None:
    clocks = Clocks()
    watch = SleepWatch(lambda: clocks.monotonic, lambda: clocks.wall)
    clocks.monotonic += 60
    clocks.wall += 61
    assert not watch.slept()
    clocks.wall += 600
    assert watch.slept()
    assert not watch.slept()


def test_a_clock_that_is_set_back_is_no_sleep() -> None:
    clocks = Clocks()
    watch = SleepWatch(lambda: clocks.monotonic, lambda: clocks.wall)
    clocks.wall -= 3600
    assert not watch.slept()


async def test_waking_from_sleep_ends_the_link_at_once() -> None:
    clocks = Clocks()
    link, _ = MemoryLink.pair()
    beat = Heartbeat(link, lambda: None, lambda _: None, lambda: clocks.monotonic, lambda: clocks.wall)
    clocks.wall += 1000
    closed = await beat.run()
    assert closed is not None
    assert "slept" in closed.reason


async def test_silence_is_told_and_then_taken_for_the_end() -> None:
    clocks, told = Clocks(), []
    link, _ = MemoryLink.pair()
    link.answers_pings.clear()

    def tick() -> float:
        clocks.monotonic += 0.5
        clocks.wall += 0.5
        return clocks.monotonic

    beat = Heartbeat(link, lambda: None, told.append, tick, lambda: clocks.wall)
    closed = await beat.run()
    assert closed is not None
    assert "nothing came" in closed.reason
    assert told == [True]


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
        clocks.wall += 1
        return clocks.monotonic

    assert await Heartbeat(link, heard, told.append, tick, lambda: clocks.wall).run() is None
    assert told == []


async def test_a_closed_socket_is_the_readers_to_tell() -> None:
    link, _ = MemoryLink.pair()
    link.break_off()
    assert await Heartbeat(link, lambda: None, lambda _: None).run() is None
