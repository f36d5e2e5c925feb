"""From a local program's socket through a tunnel to an agent of memory, and back.

pytest tests/benchmarks/test_tunnels.py -m benchmark -s

Agent and client share one loop: what is measured is both ends' work, and the longest turn is whoever's it was. The
local program is a thread with a socket of its own.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable

import pytest

from ssmtui.documents.port_forwards import Forward
from ssmtui.forwards.tunnel import TunnelState
from ssmtui.forwards.tunnels import Tunnels
from ssmtui.loopback import LOOPBACK
from ssmtui.model import StartRequest
from ssmtui.sessions import channel_session
from tests.support.memory import MemoryAgent, MemoryService
from tests.support.wait import wait_until

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]

MB = 1_000_000
SIZE = 8 * MB
BASIC_AGENT = "3.0.196.0"


async def measured(what: str, work: Callable[[], None]) -> None:
    """Run ``work`` in a thread, and print what became of it."""
    longest, last = 0.0, time.perf_counter()
    began, busy = last, time.process_time()
    working = asyncio.get_running_loop().run_in_executor(None, work)
    while not working.done():
        await asyncio.sleep(0)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    await working
    wall = time.perf_counter() - began
    print(f"  {what:5} {SIZE / wall / MB:6.1f} MB/s, the longest turn {longest * 1e3:5.1f} ms", end="")
    print(f", {(time.process_time() - busy) / (SIZE / MB) * 1e3:5.0f} ms of processor time a MB (polling included)")


async def test_bytes_go_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_session, "FLAG_GRACE", 0.0)
    service = MemoryService()
    tunnels = Tunnels(service)
    tunnels.start(Forward(47080), StartRequest("i-1"))
    await wait_until("there is a channel", lambda: service.agents)
    agent = service.agents["session-1"]
    agent.offer("Port", BASIC_AGENT, portNumber="80", type="LocalPortForwarding")
    await wait_until("it is open", lambda: tunnels.snapshots()[0].state is TunnelState.OPEN)
    print(f"\n{SIZE / MB:.0f} MB through a tunnel in basic mode")
    with socket.create_connection((LOOPBACK, tunnels.snapshots()[0].local_port)) as local:
        await measured("up", lambda: local.sendall(bytes(SIZE)))
        await wait_until("all has come", lambda: len(agent.received) == SIZE)
        saying = service.tasks.start("say", _say(agent))
        await measured("down", lambda: _receive(local))
        await saying
    await tunnels.close()
    await service.close()


async def _say(agent: MemoryAgent) -> None:
    for _ in range(SIZE // 50_000):
        agent.say(bytes(50_000))
        await asyncio.sleep(0)


def _receive(local: socket.socket) -> None:
    left = SIZE
    while left:
        left -= len(local.recv(65_536))
