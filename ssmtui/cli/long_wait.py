"""Says what a verb waits for once that takes long, and that Ctrl-C gives up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType

from ssmtui.cli.say import can_show_progress, clear_progress, say, show_progress

PATIENCE = 5.0
"""Seconds without a word."""
TICK = 1.0


class LongWait:
    """A context manager, and loop-bound. From ``PATIENCE`` seconds on a terminal shows a line that counts them, until
    the block is left; elsewhere each thing is named once."""

    def __init__(self, what: Callable[[], str]) -> None:
        """``what`` says what is waited for now: "the list of nodes"; empty where nothing is."""
        self._what = what
        self._said: set[str] = {""}
        self._loop = asyncio.get_running_loop()
        self._since = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> LongWait:
        self._since = self._loop.time()
        self._timer = self._loop.call_later(PATIENCE, self._tick)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """It is there, or is given up. May be called again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            clear_progress()

    def _tick(self) -> None:
        self._timer = self._loop.call_later(TICK, self._tick)
        if not (what := self._what()):
            return
        text = f"Waiting for {what}: {self._loop.time() - self._since:.0f} s. Ctrl-C gives up."
        if can_show_progress():
            show_progress(text)
        elif what not in self._said:
            self._said.add(what)
            say(text)
