"""Files that ssmtui appends to and that only their owner may read: the log, the trace."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def open_private(file: Path) -> int:
    """A descriptor at the end of ``file``, which is for its owner alone from now on: a mode that lets others read or
    write is narrowed.

    Raises ``OSError`` for what is not a plain file of our own, such as a link that somebody else put there, and for
    what cannot be opened.
    """
    # A pipe without a reader would block, and a link may lead anywhere.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        number = os.open(file, flags, 0o600)
    except ValueError:
        raise OSError(errno.EINVAL, "not a file's name") from None
    try:
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "not a plain file")
        if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
            raise OSError(errno.EPERM, "the file of another user")
        if hasattr(os, "fchmod") and stat.S_IMODE(found.st_mode) != 0o600:
            os.fchmod(number, 0o600)
    except OSError:
        os.close(number)
        raise
    return number


def make_private(directory: Path) -> Path:
    """Create ``directory`` and the parents that are missing for their owner alone, whatever the umask is (XDG Base
    Directory Specification); one that exists is left as it is."""
    for parent in reversed(directory.parents):
        # mkdir's own ``parents`` gives them the umask's mode: 0777 under umask 000.
        if not parent.exists():
            parent.mkdir(mode=0o700, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)
    return directory
