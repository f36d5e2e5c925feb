"""Output in a thread: what waits, what is lost, and who has left."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator

import pytest

from ssmtui import outbox
from ssmtui.outbox import Outbox
from tests.support.wait import wait_until


@pytest.fixture
async def ends() -> AsyncIterator[tuple[int, int]]:
    """The two ends of a pipe."""
    reads, writes = os.pipe()
    yield reads, writes
    for end in (reads, writes):
        try:
            os.close(end)
        except OSError:
            continue  # the test has closed it


async def test_what_is_put_arrives_in_order(ends: tuple[int, int]) -> None:
    output = Outbox(ends[1])
    for number in range(100):
        output.put(b"%d\n" % number)
    await output.drain(10)
    output.close()
    output.put(b"too late")
    assert os.read(ends[0], 4096).split() == [b"%d" % number for number in range(100)]


async def test_a_reader_that_sleeps_makes_room_run_out(ends: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "ROOM", 100_000)
    output = Outbox(ends[1])
    output.put(bytes(300_000))
    assert not output.room.is_set()
    await output.drain(0.01)
    received = 0
    while received < 300_000:
        received += len(await asyncio.to_thread(os.read, ends[0], 65_536))
    await wait_until("there is room", output.room.is_set)
    output.close()


async def test_a_reader_that_has_left_is_noticed_before_anything_is_written(ends: tuple[int, int]) -> None:
    output = Outbox(ends[1])
    told: list[int] = []
    output.broken = lambda: told.append(1)
    output.watch_reader()
    os.close(ends[0])
    await wait_until("it is noticed", lambda: told)
    assert output.failure is not None
    assert output.failure.errno == errno.EPIPE
    output.put(b"for nobody")
    await output.drain(10)
    output.close()
    assert told == [1]


async def test_what_is_no_pipe_is_not_watched() -> None:
    descriptor = os.open(os.devnull, os.O_WRONLY)
    output = Outbox(descriptor)
    output.watch_reader()
    output.put(b"x")
    await output.drain(10)
    output.close()
    os.close(descriptor)
    assert output.failure is None
