"""Keeps one data channel on a socket: dial, pump, and after every loss ResumeSession and dial again.

Nothing of the channel changes by it: counters, buffers, keys and ClientId outlive sockets (protocol.md section 2.6).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Callable
from typing import Protocol

from ssmtui import protocol
from ssmtui.aws.gateway import Gateway
from ssmtui.errors import (
    AccessDenied,
    CredentialsError,
    LinkClosed,
    SessionGone,
    SsmtuiError,
    StreamRefused,
)
from ssmtui.model import Grant
from ssmtui.protocol.payloads import CLIENT_VERSION, OpenDataChannel
from ssmtui.tasks import TaskGroup
from ssmtui.transport.backoff import Backoff
from ssmtui.transport.heartbeat import LOOK, Heartbeat, SleepWatch
from ssmtui.transport.link import Dialer, Link
from ssmtui.transport.pump import Pump

SIGN_IN_PAUSE = 5.0
"""Seconds between two looks whether somebody has signed in again."""
HOPELESS = (SessionGone, AccessDenied, StreamRefused)
"""What another attempt would not change."""
SETTLED_AFTER = 1.0
"""Seconds that a socket has to last for the next loss to count as a new one, whose delays begin small again."""


class Watcher(Protocol):
    """Who is told how the carrier fares. Called on the event loop; must not block."""

    def carried(self) -> None:
        """A socket is open."""

    def lost(self, why: SsmtuiError) -> None:
        """There is no socket. The next attempt follows by itself."""

    def resuming(self) -> None:
        """An attempt is under way."""

    def signed_out(self, why: CredentialsError) -> None:
        """There are no credentials to resume with; goes on once there are."""

    def silent(self, silent: bool) -> None:
        """The socket is open and nothing answers on it, or it answers again."""

    def happened(self, events: list[protocol.Event]) -> None:
        """What the channel reports."""

    def replenish(self) -> None:
        """The channel is about to be asked for frames: give it more where more waits."""


class Carrier:
    """Carries ``channel`` for one session, until it is cancelled or raises why it cannot go on."""

    def __init__(
        self,
        channel: protocol.DataChannel,
        gateway: Gateway,
        dialer: Dialer,
        watcher: Watcher,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.resumes = 0
        """Sockets after the first one."""
        self._channel = channel
        self._gateway = gateway
        self._dialer = dialer
        self._watcher = watcher
        self._clock = clock
        self._wall = wall
        self._client_id = uuid.uuid4()
        self._backoff = Backoff()
        self._hurry = asyncio.Event()
        self._link: Link | None = None
        self._pump: Pump | None = None
        self._last_heard: float | None = None

    @property
    def last_heard(self) -> float | None:
        """When the last frame came, by ``clock``; None before the first."""
        heard = self._pump.last_heard if self._pump is not None else None
        return self._last_heard if heard is None else heard

    @property
    def latency(self) -> float | None:
        """Round trip of the last ping in seconds; None before the first and without a socket."""
        return self._link.latency if self._link is not None else None

    def wake(self) -> None:
        """The channel has something to send."""
        if self._pump is not None:
            self._pump.wake()

    def hurry(self) -> None:
        """Make the next attempt now."""
        self._hurry.set()

    async def run(self, grant: Grant) -> None:
        """Carry on for ever. Raises what the first dial raises, and later only what makes resuming hopeless: the
        session is gone, is not ours to resume, or has an address that must not be dialled."""
        stream_url = grant.stream_url
        link = await self._dial(stream_url, grant.token)
        while True:
            since = self._clock()
            closed = await self._carry(link)
            if self._clock() - since > SETTLED_AFTER:
                self._backoff = Backoff()
            self._watcher.lost(closed)
            link, stream_url = await self._resume(grant.session_id, stream_url)

    async def _carry(self, link: Link) -> LinkClosed:
        """Pump over ``link`` until it is gone, or until nobody answers on it."""
        self._link = link
        self._pump = pump = Pump(self._channel, link, self._watcher.happened, self._clock, self._watcher.replenish)
        heartbeat = Heartbeat(link, lambda: pump.last_heard, self._watcher.silent, self._clock, self._wall)
        # Failures are raised below, out of the task they happened in.
        tasks = TaskGroup("carrier", on_failure=lambda name, error: None)
        pumping = tasks.start("pump", pump.run())
        beating = tasks.start("heartbeat", heartbeat.run())
        try:
            done, _ = await asyncio.wait({pumping, beating}, return_when=asyncio.FIRST_COMPLETED)
            verdict: LinkClosed | None = None if pumping in done else await beating
            return verdict or await pumping
        finally:
            self._last_heard = self.last_heard
            self._link = self._pump = None
            await tasks.close()
            await link.close()

    async def _resume(self, session_id: str, stream_url: str) -> tuple[Link, str]:
        """A new socket, and the address it was dialled at."""
        watch = SleepWatch(self._clock, self._wall)
        self._hurry.clear()
        while True:
            await self._pause(self._backoff.delay(), watch)
            self._watcher.resuming()
            try:
                grant = await self._gateway.resume_session(session_id)
                # Without a new address the old one stays valid.
                stream_url = grant.stream_url or stream_url
                link = await self._dial(stream_url, grant.token)
            except HOPELESS:
                raise
            except CredentialsError as error:
                self._watcher.signed_out(error)
                await self._pause(SIGN_IN_PAUSE, watch)
            except SsmtuiError as error:
                self._watcher.lost(error)
            else:
                self.resumes += 1
                return link, stream_url

    async def _dial(self, stream_url: str, token: str) -> Link:
        opening = OpenDataChannel(uuid.uuid4(), token, self._client_id, CLIENT_VERSION)
        link = await self._dialer.dial(stream_url, opening.to_json())
        self._watcher.carried()
        return link

    async def _pause(self, delay: float, watch: SleepWatch) -> None:
        """Wait ``delay`` seconds, less when somebody is in a hurry or this machine wakes from sleep."""
        until = self._clock() + delay
        while (left := until - self._clock()) > 0 and not self._hurry.is_set() and not watch.slept():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, LOOK)):
                    await self._hurry.wait()
        self._hurry.clear()
