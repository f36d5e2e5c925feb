"""The HTTP server's bounds, spoken to in raw bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ssmtui.lab.http_server import MAX_BODY_BYTES, HttpRequest, HttpResponse, HttpServer


async def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(200, f"{request.method} {request.target} ".encode() + request.body)


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    server = HttpServer(echo)
    await server.start()
    yield server
    await server.close()


async def speak(server: HttpServer, text: bytes) -> bytes:
    """Everything the server answers until it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(text)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_requests_follow_one_another_on_one_connection(server: HttpServer) -> None:
    answer = await speak(
        server,
        b"POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nhiGET /b?c=d HTTP/1.1\r\nConnection: close\r\n\r\n",
    )
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 2
    assert b"Connection: keep-alive\r\n\r\nPOST /a hi" in answer
    assert answer.endswith(b"Connection: close\r\n\r\nGET /b?c=d ")


async def test_a_client_that_asks_first_is_told_to_go_on(server: HttpServer) -> None:
    answer = await speak(
        server, b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"
    )
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/2\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1), b"413"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", b"431"),
    ],
)
async def test_what_cannot_be_read_is_refused_and_the_connection_closed(
    server: HttpServer, request_text: bytes, status: bytes
) -> None:
    assert (await speak(server, request_text)).startswith(b"HTTP/1.1 " + status)


async def test_closing_closes_connections_that_wait(server: HttpServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET / HTTP/1.1\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf")
    await reader.readuntil(b"GET / ")
    await server.close()
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    with pytest.raises(OSError, match="Connect"):
        await asyncio.open_connection("127.0.0.1", server.port)


async def test_a_taken_port_is_told(server: HttpServer) -> None:
    other = HttpServer(echo)
    with pytest.raises(OSError, match="in use"):
        await other.start(server.port)
    await other.close()
