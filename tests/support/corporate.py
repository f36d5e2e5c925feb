"""A company's network on this machine: a proxy that is asked by CONNECT, and AWS behind it, over TLS with a certificate
authority of the company's own. AWS is a lab, which is reached by AWS's own names.
"""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from ssmtui.lab.company import Account
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.lab.sites import Ground
from ssmtui.tasks import Tasks
from tests.support.certificates import authority

ACCOUNT = "123456789012"
NAMES = (
    # A wildcard stands for one label only.
    "*.eu-west-1.amazonaws.com",
    "*.us-gov-west-1.amazonaws.com",
    "*.cn-north-1.amazonaws.com.cn",
    "*.eusc-de-east-1.amazonaws.eu",
    "*.us-iso-east-1.c2s.ic.gov",
    "*.eu-west-1.api.aws",
    "*.ssm.eu-west-1.vpce.amazonaws.com",
    "*.ssmmessages.eu-west-1.vpce.amazonaws.com",
    "other.vpce-0a1b2c3d4e5f60718-ijklmnop.ssmmessages.eu-west-1.vpce.amazonaws.com",
    "*.corp.example",
    "localhost",
    "127.0.0.1",
    "::1",
)
"""What the certificate is for."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Listener:
    """Listens on ``address`` and serves each connection in a task; what breaks off is closed."""

    def __init__(self, address: str = "127.0.0.1", context: ssl.SSLContext | None = None) -> None:
        self._address = address
        self._context = context
        self._tasks = Tasks(type(self).__name__)
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, self._address, 0, ssl=self._context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._tasks.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.start("connection", self._serve(reader, writer))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()


class Front(Listener):
    """AWS's endpoints over TLS: calls go to the lab, data channels to its gateway. It knows which is which by the path
    of a connection's first request."""

    def __init__(self, lab: Lab, context: ssl.SSLContext) -> None:
        super().__init__(context=context)
        self._lab = lab
        self.calls: list[str] = []
        """The hosts that calls named, one for each connection."""
        self.channels: list[str] = []
        """The hosts that web sockets named."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        host = next(line[5:].strip() for line in lines if line.lower().startswith("host:"))
        is_channel = lines[0].startswith("GET /v1/data-channel/")
        (self.channels if is_channel else self.calls).append(host)
        port = self._lab.streams.port if is_channel else urlsplit(self._lab.address.endpoint_url).port
        onward = await asyncio.open_connection("127.0.0.1", port)
        onward[1].write(head)
        await _join((reader, writer), onward)


class ConnectProxy(Listener):
    """A proxy; ``way`` says where a ``host:port`` leads, None lets nobody there (403)."""

    def __init__(
        self,
        way: Callable[[str], tuple[str, int] | None],
        address: str = "127.0.0.1",
        context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(address, context)
        self.way = way
        self.login = ""
        """``user:password`` that it lets in; empty: everybody."""
        self.asks_for = 'Basic realm="corp"'
        """Its Proxy-Authenticate."""
        self.asked: list[str] = []
        """Each ``host:port`` that CONNECT named, refused ones too."""
        self.logins: list[str] = []
        """The Proxy-Authorization of each; empty: none."""
        self.forwarded: list[str] = []
        """First lines of what was not CONNECT."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        verb, target, _ = lines[0].split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        if verb != "CONNECT":
            self.forwarded.append(lines[0])
            refusal: tuple[str, ...] = ("405 Method Not Allowed",)
        else:
            self.asked.append(target)
            self.logins.append(headers.get("proxy-authorization", ""))
            refusal = self.judge(target)
        if refusal:
            writer.write("\r\n".join([f"HTTP/1.1 {refusal[0]}", *refusal[1:], "Content-Length: 0", "", ""]).encode())
            await writer.drain()
            return
        place = self.way(target)
        assert place is not None
        try:
            onward = await asyncio.open_connection(*place)
        except OSError:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await _join((reader, writer), onward)

    def judge(self, target: str) -> tuple[str, ...]:
        """Status and headers of a refusal; empty: it lets one through."""
        if self.login and self.logins[-1] != basic(self.login):
            return ("407 Proxy Authentication Required", f"Proxy-Authenticate: {self.asks_for}")
        return () if self.way(target) is not None else ("403 Forbidden",)

    @property
    def hosts(self) -> set[str]:
        """The hosts that were asked for, without their port, which is always 443."""
        assert all(target.endswith(":443") for target in self.asked), self.asked
        return {target.removesuffix(":443") for target in self.asked}


class LabBehindTls(Lab):
    """A lab that hands out addresses of AWS's."""

    stream_base = ""

    def _ground(self) -> Ground:
        return replace(super()._ground(), stream_base=lambda: self.stream_base)


@dataclass
class CorporateNetwork:
    """What runs, and what a person in it needs."""

    lab: LabBehindTls
    front: Front
    root: Path
    """The authority's certificate."""
    proxy: ConnectProxy
    tls_proxy: ConnectProxy
    """The same, reached over TLS."""
    ipv6_proxy: ConnectProxy | None
    """The same on ``::1``; None where this machine has no IPv6."""
    resolved: list[str]
    """The names of AWS that were looked up here, and lead to the front."""
    turn_away: Callable[[str], bool] = lambda host: False
    """Whether a name leads to a port where nobody listens."""

    @property
    def keys(self) -> dict[str, str]:
        """The variables of an access key."""
        own = self.lab.credentials
        return {"AWS_ACCESS_KEY_ID": own.access_key_id, "AWS_SECRET_ACCESS_KEY": own.secret_access_key}


@asynccontextmanager
async def corporate_network(
    folder: Path, region: str = "eu-west-1", *, stream_host: str | None = None, has_ipv6: bool = True
) -> AsyncIterator[CorporateNetwork]:
    """A network whose AWS has nodes in ``region`` only, and hands out ``stream_host`` for data channels."""
    root, context = authority(folder / "authority", *NAMES)
    account = Account("corp", ACCOUNT, "corp", region=region, fleets={region: 1.0}, opted_in=(region,))
    options = LabOptions(nodes=12, accounts=(account,), start_delay=0.01, shell="sh", signed_only=True)
    lab = LabBehindTls(options)
    lab.stream_base = f"wss://{stream_host or f'ssmmessages.{region}.amazonaws.com'}"
    async with AsyncExitStack() as stack:
        await lab.start()
        stack.push_async_callback(lab.close)
        front = Front(lab, context)
        resolved: list[str] = []

        def way(target: str) -> tuple[str, int] | None:
            return "127.0.0.1", front.port

        proxy, tls_proxy = ConnectProxy(way), ConnectProxy(way, context=context)
        ipv6_proxy = ConnectProxy(way, "::1") if has_ipv6 and _has_ipv6() else None
        for listener in _some(front, proxy, tls_proxy, ipv6_proxy):
            await listener.start()
            stack.push_async_callback(listener.close)
        # The lab lets in what names this machine as its host. Here it is AWS, and the signature is over AWS's names.
        stack.enter_context(patch("ssmtui.lab.keyring.is_for_this_machine", lambda headers: True))
        network = CorporateNetwork(lab, front, root, proxy, tls_proxy, ipv6_proxy, resolved)
        stack.enter_context(patch("socket.getaddrinfo", _names_of_aws(network)))
        yield network


def basic(login: str) -> str:
    """``user:password`` as a header's value."""
    return "Basic " + base64.b64encode(login.encode()).decode()


def _names_of_aws(network: CorporateNetwork) -> Callable[..., Any]:
    """``getaddrinfo`` of a network without a proxy: other names than this machine's lead to the front."""
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name in ("127.0.0.1", "::1", "localhost"):
            return real(host, port, *arguments, **options)
        network.resolved.append(name)
        place = ("127.0.0.1", 1 if network.turn_away(name) else network.front.port)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place)]

    return getaddrinfo


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _some(*listeners: Listener | None) -> Iterable[Listener]:
    return [one for one in listeners if one is not None]


async def _join(one: Streams, other: Streams) -> None:
    """Carry bytes both ways until one side ends."""
    tasks = Tasks("join")
    try:
        ways = [
            tasks.start("there", _carry(one[0], other[1]), awaited=True),
            tasks.start("back", _carry(other[0], one[1]), awaited=True),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        other[1].transport.abort()
        await tasks.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
