"""Listening on a port of this machine, for programs of this machine only."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable

from ssmtui.errors import UsageError
from ssmtui.loopback import LOOPBACK

PRIVILEGED = 1024
"""Ports below it are often the administrator's only."""

Accept = Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]
"""Called with each connection. Must not block."""


async def listen(port: int | None, preferred: int, accept: Accept) -> asyncio.Server:
    """Listen on ``port``; where that is None on ``preferred`` if it is free, else on any free port.

    Raises :class:`ssmtui.errors.UsageError` when ``port`` cannot be listened on. Close the server that is returned.
    """
    # On the loopback address alone: what a tunnel leads to is open to the node's own programs, and would be open to the
    # whole network here.
    try:
        return await asyncio.start_server(accept, LOOPBACK, preferred if port is None else port)
    except (OSError, OverflowError) as error:
        if port is not None:
            raise _refused(port, error) from None
    return await asyncio.start_server(accept, LOOPBACK, 0)


def port_of(server: asyncio.Server) -> int:
    """The port that it listens on."""
    port: int = server.sockets[0].getsockname()[1]
    return port


def _refused(port: int, error: OSError | OverflowError) -> UsageError:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return UsageError(
            f"another program on this machine listens on port {port}",
            title="The local port is taken",
            remedy="Stop it, or choose another local port.",
        )
    if number in (errno.EACCES, errno.EPERM) and port < PRIVILEGED:
        return UsageError(
            f"only the administrator may listen on ports below {PRIVILEGED}, such as {port}",
            title="The local port needs the administrator's rights",
            remedy=f"Choose a local port of {PRIVILEGED} or above.",
        )
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return UsageError(f"port {port}: {why}", title="The local port cannot be used", remedy="Choose another local port.")
