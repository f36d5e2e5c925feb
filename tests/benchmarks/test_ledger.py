"""What the ledger costs: a key, with and without it; the start and the end of a session; ten thousand records.

pytest tests/benchmarks/test_ledger.py -m benchmark -s

The state directory is where pytest has its temporary files, so the disk is that one's; what a write costs is the disk's
answer to fsync above all.
"""

from __future__ import annotations

import asyncio
import json
import time
import timeit
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pytest

from ssmtui import protocol
from ssmtui.ledger.entry import Entry
from ssmtui.ledger.ledger import Ledger
from ssmtui.ledger.record import BLOCK, Ending
from ssmtui.model import Scope, StartRequest, TerminalSize
from ssmtui.sessions.accounting import Accounting, Begin
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.states import SessionState
from ssmtui.tasks import Tasks
from ssmtui.transport.stamp import new_stamp
from tests.support.bench import PeerGateway, cores, local_dialer, on_core
from tests.support.flood_peer import FloodPeer, flood_peer
from tests.support.wait import wait_until

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]

KEYS, ROUNDS = 4 * BLOCK, 7
STARTS = 200
LOOKS = 100_000
RECORDS = 10_000
REQUEST = StartRequest("echo", scope=Scope("prod", "eu-west-1"))


@pytest.fixture
def peer() -> Iterator[FloodPeer]:
    ours, others = cores()
    with on_core(ours), flood_peer(1, others) as running:
        yield running


class Echo:
    """Waits for the next output."""

    def __init__(self) -> None:
        self.came = asyncio.Event()

    def session_changed(self) -> None: ...

    def session_output(self, data: bytes, *, stderr: bool) -> None:
        self.came.set()


async def keys(peer: FloodPeer, begin: Begin | None) -> tuple[list[float], float]:
    """The waits for a key's echo, and the processor's time that one costs the event loop's thread, both in seconds."""
    tasks, echo = Tasks("echo"), Echo()
    session = ChannelSession(REQUEST, PeerGateway(peer), local_dialer(), echo, tasks, begin=begin)
    session.resize(TerminalSize(120, 40))
    await wait_until("it is open", lambda: session.state is SessionState.OPEN and not session.channel.unacknowledged[0])
    waits, used = [], time.thread_time()
    for _ in range(KEYS):
        echo.came.clear()
        began = time.perf_counter()
        session.write(b"x")
        await echo.came.wait()
        waits.append(time.perf_counter() - began)
    used = time.thread_time() - used
    session.end()
    await session.life
    await tasks.close()
    return waits, used / KEYS


async def keys_on_record(peer: FloodPeer, directory: Path) -> tuple[list[float], float]:
    ledger = Ledger(directory / "ledger", directory / "journal.jsonl")
    await ledger.open()

    async def begin() -> Entry:
        return ledger.begin(REQUEST)

    try:
        return await keys(peer, begin)
    finally:
        await ledger.close()


def test_a_key(peer: FloodPeer, tmp_path: Path) -> None:
    kinds: dict[str, Callable[[], Coroutine[Any, Any, tuple[list[float], float]]]] = {
        "without a ledger": partial(keys, peer, None),
        "with a ledger": partial(keys_on_record, peer, tmp_path),
    }
    taken: dict[str, list[tuple[list[float], float]]] = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):  # in turns: what else this machine does meets both
        for kind, run in kinds.items():
            taken[kind].append(asyncio.run(run()))
    print(f"\na key's echo through the loopback, the best of {ROUNDS} rounds of {KEYS:,} keys")
    for kind, rounds in taken.items():
        p50 = min(median(waits) for waits, _ in rounds) * 1e3
        p99 = min(quantiles(waits, n=100)[98] for waits, _ in rounds) * 1e3
        cpu = min(used for _, used in rounds) * 1e6
        print(f"  {kind:18} p50 {p50:.3f} ms, p99 {p99:.3f} ms, {cpu:.0f} us of the loop's CPU")


async def look() -> float:
    """Seconds of what is done before each time that a session's channel is asked for frames."""
    ledger = Ledger(None, None)

    async def begin() -> Entry:
        return ledger.begin(REQUEST)

    channel = protocol.DataChannel(protocol.Role.CLIENT, new_stamp)
    accounting = Accounting(begin, channel, lambda: None, lambda: None)
    await accounting.begun()
    assert channel.unreserved == BLOCK
    took = min(timeit.repeat(accounting.look, number=LOOKS)) / LOOKS
    await ledger.close()
    return took


def test_what_is_done_with_each_frame() -> None:
    print(f"\nbefore a channel is asked for frames: {asyncio.run(look()) * 1e9:.0f} ns")


async def starts(directory: Path) -> dict[str, list[float]]:
    ledger = Ledger(directory / "ledger", directory / "journal.jsonl")
    await ledger.open()
    taken: dict[str, list[float]] = {"begin, on the loop": [], "begin, on the disk": []}
    taken |= {"reserve, on the loop": [], "reserve, on the disk": [], "end, on the loop": [], "end, journalled": []}

    for _ in range(STARTS):
        began = time.perf_counter()
        entry = ledger.begin(REQUEST)
        taken["begin, on the loop"].append(time.perf_counter() - began)
        await entry.begun()
        taken["begin, on the disk"].append(time.perf_counter() - began)
        entry.answered("jane-1")
        await entry.written()
        began = time.perf_counter()
        answer = entry.reserve(200, 2 * BLOCK)
        taken["reserve, on the loop"].append(time.perf_counter() - began)
        await answer
        taken["reserve, on the disk"].append(time.perf_counter() - began)
        began = time.perf_counter()
        entry.ended(Ending.PERSON)
        taken["end, on the loop"].append(time.perf_counter() - began)
        await ledger._writer.run(lambda: None)  # one thread writes: it has journalled the end before
        taken["end, journalled"].append(time.perf_counter() - began)
    await ledger.close()
    return taken


def test_the_start_and_the_end_of_a_session(tmp_path: Path) -> None:
    taken = asyncio.run(starts(tmp_path))
    print(f"\none session in the ledger, median and 99th percentile of {STARTS}")
    for what, seconds in taken.items():
        print(f"  {what:22} {median(seconds) * 1e3:7.3f} ms  {quantiles(seconds, n=100)[98] * 1e3:7.3f} ms")


async def many(directory: Path) -> tuple[float, float, int]:
    ledger = Ledger(directory / "ledger", directory / "journal.jsonl")
    ledger.home = REQUEST.scope
    await ledger.open()
    longest, last, done = 0.0, time.perf_counter(), asyncio.Event()

    async def tick() -> None:
        nonlocal longest, last
        while not done.is_set():
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now

    tasks = Tasks("ticks")
    tasks.start("tick", tick())
    began = time.perf_counter()
    found = await ledger.survivors()
    took = time.perf_counter() - began
    done.set()
    await tasks.close()
    await ledger.close()
    return took, longest, len(found)


def test_ten_thousand_records(tmp_path: Path) -> None:
    async def one() -> Path:
        ledger = Ledger(tmp_path / "ledger", tmp_path / "journal.jsonl")
        ledger.home = REQUEST.scope
        entry = ledger.begin(REQUEST)
        await entry.begun()
        entry.detached(0, BLOCK)
        await ledger.close()
        return tmp_path / "ledger" / f"{entry.id}.json"

    file = asyncio.run(one())
    facts = json.loads(file.read_text())
    for number in range(RECORDS - 1):
        facts["id"] = f"{number:032x}"
        (file.parent / f"{number:032x}.json").write_text(json.dumps(facts))
    took, longest, found = asyncio.run(many(tmp_path))
    assert found == RECORDS
    print(f"\n{RECORDS:,} records: read in {took:.2f} s, the loop waited {longest * 1e3:.0f} ms at most")
