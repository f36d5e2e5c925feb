"""The official series of delays, then a cap that many sessions do not meet in step."""

from __future__ import annotations

import random

import pytest

from ssmtui.transport.backoff import CAP, CAP_JITTER, Backoff


@pytest.mark.parametrize("seed", range(20))
def test_the_series_doubles_from_a_random_start_up_to_the_cap(seed: int) -> None:
    backoff = Backoff(random.Random(seed))
    delays = [backoff.delay() for _ in range(20)]
    assert 0.1 <= delays[0] <= 0.199
    assert delays[1:6] == [pytest.approx(delays[0] * 2**n) for n in range(1, 6)]
    assert all(CAP * (1 - CAP_JITTER) <= delay <= CAP for delay in delays[9:])


def test_two_sessions_do_not_try_in_step() -> None:
    one, other = Backoff(random.Random(1)), Backoff(random.Random(2))
    assert [one.delay() for _ in range(12)] != [other.delay() for _ in range(12)]
