"""Where a Port session leads: what its document names, looked up, judged and dialled from this machine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from ssmtui.lab.manners import AgentFailure

LOCALHOST = ("127.0.0.1", "::1")
READ_AHEAD = 32_768
"""Bytes of a connection that wait to be read; twice as many stop its reading."""

FORBIDDEN = frozenset(
    map(
        ip_address,
        (
            "169.254.169.254", "169.254.169.253", "169.254.169.123", "169.254.169.250", "169.254.169.251",
            "fd00:ec2::254", "fd00:ec2::253", "fd00:ec2::123", "fd00:ec2::240",
        ),
    )
)  # fmt: skip
"""Services that a node finds at the same address everywhere, its credentials among them (protocol.md section 6.4)."""

DialedStreams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Destination:
    """A port, and the addresses at which it is tried, in order."""

    port: str
    addresses: tuple[str, ...]

    @classmethod
    async def find(cls, properties: Mapping[str, object]) -> Destination:
        """From a document's properties; an empty host is ``localhost``. Raises :class:`AgentFailure`.

        A host that cannot be looked up passes: it has no address, and dialling fails. What is refused is an address,
        but the text names the host as the document has it (aws/amazon-ssm-agent, port.go, ``validateParameters``).
        """
        port, host = _text(properties, "portNumber"), _text(properties, "host")
        if not port:
            raise AgentFailure("Port number is empty in session properties")
        addresses = LOCALHOST if host in ("", "localhost") else await _look_up(host)
        if any(map(_is_forbidden, addresses)):
            raise AgentFailure(f"Forwarding to IP address {host} is forbidden.")
        return cls(port, addresses)

    async def dial(self) -> DialedStreams:
        """Connect to the first address that answers. When none does, raises the ``OSError`` of the first one, with Go's
        text of it (port.go, ``DialCall``)."""
        if not (self.port.isascii() and self.port.isdigit() and 1 <= int(self.port) <= 65_535):
            raise OSError(f"address {self.port}: invalid port")
        failure = ""
        for address in self.addresses:
            try:
                return await asyncio.open_connection(address, int(self.port), limit=READ_AHEAD)
            except OSError as error:
                place = f"[{address}]:{self.port}" if ":" in address else f"{address}:{self.port}"
                reason = os.strerror(error.errno).lower() if error.errno else str(error)
                failure = failure or f"dial tcp {place}: connect: {reason}"
        raise OSError(failure or "missing address")


def _text(properties: Mapping[str, object], name: str) -> str:
    """The agent reads strings only."""
    value = properties.get(name, "")
    if not isinstance(value, str):
        raise AgentFailure(f"Invalid format in session properties: {name} must be a string")
    return value.strip()


async def _look_up(host: str) -> tuple[str, ...]:
    with contextlib.suppress(ValueError):
        ip_address(host)
        return (host,)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _is_forbidden(address: str) -> bool:
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or IPv6Address(int(parsed))  # without its zone
    return parsed in FORBIDDEN
