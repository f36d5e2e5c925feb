"""Where a Port session leads: what its document names, looked up, judged and dialled from this machine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address

from ssmtui.lab.fleet_catalog import NETWORKS
from ssmtui.lab.lab_node import LabNode
from ssmtui.lab.manners import AgentFailure
from ssmtui.protocol.versions import newer

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
CREDENTIALS = frozenset(map(ip_address, ("169.254.170.2", "169.254.170.23", "fd00:ec2::23")))
"""Where ECS and EKS give a container its credentials."""

LAST_WITHOUT_VPC = "3.1.1373.0"
"""3.1.1374.0: "Added vpc address deny to port forwarding" (aws/amazon-ssm-agent, RELEASENOTES.md)."""
LAST_TO_REACH_ITSELF = "3.3.4850.0"
"""3.3.4851.0 refuses loopback and the containers' credentials as a remote host, and is no longer taken in by other ways
to write a forbidden address (CVE-2026-89049; rewind-community/aws-connect, pull request 32)."""

_RESOLVER = "127.0.0.53:53"
"""The name server that the agent's words name: systemd-resolved's address, as on Ubuntu."""

_COMPANY = (".internal", ".amazonaws.com")
"""Names in the made-up company's network. All of them lead to this machine, so that a database of its own can stand
behind them, and none to a real one of somebody's."""

DialedStreams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class DialRules:
    """Which addresses the agent of ``node`` refuses as a remote host."""

    def __init__(self, node: LabNode) -> None:
        self._is_strict = newer(node.agent_version, LAST_TO_REACH_ITSELF)
        self._reserved = _reserved(node) if newer(node.agent_version, LAST_WITHOUT_VPC) else frozenset()

    def forbid(self, address: str) -> bool:
        """Whether one of a host's addresses is refused."""
        parsed = ip_address(address)
        if isinstance(parsed, IPv6Address):
            # Go's net.ParseIP knows no zones: to an older agent such an address is none, and equals none.
            if parsed.scope_id is not None and not self._is_strict:
                return False
            parsed = parsed.ipv4_mapped or IPv6Address(int(parsed))
        if parsed in FORBIDDEN or parsed in self._reserved:
            return True
        return self._is_strict and (parsed.is_loopback or parsed.is_unspecified or parsed in CREDENTIALS)


@dataclass(frozen=True, slots=True)
class Destination:
    """A port, and the addresses at which it is tried, in order."""

    port: str
    addresses: tuple[str, ...]

    @classmethod
    async def find(cls, properties: Mapping[str, object], rules: DialRules) -> Destination:
        """From a document's properties; without a host it is the node itself. Raises :class:`AgentFailure`.

        What is refused is an address, but the text names the host as the document has it (aws/amazon-ssm-agent,
        port.go, ``validateParameters``). A name that cannot be looked up ends the session, too: that function returns
        the lookup's error.
        """
        port, host = _text(properties, "portNumber"), _text(properties, "host")
        if not port:
            raise AgentFailure(f"Port number is empty in session properties. {_as_go_prints(properties)}")
        if not host:
            return cls(port, LOCALHOST)
        if host.lower().rstrip(".").endswith(_COMPANY):
            return cls(port, LOCALHOST)
        addresses = await _look_up(host)
        if any(map(rules.forbid, addresses)):
            raise AgentFailure(f"Forwarding to IP address {host} is forbidden.")
        return cls(port, addresses)

    async def dial(self) -> DialedStreams:
        """Connect to the first address that answers. When none does, raises the ``OSError`` of the first one, with Go's
        text of it (port.go, ``DialCall``)."""
        port = _number(self.port)
        failure = ""
        for address in self.addresses:
            try:
                return await asyncio.open_connection(address, port, limit=READ_AHEAD)
            except OSError as error:
                place = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
                reason = os.strerror(error.errno).lower() if error.errno else str(error)
                failure = failure or f"dial tcp {place}: connect: {reason}"
        raise OSError(failure or "missing address")


def _reserved(node: LabNode) -> frozenset[IPv4Address]:
    """The first four addresses of the network that the node is in, and the last one: its name server is among them."""
    network = next((f"10.{octet}.0.0/16" for octet, vpc, _ in NETWORKS.values() if vpc == node.vpc), None)
    if network is None:
        return frozenset()
    block = IPv4Network(network)
    return frozenset((*(block[number] for number in range(4)), block[-1]))


def _text(properties: Mapping[str, object], name: str) -> str:
    """The agent reads strings only; null is as good as none."""
    value = properties.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise AgentFailure(
            f"Unable to remarshal session properties. json: cannot unmarshal {_json_kind(value)} "
            f"into Go struct field PortParameters.{name} of type string"
        )
    return value


def _json_kind(value: object) -> str:
    """What Go calls a JSON value that does not fit."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "object" if isinstance(value, Mapping) else "array"


def _as_go_prints(value: object) -> str:
    """A value that came from JSON as Go's ``%v`` writes it."""
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{name}:{_as_go_prints(value[name])}' for name in sorted(value))}]"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{' '.join(map(_as_go_prints, value))}]"
    return {None: "<nil>", True: "true", False: "false"}.get(value) or str(value)  # type: ignore[call-overload]


def _number(port: str) -> int:
    """The port to dial, which may be a service's name; raises ``OSError`` with Go's words."""
    with contextlib.suppress(ValueError):
        number = int(port)
        if 0 <= number <= 65_535:
            return number
        raise OSError(f"dial tcp: address {port}: invalid port")
    try:
        return socket.getservbyname(port, "tcp")
    except (OSError, UnicodeError):
        raise OSError(f"dial tcp: lookup tcp/{port}: unknown port") from None


async def _look_up(host: str) -> tuple[str, ...]:
    """The host's addresses; raises :class:`AgentFailure` where it has none."""
    with contextlib.suppress(ValueError):
        ip_address(host)
        return (host,)
    try:
        if _is_an_address_to_others(host):
            raise AgentFailure(f"lookup {host}: no such host")
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        later = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
        raise AgentFailure(
            f"lookup {host} on {_RESOLVER}: {'server misbehaving' if later else 'no such host'}"
        ) from None
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _is_an_address_to_others(host: str) -> bool:
    """Whether the C library takes it for an address that Go does not know: ``127.1``, ``2130706433``, ``010.0.0.1``."""
    with contextlib.suppress(OSError, UnicodeError):
        socket.inet_aton(host)
        return True
    return False
