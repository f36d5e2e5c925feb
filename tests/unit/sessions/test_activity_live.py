"""The activity of a session on a service of memory, and how often it is announced."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from ssmtui.sessions import activity_clock, activity_tracker
from ssmtui.sessions.activity import Activity
from ssmtui.sessions.activity_clock import ActivityClock
from ssmtui.sessions.snapshots import SessionChange
from ssmtui.terminal.screen import INITIAL_MODES
from ssmtui.terminal.signs import LineEnd, ShellMark
from tests.support.wait import wait_until
from tests.unit.sessions.test_manager import Stage

PROMPTED = [ShellMark("A")]


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(activity_tracker, "PROMPT_SETTLES", 0.02)
    monkeypatch.setattr(activity_tracker, "WORTH_RUNNING", 0.02)
    stage = Stage()
    yield stage
    await stage.close()


def activities(stage: Stage) -> int:
    return sum(change is SessionChange.ACTIVITY for _, change in stage.announced)


async def test_a_session_comes_to_its_prompt_and_is_announced_once(stage: Stage) -> None:
    key = await stage.open()
    stage.engines.panes[key].sink.signs_changed([], LineEnd.PROMPT)
    await wait_until("it is at its prompt", lambda: stage.manager.snapshot(key).activity is Activity.PROMPT)
    await wait_until("it is announced", lambda: activities(stage) == 1)


async def test_what_is_typed_begins_a_command_and_marks_end_it(stage: Stage) -> None:
    key = await stage.open()
    sink = stage.engines.panes[key].sink
    sink.signs_changed(PROMPTED, LineEnd.PROMPT)
    stage.manager.session(key).write(b"false\r")
    await wait_until("it runs", lambda: stage.manager.snapshot(key).activity is Activity.RUNNING)
    sink.signs_changed([ShellMark("D", 1), ShellMark("A")], None)
    snapshot = stage.manager.snapshot(key)
    assert (snapshot.activity, snapshot.doing.code) == (Activity.DONE, 1)
    assert snapshot.doing_for < 5
    stage.manager.session(key).write(b"l")
    assert stage.manager.snapshot(key).activity is Activity.PROMPT


async def test_the_answer_to_a_query_is_not_typed(stage: Stage) -> None:
    key = await stage.open()
    sink = stage.engines.panes[key].sink
    sink.signs_changed(PROMPTED, LineEnd.PROMPT)
    sink.reply(b"\r")
    later = time.monotonic() + 60
    tracker = stage.manager.session(key)._activity.tracker
    assert tracker.look(later).activity is Activity.PROMPT
    stage.manager.session(key).write(b"\r")
    assert tracker.look(later).activity is Activity.RUNNING


async def test_a_flood_of_marks_is_announced_a_few_times_only(stage: Stage) -> None:
    key = await stage.open()
    sink = stage.engines.panes[key].sink
    stage.announced.clear()
    for _ in range(1000):
        sink.signs_changed([ShellMark("C"), ShellMark("D", 1), ShellMark("A")], None)
    assert activities(stage) == 1
    await wait_until("the last one is announced", lambda: activities(stage) == 2)


async def test_a_session_that_is_over_does_nothing(stage: Stage) -> None:
    key = await stage.open()
    sink = stage.engines.panes[key].sink
    sink.signs_changed(PROMPTED, LineEnd.PROMPT)
    stage.manager.session(key).end()
    await wait_until("it is over", lambda: not stage.manager.snapshot(key).live)
    stage.announced.clear()
    sink.signs_changed([ShellMark("C"), ShellMark("D", 1)], LineEnd.SECRET)
    assert stage.manager.snapshot(key).activity is Activity.NOTHING
    assert activities(stage) == 0


async def test_a_full_screen_program_asks_nothing(stage: Stage) -> None:
    key = await stage.open()
    sink = stage.engines.panes[key].sink
    sink.modes_changed(INITIAL_MODES._replace(alternate_screen=True))
    sink.signs_changed([], LineEnd.SECRET)
    assert stage.manager.snapshot(key).activity is Activity.NOTHING
    sink.modes_changed(INITIAL_MODES)
    assert stage.manager.snapshot(key).activity is Activity.PASSWORD


async def test_a_quiet_session_has_no_timer_and_output_that_waits_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(activity_tracker, "PROMPT_SETTLES", 0.02)
    monkeypatch.setattr(activity_clock, "PAUSE", 0.0)
    behind, changes = True, 0

    def changed() -> None:
        nonlocal changes
        changes += 1

    followed = ActivityClock(asyncio.get_running_loop().time, changed, lambda: behind)
    followed.printed()
    assert followed._timer is None
    followed.signs([], LineEnd.PROMPT)
    followed._due()  # as its timer does
    assert followed.doing.activity is not Activity.PROMPT
    behind = False
    await wait_until("it is at its prompt", lambda: changes == 1)
    assert followed.doing.activity is Activity.PROMPT
    assert followed._timer is None
    followed.close()
