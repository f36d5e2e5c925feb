"""Who may call StartSession now: a few at once over all sessions, the others in the order in which they came."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable

from ssmtui.contained import Contained

AT_ONCE = 8
"""StartSession calls at once. AWS throttles more of them, and the first session starts no sooner."""

TellAhead = Callable[[int], None]
"""Called with the number of sessions to be started before, each time that changes; 0: it is its turn. Must not
block."""


class StartQueue:
    """Hands out turns to call StartSession, first come, first served. Shells and tunnels of a run share one queue,
    because AWS counts their calls together. All methods belong to the event loop's thread."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        """``at_once`` is how many turns may be held at the same time."""
        self._free = at_once
        self._waiting: deque[Turn] = deque()
        self._broken = Contained("start queue")

    def turn(self, tell: TellAhead) -> Turn:
        """A turn, behind all that were asked for before. The caller awaits :meth:`Turn.come`, and leaves the turn in
        any case, or the queue has one place less for the rest of the run. ``tell`` is only called if there is a
        wait."""
        turn = Turn(self, tell)
        if self._free:
            self._free -= 1
            turn.came.set_result(True)
        else:
            self._waiting.append(turn)
            self._broken.call(tell, len(self._waiting))
        return turn

    def leave(self, turn: Turn) -> None:
        """``turn`` is over, or is not waited for any longer: the next one has it."""
        if turn in self._waiting:
            place = self._waiting.index(turn)
            del self._waiting[place]
            self._tell_from(place)
        elif self._waiting:
            # The place goes from hand to hand and is never free in between, so that nobody who comes now jumps the
            # queue.
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
    """One session's place in the queue, or its turn once that has come. It must be left, whether it came or not."""

    def __init__(self, queue: StartQueue, tell: TellAhead) -> None:
        self.tell = tell
        self.came: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        """False: it was given up."""
        self._queue = queue
        self._left = False
        self._given_up = asyncio.Event()

    async def come(self) -> bool:
        """Wait for the turn. Returns whether it came; False when it was given up."""
        # Shielded: the queue sets this future, and a waiter that is cancelled must not cancel it.
        return await asyncio.shield(self.came)

    async def pause(self, seconds: float) -> bool:
        """Keep the turn and wait. Returns whether it is still wanted; False when it was given up meanwhile."""
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
