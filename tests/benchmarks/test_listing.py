"""What a listing of 10,000 nodes with EC2's facts costs: processor time, bytes, and how late it makes the event loop.
Figures are printed; the clock fails nothing.

pytest tests/benchmarks/test_listing.py -m benchmark -s
"""

from __future__ import annotations

import asyncio
import cProfile
import gc
import pstats
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from ssmtui.aws.boto import BotoGateway, open_gateway
from ssmtui.aws.session import StaticCredentials
from ssmtui.interpreter import SWITCH
from ssmtui.model import Node, NodeKey
from ssmtui.tasks import Tasks
from tests.support.lab_process import serve_lab

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(180)]

NODES = 10_000
LOOK = 0.002


async def listed(gateway: BotoGateway) -> dict[NodeKey, Node]:
    return {node.key: node async for page in gateway.nodes() for node in page.nodes}


async def look_how_late(late: list[float]) -> None:
    """Note how late the loop is, again and again."""
    while True:
        due = time.perf_counter() + LOOK
        await asyncio.sleep(LOOK)
        late.append(time.perf_counter() - due)


async def test_a_listing(tmp_path: Path) -> None:
    with serve_lab(tmp_path, "--nodes", str(NODES)) as (exports, _):
        static = StaticCredentials(exports["AWS_ACCESS_KEY_ID"], exports["AWS_SECRET_ACCESS_KEY"])
        gateway = await open_gateway(None, exports["AWS_REGION"], exports["AWS_ENDPOINT_URL"], static)
        tasks = Tasks("benchmark")
        interval = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH)
        gc.freeze()
        for name in ("first", "again"):
            late: list[float] = []
            looking = tasks.start("look", look_how_late(late))
            began, used = time.perf_counter(), time.process_time()
            nodes = await listed(gateway)
            used, took = time.process_time() - used, time.perf_counter() - began
            looking.cancel()
            late.sort()
            print(
                f"\n{name}: {len(nodes):,} nodes in {took:.2f} s, {used:.2f} s of a processor; the loop late by "
                f"{late[len(late) * 99 // 100] * 1000:.1f} ms (99 %), {late[-1] * 1000:.0f} ms (worst)"
            )
        sys.setswitchinterval(interval)
        await measure_bytes(gateway)
        await show_profile(gateway)
        await tasks.close()
        await gateway.close()
        gc.unfreeze()


async def measure_bytes(gateway: BotoGateway) -> None:
    tracemalloc.start()
    nodes = await listed(gateway)
    gc.collect()
    print(f"{tracemalloc.get_traced_memory()[0] / len(nodes):.0f} bytes a node, with what is remembered of EC2")
    tracemalloc.stop()


async def show_profile(gateway: BotoGateway) -> None:
    """Where the processor's time goes in the threads that read: the reading of a page of each list."""
    profile = cProfile.Profile()

    def read() -> None:
        from ssmtui.aws import listing
        from ssmtui.aws.node_rows import Common, NodeRows

        aws = gateway._caller._sessions.get(gateway._caller.source)
        rows = NodeRows(gateway.scope, Common())
        profile.enable()
        for choice, convert in ((listing.PROPERTIES, rows.node), (listing.INSTANCES, rows.facts)):
            for row in choice.read(aws, None)[0]:
                convert(row)
        profile.disable()

    await asyncio.to_thread(read)
    stats = pstats.Stats(profile)
    stats.sort_stats("cumulative").print_stats(14)
