"""One recording: events are taken on the event loop and written in a thread. A disk that fails ends the recording
only."""

from __future__ import annotations

import asyncio
import os
import queue
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

from ssmtui.model import TerminalSize
from ssmtui.private_file import make_private
from ssmtui.recording import asciicast

MOST_WAITING = 16 << 20
"""Bytes of output that may wait for the disk. More would be the memory of a flood onto a disk that hangs."""
MOST_NAMES = 100
"""Files of one name, which differ by a number."""
SUFFIX = ".cast"
PRIVATE = 0o600

_T = TypeVar("_T")
_ODD = re.compile(r"[^A-Za-z0-9._-]+")


class _Event(NamedTuple):
    at: float
    what: bytes | TerminalSize | None
    """Output, a size, or None: the end."""


def file_name(node: str, session_id: str, now: datetime) -> str:
    """The name of a recording's file: node, local time, session id, in characters that every file system accepts. Node
    names come from AWS and can have slashes."""
    parts = (name_part(node), now.strftime("%Y%m%d-%H%M%S"), name_part(session_id))
    return "-".join(filter(None, parts)) + SUFFIX


def name_part(text: str) -> str:
    """``text`` in characters that every file system accepts, and not too many of them."""
    return _ODD.sub("_", text)[:60].strip("._")


class Recorder:
    """Writes the file ``name`` in ``directory``; where that exists, one of the same name with a number.

    Call :meth:`write` and :meth:`resized` as things happen, :meth:`stop` at the end, then wait for :meth:`closed`.
    """

    def __init__(
        self,
        directory: Path,
        name: str,
        size: TerminalSize,
        title: str,
        failed: Callable[[str], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """``failed`` is called on the loop with the reason when the recording ends by itself. What was written until
        then stays."""
        self.path: Path | None = None
        """The file, once its first line was written; None before."""
        self._directory = directory
        self._name = name
        self._header = asciicast.header(size, wall(), title)
        self._failed = failed
        self._clock = clock
        self._began = clock()
        self._events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        self._waiting = 0
        self._lock = threading.Lock()
        self._over = False
        self._loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[Path | None] = self._loop.create_future()
        self._done: asyncio.Future[None] = self._loop.create_future()
        # A daemon: the program can end although a disk hangs.
        threading.Thread(target=self._run, name=f"recording {name}", daemon=True).start()

    # On the loop

    def write(self, data: bytes) -> None:
        """The node printed ``data``."""
        if self._over or not data:
            return
        with self._lock:
            self._waiting += len(data)
            too_much = self._waiting > MOST_WAITING
        if too_much:
            self._fail("the disk does not keep up with what the node prints")
        else:
            self._put(data)

    def resized(self, size: TerminalSize) -> None:
        """The terminal has this size from now on."""
        if not self._over:
            self._put(size)

    def stop(self) -> None:
        """Write what waits, then close the file. Nothing more is taken."""
        if not self._over:
            self._over = True
            self._put(None)

    async def opened(self) -> Path | None:
        """Wait for the file. None when it could not be made: ``failed`` was called with the reason."""
        return await asyncio.shield(self._opened)

    async def closed(self) -> None:
        """Return once the file is complete and closed."""
        await asyncio.shield(self._done)

    def _put(self, what: bytes | TerminalSize | None) -> None:
        self._events.put(_Event(self._clock() - self._began, what))

    def _fail(self, why: str) -> None:
        if not self._over:
            self.stop()
            if self.path is None:
                self._failed(f"Nothing is recorded: {why}.")
            else:
                self._failed(f"The recording has ended: {why}. What came before is in {self.path}.")

    def _settle(self, path: Path | None) -> None:
        self.path = path
        if not self._opened.done():
            self._opened.set_result(path)

    def _finish(self, error: OSError | None) -> None:
        if error is not None:
            why = error.strerror or str(error)
            self._fail(f"{error.filename}: {why}" if error.filename else why)
        self._settle(self.path)
        if not self._done.done():
            self._done.set_result(None)

    # In the thread

    def _run(self) -> None:
        error = None
        try:
            path = self._create()
            with path.open("r+b", buffering=0) as file:
                self._write_header(path, file)
                # Not before: on a full disk files can be made, but nothing can be written to them.
                self._tell(self._settle, path)
                self._write_all(file)
        except OSError as caught:
            error = caught
        self._tell(self._finish, error)

    def _tell(self, act: Callable[[_T], None], what: _T) -> None:
        with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            self._loop.call_soon_threadsafe(act, what)

    def _create(self) -> Path:
        """Make a file that did not exist before, which only its owner may read. O_EXCL follows no link that somebody
        else put in its place."""
        make_private(self._directory)
        stem = self._name.removesuffix(SUFFIX)
        for number in range(1, MOST_NAMES + 1):
            path = self._directory / (self._name if number == 1 else f"{stem}-{number}{SUFFIX}")
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))
                return path
        raise FileExistsError(0, f"there are {MOST_NAMES} recordings of that name")

    def _write_header(self, path: Path, file: BinaryIO) -> None:
        try:
            _write(file, self._header)
        except OSError as error:
            with suppress(OSError):
                path.unlink()
            raise OSError(error.errno, error.strerror, str(path.parent)) from error

    def _write_all(self, file: BinaryIO) -> None:
        events, over = asciicast.CastEvents(), False
        while not over:
            lines, size = [], 0
            for event in self._batch():
                if event.what is None:
                    over = True
                    lines.append(events.end(event.at))
                elif isinstance(event.what, TerminalSize):
                    lines.append(events.resized(event.at, event.what))
                else:
                    size += len(event.what)
                    lines.append(events.output(event.at, event.what))
            _write(file, "".join(lines))
            with self._lock:
                self._waiting -= size

    def _batch(self) -> list[_Event]:
        """All events that wait, at least one, and none after the end."""
        found = [self._events.get()]
        with suppress(queue.Empty):
            while found[-1].what is not None and len(found) < 256:
                found.append(self._events.get_nowait())
        return found


def _write(file: BinaryIO, text: str) -> None:
    """Write all of ``text`` or nothing: a line that is cut off makes the file unreadable for every player."""
    start, left = file.tell(), memoryview(text.encode("utf-8", "surrogatepass"))
    try:
        while left:
            left = left[file.write(left) or 0 :]
    except OSError:
        with suppress(OSError):
            file.truncate(start)
        raise
