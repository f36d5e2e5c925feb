"""Whose turn it is to draw, of all terminals in sight: sixteen that print without end must leave time for keys, and the
one that is typed into must not wait for the others."""

from __future__ import annotations

import asyncio
import time
import types
from collections.abc import Callable, Coroutine, Generator, Hashable
from typing import Any

from ssmtui.ui.kit.turns import FRAME

FLOOD_FRAME = 1 / 30
"""Seconds between two frames of a terminal that does not stop printing; :data:`FRAME` otherwise."""

FLOOD_AFTER = 12
"""Frames in a row after which output is a flood."""

SHARE = 0.5
"""How much of the event loop's time drawing may take, that of all terminals together."""

BURST = FLOOD_FRAME * SHARE
"""Seconds that may be spent in advance: what drawing may take in one frame of a flood. So those that flood are drawn
one right after the other, and the screen takes their lines with one update."""

AT_ONCE = 4
"""How many draw at a time, besides the one with the focus. While one waits for the engine, another makes its lines."""

_ROUNDING = 1e-6
"""Seconds of debt that are none: after the wait that was worked out for it, a trace may be left."""


class _Place:
    """What is known of one terminal."""

    def __init__(self) -> None:
        self.began = 0.0
        """When it began to draw last."""
        self.due = 0.0
        """When it may draw next."""
        self.streak = 0
        """How many frames it has drawn one after the other."""
        self.cost = 0.0
        """Seconds that the last one took."""


class DrawingOrder:
    """Who draws when. It has no clock: ``now`` is in seconds, and is never less than before.

    The terminal with the focus is first. The others take turns, the one that has waited longest before the rest. Where
    the time is not enough for all, the one with the focus and all others together get half of it each.
    """

    def __init__(self) -> None:
        self.preferred: Hashable = None
        """The terminal with the focus."""
        self._places: dict[Hashable, _Place] = {}
        self._waiting: dict[Hashable, _Place] = {}
        self._drawing: dict[Hashable, _Place] = {}
        self._debt = 0.0
        """Seconds that were spent on drawing and are not made up for by time for all else."""
        self._ahead = 0.0
        """Seconds that the one with the focus has spent more than all others together; less than 0: those have."""
        self._at = 0.0

    def ask(self, who: Hashable, now: float) -> None:
        """``who`` has something to draw, and does not draw now."""
        place = self._places.setdefault(who, _Place())
        if now > place.due:
            place.streak = 0
        self._waiting[who] = place

    def begin(self, now: float) -> list[Hashable]:
        """Those whose turn it is now; each draws until :meth:`end`."""
        self._pay(now)
        begun = []
        for who in (self.preferred, *[other for other in self._waiting if other != self.preferred]):
            place = self._waiting.get(who)
            if place is not None and place.due <= now and self._has_room(who) and self._excess(who) <= _ROUNDING:
                self._drawing[who] = self._waiting.pop(who)
                place.began = now
                begun.append(who)
        return begun

    def next_at(self, now: float) -> float | None:
        """When to call :meth:`begin` again if nobody asks or ends before; None: only then."""
        self._pay(now)
        times = [
            max(place.due, now + max(0.0, self._excess(who)) / SHARE)
            for who, place in self._waiting.items()
            if self._has_room(who)
        ]
        return min(times, default=None)

    def end(self, who: Hashable, now: float, spent: float) -> None:
        """``who`` has drawn, which took ``spent`` seconds of the event loop."""
        self._pay(now)
        self._drawing.pop(who, None)
        self._debt += spent
        self._ahead += spent if who == self.preferred else -spent
        self._ahead = max(-BURST, min(BURST, self._ahead))
        if (place := self._places.get(who)) is not None:
            place.cost = spent
            place.streak += 1
            floods = place.streak > FLOOD_AFTER
            if who == self.preferred:
                # From where it began: it waits for no other, and has not every other moment only where its engine takes
                # a little longer than a frame of a flood.
                place.due = max(now, place.began + FLOOD_FRAME) if floods else now + FRAME
            else:  # all that flood are due at the same moments
                place.due = (now // FLOOD_FRAME + 1) * FLOOD_FRAME if floods else now + FRAME

    def drop(self, who: Hashable) -> None:
        """``who`` does not want its turn any more."""
        self._waiting.pop(who, None)
        self._drawing.pop(who, None)

    def forget(self, who: Hashable) -> None:
        """``who`` is gone."""
        self.drop(who)
        self._places.pop(who, None)
        if self.preferred == who:
            self.preferred = None

    def _pay(self, now: float) -> None:
        self._debt = max(0.0, self._debt - (now - self._at) * SHARE)
        self._at = now

    def _has_room(self, who: Hashable) -> bool:
        return who == self.preferred or len(self._drawing.keys() - {self.preferred}) < AT_ONCE

    def _excess(self, who: Hashable) -> float:
        """The debt beyond that up to which ``who`` may begin: more for the one with the focus, whose echo is waited
        for, and most for the side that has had less."""
        if who == self.preferred:
            limit = 4 * BURST if self._ahead < 0 else 2 * BURST
        else:
            limit = 4 * BURST if self._ahead > 0 else BURST
        return self._debt + sum([place.cost for place in self._drawing.values()]) - limit


class Pacer:
    """Gives the views of a screen their turns to draw. All methods belong to the event loop's thread."""

    def __init__(self) -> None:
        self._order = DrawingOrder()
        self._turns: dict[Hashable, asyncio.Future[None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def prefer(self, view: Hashable) -> None:
        """``view`` has the focus; None: no terminal has it."""
        self._order.preferred = view

    async def draw(self, view: Hashable, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do ``work``, which draws ``view``, as soon as it is its turn. A view asks for one turn at a time."""
        clock = asyncio.get_running_loop().time
        turn = self._turns[view] = asyncio.get_running_loop().create_future()
        self._order.ask(view, clock())
        meter = Meter()
        try:
            self._serve()
            await turn
            await meter.run(work())
        finally:
            self._turns.pop(view, None)
            if turn.done() and not turn.cancelled():
                self._order.end(view, clock(), meter.spent)
            else:
                self._order.drop(view)
            self._serve()

    def forget(self, view: Hashable) -> None:
        """``view`` is gone."""
        self._order.forget(view)

    def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        for view in self._order.begin(loop.time()):
            if not self._turns[view].done():
                self._turns[view].set_result(None)
        if self._timer is not None:
            self._timer.cancel()
        at = self._order.next_at(loop.time())
        self._timer = None if at is None else loop.call_at(at, self._serve)


class Meter:
    """Counts the time that work takes the event loop, without that in which it waits and others have their turns."""

    def __init__(self) -> None:
        self.spent = 0.0
        """Seconds."""

    @types.coroutine
    def run(self, work: Coroutine[Any, Any, None]) -> Generator[Any, Any, None]:
        """Await ``work``, and count its steps."""
        error: BaseException | None = None
        while True:
            began = time.perf_counter()
            try:
                waits_for = work.send(None) if error is None else work.throw(error)
            except StopIteration:
                return
            finally:
                self.spent += time.perf_counter() - began
            try:
                error = None
                yield waits_for
            except BaseException as raised:  # a cancellation: it goes to the work, which may have something to end
                error = raised
