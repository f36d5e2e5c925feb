"""The data channel's web socket server: who may open a channel, and with which words. ``relay`` does the rest."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from ssmtui.errors import LinkClosed, RemoteProtocolError
from ssmtui.lab.answers import ApiError, Dialect
from ssmtui.lab.keyring import Keyring, LabCaller
from ssmtui.lab.relay import Relay
from ssmtui.lab.sessions import LabSession
from ssmtui.lab.signature import SignatureVerdict, SignedRequest
from ssmtui.lab.sites import Sites
from ssmtui.protocol import OpenDataChannel

_PREFIX = "/v1/data-channel/"
_OPENING_TIMEOUT = 10.0
_REMEMBERED = 100


@dataclass(frozen=True, slots=True)
class Upgrade:
    """One attempt to open a channel, as it came: for tests to look at."""

    path: str
    """Path and query, byte for byte."""
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case."""
    verdict: SignatureVerdict
    status: int


@dataclass(frozen=True, slots=True)
class StreamOpening:
    """One OpenDataChannel that was read."""

    session_id: str
    client_id: str
    client_version: str
    accepted: bool


class StreamServer:
    """Listens on 127.0.0.1. ``relays`` holds the sessions that run, by id."""

    def __init__(
        self,
        sites: Sites,
        relays: dict[str, Relay],
        keyring: Keyring,
        *,
        signed_only: bool,
        drop_dial: Callable[[], int] = lambda: 0,
    ) -> None:
        """``drop_dial`` says of how many clients the last one is cut off before its socket is open; 0: none."""
        self._sites = sites
        self._relays = relays
        self._keyring = keyring
        self._signed_only = signed_only
        self._drop_dial = drop_dial
        self._dials = 0
        self._server: Server | None = None
        self.port = 0
        self.upgrades: deque[Upgrade] = deque(maxlen=_REMEMBERED)
        self.openings: deque[StreamOpening] = deque(maxlen=_REMEMBERED)

    async def start(self, port: int = 0) -> None:
        """Listen on ``port``; 0 takes a free one."""
        self._server = await serve(
            self._handle,
            "127.0.0.1",
            port,
            process_request=self._judge,
            compression=None,
            max_size=2**20,
            ping_interval=None,
            close_timeout=1,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def close(self) -> None:
        """Stop listening, close every socket, wait until they are gone."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def _judge(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse an upgrade of a session that does not exist, at an address that is not its own, or badly signed."""
        self._dials += 1
        if (of := self._drop_dial()) and self._dials % of == 0:
            connection.transport.abort()
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "")
        headers = {name.lower(): value for name, value in request.headers.raw_items()}
        verdict, caller = self._keyring.judge(SignedRequest("GET", request.path, headers), "ssmmessages")
        status = self._status(request.path, verdict, caller)
        self.upgrades.append(Upgrade(request.path, headers, verdict, status))
        if status == HTTPStatus.SWITCHING_PROTOCOLS:
            return None
        return connection.respond(status, f"{verdict.value}\n")

    def _status(self, path: str, verdict: SignatureVerdict, caller: LabCaller | None) -> HTTPStatus:
        signed = verdict is SignatureVerdict.GOOD or (verdict is SignatureVerdict.MISSING and not self._signed_only)
        if not signed:
            return HTTPStatus.FORBIDDEN
        if caller is not None:
            try:
                self._sites.check("OpenDataChannel", caller.account)
            except ApiError:
                return HTTPStatus.FORBIDDEN
        session = self._session(path, caller)
        if session is None:
            return HTTPStatus.NOT_FOUND
        if caller is not None and not self._may_open(session, caller):
            return HTTPStatus.FORBIDDEN
        return HTTPStatus.SWITCHING_PROTOCOLS if path == session.stream_path else HTTPStatus.FORBIDDEN

    def _may_open(self, session: LabSession, caller: LabCaller) -> bool:
        body = {"SessionId": session.session_id}
        try:
            self._sites.authorize("ssmmessages:OpenDataChannel", body, caller, Dialect.JSON)
        except ApiError:
            return False
        return True

    def _session(self, path: str, caller: LabCaller | None = None) -> LabSession | None:
        return self._sites.session(urlsplit(path).path.removeprefix(_PREFIX), caller)

    async def _handle(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        session = self._session(connection.request.path)
        assert session is not None
        relay = await self._admit(connection, session)
        if relay is None:
            return
        session.status = "Connected"
        await relay.serve(_Socket(connection))
        if session.active and not relay.connected:
            session.status = "Disconnected"

    async def _admit(self, connection: ServerConnection, session: LabSession) -> Relay | None:
        """Read OpenDataChannel; None, and a closed socket, when it does not open this session."""
        try:
            async with asyncio.timeout(_OPENING_TIMEOUT):
                text = await connection.recv()
            opening = OpenDataChannel.from_json(text if isinstance(text, str) else "")
        except (TimeoutError, ConnectionClosed, RemoteProtocolError):
            await connection.close(1003, "TokenValue is missing")
            return None
        relay = self._relays.get(session.session_id)
        accepted = session.admits(opening.token) and relay is not None
        self.openings.append(
            StreamOpening(session.session_id, str(opening.client_id), opening.client_version, accepted)
        )
        if accepted:
            return relay
        await connection.close(1003, "TokenValue is not valid")
        return None


class _Socket:
    """A ``websockets`` connection as the relay wants it."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self._flowing = asyncio.Event()
        self._flowing.set()

    async def send(self, frame: bytes) -> None:
        await self._flowing.wait()
        try:
            await self._connection.send(frame)
        except ConnectionClosed as error:
            raise LinkClosed from error

    async def receive(self) -> bytes:
        try:
            frame = await self._connection.recv()
        except ConnectionClosed as error:
            raise LinkClosed from error
        await self._flowing.wait()
        return frame.encode() if isinstance(frame, str) else frame

    async def close(self, code: int, reason: str) -> None:
        """Close it; one in a black hole breaks instead, since it cannot say a word."""
        if self._flowing.is_set():
            await self._connection.close(code, reason)
        else:
            self.abort()

    def abort(self) -> None:
        self._connection.transport.abort()
        self._flowing.set()

    def black_hole(self, seconds: float) -> None:
        """``websockets`` answers pings as it parses what its transport has read: one that reads nothing answers none,
        and does not see the other end close either. Nothing is lost: it all comes when the hole ends.
        """
        self._flowing.clear()
        self._connection.transport.pause_reading()
        if math.isfinite(seconds):
            asyncio.get_running_loop().call_later(seconds, self._resurface)

    def _resurface(self) -> None:
        self._flowing.set()
        self._connection.transport.resume_reading()
