"""The web socket against real servers on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from http import HTTPStatus
from pathlib import Path

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from ssmtui.errors import (
    ConfigurationError,
    ConnectionFailed,
    CredentialsError,
    LinkClosed,
    StreamRefused,
    UpgradeRefused,
)
from ssmtui.tasks import Tasks
from ssmtui.transport import websocket
from ssmtui.transport.policy import StreamPolicy
from ssmtui.transport.websocket import WebSocketDialer, WebSocketLink
from tests.support.certificates import authority, certificate

OPENING = '{"TokenValue":"secret-token"}'
STREAM = "/v1/data-channel/jane@example.com-0123456789abcdef0?role=publish_subscribe&cell-number=AAEAAf2kt+bs/cw="
HERE = StreamPolicy(endpoint_url="http://127.0.0.1:1")

Handler = Callable[[ServerConnection], Awaitable[None]]


async def sign(url: str) -> Mapping[str, str]:
    return {"Authorization": "AWS4-HMAC-SHA256 secret-signature", "X-Amz-Date": "20231114T221320Z"}


def port_of(server: Server | asyncio.Server) -> int:
    return int(next(iter(server.sockets)).getsockname()[1])


@contextlib.asynccontextmanager
async def service(handler: Handler, **options: object) -> AsyncIterator[int]:
    async with serve(handler, "127.0.0.1", 0, **options) as server:  # type: ignore[arg-type]
        yield port_of(server)


@contextlib.asynccontextmanager
async def raw_service(answer: bytes) -> AsyncIterator[int]:
    """A server that reads what comes and says ``answer``, whatever it was asked."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(answer)
        await writer.drain()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield port_of(server)


async def dial(port: int, path: str = STREAM, scheme: str = "ws", **options: object) -> WebSocketLink:
    dialer = WebSocketDialer(HERE, sign, **options)  # type: ignore[arg-type]
    return await dialer.dial(f"{scheme}://127.0.0.1:{port}{path}", OPENING)


async def until_closed(connection: ServerConnection) -> None:
    await connection.wait_closed()


async def test_edge_47_the_address_goes_out_byte_for_byte_signed_and_the_opening_is_the_first_text_frame() -> None:
    seen: asyncio.Queue[tuple[str, Mapping[str, str], object]] = asyncio.Queue()

    async def handler(connection: ServerConnection) -> None:
        request = connection.request
        assert request is not None
        first = await connection.recv()
        seen.put_nowait((request.path, dict(request.headers.raw_items()), first))
        await connection.wait_closed()

    async with service(handler) as port:
        link = await dial(port)
        path, headers, first = await seen.get()
        await link.close()
    assert path == STREAM
    assert first == OPENING
    assert headers["X-Amz-Date"] == "20231114T221320Z"
    assert headers["Authorization"].endswith("secret-signature")
    assert not {"User-Agent", "Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol", "Origin", "Cookie"} & set(headers)


async def test_binary_and_text_frames_come_as_bytes_and_frames_go_out_as_binary() -> None:
    echoed: asyncio.Queue[object] = asyncio.Queue()

    async def handler(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(b"\x00\xff")
        await connection.send("tëxt")
        echoed.put_nowait(await connection.recv())

    async with service(handler) as port:
        link = await dial(port)
        received = [*await link.receive_many()]
        while len(received) < 2:
            received += await link.receive_many()
        assert received == [b"\x00\xff", "tëxt".encode()]
        await link.send(b"frame")
        assert await echoed.get() == b"frame"
        await link.close()


async def test_edge_59_an_address_that_is_not_allowed_is_neither_signed_nor_dialled() -> None:
    asked: list[str] = []

    async def never(url: str) -> Mapping[str, str]:
        asked.append(url)
        return {}

    async with service(until_closed) as port:
        with pytest.raises(StreamRefused):
            await WebSocketDialer(StreamPolicy(), never).dial(f"ws://127.0.0.1:{port}/", OPENING)
    assert asked == []


async def test_credentials_that_are_missing_are_told_and_nothing_is_dialled() -> None:
    async def unsigned(url: str) -> Mapping[str, str]:
        raise CredentialsError("none")

    with pytest.raises(CredentialsError):
        await WebSocketDialer(HERE, unsigned).dial("ws://127.0.0.1:1/", OPENING)


def answering(status: HTTPStatus, headers: Mapping[str, str] | None = None) -> Callable[..., Response]:
    def process(connection: ServerConnection, request: Request) -> Response:
        response = connection.respond(status, "the canonical request was: x-amz-security-token:secret-token")
        response.headers.update(headers or {})
        return response

    return process


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (HTTPStatus.FORBIDDEN, "ssmmessages:OpenDataChannel"),
        (HTTPStatus.UNAUTHORIZED, "ssmmessages:OpenDataChannel"),
        (HTTPStatus.NOT_FOUND, "start the session again"),
        (HTTPStatus.OK, "start the session again"),
        (HTTPStatus.TOO_MANY_REQUESTS, "Try again"),
        (HTTPStatus.SERVICE_UNAVAILABLE, "Try again"),
    ],
)
async def test_a_refused_upgrade_says_what_to_do_and_repeats_nothing_of_the_answer(
    status: HTTPStatus, remedy: str
) -> None:
    async with service(until_closed, process_request=answering(status)) as port:
        with pytest.raises(ConnectionFailed) as failed:
            await dial(port)
    assert str(status.value) in failed.value.detail
    assert remedy in failed.value.remedy
    assert "secret" not in str(failed.value)
    assert failed.value.__cause__ is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_edge_57_a_redirect_is_not_followed(status: int) -> None:
    visited: list[str] = []

    async def elsewhere(connection: ServerConnection) -> None:
        visited.append("elsewhere")

    async with service(elsewhere) as other:
        location = {"Location": f"ws://127.0.0.1:{other}/"}
        async with service(until_closed, process_request=answering(HTTPStatus(status), location)) as port:
            with pytest.raises(ConnectionFailed, match="redirect"):
                await dial(port)
    assert visited == []


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 banana\r\n\r\n",
        b"\x00\x01\x02\xff" * 100,
        b"HTTP/1.1 101 Switching Protocols\r\n" + b"X-Long: " + b"a" * 100_000 + b"\r\n\r\n",
    ],
)
async def test_edge_57_an_answer_that_is_not_a_web_sockets_is_called_invalid(answer: bytes) -> None:
    async with raw_service(answer) as port:
        with pytest.raises(ConnectionFailed, match="invalid answer"):
            await dial(port)


async def test_a_host_that_refuses() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionFailed, match="refuses the connection"):
            await dial(unused.getsockname()[1])


async def test_a_host_that_never_answers() -> None:
    never = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await never.wait()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        with pytest.raises(ConnectionFailed, match="did not answer in time"):
            await dial(port_of(server), open_timeout=0.05)
        never.set()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a full queue is answered")
@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")
async def test_an_address_that_does_not_answer_costs_a_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the IPv6 address of a dual-stack host does where IPv6 leads nowhere."""
    bundle, context = authority(tmp_path, "ssmmessages.eu-west-1.api.aws")
    with contextlib.ExitStack() as stack:
        silent = stack.enter_context(socket.socket())
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        for _ in range(4):  # its queue is full: connections get no answer
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(silent.getsockname())
        async with service(until_closed, ssl=context) as port:
            places = [silent.getsockname(), ("127.0.0.1", port)]

            async def both(*arguments: object, **options: object) -> list[object]:
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]

            monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", both)
            dialer = WebSocketDialer(StreamPolicy(), sign, str(bundle), open_timeout=10)
            link = await dialer.dial("wss://ssmmessages.eu-west-1.api.aws/", OPENING)
            await link.close()


async def test_a_host_that_has_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*args: object, **options: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", fail)
    with pytest.raises(ConnectionFailed, match="cannot be resolved"):
        await dial(1)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")
async def test_tls_trusts_the_ca_bundle_and_without_it_nobody_unknown(tmp_path: Path) -> None:
    bundle, context = certificate(tmp_path)
    async with service(until_closed, ssl=context) as port:
        with pytest.raises(ConnectionFailed, match="not trusted") as failed:
            await dial(port, scheme="wss")
        link = await dial(port, scheme="wss", ca_bundle=str(bundle))
        buffer = link._connection.transport._ssl_protocol._ssl_buffer  # type: ignore[attr-defined]
        await link.close()
    assert "AWS_CA_BUNDLE" in failed.value.remedy
    assert len(buffer) == websocket.TLS_BUFFER, "asyncio holds another buffer for each TLS connection than it was told"


async def test_a_server_without_tls() -> None:
    async with raw_service(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        with pytest.raises(ConnectionFailed, match="TLS handshake failed"):
            await dial(port, scheme="wss")


@pytest.mark.parametrize("content", [None, "no certificate in here"])
async def test_a_ca_bundle_that_is_none(tmp_path: Path, content: str | None) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content)
    with pytest.raises(ConfigurationError, match="CA bundle"):
        await dial(1, scheme="wss", ca_bundle=str(bundle))


async def test_no_proxy_is_used_on_this_machine_and_the_environments_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    async with raw_service(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") as proxy:
        for variable in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(variable, raising=False)
        for variable in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(variable, f"http://jane:secret-password@127.0.0.1:{proxy}")
        async with service(until_closed) as port:
            await (await dial(port)).close()
        with pytest.raises(ConnectionFailed, match="proxy") as failed:
            await WebSocketDialer(StreamPolicy(), sign).dial("wss://ssmmessages.eu-west-1.amazonaws.com/", OPENING)
    assert "407" in failed.value.detail
    assert "secret" not in str(failed.value)


async def test_a_proxy_address_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "gopher://jane:secret-password@proxy")
    with pytest.raises(ConfigurationError, match="proxy") as failed:
        await WebSocketDialer(StreamPolicy(), sign).dial("wss://ssmmessages.eu-west-1.amazonaws.com/", OPENING)
    assert "secret" not in str(failed.value)


@pytest.mark.parametrize(
    ("answer", "title", "passing"),
    [
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "The proxy cannot connect", True),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "The proxy refused the connection", False),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "The proxy cannot be reached", True),
    ],
)
async def test_what_a_proxy_answers(monkeypatch: pytest.MonkeyPatch, answer: bytes, title: str, passing: bool) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    async with raw_service(answer) as proxy:
        monkeypatch.setenv("https_proxy", f"127.0.0.1:{proxy}")
        with pytest.raises(ConnectionFailed) as failed:
            await WebSocketDialer(StreamPolicy(), sign).dial("wss://ssmmessages.eu-west-1.amazonaws.com/", OPENING)
    assert failed.value.title == title
    assert f"127.0.0.1:{proxy}" in failed.value.detail
    assert failed.value.is_passing is passing


async def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("https_proxy", f"127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(ConnectionFailed, match=r"proxy cannot be reached: 127\.0\.0\.1:.* refuses") as failed:
            await WebSocketDialer(StreamPolicy(), sign).dial("wss://ssmmessages.eu-west-1.amazonaws.com/", OPENING)
    assert failed.value.is_passing


async def test_the_close_frame_is_reported_after_all_that_came_before_it() -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(b"last words")
        await connection.close(1000, "Bye")

    async with service(handler) as port:
        link = await dial(port)
        assert await link.receive_many() == [b"last words"]
        with pytest.raises(LinkClosed) as closed:
            await link.receive_many()
        assert (closed.value.code, closed.value.reason) == (1000, "Bye")
        with pytest.raises(LinkClosed):
            await link.send(b"too late")
        await link.close()


async def test_a_connection_that_is_cut_has_code_1006() -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.recv()
        connection.transport.abort()

    async with service(handler) as port:
        link = await dial(port)
        with pytest.raises(LinkClosed) as closed:
            await link.receive_many()
        await link.close()
    assert closed.value.code == 1006


@pytest.mark.parametrize(("size", "passes"), [(2**20, True), (2**20 + 1, False)])
async def test_a_frame_may_hold_one_mebibyte(size: int, passes: bool) -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(bytes(size))
        await connection.wait_closed()

    async with service(handler) as port:
        link = await dial(port)
        if passes:
            assert [len(frame) for frame in await link.receive_many()] == [size]
        else:
            with pytest.raises(LinkClosed) as closed:
                await link.receive_many()
            assert closed.value.code == 1009
        await link.close()


async def test_closing_a_peer_that_does_not_answer_takes_no_longer_than_a_second() -> None:
    stuck = asyncio.Event()

    async def handler(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await stuck.wait()
        connection.transport.abort()

    async with service(handler) as port:
        link = await dial(port)
        began = asyncio.get_running_loop().time()
        await link.close()
        await link.close()
        assert asyncio.get_running_loop().time() - began < websocket.CLOSE_TIMEOUT + 0.2
        stuck.set()


async def test_latency_is_that_of_the_last_ping() -> None:
    async with service(until_closed) as port:
        link = await dial(port)
        assert link.latency is None
        await link.ping()
        assert link.latency is not None
        assert link.latency > 0
        await link.close()


async def test_a_ping_waits_for_its_pong_and_fails_with_the_socket() -> None:
    deaf, stuck = asyncio.Event(), asyncio.Event()

    async def handler(connection: ServerConnection) -> None:
        await connection.recv()
        connection.transport.pause_reading()
        deaf.set()
        await stuck.wait()
        connection.transport.abort()

    tasks = Tasks("test")
    async with service(handler) as port:
        link = await dial(port)
        await deaf.wait()
        ping = tasks.start("ping", link.ping(), awaited=True)
        waiting = (await asyncio.wait({ping}, timeout=0.1))[1]
        stuck.set()
        with pytest.raises(LinkClosed):
            await ping
        await link.close()
    assert waiting == {ping}


async def test_no_logging_configuration_sees_the_token_or_the_signature(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("websockets", "websockets.client", "ssmtui", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)

    async def handler(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with service(handler, logger=logging.Logger("server", logging.CRITICAL)) as port:
        link = await dial(port)
        shown = repr(link) + repr(vars(link))
        await link.close()
    assert "secret" not in caplog.text + shown


async def test_a_dial_that_is_cancelled_leaves_no_socket() -> None:
    reached, gone = asyncio.Event(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.set()
        await reader.read()
        gone.set()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        attempt = asyncio.wait_for(dial(port_of(server)), 10)
        dialling = asyncio.gather(attempt)
        await reached.wait()
        dialling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await dialling
        async with asyncio.timeout(5):
            await gone.wait()


async def test_an_opening_that_cannot_be_sent_closes_the_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = asyncio.Event()

    async def handler(connection: ServerConnection) -> None:
        await connection.wait_closed()
        gone.set()

    async def fail(link: WebSocketLink, text: str) -> None:
        raise LinkClosed

    monkeypatch.setattr(WebSocketLink, "send_text", fail)
    async with service(handler) as port:
        with pytest.raises(LinkClosed):
            await dial(port)
        async with asyncio.timeout(5):
            await gone.wait()


class Gate:
    """A host that looks at the signature of each request: ``accepts`` says which it takes."""

    def __init__(self, accepts: Callable[[str], bool], status: HTTPStatus = HTTPStatus.FORBIDDEN) -> None:
        self.seen: list[str] = []
        self._accepts = accepts
        self._status = status
        self.renewed = 0

    def judge(self, connection: ServerConnection, request: Request) -> Response | None:
        self.seen.append(request.headers.get("Authorization", ""))
        return None if self._accepts(self.seen[-1]) else connection.respond(self._status, "no")

    async def sign(self, url: str) -> Mapping[str, str]:
        return {"Authorization": f"signature {self.renewed}"}

    async def renew(self) -> None:
        self.renewed += 1

    def service(self) -> contextlib.AbstractAsyncContextManager[int]:
        return service(until_closed, process_request=self.judge)

    async def dial(self, port: int) -> WebSocketLink:
        dialer = WebSocketDialer(HERE, self.sign, renew=self.renew)
        return await dialer.dial(f"ws://127.0.0.1:{port}{STREAM}", OPENING)


@pytest.mark.parametrize(
    ("accepted", "seen"),
    [
        ("signature 0", ["signature 0"]),
        ("signature 1", ["signature 0", "signature 1"]),
        ("", ["signature 0", "signature 1", ""]),
    ],
)
async def test_d14_a_refused_signature_is_renewed_and_then_left_out(accepted: str, seen: list[str]) -> None:
    gate = Gate(lambda signature: signature == accepted)
    async with gate.service() as port:
        link = await gate.dial(port)
        await link.close()
    assert gate.seen == seen


async def test_d14_what_is_refused_in_each_way_is_told_as_the_signature_was() -> None:
    gate = Gate(lambda signature: False)
    async with gate.service() as port:
        with pytest.raises(UpgradeRefused) as refused:
            await gate.dial(port)
    assert gate.seen == ["signature 0", "signature 1", ""]
    assert (refused.value.status, refused.value.is_passing) == (403, False)
    assert "OpenDataChannel" in refused.value.remedy


@pytest.mark.parametrize("status", [HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.FOUND])
async def test_d14_other_answers_say_nothing_of_the_signature(status: HTTPStatus) -> None:
    gate = Gate(lambda signature: False, status)
    async with gate.service() as port:
        with pytest.raises(UpgradeRefused) as refused:
            await gate.dial(port)
    assert gate.seen == ["signature 0"]
    assert refused.value.is_passing is (status == HTTPStatus.SERVICE_UNAVAILABLE)
