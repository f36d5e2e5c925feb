"""`ssmtui lab` as a program of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ssmtui.demo import parse_export
from tests.support.pty_app import clean_environment

DEMO_NODES = 60
"""What the demo lists: 48 nodes, and the containers of a dozen tasks that can be entered."""


@contextmanager
def serve_lab(home: Path, *arguments: str) -> Iterator[tuple[dict[str, str], int]]:
    """What `ssmtui lab` says to export, while it serves, and its process id."""
    with subprocess.Popen(
        [sys.executable, "-m", "ssmtui", "lab", *arguments],
        env=clean_environment(home),
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as lab:
        assert lab.stdout is not None
        exports: dict[str, str] = {}
        while "AWS_SECRET_ACCESS_KEY" not in exports:
            line = lab.stdout.readline()
            assert line, "the lab ended before it had said where it is"
            exports |= parse_export(line)
        try:
            yield exports, lab.pid
        except BaseException:
            lab.kill()  # or what the test says of its failure waits for the lab's end
            raise
        lab.send_signal(signal.SIGCONT)
        lab.send_signal(signal.SIGINT)
        assert lab.wait(10) == 0
        assert lab.stdout.read() == ""
