"""A browser's load on a SOCKS tunnel through the lab: fifty hosts, pages of several files, 32 connections at once.

pytest tests/benchmarks/test_socks.py -m benchmark -s

Client, lab and web servers share one loop and one core: what is measured is the work of all of them, and the longest
turn is whoever's it was.
"""

from __future__ import annotations

import asyncio
import random
import struct
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from statistics import median, quantiles

import pytest

from ssmtui.documents.port_forwards import Forward
from ssmtui.forwards.proxy_wire import ProxyConversation
from ssmtui.forwards.tunnels import Tunnels
from ssmtui.loopback import LOOPBACK
from ssmtui.model import Scope, StartRequest
from ssmtui.sessions.entry import ServiceLine
from tests.support.lab_stack import LabStack, lab_stack
from tests.support.wait import wait_until

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]

HOSTS = 50
FILES = 6
"""Of each page, each over a connection of its own."""
SIZE = 20_000
AT_ONCE = 32
"""Connections that Chrome makes through one proxy."""


class LabLines:
    """Those of a lab, which has one scope."""

    def __init__(self, stack: LabStack) -> None:
        self._stack = stack

    def line(self, scope: Scope | None = None) -> ServiceLine:
        return ServiceLine(self._stack.gateway, self._stack.dialer)


@asynccontextmanager
async def web_server(size: int = SIZE) -> AsyncIterator[int]:
    """Answers one request for each connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % size + bytes(size))
        writer.close()

    server = await asyncio.start_server(serve, LOOPBACK, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def fetch(proxy: int, port: int) -> float:
    """One file over SOCKS5; the seconds that it took."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection(LOOPBACK, proxy)
    writer.write(b"\5\1\0\5\1\0\3\x09localhost" + struct.pack(">H", port))
    assert (await reader.readexactly(12))[3] == 0
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = await reader.read()
    assert len(answer) > SIZE
    writer.close()
    return time.perf_counter() - began


async def load(proxy: int, ports: list[int]) -> list[float]:
    """Each page's files, in the order in which a browser would ask for them, AT_ONCE at once."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(port: int) -> float:
        async with room:
            return await fetch(proxy, port)

    return await asyncio.gather(*(one(port) for port in ports for _ in range(FILES)))


async def longest_turn(turns: list[float]) -> None:
    last = time.perf_counter()
    while True:
        await asyncio.sleep(0)
        now = time.perf_counter()
        turns[0] = max(turns[0], now - last)
        last = now


async def measured(what: str, tunnels: Tunnels, ports: list[int]) -> None:
    (before,) = tunnels.snapshots()
    turns = [0.0]
    watching = asyncio.get_running_loop().create_task(longest_turn(turns))
    began, busy = time.perf_counter(), time.process_time()
    times = await load(before.local_port, ports)
    wall, busy = time.perf_counter() - began, time.process_time() - busy
    watching.cancel()
    (after,) = tunnels.snapshots()
    print(
        f"  {what:34} {len(times) / wall:6.0f} files/s, median {median(times) * 1e3:5.0f} ms, "
        f"95 % {quantiles(times, n=20)[-1] * 1e3:5.0f} ms, longest {max(times) * 1e3:5.0f} ms, "
        f"processor {busy / len(times) * 1e3:3.0f} ms a file (polling included), turn {turns[0] * 1e3:4.0f} ms, "
        f"{after.sessions} sessions, {after.refused} refused"
    )


async def test_a_browser_with_fifty_hosts() -> None:
    async with AsyncExitStack() as stack:
        lab = await stack.enter_async_context(lab_stack(3))
        ports = [await stack.enter_async_context(web_server()) for _ in range(HOSTS)]
        tunnels = Tunnels(LabLines(lab))  # type: ignore[arg-type]
        tunnels.start(Forward(0, local=0, socks=True), StartRequest(await lab.target()))
        await wait_until("it listens", lambda: tunnels.snapshots()[0].local_port)
        print(f"\n{HOSTS} hosts, {FILES} files of {SIZE:,} bytes each, {AT_ONCE} connections at once")
        await measured("ten hosts, no session yet", tunnels, ports[:10])
        await measured("the same ten again", tunnels, ports[:10])
        await measured("fifty hosts: 32 places", tunnels, ports)
        mixed = ports * 2
        random.Random(7).shuffle(mixed)
        await measured("all of them twice, in any order", tunnels, mixed)
        assert tunnels.snapshots()[0].refused == 0
        await tunnels.close()


async def small(port: int, opening: bytes, replied: int) -> float:
    """Seconds from the connection to the last byte of a small answer."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    if opening:
        writer.write(opening)
        await reader.readexactly(replied)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    assert (await reader.read()).endswith(bytes(100))
    writer.close()
    return time.perf_counter() - began


async def test_a_small_request_beside_a_plain_tunnel() -> None:
    async with AsyncExitStack() as stack:
        lab = await stack.enter_async_context(lab_stack(3))
        web = await stack.enter_async_context(web_server(100))
        tunnels = Tunnels(LabLines(lab))  # type: ignore[arg-type]
        request = StartRequest(await lab.target())
        for forward in (Forward(web, local=0), Forward(0, local=0, socks=True)):
            tunnels.start(forward, request)
        await wait_until("both listen", lambda: all(one.local_port for one in tunnels.snapshots()))
        plain, socks = (one.local_port for one in tunnels.snapshots())
        ways = {
            "a plain tunnel": (plain, b"", 0),
            "SOCKS5": (socks, b"\5\1\0\5\1\0\3\x09localhost" + struct.pack(">H", web), 12),
            "CONNECT": (socks, b"CONNECT localhost:%d HTTP/1.1\r\n\r\n" % web, 39),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(120):
            for name, way in ways.items():
                times[name].append(await small(*way))
        print("\na connection and a small answer, its session there")
        for name, each in times.items():
            print(f"  {name:15} median {median(each[20:]) * 1e3:5.1f} ms, best {min(each) * 1e3:5.1f} ms")
        await tunnels.close()


def test_what_a_request_costs() -> None:
    requests = {
        "SOCKS5": b"\5\1\0\5\1\0\3\x09localhost\0\x50",
        "CONNECT": b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\nUser-Agent: curl/8\r\n\r\n",
        "a whole URL": b"GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n" + b"Cookie: a=b\r\n" * 20 + b"\r\n",
    }
    print("\nto read and answer one request")
    for name, data in requests.items():
        began = time.perf_counter()
        for _ in range(5000):
            conversation = ProxyConversation()
            conversation.receive(data)
            conversation.accept()
            conversation.replies()
        print(f"  {name:12} {(time.perf_counter() - began) / 5000 * 1e6:5.1f} microseconds")
