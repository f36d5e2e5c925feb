"""Directories among the temporary files that a run holds while it lives, and that a later run finds and removes.

They are held by a lock, which the system lets go when a process ends, however that is. A process id would not do: it
is given to another process later, and containers that share a directory count their processes each for themselves.
"""

from __future__ import annotations

import errno
import glob
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

log = logging.getLogger(__name__)

_TRIES = 5
_NAME = "[0-9]*-run-*"
"""What follows the prefix: the process id, which is for people who look, and what :mod:`tempfile` appends. Runs of
earlier versions, which may still go on, held nothing and gave other names."""


class Held:
    """A new directory of ours, for its owner alone, that no other run takes for left behind until :meth:`release`."""

    def __init__(self, prefix: str) -> None:
        """The directory's name begins with ``prefix`` and the process id. Raises OSError."""
        self._descriptor: int | None = None
        for _ in range(_TRIES):
            self.path = Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-run-"))
            try:
                self._descriptor = _lock_of(self.path)
            except (BlockingIOError, FileNotFoundError):
                continue  # one that looks for leftovers came between the two steps, and removes it
            except OSError as error:
                # Some network file systems have no locks for directories; nobody takes it for left behind there.
                log.info("%s cannot be locked: %s", self.path, error)
                return
            if self.path.is_dir():
                return
            self.release()
        raise OSError(errno.EAGAIN, "temporary directories are removed as soon as they are made")

    def release(self) -> None:
        """Release the lock: the directory has been removed, or belongs to another now."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def leftovers(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """Directories of ours in ``parent``, else among the temporary files, that runs which are over have made with
    ``prefix``. Each is held until the next one is asked for. No links, and none of another user's.

    There are none on Windows, where directories cannot be locked.
    """
    for path in (parent or Path(tempfile.gettempdir())).glob(glob.escape(prefix) + _NAME):
        try:
            descriptor = _lock_of(path)
        except OSError:
            continue
        try:
            yield path
        finally:
            os.close(descriptor)


if sys.platform == "win32":

    def _lock_of(directory: Path) -> int:
        raise OSError(errno.ENOTSUP, "directories cannot be locked")
else:
    import fcntl

    def _lock_of(directory: Path) -> int:
        """The open ``directory``, locked. Raises OSError: BlockingIOError where another process has the lock."""
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            if os.fstat(descriptor).st_uid != os.geteuid():
                raise PermissionError(errno.EPERM, "it is another user's")
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor
