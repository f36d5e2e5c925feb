"""Links that are only read while there is room for what they bring: the peer waits then, as TCP makes it wait.

The data channel has no flow control of its own. Holding back acknowledgements is none: the agent sends each new frame
all the same, keeps 100 MB of them, and at the program's end waits 2 s and throws the rest away (protocol.md section
4.6). So what has been read is acknowledged at once, room or no room, and what is not read stays in the sockets between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from ssmtui.tasks import Tasks
from ssmtui.transport.link import Dialer, Link, broken_by

HELD_UP = 0.5
"""Seconds without a read after which the link's silence is our own doing."""

Room = Callable[[], Awaitable[None]]
"""Returns when there is room for more output."""


class PacedDialer:
    """Opens links that are only read while there is room for what they bring: ``room`` returns when there is."""

    def __init__(self, dialer: Dialer, room: Room) -> None:
        self._dialer = dialer
        self._room = room

    async def dial(self, stream_url: str, opening: str) -> Link:
        """As the inner dialer does."""
        return PacedLink(await self._dialer.dial(stream_url, opening), self._room)


class PacedLink:
    """A :class:`ssmtui.transport.link.Link` whose peer waits while we have no room."""

    def __init__(self, link: Link, room: Room) -> None:
        self._link = link
        self._room = room
        self._held_up = asyncio.Event()
        self.send = link.send
        self.close = link.close

    async def receive_many(self) -> Sequence[bytes]:
        """The frames that have come, once there is room for them."""
        self._held_up.set()
        await self._room()
        self._held_up.clear()
        return await self._link.receive_many()

    async def ping(self) -> None:
        """Ping, and count as answered while we do not read: no pong can come then, and that says nothing of the peer.

        Without that, a local program that does not read for 20 s, or a terminal that Ctrl-S has stopped, loses its
        socket.
        """
        tasks = Tasks("paced ping")
        answered = tasks.start("ping", broken_by(self._link.ping), awaited=True)
        try:
            await asyncio.wait({answered, tasks.start("held up", self._stay_held_up())}, return_when="FIRST_COMPLETED")
            if answered.done() and (closed := answered.result()) is not None:
                raise closed
        finally:
            await tasks.close()

    async def _stay_held_up(self) -> None:
        while True:
            await self._held_up.wait()
            # A flood fills the room and empties it many times a second. Only a reader that is stuck keeps it full.
            await asyncio.sleep(HELD_UP)
            if self._held_up.is_set():
                return

    @property
    def latency(self) -> float | None:
        """Round trip of the last answered ping in seconds."""
        return self._link.latency
