"""The Port sessions behind one destination: how many there are, which of them takes a connection, and what follows when
one ends.

A session carries some 0.6 MB/s, because its agent sleeps after each read (protocol.md section 11 row 5), and may end at
any time: of its idle or maximum time, with the agent, or by somebody's call. Local programs need not know of either.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import Enum
from typing import NamedTuple

from ssmtui import inert
from ssmtui.contained import Contained
from ssmtui.errors import (
    ConnectionFailed,
    CredentialsError,
    ProtocolError,
    SsmtuiError,
    StreamRefused,
    TargetNotConnected,
    Throttled,
)
from ssmtui.forwards.port_session import PortSession
from ssmtui.forwards.port_stream import PortStream
from ssmtui.forwards.unreached import names_destination, unreached
from ssmtui.protocol.versions import PortMode
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.end_cause import EndCause
from ssmtui.sessions.states import SessionState

PATIENCE = 30.0
"""Seconds that a connection waits for a session."""
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
"""Seconds from the end of a session that did not last to the next start."""
LASTED = 30.0
"""Seconds after which a session has lasted: what ends it then is a new trouble, whose pauses begin small."""
BUSY = 400_000
"""Bytes a second in one direction from which a session counts as full: two thirds of what an agent's pacing lets
through."""
SPARE = 60.0
"""Seconds without a connection after which a session that was added under load is ended."""

REMEMBERED = 32
"""Sessions whose end the service has not confirmed, at most."""

_PASSING = (TargetNotConnected, Throttled, ConnectionFailed, CredentialsError, ProtocolError)
"""Errors after which a later start may succeed."""
_TIMED_OUT = "due to inactivity"
"""Part of the service's reason where a session was idle for too long (protocol.md section 3.5)."""
_FORBIDDEN = "is forbidden"
"""Part of the agent's reason where it does not connect to that destination (section 6.4)."""
_UNKNOWN = "no such host"
"""Part of it where the node does not know the destination's name."""


class GivenUp(SsmtuiError):
    """A connection has waited for too long."""

    title = "The connection was given up"


class _Next(Enum):
    """What follows the end of a session."""

    GIVE_UP = "nothing: it would end the same way again"
    RESTART = "another is started by itself, after a pause"
    ON_DEMAND = "another is started for the next connection"


class SessionNumbers(NamedTuple):
    """How many sessions there are."""

    first: int = 1
    """Started at once."""
    most: int = 1
    """At the same time; the others are added while connections fill those that are there."""


class PortSessions:
    """Sessions that ``start`` starts, all to one destination. Belongs to the event loop's thread."""

    def __init__(
        self,
        start: Callable[[Callable[[], None]], PortSession],
        numbers: SessionNumbers,
        changed: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        place: str = "the destination",
    ) -> None:
        """``start`` gets what to call for each change of the session. ``changed`` is called for every change of one of
        the sessions or of what follows. ``place`` is what errors call the destination. Untrusted."""
        self.failure: SsmtuiError | None = None
        """Why no session is started any more."""
        self.last_error: SsmtuiError | None = None
        """Why the last session ended that nobody here ended."""
        self.restarts = 0
        """Sessions that were started in the place of one that had ended."""
        self.place = place
        self._start = start
        self._numbers = numbers
        self._changed = changed
        self._clock = clock
        self._held: dict[PortSession, float] = {}
        """Those that are alive, and when each was started."""
        self._leaving: dict[PortSession, None] = {}
        """Those that are over here, until the service knows."""
        self._mode: PortMode | None = None
        self._was_open = False
        self._has_answered = False
        """Whether the destination has sent anything."""
        self._closed = False
        self._waiting = 0
        """Connections without a session."""
        self._failures = 0
        """Sessions in a row that did not last."""
        self._not_before = 0.0
        self._restart: asyncio.TimerHandle | None = None
        self._turned_away = 0
        """How often the waiting connections were sent away."""
        self._stirred = asyncio.Event()
        self._spare: dict[PortSession, asyncio.TimerHandle] = {}
        """What ends those that were added under load, while nothing goes through them."""
        self._broken = Contained("port sessions")

    # Looking

    @property
    def sessions(self) -> tuple[ChannelSession, ...]:
        """Those that are alive."""
        return tuple(port.session for port in self._held)

    @property
    def unconfirmed(self) -> list[ChannelSession]:
        """Those that the service has not confirmed to be gone, alive here or not. Any thread may ask."""
        known = (*tuple(self._held), *tuple(self._leaving))
        return [port.session for port in known if not port.session.confirmed_gone]

    @property
    def is_open(self) -> bool:
        """Whether a connection would be carried now."""
        return any(port.session.state is SessionState.OPEN for port in self._held)

    @property
    def is_lost(self) -> bool:
        """Whether the sessions that were open have lost their connection, all of them."""
        return not self.is_open and any(port.session.state.cut_off for port in self._held)

    @property
    def retry_in(self) -> float | None:
        """Seconds until a session is started again by itself; None where none will be."""
        return max(0.0, self._restart.when() - asyncio.get_running_loop().time()) if self._restart else None

    @property
    def notice(self) -> str:
        """What one of them waits for, or what goes wrong without ending it; printable."""
        return next((trouble for port in self._held if (trouble := port.session.trouble)), "")

    # What its owner does

    def open(self) -> None:
        """Start the first sessions, or those of them that are not there."""
        for _ in range(max(1, self._numbers.first) - len(self._held)):
            self._begin()

    def set_numbers(self, numbers: SessionNumbers) -> None:
        """Have other numbers from now on; sessions that are missing are started if there are any."""
        self._numbers = numbers
        if self._held:
            self.open()

    @property
    def can_connect(self) -> bool:
        """Whether :meth:`connect` would return at once."""
        return self._choose() is not None

    async def connect(self) -> tuple[PortSession, PortStream]:
        """A stream to the destination, and the session that carries it; waits for its turn, and for a session that can
        take it. Give it back with :meth:`release` once it is closed.

        Raises the error of what stands in the way, or :class:`ssmtui.errors.SsmtuiError` after :data:`PATIENCE`.
        """
        sent_away, until = self._turned_away, self._clock() + PATIENCE
        self._waiting += 1
        try:
            while True:
                self._refuse_if_over()
                if sent_away != self._turned_away:
                    raise self.last_error or _ended("")
                port = self._choose()
                if port is not None:
                    self._add_if_full()
                    self._keep(port)
                    try:
                        return port, await port.connect()
                    except SsmtuiError:
                        if port in self._held:
                            raise
                        continue  # it ended meanwhile, and another one may take its place
                self._start_on_demand()
                await self._stir(until)
        finally:
            self._waiting -= 1

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[tuple[PortSession, PortStream]]:
        """As :meth:`connect`; the stream is closed and given back at the end of the block."""
        port, stream = await self.connect()
        try:
            yield port, stream
        finally:
            stream.close()
            self.release(port)

    async def opened(self) -> PortSession:
        """The first session that is open, and knows where it leads. Raises as :meth:`connect` does."""
        sent_away, until = self._turned_away, self._clock() + PATIENCE
        while True:
            self._refuse_if_over()
            if sent_away != self._turned_away:
                raise self.last_error or _ended("")
            for port in self._held:
                if port.mode is not None:
                    return port
            await self._stir(until)

    def destination_answers(self) -> None:
        """Bytes have come from the destination: an earlier refusal is over."""
        self._has_answered = True
        for port in self._held:
            port.session.destination_answers()

    def release(self, port: PortSession) -> None:
        """A stream of ``port`` is closed."""
        if port not in self._held:
            return
        if port.mode is PortMode.RAW:
            self._leave(port)  # it has carried its one connection
        else:
            self._spare_if_unused(port)
        self._stir_all()

    def renew(self) -> None:
        """End all sessions, which breaks their connections, and start new ones."""
        self._forget_restart()
        self._not_before, self._failures = 0.0, 0
        for port in tuple(self._held):
            self._leave(port)
        self.restarts += 1
        self.open()
        self._stir_all()

    def end(self) -> None:
        """End all sessions here and now; no other is started."""
        self._closed = True
        self._forget_restart()
        for port in tuple(self._held):
            self._leave(port)
        self._stir_all()

    async def ended(self) -> None:
        """Return once the service knows of the end of all that were ended."""
        if lives := [port.session.life for port in self._leaving]:
            await asyncio.wait(lives)

    # Which session takes a connection

    def _choose(self) -> PortSession | None:
        """Of those that can take a connection at once that with the fewest, one with a connection to its node first;
        None where it has to wait for one."""
        able = [port for port in self._held if port.can_connect]
        choice = [port for port in able if not port.is_stuck]
        if not choice and not self._can_add and not self._starting:
            choice = able
        return min(choice, key=lambda port: (port.session.state is not SessionState.OPEN, port.load), default=None)

    @property
    def _can_add(self) -> bool:
        return len(self._held) < self._numbers.most

    @property
    def _starting(self) -> int:
        """How many are not open yet."""
        return sum(port.mode is None for port in self._held)

    def _add_if_full(self) -> None:
        """Start one more session for the connections to come, if those that are there carry all that they can."""
        if self._can_add and not self._starting and all(max(port.traffic.rates) >= BUSY for port in self._held):
            self._begin()

    def _start_on_demand(self) -> None:
        """Start what a waiting connection needs, unless it is under way."""
        if self._restart is not None:
            return
        # Of a session that is multiplexed one is enough for all that wait; of the others each takes one.
        wanted = 1 if self._mode in (None, PortMode.MUX) else self._waiting
        if self._starting >= wanted or not self._can_add:
            return
        if (pause := self._not_before - self._clock()) > 0:
            self._restart_in(pause)
        elif self._held:
            self._begin()
        else:
            self.restarts += self._was_open
            self.open()

    # The life of a session

    def _begin(self) -> None:
        def changed() -> None:
            self._session_changed(port)

        port = self._start(changed)
        self._held[port] = self._clock()

    def _session_changed(self, port: PortSession) -> None:
        if port in self._held:
            session = port.session
            if port.mode is not None:
                self._mode = port.mode
                self._was_open = True
                if port not in self._spare:
                    self._spare_if_unused(port)  # the load for which it was started may be over
            if not session.state.live:
                self._session_ended(port)
        self._stir_all()
        self._broken.call(self._changed)

    def _session_ended(self, port: PortSession) -> None:
        """It ended, and nobody here has ended it."""
        began = self._held[port]
        self._leave(port)
        session = port.session
        follows = _next(session, was_open=self._was_open, has_answered=self._has_answered)
        if port.mode is PortMode.RAW and session.end_cause is EndCause.CLOSED:
            return  # its connection is over, and the session with it
        if names_destination(session.end_reason) and not port.traffic.received:
            error: SsmtuiError = unreached(self.place, session.end_reason)
        else:
            error = session.error or _ended(session.end_reason)
        self.last_error = error
        if follows is _Next.GIVE_UP and self._held:
            # Of several, and the others are good: there may be a limit to how many there can be.
            self._numbers = SessionNumbers(min(self._numbers.first, len(self._held)), len(self._held))
            return
        if follows is _Next.GIVE_UP:
            self.failure = error
            self._forget_restart()
            return
        self._failures = 1 if self._clock() - began >= LASTED else self._failures + 1
        pause = PAUSES[min(self._failures, len(PAUSES)) - 1]
        self._not_before = self._clock() + pause
        if follows is _Next.RESTART:
            if len(self._held) < max(1, self._numbers.first):
                self._restart_in(pause)
        elif not self._held:
            # Those that wait learn of it: the destination refuses, say, and would again.
            self._turned_away += 1

    def _leave(self, port: PortSession) -> None:
        del self._held[port]
        self._keep(port)
        self._leaving[port] = None
        port.session.life.add_done_callback(lambda _: self._left(port))
        port.end()

    def _left(self, port: PortSession) -> None:
        if port.session.confirmed_gone:
            self._leaving.pop(port, None)
        elif len(self._leaving) > REMEMBERED:
            del self._leaving[next(iter(self._leaving))]  # it has long ended of its idle time

    def _keep(self, port: PortSession) -> None:
        """Do not end it as spare."""
        if (timer := self._spare.pop(port, None)) is not None:
            timer.cancel()

    def _spare_if_unused(self, port: PortSession) -> None:
        """End it after a while without a connection, if it was added under load."""
        if not port.streams and len(self._held) > max(1, self._numbers.first):
            self._keep(port)
            self._spare[port] = asyncio.get_running_loop().call_later(SPARE, self._end_spare, port)

    def _end_spare(self, port: PortSession) -> None:
        del self._spare[port]
        if port in self._held and not port.streams and len(self._held) > max(1, self._numbers.first):
            self._leave(port)
            self._broken.call(self._changed)

    def _restart_in(self, pause: float) -> None:
        if self._restart is None and not self._closed:
            self._restart = asyncio.get_running_loop().call_later(pause, self._restart_now)

    def _restart_now(self) -> None:
        self._restart = None
        self._not_before = 0.0
        self.restarts += 1
        self.open()
        self._stir_all()
        self._broken.call(self._changed)

    def _forget_restart(self) -> None:
        if self._restart is not None:
            self._restart.cancel()
            self._restart = None

    # Waiting

    def _refuse_if_over(self) -> None:
        if self.failure is not None:
            raise self.failure
        if self._closed:
            raise _ended("it was closed here")

    async def _stir(self, until: float) -> None:
        """Return when something has changed; raises when nothing has until then."""
        self._stirred.clear()
        try:
            async with asyncio.timeout(until - self._clock()):
                await self._stirred.wait()
        except TimeoutError:
            raise self._too_late() from None

    def _too_late(self) -> SsmtuiError:
        if self._mode is PortMode.BASIC and self._held:
            return GivenUp(
                f"another one has had the line for {PATIENCE:.0f} s",
                remedy="The node's agent carries one connection at a time for each session; newer agents carry many.",
            )
        return self.last_error or GivenUp(f"no session could be had within {PATIENCE:.0f} s")

    def _stir_all(self) -> None:
        self._stirred.set()


def _next(session: ChannelSession, *, was_open: bool, has_answered: bool) -> _Next:
    """What follows the end of ``session``, which nobody here has ended. ``was_open``: one of its kind was open before,
    so that the person's rights were good once; ``has_answered``: the destination was, too."""
    error = session.error
    was_told = bool(session.end_reason) and session.confirmed_gone
    if error is not None and not was_told and session.end_cause is not EndCause.NOT_RESUMED:
        passes = isinstance(error, _PASSING) and not isinstance(error, StreamRefused)
        return _Next.RESTART if passes and was_open else _Next.GIVE_UP
    if not was_open or _FORBIDDEN in session.end_reason or (_UNKNOWN in session.end_reason and not has_answered):
        return _Next.GIVE_UP
    if session.end_cause in (EndCause.GONE, EndCause.NOT_RESUMED) and _TIMED_OUT not in session.end_reason:
        return _Next.RESTART
    # It was idle, or its destination has closed or refuses, or somebody has terminated it, which must not be undone
    # before a program here wants it again.
    return _Next.ON_DEMAND


def _ended(reason: str) -> SsmtuiError:
    why = inert.line(reason, 300) or "the node or the service has ended it"
    return SsmtuiError(why, title="The tunnel's session has ended")
