import asyncio
from types import SimpleNamespace

import pytest

from ssmtui.tasks import Tasks
from ssmtui.ui.kit.turns import FRAME
from ssmtui.ui.table import index_runner
from ssmtui.ui.table.index_runner import IndexRunner
from tests.support.wait import wait_until


def steps(log: list[str], name: str, number: int):
    for step in range(number):
        log.append(f"{name}{step}")
        yield


async def test_a_filter_goes_before_what_is_under_way_and_the_newest_before_older_ones():
    log: list[str] = []
    tasks = Tasks("test")
    runner = IndexRunner(lambda work: tasks.start("steps", work), lambda: log.append("shown"))
    runner.put(steps(log, "apply", 3))
    runner.filter(steps(log, "filter", 2))
    assert log == ["filter0", "filter1", "shown"]
    await wait_until("all is done", lambda: not runner.busy)
    assert log[3:] == ["apply0", "apply1", "apply2", "shown"]
    await tasks.close()


async def test_a_long_filter_gives_way_to_a_newer_one_and_can_be_waited_for():
    log: list[str] = []
    tasks = Tasks("test")
    runner = IndexRunner(lambda work: tasks.start("steps", work), lambda: log.append("shown"))
    runner.filter(slow(log, "old"))
    assert runner.filtering
    runner.filter(slow(log, "new"))
    runner.finish()
    assert not runner.filtering
    assert log[-2:] == ["new", "shown"]
    await asyncio.sleep(0)
    await wait_until("all is done", lambda: not runner.busy)
    assert log.count("old") < 100
    await tasks.close()


async def test_each_step_of_a_filter_is_looked_at_and_what_can_wait_waits():
    log: list[str] = []
    tasks = Tasks("test")
    idle = steps(log, "idle", 2)
    runner = IndexRunner(
        lambda work: tasks.start("steps", work), lambda: log.append("shown"), lambda: log.append("look"), lambda: idle
    )
    runner.put(steps(log, "apply", 1))
    runner.filter(steps(log, "filter", 2))
    assert log == ["filter0", "look", "filter1", "look", "shown"]
    await wait_until("all is done", lambda: not runner.busy)
    assert log[5:] == ["apply0", "shown", "idle0", "idle1"]
    await tasks.close()


def slow(log: list[str], name: str):
    for _ in range(100):
        for _ in range(30_000):  # longer in all than a filter may hold the loop
            pass
        log.append(name)
        yield


async def test_marks_are_made_before_changes_of_rows_and_can_be_waited_for():
    log: list[str] = []
    tasks = Tasks("test")
    runner = IndexRunner(lambda work: tasks.start("steps", work), lambda: None)
    runner.put(steps(log, "apply", 2))
    runner.mark(slow(log, "mark"))
    runner.finish()
    assert log == ["mark"] * 100
    await wait_until("all is done", lambda: not runner.busy)
    assert log[100:] == ["apply0", "apply1"]
    await tasks.close()


async def test_what_is_new_to_draw_comes_to_the_screen_before_anything_goes_on(monkeypatch: pytest.MonkeyPatch):
    log: list[str] = []
    tasks = Tasks("test")
    drawn = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await (drawn.wait() if seconds == FRAME else asyncio.sleep(seconds))

    monkeypatch.setattr(index_runner, "asyncio", SimpleNamespace(sleep=sleep))
    runner = IndexRunner(lambda work: tasks.start("steps", work), lambda: log.append("new") or True)
    runner.put(steps(log, "first", 1))
    runner.put(steps(log, "second", 1))
    await wait_until("something is new", lambda: "new" in log)
    for turn in range(5):
        await asyncio.sleep(0)
        log.append(f"turn{turn}")
    drawn.set()
    await wait_until("all is done", lambda: not runner.busy)
    assert log == ["first0", "new", *(f"turn{turn}" for turn in range(5)), "second0", "new"]
    await tasks.close()
