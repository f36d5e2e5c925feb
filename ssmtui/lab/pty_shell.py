"""A real program on a real pty of this machine. POSIX only; nothing here blocks the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import struct
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path

from ssmtui.lab.child_signals import default_signals
from ssmtui.model import TerminalSize

_HANG_UP_GRACE = 0.5
"""Seconds between SIGHUP and SIGKILL."""
_TRAMPOLINE = ("/bin/sh", "-c", 'exec "$@" <>"$0"')
"""A session leader that opens a terminal gets it as its controlling one; so no code runs between fork and exec."""


class PtyShell:
    """One program with a pty as its controlling terminal, leader of its own session."""

    def __init__(self, master: int, process: asyncio.subprocess.Process) -> None:
        self._master = master
        self._process = process
        self._typed = bytearray()
        self._taken = asyncio.Event()
        self._taken.set()
        self._closed = False

    @classmethod
    async def start(cls, command: Sequence[str], environment: Mapping[str, str], directory: Path) -> PtyShell:
        """Run ``command``; raises ``OSError`` when there is no pty."""
        master, slave = os.openpty()
        try:
            with default_signals():
                process = await asyncio.create_subprocess_exec(
                    *_TRAMPOLINE,
                    os.ttyname(slave),
                    *command,
                    stdin=slave,
                    stdout=slave,
                    stderr=slave,
                    env=dict(environment),
                    cwd=directory,
                    start_new_session=True,
                )
        except BaseException:
            os.close(master)
            raise
        finally:
            os.close(slave)
        os.set_blocking(master, False)
        return cls(master, process)

    @property
    def pid(self) -> int:
        """The program's process id, which is its session's and its process group's too."""
        return self._process.pid

    async def read(self, limit: int) -> bytes:
        """What was printed; empty once the last program has let go of the terminal."""
        while not self._closed:
            try:
                return os.read(self._master, limit)
            except BlockingIOError:
                await self._readable()
            except OSError:
                break
        return b""

    def write(self, data: bytes) -> None:
        """Type ``data``; what the terminal does not take at once follows when it can."""
        if self._closed:
            return
        self._typed += data
        self._push()

    async def drained(self) -> None:
        """Return once the terminal has taken what was typed, or is gone."""
        await self._taken.wait()

    def resize(self, size: TerminalSize) -> None:
        """Set the terminal's size, which signals SIGWINCH to its foreground programs."""
        if not self._closed:
            fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", size.rows, size.cols, 0, 0))

    async def kill(self) -> None:
        """SIGHUP, after half a second SIGKILL, to the shell's and the foreground's process groups; reap the shell."""
        if self._closed:
            return
        self._signal(signal.SIGHUP)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), _HANG_UP_GRACE)
        self._signal(signal.SIGKILL)
        await self._process.wait()
        self._close()

    def kill_now(self) -> None:
        """SIGKILL both groups."""
        if not self._closed:
            self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        groups = {self._foreground()}
        if self._process.returncode is None:
            groups.add(self._process.pid)
        for group in groups - {0}:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, number)

    def _foreground(self) -> int:
        """The process group in the foreground; 0 when there is none."""
        try:
            return max(0, os.tcgetpgrp(self._master))
        except OSError:
            return 0

    def _push(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            del self._typed[: os.write(self._master, self._typed)]
        except BlockingIOError:
            pass
        except OSError:
            self._typed.clear()
        if self._typed:
            self._taken.clear()
            loop.add_writer(self._master, self._push)
        else:
            self._taken.set()
            loop.remove_writer(self._master)

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self._master, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._master)

    def _close(self) -> None:
        self._closed = True
        asyncio.get_running_loop().remove_writer(self._master)
        self._taken.set()
        os.close(self._master)
