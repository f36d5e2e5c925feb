"""One recording: taken on the event loop, written in a thread. A disk that fails ends it, and nothing else."""

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

from ssmtui.config.paths import make_private
from ssmtui.model import TerminalSize
from ssmtui.recording import asciicast

MOST_WAITING = 16 << 20
"""Bytes that may wait for a disk."""
MOST_NAMES = 100
"""Files with one name, told apart by numbers."""
SUFFIX = ".cast"
PRIVATE = 0o600

_T = TypeVar("_T")
_ODD = re.compile(r"[^A-Za-z0-9._-]+")


class _Event(NamedTuple):
    at: float
    what: bytes | TerminalSize | None
    """Output, a size, or None: the end."""


def file_name(node: str, session_id: str, now: datetime) -> str:
    """What a recording's file is called: node, local time, session id, each in characters that any system takes."""
    parts = (_ODD.sub("_", part)[:60].strip("._") for part in (node, session_id))
    return "-".join(filter(None, (next(parts), now.strftime("%Y%m%d-%H%M%S"), next(parts)))) + SUFFIX


class Recorder:
    """Writes the file ``name`` in ``directory``, or one of that name with a number where there is one already."""

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
        """``failed`` is told, on the loop, why the recording has ended by itself; what was written until then stays."""
        self.path: Path | None = None
        """The file, once its first line is in it."""
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
        # A daemon: a disk that hangs keeps no program from ending.
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
        """The terminal has another size."""
        if not self._over:
            self._put(size)

    def stop(self) -> None:
        """Write what waits, and no more."""
        if not self._over:
            self._over = True
            self._put(None)

    async def opened(self) -> Path | None:
        """The file, once it is there; None when there is none: ``failed`` was told why."""
        return await asyncio.shield(self._opened)

    async def closed(self) -> None:
        """Return once the file is whole and closed."""
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
                # Only now: a full disk still makes files, and keeps nothing that is written to them.
                self._tell(self._settle, path)
                self._write_all(file)
        except OSError as caught:
            error = caught
        self._tell(self._finish, error)

    def _tell(self, act: Callable[[_T], None], what: _T) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody wants to know any more
            self._loop.call_soon_threadsafe(act, what)

    def _create(self) -> Path:
        """A file that was not there, which nobody else may read."""
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
        """All events that wait, at least one; none behind the end."""
        found = [self._events.get()]
        with suppress(queue.Empty):
            while found[-1].what is not None and len(found) < 256:
                found.append(self._events.get_nowait())
        return found


def _write(file: BinaryIO, text: str) -> None:
    """All of it, or none: a line that is cut off would make the file one that no program reads."""
    start, left = file.tell(), memoryview(text.encode("utf-8", "surrogatepass"))
    try:
        while left:
            left = left[file.write(left) or 0 :]
    except OSError:
        with suppress(OSError):
            file.truncate(start)
        raise
