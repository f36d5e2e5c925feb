"""Work that never begins."""

from __future__ import annotations

import inspect

from tests.support.wait import wait_until
from tests.ui.harness import Harness


async def test_work_that_is_cancelled_before_its_first_step_is_closed() -> None:
    done: list[str] = []

    async def work() -> None:
        done.append("begun")

    async with Harness().run() as harness:
        await harness.ready()
        never, always = work(), work()
        cancelled = harness.app.run_worker(never, name="never")
        cancelled.cancel()
        harness.app.run_worker(always, name="always")
        await wait_until("the other one is done", lambda: done)
        await wait_until("it is closed", lambda: inspect.getcoroutinestate(never) == inspect.CORO_CLOSED)
    assert done == ["begun"]
