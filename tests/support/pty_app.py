"""The real program in a pty of a given size, its screen read through an independent emulator (pyte).

Whatever is started here is killed when its block ends, with all that it has started.
"""

from __future__ import annotations

import copy
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import pyte

from tests.support.wait import SCALE

PROGRAM = (sys.executable, "-m", "ssmtui")
ROOT = Path(__file__).parents[2]
_RESET = [getattr(signal, f"SIG{name}") for name in ("HUP", "INT", "QUIT", "TERM", "CHLD", "ALRM", "PIPE")] + [
    signal.SIGTSTP,
    signal.SIGTTIN,
    signal.SIGTTOU,
]
"""What portable-pty's child resets, and the signals of job control."""


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """An environment with nothing of the developer's own: no AWS, no settings, another home."""
    return {
        "HOME": str(home),
        "TMPDIR": str(home),  # what a program that was killed has left there goes with it
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PYTHONPATH": str(ROOT),
        "AWS_EC2_METADATA_DISABLED": "true",
        **more,
    }


# pyte takes a sequence with one of these marks for text, and draws nothing of what follows a mark of direction.
_UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<>=][\d;]*u|\xe2\x80[\x8e\x8f]")


class _Screen(pyte.Screen):
    """pyte's screen with a second one for full-screen programs; it answers nothing, for nobody reads that."""

    _main: tuple[Any, Any] | None = None

    def set_mode(self, *modes: int, **kwargs: Any) -> None:
        if 1049 in modes and kwargs.get("private"):
            self._main = (copy.deepcopy(self.buffer), copy.copy(self.cursor))
            self.erase_in_display(2)
        super().set_mode(*modes, **kwargs)

    def reset_mode(self, *modes: int, **kwargs: Any) -> None:
        if 1049 in modes and kwargs.get("private") and self._main is not None:
            self.buffer, self.cursor = self._main
            self._main = None
        super().reset_mode(*modes, **kwargs)

    def select_graphic_rendition(self, *attrs: int, **kwargs: Any) -> None:
        # With a private mark it is no rendition but a question or an order about the keyboard.
        if not kwargs.get("private"):
            super().select_graphic_rendition(*attrs)

    def report_device_attributes(self, *args: Any, **kwargs: Any) -> None: ...

    def report_device_status(self, *args: Any, **kwargs: Any) -> None: ...


class PtyApp:
    """One program in a pty. To be used as a context manager."""

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        cols: int = 100,
        rows: int = 30,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self._command = [*program, *arguments]
        self._environment = dict(environment)
        self._screen = _Screen(cols, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._text: str | None = None
        """The screen, unless something has come since it was read: many wait for one word, and look all the time."""
        self.output = bytearray()
        """All that it has printed."""
        self.master, self._slave = pty.openpty()
        self._set_size(cols, rows)
        self.cooked = termios.tcgetattr(self._slave)
        """The terminal's modes before the program ran."""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PtyApp:
        self._process = subprocess.Popen(
            self._command,
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env=self._environment,
            cwd=self._environment["HOME"],
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for pid in [*self.descendants(), self.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._running.wait()
        os.close(self.master)
        os.close(self._slave)

    # Looking

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    @property
    def pid(self) -> int:
        return self._running.pid

    @property
    def text(self) -> str:
        """The screen as it is now, a line a row."""
        self._read(0)
        if self._text is None:
            self._text = "\n".join(line.rstrip() for line in self._screen.display)
        return self._text

    @property
    def cells(self) -> list[list[str]]:
        """The screen as it is now, a list of cells a row; the second cell of a wide character is empty."""
        self._read(0)
        columns = range(self._screen.columns)
        return [[self._screen.buffer[row][column].data for column in columns] for row in range(self._screen.lines)]

    @property
    def modes(self) -> list[Any]:
        """The terminal's modes now."""
        return termios.tcgetattr(self._slave)

    @property
    def private_modes(self) -> set[str]:
        """The numbers of the DEC private modes that it has set and not reset: 1049 the other screen, 1003 the mouse."""
        on: set[str] = set()
        for number, switch in re.findall(rb"\x1b\[\?(\d+)([hl])", self.output):
            (on.add if switch == b"h" else on.discard)(number.decode())
        return on

    def descendants(self) -> list[int]:
        """Processes that it has started, and they."""
        children: dict[int, list[int]] = {}
        for pid, parent in _parents().items():
            children.setdefault(parent, []).append(pid)
        found: list[int] = []
        waiting = [self.pid]
        while waiting:
            below = children.get(waiting.pop(), [])
            found += below
            waiting += below
        return found

    def threads(self) -> list[str]:
        """Its threads, by number."""
        return os.listdir(f"/proc/{self.pid}/task")

    # Driving

    def send(self, keys: str | bytes) -> None:
        """Type."""
        data = keys.encode() if isinstance(keys, str) else keys
        while data:
            data = data[os.write(self.master, data) :]
            self._read(0)

    def resize(self, cols: int, rows: int) -> None:
        """Give the terminal another size; the program is told by SIGWINCH."""
        self._screen.resize(rows, cols)
        self._text = None
        self._set_size(cols, rows)

    def hang_up(self) -> None:
        """Close our end, as a terminal emulator does whose window is closed."""
        os.close(self._slave)
        os.close(self.master)
        self.master, self._slave = pty.openpty()

    # Waiting

    def wait_for_text(self, wanted: str, timeout: float = 20.0) -> str:
        """The screen, once ``wanted`` is on it."""
        self.wait_until(f"{wanted!r} on the screen", lambda: wanted in self.text, timeout)
        return self.text

    def answer(self, question: str, keys: str, timeout: float = 20.0) -> None:
        """Answer a question that comes by itself, whose text is ``question``: it takes no keys in its first moment, for
        these were typed for something else."""
        self.wait_for_text(question, timeout)

        def is_taken() -> bool:
            if question in self.text:
                self.send(keys)
                end = time.monotonic() + 0.5 * SCALE
                while question in self.text and time.monotonic() < end:
                    self._read(0.05)
            return question not in self.text

        self.wait_until(f"the answer to {question!r} is taken", is_taken, timeout)

    def wait_until_gone(self, unwanted: str, timeout: float = 20.0) -> None:
        """Return once ``unwanted`` is no longer on the screen."""
        self.wait_until(f"{unwanted!r} gone from the screen", lambda: unwanted not in self.text, timeout)

    def wait_until(self, what: str, predicate: Callable[[], object], timeout: float = 20.0) -> None:
        """Return once ``predicate`` holds, reading the program's output meanwhile."""
        limit = timeout * SCALE
        end = time.monotonic() + limit
        while not predicate():
            if time.monotonic() > end:
                raise AssertionError(f"waited {limit:.0f} s for: {what}\n{self.text}")
            self._read(0.05)

    def wait_for_exit(self, timeout: float = 20.0) -> int:
        """The exit code, once it has ended."""
        self.wait_until("the program's end", lambda: self._running.poll() is not None, timeout)
        self._read(0)
        return self._running.returncode

    def _read(self, timeout: float) -> None:
        """Read what is there, or comes within ``timeout`` s; no longer than a second, for pyte is slower than a program
        that prints without end, and a test would never look at its screen."""
        end = time.monotonic() + 1
        while select.select([self.master], [], [], timeout)[0] and time.monotonic() < end:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            self.output += data
            self._text = None
            self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", data))
            timeout = 0

    def _set_size(self, cols: int, rows: int) -> None:
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


def _take_terminal() -> None:
    """What a terminal emulator does in its child: default dispositions, nothing blocked, a controlling terminal."""
    for number in _RESET:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _parents() -> dict[int, int]:
    found: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found[int(entry.parent.name)] = int(fields[1])
    return found


def command_line(pid: int) -> str:
    """What a process was started as; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
