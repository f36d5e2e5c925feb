"""Whether the other end of a link is still there: web-socket pings, and the clocks that tell when this machine slept.

A peer that sends anything is alive; pings only matter in silence. All times are seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from ssmtui.errors import LinkClosed
from ssmtui.tasks import TaskGroup
from ssmtui.transport.link import Link

PING_INTERVAL = 3.0
SILENT_AFTER = 5.0
"""With the interval and a look each second: a peer that is gone is shown as silent in less than 10 s."""
DEAD_AFTER = 20.0
LOOK = 1.0
SLEPT = 5.0
"""How far wall and monotonic time may part between two looks before this machine is taken to have slept."""

Clock = Callable[[], float]


class SleepWatch:
    """Notices that this machine slept: the wall clock went on, the monotonic one did not."""

    def __init__(self, clock: Clock = time.monotonic, wall: Clock = time.time) -> None:
        self._clock = clock
        self._wall = wall
        self._ahead = wall() - clock()

    def slept(self) -> bool:
        """Whether it did since the last look."""
        before, self._ahead = self._ahead, self._wall() - self._clock()
        return self._ahead - before > SLEPT


class Heartbeat:
    """Pings one link for as long as it is open."""

    def __init__(
        self,
        link: Link,
        last_heard: Callable[[], float | None],
        on_silence: Callable[[bool], None],
        clock: Clock = time.monotonic,
        wall: Clock = time.time,
    ) -> None:
        self._link = link
        self._last_heard = last_heard
        self._on_silence = on_silence
        self._clock = clock
        self._watch = SleepWatch(clock, wall)
        self._silent = False

    async def run(self) -> LinkClosed | None:
        """Ping until the peer counts as gone, or this machine has slept, and return why; None when the socket itself
        was closed, whose reader tells why."""
        tasks = TaskGroup("heartbeat", on_failure=lambda name, error: None)
        try:
            while True:
                await asyncio.sleep(PING_INTERVAL)
                gone = await self._beat(tasks.start("ping", self._link.ping()))
                if gone is not None:
                    return gone
        except LinkClosed:
            return None
        finally:
            await tasks.close()

    async def _beat(self, ping: asyncio.Task[None]) -> LinkClosed | None:
        asked = self._clock()
        while True:
            if self._watch.slept():
                return LinkClosed(reason="this machine slept")
            await asyncio.wait({ping}, timeout=LOOK)
            if ping.done():
                await ping
                self._show(silent=False)
                return None
            quiet = self._clock() - max(asked, self._last_heard() or asked)
            self._show(silent=quiet >= SILENT_AFTER)
            if quiet >= DEAD_AFTER:
                return LinkClosed(reason=f"nothing came for {quiet:.0f} s")

    def _show(self, *, silent: bool) -> None:
        if silent != self._silent:
            self._silent = silent
            self._on_silence(silent)
