"""A time limit counts what its own thread does, and nothing else."""

from __future__ import annotations

import gc
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from types import FrameType

import pytest

from ssmtui import time_limit
from ssmtui.time_limit import Expired, TimeLimit
from tests.support.wait import wait_until_sync

SLOW, TEXT = re.compile("(a+)+b"), "a" * 60

pytestmark = pytest.mark.skipif(not time_limit.AVAILABLE, reason="no timer of processor time here")


@contextmanager
def busy_threads(count: int) -> Iterator[list[int]]:
    """Threads that use processor time without the interpreter's lock; how many rounds each has made."""
    rounds, over, load = [0] * count, threading.Event(), b"x" * 1_000_000

    def work(place: int) -> None:
        while not over.is_set():
            sha256(load).digest()
            rounds[place] += 1

    threads = [threading.Thread(target=work, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield rounds
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_what_takes_too_long_is_stopped() -> None:
    before = time.thread_time()
    with pytest.raises(Expired), TimeLimit(0.02):
        SLOW.search(TEXT)
    assert time.thread_time() - before >= 0.02


def test_a1_the_time_of_other_threads_does_not_count() -> None:
    with busy_threads(2) as rounds:
        start = time.process_time()
        with TimeLimit(0.05):
            # The whole process uses four times the limit, this thread next to nothing of it.
            wait_until_sync("four times the limit", lambda: time.process_time() - start >= 0.2)
        assert all(rounds)


def test_a1_a_pattern_is_stopped_after_its_own_time_beside_busy_threads() -> None:
    with busy_threads(2):
        before = time.thread_time()
        with pytest.raises(Expired), TimeLimit(0.05):
            SLOW.search(TEXT)
    assert time.thread_time() - before >= 0.05


def test_a_timer_that_goes_off_late_does_nothing() -> None:
    with TimeLimit(0.02):
        pass
    signal.raise_signal(signal.SIGVTALRM)
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0


def test_each_limit_has_its_own_time() -> None:
    for _ in range(2):
        with pytest.raises(Expired), TimeLimit(0.01):
            SLOW.search(TEXT)
    with TimeLimit(0.01):
        assert SLOW.search("ab")


def test_the_garbage_collector_waits_and_goes_on() -> None:
    seen: list[bool] = []
    with TimeLimit(10):
        seen.append(gc.isenabled())
    assert [*seen, gc.isenabled()] == [False, True]
    with pytest.raises(Expired), TimeLimit(0.01):
        SLOW.search(TEXT)
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with TimeLimit(10):
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_an_exception_that_somebody_drops_comes_again() -> None:
    def search_twice() -> None:
        # As a callback of a weak reference does with whatever is raised in it.
        with suppress(Expired):
            SLOW.search(TEXT)
        SLOW.search(TEXT)

    with pytest.raises(Expired), TimeLimit(0.01):
        search_twice()


def test_a_timer_that_goes_off_while_it_ends_leaves_nothing_behind() -> None:
    limit = TimeLimit(0.01)

    def as_it_ends(frame: FrameType, event: str, _argument: object) -> None:
        if frame.f_code is TimeLimit.__exit__.__code__ and event == "call":
            limit._expire(signal.SIGVTALRM, frame)

    with suppress(Expired), limit:
        limit._until = 0.0
        sys.setprofile(as_it_ends)
    sys.setprofile(None)
    assert gc.isenabled()
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0
    signal.raise_signal(signal.SIGVTALRM)


def test_only_the_main_thread_can_use_it() -> None:
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(time_limit.usable()))
    thread.start()
    thread.join()
    assert [time_limit.usable(), *found] == [True, False]
