"""Who gets one of the destinations that there may be: the pool alone, and any order of takers and leavers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.documents.port_forwards import Forward
from ssmtui.forwards.destinations import Destinations, NoRoom
from ssmtui.tasks import Tasks
from tests.support.wait import wait_until

PATIENCE = 30.0


class Made:
    """What there is for one destination."""

    def __init__(self, forward: Forward) -> None:
        self.forward = forward
        self.is_useless = False
        self.ended = False

    def end(self) -> None:
        assert not self.ended, "it is ended once"
        self.ended = True


class Pool:
    """A pool, and all that it has ever made."""

    def __init__(self, most: int, idle: float = 1000.0, patience: float = PATIENCE) -> None:
        self.made: list[Made] = []
        self.pool = Destinations(self._make, most=most, idle=idle, patience=patience)
        self.most = most

    def _make(self, forward: Forward) -> Made:
        self.made.append(Made(forward))
        return self.made[-1]

    @property
    def alive(self) -> list[int]:
        return [made.forward.port for made in self.made if not made.ended]


@asynccontextmanager
async def taker(pool: Pool, port: int) -> AsyncIterator[Made]:
    async with pool.pool.lend(Forward(port, "db")) as made:
        assert made.forward.port == port
        assert not made.ended
        yield made


async def test_a_destination_is_made_once_and_kept_for_the_next() -> None:
    pool = Pool(2)
    async with taker(pool, 1) as first, taker(pool, 1) as second:
        assert first is second
    async with taker(pool, 1) as third:
        assert third is first
    assert pool.alive == [1]
    pool.pool.end()
    assert pool.alive == []


async def test_the_one_goes_that_nobody_has_used_for_the_longest_time() -> None:
    pool = Pool(3)
    for port in (1, 2, 3, 1):
        async with taker(pool, port):
            pass
    async with taker(pool, 4):
        assert pool.alive == [1, 3, 4]
        async with taker(pool, 3), taker(pool, 5):
            assert pool.alive == [3, 4, 5], "1 went, although 3 was used before it: 3 is in use"
    pool.pool.end()


async def test_while_all_are_in_use_others_wait_in_order_with_those_who_want_the_same() -> None:
    pool, tasks, got = Pool(1), Tasks("test"), list[int]()
    release = {port: asyncio.Event() for port in (2, 3)}

    async def use(port: int) -> None:
        async with taker(pool, port):
            got.append(port)
            await release[port].wait()

    async with taker(pool, 1):
        for port in (2, 3, 2):
            tasks.start(f"use {port}", use(port))
        await wait_until("three wait", lambda: pool.pool.waiting == 3)
        async with taker(pool, 1):
            assert got == [], "what is there is lent at once"
    await wait_until("both users of 2 have it", lambda: got == [2, 2])
    assert pool.alive == [2]
    release[2].set()
    await wait_until("3 has it", lambda: got == [2, 2, 3])
    assert pool.alive == [3]
    release[3].set()
    await wait_until("nobody uses it", lambda: not len(tasks))
    pool.pool.end()


async def test_nobody_overtakes_those_who_wait() -> None:
    pool, tasks = Pool(1), Tasks("test")

    async def use(port: int) -> None:
        async with taker(pool, port):
            await asyncio.Event().wait()

    async with taker(pool, 1):
        waiting = tasks.start("2", use(2))
        await wait_until("it waits", lambda: pool.pool.waiting == 1)
    # Free now, and granted; the waiter has not run yet.
    late = tasks.start("3", use(3))
    await wait_until("the late one waits", lambda: pool.pool.waiting == 1)
    assert pool.alive == [2]
    assert not waiting.done()
    assert not late.done()
    await tasks.close()
    assert pool.pool.waiting == 0
    pool.pool.end()
    assert pool.alive == []


async def test_what_is_granted_to_somebody_who_leaves_in_the_same_turn_is_not_lost() -> None:
    pool, tasks = Pool(1), Tasks("test")

    async def use() -> None:
        async with taker(pool, 2):
            pytest.fail("it has left")

    async with taker(pool, 1):
        waiting = tasks.start("2", use(), awaited=True)
        await wait_until("it waits", lambda: pool.pool.waiting == 1)
    assert pool.alive == [2], "it has been granted"
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with taker(pool, 3):
        assert pool.alive == [3], "2 has no users"
    pool.pool.end()


async def test_who_comes_while_others_wait_does_not_overtake_them_by_an_idle_place() -> None:
    pool, tasks, got = Pool(1, patience=PATIENCE), Tasks("test"), list[int]()

    async def use(port: int) -> None:
        async with taker(pool, port):
            got.append(port)

    async with taker(pool, 1):
        first = tasks.start("2", use(2))
        await wait_until("it waits", lambda: pool.pool.waiting == 1)
        second = tasks.start("3", use(3))
        await wait_until("both wait", lambda: pool.pool.waiting == 2)
    # 2 has its place and will give it back at once: then it is idle, and 3 is next, not 4.
    third = tasks.start("4", use(4))
    await asyncio.wait({first, second, third})
    assert got == [2, 3, 4]
    pool.pool.end()


async def test_who_has_waited_for_too_long_is_refused() -> None:
    pool = Pool(1, patience=0.01)
    async with taker(pool, 1):
        with pytest.raises(NoRoom, match="1 destinations are in use"):
            async with taker(pool, 2):
                pass
        assert pool.pool.waiting == 0
        assert pool.alive == [1]
    async with taker(pool, 2):
        assert pool.alive == [2]
    pool.pool.end()


async def test_what_has_failed_is_not_kept() -> None:
    pool = Pool(2)
    async with taker(pool, 1) as made:
        made.is_useless = True
    assert pool.alive == []
    async with taker(pool, 1) as again:
        assert again is not made
    pool.pool.end()


async def test_one_without_users_goes_after_a_while() -> None:
    pool = Pool(2, idle=0.01)
    async with taker(pool, 1):
        pass
    await wait_until("it is gone", lambda: pool.alive == [])
    async with taker(pool, 2):
        pass
    async with taker(pool, 2) as made:
        # The first user's leaving has set a timer, which its next user has stopped: it would be due before this one.
        async with taker(pool, 3):
            pass
        await wait_until("a later timer has ended another one", lambda: pool.alive == [2])
        assert not made.ended
    pool.pool.end()


async def test_all_are_ended_also_those_in_use_and_others_begin_anew() -> None:
    pool = Pool(1)
    async with taker(pool, 1) as made:
        pool.pool.end()
        assert made.ended
        async with taker(pool, 1) as anew:
            assert not anew.ended
        assert pool.alive == [1]
    assert pool.alive == [1], "leaving the old one leaves the new one alone"
    pool.pool.end()


async def test_there_may_be_fewer_or_more_from_now_on() -> None:
    pool, tasks = Pool(3), Tasks("test")
    async with taker(pool, 1), AsyncExitStack() as stack:
        for port in (2, 3):
            await stack.enter_async_context(taker(pool, port))
        pool.pool.resize(1)
        assert pool.alive == [1, 2, 3], "they are in use"

        async def use() -> None:
            async with taker(pool, 4):
                pass

        waiting = tasks.start("4", use())
        await wait_until("it waits", lambda: pool.pool.waiting == 1)
        await stack.aclose()
        assert pool.alive == [1]
        assert pool.pool.waiting == 1
        pool.pool.resize(2)
        assert pool.alive == [1, 4]
        await asyncio.wait({waiting})
        pool.pool.resize(1)
        assert pool.alive == [1]
    assert pool.alive == [1]
    pool.pool.end()


steps = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.integers(1, 5)),
        st.tuples(st.sampled_from(["leave", "cancel", "fail"]), st.integers(0, 9)),
        st.tuples(st.sampled_from(["turn", "end"]), st.just(0)),
        st.tuples(st.just("resize"), st.integers(1, 3)),
    ),
    max_size=40,
)


@given(st.integers(1, 3), steps)
def test_in_any_order_there_are_never_too_many_and_nobody_is_forgotten(
    most: int, actions: list[tuple[str, int]]
) -> None:
    async def play() -> None:
        pool, tasks = Pool(most), Tasks("test")
        inside: dict[asyncio.Task[None], asyncio.Event] = {}
        users: dict[asyncio.Task[None], Made] = {}

        async def use(port: int, leave: asyncio.Event) -> None:
            async with taker(pool, port) as made:
                task = asyncio.current_task()
                assert task is not None
                users[task] = made
                try:
                    await leave.wait()
                finally:
                    del users[task]

        most_now = most_yet = most

        def check() -> None:
            assert len(pool.alive) <= most_yet
            assert len(set(pool.alive)) == len(pool.alive), "one destination, one of it"

        for action, number in actions:
            known = [task for task in inside if not task.done()]
            if action == "take":
                leave = asyncio.Event()
                inside[tasks.start(f"use {number}", use(number, leave), awaited=True)] = leave
            elif action == "turn":
                await asyncio.sleep(0)
            elif action == "end":
                pool.pool.end()
            elif action == "resize":
                pool.pool.resize(number)
                most_now, most_yet = number, max(most_yet, number)
            elif known:
                chosen = known[number % len(known)]
                if action == "leave":
                    inside[chosen].set()
                elif action == "cancel":
                    chosen.cancel()
                elif chosen in users:
                    users[chosen].is_useless = True
            check()
        # Whoever is inside leaves, and so on: all that wait come in turn.
        for _ in range(200):
            for task in tuple(users):
                inside[task].set()
            await asyncio.sleep(0)
            check()
        for task in inside:
            assert task.done()
            assert task.cancelled() or task.exception() is None
        assert pool.pool.waiting == 0
        pool.pool.end()
        assert pool.alive == []
        async with AsyncExitStack() as stack:
            for port in range(most_now):
                await stack.enter_async_context(taker(pool, port + 1))
            assert len(pool.alive) == most_now, "no place is lost"
        pool.pool.end()

    asyncio.run(play())
