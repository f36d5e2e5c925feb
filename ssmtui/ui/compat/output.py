"""Writes to the terminal without blocking the event loop."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import TextIO

BEHIND = 12
"""Writes that the terminal has not taken after which no more frames are drawn; a frame is three writes."""
LARGEST = 4 << 20
"""Characters that are kept for a terminal that takes nothing; what comes after them is lost to it."""
PATIENCE = 1.5
"""Seconds in which a terminal must take something while the program ends."""


class PatientWriter(threading.Thread):
    """Stands in for Textual 8.2.8's ``WriterThread``, whose queue of 30 writes makes the event loop wait once it is
    full. A terminal that does not read (a stopped multiplexer, a stalled ssh) then stopped all sessions: no
    acknowledgement and no ping left, and no signal was acted on.
    """

    on_drained: Callable[[], None] | None = None
    """Called once, in this thread, when all has been taken."""

    def __init__(self, file: TextIO) -> None:
        super().__init__(daemon=True, name="textual-output")
        self._file = file
        self._queue: SimpleQueue[str | None] = SimpleQueue()
        self._waiting = 0
        self._lock = threading.Lock()
        self._taken_at = time.monotonic()
        self._has_gone = False

    @property
    def is_behind(self) -> bool:
        """Whether the terminal takes less than is drawn."""
        return self._queue.qsize() > BEHIND

    def write(self, text: str) -> None:
        """Queue ``text``; never waits."""
        with self._lock:
            if self._has_gone or self._waiting > LARGEST:
                return
            self._waiting += len(text)
        self._queue.put(text)

    def isatty(self) -> bool:
        """As the file that it stands for."""
        return True

    def fileno(self) -> int:
        """The descriptor of the file that it stands for."""
        return self._file.fileno()

    def flush(self) -> None:
        """Done by the thread."""

    def run(self) -> None:
        """Write until :meth:`stop`. Straight to the descriptor: a thread that is left waiting within Python's file
        would hold its lock, which the interpreter needs in order to end."""
        self._file.flush()
        descriptor, encoding = self._file.fileno(), self._file.encoding or "utf-8"
        while (text := self._queue.get()) is not None:
            parts = [text]
            while not self._queue.empty() and len(parts) < BEHIND:
                following = self._queue.get()
                if following is None:
                    self._put(descriptor, "".join(parts).encode(encoding, "backslashreplace"))
                    return
                parts.append(following)
            joined = "".join(parts)
            self._put(descriptor, joined.encode(encoding, "backslashreplace"))
            with self._lock:
                self._waiting -= len(joined)
            if self.on_drained is not None and self._queue.empty():
                drained, self.on_drained = self.on_drained, None
                drained()

    def _put(self, descriptor: int, data: bytes) -> None:
        rest = memoryview(data)
        while rest and not self._has_gone:
            try:
                rest = rest[os.write(descriptor, rest) :]
            except BlockingIOError:
                # A program that shares the terminal has made it non-blocking.
                time.sleep(0.01)
            except OSError:
                self._has_gone = True
            self._taken_at = time.monotonic()

    def stop(self) -> None:
        """Wait until all is written, or until the terminal has taken nothing for :data:`PATIENCE` seconds."""
        self._queue.put(None)
        self._taken_at = time.monotonic()
        while self.is_alive() and time.monotonic() - self._taken_at < PATIENCE:
            self.join(0.05)


if sys.platform != "win32":
    from textual.drivers import linux_driver

    if hasattr(linux_driver, "WriterThread"):
        linux_driver.WriterThread = PatientWriter
