"""The pool of daemon threads."""

from __future__ import annotations

import asyncio
import threading

import pytest

from ssmtui.aws.calls import CallPool
from ssmtui.errors import ConnectionFailed
from tests.support.wait import wait_until


async def test_calls_run_beside_each_other_up_to_the_size_and_never_on_the_loop() -> None:
    pool = CallPool(size=3, name="pool")
    gate, running = threading.Event(), []

    def work() -> str:
        running.append(threading.current_thread())
        gate.wait(10)
        return threading.current_thread().name

    calls = [asyncio.wrap_future(pool.submit(work)) for _ in range(5)]
    await wait_until("three run", lambda: len(running) == 3)
    gate.set()
    names = set(await asyncio.gather(*calls))
    assert names <= {"pool-1", "pool-2", "pool-3"}
    assert all(thread.daemon for thread in running)
    pool.close()


async def test_an_idle_thread_is_used_again() -> None:
    pool = CallPool(size=8, name="pool")
    names = {await pool.run(lambda: threading.current_thread().name)}
    for _ in range(20):
        await wait_until("the thread is back", lambda: pool._idle._value > 0)
        names.add(await pool.run(lambda: threading.current_thread().name))
    assert names == {"pool-1"}
    pool.close()


async def test_what_a_call_raises_reaches_who_waits_and_the_thread_lives_on() -> None:
    pool = CallPool(size=1)
    with pytest.raises(ZeroDivisionError):
        await pool.run(lambda: 1 // 0)
    assert await pool.run(lambda: 5) == 5
    pool.close()


async def test_a_call_that_is_cancelled_before_its_turn_is_never_made() -> None:
    pool = CallPool(size=1)
    gate, made = threading.Event(), []
    first = asyncio.wrap_future(pool.submit(lambda: gate.wait(10)))
    waiting = pool.submit(lambda: made.append("cancelled one"))
    assert waiting.cancel()
    gate.set()
    await first
    await pool.run(lambda: None)
    assert made == []
    pool.close()


async def test_closing_cancels_what_waits_leaves_what_runs_and_lets_the_threads_go() -> None:
    pool = CallPool(size=1, name="closing")
    gate = threading.Event()
    running = asyncio.wrap_future(pool.submit(lambda: gate.wait(10)))
    waiting = pool.submit(lambda: None)
    await wait_until("the thread has its job", lambda: pool._jobs.qsize() == 1)
    pool.close()
    assert waiting.cancelled()
    with pytest.raises(ConnectionFailed):
        pool.submit(lambda: None)
    gate.set()
    assert await running
    await wait_until("the thread is gone", lambda: not any(t.name == "closing-1" for t in threading.enumerate()))
