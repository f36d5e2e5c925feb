"""Keeps one data channel on a socket: dial, pump, and after every loss ResumeSession and dial again.

A failing network is expected to recover: the first dial is tried again for a while, a resume for as long as it takes.
What the service or a policy refuses is tried a few times; then the service is asked whether the session is over.

The channel is not touched by any of this: counters, buffers, keys and ClientId outlive sockets (protocol.md section
2.6). A carrier therefore lives as long as its session has this client.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
import uuid
from collections.abc import Callable
from typing import Protocol

from ssmtui import protocol
from ssmtui.aws.gateway import Gateway
from ssmtui.errors import (
    AccessDenied,
    ConnectionFailed,
    CredentialsError,
    LinkClosed,
    ProxyRefused,
    ServiceError,
    SessionGone,
    SsmtuiError,
    StreamRefused,
    UpgradeRefused,
)
from ssmtui.model import Grant
from ssmtui.protocol.payloads import CLIENT_VERSION, OpenDataChannel
from ssmtui.sessions.farewell import is_history
from ssmtui.tasks import Tasks
from ssmtui.transport.backoff import Backoff
from ssmtui.transport.heartbeat import LOOK, Heartbeat, SleepWatch
from ssmtui.transport.link import Dialer, Link
from ssmtui.transport.pump import Pump

FIRST_DIAL_FOR = 10.0
"""Seconds for which the first dial is tried again. The token of StartSession stays valid; the official client tries it
six times."""
FIRST_DIAL_PAUSE = 1.0
"""Seconds between two of these attempts at most: a person watches, and ten attempts get through what drops half of the
connections of fifty tabs."""
REFUSALS = 3
"""Refusals in a row after which a resume is not expected to work by itself."""
REFUSED_PAUSES = (30.0, 60.0, 120.0, 240.0, 480.0)
"""Seconds before each further attempt; after the last one only a person can ask for another. By then a session without
input is over by any idle timeout of the service's default or less."""
SIGN_IN_PAUSE = 5.0
"""Seconds between two looks whether somebody has signed in again."""
HOPELESS = (SessionGone, AccessDenied, StreamRefused)
"""What another attempt would not change."""
SETTLED_AFTER = 1.0
"""Seconds that a socket has to last for the next loss to count as a new one, whose delays begin small again."""


class TakenElsewhere(SsmtuiError):
    """Another client goes on with the session, which must not be taken from it unasked."""

    title = "Another client has taken the session over"


class Watcher(Protocol):
    """Receives what happens to the connection. Called on the event loop; must not block.

    The order is ``redialling`` any number of times, then ``carried``; after each loss ``lost``, then ``resuming``
    before each attempt, which ends in ``carried``, ``lost``, ``signed_out`` or ``refused``.
    """

    def carried(self) -> None:
        """A socket is open."""

    def redialling(self, why: SsmtuiError) -> None:
        """The first socket could not be opened. The next attempt follows by itself."""

    def refused(self, why: SsmtuiError, pause: float | None) -> None:
        """The service, or a proxy, refuses to let the session be resumed. The next attempt follows in ``pause``
        seconds, or with None only when somebody asks for it."""

    def is_awaited(self) -> bool:
        """Whether somebody waits for the node now: pings are sent more often then (protocol.md section 2.5)."""

    def lost(self, why: SsmtuiError) -> None:
        """There is no socket. The next attempt follows by itself."""

    async def holds(self) -> bool:
        """Whether the session is still this client's to resume. Where not, :class:`TakenElsewhere` ends it here."""

    def resuming(self) -> None:
        """An attempt is under way."""

    def signed_out(self, why: CredentialsError) -> None:
        """There are no credentials to resume with. It is tried again until there are."""

    def silent(self, silent: bool) -> None:
        """The socket is open and nothing comes over it, or something comes again."""

    def happened(self, events: list[protocol.Event]) -> None:
        """The channel's events, in order."""

    def replenish(self) -> None:
        """The channel is about to be asked for frames: give it more input, if any waits."""


class Carrier:
    """Carries ``channel`` over one socket after another, until it is cancelled or raises why it cannot go on.

    The caller runs :meth:`run` in a task. Cancelling that task closes the socket and nothing else: the session goes on
    at the service, and the caller calls TerminateSession.
    """

    def __init__(
        self,
        channel: protocol.DataChannel,
        gateway: Gateway,
        dialer: Dialer,
        watcher: Watcher,
        clock: Callable[[], float] = time.monotonic,
        new_watch: Callable[[], SleepWatch] = SleepWatch,
        client_id: uuid.UUID | None = None,
    ) -> None:
        """``gateway`` resumes the session and ``dialer`` opens its sockets. ``clock`` returns seconds; ``new_watch``
        makes what notices that this machine has slept; ``client_id`` is that of the client before, if there was one."""
        self.resumes = 0
        """Sockets after the first one."""
        self._channel = channel
        self._gateway = gateway
        self._dialer = dialer
        self._watcher = watcher
        self._clock = clock
        self._new_watch = new_watch
        self.client_id = client_id or uuid.uuid4()
        """What the data channel calls this client."""
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

    def stop_reading(self) -> None:
        """Give the channel nothing more of what comes."""
        if self._pump is not None:
            self._pump.stop_reading()

    def hurry(self) -> None:
        """Make the next attempt now."""
        self._hurry.set()

    async def run(self, grant: Grant) -> None:
        """Dial with ``grant`` and carry the channel until cancelled.

        Raises what the first dial raises, after ``FIRST_DIAL_FOR`` seconds where the network failed. Later it raises
        only what makes resuming hopeless: :class:`SessionGone`, :class:`AccessDenied` where the policy does not let
        this session be resumed, :class:`StreamRefused` for an address that must not be dialled,
        :class:`TakenElsewhere`.
        """
        stream_url = grant.stream_url
        link = await self._first_dial(stream_url, grant.token)
        while True:
            since = self._clock()
            # Every close that no channel_closed preceded means resume, code 1000 included: the gateway closes healthy
            # sockets about once an hour so (aws/session-manager-plugin#135). The end of a session is an event of the
            # channel, upon which the owner cancels this task.
            closed = await self._carry(link)
            if self._clock() - since > SETTLED_AFTER:
                self._backoff = Backoff()
            self._watcher.lost(closed)
            link, stream_url = await self._resume(grant.session_id, stream_url)

    async def _carry(self, link: Link) -> LinkClosed:
        """Pump over ``link`` until it is closed or silent for too long; returns why."""
        self._link = link
        self._pump = pump = Pump(self._channel, link, self._watcher.happened, self._clock, self._watcher.replenish)
        heartbeat = Heartbeat(
            link,
            lambda: pump.last_heard,
            self._watcher.silent,
            self._watcher.is_awaited,
            self._clock,
            self._new_watch(),
        )
        tasks = Tasks("carrier")
        pumping = tasks.start("pump", pump.run(), awaited=True)
        beating = tasks.start("heartbeat", heartbeat.run(), awaited=True)
        try:
            done, _ = await asyncio.wait({pumping, beating}, return_when=asyncio.FIRST_COMPLETED)
            verdict: LinkClosed | None = None if pumping in done else await beating
            return verdict or await pumping
        finally:
            self._last_heard = self.last_heard
            self._link = self._pump = None
            # Each step runs even if the one before is interrupted: a second cancel, such as that of a timer, must not
            # leave the socket open.
            try:
                await tasks.close()
            finally:
                await link.close()

    async def _first_dial(self, stream_url: str, token: str) -> Link:
        """The first socket. Refusals are final; where the network fails the same token is dialled again, as the
        official client does. A session that was started is not given up for one lost packet."""
        backoff, attempts = Backoff(), 1
        began = self._clock()
        while True:
            try:
                return await self._dial(stream_url, token)
            except ConnectionFailed as error:
                delay = min(FIRST_DIAL_PAUSE, backoff.delay())
                tried_for = self._clock() - began
                if not error.is_passing or tried_for + delay > FIRST_DIAL_FOR:
                    if attempts > 1:
                        error.detail += f" (tried {attempts} times in {tried_for:.0f} s)"
                    raise
                self._watcher.redialling(error)
            attempts += 1
            await asyncio.sleep(delay)

    async def _resume(self, session_id: str, stream_url: str) -> tuple[Link, str]:
        """A new socket, and the address it was dialled at."""
        watch = self._new_watch()
        refusals = 0
        # An attempt that was asked for while the last socket was up is not wanted any more.
        self._hurry.clear()
        pause: float | None = self._backoff.delay()
        while True:
            await self._pause(pause, watch)
            pause = self._backoff.delay()
            self._watcher.resuming()
            if not await self._watcher.holds():
                raise TakenElsewhere("another ssmtui has it now")
            try:
                grant = await self._gateway.resume_session(session_id)
                # The token is valid for this dial only; the address changes when the service moves the session, and
                # a client that keeps dialling the old one never comes back. No new address: the old one is valid.
                stream_url = grant.stream_url or stream_url
                link = await self._dial(stream_url, grant.token)
            except HOPELESS:
                raise
            except CredentialsError as error:
                # Signing in again takes a person, for as long as that may take; nothing is lost meanwhile.
                refusals = 0
                self._watcher.signed_out(error)
                pause = SIGN_IN_PAUSE
            except SsmtuiError as error:
                refusals = refusals + 1 if _is_refusal(error) else 0
                if refusals < REFUSALS:
                    self._watcher.lost(error)
                    continue
                # A session that the service has ended is refused for ever. Its answer to ResumeSession does not always
                # say so, but its history does, for those who may read it.
                if not isinstance(error, ProxyRefused) and await is_history(self._gateway, session_id):
                    raise SessionGone(error.detail, operation="ResumeSession") from error
                further = refusals - REFUSALS
                pause = REFUSED_PAUSES[further] if further < len(REFUSED_PAUSES) else None
                self._watcher.refused(error, pause)
            else:
                self.resumes += 1
                return link, stream_url

    async def _dial(self, stream_url: str, token: str) -> Link:
        # Each dial is a request of its own; the ClientId stays that of the session (protocol.md section 2.4).
        opening = OpenDataChannel(uuid.uuid4(), token, self.client_id, CLIENT_VERSION)
        link = await self._dialer.dial(stream_url, opening.to_json())
        try:
            self._watcher.carried()
        except BaseException:
            await link.close()
            raise
        return link

    async def _pause(self, delay: float | None, watch: SleepWatch) -> None:
        """Wait ``delay`` seconds, with None until :meth:`hurry` is called; less when this machine wakes from sleep,
        because whatever failed before it slept says nothing about now."""
        until = math.inf if delay is None else self._clock() + delay
        while (left := until - self._clock()) > 0 and not self._hurry.is_set() and not watch.slept():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, LOOK)):
                    await self._hurry.wait()
        self._hurry.clear()


def _is_refusal(error: SsmtuiError) -> bool:
    """Whether the service, the data channel's host or a proxy said no, and would say so again. A proxy that is given a
    wrong password again and again may lock the person's account."""
    return isinstance(error, ServiceError | UpgradeRefused | ProxyRefused) and not error.is_passing
