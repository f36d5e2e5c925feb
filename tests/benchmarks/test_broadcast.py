"""How long a key of a broadcast takes until the last member has echoed it, beside the same key typed into one session.

pytest tests/benchmarks/test_broadcast.py -m benchmark -s

The peer is another process on this machine, so there is no network in these figures but the loopback's. What is waited
for is the echo of the last member, which is later than its having the key.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from statistics import median, quantiles

import pytest

from ssmtui.model import StartRequest, TerminalSize
from ssmtui.sessions.engine_host import EngineHost
from ssmtui.sessions.manager import SessionManager
from ssmtui.sessions.states import SessionState
from ssmtui.ui.broadcast.comparison import Comparison
from ssmtui.ui.panes.inputs import Inputs
from tests.support.bench import PeerGateway, cores, on_core
from tests.support.flood_peer import FloodPeer, flood_peer
from tests.support.wait import wait_until

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]

MEMBERS, KEYS, ROUNDS = 16, 300, 3
SIZE = TerminalSize(120, 40)


@pytest.fixture
def peer() -> Iterator[FloodPeer]:
    ours, others = cores()
    with on_core(ours), flood_peer(1, others) as running:
        yield running


class Echoes:
    """Waits until each of some sessions has printed something."""

    def __init__(self) -> None:
        self._missing: set[int] = set()
        self.came = asyncio.Event()

    def expect(self, keys: list[int]) -> None:
        self._missing = set(keys)
        self.came.clear()

    def heard(self, key: int) -> None:
        self._missing.discard(key)
        if not self._missing:
            self.came.set()


async def waits(peer: FloodPeer, members: int) -> tuple[list[float], list[float]]:
    """Seconds until the last echo, and of these the seconds that sending took."""
    host = EngineHost()
    await host.start()
    manager = SessionManager(PeerGateway(peer), host)
    keys = [manager.start(StartRequest("echo"), SIZE) for _ in range(members)]
    await wait_until("all are open", lambda: all(one.state is SessionState.OPEN for one in manager.snapshots()))
    await wait_until("nothing is under way", lambda: not any(one.unacknowledged_frames for one in manager.snapshots()))
    inputs, echoes = Inputs(manager, escapes=True), Echoes()
    comparison = Comparison()
    loop = asyncio.get_running_loop()
    inputs.on_sent = lambda sessions, text: comparison.sent(sessions, text, loop.time())
    for key in keys:

        def heard(data: bytes, key: int = key) -> None:
            comparison.printed(key, data, loop.time())
            echoes.heard(key)

        manager.session(key).listen(heard)
    if members > 1:
        inputs.broadcast.add(keys)
    found, sending = [], []
    for _ in range(KEYS):
        echoes.expect(keys)
        began = time.perf_counter()
        inputs.key(keys[0], "x", "x")
        sending.append(time.perf_counter() - began)
        await echoes.came.wait()
        found.append(time.perf_counter() - began)
    await manager.close()
    await host.close()
    return found, sending


def test_a_key_to_many(peer: FloodPeer) -> None:
    ours, _ = cores()
    p99s, p50s = {}, {}
    with on_core(ours):
        print()
        for members in (1, MEMBERS, 2 * MEMBERS):
            rounds = [asyncio.run(waits(peer, members)) for _ in range(ROUNDS)]
            p50s[members] = min(median(found) for found, _ in rounds)
            p99s[members] = min(quantiles(found, n=100)[98] for found, _ in rounds)
            sending = min(median(sent) for _, sent in rounds)
            print(
                f"  to {members:2} sessions: the last echo after p50 {p50s[members] * 1e3:.2f} ms, "
                f"p99 {p99s[members] * 1e3:.2f} ms, of which sending takes {sending * 1e3:.2f} ms "
                f"(best of {ROUNDS} rounds of {KEYS} keys)"
            )
    print(
        f"  {MEMBERS} sessions take {p50s[MEMBERS] / p50s[1]:.1f} times as long as one, "
        f"{2 * MEMBERS} take {p50s[2 * MEMBERS] / p50s[MEMBERS]:.2f} times as long as {MEMBERS}"
    )
