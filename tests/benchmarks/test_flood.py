"""One shell prints 50 MB through the lab into the visible pane, while somebody presses keys.

pytest tests/benchmarks/test_flood.py -m benchmark -s

The lab's pacing and its resends are off, so that the figures are the client's and the lab's, not those of the agent's
manners. A key is handled once the screen shows what it does: the leader's hints in the footer. Taking them away again
is not counted, for Textual waits with a lone escape whether more follows.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

from ssmtui.demo import parse_export
from tests.support.pty_app import PtyApp, clean_environment

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

MEGABYTES = 50
COMMAND = f"head -c {MEGABYTES}000000 /dev/zero | tr '\\0' x | fold -w 99; echo FLOOD''ED\r"
LEADER, BACK = b"\x1d", b"\x1b"
NORMAL = b"ctrl+] d"
"""What the footer says again afterwards, and not before: the leader's own hints name no leader."""
LAB = """
import asyncio, sys
from ssmtui.lab.lab import Lab, LabOptions

async def serve():
    lab = Lab(LabOptions(nodes=1, pacing=False, start_delay=0.0, forget_acks=0.0))
    for name, value in (await lab.start()).environment.items():
        print(f"export {name}={value}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await lab.close()

asyncio.run(serve())
"""


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    plain = clean_environment(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", LAB], env=plain, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as lab:
        assert lab.stdin is not None
        assert lab.stdout is not None
        exports: dict[str, str] = {}
        while "AWS_SECRET_ACCESS_KEY" not in exports:
            exports |= parse_export(lab.stdout.readline())
        yield {**plain, **exports}
        lab.stdin.close()


class RawScreen:
    """The program's output as bytes: an emulator would be slower than what is measured."""

    def __init__(self, app: PtyApp) -> None:
        self._master = app.master
        self._tail = b""

    def read_until(self, mark: bytes, *others: bytes) -> bytes:
        """Read up to the first of the marks to come, and return it."""
        while True:
            # The end of the flood is painted once: it must not be missed behind a hint that came with it.
            found = [one for one in (*others, mark) if one in self._tail]
            if found:
                self._tail = b""
                return found[0]
            if not select.select([self._master], [], [], 60)[0]:
                raise AssertionError(f"waited 60 s for {mark!r}")
            self._tail = self._tail[-200:] + os.read(self._master, 1 << 16)

    def press(self, key: bytes, effect: bytes, *others: bytes) -> tuple[float, bytes]:
        """Press ``key``; the seconds until ``effect``, or one of ``others``, is on the screen."""
        began = time.perf_counter()
        os.write(self._master, key)
        found = self.read_until(effect, *others)
        return time.perf_counter() - began, found


def open_shell(app: PtyApp) -> None:
    app.wait_for_text("1 node")
    app.send("\r")
    app.wait_for_text(":~$")
    app.wait_for_text("open")


def idle_keys(screen: RawScreen) -> list[float]:
    waits = []
    for _ in range(20):
        waits.append(screen.press(LEADER, b"attention")[0])
        screen.press(BACK, NORMAL)
    return waits


def test_fifty_megabytes_into_the_visible_pane(environment: dict[str, str]) -> None:
    with PtyApp([], environment, cols=120, rows=40) as app:
        open_shell(app)
        screen = RawScreen(app)
        idle = idle_keys(screen)
        began = time.perf_counter()
        os.write(app.master, COMMAND.encode())
        flooded: list[float] = []
        while True:
            seconds, found = screen.press(LEADER, b"attention", b"FLOODED")
            if found == b"FLOODED":
                break
            flooded.append(seconds)
            if screen.press(BACK, NORMAL, b"FLOODED")[1] == b"FLOODED":
                break
        taken = time.perf_counter() - began
    print(f"\n{MEGABYTES} MB into the visible pane, 120x40, the lab's pacing off")
    print(f"  {MEGABYTES / taken:.2f} MB/s in {taken:.1f} s")
    for name, waits in (("idle", idle), ("flood", flooded)):
        print(
            f"  key to screen, {name:5}: {len(waits):4} keys, median {median(waits) * 1e3:5.1f} ms, "
            f"p99 {quantiles(waits, n=100)[98] * 1e3:5.1f} ms, longest {max(waits) * 1e3:5.1f} ms"
        )
    print(f"  flood against idle: median {median(flooded) / median(idle):.1f} times")
