"""Listening on a Unix socket of this machine, for programs of this person only."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import stat
import sys
from collections.abc import Callable
from contextlib import suppress

from ssmtui.errors import UsageError

Accept = Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]
"""Called with each connection. Must not block."""

_TITLE = "The Unix socket cannot be used"


class UnixListener:
    """A socket file that is listened on. Close it: that removes the file, unless another program has replaced it."""

    def __init__(self, server: asyncio.Server, path: str) -> None:
        self.path = path
        self._server = server
        self._made = _identity(path)

    def close(self) -> None:
        """Listen no more. Connections go on."""
        self._server.close()
        if self._made is not None and _identity(self.path) == self._made:
            with suppress(OSError):
                os.unlink(self.path)


async def listen_unix(path: str, accept: Accept) -> UnixListener:
    """Listen on the socket file ``path``, which only this person may open. One that is left of a program that has ended
    is replaced. Raises UsageError where ``path`` cannot be listened on.

    Source: protocol.md section 6.4; the official client leaves the mode to the umask, and the file behind.
    """
    if sys.platform == "win32":
        raise UsageError("Python has no Unix sockets on Windows", title=_TITLE, remedy="Choose a local port.")
    if not path or "\0" in path:
        # Linux would listen on a name without a file, and so without an owner.
        raise UsageError("it has no path", title=_TITLE, remedy="Give the path of the socket's file.")
    _remove_stale(path)
    listening = socket.socket(socket.AF_UNIX)
    try:
        # The mode before the first connection: a socket that is bound and does not listen yet refuses all. Not by the
        # umask, which belongs to the whole process, threads that make directories included.
        listening.bind(path)
        os.chmod(path, 0o600)
        return UnixListener(await asyncio.start_unix_server(accept, sock=listening), path)
    except (OSError, ValueError) as error:
        listening.close()
        raise _refused(path, error) from None


if sys.platform != "win32":

    def _remove_stale(path: str) -> None:
        """Remove a socket that nobody listens on."""
        with suppress(OSError, ValueError):
            if not stat.S_ISSOCK(os.lstat(path).st_mode):
                return
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(1.0)
                try:
                    probe.connect(path)
                except ConnectionRefusedError:
                    os.unlink(path)


def _identity(path: str) -> tuple[int, int] | None:
    """What names the file itself, whatever it is called."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _refused(path: str, error: OSError | ValueError) -> UsageError:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return UsageError(
            f"{path} exists already",
            title="The Unix socket is taken",
            remedy="Stop the program that listens on it, or choose another path.",
        )
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return UsageError(f"{path}: {why}", title=_TITLE, remedy="Choose another path.")
