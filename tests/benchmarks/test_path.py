"""From the socket to the terminal engine: a peer in another process sends 1,024-byte frames as fast as they are taken.

pytest tests/benchmarks/test_path.py -m benchmark -s

The client has one core of its own where there are two; the peer and the engines' host share the other. What the clock
says is then what the slower of the two cores allows; the client's processor time says what its core alone would do. The
naive loop is what the pump was before it moved frames in batches.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from websockets.asyncio.client import connect

from ssmtui.model import StartRequest, TerminalSize
from ssmtui.protocol import DataChannel, Event, Output, Role
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.engine_host import EngineHost
from ssmtui.tasks import Tasks
from ssmtui.transport.pacing import PacedDialer
from ssmtui.transport.pump import Pump
from ssmtui.transport.stamp import new_stamp
from tests.support.bench import Nobody, PeerGateway, cores, local_dialer, on_core
from tests.support.flood_peer import PAYLOAD, FloodPeer, flood_peer
from tests.support.wait import wait_until

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]

FRAMES = 40_000
ROUNDS = 5
SIZE = TerminalSize(120, 40)


@pytest.fixture(scope="module")
def peer() -> Iterator[FloodPeer]:
    ours, others = cores()
    with on_core(ours), flood_peer(FRAMES, others) as running:
        yield running


@dataclass
class Taken:
    """What one flood took."""

    wall: float
    processor: float

    def __str__(self) -> str:
        return (
            f"{FRAMES * PAYLOAD / self.wall / 1e6:6.1f} MB/s; client {self.processor / FRAMES * 1e6:5.2f} µs a frame "
            f"({FRAMES * PAYLOAD / self.processor / 1e6:6.1f} MB a second of its core)"
        )


class Stopwatch:
    def __init__(self) -> None:
        self._wall, self._processor = time.perf_counter(), time.process_time()

    def read(self) -> Taken:
        return Taken(time.perf_counter() - self._wall, time.process_time() - self._processor)


async def count_with_websockets(peer: FloodPeer) -> Taken:
    """The library's own client: receives, and drops what it gets."""
    async with connect(peer.url("pour"), compression=None, ping_interval=None) as connection:
        await connection.send("{}")
        watch = Stopwatch()
        for _ in range(FRAMES):
            await connection.recv(decode=False)
        return watch.read()


async def take_one_by_one(peer: FloodPeer) -> Taken:
    """The loop that suggests itself: receive one, handle it, send its acknowledgement."""
    channel, received = DataChannel(Role.CLIENT, new_stamp), 0
    channel.connected(0.0)
    async with connect(peer.url("flood"), compression=None, ping_interval=None) as connection:
        await connection.send("{}")
        watch = Stopwatch()
        while received < FRAMES * PAYLOAD:
            channel.receive(await connection.recv(decode=False), 0.0)
            received += sum(len(event.data) for event in channel.events() if isinstance(event, Output))
            for frame in channel.frames_to_send(0.0):
                await connection.send(frame)
        taken = watch.read()
        await told(peer)
    return taken


async def take_with_pump(peer: FloodPeer) -> Taken:
    """The pump and the channel, with nobody who looks at the output."""
    done, received = asyncio.Event(), 0

    def on_events(events: list[Event]) -> None:
        nonlocal received
        received += sum(len(event.data) for event in events if isinstance(event, Output))
        if received >= FRAMES * PAYLOAD:
            done.set()

    link = await local_dialer().dial(peer.url("flood"), "{}")
    tasks = Tasks("path")
    watch = Stopwatch()
    tasks.start("pump", Pump(DataChannel(Role.CLIENT, new_stamp), link, on_events).run())
    await done.wait()
    taken = watch.read()
    await told(peer)
    await tasks.close()
    await link.close()
    return taken


class Screen:
    """Feeds a terminal of the engines' host, as a session in a tab does."""

    def __init__(self, host: EngineHost) -> None:
        self.pane = host.open(1, SIZE, 10_000, Nobody())
        self.received = 0

    def session_changed(self) -> None: ...

    def session_output(self, data: bytes, *, stderr: bool) -> None:
        self.received += len(data)
        self.pane.feed(data)


async def take_with_engine(peer: FloodPeer, host_core: int | None) -> Taken:
    """A whole session with its carrier and heartbeat, to the engine in its process; nobody looks at the screen."""
    ours, _ = cores()
    with on_core(host_core):
        host = EngineHost()
        await host.start()
    tasks = Tasks("path")
    with on_core(ours):
        screen = Screen(host)
        dialer = PacedDialer(local_dialer(), screen.pane.room)
        watch = Stopwatch()
        session = ChannelSession(StartRequest("flood"), PeerGateway(peer), dialer, screen, tasks)
        session.resize(SIZE)
        await wait_until(
            "all is parsed", lambda: screen.received == FRAMES * PAYLOAD and not screen.pane.pending, timeout=60
        )
        taken = watch.read()
        await told(peer)
        session.end()
        await session.life
    await tasks.close()
    await host.close()
    return taken


async def told(peer: FloodPeer) -> None:
    assert await asyncio.to_thread(peer.told) == {"acknowledged": FRAMES, "in order": True}


def best(what: Callable[[FloodPeer], Coroutine[Any, Any, Taken]], peer: FloodPeer) -> Taken:
    """The least that several runs took: the machine's other work adds to each, and most to what the clock says."""
    ours, _ = cores()
    with on_core(ours):
        runs = [asyncio.run(what(peer)) for _ in range(ROUNDS)]
    return Taken(min(run.wall for run in runs), min(run.processor for run in runs))


def test_socket_to_engine(peer: FloodPeer) -> None:
    library = best(count_with_websockets, peer)
    naive = best(take_one_by_one, peer)
    pump = best(take_with_pump, peer)
    ours, others = cores()
    engine = best(lambda peer: take_with_engine(peer, others), peer)
    together = best(lambda peer: take_with_engine(peer, ours), peer)
    print(f"\n{FRAMES} frames of {PAYLOAD} bytes from a peer in another process, the best of {ROUNDS} runs")
    print(f"  websockets alone, no answers     {library}")
    print(f"  channel, one frame after another {naive}")
    print(f"  channel and pump                 {pump}, {naive.wall / pump.wall:.1f} x one after another")
    print(f"  session, to the engine           {engine}")
    print(f"  the same, with it on one core    {together}")
