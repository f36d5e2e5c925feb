"""What a person wants to hear of a session, and what there was to hear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from ssmtui.sessions.activity import CommandEnd
from ssmtui.terminal.marks import Find

SILENCE = (1.0, 86_400.0)
"""The shortest and the longest silence that can be waited for, in seconds."""
PAUSE = 2.0
"""Seconds between two hits of a pattern: lines that are found in the meantime are counted."""


class Watch(NamedTuple):
    """What a session is watched for."""

    end: bool = False
    """The end of the command that runs, or of the next one that takes its time or fails: what is typed in between, such
    as ``cd``, is nothing to wait for. Once: then this is off."""
    silence: float | None = None
    """So many seconds without output; each time anew after it has printed something."""
    find: Find | None = None
    """A line that matches."""

    def __bool__(self) -> bool:
        return self.end or self.silence is not None or self.find is not None


NO_WATCH = Watch()


class WatchKind(Enum):
    """What has happened."""

    END = "end"
    SILENCE = "silence"
    FOUND = "found"
    SLOW = "slow"
    """The pattern takes too long on what is printed, so that lines are missed."""
    OVER = "over"
    """The session itself has ended."""


@dataclass(frozen=True, slots=True)
class WatchHit:
    """Something that a session was watched for."""

    number: int
    """Its number among the session's hits, from 1."""
    kind: WatchKind
    line: str = field(default="", repr=False)
    """The line that was found: harmless, and not too long. It is the node's, so it is shown and passed on to nothing
    else."""
    count: int = 1
    """How many lines were found since the last hit."""
    code: int | None = None
    """The exit code of the command that has ended, where it is known."""
    seconds: float = 0.0
    """How long the command took, or the silence has lasted."""


class SessionWatch:
    """The watch over one session. ``hit`` is called when there is a new :attr:`last`."""

    def __init__(self, clock: Callable[[], float], hit: Callable[[], None]) -> None:
        """``clock`` returns seconds."""
        self.watch = NO_WATCH
        self.last: WatchHit | None = None
        self._clock = clock
        self._hit = hit
        self._end_since = 0.0
        """Since when it is watched for the end of a command."""
        self._quiet_since = 0.0
        self._was_silent = False
        self._silence_timer: asyncio.TimerHandle | None = None
        self._found: tuple[int, str] = (0, "")
        self._found_at = float("-inf")
        self._found_timer: asyncio.TimerHandle | None = None

    def set(self, watch: Watch) -> None:
        """Watch for this from now on. What it has in common with what was watched for before goes on."""
        before, self.watch = self.watch, watch
        if not before.end:
            self._end_since = self._clock()
        if watch.find != before.find:
            self._found = (0, "")
            _cancel(self._found_timer)
            self._found_timer = None
        if watch.silence != before.silence:
            self._was_silent = False
            _cancel(self._silence_timer)
            self._silence_timer = None
            if watch.silence is not None:
                self._quiet_since = self._clock()
                self._await_silence()

    def close(self) -> None:
        """Watch for nothing."""
        self.set(NO_WATCH)

    # What happens

    def printed(self) -> None:
        """The node printed something. Cheap: this is called for each piece of a flood."""
        if self.watch.silence is not None:
            self._quiet_since = self._clock()
            if self._was_silent:
                self._was_silent = False
                self._await_silence()

    def ended(self, end: CommandEnd) -> None:
        """A command has ended."""
        ran_before = end.at - end.took <= self._end_since
        if self.watch.end and (ran_before or end.is_worth_saying):
            self.watch = Watch(silence=self.watch.silence, find=self.watch.find)
            self._add(WatchKind.END, code=end.code, seconds=end.took)

    def line_found(self, count: int, line: str) -> None:
        """So many lines were found, the latest of them ``line``."""
        if self.watch.find is None:
            return
        self._found = (self._found[0] + count, line)
        if self._found_timer is None:
            self._tell_found()

    def slow(self) -> None:
        """Lines were not looked at, for that takes too long."""
        if self.watch.find is not None:
            self._add(WatchKind.SLOW)

    def over(self) -> None:
        """The session has ended, after which nothing can be watched."""
        watched = bool(self.watch)
        if watched and self._found[0]:
            self._add(WatchKind.FOUND, line=self._found[1], count=self._found[0])
        self.close()
        if watched:
            self._add(WatchKind.OVER)

    # Within

    def _await_silence(self) -> None:
        assert self.watch.silence is not None
        wait = self._quiet_since + self.watch.silence - self._clock()
        self._silence_timer = asyncio.get_running_loop().call_later(max(0.0, wait), self._look_for_silence)

    def _look_for_silence(self) -> None:
        assert self.watch.silence is not None
        if self._clock() < self._quiet_since + self.watch.silence:
            self._await_silence()
        else:
            self._was_silent = True
            self._add(WatchKind.SILENCE, seconds=self.watch.silence)

    def _tell_found(self) -> None:
        self._found_timer = None
        wait = self._found_at + PAUSE - self._clock()
        if wait > 0:
            self._found_timer = asyncio.get_running_loop().call_later(wait, self._tell_found)
            return
        (count, line), self._found = self._found, (0, "")
        self._found_at = self._clock()
        self._add(WatchKind.FOUND, line=line, count=count)

    def _add(
        self, kind: WatchKind, *, line: str = "", count: int = 1, code: int | None = None, seconds: float = 0.0
    ) -> None:
        number = 1 if self.last is None else self.last.number + 1
        self.last = WatchHit(number, kind, line, count, code, seconds)
        self._hit()


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
