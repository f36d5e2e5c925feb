"""As many destinations as there may be at once: who gets one, who waits, and which one goes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Generic, Protocol, TypeVar

from ssmtui.documents.port_forwards import Forward
from ssmtui.errors import SsmtuiError


class Endable(Protocol):
    """What there is for one destination."""

    @property
    def is_useless(self) -> bool:
        """Whether it has failed for good."""

    def end(self) -> None:
        """It is wanted no more. Does not wait."""


Kept = TypeVar("Kept", bound=Endable)


class NoRoom(SsmtuiError):
    """All destinations that there may be are in use."""

    title = "Too many destinations are in use"


class _Lent(Generic[Kept]):
    """One destination that has something."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.users = 0
        self.expiry: asyncio.TimerHandle | None = None


class _Waiter(Generic[Kept]):
    """Somebody who wants a destination for which there is no room."""

    def __init__(self, forward: Forward) -> None:
        self.forward = forward
        self.granted: asyncio.Future[_Lent[Kept]] = asyncio.get_running_loop().create_future()


class Destinations(Generic[Kept]):
    """What ``make`` makes, one for each destination, lent to any number of users at once. Belongs to the event loop's
    thread.

    At most ``most`` exist. For a new one the one goes that nobody has used for the longest time; while all are in use,
    those who want another one wait, in order, at most ``patience`` seconds. One without users goes after ``idle``
    seconds.
    """

    def __init__(self, make: Callable[[Forward], Kept], *, most: int, idle: float, patience: float) -> None:
        self._make = make
        self._most = most
        self._idle = idle
        self._patience = patience
        # In the order in which they lost their last user, those that have users anywhere.
        self._places: dict[Forward, _Lent[Kept]] = {}
        self._waiters: deque[_Waiter[Kept]] = deque()

    @property
    def kept(self) -> tuple[Kept, ...]:
        """All that there are. Any thread may ask."""
        return tuple(place.kept for place in tuple(self._places.values()))

    @property
    def waiting(self) -> int:
        """How many wait for room."""
        return len(self._waiters)

    @asynccontextmanager
    async def lend(self, forward: Forward) -> AsyncIterator[Kept]:
        """What there is for ``forward``; it stays until the block ends. Raises :class:`NoRoom`."""
        # Nobody is overtaken: while somebody waits, there is no room.
        place = self._take(forward) or await self._wait(forward)
        try:
            yield place.kept
        finally:
            self._give_back(forward, place)

    def end(self) -> None:
        """End all, also those that are in use. Those who wait, and a later :meth:`lend`, begin anew."""
        for forward in tuple(self._places):
            self._drop(forward)
        self._admit()

    def resize(self, most: int) -> None:
        """Have at most so many from now on. Those above that go as soon as they have no users."""
        self._most = most
        for forward in [forward for forward, place in self._places.items() if not place.users]:
            if len(self._places) > most:
                self._drop(forward)
        self._admit()

    def close(self) -> None:
        """End all for good: nothing is made any more."""
        self._most = 0
        self.end()

    def _take(self, forward: Forward) -> _Lent[Kept] | None:
        """One more user, None if there is no room."""
        place = self._places.get(forward)
        if place is None:
            if not self._make_room():
                return None
            place = self._places[forward] = _Lent(self._make(forward))
        place.users += 1
        if place.expiry is not None:
            place.expiry.cancel()
            place.expiry = None
        return place

    def _make_room(self) -> bool:
        while len(self._places) >= self._most:
            unused = next((forward for forward, place in self._places.items() if not place.users), None)
            if unused is None:
                return False
            self._drop(unused)
        return True

    async def _wait(self, forward: Forward) -> _Lent[Kept]:
        waiter: _Waiter[Kept] = _Waiter(forward)
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(self._patience):
                return await waiter.granted
        except BaseException as error:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            # It may have been granted in the very turn in which it was given up.
            if waiter.granted.done() and not waiter.granted.cancelled():
                self._give_back(forward, waiter.granted.result())
            if isinstance(error, TimeoutError):
                raise NoRoom(
                    f"{self._most} destinations are in use, and none became free within {self._patience:.0f} s",
                    remedy="Close connections that are not needed, or make a tunnel of its own to a destination.",
                ) from None
            raise

    def _give_back(self, forward: Forward, place: _Lent[Kept]) -> None:
        place.users -= 1
        if place.users or self._places.get(forward) is not place:
            return
        if place.kept.is_useless or len(self._places) > self._most:
            self._drop(forward)
        else:
            self._places[forward] = self._places.pop(forward)
            place.expiry = asyncio.get_running_loop().call_later(self._idle, self._drop, forward)
        self._admit()

    def _admit(self) -> None:
        """Let in those who have waited longest, and with each those who want the same."""
        # Those that have been given up go by themselves in a moment.
        while waiting := [waiter for waiter in self._waiters if not waiter.granted.done()]:
            forward = waiting[0].forward
            for waiter in [waiter for waiter in waiting if waiter.forward == forward]:
                place = self._take(forward)
                if place is None:
                    return
                self._waiters.remove(waiter)
                waiter.granted.set_result(place)

    def _drop(self, forward: Forward) -> None:
        place = self._places.pop(forward)
        if place.expiry is not None:
            place.expiry.cancel()
        place.kept.end()
