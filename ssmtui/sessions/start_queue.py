"""Who may call StartSession now: a few at once over all sessions, the others in the order in which they came."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable

from ssmtui.contained import Contained

AT_ONCE = 8
"""StartSession calls at once: AWS throttles more of them, and the first session does not start any sooner."""

TellAhead = Callable[[int], None]
"""Told how many are to be started before, each time that changes; 0: it is its turn. Must not block."""


class StartQueue:
    """Gives turns. Loop-bound."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._free = at_once
        self._waiting: deque[Turn] = deque()
        self._broken = Contained("start queue")

    def turn(self, tell: TellAhead) -> Turn:
        """A turn to wait for, behind all that were asked for before. ``tell`` is only called where there is a wait."""
        turn = Turn(self, tell)
        if self._free:
            self._free -= 1
            turn.came.set_result(True)
        else:
            self._waiting.append(turn)
            self._broken.call(tell, len(self._waiting))
        return turn

    def leave(self, turn: Turn) -> None:
        """``turn`` is over, or is not waited for any longer."""
        if turn in self._waiting:
            place = self._waiting.index(turn)
            del self._waiting[place]
            self._tell_from(place)
        elif self._waiting:
            following = self._waiting.popleft()
            following.came.set_result(True)
            self._broken.call(following.tell, 0)
            self._tell_from(0)
        else:
            self._free += 1

    def _tell_from(self, place: int) -> None:
        for number, turn in enumerate(list(self._waiting)[place:], start=place + 1):
            self._broken.call(turn.tell, number)


class Turn:
    """One session's. It has to be left, whether it came or not."""

    def __init__(self, queue: StartQueue, tell: TellAhead) -> None:
        self.tell = tell
        self.came: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        """False: it was given up."""
        self._queue = queue
        self._left = False
        self._given_up = asyncio.Event()

    async def come(self) -> bool:
        """Wait for it; whether it came, and was not given up."""
        # Shielded: the future is the queue's, whoever stops waiting for it.
        return await asyncio.shield(self.came)

    async def pause(self, seconds: float) -> bool:
        """Keep the turn and wait; whether it was not given up meanwhile."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._given_up.wait()
        return not self._given_up.is_set()

    def give_up(self) -> None:
        """Wait no longer, for the turn or in it."""
        self._given_up.set()
        if not self.came.done():
            self.leave()
            self.came.set_result(False)

    def leave(self) -> None:
        """Let the next one have its turn."""
        if not self._left:
            self._left = True
            self._queue.leave(self)
