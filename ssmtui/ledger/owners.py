"""Which runs of ssmtui are there: each holds a file of its own by a lock, which the system lets go when the run ends,
however that is.

A process id would not do: it is given to another process later, and containers that share a directory count their
processes each for themselves. Everything here blocks.
"""

from __future__ import annotations

import errno
import json
import os
import re
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from ssmtui import inert
from ssmtui.config.files import PRIVATE_FILE, is_locked, read_state, try_lock
from ssmtui.private_file import make_private

_NAME = re.compile(r"run-([0-9a-f]{32})\.lock")
_MAX_FACTS = 4 << 10
_LOCKED = 1 << 20
"""Place of the byte that is locked where single bytes are (Windows): beyond the facts, which stay readable."""
_TRIES = 5


class OwnerFacts(NamedTuple):
    """A run of ssmtui."""

    id: str
    pid: int
    """On its own machine; 0 where it is not known."""
    host: str
    since: float
    """When it was started: wall time in seconds since the epoch."""


class Owner:
    """This run, for as long as its file is held."""

    def __init__(self, directory: Path, since: float) -> None:
        """Make and hold the file, in ``directory``. Raises OSError."""
        self.facts = OwnerFacts(uuid.uuid4().hex, os.getpid(), inert.line(socket.gethostname(), 100), since)
        self._file = _file(directory, self.facts.id)
        self._descriptor: int | None = None
        self.hold()

    def hold(self) -> None:
        """Have the file, and hold it; somebody may have removed it. Raises OSError."""
        if self._descriptor is not None and _is_at(self._file, self._descriptor):
            return
        self._let_go()
        make_private(self._file.parent)
        for _ in range(_TRIES):
            self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | _NO_LINKS, PRIVATE_FILE)
            try:
                # One that looks for leftovers may come between the two steps, and remove the file.
                if _lock(self._descriptor) and _is_at(self._file, self._descriptor):
                    _write(self._descriptor, self.facts)
                    return
            except OSError:
                self.release()
                raise
            self._let_go()
        raise OSError(errno.EAGAIN, "the file of this run is removed as soon as it is made", str(self._file))

    def release(self) -> None:
        """This run is over: it holds nothing any more."""
        with suppress(OSError):
            self._file.unlink()  # on Windows it is open, and stays until another run tidies up
        self._let_go()

    def _let_go(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def running(directory: Path, owner_id: str) -> OwnerFacts | None:
    """The run of this id, if it is still going on. Raises OSError where that cannot be seen."""
    with _opened(_file(directory, owner_id), os.O_RDONLY) as descriptor:
        if descriptor is None:
            return None
        os.lseek(descriptor, _LOCKED, os.SEEK_SET)
        return _facts(directory, owner_id) if is_locked(descriptor) else None


def tidy(directory: Path) -> None:
    """Remove the files of runs that are over. Raises OSError where the directory cannot be read."""
    for name in os.listdir(directory):
        if _NAME.fullmatch(name) is None:
            continue
        with suppress(OSError), _opened(directory / name, os.O_RDWR) as descriptor:
            if descriptor is not None and _lock(descriptor):
                (directory / name).unlink()


_NO_LINKS = getattr(os, "O_NOFOLLOW", 0)


def _file(directory: Path, owner_id: str) -> Path:
    return directory / f"run-{owner_id}.lock"


@contextmanager
def _opened(file: Path, mode: int) -> Iterator[int | None]:
    try:
        descriptor = os.open(file, mode | _NO_LINKS | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    os.lseek(descriptor, _LOCKED, os.SEEK_SET)
    return try_lock(descriptor)


def _is_at(file: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(file.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _write(descriptor: int, facts: OwnerFacts) -> None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, json.dumps(facts._asdict()).encode())


def _facts(directory: Path, owner_id: str) -> OwnerFacts:
    """What the run says of itself, which is for people; the lock says that there is one."""
    pid, host, since = 0, "", 0.0
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads(read_state(_file(directory, owner_id), _MAX_FACTS))
        if isinstance(found, dict):
            pid = value if isinstance(value := found.get("pid"), int) and 0 < value < 1 << 31 else 0
            host = inert.line(value, 100) if isinstance(value := found.get("host"), str) else ""
            since = float(value) if isinstance(value := found.get("since"), int | float) and 0 <= value < 1e11 else 0.0
    return OwnerFacts(owner_id, pid, host, since)
