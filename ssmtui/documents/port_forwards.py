"""Ports to forward, as a person writes them, and the documents that forward them. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

PORT_DOCUMENT = "AWS-StartPortForwardingSession"
"""Forwards to a port of the node itself."""
HOST_DOCUMENT = "AWS-StartPortForwardingSessionToRemoteHost"
"""Forwards to a port of a host that the node reaches."""

_ITSELF = frozenset({"", "localhost", "127.0.0.1", "::1"})
_FORWARD = re.compile(
    r"(?:(?P<local>\d{1,5}):)?"
    r"(?:(?P<host>\[[0-9A-Fa-f:.]+\]|\d+(?:\.\d+){3}|(?=[\w.-]*[A-Za-z_])[\w.-]{1,253}):)?"
    r"(?P<port>\d{1,5})",
    re.ASCII,
)


class Forward(NamedTuple):
    """One forward: where it leads to, and the port of this machine that leads there."""

    port: int
    host: str = ""
    """As the node knows it, an IPv6 address without brackets; empty: the node itself."""
    local: int | None = None
    """None: none is asked for."""

    @property
    def destination(self) -> str:
        """``port 80``, or ``db.internal:5432``."""
        if not self.host:
            return f"port {self.port}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def document(self) -> str:
        """Name of the document that forwards it."""
        return HOST_DOCUMENT if self.host else PORT_DOCUMENT

    def parameters(self, local_port: int) -> dict[str, tuple[str, ...]]:
        """What that document takes, ``local_port`` being the port that is listened on here."""
        given: dict[str, tuple[str, ...]] = {"portNumber": (str(self.port),), "localPortNumber": (str(local_port),)}
        return {"host": (self.host,), **given} if self.host else given


def parse(text: str) -> Forward:
    """Read ``[LOCAL:]PORT`` or ``[LOCAL:]HOST:PORT``; a host that is the node itself counts as none. Raises ValueError
    with a text to put behind the key's name: ``must be ...``."""
    found = _FORWARD.fullmatch(text)
    if found is None:
        raise ValueError("must be [LOCAL:]PORT or [LOCAL:]HOST:PORT, such as 5432:db.internal:5432")
    local = int(found["local"]) if found["local"] is not None else None
    port = int(found["port"])
    if not 0 < port < 65_536 or (local is not None and not 0 < local < 65_536):
        raise ValueError("must have ports from 1 to 65535")
    host = (found["host"] or "").strip("[]")
    return Forward(port, "" if host.lower() in _ITSELF else host, local)
