"""Follows the activity of one session with the event loop's timers: only while it can change by time alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ssmtui.sessions.activity import Activity, CommandEnd, Doing
from ssmtui.sessions.activity_tracker import ActivityTracker
from ssmtui.terminal.signs import LineEnd, ShellMark

PAUSE = 0.25
"""Seconds between two announcements: a program can mark a hundred commands in a second."""

_BY_QUIET = (Activity.INPUT, Activity.SILENT)
"""Activities that output ends."""


class ActivityClock:
    """The activity of one session, and ``changed`` called when it is another one. A quiet session has no timer."""

    def __init__(
        self,
        clock: Callable[[], float],
        changed: Callable[[], None],
        is_behind: Callable[[], bool],
        ended: Callable[[CommandEnd], None] = lambda end: None,
    ) -> None:
        """``clock`` returns seconds. ``is_behind`` says whether output has come that was not looked at yet, so that it
        is not known how the last line ends. ``ended`` is called for each command that has ended, also for those that
        are not worth an announcement."""
        self.tracker = ActivityTracker()
        self._clock = clock
        self._changed = changed
        self._is_behind = is_behind
        self._ended = ended
        self._ends_told = 0
        self._told = Doing()
        self._told_at = float("-inf")
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False

    @property
    def doing(self) -> Doing:
        """The activity now, announced or not."""
        return self.tracker.look(self._clock())

    def printed(self) -> None:
        """The node printed something. Cheap: this is called for each piece of a flood."""
        self.tracker.printed(self._clock())
        if self._timer is None or self._told.activity in _BY_QUIET:
            self._look()

    def typed(self, data: bytes) -> None:
        """``data`` was typed or pasted."""
        self.tracker.typed(data, self._clock())
        self._look()

    def signs(self, marks: list[ShellMark], end: LineEnd | None) -> None:
        """The shell marked something, or the last line looks different."""
        self.tracker.signs(marks, end, self._clock())
        self._look()

    def full_screen(self, on: bool) -> None:
        """The alternate screen is in use, or no more."""
        self.tracker.full_screen(on)
        self._look()

    def close(self) -> None:
        """Announce nothing from now on."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        if self._is_closed:
            return
        now = self._clock()
        doing = self.tracker.look(now)
        if self.tracker.ended != self._ends_told and self.tracker.last_end is not None:
            self._ends_told = self.tracker.ended
            self._ended(self.tracker.last_end)
        soonest = self._told_at + PAUSE
        if doing != self._told and now >= soonest:
            self._told, self._told_at = doing, now
            self._changed()
        times = [] if doing == self._told else [soonest]
        if (next_look := self.tracker.next_look(now)) is not None:
            times.append(next_look)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if times and not self._is_closed:
            self._timer = asyncio.get_running_loop().call_later(max(0.0, min(times) - now), self._due)

    def _due(self) -> None:
        self._timer = None
        if self._is_behind():
            self.tracker.printed(self._clock())
        self._look()
