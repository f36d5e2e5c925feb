"""Listens to the members of a broadcast, and marks those that print something else than most, or do not echo."""

from __future__ import annotations

from asyncio import TimerHandle, get_running_loop
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from ssmtui.ui.broadcast.comparison import Compared, Comparison, Facts

if TYPE_CHECKING:
    from ssmtui.ui.panes.panes import Panes


class Watching:
    """From the first key that goes to several sessions until the broadcast is over."""

    def __init__(self, panes: Panes) -> None:
        self._panes = panes
        self._broadcast = panes.inputs.broadcast
        self._comparison = Comparison(self._facts)
        self._listening: dict[int, Callable[[], None]] = {}
        self._timer: TimerHandle | None = None
        panes.inputs.on_sent = self._sent

    def follow(self) -> None:
        """The members are others."""
        for key in self._listening.keys() - self._broadcast.members.keys():
            self._listening.pop(key)()
            self._comparison.forget(key)
        if not self._listening:
            self._comparison.clear()
            self._stop()

    def close(self) -> None:
        """Listen to nobody any more."""
        for stop in self._listening.values():
            stop()
        self._listening.clear()
        self._stop()

    def _sent(self, sessions: Sequence[int], text: str) -> None:
        for key in sessions:
            if key not in self._listening:
                with suppress(KeyError):  # it has just been removed
                    self._listening[key] = self._panes.manager.session(key).listen(partial(self._printed, key))
        self._tell(self._comparison.sent(sessions, text, self._now))
        self._look_later()

    def _printed(self, key: int, data: bytes) -> None:
        self._comparison.printed(key, data, self._now)
        self._broadcast.heard(key)
        self._look_later()

    def _look_later(self) -> None:
        # One timer, which finds out when it is due whether there is more to wait for: output comes thousands of times
        # a second.
        if self._timer is None and (due := self._comparison.next_look(self._now)) is not None:
            self._timer = get_running_loop().call_at(due, self._look)

    def _look(self) -> None:
        self._timer = None
        self._tell(self._comparison.look(self._now))
        self._look_later()

    def _tell(self, verdict: Compared) -> None:
        if verdict.silent:
            self._broadcast.mark_silent(verdict.silent)
        if verdict.differ is not None:
            self._broadcast.mark_differing(verdict.differ)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _facts(self, key: int) -> Facts:
        manager = self._panes.manager
        with suppress(KeyError):
            snapshot = manager.snapshot(key)
            return Facts(snapshot.node, manager.session(key).size.cols, snapshot.round_trip)
        return Facts()

    @property
    def _now(self) -> float:
        return get_running_loop().time()
