"""One forward to one node: a local port, the Port sessions behind it, and the connections that they carry.

The port is listened on from the first moment to the last, whatever becomes of the sessions.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from enum import Enum
from typing import NamedTuple

from ssmtui import inert
from ssmtui.aws.gateway import LastCall
from ssmtui.documents.port_forwards import Forward
from ssmtui.errors import AccessDenied, CredentialsError, SsmtuiError, defect
from ssmtui.forwards.chosen_sessions import ChosenSessions
from ssmtui.forwards.connection import ByteReader, EarlyBytes, Lingering, LocalConnection, linger
from ssmtui.forwards.listener import address_text, listen, port_of
from ssmtui.forwards.port_session import PortSession
from ssmtui.forwards.port_sessions import PortSessions, SessionNumbers
from ssmtui.forwards.traffic import Traffic
from ssmtui.ledger.entry import Entry
from ssmtui.ledger.ledger import Ledger
from ssmtui.loopback import LOOPBACK
from ssmtui.model import Node, PaneOptions, StartRequest
from ssmtui.sessions.agent_words import add_version, local_port_in
from ssmtui.sessions.entry import ServiceLine
from ssmtui.sessions.start_queue import StartQueue
from ssmtui.sign_in import SignIn
from ssmtui.tasks import Tasks

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 512
"""Local connections at once; more are refused, so that a program in a loop does not use up this process's files. One
whose program may have gone already makes room for the next."""
MOST_SESSIONS = 8
"""Sessions of one tunnel at most. Each is a StartSession in the account's trail, and a process on the node."""
UNDER_LOAD = 4
"""Sessions of one tunnel at most where nobody has said how many."""


class TunnelOptions(NamedTuple):
    """How a tunnel is kept; nothing of it is sent to AWS."""

    sessions: int = 0
    """How many sessions carry its connections, from the start; 0: one, and more under load. A guarded node has one.
    With SOCKS: to how many destinations there may be connections at once; 0: as many as there may ever be."""
    keep_alive: bool = False
    """Whether its sessions outlast the service's idle timeout."""
    group: str = ""
    """What it was opened with: the name of a profile or a set. Untrusted."""
    exposed: bool = False
    """Whether the person has agreed that other machines may reach it."""
    database_user: str = ""
    """Whom an IAM token for its database is made for."""


class TunnelState(Enum):
    """Where a tunnel stands."""

    STARTING = "starting"
    """The local port is listened on; connections wait for the session."""
    OPEN = "open"
    LOST = "lost"
    """The connection to the node is gone; it comes back by itself, and what is on its way is kept."""
    RETRYING = "retrying"
    """Its session has ended or could not be started; one is started by itself after a pause."""
    IDLE = "idle"
    """It has no session: of a long silence, or because somebody has ended it. The next connection starts one."""
    FAILED = "failed"
    """It could not be opened, or ended without anybody here wanting it."""
    CLOSED = "closed"

    @property
    def live(self) -> bool:
        """Whether the local port is listened on, or will be."""
        return self not in (TunnelState.FAILED, TunnelState.CLOSED)


class TunnelSnapshot(NamedTuple):
    """A tunnel now."""

    key: int
    forward: Forward
    target: str
    title: str
    """What the node, or the profile that wants it, is called. Untrusted."""
    state: TunnelState
    local_port: int
    """0 until there is one."""
    error: SsmtuiError | None
    """Why it failed."""
    notice: str
    """What it waits for, or what goes wrong without ending it; printable."""
    warning: AccessDenied | None
    """What the person's policy lacks, which will cost the tunnel later."""
    connections: int
    """Open ones."""
    connections_made: int
    sent: int
    """Bytes that went to the node."""
    received: int
    options: TunnelOptions = TunnelOptions()
    bind: str = LOOPBACK
    """The address that is listened on."""
    started: float = 0.0
    """Seconds since the epoch."""
    sessions: int = 0
    """Sessions that are alive."""
    restarts: int = 0
    """How often a session was started in the place of one that had ended."""
    retry_in: float | None = None
    """Seconds until a session is started by itself."""
    last_error: SsmtuiError | None = None
    """What went wrong last, also if it is over."""
    refused: int = 0
    """Connections that were reset because there were too many, or no session could be had."""
    rate_sent: float = 0.0
    """Bytes a second of late."""
    rate_received: float = 0.0
    history: tuple[tuple[int, int], ...] = ()
    """Bytes sent and received in each of the last periods of :data:`ssmtui.forwards.traffic.PERIOD` seconds."""
    taken_port: int = 0
    """The port that would be listened on if nobody else had it; 0: it is."""

    @property
    def address(self) -> str:
        """What local programs connect to, or would: ``127.0.0.1:5432``; empty while no port is known."""
        port = self.local_port or self.forward.local
        return address_text(self.bind, port) if port else ""


class Tunnel:
    """Opens at once; call all its methods on the event loop. ``announce`` is called for every change."""

    def __init__(
        self,
        key: int,
        forward: Forward,
        request: StartRequest,
        node: Node | None,
        *,
        line: ServiceLine,
        tasks: Tasks,
        options: TunnelOptions = TunnelOptions(),  # noqa: B008  # immutable
        bind: str = LOOPBACK,
        starts: StartQueue | None = None,
        announce: Callable[[], None] = lambda: None,
        end_denied: Callable[[AccessDenied], None] = lambda error: None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        preferred: int = 0,
        ledger: Ledger | None = None,
    ) -> None:
        """Target, reason, title and scope come from ``request``. It listens on the address ``bind``. Where ``forward``
        names no local port, ``preferred`` is tried; if that is taken, or 0, any free one is used. ``ledger`` keeps its
        sessions on record; None: nothing does."""
        self.key = key
        self.forward = forward
        self.request = request
        self.node = node
        self.options = options
        self.bind = bind
        self.local_port = 0
        self.traffic = Traffic(clock)
        self._preferred = preferred
        self._line = line
        self._tasks = tasks
        self._starts = starts
        self._ledger = ledger
        self._announce = announce
        self._end_denied = end_denied
        self._clock = clock
        self._started = wall()
        self._server: asyncio.Server | None = None
        self._error: SsmtuiError | None = None
        self._closed = False
        self._over = asyncio.Event()
        self._connections = Tasks(f"tunnel {key}")
        self._lingering = Lingering()
        self._open_now = self._made = self._refused = 0
        self._sessions = self._chosen_sessions() if forward.socks else self._sessions_to(forward, self._numbers)
        self.life = tasks.start(f"tunnel {key}", self._live())
        """Done once it is over and the service knows."""

    @property
    def state(self) -> TunnelState:
        """Where it stands."""
        if self._error is not None:
            return TunnelState.FAILED
        if self._closed:
            return TunnelState.CLOSED
        sessions = self._sessions
        if sessions.is_open:
            return TunnelState.OPEN if self._server is not None else TunnelState.STARTING
        if sessions.is_lost:
            return TunnelState.LOST
        if sessions.retry_in is not None:
            return TunnelState.RETRYING
        return TunnelState.STARTING if sessions.sessions or not self._begun else TunnelState.IDLE

    @property
    def left_behind(self) -> list[str]:
        """What to call each session that the service has not confirmed to be gone."""
        starting = f"a session on {inert.line(self.request.target, 60)}, being started"
        return [session.session_id or starting for session in self._sessions.unconfirmed]

    def last_calls(self) -> list[LastCall]:
        """What ends its sessions at the service without the event loop, where those may not be gone."""
        return [call for session in self._sessions.unconfirmed if (call := session.last_call()) is not None]

    def snapshot(self, warning: AccessDenied | None = None) -> TunnelSnapshot:
        """Its state now; ``warning`` is shown for a live tunnel only."""
        state, sessions = self.state, self._sessions
        rate_sent, rate_received = self.traffic.rates
        return TunnelSnapshot(
            key=self.key,
            forward=self.forward,
            target=self.request.target,
            title=self.node.label if self.node is not None else self.request.label,
            state=state,
            local_port=self.local_port,
            error=self._error,
            notice=sessions.notice if state.live else "",
            warning=warning if state.live else None,
            connections=self._open_now,
            connections_made=self._made,
            sent=self.traffic.sent,
            received=self.traffic.received,
            options=self.options,
            bind=self.bind,
            started=self._started,
            sessions=len(sessions.sessions),
            restarts=sessions.restarts,
            retry_in=sessions.retry_in,
            last_error=self._error or sessions.last_error,
            refused=self._refused,
            rate_sent=rate_sent,
            rate_received=rate_received,
            history=self.traffic.history,
            taken_port=self._preferred if self.local_port and self._evades else 0,
        )

    def close(self) -> None:
        """Close it here and now: connections break, and the sessions are ended in the background."""
        if not self.state.live:
            return
        self._closed = True
        self._stop()
        self._announce()

    def change(self, options: TunnelOptions) -> None:
        """Keep it as ``options`` say from now on. Sessions that run are kept alive, or not, as they were started."""
        self.options = options
        if isinstance(self._sessions, PortSessions):
            self._sessions.set_numbers(self._numbers)
        else:
            self._sessions.set_most(options.sessions)
        self._announce()

    def resume(self, sign_in: SignIn) -> bool:
        """Have its sessions that wait for ``sign_in`` resume now. Whether it has none, for want of that, and must be
        started again."""
        for session in self._sessions.sessions:
            if session.sign_in is not None and session.sign_in.key == sign_in.key:
                session.resume_now()
        error = self._error or self._sessions.last_error
        wanted = error.sign_in if isinstance(error, CredentialsError) else None
        is_stopped = self.state in (TunnelState.RETRYING, TunnelState.IDLE, TunnelState.FAILED)
        return is_stopped and wanted is not None and wanted.key == sign_in.key

    def renew(self) -> None:
        """Start its sessions anew: connections break, and the port stays. Only while it lives."""
        self._sessions.renew()
        self._announce()

    # Its life

    async def _live(self) -> None:
        try:
            await self._begin()
            await self._over.wait()
        finally:
            self._stop()
            await self._connections.close()
            await self._sessions.ended()
            self._announce()

    async def _begin(self) -> None:
        """Listen, then start the session."""
        # In this order: a port that is taken must not leave a session behind. The official client finds out afterwards,
        # and exits (section 6.4). Only where nobody could read the document has its session to say the port first.
        forward = self.forward
        try:
            sessions = self._sessions
            if isinstance(sessions, PortSessions) and not forward.port and forward.local is None:
                sessions.open()
                first = await sessions.opened()
                await self._listen(local_port_in(first.session.properties))
            else:
                await self._listen(forward.local)
        except (SsmtuiError, OSError) as error:
            self._fail(error if isinstance(error, SsmtuiError) else SsmtuiError(str(error), title="No port is free"))
            return
        except Exception as error:  # one that only looks as if it lived could be neither started again nor forgotten
            log.exception("a tunnel could not be opened")
            self._fail(defect(error, "The tunnel could not be opened because of a defect in ssmtui"))
            return
        if not self._closed:
            self._sessions.open()
            self._announce()

    async def _listen(self, port: int | None) -> None:
        self._server = await listen(port, self._preferred, self._accept, self.bind)
        self.local_port = port_of(self._server)
        if self._over.is_set():
            self._server.close()

    @property
    def _evades(self) -> bool:
        """Whether it listens on another port than the one that it prefers."""
        return self.forward.local is None and self.local_port != self._preferred

    @property
    def _begun(self) -> bool:
        return self._server is not None

    @property
    def _numbers(self) -> SessionNumbers:
        if self.request.options.guarded:
            return SessionNumbers()
        if self.options.sessions:
            number = min(self.options.sessions, MOST_SESSIONS)
            return SessionNumbers(number, number)
        return SessionNumbers(most=UNDER_LOAD)

    def _chosen_sessions(self) -> PortSessions | ChosenSessions:
        """Those behind what clients choose."""

        def sessions_to(chosen: Forward) -> PortSessions:
            return self._sessions_to(chosen, SessionNumbers())

        return ChosenSessions(self.forward, sessions_to, self._tasks, self._changed, self._clock, self.options.sessions)

    def _sessions_to(self, forward: Forward, numbers: SessionNumbers) -> PortSessions:
        """The sessions behind one destination, none of which is started yet."""

        def start(changed: Callable[[], None]) -> PortSession:
            request = replace(
                self.request,
                document_name=forward.document,
                parameters=forward.parameters(self.local_port),
                container=None,
                command="",
                options=PaneOptions(profile=self.request.options.profile),
            )
            ledger = self._ledger

            async def begin() -> Entry:
                assert ledger is not None
                return ledger.begin(request, self.node, port=True)

            return PortSession(
                request,
                self._line.gateway,
                self._line.dialer,
                self._tasks,
                self._clock,
                changed,
                starts=self._starts,
                end_denied=self._end_denied,
                begin=None if ledger is None else begin,
                keep_alive=self.options.keep_alive,
            )

        return PortSessions(start, numbers, self._changed, self._clock, forward.destination)

    def _changed(self) -> None:
        """One of the sessions has changed."""
        failure = self._sessions.failure
        if failure is not None and not self._closed and self._error is None:
            add_version(failure, self.node)
            self._fail(failure)
            return
        self._announce()

    def _fail(self, error: SsmtuiError) -> None:
        if self._closed or self._error is not None:
            return
        self._error = error
        self._stop()
        self._announce()

    def _stop(self) -> None:
        """Listen no more, and end the sessions: their streams break, and with them the connections."""
        if self._server is not None:
            self._server.close()
        self._sessions.end()
        self._over.set()

    # Connections

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_full = self._open_now >= MOST_CONNECTIONS and not self._lingering.make_room()
        if is_full or not self.state.live:
            self._refused += 1
            LocalConnection(reader, writer, self._count).drop()
            self._announce()
            return
        self._made += 1
        self._open_now += 1
        self._connections.start(f"connection {self._made}", self._serve(reader, writer))
        self._announce()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if isinstance(self._sessions, ChosenSessions):
                await self._sessions.serve(reader, writer, self._count, self._lingering)
            else:
                await self._carry(self._sessions, reader, writer)
        except SsmtuiError as error:
            add_version(error, self.node)
            self._refused += 1  # the sessions say why
        finally:
            # Also when it is cancelled: a connection that was only accepted would leave its program waiting for good.
            LocalConnection(reader, writer, self._count).drop()
            self._open_now -= 1
            self._announce()

    async def _carry(self, sessions: PortSessions, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry a connection to the one destination. Raises the error for which it cannot be."""

        def count(sent: int, received: int) -> None:
            if received:
                sessions.destination_answers()
            self._count(sent, received)

        async with AsyncExitStack() as stack:
            program: ByteReader = reader
            if sessions.can_connect:
                port, stream = await stack.enter_async_context(sessions.lent())
            else:
                program = early = EarlyBytes(reader)
                async with early.watched():
                    port, stream = await stack.enter_async_context(sessions.lent())
            await LocalConnection(program, writer, count, self._lingering).carry(stream, linger(port.mode))

    def _count(self, sent: int, received: int) -> None:
        self.traffic.add(sent, received)
        self._announce()
