"""Links that are only read while there is room."""

from __future__ import annotations

import asyncio

import pytest

from ssmtui.errors import LinkClosed
from ssmtui.tasks import Tasks
from ssmtui.transport import pacing
from ssmtui.transport.pacing import PacedDialer, PacedLink
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
