"""Files that are written as a whole: replaced in one step, read up to a bound, changed under a lock.

All of it blocks. Nothing here says what is in the files.
"""

from __future__ import annotations

import errno
import glob
import os
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from ssmtui.errors import ConfigurationError
from ssmtui.private_file import make_private

PRIVATE_FILE = 0o600
MAX_FILE = 1 << 20
"""Bytes of a file that people write; a larger one was not written by hand."""
LOCK_PATIENCE = 10.0
"""Seconds that another program may hold a lock."""
BACKUP = ".bak"
"""What the name of a file's backup ends in."""

_BOM = "\ufeff"
_BINARY = getattr(os, "O_BINARY", 0)
_LOCK_PAUSE = 0.005
# An editor that saves at the same moment knows nothing of our lock.
_TRIES = 5


class TooLarge(OSError):
    """A file is larger than anything that would have been written to it."""


class MissingFile(ConfigurationError):
    """There is no file of that name, or it is a link to something that is not there."""


def read_bounded(file: Path, limit: int) -> bytes:
    """The content of ``file``; raises :class:`TooLarge` above ``limit`` bytes, else what opening and reading raise."""
    with file.open("rb") as stream:
        return _bounded(stream, limit)


def read_state(file: Path, limit: int) -> bytes:
    """The same for what the program itself has written, which is never anything but a regular file.

    A pipe in its place would be waited for without an end, and a device has no end: both are an OSError here.
    """
    descriptor = os.open(file, os.O_RDONLY | _BINARY | getattr(os, "O_NONBLOCK", 0))
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "it is a directory")
        raise OSError(errno.EINVAL, "it is not a regular file")
    with os.fdopen(descriptor, "rb") as stream:
        return _bounded(stream, limit)


def _bounded(stream: BinaryIO, limit: int) -> bytes:
    content = stream.read(limit + 1)
    if len(content) > limit:
        raise TooLarge(f"more than {limit:,} bytes")
    return content


def read_text(file: Path, *, regular: bool = False) -> str:
    """The text of ``file``, without a byte order mark. ``regular`` refuses pipes and devices, as :func:`read_state`
    does: for files that are read without anybody asking.

    Raises :class:`MissingFile` where it is not there, else :class:`ssmtui.errors.ConfigurationError`, which names the
    file, where it has more than :data:`MAX_FILE` bytes, is not UTF-8 or cannot be read.
    """
    try:
        content = read_state(file, MAX_FILE) if regular else read_bounded(file, MAX_FILE)
        return _decoded(content, file).removeprefix(_BOM)
    except FileNotFoundError:
        is_link = os.path.lexists(file)
        raise MissingFile(
            f"{file} is a link to something that is not there" if is_link else f"there is no file {file}"
        ) from None
    except TooLarge as error:
        raise _too_large(file) from error
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {_why(error)}") from error


def edit_text(file: Path, change: Callable[[str], str]) -> str:
    """Give ``change`` the text of ``file``, put what it returns in its place, and return that.

    The text is empty where there is no file. It is read under a lock that every program of ours takes, and again where
    something else has written to the file meanwhile: ``change`` may be called more than once. The new text is on the
    disk before it takes the old one's place; what was there is kept as ``NAME.bak``. Symbolic links are followed. An
    existing file keeps its mode, a new one is for its owner alone. A byte order mark stays, and no line ending is
    touched.

    Raises :class:`ssmtui.errors.ConfigurationError` naming the place, and what ``change`` raises: the file is as it
    was then.
    """
    real = file
    try:
        real = _followed(file)
        with locked(lock_of(real)):
            for _ in range(_TRIES):
                before = _FileState.at(real)
                text = _changed(real, before.text, change)
                if text == before.text and before.status is not None:
                    return text
                if _replaced(real, before, text):
                    return text
        raise BlockingIOError(errno.EAGAIN, "another program keeps writing to it")
    except TooLarge as error:
        raise _too_large(real) from error
    except OSError as error:
        raise _not_written(file, real, error) from error


def replace_private(file: Path, content: bytes | Iterable[bytes]) -> None:
    """Put ``content``, which may come in pieces, in the place of ``file``, all or nothing, for its owner alone. Raises
    OSError, and what the pieces raise, which leaves the file as it was."""
    make_private(file.parent)
    with draft_of(file, content) as draft:
        draft.replace(file)


def lock_of(file: Path) -> Path:
    """The file whose lock is taken to change ``file``. It stays, empty: if it were removed, two processes that wait for
    it could hold two different files."""
    return file.with_name(file.name + ".lock")


@contextmanager
def locked(file: Path, patience: float | None = None) -> Iterator[None]:
    """Hold ``file`` as the lock of what several processes change.

    Waits until it is free, ``patience`` seconds at most, without it :data:`LOCK_PATIENCE`. Raises OSError.
    """
    make_private(file.parent)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    try:
        patience = LOCK_PATIENCE if patience is None else patience
        deadline = time.monotonic() + patience
        while not try_lock(descriptor):
            if time.monotonic() > deadline:
                raise TimeoutError(errno.ETIMEDOUT, f"another program has held {file} for {patience:g} seconds")
            time.sleep(_LOCK_PAUSE)
        yield
    finally:
        # Closing it lets the lock go.
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class _FileState:
    """What a file held when it was read."""

    text: str = ""
    content: bytes = b""
    status: os.stat_result | None = None
    """None: there was no file."""

    @classmethod
    def at(cls, file: Path) -> Self:
        try:
            status = file.stat()
        except FileNotFoundError:
            return cls()
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, "it is a directory")
        if not stat.S_ISREG(status.st_mode):
            # A pipe would be waited for, a device would be replaced.
            raise OSError(errno.EINVAL, "it is not a regular file")
        content = read_bounded(file, MAX_FILE)
        return cls(_decoded(content, file).removeprefix(_BOM), content, status)

    def encoded(self, text: str) -> bytes:
        mark = _BOM if self.content.startswith(_BOM.encode()) else ""
        return (mark + text).encode()

    def is_still_at(self, file: Path) -> bool:
        try:
            now = file.stat()
        except FileNotFoundError:
            return self.status is None
        was = self.status
        return was is not None and (now.st_ino, now.st_size, now.st_mtime_ns) == (
            was.st_ino,
            was.st_size,
            was.st_mtime_ns,
        )


def _changed(file: Path, text: str, change: Callable[[str], str]) -> str:
    try:
        return change(text)
    except ConfigurationError as error:
        if str(file) not in error.detail:
            error.detail = f"{file}: {error.detail}"
        raise


def _replaced(file: Path, before: _FileState, text: str) -> bool:
    """Whether ``text`` was written: not where the file has changed since ``before``."""
    content = before.encoded(text)
    if len(content) > MAX_FILE:
        raise TooLarge(f"more than {MAX_FILE:,} bytes")
    _sweep(file)
    with draft_of(file, content, before.status) as draft:
        if before.status is not None:
            backup = file.with_name(file.name + BACKUP)
            with draft_of(backup, before.content, before.status) as kept:
                kept.replace(backup)
        if not before.is_still_at(file):
            return False
        draft.replace(file)
    _sync_directory(file.parent)
    return True


@contextmanager
def draft_of(file: Path, content: bytes | Iterable[bytes], like: os.stat_result | None = None) -> Iterator[Path]:
    """A file beside ``file`` that holds ``content``, on the disk, to be put in its place by ``draft.replace(file)``;
    without that it is gone again. It has the mode and the owner of ``like``, else it is for its owner alone. Raises
    OSError, and what the pieces of ``content`` raise."""
    # The thread's number as well: two threads may write at once.
    draft = file.with_name(f"{file.name}.{os.getpid()}-{threading.get_ident()}.new")
    try:
        with suppress(FileNotFoundError):  # left by a process that had our number and was killed
            draft.unlink()
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as stream:
            if like is not None:
                _make_like(stream.fileno(), like)
            stream.writelines([content] if isinstance(content, bytes) else content)
            stream.flush()
            os.fsync(stream.fileno())
        yield draft
    finally:
        with suppress(OSError):
            draft.unlink()


def _sweep(file: Path) -> None:
    """Remove the drafts of programs that were killed over ``file``, whose lock we hold."""
    for draft in file.parent.glob(f"{glob.escape(file.name)}.*-*.new"):
        with suppress(OSError):
            draft.unlink()


def _make_like(descriptor: int, like: os.stat_result) -> None:
    """The same mode and, as far as the system lets us (root may), the same owner."""
    if sys.platform == "win32":
        return
    with suppress(OSError):
        os.fchown(descriptor, like.st_uid, like.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(like.st_mode))


def _followed(file: Path) -> Path:
    """What ``file`` is a link to, or else itself. Raises OSError for a link that leads nowhere."""
    if not file.is_symlink():
        return file
    real = Path(os.path.realpath(file))
    if real.is_symlink():
        raise OSError(errno.ELOOP, "its symbolic links go in a circle")
    if not real.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, f"it is a symbolic link into {real.parent}, which is not there")
    return real


def _sync_directory(directory: Path) -> None:
    """Have the new name on the disk as well; where a directory cannot be opened, the system does that by itself."""
    with suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _decoded(content: bytes, file: Path) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            f"{file} is not UTF-8 text (line {line:,})", remedy="Save it as UTF-8 in your editor."
        ) from None


def _too_large(file: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{file} is larger than {MAX_FILE:,} bytes", remedy="Is it the right file? Move it away, or make it smaller."
    )


def _why(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__


_REMEDIES = {
    errno.ENOSPC: "Free some space there",
    errno.EDQUOT: "Free some space there, your quota is used up",
    errno.EROFS: "Make its file system writable, or use another directory (XDG_CONFIG_HOME)",
    errno.EACCES: "Give yourself the right to write to the file and its directory",
    errno.EPERM: "Give yourself the right to write to the file and its directory",
    errno.ETIMEDOUT: "Quit the other ssmtui, which hangs",
    errno.EAGAIN: "Quit the program that writes to it",
    errno.ELOOP: "Replace the link with a file",
    errno.ENOENT: "Make that directory, or replace the link with a file",
    errno.EISDIR: "Move it away",
}


def _not_written(file: Path, real: Path, error: OSError) -> ConfigurationError:
    place = str(file) if file == real else f"{file} (a link to {real})"
    remedy = _REMEDIES.get(error.errno or 0, "Check the file")
    return ConfigurationError(
        f"{place}: {_why(error)}",
        title="The file cannot be changed",
        remedy=f"{remedy}, then try again; nothing was written.",
    )


if sys.platform == "win32":
    import msvcrt

    def try_lock(descriptor: int) -> bool:
        """Lock an open file, at its position, until it is closed. Returns False where another has it."""
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def is_locked(descriptor: int) -> bool:
        """Whether another has the lock of an open file. Nothing is locked afterwards."""
        if not try_lock(descriptor):
            return True
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
        return False
else:
    import fcntl

    def try_lock(descriptor: int) -> bool:
        """Lock an open file until it is closed. Returns False where another has it."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def is_locked(descriptor: int) -> bool:
        """Whether another has the lock of an open file. Nothing is locked afterwards."""
        try:
            # Shared: two that look at once do not take each other for its holder.
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        return False
