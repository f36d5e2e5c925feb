"""The sessions behind a SOCKS tunnel: one for each destination that its clients choose.

To the tunnel it is what ``PortSessions`` is for one destination.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

from ssmtui import inert
from ssmtui.documents.port_forwards import Forward
from ssmtui.errors import AccessDenied, DocumentError, SsmtuiError, StreamClosed, TargetNotConnected, UsageError
from ssmtui.forwards.chosen_forward import DestinationRefused, chosen_forward
from ssmtui.forwards.connection import Count, Lingering, LocalConnection, linger
from ssmtui.forwards.destinations import Destinations, NoRoom
from ssmtui.forwards.port_session import PortSession
from ssmtui.forwards.port_sessions import GivenUp, PortSessions
from ssmtui.forwards.port_stream import PortStream
from ssmtui.forwards.proxy_client import ClientGone, ClientRefused, ProxyClient
from ssmtui.forwards.proxy_wire import ProxyRefusal
from ssmtui.forwards.unreached import names_destination, unreached
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.tasks import Tasks

MOST_DESTINATIONS = 32
"""At once. Each is a session, and a process of its own on the node, with some 10 MB of memory that it does not share.
Chrome makes at most 32 connections through one proxy (kDefaultMaxSocketsPerProxyChain), so it never waits for a
place."""
IDLE_SECONDS = 300.0
"""After which a destination without connections is given up: another page of the same site needs no new session, and a
node keeps no processes for nothing."""
NOTICE_SECONDS = 60.0
"""For which it is a notice of the tunnel that a client was refused, unless it is connected before."""
PATIENCE = 20.0
"""Seconds that a client waits for a place."""
VERDICT_SECONDS = (0.1, 0.5)
"""How long the first connections to a destination wait for a refusal before the client hears that it is connected:
at least, above two round trips to the node, and at most. The node says when it cannot connect, and says nothing when it
can."""
REMEMBERED = 32
"""Destinations that are over, and whose sessions the service has not confirmed to be gone, at most."""

_FORBIDDEN = "is forbidden"
"""In the agent's reason where it does not connect to that address (protocol.md section 6.4)."""
_REFUSED = "Unable to connect to specified port"
"""In that of an agent without a multiplexer where the port refuses."""


class DestinationUnreachable(SsmtuiError):
    """The node could not connect to what a client has chosen."""

    title = "The destination cannot be reached"


class _Chosen:
    """What there is for one destination."""

    def __init__(self, forward: Forward, sessions: PortSessions, leave: Callable[[_Chosen], None]) -> None:
        self.forward = forward
        self.sessions = sessions
        self.answers = False
        """Whether anything has ever come from it."""
        self._leave = leave

    @property
    def is_useless(self) -> bool:
        return self.sessions.failure is not None

    def end(self) -> None:
        self.sessions.end()
        self._leave(self)


class _Connected(NamedTuple):
    """A stream to a destination."""

    chosen: _Chosen
    port: PortSession
    stream: PortStream
    first: bytes
    """What has already come from there."""


class ChosenSessions:
    """Belongs to the event loop's thread. ``offered`` is the SOCKS forward; ``sessions_to`` makes what carries the
    connections to one destination, with one session. There are at most ``most`` destinations at once; 0: as many as
    there may be."""

    failure: SsmtuiError | None = None
    """Never: one destination that cannot be reached is no failure of the tunnel."""
    retry_in: float | None = None
    """Never: the next client starts what it needs."""

    def __init__(
        self,
        offered: Forward,
        sessions_to: Callable[[Forward], PortSessions],
        tasks: Tasks,
        changed: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        most: int = 0,
    ) -> None:
        self.last_error: SsmtuiError | None = None
        """Why a client was refused last."""
        self._offered = offered
        self._sessions_to = sessions_to
        self._tasks = tasks
        self._changed = changed
        self._closed = False
        self._clock = clock
        self._refusal, self._refusal_until = "", 0.0
        """What the client was told that was refused last, and until when that is a notice."""
        self._refused: Forward | None = None
        """What it wanted, if it came to that."""
        self._departed: dict[_Chosen, None] = {}
        """Those that are over here, until the service knows."""
        self._restarts = 0
        self._destinations: Destinations[_Chosen] = Destinations(
            self._choose,
            most=_most(most),
            idle=IDLE_SECONDS,
            patience=PATIENCE,
        )

    # What PortSessions has

    @property
    def sessions(self) -> tuple[ChannelSession, ...]:
        """Those that are alive."""
        return tuple(session for chosen in self._destinations.kept for session in chosen.sessions.sessions)

    @property
    def unconfirmed(self) -> list[ChannelSession]:
        """Those that the service has not confirmed to be gone, alive here or not. Any thread may ask."""
        known = (*self._destinations.kept, *tuple(self._departed))
        return [session for chosen in known for session in chosen.sessions.unconfirmed]

    @property
    def is_open(self) -> bool:
        """Whether a client may be connected: always, unless all sessions have lost their connection."""
        return not self._closed and not self.is_lost

    @property
    def is_lost(self) -> bool:
        """Whether there are sessions, and all that were open have lost their connection."""
        kept = self._destinations.kept
        return any(chosen.sessions.is_lost for chosen in kept) and not any(chosen.sessions.is_open for chosen in kept)

    @property
    def restarts(self) -> int:
        """Sessions that were started in the place of one that had ended."""
        return self._restarts + sum(chosen.sessions.restarts for chosen in self._destinations.kept)

    @property
    def notice(self) -> str:
        """What one of them waits for, or what goes wrong without ending it, a client that was refused of late among it;
        printable."""
        waits = next((notice for chosen in self._destinations.kept if (notice := chosen.sessions.notice)), "")
        return waits or (self._refusal if self._clock() < self._refusal_until else "")

    def open(self) -> None:
        """Nothing: there is no destination yet."""

    def renew(self) -> None:
        """End all sessions, which breaks their connections; clients start what they need."""
        self._destinations.end()

    def end(self) -> None:
        """End all sessions here and now; no other is started."""
        self._closed = True
        self._destinations.close()

    async def ended(self) -> None:
        """Return once the service knows of the end of all that were ended."""
        for chosen in tuple(self._departed):
            await chosen.sessions.ended()

    def set_most(self, most: int) -> None:
        """Have at most ``most`` destinations at once from now on; 0: as many as there may be."""
        self._destinations.resize(_most(most))

    # Clients

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: Count, lingering: Lingering
    ) -> None:
        """Carry one client's connection until it is over. Raises the error for which the client was refused; it has had
        its answer by then."""
        client, forward = ProxyClient(reader, writer), None
        try:
            request = await client.asked(lingering)
            forward = chosen_forward(request.host, request.port, self._offered)
            async with AsyncExitStack() as stack:
                async with client.awaited():
                    to = await stack.enter_async_context(self._connected(forward, request.head))
                await client.accept()
                if self._refused in (None, forward):
                    self._refusal_until = 0.0

                def counted(sent: int, received: int) -> None:
                    if received:
                        to.chosen.answers = True
                        to.chosen.sessions.destination_answers()
                    count(sent, received)

                counted(len(request.head), len(to.first))
                writer.write(to.first)
                await LocalConnection(client, writer, counted, lingering).carry(to.stream, linger(to.port.mode))
        except ClientGone:
            return
        except SsmtuiError as error:
            self.last_error, self._refused = error, forward
            # A client of SOCKS gets a number and no words: a person who wonders looks here.
            self._refusal, self._refusal_until = inert.line(str(error)), self._clock() + NOTICE_SECONDS
            if not isinstance(error, ClientRefused):
                await client.refuse(_refusal(error), str(error))
            raise

    @asynccontextmanager
    async def _connected(self, forward: Forward, head: bytes) -> AsyncIterator[_Connected]:
        """A stream that leads to ``forward``, over which ``head`` has been sent."""
        async with self._destinations.lend(forward) as chosen:
            try:
                port, stream = await chosen.sessions.connect()
            except SsmtuiError as error:
                raise _explained(error, forward) from None
            try:
                # First, so that the wait is as long as the answer takes, and no longer.
                await stream.write(head)
                first = b"" if chosen.answers else await self._verdict(chosen, port, stream)
                yield _Connected(chosen, port, stream, first)
            finally:
                stream.close()
                chosen.sessions.release(port)

    async def _verdict(self, chosen: _Chosen, port: PortSession, stream: PortStream) -> bytes:
        """What comes first from the destination, empty when nothing comes for a while. Raises
        :class:`DestinationUnreachable` when the stream ends without a byte."""
        least, most = VERDICT_SECONDS
        round_trip = port.session.channel.round_trip
        try:
            async with asyncio.timeout(most if round_trip is None else min(least + 2 * round_trip, most)):
                first = await stream.read()
        except TimeoutError:
            return b""
        except StreamClosed as error:
            raise _explained(error, chosen.forward) from None
        if not first:
            place = chosen.forward.destination
            if not port.session.destination_refuses:
                raise DestinationUnreachable(f"{place} closed the connection at once")
            port.session.destination_answers()  # it is reported here
            raise DestinationUnreachable(f"the node could not connect to {place}")
        return first

    def _choose(self, forward: Forward) -> _Chosen:
        return _Chosen(forward, self._sessions_to(forward), self._leave)

    def _leave(self, chosen: _Chosen) -> None:
        self._restarts += chosen.sessions.restarts
        self._departed[chosen] = None
        self._tasks.start(f"end of {chosen.forward.destination}", self._forget(chosen))
        self._changed()

    async def _forget(self, chosen: _Chosen) -> None:
        await chosen.sessions.ended()
        if not chosen.sessions.unconfirmed:
            self._departed.pop(chosen, None)
        elif len(self._departed) > REMEMBERED:
            del self._departed[next(iter(self._departed))]  # its sessions have long ended of their idle time


def _most(asked: int) -> int:
    return min(asked or MOST_DESTINATIONS, MOST_DESTINATIONS)


def _explained(error: SsmtuiError, forward: Forward) -> SsmtuiError:
    """What a session's end says about its destination, where its agent gives that as the reason."""
    if not names_destination(error.detail) and _REFUSED not in error.detail:
        return error
    why = unreached(forward.destination, error.detail)
    kind = DestinationRefused if _FORBIDDEN in error.detail else DestinationUnreachable
    return kind(why.detail, title=why.title, remedy=why.remedy)


def _refusal(error: SsmtuiError) -> ProxyRefusal:
    match error:
        case NoRoom():
            return ProxyRefusal.BUSY
        case AccessDenied() | UsageError():
            return ProxyRefusal.FORBIDDEN
        case DocumentError():
            return ProxyRefusal.INVALID
        case GivenUp():
            return ProxyRefusal.NO_ANSWER
        case DestinationUnreachable() | TargetNotConnected():
            return ProxyRefusal.UNREACHABLE
        case _:
            return ProxyRefusal.FAILED
