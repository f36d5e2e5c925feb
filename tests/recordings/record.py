"""Records programs as the scenarios say, for tests that need what real programs write:

    python -m tests.recordings.record [NAME...]

Needs Linux, root and ``unshare`` (the programs see a made-up machine, ``stage.sh``), and the programs. What a terminal
answers to their questions, ours answers.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

from ssmtui.model import TerminalSize
from ssmtui.terminal import engines
from ssmtui.terminal.engine import MAX_FEED
from tests.recordings.cast import FOLDER, Event, Mark, Output, Recording, Resized, save
from tests.recordings.scenarios import SCENARIOS, SIZES, Scenario, Step

QUIET = 0.4
"""Seconds without output after which a program has drawn what it had to."""
PATIENCE = 4.0
"""Seconds until it is taken as it is."""

_ENVIRONMENT = {
    "HOME": "/home/demo",
    "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
    "LANG": "C.UTF-8",
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
    "SHELL": "/bin/bash",
    "USER": "demo",
}
_STAGE = ["unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc", "--", "bash"]


class Stage:
    """One program in a pty, its terminal, and what happened."""

    def __init__(self, command: list[str], size: TerminalSize) -> None:
        self.events: list[Event] = []
        self._master, slave = pty.openpty()
        self._terminal = engines.create(None, size, 100)
        self._set_size(size)
        self._process = subprocess.Popen(
            [*_STAGE, str(FOLDER / "stage.sh"), *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=_ENVIRONMENT,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)

    def take(self, step: Step) -> None:
        """Do what ``step`` says, wait until the program has answered, and set the step's mark."""
        if isinstance(step.does, tuple):
            size = TerminalSize(*step.does)
            self.events.append(Resized(size))
            self._terminal.resize(size)
            self._set_size(size)
        elif step.does:
            os.write(self._master, step.does.encode())
        self._settle()
        if step.label:
            self._mark(step.label)

    def _mark(self, label: str) -> None:
        self.events.append(Mark(f"{sum(isinstance(event, Mark) for event in self.events):02} {label}"))

    def end(self) -> None:
        """Kill what runs."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._master)
        self._terminal.close()

    def _settle(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and select.select([self._master], [], [], QUIET)[0]:
            try:
                data = os.read(self._master, MAX_FEED)
            except OSError:
                return
            self.events.append(Output(data))
            if replies := self._terminal.feed(data).replies:
                os.write(self._master, replies)

    def _set_size(self, size: TerminalSize) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", size.rows, size.cols, 0, 0))


def record(scenario: Scenario, size: TerminalSize) -> Recording:
    """``scenario`` on a terminal of ``size``."""
    stage = Stage(scenario.command, size)
    try:
        for step in scenario.steps(size.cols, size.rows):
            stage.take(step)
    finally:
        stage.end()
    return Recording(f"{scenario.name}-{size.cols}x{size.rows}", size, tuple(stage.events))


def main() -> None:
    """Record the scenarios that are named, or all."""
    for scenario in SCENARIOS:
        if not sys.argv[1:] or scenario.name in sys.argv[1:]:
            for size in scenario.sizes or SIZES:
                recording = record(scenario, size)
                save(recording)
                print(recording.name, *recording.marks(), sep="\n  ")


if __name__ == "__main__":
    main()
