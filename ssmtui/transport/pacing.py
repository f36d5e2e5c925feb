"""Links that are only read while there is room for what they bring: the peer waits then, as TCP makes it wait. Of links
that bring very much one at a time is read, so that fifty floods hold up a key no longer than one does.

The data channel has no flow control of its own. Holding back acknowledgements is none: the agent sends each new frame
all the same, keeps 100 MB of them, and at the program's end waits 2 s and throws the rest away (protocol.md section
4.6). So what has been read is acknowledged at once, room or no room, and what is not read stays in the sockets between.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from ssmtui.tasks import Tasks
from ssmtui.transport.link import BATCH, Dialer, Link, broken_by

HELD_UP = 0.5
"""Seconds without a read after which the link's silence is our own doing."""

LARGE = BATCH // 4
"""Frames of one read from which it has to be followed by a turn. Echoes and prompts bring one or two."""

Room = Callable[[], Awaitable[None]]
"""Returns when there is room for more output."""


class ReadingTurns:
    """Lets one flood at a time be read: a batch of one in each turn of the event loop.

    A batch takes a millisecond (see ``link.BATCH``). Without turns each flood has one in every turn of the loop, and a
    key, whose echo takes some ten turns of it, waits for ten batches of all of them. The links go round.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._taken = False
        """Whether a batch of this turn of the loop is read."""

    async def take(self) -> None:
        """Return when it is the caller's turn to read a large batch: at once where nobody else reads any."""
        loop = asyncio.get_running_loop()
        if not self._taken:
            self._taken = True
            loop.call_soon(self._next)
            return
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _next(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # a link that was closed meanwhile wants none
                turn.set_result(None)
                asyncio.get_running_loop().call_soon(self._next)
                return
        self._taken = False


class PacedDialer:
    """Opens links that are only read while there is room for what they bring: ``room`` returns when there is."""

    def __init__(self, dialer: Dialer, room: Room, turns: ReadingTurns | None = None) -> None:
        """``turns`` are shared by the links that are read in one event loop; None: this one is read whenever there is
        room."""
        self._dialer = dialer
        self._room = room
        self._turns = turns

    async def dial(self, stream_url: str, opening: str) -> Link:
        """As the inner dialer does."""
        return PacedLink(await self._dialer.dial(stream_url, opening), self._room, self._turns)


class PacedLink:
    """A :class:`ssmtui.transport.link.Link` whose peer waits while we have no room."""

    def __init__(self, link: Link, room: Room, turns: ReadingTurns | None = None) -> None:
        self._link = link
        self._room = room
        self._turns = turns
        self._floods = False
        """Whether the last read brought so much that the next one has to wait for its turn."""
        self._held_up = asyncio.Event()
        self.send = link.send
        self.close = link.close

    async def receive_many(self) -> Sequence[bytes]:
        """The frames that have come, once there is room for them."""
        self._held_up.set()
        await self._room()
        if self._floods and self._turns is not None:
            await self._turns.take()
        self._held_up.clear()
        frames = await self._link.receive_many()
        self._floods = len(frames) >= LARGE
        return frames

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
