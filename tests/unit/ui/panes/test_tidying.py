"""When memory of closed tabs is collected."""

from __future__ import annotations

import gc
import weakref

import pytest

from ssmtui.ui.panes import tidying
from ssmtui.ui.panes.tidying import TABS, Tidying


class Circle:
    """Refers to itself."""

    def __init__(self) -> None:
        self.itself = self


def test_fault_6_circles_are_freed_after_some_closed_tabs() -> None:
    kept = Tidying()
    circle = Circle()
    seen = weakref.ref(circle)
    gc.collect()  # it is old now
    del circle
    assert not kept.closed(TABS - 1)
    kept.collect()
    assert seen() is not None
    assert kept.closed(1)
    kept.collect()
    assert seen() is None


def test_fault_6_what_takes_long_is_done_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter((0.0, 10 * tidying.BUDGET))
    monkeypatch.setattr(tidying.time, "thread_time", lambda: next(times))
    kept = Tidying()
    assert kept.closed(TABS)
    kept.collect()
    assert not kept.closed(9 * TABS)
    assert kept.closed(TABS)


def test_fault_6_time_that_other_programs_take_makes_nothing_rarer(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter((0.0, 10 * tidying.BUDGET))
    monkeypatch.setattr(tidying.time, "perf_counter", lambda: next(times))
    monkeypatch.setattr(tidying.time, "thread_time", lambda: 0.0)
    kept = Tidying()
    assert kept.closed(TABS)
    kept.collect()
    assert kept.closed(TABS)
