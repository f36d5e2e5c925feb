"""Whether the other end of a link is still there: web-socket pings, and the clocks that show when this machine slept.

A peer that sends anything is alive; pings only matter in silence. A node or a gateway that dies says nothing, and TCP
notices it after minutes; the official client pings every 5 minutes and looks at no pong (protocol.md section 2.5). All
times are seconds.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable

from ssmtui.errors import LinkClosed
from ssmtui.tasks import Tasks
from ssmtui.transport.link import Link, broken_by

PING_INTERVAL = 3.0
"""Between two pings while somebody waits: for an acknowledgement, or for what the node answers."""
CALM_INTERVAL = 10.0
"""Between two pings otherwise. The official client pings every 5 minutes, and no limit of the service is known: no
more pings than somebody has a use for."""
SILENT_AFTER = 5.0
"""With the interval and a look each second: a peer that is gone is shown to a person who waits in less than 10 s."""
DEAD_AFTER = 20.0
LOOK = 1.0
SLEPT = 5.0
"""Seconds in sleep between two looks from which it counts as one."""
STOPPED = 10.0
"""Seconds between two looks from which this program counts as having been stopped: by Ctrl-Z, or with its container."""
CONFIRM = 3.0
"""Seconds that the peer has to answer a ping after a stop, and where the clocks cannot distinguish sleep from a clock
that was set."""

Clock = Callable[[], float]


def suspended_clock() -> Clock | None:
    """A clock of the seconds that this machine has slept since it booted; None where the system has none.

    Linux counts sleep in CLOCK_BOOTTIME and not in CLOCK_MONOTONIC (clock_gettime(2)); macOS counts it in
    CLOCK_MONOTONIC_RAW and not in CLOCK_UPTIME_RAW (clock_gettime(3) there). Nobody can set either of them.
    """
    macos = sys.platform == "darwin"
    with_sleep = getattr(time, "CLOCK_MONOTONIC_RAW" if macos else "CLOCK_BOOTTIME", None)
    without = getattr(time, "CLOCK_UPTIME_RAW" if macos else "CLOCK_MONOTONIC", None)
    if with_sleep is None or without is None:
        return None
    try:
        time.clock_gettime(with_sleep)
    except OSError:
        return None
    return lambda: time.clock_gettime(with_sleep) - time.clock_gettime(without)


def _wall_ahead() -> float:
    """How far the wall clock is ahead of the monotonic one: sleep makes it grow, and so does setting the clock."""
    return time.time() - time.monotonic()


class SleepWatch:
    """Notices that this machine slept, by a clock that only grows in sleep.

    A link rarely outlives a sleep: the gateway or a box on the way has dropped it, but no packet says so until we send
    one. Waiting for :data:`DEAD_AFTER` would show a person who opens the lid twenty seconds of a dead session.
    """

    def __init__(self, suspended: Clock | None = None, *, exact: bool = True) -> None:
        """``suspended`` counts seconds in sleep, with ``exact`` nothing else. None: the system's own clock, or the wall
        clock, which a person or NTP may set, where there is none."""
        if suspended is None:
            suspended = suspended_clock()
            if suspended is None:
                suspended, exact = _wall_ahead, False
        self.is_exact = exact
        """Whether :meth:`slept` is certain. Otherwise the clock may have been set."""
        self._suspended = suspended
        self._before = suspended()

    def slept(self) -> bool:
        """Whether it slept since the last call."""
        before, self._before = self._before, self._suspended()
        return self._before - before > SLEPT


class Heartbeat:
    """Pings one link for as long as it is open.

    ``last_heard`` gives the ``clock``'s time of the last frame that came, None before the first. ``is_awaited`` says
    whether somebody waits for the peer now. ``on_silence`` is called with True when the peer falls silent, and with
    False when it answers again. ``watch`` is this machine's own by default.
    """

    def __init__(
        self,
        link: Link,
        last_heard: Callable[[], float | None],
        on_silence: Callable[[bool], None],
        is_awaited: Callable[[], bool] = lambda: True,
        clock: Clock = time.monotonic,
        watch: SleepWatch | None = None,
    ) -> None:
        self._link = link
        self._last_heard = last_heard
        self._on_silence = on_silence
        self._is_awaited = is_awaited
        self._clock = clock
        self._watch = watch or SleepWatch()
        self._silent = False
        self._has_slept = False
        """By the clocks, and no ping has been answered since."""
        self._was_stopped = False
        """The same of this program. Its link may be gone like after a sleep, but seldom is after a short stop."""
        self._looked_at: float | None = None

    async def run(self) -> LinkClosed | None:
        """Ping until the peer counts as gone, or this machine has slept, and return why; None when the socket itself
        was closed, whose reader says why. Close the link then, and dial again."""
        tasks = Tasks("heartbeat")
        try:
            while True:
                await self._until_due()
                # A task, because a ping to a peer that is gone never returns, while we look at the clocks each second.
                ping = tasks.start("ping", broken_by(self._link.ping), awaited=True)
                gone = await self._beat(ping)
                if gone is not None:
                    return gone
                if ping.result() is not None:
                    return None
        finally:
            await tasks.close()

    async def _until_due(self) -> None:
        """Until the next ping is due. Looked at as often as a waiting person needs: somebody may begin to wait, and
        after a sleep the link has to be tried at once."""
        passed = 0.0
        while passed < CALM_INTERVAL:
            pause = min(PING_INTERVAL, CALM_INTERVAL - passed)
            await asyncio.sleep(pause)
            passed += pause
            self._look(self._clock())
            if self._has_slept or self._was_stopped or self._is_awaited():
                return

    async def _beat(self, ping: asyncio.Task[LinkClosed | None]) -> LinkClosed | None:
        asked = self._clock()
        while True:
            # Without asking the peer: an exact clock has counted the sleep itself. A clock that a person or NTP may
            # have set proves nothing, so there the ping decides, within CONFIRM seconds.
            if self._has_slept and self._watch.is_exact:
                return LinkClosed(reason="this machine slept")
            await asyncio.wait({ping}, timeout=LOOK)
            if ping.done():
                self._show(silent=False)
                self._has_slept = self._was_stopped = False
                return None
            now = self._clock()
            if self._look(now):
                # What the peer has answered meanwhile has yet to be read.
                asked = now
            # Any frame counts, not only the pong: behind a flood that may come late. From the ping on, since a peer
            # that nobody has asked need not have said anything.
            quiet = now - max(asked, self._last_heard() or asked)
            self._show(silent=quiet >= SILENT_AFTER)
            if self._has_slept and quiet >= CONFIRM:
                return LinkClosed(reason="this machine slept")
            if self._was_stopped and quiet >= CONFIRM:
                return LinkClosed(reason="this program was stopped")
            if quiet >= DEAD_AFTER:
                return LinkClosed(reason=f"nothing came for {quiet:.0f} s")

    def _look(self, now: float) -> bool:
        """Look at the clocks. Returns whether this program has been stopped since the last look."""
        self._has_slept |= self._watch.slept()
        before, self._looked_at = self._looked_at, now
        is_stopped = before is not None and now - before > STOPPED
        self._was_stopped |= is_stopped
        return is_stopped

    def _show(self, *, silent: bool) -> None:
        if silent != self._silent:
            self._silent = silent
            self._on_silence(silent)
