"""Links that are only read while there is room."""

from __future__ import annotations

import asyncio

import pytest

from ssmtui.errors import LinkClosed
from ssmtui.tasks import Tasks
from ssmtui.transport import pacing
from ssmtui.transport.pacing import PacedDialer, PacedLink, ReadingTurns
from tests.support.memory import MemoryLink
from tests.support.wait import wait_until


class Room:
    def __init__(self) -> None:
        self.open = asyncio.Event()

    async def __call__(self) -> None:
        await self.open.wait()


async def test_a_link_is_read_once_there_is_room_and_written_all_the_while() -> None:
    near, far = MemoryLink.pair()
    room, tasks = Room(), Tasks("test")

    class Dialer:
        async def dial(self, stream_url: str, opening: str) -> MemoryLink:
            assert (stream_url, opening) == ("url", "opening")
            return near

    link = await PacedDialer(Dialer(), room).dial("url", "opening")
    await far.send(b"one", b"two")
    reading = tasks.start("reading", link.receive_many())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not reading.done()
    await link.send(b"key", b"other")
    assert [await far.receive(), await far.receive()] == [b"key", b"other"]
    room.open.set()
    assert await reading == [b"one", b"two"]
    await link.close()
    with pytest.raises(LinkClosed):
        await link.receive_many()


async def test_a_ping_without_an_answer_counts_for_nothing_while_we_do_not_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pacing, "HELD_UP", 0.01)
    near, _ = MemoryLink.pair()
    near.answers_pings.clear()
    room, tasks = Room(), Tasks("test")
    link = PacedLink(near, room)
    reading = tasks.start("reading", link.receive_many())
    await asyncio.wait_for(link.ping(), 5)
    pinging = tasks.start("pinging", link.ping())
    await asyncio.sleep(0)
    room.open.set()  # it was held up, but not for long
    until = asyncio.get_running_loop().time() + 10 * pacing.HELD_UP
    await wait_until("longer than that has passed", lambda: asyncio.get_running_loop().time() > until)
    assert not pinging.done()
    near.answers_pings.set()
    await asyncio.wait_for(pinging, 5)
    reading.cancel()
    await tasks.close()


class Flood:
    """A link that always has a large batch, and notes in which turn of the loop each was read."""

    latency = None

    def __init__(self, frames: int = pacing.LARGE) -> None:
        self.read_at: list[int] = []
        self._frames = [b""] * frames

    async def send(self, *frames: bytes) -> None: ...

    async def close(self) -> None: ...

    async def ping(self) -> None: ...

    async def receive_many(self) -> list[bytes]:
        self.read_at.append(Turn.number)
        return self._frames


class Turn:
    """Which turn of the event loop this is."""

    number = 0

    @classmethod
    async def count(cls, turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
            cls.number += 1


async def read_for(turns: int, *links: Flood) -> None:
    """Read all of them as the pump does, as soon as each may be, for so many turns of the loop."""
    tasks, shared = Tasks("test"), ReadingTurns()
    room = Room()
    room.open.set()

    async def read(link: PacedLink) -> None:
        while True:
            await link.receive_many()
            await asyncio.sleep(0)

    for number, link in enumerate(links):
        tasks.start(f"link {number}", read(PacedLink(link, room, shared)))
    await Turn.count(turns)
    await tasks.close()


async def test_of_many_floods_one_is_read_in_a_turn_of_the_loop_and_each_has_its_turn() -> None:
    floods = [Flood() for _ in range(10)]
    await read_for(200, *floods)
    reads = sorted(at for flood in floods for at in flood.read_at[1:])
    assert len(reads) == len(set(reads)) > 150
    counts = [len(flood.read_at) for flood in floods]
    assert max(counts) - min(counts) <= 1


async def test_one_flood_alone_and_links_that_bring_little_wait_for_nobody() -> None:
    alone = Flood()
    await read_for(100, alone)
    assert len(alone.read_at) > 90
    quiet, floods = Flood(pacing.LARGE - 1), [Flood() for _ in range(10)]
    await read_for(100, quiet, *floods)
    assert len(quiet.read_at) > 90


async def test_a_link_that_is_closed_while_it_waits_keeps_no_turn_from_the_others() -> None:
    turns, tasks = ReadingTurns(), Tasks("test")
    await turns.take()
    waiting = [tasks.start(f"reader {number}", turns.take()) for number in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    waiting[1].cancel()
    await asyncio.wait_for(waiting[2], 5)
    for _ in range(3):
        await asyncio.sleep(0)
    await asyncio.wait_for(turns.take(), 5)
    await tasks.close()
