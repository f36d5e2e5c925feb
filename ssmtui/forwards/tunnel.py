"""One forward to one node: a local port, the Port session behind it, and the connections that it carries."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from typing import NamedTuple

from ssmtui import inert
from ssmtui.aws.gateway import LastCall
from ssmtui.documents.port_forwards import Forward
from ssmtui.errors import AccessDenied, SsmtuiError, UsageError
from ssmtui.forwards.connection import LocalConnection
from ssmtui.forwards.listener import listen, port_of
from ssmtui.forwards.port_session import PortSession
from ssmtui.ledger.entry import Entry
from ssmtui.ledger.ledger import Ledger
from ssmtui.loopback import LOOPBACK
from ssmtui.model import Node, PaneOptions, StartRequest
from ssmtui.protocol.versions import PortMode
from ssmtui.sessions.agent_words import add_version
from ssmtui.sessions.entry import ServiceLine
from ssmtui.sessions.start_queue import StartQueue
from ssmtui.sessions.states import SessionState
from ssmtui.tasks import Tasks

MOST_CONNECTIONS = 512
"""Local connections at once; more are refused, so that a program in a loop does not use up this process's files."""
LINGER = 2.0
"""Seconds without an answer after which a connection is closed whose program has closed its half."""
LINGER_ALONE = 0.5
"""The same in a session that carries one connection at a time, where the next one waits for that."""


class TunnelState(Enum):
    """Where a tunnel stands."""

    STARTING = "starting"
    """The local port is listened on; connections wait for the session."""
    OPEN = "open"
    LOST = "lost"
    """The connection to the node is gone; it comes back by itself, and what is on its way is kept."""
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

    @property
    def address(self) -> str:
        """What local programs connect to, or would: ``127.0.0.1:5432``; empty while no port is known."""
        port = self.local_port or self.forward.local
        return f"{LOOPBACK}:{port}" if port else ""


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
        starts: StartQueue | None = None,
        announce: Callable[[], None] = lambda: None,
        end_denied: Callable[[AccessDenied], None] = lambda error: None,
        clock: Callable[[], float] = time.monotonic,
        preferred: int = 0,
        ledger: Ledger | None = None,
    ) -> None:
        """Target, reason, title and scope come from ``request``. Where ``forward`` names no local port, ``preferred``
        is tried, or for 0 the destination's own port; if that is taken, any free one is used. ``ledger`` keeps its
        session on record; None: nothing does."""
        self.key = key
        self.forward = forward
        self.request = request
        self.node = node
        self.local_port = 0
        self._preferred = preferred or forward.port
        self._line = line
        self._tasks = tasks
        self._starts = starts
        self._ledger = ledger
        self._announce = announce
        self._end_denied = end_denied
        self._clock = clock
        self._server: asyncio.Server | None = None
        self._port: PortSession | None = None
        self._error: SsmtuiError | None = None
        self._closed = False
        self._connections = Tasks(f"tunnel {key}")
        self._open_now = self._made = self._sent = self._received = 0
        self.life = tasks.start(f"tunnel {key}", self._live())
        """Done once it is over and the service knows."""

    @property
    def state(self) -> TunnelState:
        """Where it stands."""
        if self._error is not None:
            return TunnelState.FAILED
        if self._closed:
            return TunnelState.CLOSED
        if self._port is None:
            return TunnelState.STARTING
        session = self._port.session.state
        if session.cut_off:
            return TunnelState.LOST
        return TunnelState.OPEN if session is SessionState.OPEN else TunnelState.STARTING

    @property
    def left_behind(self) -> str:
        """What to call a session that the service has not confirmed to be gone; empty when it has."""
        if self._port is None or self._port.session.confirmed_gone:
            return ""
        return self._port.session.session_id or f"a session on {inert.line(self.request.target, 60)}, being started"

    def last_call(self) -> LastCall | None:
        """What ends its session at the service without the event loop, where that may not be gone."""
        return self._port.session.last_call() if self._port is not None else None

    def snapshot(self, warning: AccessDenied | None = None) -> TunnelSnapshot:
        """Its state now; ``warning`` is shown for a live tunnel only."""
        return TunnelSnapshot(
            key=self.key,
            forward=self.forward,
            target=self.request.target,
            title=self.node.label if self.node is not None else self.request.label,
            state=self.state,
            local_port=self.local_port,
            error=self._error,
            notice=self._port.session.trouble if self._port is not None and self.state.live else "",
            warning=warning if self.state.live else None,
            connections=self._open_now,
            connections_made=self._made,
            sent=self._sent,
            received=self._received,
        )

    def close(self) -> None:
        """Close it here and now: connections break, and the session is ended in the background."""
        if not self.state.live:
            return
        self._closed = True
        self._stop()
        self._announce()

    # Its life

    async def _live(self) -> None:
        try:
            await self._begin()
            if self._port is not None:
                await asyncio.wait({self._port.session.life})
        finally:
            self._stop()
            await self._connections.close()
            self._announce()

    async def _begin(self) -> None:
        """Listen, then start the session."""
        # In this order: a port that is taken must not leave a session behind. The official client finds out afterwards,
        # and exits (section 6.4).
        try:
            self._server = await listen(self.forward.local, self._preferred, self._accept)
        except (UsageError, OSError) as error:
            self._fail(error if isinstance(error, SsmtuiError) else SsmtuiError(str(error), title="No port is free"))
            return
        if self._closed:
            return
        self.local_port = port_of(self._server)
        request = replace(
            self.request,
            document_name=self.forward.document,
            parameters=self.forward.parameters(self.local_port),
            container=None,
            command="",
            options=PaneOptions(profile=self.request.options.profile),
        )
        line, ledger = self._line, self._ledger

        async def begin() -> Entry:
            assert ledger is not None
            return ledger.begin(request, self.node, port=True)

        self._port = PortSession(
            request,
            line.gateway,
            line.dialer,
            self._tasks,
            self._clock,
            self._changed,
            starts=self._starts,
            end_denied=self._end_denied,
            begin=None if ledger is None else begin,
        )
        self._announce()

    def _changed(self) -> None:
        """The session has changed."""
        assert self._port is not None
        session = self._port.session
        if not self._closed and self._error is None and not session.state.live:
            add_version(session.error, self.node)
            self._fail(session.error or _ended(session.end_reason))
        self._announce()

    def _fail(self, error: SsmtuiError) -> None:
        self._error = error
        self._stop()
        self._announce()

    def _stop(self) -> None:
        """Listen no more, and end the session: its streams break, and with them the connections."""
        if self._server is not None:
            self._server.close()
        if self._port is not None:
            self._port.end()

    # Connections

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._port is None or not self.state.live or self._open_now >= MOST_CONNECTIONS:
            LocalConnection(reader, writer, self._count).drop()
            return
        self._made += 1
        self._open_now += 1
        self._connections.start(f"connection {self._made}", self._serve(self._port, reader, writer))
        self._announce()

    async def _serve(self, port: PortSession, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = LocalConnection(reader, writer, self._count)
        try:
            stream = await port.connect()
            await connection.carry(stream, LINGER if port.mode is PortMode.MUX else LINGER_ALONE)
            if port.mode is PortMode.RAW and self.state.live:
                self._fail(_ended("The node carries one connection for each session, and this one has ended."))
        except SsmtuiError:
            pass  # the session is over, and says why
        finally:
            # Also when it is cancelled: a connection that was only accepted would leave its program waiting for good.
            connection.drop()
            self._open_now -= 1
            self._announce()

    def _count(self, sent: int, received: int) -> None:
        self._sent += sent
        self._received += received
        if received and self._port is not None:
            self._port.session.destination_answers()
        self._announce()


def _ended(reason: str) -> SsmtuiError:
    why = inert.line(reason, 300) or "the node or the service has ended it"
    return SsmtuiError(why, title="The tunnel's session has ended", remedy="Open the tunnel again.")
