"""Links that are read only while there is room."""

from __future__ import annotations

import asyncio

import pytest

from ssmtui.errors import LinkClosed
from ssmtui.tasks import TaskGroup
from ssmtui.transport import paced
from ssmtui.transport.paced import PacedDialer
from tests.support.memory import MemoryLink
from tests.support.wait import wait_until


class Dialer:
    """Opens one link of memory."""

    def __init__(self) -> None:
        self.ours, self.theirs = MemoryLink.pair()

    async def dial(self, stream_url: str, opening: str) -> MemoryLink:
        return self.ours


@pytest.fixture
def room() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
async def tasks() -> TaskGroup:
    return TaskGroup("test", on_failure=lambda name, error: None)


async def _wait(room: asyncio.Event) -> None:
    await room.wait()


async def test_nothing_is_read_before_there_is_room(room: asyncio.Event, tasks: TaskGroup) -> None:
    dialer = Dialer()
    link = await PacedDialer(dialer, lambda: _wait(room)).dial("wss://x", "opening")
    await dialer.theirs.send(b"frame")
    reading = tasks.start("read", link.receive())
    await link.send(b"ours")
    assert await dialer.theirs.receive() == b"ours", "sending needs no room"
    assert not reading.done()
    assert dialer.ours._inbox.qsize() == 1
    room.set()
    assert await reading == b"frame"


async def test_a_pong_that_cannot_come_says_nothing_of_the_peer(
    room: asyncio.Event, tasks: TaskGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paced, "HELD_UP", 0.01)
    dialer = Dialer()
    link = await PacedDialer(dialer, lambda: _wait(room)).dial("wss://x", "opening")
    dialer.ours.answers_pings.clear()
    reading = tasks.start("read", link.receive())
    async with asyncio.timeout(5):
        await link.ping()
    room.set()
    await dialer.theirs.send(b"frame")
    await reading
    asked = tasks.start("ping", link.ping())
    await dialer.theirs.send(b"frame")
    await link.receive()
    assert not asked.done(), "we do read: it is the peer that does not answer"
    dialer.ours.answers_pings.set()
    await wait_until("the pong", asked.done)


async def test_a_lost_link_is_lost(room: asyncio.Event) -> None:
    room.set()
    dialer = Dialer()
    link = await PacedDialer(dialer, lambda: _wait(room)).dial("wss://x", "opening")
    dialer.theirs.break_off()
    with pytest.raises(LinkClosed):
        await link.receive()
    with pytest.raises(LinkClosed):
        await link.ping()
