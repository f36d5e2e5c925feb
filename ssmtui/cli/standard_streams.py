"""Standard input and output as the local end of one connection through a node: bytes and nothing else.

The descriptors stay in blocking mode: they may be a terminal's, which is shared with the shell that started us.
"""

from __future__ import annotations

import asyncio
import math
import os
import select
import stat
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from ssmtui.daemon import in_daemon_thread
from ssmtui.errors import StreamClosed
from ssmtui.forwards.port_session import PortSession
from ssmtui.forwards.port_stream import PortStream
from ssmtui.tasks import Tasks

CHUNK = 65_536
"""Bytes that are read from either end at once."""
LINGER = 5.0
"""Seconds without an answer after which a connection is closed whose input has ended: it has no half-close (protocol.md
section 7), and an answer may still come."""


class StandardStreams:
    """Loop-bound. One task may read while another writes; call :meth:`close` at the end."""

    def __init__(self, stdin: int = 0, stdout: int = 1) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self._in_threads = not hasattr(select, "poll")
        """Windows says of no pipe whether it is ready."""
        # A file is always ready, and epoll does not take one.
        to_file = stat.S_ISREG(os.fstat(stdout).st_mode)
        self._room = None if to_file or self._in_threads else select.poll()
        if self._room is not None:
            self._room.register(stdout, select.POLLOUT)
        self.reader_gone = asyncio.Event()
        """Set once nobody reads our output any more, as far as that shows before something is written."""
        self._watched = False
        if self._room is not None and stat.S_ISFIFO(os.fstat(stdout).st_mode):
            with suppress(OSError):
                # The end of a pipe that is written to gets "readable" when the other end is closed.
                asyncio.get_running_loop().add_reader(stdout, self._left)
                self._watched = True

    async def read(self) -> bytes:
        """The next bytes of the input; empty at its end, and once it cannot be read any more."""
        loop = asyncio.get_running_loop()
        readable: asyncio.Future[None] = loop.create_future()
        try:
            loop.add_reader(self._stdin, _set, readable)
        except PermissionError:
            return self._take()  # a file
        except (OSError, NotImplementedError):  # asyncio raises the latter where its loop watches no descriptors
            return await in_daemon_thread(self._take, math.inf)  # Windows' loop watches sockets only
        try:
            await readable
            return self._take()
        finally:
            loop.remove_reader(self._stdin)

    async def write(self, data: bytes) -> None:
        """Return once the reader of our output has room for all of it. Raises ``OSError``."""
        view = memoryview(data)
        while view:
            if self._in_threads:
                view = view[await in_daemon_thread(partial(os.write, self._stdout, view), math.inf) :]
                continue
            if self._room is None:
                view = view[os.write(self._stdout, view) :]
                continue
            if not self._room.poll(0):
                await self._writable()
            # POSIX: a pipe that is ready takes so many bytes without making its writer wait.
            view = view[os.write(self._stdout, view[: select.PIPE_BUF]) :]

    def close(self) -> None:
        """Watch nothing any more."""
        if self._watched:
            self._watched = False
            asyncio.get_running_loop().remove_reader(self._stdout)

    def _take(self) -> bytes:
        try:
            return os.read(self._stdin, CHUNK)
        except OSError:
            return b""

    async def _writable(self) -> None:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        loop.add_writer(self._stdout, _set, ready)
        try:
            await ready
        finally:
            loop.remove_writer(self._stdout)

    def _left(self) -> None:
        self.close()
        self.reader_gone.set()


class StandardConnection:
    """Carries the first connection of ``port`` to the standard streams, until either end is done."""

    def __init__(
        self,
        port: PortSession,
        local: StandardStreams,
        linger: float = LINGER,
        answers: Callable[[], None] = lambda: None,
    ) -> None:
        """``answers`` is called when the first bytes come, before they are written."""
        self._answers = answers
        self._port = port
        self._local = local
        self._linger = linger
        self._stirred = asyncio.Event()
        self.received = 0
        """Bytes so far."""
        self._heard = 0.0
        """When the last ones came, by the loop's clock."""

    def changed(self) -> None:
        """The session has changed: call this from its ``on_change``."""
        self._stirred.set()

    async def carry(self) -> None:
        """Return when the far end has closed, or the local one has and nothing more comes. The session is still to
        end.

        Raises what the session failed with, :class:`StreamClosed` where bytes are missing, and ``OSError`` when the
        output cannot be written: ``BrokenPipeError`` when nobody reads it any more.
        """
        stream = await self._port.connect()
        tasks = Tasks("standard streams")
        up = tasks.start("up", self._up(stream), awaited=True)
        down = tasks.start("down", self._down(stream), awaited=True)
        gone = tasks.start("gone", self._local.reader_gone.wait(), awaited=True)
        try:
            await asyncio.wait({up, down, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not down.done() and not gone.done():
                await self._rest(up, {down, gone}, tasks)
            if down.done():
                down.result()
            elif gone.done():
                raise BrokenPipeError
        finally:
            for task in (up, down):
                if task.done() and not task.cancelled():
                    task.exception()  # looked at above, where it counts
            stream.close()
            await tasks.close()

    async def _rest(self, up: asyncio.Task[None], ends: set[asyncio.Task[Any]], tasks: Tasks) -> None:
        """Nothing more goes up: let arrive what is on its way, and come what still comes. Returns once one of ``ends``
        is done, or nothing has come for a while."""
        error = up.exception()
        if isinstance(error, StreamClosed):
            # The far end has closed, so what comes has an end.
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            return
        if error is not None:
            raise error
        loop = asyncio.get_running_loop()
        # However long that takes: the connection to the node may be gone for a while.
        arriving = tasks.start("arriving", self._all_arrives(), awaited=True)
        await asyncio.wait({*ends, arriving}, return_when=asyncio.FIRST_COMPLETED)
        since = loop.time()
        while not any(task.done() for task in ends):
            left = max(since, self._heard) + self._linger - loop.time()
            if left <= 0:
                return
            await asyncio.wait(ends, timeout=left, return_when=asyncio.FIRST_COMPLETED)

    async def _all_arrives(self) -> None:
        session = self._port.session
        while session.channel.unacknowledged[0] or session.intake.waiting:
            self._stirred.clear()
            session.channel.report_drained()
            await self._stirred.wait()

    async def _up(self, stream: PortStream) -> None:
        while data := await self._local.read():
            await stream.write(data)

    async def _down(self, stream: PortStream) -> None:
        loop = asyncio.get_running_loop()
        while data := await stream.read(CHUNK):
            if not self.received:
                self._answers()
            self.received += len(data)
            self._heard = loop.time()
            await self._local.write(data)


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
