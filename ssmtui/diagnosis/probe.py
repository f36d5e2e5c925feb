"""How far one gets from here to an endpoint: its name, a connection, the proxy, TLS. Nothing is signed or asked for."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from enum import Enum
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from ssmtui.diagnosis.certificates import Certificate, chain_of
from ssmtui.errors import SsmtuiError
from ssmtui.proxies import Proxy, UnusableProxy, proxy_for
from ssmtui.transport.tls import new_tls_context

PROBE_LIMIT = 8.0
"""Seconds for the way to an endpoint."""
ANSWER_LIMIT = 3.0
"""Seconds for the answer, from which only the time is taken."""
MAX_HEAD = 16 << 10
MAX_ADDRESSES = 4


class ProbeStep(Enum):
    """The way to an endpoint."""

    NAME = "its name"
    CONNECT = "the connection"
    PROXY = "the proxy"
    TLS = "TLS"


@dataclass(frozen=True, slots=True)
class Probe:
    """How far it went."""

    host: str
    port: int
    secure: bool = True
    failed: ProbeStep | None = None
    """The step that failed; None: there is a connection."""
    failure: str = ""
    """Why, a few words."""
    addresses: tuple[str, ...] = ()
    """The addresses of the name here; empty behind a proxy, which looks it up itself."""
    proxy: str = ""
    """``host:port`` of the proxy on the way."""
    seconds: float = 0.0
    """What the connection took."""
    issuer: str = ""
    """Who signed the endpoint's certificate."""
    chain: tuple[Certificate, ...] = field(default=(), compare=False)
    """The certificates that it sent, its own first; those that are not trusted are there as well."""
    clock_ahead: float | None = None
    """Seconds by which this machine's clock is ahead of the endpoint's; None where the answer had no date."""

    @property
    def where(self) -> str:
        """Host, and port where it is not the usual one."""
        return self.host if self.port == 443 else f"{self.host}:{self.port}"

    @property
    def is_private(self) -> bool:
        """Whether the name leads into a private network only: a VPC endpoint's, say."""
        found = [ip_address(address.partition("%")[0]) for address in self.addresses]
        return bool(found) and all(address.is_private and not address.is_loopback for address in found)


class _Stopped(Exception):
    """A step that failed."""

    def __init__(self, step: ProbeStep, why: str) -> None:
        super().__init__(why)
        self.step = step
        self.why = why


class Prober:
    """Probes addresses, trusting the same certificates as the data channel. ``wall`` returns epoch seconds."""

    def __init__(
        self, ca_bundle: str | None = None, *, limit: float = PROBE_LIMIT, wall: Callable[[], float] = time.time
    ) -> None:
        self._ca_bundle = ca_bundle
        self._limit = limit
        self._wall = wall

    async def __call__(self, url: str) -> Probe:
        """How far one gets to ``url`` (https, http, wss or ws); never raises."""
        parts = urlsplit(url)
        secure = parts.scheme in ("https", "wss")
        way = _Way(Probe(parts.hostname or "", parts.port or (443 if secure else 80), secure))
        try:
            async with asyncio.timeout(self._limit):
                await self._go(way, url)
        except TimeoutError:
            way.stopped(way.step, f"no answer within {self._limit:.0f} s")
        except _Stopped as stopped:
            way.stopped(stopped.step, stopped.why)
        except ssl.SSLCertVerificationError as error:
            way.stopped(way.step, _words(error))
            way.probe = replace(way.probe, chain=await self._untrusted_chain(url))
        except OSError as error:
            way.stopped(way.step, _words(error))
        finally:
            await way.close()
        return way.probe

    async def _go(self, way: _Way, url: str) -> None:
        proxy = await self._proxy(url)
        probe = way.probe = replace(way.probe, proxy=str(proxy or ""))
        began = time.monotonic()
        if proxy is None:
            way.probe = probe = replace(probe, addresses=await _resolve(probe.host, probe.port))
            way.step = ProbeStep.CONNECT
            await way.connect(probe.host, probe.port)
        else:
            way.step = ProbeStep.PROXY
            await self._pass(way, proxy)
        if probe.secure:
            way.step = ProbeStep.TLS
            await way.secure(await self._context(), probe.host)
        way.probe = replace(way.probe, seconds=time.monotonic() - began)
        await self._ask_time(way)

    async def _untrusted_chain(self, url: str) -> tuple[Certificate, ...]:
        """Who shows certificates that are not trusted there: nothing is sent over that connection."""
        parts = urlsplit(url)
        way = _Way(Probe(parts.hostname or "", parts.port or 443))
        with suppress(OSError, TimeoutError, ValueError, _Stopped):
            async with asyncio.timeout(ANSWER_LIMIT):
                proxy = await self._proxy(url)
                if proxy is None:
                    await way.connect(way.probe.host, way.probe.port)
                else:
                    await self._pass(way, proxy)
                anyone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
                await way.secure(anyone, way.probe.host)
        await way.close()
        return way.probe.chain

    async def _proxy(self, url: str) -> Proxy | None:
        try:
            return await asyncio.to_thread(proxy_for, url)
        except UnusableProxy as error:
            raise _Stopped(ProbeStep.PROXY, str(error)) from None

    async def _pass(self, way: _Way, proxy: Proxy) -> None:
        """To the proxy, and by CONNECT through it."""
        await way.connect(proxy.host, proxy.port)
        if proxy.scheme == "https":
            await way.secure(await self._context(), proxy.host)
        if not way.probe.secure:
            return
        host = f"[{way.probe.host}]" if ":" in way.probe.host else way.probe.host
        target = f"{host}:{way.probe.port}"
        head = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
        if proxy.authorization:
            head.append(f"Proxy-Authorization: {proxy.authorization}")
        answer = await way.ask(head)
        status = answer.split(" ", 2)[1:2]
        if status != ["200"]:
            raise _Stopped(ProbeStep.PROXY, f"it answered {status[0][:3]}" if status else "it does not speak HTTP")

    async def _context(self) -> ssl.SSLContext:
        try:
            return await asyncio.to_thread(new_tls_context, self._ca_bundle)
        except SsmtuiError as error:
            raise _Stopped(ProbeStep.TLS, f"{error.title}: {error.detail}") from None

    async def _ask_time(self, way: _Way) -> None:
        """The endpoint's clock. No answer is not a failure: a call must be signed to get one."""
        with suppress(OSError, TimeoutError, ValueError, _Stopped):
            async with asyncio.timeout(ANSWER_LIMIT):
                answer = await way.ask(["HEAD / HTTP/1.1", f"Host: {way.probe.host}", "Connection: close"])
            now = self._wall()
            for line in answer.splitlines():
                name, _, value = line.partition(":")
                if name.lower() == "date":
                    way.probe = replace(way.probe, clock_ahead=now - parsedate_to_datetime(value.strip()).timestamp())


class _Way:
    """A connection under way, and what is known so far."""

    def __init__(self, probe: Probe) -> None:
        self.probe = probe
        self.step = ProbeStep.NAME
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    def stopped(self, step: ProbeStep, why: str) -> None:
        """Record that this step failed."""
        self.probe = replace(self.probe, failed=step, failure=why)

    async def connect(self, host: str, port: int) -> None:
        """Open a connection."""
        self._reader, self._writer = await asyncio.open_connection(
            host, port, limit=MAX_HEAD, happy_eyeballs_delay=0.25
        )

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Put TLS over the connection."""
        assert self._writer is not None
        await self._writer.start_tls(context, server_hostname=host)
        certificate: Any = self._writer.get_extra_info("peercert") or {}
        names = {key: value for part in certificate.get("issuer", ()) for key, value in part}
        chain = chain_of(self._writer.get_extra_info("ssl_object"))
        self.probe = replace(self.probe, issuer=names.get("organizationName", names.get("commonName", "")), chain=chain)

    async def ask(self, head: list[str]) -> str:
        """Send a request without a body, and read the answer's head."""
        assert self._writer is not None
        assert self._reader is not None
        self._writer.write("\r\n".join([*head, "", ""]).encode("ascii", "replace"))
        await self._writer.drain()
        try:
            return (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            raise _Stopped(self.step, "the connection was closed without an answer") from None

    async def close(self) -> None:
        """Drop the connection."""
        if self._writer is not None:
            self._writer.transport.abort()
            await asyncio.sleep(0)  # it closes its socket in the loop's next turn


async def _resolve(host: str, port: int) -> tuple[str, ...]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))[:MAX_ADDRESSES]


def _words(error: OSError) -> str:
    """``error`` in a few words: the system's differ from one to the next."""
    if isinstance(error, socket.gaierror):
        return "the name service does not know it"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"no TLS ({error.reason or 'the handshake broke off'})"
    if isinstance(error, ConnectionRefusedError):
        return "it refuses the connection"
    if isinstance(error, ConnectionError):
        return "the connection was dropped"
    if isinstance(error, TimeoutError):
        return "no answer"
    return error.strerror or "it cannot be reached"
