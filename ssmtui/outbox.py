"""Output that is written in a thread of its own: a terminal that has been stopped (Ctrl-S), or a reader that sleeps,
must stop no session."""

from __future__ import annotations

import asyncio
import errno
import os
import queue
import stat
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

ROOM = 16 * 2**20
"""Bytes that may wait for the reader; beyond that what produces them has to wait."""


class Outbox:
    """What waits to be written to a descriptor, which stays in blocking mode. Made on the event loop."""

    def __init__(self, descriptor: int) -> None:
        self.room = asyncio.Event()
        """Set while what is written keeps up."""
        self.room.set()
        self.broken: Callable[[], None] = lambda: None
        """Called on the loop when nothing can be written any more."""
        self.failure: OSError | None = None
        """Why not."""
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._waiting = 0
        self._closed = False
        self._watched = False
        self._empty = asyncio.Event()
        self._empty.set()
        # A daemon: a write that never returns must not keep the program from ending.
        threading.Thread(target=self._work, name="ssmtui-output", daemon=True).start()

    def watch_reader(self) -> None:
        """Where the descriptor is a pipe, call :attr:`broken` when nobody reads it any more, and not only at the next
        :meth:`put`."""
        if sys.platform != "win32" and stat.S_ISFIFO(os.fstat(self._descriptor).st_mode):
            with suppress(OSError):
                # The end of a pipe that is written to gets "readable" when the other end is closed.
                self._loop.add_reader(self._descriptor, self._left)
                self._watched = True

    def close(self) -> None:
        """End the thread once it has written what waits; nothing more is taken."""
        self._unwatch()
        self._closed = True
        self._queue.put(None)

    def discard(self) -> None:
        """Drop what waits."""
        with suppress(queue.Empty):
            while data := self._queue.get_nowait():
                self._written(len(data))

    def put(self, data: bytes) -> None:
        """Queue ``data``; never blocks."""
        if self._closed:
            return
        self._waiting += len(data)
        self._empty.clear()
        if self._waiting > ROOM:
            self.room.clear()
        self._queue.put(data)

    async def drain(self, timeout: float) -> None:
        """Wait until everything is written, at most ``timeout`` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._empty.wait()
        except TimeoutError:
            return

    def _left(self) -> None:
        self._unwatch()
        if self.failure is None:
            self.failure = BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
            self.broken()

    def _unwatch(self) -> None:
        if self._watched:
            self._watched = False
            self._loop.remove_reader(self._descriptor)

    def _work(self) -> None:
        while (data := self._queue.get()) is not None:
            try:
                if self.failure is None:
                    _write_all(self._descriptor, data)
            except OSError as error:
                self.failure = error
                self._tell(self.broken)
            self._tell(self._written, len(data))

    def _tell(self, action: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(action, *arguments)
        except RuntimeError:
            # The loop is closed: nothing is left to notify.
            return

    def _written(self, size: int) -> None:
        self._waiting -= size
        if self._waiting <= ROOM:
            self.room.set()
        if not self._waiting:
            self._empty.set()


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
