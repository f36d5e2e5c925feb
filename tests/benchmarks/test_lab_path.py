"""A whole session against the lab in another process, its pacing off: how fast output and a paste get through.

pytest tests/benchmarks/test_lab_path.py -m benchmark -s

The lab is an agent in Python behind a real terminal, and does more for each frame than the client: its processor time
is told as well, so that the figures are not taken for the client's.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from ssmtui.aws.boto import open_gateway
from ssmtui.aws.session import StaticCredentials
from ssmtui.demo import parse_export
from ssmtui.model import StartRequest, TerminalSize
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.tasks import Tasks
from ssmtui.transport.policy import StreamPolicy
from ssmtui.transport.websocket import WebSocketDialer
from tests.support.bench import cores, on_core
from tests.support.wait import wait_until

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]

MEGABYTES = 20
CHUNK = 50_000
SIZE = MEGABYTES * 1_000_000
DOWN = f"head -c {SIZE} /dev/zero | tr '\\0' x | fold -w 99; echo DO''WN\r".encode()
UP = f"stty raw -echo; echo RE''ADY; head -c {SIZE} >/dev/null; stty sane; echo U''P\r".encode()
LAB = """
import asyncio, sys
from ssmtui.lab.lab import Lab, LabOptions

async def serve():
    lab = Lab(LabOptions(nodes=1, pacing=False, start_delay=0.0, shell="sh"))
    address = await lab.start()
    node = lab.fleet.named("web-1").id
    for name, value in {**address.environment, "NODE": node}.items():
        print(f"export {name}={value}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await lab.close()

asyncio.run(serve())
"""


@contextmanager
def lab() -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    with subprocess.Popen(
        [sys.executable, "-c", LAB],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        exports: dict[str, str] = {}
        while "NODE" not in exports:
            exports |= parse_export(process.stdout.readline())
        yield process, exports
        process.stdin.close()


def processor_of(pid: int) -> float:
    """Seconds of processor time that a process has had; not a number where it cannot be told."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))


class Tail:
    """Keeps the end of the output."""

    def __init__(self) -> None:
        self.received = 0
        self.end = b""

    def session_changed(self) -> None: ...

    def session_output(self, data: bytes, *, stderr: bool) -> None:
        self.received += len(data)
        self.end = (self.end + data)[-200:]


async def transfer(exports: dict[str, str], pid: int) -> None:
    static = StaticCredentials(exports["AWS_ACCESS_KEY_ID"], exports["AWS_SECRET_ACCESS_KEY"])
    gateway = await open_gateway(region=exports["AWS_REGION"], endpoint_url=exports["AWS_ENDPOINT_URL"], static=static)
    dialer = WebSocketDialer(StreamPolicy(endpoint_url=gateway.effective_endpoint), gateway.sign_stream)
    tasks, tail = Tasks("lab path"), Tail()
    session = ChannelSession(StartRequest(exports["NODE"]), gateway, dialer, tail, tasks)
    session.resize(TerminalSize(120, 40))
    await wait_until("the prompt is there", lambda: tail.received and not session.channel.unacknowledged[0])

    began = time.perf_counter(), time.process_time(), processor_of(pid)

    def report(what: str, size: int) -> None:
        wall, ours, theirs = (
            after - before
            for after, before in zip((time.perf_counter(), time.process_time(), processor_of(pid)), began, strict=True)
        )
        print(
            f"  {what}: {size / wall / 1e6:5.1f} MB/s in {wall:.1f} s; "
            f"processor time: client {ours:.1f} s, lab {theirs:.1f} s"
        )

    before = tail.received
    session.write(DOWN)
    await wait_until("all has come", lambda: b"DOWN" in tail.end, timeout=60)
    report("from the node", tail.received - before)

    session.write(UP)
    await wait_until("the node reads", lambda: b"READY" in tail.end)
    began = time.perf_counter(), time.process_time(), processor_of(pid)
    for _ in range(SIZE // CHUNK):
        await wait_until("there is room", lambda: session.channel.writable, timeout=60)
        session.write(b"x" * CHUNK)
    await wait_until("all has arrived", lambda: b"UP" in tail.end, timeout=60)
    report("to the node  ", SIZE)
    session.end()
    await session.life
    await tasks.close()
    await gateway.close()


def test_output_and_paste_through_the_lab() -> None:
    ours, others = cores()
    with ExitStack() as stack:
        with on_core(others):
            process, exports = stack.enter_context(lab())
        stack.enter_context(on_core(ours))
        print(f"\n{MEGABYTES} MB each way through the lab, its pacing off")
        asyncio.run(transfer(exports, process.pid))
