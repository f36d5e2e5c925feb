"""Forwards as programs see them: `ssmtui forward` and the official client, side by side, in front of one lab.

pytest tests/benchmarks/test_ports.py -m benchmark -s

Each client is a process of its own; what is measured of it is the processor time of all its processes. Both go through
the same lab, whose agent paces itself as the real one does (``paced``) or does not. The official client takes part
where `aws` and `session-manager-plugin` are on PATH. ``SSMTUI_CHURN`` is how many seconds of connections the memory is
looked at for.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psutil
import pytest

from ssmtui.loopback import LOOPBACK
from tests.support.official_client import why_not
from tests.support.pty_app import clean_environment

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1200)]

MB = 1_000_000
CHURN = float(os.environ.get("SSMTUI_CHURN", "30"))
ROOT = Path(__file__).parents[2]


class Client:
    """A running client, and the local port that it listens on."""

    def __init__(self, name: str, process: subprocess.Popen[str], port: int) -> None:
        self.name = name
        self.port = port
        self._process = psutil.Process(process.pid)

    @property
    def processes(self) -> list[psutil.Process]:
        return [self._process, *self._process.children(recursive=True)]

    @property
    def processor_time(self) -> float:
        """Seconds of all its processes."""
        times = [process.cpu_times() for process in self.processes]
        return sum(each.user + each.system for each in times)

    @property
    def memory(self) -> int:
        """Bytes of all its processes."""
        return sum(process.memory_info().rss for process in self.processes)


@contextmanager
def lab(home: Path, *options: str) -> Iterator[dict[str, str]]:
    command = [sys.executable, "-m", "tests.support.port_lab", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as served:
        assert served.stdout is not None
        given: dict[str, str] = {}
        while "SERVICE_PORT" not in given:
            name, _, value = served.stdout.readline().strip().partition("=")
            given[name] = value
        try:
            yield {**clean_environment(home), "PATH": os.environ["PATH"], **given}
        finally:
            served.kill()


@contextmanager
def client(name: str, command: list[str], environment: Mapping[str, str], said: str) -> Iterator[Client]:
    """``command`` once its output has what ``said`` finds: the local port is the first group."""
    with subprocess.Popen(
        command,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        seen = ""
        while not (found := re.search(said, seen)):
            line = process.stdout.readline()
            assert line, f"{name} ended: {seen}"
            seen += line
        try:
            yield Client(name, process, int(found[1]))
        finally:
            os.killpg(process.pid, signal.SIGINT)
            with ThreadPoolExecutor(1) as reading:  # what it says at its end must not fill the pipe
                reading.submit(process.stdout.read)
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)


def ours(environment: Mapping[str, str], sessions: int = 1) -> AbstractContextManager[Client]:
    number = ["--sessions", str(sessions)]
    command = [sys.executable, "-m", "ssmtui", "forward", environment["TARGET"], *number]
    forward = f"0:{environment['SERVICE_PORT']}"
    name = f"ssmtui, {sessions} session" + ("s" if sessions > 1 else "")
    return client(name, [*command, forward], environment, rf"{LOOPBACK}:(\d+) leads to")


def official(environment: Mapping[str, str]) -> AbstractContextManager[Client]:
    parameters = json.dumps({"portNumber": [environment["SERVICE_PORT"]], "localPortNumber": ["0"]})
    document = ["--document-name", "AWS-StartPortForwardingSession", "--parameters", parameters]
    command = ["aws", "ssm", "start-session", "--target", environment["TARGET"], *document]
    return client("the official client", command, environment, r"Port (\d+) opened for sessionId")


def clients(environment: Mapping[str, str], *sessions: int) -> Iterator[Callable[[], AbstractContextManager[Client]]]:
    for number in sessions:
        yield lambda number=number: ours(environment, number)  # type: ignore[misc]
    if why_not():
        print(f"  {why_not()}")
    else:
        yield lambda: official(environment)


def request(port: int, kind: bytes, size: int) -> None:
    """One request over a connection of its own."""
    with socket.create_connection((LOOPBACK, port)) as local:
        local.sendall(kind + b"%08d" % size)
        if kind != b"d":
            local.sendall(bytes(size))
        left = 1 if kind == b"u" else size
        while left:
            data = local.recv(65_536)
            assert data, "it was cut short"
            left -= len(data)


def measured(one: Client, kind: bytes, size: int, at_once: int) -> None:
    began, busy = time.perf_counter(), one.processor_time
    with ThreadPoolExecutor(at_once) as threads:
        list(threads.map(lambda _: request(one.port, kind, size), range(at_once)))
    amount, wall = size * at_once / MB, time.perf_counter() - began
    way = {b"d": "down", b"u": "up"}[kind]
    each = (one.processor_time - busy) / amount * 1e3
    print(f"  {one.name:22} {way:4} {at_once} at once {amount / wall:6.2f} MB/s, {each:5.0f} ms of processor a MB")


@pytest.mark.parametrize(("pace", "size"), [("paced", 4 * MB), ("", 16 * MB)])
def test_megabytes(tmp_path: Path, pace: str, size: int) -> None:
    print(f"\n{size // MB} MB a connection, the agent {'paces itself' if pace else 'does not pace itself'}")
    with lab(tmp_path, pace) as environment:
        for start in clients(environment, 1, 4):
            with start() as one:
                request(one.port, b"e", 10)
                for kind in (b"d", b"u"):
                    for at_once in (1, 8) if "4" in one.name else (1,):
                        measured(one, kind, size if kind == b"d" or not pace else size // 2, at_once)


def test_small_requests(tmp_path: Path) -> None:
    print("\na request of 100 bytes and its answer")
    with lab(tmp_path, "paced") as environment:
        for start in clients(environment, 1):
            with start() as one:
                request(one.port, b"e", 10)
                kept, opened = [], []
                with socket.create_connection((LOOPBACK, one.port)) as local:
                    for _ in range(300):
                        began = time.perf_counter()
                        local.sendall(b"e%08d" % 100 + bytes(100))
                        left = 100
                        while left:
                            left -= len(local.recv(left))
                        kept.append(time.perf_counter() - began)
                for _ in range(300):
                    began = time.perf_counter()
                    request(one.port, b"e", 100)
                    opened.append(time.perf_counter() - began)
                middle, over = (statistics.median(times) * 1e3 for times in (kept, opened))
                print(f"  {one.name:22} {middle:5.2f} ms over one connection, {over:5.2f} ms over one each")


def test_connections(tmp_path: Path) -> None:
    print("\nconnections opened, used for a request of 10 bytes and closed, 32 at a time")
    with lab(tmp_path) as environment:
        for start in clients(environment, 1):
            with start() as one:
                request(one.port, b"e", 10)
                began = time.perf_counter()
                with ThreadPoolExecutor(32) as threads:
                    list(threads.map(lambda _, port=one.port: request(port, b"e", 10), range(3000)))
                print(f"  {one.name:22} {3000 / (time.perf_counter() - began):5.0f} a second")


def test_memory_of_churn(tmp_path: Path) -> None:
    with lab(tmp_path) as environment, ours(environment) as one:
        looks: list[int] = []
        count, end = 0, time.monotonic() + CHURN
        with ThreadPoolExecutor(16) as threads:
            while time.monotonic() < end:
                list(threads.map(lambda _: request(one.port, b"e", 20_000), range(200)))
                count += 200
                looks.append(one.memory)
    print(f"\n{count} connections in {CHURN:.0f} s, 20 kB each way", end=": ")
    tenth = max(1, len(looks) // 10)
    first, last = statistics.median(looks[tenth : 2 * tenth]), statistics.median(looks[-tenth:])
    print(f"{first / MB:.1f} MB after a tenth, {last / MB:.1f} MB at the end ({last / first:.3f} times)")
