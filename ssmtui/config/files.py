"""Files that the program writes by itself: for their owner alone, replaced in one step, read up to a bound.

All of it blocks. Nothing here says what is in the files.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ssmtui.config.paths import make_private

PRIVATE_FILE = 0o600


class TooLarge(OSError):
    """A file is larger than anything that would have been written to it."""


def read_bounded(file: Path, limit: int) -> bytes:
    """The content of ``file``; raises :class:`TooLarge` above ``limit`` bytes, else what opening and reading raise."""
    with file.open("rb") as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise TooLarge(f"more than {limit:,} bytes")
    return content


def replace_private(file: Path, content: bytes) -> None:
    """Put ``content`` in the place of ``file``, all or nothing, for its owner alone. Raises OSError."""
    make_private(file.parent)
    # The thread's number, for two of ours may write at once.
    draft = file.with_name(f"{file.name}.{os.getpid()}-{threading.get_ident()}.new")
    try:
        with suppress(FileNotFoundError):  # left by a process that had our number and was killed
            draft.unlink()
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold ``file`` as the lock of what several processes change; waits until it is free. Raises OSError."""
    make_private(file.parent)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    try:
        _lock(descriptor)
        yield
    finally:
        # Closing it lets the lock go.
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        # Tries ten times in as many seconds, then raises.
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
