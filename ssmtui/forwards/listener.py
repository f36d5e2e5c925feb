"""Listening on a port of this machine."""

from __future__ import annotations

import asyncio
import errno
import sys
from collections.abc import Callable

from ssmtui.errors import UsageError
from ssmtui.forwards.port_holder import taken
from ssmtui.loopback import LOOPBACK, is_loopback

PRIVILEGED = 1024
"""Ports below it are often the administrator's only."""

Accept = Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]
"""Called with each connection. Must not block."""


async def listen(port: int | None, preferred: int, accept: Accept, address: str = LOOPBACK) -> asyncio.Server:
    """Listen on ``port`` of ``address``, 0 for any free one; where it is None on ``preferred`` if that is free, else on
    any free one.

    Raises :class:`ssmtui.errors.UsageError` when ``port`` or ``address`` cannot be listened on. Close the server that
    is returned.
    """
    try:
        return await asyncio.start_server(accept, address, preferred if port is None else port)
    except (OSError, OverflowError) as error:
        if port is not None or (isinstance(error, OSError) and error.errno == errno.EADDRNOTAVAIL):
            raise await _refused(port or preferred, address, error) from None
    return await asyncio.start_server(accept, address, 0)


def address_text(address: str, port: int) -> str:
    """Both as a program takes them: ``127.0.0.1:5432``, ``[::1]:5432``."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def port_of(server: asyncio.Server) -> int:
    """The port that it listens on."""
    port: int = server.sockets[0].getsockname()[1]
    return port


async def _refused(port: int, address: str, error: OSError | OverflowError) -> UsageError:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRNOTAVAIL:
        remedy = "Choose an address that it has, or 127.0.0.1."
        if sys.platform == "darwin" and is_loopback(address):
            remedy = (
                f"macOS has 127.0.0.1 only until told otherwise: `sudo ifconfig lo0 alias {address}` adds this one."
            )
        return UsageError(
            f"this machine has no address {address}", title="The local address cannot be used", remedy=remedy
        )
    if number == errno.EADDRINUSE:
        return await taken(address, port)
    if number in (errno.EACCES, errno.EPERM) and port < PRIVILEGED:
        return UsageError(
            f"only the administrator may listen on ports below {PRIVILEGED}, such as {port}",
            title="The local port needs the administrator's rights",
            remedy=f"Choose a local port of {PRIVILEGED} or above.",
        )
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return UsageError(f"port {port}: {why}", title="The local port cannot be used", remedy="Choose another local port.")
