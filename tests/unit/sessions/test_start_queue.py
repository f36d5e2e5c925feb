"""Turns to start: so many at once, the others in order, and nobody who has left holds up another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.errors import Throttled
from ssmtui.sessions import entry
from ssmtui.sessions.start_queue import StartQueue, Turn
from ssmtui.sessions.states import SessionState
from tests.support.wait import wait_until
from tests.unit.sessions.test_manager import Stage


@given(st.integers(1, 3), st.lists(st.integers(0, 9), max_size=30))
def test_turns_come_in_order_and_never_too_many(at_once: int, steps: list[int]) -> None:
    async def run() -> None:
        queue, turns = StartQueue(at_once), list[Turn]()
        ahead: dict[int, int] = {}
        gone: set[int] = set()
        for step in [*steps, *range(10)]:
            if step >= len(turns):
                number = len(turns)
                turns.append(queue.turn(lambda told, number=number: ahead.__setitem__(number, told)))
            elif step not in gone:
                gone.add(step)
                turns[step].give_up()
                turns[step].leave()
            here = [number for number in range(len(turns)) if number not in gone]
            assert [number for number in here if turns[number].came.done()] == here[:at_once]
            assert [ahead.get(number, 0) for number in here] == [
                *(0 for _ in here[:at_once]),
                *range(1, len(here[at_once:]) + 1),
            ]

    asyncio.run(run())


async def test_one_that_is_cancelled_while_it_waits_is_out_of_the_queue() -> None:
    queue = StartQueue(1)
    first, second = queue.turn(lambda ahead: None), queue.turn(lambda ahead: None)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await second.come()
    second.leave()
    first.leave()
    third = queue.turn(lambda ahead: None)
    assert await third.come()
    assert not second.came.done()


# In the manager


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    stage.service.start_gate = asyncio.Event()
    yield stage
    stage.service.start_gate.set()
    await stage.close()


def called(stage: Stage) -> list[str]:
    return [request.target for request in stage.service.started]


async def test_eight_are_started_at_once_and_the_others_say_what_they_wait_for(stage: Stage) -> None:
    keys = [stage.start(f"i-{number}") for number in range(10)]
    await wait_until("the others wait", lambda: stage.manager.snapshot(keys[9]).ahead == 2)
    assert called(stage) == [f"i-{number}" for number in range(8)]
    assert stage.manager.snapshot(keys[8]).notice == "Waiting for 1 other session to be started."
    assert stage.state(keys[9]) is SessionState.STARTING
    assert stage.service.start_gate is not None
    stage.service.start_gate.set()
    await wait_until("all are started", lambda: all(stage.state(key) is SessionState.WAITING for key in keys))
    assert called(stage) == [f"i-{number}" for number in range(10)]
    assert (stage.manager.snapshot(keys[9]).ahead, stage.manager.snapshot(keys[9]).notice) == (0, "")


async def test_one_that_is_closed_while_it_waits_is_never_asked_for(stage: Stage) -> None:
    keys = [stage.start(f"i-{number}") for number in range(11)]
    await wait_until("the others wait", lambda: stage.manager.snapshot(keys[10]).ahead == 3)
    stage.manager.session(keys[8]).end()
    await wait_until("it is over", lambda: stage.state(keys[8]) is SessionState.ENDED)
    stage.manager.remove(keys[9])
    await wait_until("the last one is the next", lambda: stage.manager.snapshot(keys[10]).ahead == 1)
    assert stage.service.start_gate is not None
    stage.service.start_gate.set()
    await wait_until("the last one is started", lambda: stage.state(keys[10]) is SessionState.WAITING)
    assert called(stage) == [*(f"i-{number}" for number in range(8)), "i-10"]
    assert await stage.manager.close() == []


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "THROTTLED_PAUSES", (0.01, 0.01))


@pytest.mark.usefixtures("short_pauses")
async def test_a_throttled_start_is_tried_again_in_its_turn(stage: Stage) -> None:
    stage.service.refuse_start = Throttled("Rate exceeded")
    key = stage.start()
    assert stage.service.start_gate is not None
    await wait_until("the call", lambda: called(stage))
    stage.service.start_gate.set()
    await wait_until("the second call", lambda: len(called(stage)) == 2)
    stage.service.refuse_start = None
    await wait_until("it is started", lambda: stage.state(key) is SessionState.WAITING)
    assert stage.manager.snapshot(key).notice == ""


@pytest.mark.usefixtures("short_pauses")
async def test_one_that_is_throttled_for_good_fails(stage: Stage) -> None:
    stage.service.refuse_start = Throttled("Rate exceeded")
    assert stage.service.start_gate is not None
    stage.service.start_gate.set()
    key = stage.start()
    await wait_until("it has failed", lambda: stage.state(key) is SessionState.FAILED)
    assert len(called(stage)) == 3


async def test_a_throttled_start_can_be_given_up_in_its_pause(stage: Stage) -> None:
    stage.service.refuse_start = Throttled("Rate exceeded")
    assert stage.service.start_gate is not None
    stage.service.start_gate.set()
    key = stage.start()
    await wait_until("it waits", lambda: "slow down" in stage.manager.snapshot(key).notice)
    stage.manager.session(key).end()
    await wait_until("it is over", lambda: stage.state(key) is SessionState.ENDED)
    assert called(stage) == ["i-1"]
