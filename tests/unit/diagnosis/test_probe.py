"""The way to an endpoint, over real sockets of this machine."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ssmtui.diagnosis.probe import Probe, Prober, ProbeStep
from tests.support.certificates import authority, certificate

ANSWER = b"HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n"
THEN = 784111777.0
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "wss_proxy", "ws_proxy", "socks_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class Service:
    """Answers each head with the next of ``answers``; None: never."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.heads: list[str] = []

    @asynccontextmanager
    async def serve(self, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
        async with await asyncio.start_server(self._answer, "127.0.0.1", 0, ssl=context) as server:
            yield server.sockets[0].getsockname()[1]

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for answer in self.answers:
                self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
                if answer is not None:
                    writer.write(answer)
            await reader.read()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()


def prober(ca_bundle: Path | None = None, limit: float = 8.0) -> Prober:
    return Prober(str(ca_bundle) if ca_bundle else None, limit=limit, wall=lambda: THEN + 90)


async def test_a_way_that_is_open_tells_addresses_and_the_time() -> None:
    service = Service(ANSWER)
    async with service.serve() as port:
        probe = await prober()(f"http://127.0.0.1:{port}")
    assert probe.failed is None
    assert probe.addresses == ("127.0.0.1",)
    assert probe.clock_ahead == 90
    assert service.heads == ["HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"]


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-dropbear\r\n\r\n", b"HTTP/1.1 200 OK\r\nDate: soon\r\n\r\n"])
async def test_an_answer_without_a_time_is_no_failure(answer: bytes) -> None:
    async with Service(answer).serve() as port:
        # What is silent is given up with the whole probe here, later than the connection counts.
        probe = await prober(limit=0.2)(f"http://127.0.0.1:{port}")
    assert probe.clock_ahead is None
    assert probe.failed in (None, ProbeStep.CONNECT)


@needs_openssl
async def test_tls_and_whom_it_trusts(tmp_path: Path) -> None:
    bundle, context = certificate(tmp_path)
    async with Service(ANSWER).serve(context) as port:
        trusted = await prober(bundle)(f"https://127.0.0.1:{port}")
        unknown = await prober()(f"wss://127.0.0.1:{port}")
    assert trusted.failed is None
    assert trusted.issuer == "test"
    assert trusted.clock_ahead == 90
    assert unknown.failed is ProbeStep.TLS
    assert "not trusted" in unknown.failure


async def test_no_tls_there() -> None:
    async with Service(ANSWER).serve() as port:
        probe = await prober(limit=0.3)(f"https://127.0.0.1:{port}")
    assert probe.failed is ProbeStep.TLS


async def test_a_ca_bundle_that_is_none_is_told(tmp_path: Path) -> None:
    async with Service(ANSWER).serve() as port:
        probe = await prober(tmp_path / "missing.pem")(f"https://127.0.0.1:{port}")
    assert probe.failed is ProbeStep.TLS
    assert "missing.pem" in probe.failure


async def test_a_port_where_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        probe = await prober()(f"https://127.0.0.1:{unused.getsockname()[1]}")
    assert probe.failed is ProbeStep.CONNECT
    assert probe.failure == "it refuses the connection"


async def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*args: object, **options: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", fail)
    probe = await prober()("https://ssm.eu-west-1.amazonaws.com")
    assert (probe.host, probe.port, probe.failed) == ("ssm.eu-west-1.amazonaws.com", 443, ProbeStep.NAME)


@needs_openssl
async def test_through_a_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle, context = authority(tmp_path, "ssm.corp.example")
    heads = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await writer.start_tls(context)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)
        await reader.read()
        writer.transport.abort()

    async with await asyncio.start_server(proxy, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv("https_proxy", f"http://jane:sec%20ret@127.0.0.1:{port}")
        monkeypatch.setattr("ssmtui.diagnosis.probe._resolve", None)  # the proxy looks names up
        probe = await Prober(str(bundle), wall=lambda: THEN)("https://ssm.corp.example:9443")
    assert probe == Probe(
        "ssm.corp.example", 9443, proxy=f"127.0.0.1:{port}", issuer="Example Corp", clock_ahead=0, seconds=probe.seconds
    )
    assert heads[0].startswith("CONNECT ssm.corp.example:9443 HTTP/1.1\r\nHost: ssm.corp.example:9443\r\n")
    assert "Proxy-Authorization: Basic amFuZTpzZWMgcmV0\r\n" in heads[0]


async def test_a_proxy_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Service(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").serve() as port:
        monkeypatch.setenv("https_proxy", f"http://jane:secret@127.0.0.1:{port}")
        probe = await prober()("wss://ssmmessages.eu-west-1.amazonaws.com")
    assert (probe.failed, probe.failure) == (ProbeStep.PROXY, "it answered 407")
    assert "secret" not in repr(probe)


async def test_a_proxy_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://jane:secret@[oops")
    probe = await prober()("https://ssm.eu-west-1.amazonaws.com")
    assert probe.failed is ProbeStep.PROXY
    assert "secret" not in repr(probe)
