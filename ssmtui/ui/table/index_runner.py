"""Runs the steps of a node index between frames: the newest filter before all else."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from time import perf_counter
from typing import Any

from ssmtui.inventory.index import Steps
from ssmtui.ui.kit.turns import FRAME, HELD, Turns

Start = Callable[[Coroutine[Any, Any, None]], object]
"""Runs a coroutine as a task."""


class IndexRunner:
    """What changes the rows waits here; ``arrived`` is called whenever something is done, ``looked`` after each step of
    a filter, for one that takes long shows what it has so far: both return whether there is something new to draw. What
    ``idle`` gives is run when nothing else is to do.

    A filter goes first: it works on the rows as they are, and what was under way goes on after it. What is new to draw
    comes to the screen before anything goes on.
    """

    def __init__(
        self,
        start: Start,
        arrived: Callable[[], object],
        looked: Callable[[], object] = lambda: None,
        idle: Callable[[], Steps] = lambda: iter(()),
    ) -> None:
        self._start = start
        self._arrived = arrived
        self._looked = looked
        self._idle = idle
        self._waiting: deque[Steps] = deque()
        self._marking: deque[Steps] = deque()
        self._filter: Steps | None = None
        self._running = False
        self._is_fresh = False

    @property
    def busy(self) -> bool:
        """Whether something is still to be done."""
        return self._running

    @property
    def filtering(self) -> bool:
        """Whether that is a filter."""
        return self._filter is not None

    def put(self, steps: Steps) -> None:
        """Queue ``steps``."""
        self._waiting.append(steps)
        self._run()

    def filter(self, steps: Steps) -> None:
        """Run the steps of a filter, in place of an older one. Few rows are filtered when this returns."""
        self._filter = steps
        end = perf_counter() + HELD
        while self.filtering and perf_counter() < end:
            self._step()
        if self.filtering:
            self._run()

    def mark(self, steps: Steps) -> None:
        """Run the steps of many marks, after a filter. Few are made when this returns."""
        self._marking.append(steps)
        end = perf_counter() + HELD
        while self._hurries and perf_counter() < end:
            self._step()
        if self._hurries:
            self._run()

    def wake(self) -> None:
        """There is idle work to do."""
        self._run()

    def finish(self) -> None:
        """Filter and mark to the end now: what comes next acts on what is shown and marked."""
        while self._hurries:
            self._step()

    def finish_all(self) -> None:
        """Do all that waits now. For lists of some hundreds of rows, which take less than a frame."""
        while self._hurries or self._waiting:
            self._step()

    @property
    def _hurries(self) -> bool:
        return self.filtering or bool(self._marking)

    def _run(self) -> None:
        if not self._running:
            self._running = True
            self._start(self._work())

    async def _work(self) -> None:
        try:
            turns = Turns()
            while (works := self._step()) or self._has_idled():
                if self._is_fresh:
                    self._is_fresh = False
                    # Drawing takes many turns of the loop; with sleep(0) each would wait for a step.
                    await asyncio.sleep(FRAME)
                    turns = Turns()
                elif works:
                    await turns.give()
                else:
                    # Idle work never uses up a budget: all else goes first.
                    await asyncio.sleep(0)
        finally:
            self._running = False

    def _step(self) -> bool:
        """Do a little; whether there was anything to do."""
        queue = self._marking or self._waiting
        steps = self._filter if self._filter is not None else next(iter(queue), None)
        if steps is None:
            return False
        try:
            next(steps)
        except StopIteration:
            if steps is self._filter:
                self._filter = None
            else:
                queue.popleft()
            self._is_fresh |= bool(self._arrived())
        else:
            if self.filtering:
                self._is_fresh |= bool(self._looked())
        return True

    def _has_idled(self) -> bool:
        """Do a little of what can wait; whether there is more of it."""
        try:
            next(self._idle())
        except StopIteration:
            return False
        return True
