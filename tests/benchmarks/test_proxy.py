"""How long ssh waits for the banner of a node's sshd: ``ssmtui proxy`` against ``aws ssm start-session`` with the
official plugin, in the same run, round by round. Figures are printed; the clock fails nothing.

pytest tests/benchmarks/test_proxy.py -m benchmark -s

The lab answers without the network's delay: what is measured is what the programs take by themselves.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import pytest

from tests.support.lab_process import serve_lab
from tests.support.pty_app import clean_environment

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]

ROUNDS = 11
BANNER = b"SSH-2.0-benchmark\r\n"
LIMIT = 1.2
"""Times the AWS CLI that is the goal."""


@contextmanager
def greeting() -> Iterator[int]:
    """The port of a service that greets as sshd does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connection.sendall(BANNER)
                kept.append(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        for one in kept:
            one.close()


def seconds_to_banner(command: Sequence[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        # The official client writes lines of its own before, and ssh skips them as well.
        while (line := program.stdout.readline()) != BANNER:
            assert line, program.stderr.read()
        taken = time.perf_counter() - began
        program.terminate()
        program.wait()
    return taken


def test_the_banner(tmp_path: Path) -> None:
    aws, plugin = shutil.which("aws"), shutil.which("session-manager-plugin")
    if aws is None or plugin is None:
        pytest.skip("the AWS CLI and its plugin are not on PATH")
    with serve_lab(tmp_path) as (exports, _), greeting() as port:
        environment = clean_environment(tmp_path, **exports)
        ssmtui = [sys.executable, "-m", "ssmtui"]
        listed = subprocess.run([*ssmtui, "nodes", "--json"], env=environment, capture_output=True, check=True)
        node = next(one["id"] for one in json.loads(listed.stdout) if one["name"] == "web-1")
        official = [aws, "ssm", "start-session", "--target", node, "--document-name", "AWS-StartSSHSession"]
        commands = {
            "aws ssm start-session": [*official, "--parameters", f"portNumber={port}"],
            "ssmtui proxy ID": [*ssmtui, "proxy", node, str(port)],
            "ssmtui proxy NAME": [*ssmtui, "proxy", "web-1", str(port)],
            "ssmtui proxy tag:KEY=VALUE": [*ssmtui, "proxy", "tag:Name=web-1", str(port)],
        }
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                taken[name].append(seconds_to_banner(command, environment))
    peer = median(taken["aws ssm start-session"])
    print(f"\nfrom the start to ssh's banner, median of {ROUNDS} rounds, load {os.getloadavg()[0]:.1f}; goal {LIMIT}")
    for name, seconds in taken.items():
        print(f"  {name:27} {median(seconds):6.3f} s (least {min(seconds):.3f})   {median(seconds) / peer:5.2f} times")
