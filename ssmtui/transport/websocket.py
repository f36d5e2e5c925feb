"""The link over a web socket: checked address, signed upgrade, TLS, proxy. ``websockets`` is imported here and in
``connection`` alone.

Foreign exceptions are translated here, once, and without the foreign text wherever that could hold a credential.
"""

from __future__ import annotations

import asyncio
import asyncio.sslproto
import logging
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidProxyStatus, InvalidStatus, ProxyError, WebSocketException

from ssmtui import open_files, proxies
from ssmtui.errors import ConnectionFailed, LinkClosed, SsmtuiError, UpgradeRefused
from ssmtui.proxies import Proxy, UnusableProxy, proxy_for
from ssmtui.transport.connection import MAX_MESSAGE, BatchConnection
from ssmtui.transport.policy import StreamPolicy
from ssmtui.transport.tls import new_tls_context

Sign = Callable[[str], Awaitable[Mapping[str, str]]]
"""Gives the headers that sign the upgrade to an address; none where it needs no signature (protocol.md section 2.3)."""
Renew = Callable[[], Awaitable[None]]
"""Fetches new credentials for the next signature."""

OPEN_TIMEOUT = 30.0
"""Seconds for name, TCP, proxy, TLS and upgrade together."""
NEXT_ADDRESS = 0.25
"""Seconds after which a dual-stack host's next address is tried beside the one that does not answer (RFC 8305): an IPv6
that leads nowhere must not use up the time of the whole opening. Not for hosts with IPv4 alone: in Python before 3.12
a dial that is cancelled as it connects leaves its socket to the garbage collector then."""
_DUAL_STACK = re.compile(r"\.api\.(?:aws|amazonwebservices|cloud-aws)\b")
CLOSE_TIMEOUT = 1.0
"""Seconds for the closing handshake. Its outcome changes nothing: a session is ended at the service, not by its
socket."""
TLS_BUFFER = 64 << 10
"""Bytes read from a TLS connection at once: about a batch of frames."""

# websockets logs the opening frame, which holds the token, and every keystroke at DEBUG. A logger outside the logging
# tree cannot be turned on by any configuration; what goes wrong is reported by exceptions.
_SILENT = logging.Logger("ssmtui.transport.websocket.silent", level=logging.CRITICAL + 1)


class WebSocketDialer:
    """Opens data-channel sockets: ``policy`` says where to, ``sign`` in whose name.

    ``ca_bundle`` is a file or a directory of certificates that replaces the system's, for the host and for a proxy that
    is reached over TLS. Proxies come from the environment (:mod:`ssmtui.proxies`). ``renew`` is called when a signature
    was refused.
    """

    def __init__(
        self,
        policy: StreamPolicy,
        sign: Sign,
        ca_bundle: str | None = None,
        *,
        renew: Renew | None = None,
        open_timeout: float = OPEN_TIMEOUT,
    ) -> None:
        self._policy = policy
        self._sign = sign
        self._renew = renew
        self._ca_bundle = ca_bundle
        self._open_timeout = open_timeout
        self._tls: ssl.SSLContext | None = None

    async def dial(self, stream_url: str, opening: str) -> WebSocketLink:
        """Open ``stream_url``, byte for byte as it is, and send ``opening`` as the first text frame.

        Raises :class:`StreamRefused` before anything leaves this machine, :class:`UpgradeRefused` when the host
        answers with an HTTP status, :class:`ConnectionFailed` when the socket cannot be opened otherwise,
        :class:`ConfigurationError` for a proxy or certificates that cannot be used, and what ``sign`` and ``renew``
        raise.
        """
        self._policy.check(stream_url)
        # Signed anew for each socket: a signature is good for minutes, the hourly reconnect comes later (section 2.3).
        headers = await self._sign(stream_url)
        try:
            connection = await self._connect(stream_url, headers)
        except UpgradeRefused as refused:
            if not refused.is_about_the_caller or not headers:
                raise
            connection = await self._connect_again(stream_url, refused)
        # Nothing answers OpenDataChannel (section 2.4): whether it was accepted shows in what comes next.
        link = WebSocketLink(connection)
        try:
            await link.send_text(opening)
        except BaseException:
            await link.close()
            raise
        return link

    async def _connect_again(self, url: str, refused: UpgradeRefused) -> BatchConnection:
        """A socket for a caller whose signature was refused: with renewed credentials, then with none at all.

        A 403 an hour after the start is old credentials (aws/session-manager-plugin#136). The token alone opened the
        channel before the official client began to sign (its versions up to 1.2.694), and other clients still rely on
        that. It goes to the same host, which the policy has checked.
        """
        if self._renew is not None:
            await self._renew()
            try:
                return await self._connect(url, await self._sign(url))
            except UpgradeRefused as again:
                if not again.is_about_the_caller:
                    raise
                refused = again
        try:
            return await self._connect(url, {})
        except UpgradeRefused as unsigned:
            # The first answer says more than that a request without a signature has none.
            raise (refused if unsigned.is_about_the_caller else unsigned) from None

    async def _connect(self, url: str, headers: Mapping[str, str]) -> BatchConnection:
        address = urlsplit(url)
        host = address.hostname or ""
        proxy = await _way(url)
        options: dict[str, Any] = {"ssl": await self._tls_context()} if address.scheme == "wss" else {}
        if proxy is not None and proxy.scheme == "https":
            options["proxy_ssl"] = await self._tls_context()
        try:
            connection = await _ConnectOnce(
                url,
                create_connection=BatchConnection,
                additional_headers=dict(headers),
                user_agent_header=None,  # the request as the official client makes it: no header but the signature's
                proxy=proxy.url if proxy is not None else None,
                compression=None,  # no extension is offered (section 2.2), and BatchConnection cuts plain frames only
                open_timeout=self._open_timeout,
                happy_eyeballs_delay=NEXT_ADDRESS if _DUAL_STACK.search(host) else None,
                ping_interval=None,  # heartbeat pings, and counts other frames as signs of life as well
                close_timeout=CLOSE_TIMEOUT,
                max_size=MAX_MESSAGE,
                logger=_SILENT,
                **options,
            )
        except (OSError, EOFError, ValueError, WebSocketException) as error:
            raise _translated(error, host, proxy) from None
        assert isinstance(connection, BatchConnection)
        return connection

    async def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            _keep_tls_buffers_small()
            self._tls = await asyncio.to_thread(new_tls_context, self._ca_bundle)
        return self._tls


class WebSocketLink:
    """A :class:`ssmtui.transport.link.Link` over one web-socket connection."""

    def __init__(self, connection: BatchConnection) -> None:
        self._connection = connection

    async def send(self, *frames: bytes) -> None:
        """Send binary frames with one write; returns when the socket's buffer has taken them."""
        try:
            await self._connection.send_many(frames)
        except ConnectionClosed as error:
            raise _closed(error) from None

    async def send_text(self, text: str) -> None:
        """Send one text frame: only the first one of a channel is."""
        try:
            await self._connection.send(text)
        except ConnectionClosed as error:
            raise _closed(error) from None

    async def receive_many(self) -> Sequence[bytes]:
        """The frames that have come, binary or text, as bytes; waits for the first."""
        try:
            return await self._connection.receive_many()
        except ConnectionClosed as error:
            raise _closed(error) from None

    async def close(self) -> None:
        """Say goodbye and close; a peer that does not answer is dropped within a second. Never raises, but a
        cancellation passes through, after the socket is closed."""
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._connection.close()
        except (OSError, WebSocketException):
            pass
        finally:
            # Also when the wait for the peer's close frame is cancelled: the file descriptor must not outlive the
            # session.
            self._connection.transport.abort()
        await self._connection.wait_closed()

    async def ping(self) -> None:
        """Send a ping and wait for its pong."""
        try:
            await (await self._connection.ping())
        except ConnectionClosed as error:
            raise _closed(error) from None

    @property
    def latency(self) -> float | None:
        """Round trip of the last answered ping in seconds."""
        return self._connection.latency or None


class _ConnectOnce(connect):
    """``connect`` that follows no redirect: the signature and the token are for the host that was checked."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def _way(url: str) -> Proxy | None:
    try:
        return await asyncio.to_thread(proxy_for, url)
    except UnusableProxy as error:
        raise proxies.unusable(error) from None


def _keep_tls_buffers_small() -> None:
    """Have each TLS connection hold a buffer of ``TLS_BUFFER`` bytes. asyncio's own is four times as large for as long
    as the connection lives, more than everything else that an idle session costs, and has no parameter but this
    attribute.
    """
    asyncio.sslproto.SSLProtocol.max_size = TLS_BUFFER


def _closed(error: ConnectionClosed) -> LinkClosed:
    # Without a close frame of the peer ours says why: no answer to a ping, a frame that is too big.
    frame = error.rcvd or error.sent
    return LinkClosed(frame.code, frame.reason) if frame is not None else LinkClosed()


def _translated(error: Exception, host: str, proxy: Proxy | None) -> SsmtuiError:
    """``error`` of opening a socket to ``host``, through ``proxy``, in our words."""
    if isinstance(error, InvalidStatus):
        return _refused(error.response.status_code, host)
    if isinstance(error, InvalidProxyStatus):
        asks_for = ", ".join(error.response.headers.get_all("Proxy-Authenticate"))
        return proxies.refused(proxy, error.response.status_code, host=host, asks_for=asks_for)
    if isinstance(error, ProxyError):
        return proxies.unreachable(proxy, "does not answer as an HTTP proxy does")
    if isinstance(error, OSError):  # a certificate that is not trusted is a ValueError, too
        return _unreachable(error, host, proxy)
    return ConnectionFailed(
        f"{host} does not speak the web-socket protocol",
        title="The data channel's host gave an invalid answer",
        remedy="Something between here and AWS may intercept the connection: check proxies and the endpoint URL.",
    )


def _refused(status: int, host: str) -> UpgradeRefused:
    # The answer's body stays unread: AWS repeats the request that it could not verify in there, security token and all.
    if status in (401, 403):
        return UpgradeRefused(
            status,
            f"{host} answered {status} to the web socket's request",
            remedy="Either its signature was not accepted (expired credentials, a clock that is off) or the caller "
            "lacks the permission ssmmessages:OpenDataChannel on the session.",
        )
    if 300 <= status < 400:
        return UpgradeRefused(
            status,
            f"{host} answered with a redirect ({status}), which is not followed",
            remedy="A proxy or a captive portal may be in the way: sign in to the network, or set HTTPS_PROXY.",
        )
    refused = UpgradeRefused(status, f"{host} answered {status} to the web socket's request")
    refused.remedy = (
        "Try again in a moment." if refused.is_passing else "The address may have expired: start the session again."
    )
    return refused


def _unreachable(error: OSError, host: str, proxy: Proxy | None) -> ConnectionFailed:
    if proxy is not None and proxy.scheme == "https":
        host = (
            f"{host}, or the proxy {proxy}"  # both showed a certificate, and the error does not say whose it is about
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return ConnectionFailed(
            f"{host}: {error.verify_message}",
            title="The data channel's certificate is not trusted",
            remedy="If a proxy inspects TLS here, put its certificate into the file that AWS_CA_BUNDLE names.",
            passing=False,
        )
    if isinstance(error, ssl.SSLError):
        return ConnectionFailed(
            f"{host}: {error.reason or 'no TLS'}",
            title="The data channel's TLS handshake failed",
            remedy="Something between here and AWS may intercept the connection: check proxies and the endpoint URL.",
        )
    if exhausted := open_files.exhausted(error):
        # Not for a moment, as the network is: the person has to close something.
        title = "The data channel cannot be opened"
        return ConnectionFailed(exhausted, title=title, remedy=open_files.REMEDY, passing=False)
    what = _what_happened(error)
    if proxy is not None and isinstance(error, socket.gaierror | ConnectionRefusedError):
        return proxies.unreachable(proxy, what)  # of the host itself only the proxy knows that
    return ConnectionFailed(
        f"{host} {what}" + (f" (through the proxy {proxy})" if proxy is not None else ""),
        title="The data channel's host cannot be reached",
        remedy="Check the network, the proxy settings and, in a private network, the route or VPC endpoint to "
        "ssmmessages.",
    )


def _what_happened(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return "cannot be resolved"
    if isinstance(error, TimeoutError):
        return "did not answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "refuses the connection"
    if isinstance(error, ConnectionResetError):
        return "dropped the connection"
    return "cannot be reached"
