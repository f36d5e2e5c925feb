"""Who holds a port of this machine that a tunnel cannot have."""

from __future__ import annotations

import ipaddress
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from ssmtui import inert
from ssmtui.daemon import in_daemon_thread
from ssmtui.errors import UsageError

log = logging.getLogger(__name__)

WITHIN = 2.0
"""Seconds that the system has to list its sockets."""


class PortHolder(NamedTuple):
    """A process that has a socket on a port."""

    pid: int | None
    """None: one of another user, of which the system says no more."""
    name: str = ""
    """As the system lists it. Untrusted."""


async def taken(address: str, port: int) -> UsageError:
    """Why ``port`` cannot be listened on at ``address``: its holder is named where this user may know it."""
    holder = None
    try:
        holder = await in_daemon_thread(lambda: find_holder(address, port), WITHIN)
    except Exception as error:  # it only adds to what is said; psutil raises errors of its own on each system
        log.info("who listens on port %s is not known: %r", port, error)
    remedy = "Stop it, or choose another local port."
    if holder is None:
        told = f"another program on this machine listens on port {port}"
    elif holder.pid == os.getpid():
        told = f"this ssmtui listens on port {port} already"
        remedy = "Close that tunnel, or choose another local port."
    elif holder.pid is None:
        told = f"a program of another user listens on port {port}"
    else:
        told = f"{inert.line(holder.name, 60) or 'another program'} (process {holder.pid}) listens on port {port}"
    return UsageError(told, title="The local port is taken", remedy=remedy)


class _Listener(NamedTuple):
    """A TCP socket of this machine at its local end."""

    ip: str
    port: int
    listens: bool
    pid: int | None


def find_holder(address: str, port: int) -> PortHolder | None:
    """The process whose socket keeps ``address`` from being bound to ``port``; None where none is found. Blocks."""
    # psutil and not /proc: macOS and Windows have none, and lsof is not everywhere. Imported here and not above, for a
    # port is rarely taken.
    import psutil

    found = [one for one in _sockets() if one.port == port and overlap(address, one.ip)]
    # A listener first: a port may be held by the local end of an outgoing connection, too.
    found.sort(key=lambda one: (not one.listens, one.pid is None))
    if not found:
        return None
    pid = found[0].pid
    if pid is None:
        return PortHolder(None)
    try:
        # Never its command line, which may have a secret in it: session-manager-plugin's has a token.
        return PortHolder(pid, psutil.Process(pid).name())
    except psutil.Error:
        return PortHolder(pid)


def overlap(one: str, other: str) -> bool:
    """Whether sockets bound to these two addresses exclude each other on one port."""
    first, second = _address(one), _address(other)
    if first is None or second is None:
        return False
    if first.version != second.version:
        # "::" takes IPv4 as well where the system says so, as Linux does by default.
        wide = first if first.version == 6 else second
        return wide.is_unspecified
    return first == second or first.is_unspecified or second.is_unspecified


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped if address.version == 6 else None) or address


def _sockets() -> Iterator[_Listener]:
    """All TCP sockets, with the process of each where that may be known."""
    import psutil

    try:
        for one in psutil.net_connections("tcp"):
            if one.laddr:
                yield _Listener(one.laddr.ip, one.laddr.port, one.status == psutil.CONN_LISTEN, one.pid)
    except psutil.AccessDenied:
        # macOS lists all of them for root only, and those of one's own processes one by one.
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                for own in process.net_connections("tcp"):
                    if own.laddr:
                        yield _Listener(own.laddr.ip, own.laddr.port, own.status == psutil.CONN_LISTEN, process.pid)
