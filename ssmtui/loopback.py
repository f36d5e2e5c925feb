"""This machine as the network knows it: its loopback names and addresses, and which of its TCP ports are free.

Only the two functions about ports touch the network, and block for no longer than a bind takes.
"""

from __future__ import annotations

import ipaddress
import socket

LOOPBACK = "127.0.0.1"


def is_loopback(host: str) -> bool:
    """Whether ``host`` is ``localhost`` or a plain address of this machine, an IPv6 one without brackets.

    Nothing is resolved: of ``127.example.com`` or a name in the hosts file only a resolver knows where it leads, and
    what is trusted because it stays on this machine must not depend on one.
    """
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_free(port: int, address: str = LOOPBACK) -> bool:
    """Whether a listener on ``address``, an IP address of this machine, could have ``port`` (1 to 65535) now."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As asyncio's own listeners do on POSIX: a port that was closed a moment ago is free.
        if hasattr(socket, "SO_REUSEADDR") and socket.SO_REUSEADDR and not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that is free now. Nothing reserves it: bind it soon."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
