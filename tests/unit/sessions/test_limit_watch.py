"""That little time is left is announced when it turns, and no more often."""

from __future__ import annotations

import pytest

from ssmtui.model import SessionDocument
from ssmtui.sessions import limit_watch
from ssmtui.sessions.clocks import SessionClocks
from ssmtui.sessions.limit_watch import LimitWatch
from tests.support.wait import wait_until


async def test_it_is_announced_when_little_is_left_and_when_there_is_more_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limit_watch, "LOOK_AGAIN", 0.001)
    left: float | None = 0.002
    looks = changes = 0

    def until_little() -> float | None:
        nonlocal left, looks
        looks += 1
        if looks == 2:
            left = -1.0
        elif looks == 5:
            left = 3600.0
        return left

    def changed() -> None:
        nonlocal changes
        changes += 1

    monkeypatch.setattr(limit_watch, "MARGIN", 0.0)
    watch = LimitWatch(until_little, changed)
    watch.look()
    assert changes == 0
    await wait_until("little is left, and then more", lambda: looks == 5)
    assert changes == 2
    watch.cancel()


async def test_without_a_limit_nothing_is_watched() -> None:
    watch = LimitWatch(lambda: None, lambda: None)
    watch.look()
    assert watch._timer is None


def test_the_limit_that_comes_first_counts() -> None:
    clocks = SessionClocks()
    assert clocks.until_little(0.0, 1000.0) is None
    clocks.start(1000.0)
    clocks.learn(SessionDocument("d", complete=True, idle_minutes=20, max_minutes=60), None)
    assert clocks.until_little(0.0, 1000.0) == 20 * 60 - 300
    assert clocks.until_little(0.0, 1000.0 + 59 * 60) == 60 - 300
    assert clocks.until_little(None, 1000.0) == 60 * 60 - 300
