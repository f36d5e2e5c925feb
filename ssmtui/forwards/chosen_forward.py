"""Which destinations the clients of a SOCKS tunnel may choose, and the forward that leads to one. Pure.

What is refused here would cost a session that ends at once. The agent has the last word: it looks names up, and checks
their addresses (protocol.md section 6.4).
"""

from __future__ import annotations

import ipaddress

from ssmtui.documents.port_forwards import Forward, destination_parameters
from ssmtui.errors import UsageError
from ssmtui.loopback import LOOPBACK, is_loopback

_GIVES_OUT = {
    ipaddress.ip_address(address): what
    for address, what in (
        ("169.254.169.254", "the node's metadata and credentials"),
        ("169.254.169.253", "the VPC's name server"),
        ("169.254.169.123", "the time service"),
        ("169.254.169.250", "Windows licences"),
        ("169.254.169.251", "Windows licences"),
        ("169.254.170.2", "a task's credentials"),
        ("169.254.170.23", "a pod's credentials"),
        ("fd00:ec2::254", "the node's metadata and credentials"),
        ("fd00:ec2::253", "the VPC's name server"),
        ("fd00:ec2::123", "the time service"),
        ("fd00:ec2::240", "Windows licences"),
        ("fd00:ec2::23", "a pod's credentials"),
    )
}
"""Addresses that the agent connects to for nobody, and what is there."""


class DestinationRefused(UsageError):
    """A client has chosen what no session can reach."""

    title = "The destination is refused"


def chosen_forward(host: str, port: int, offered: Forward) -> Forward:
    """The forward to what a client has chosen: ``host`` in lower case, an IPv6 one without brackets. ``offered`` is the
    SOCKS forward that the client uses; its document, if it names one, is used for each destination.

    Raises :class:`DestinationRefused`.
    """
    name = host.rstrip(".")
    # Names below localhost lead to the loopback address wherever they are looked up (RFC 6761 section 6.3).
    if host in (LOOPBACK, "::1") or name == "localhost" or name.endswith(".localhost"):
        host = ""
    else:
        _refuse_address(host)
    if not offered.document_name:
        return Forward(port, host)
    given = destination_parameters(port, host or "localhost")
    return Forward(port, host, document_name=offered.document_name, given=given)


def _refuse_address(host: str) -> None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return
    if address in _GIVES_OUT:
        raise DestinationRefused(
            f"{host} gives out {_GIVES_OUT[address]}, and the node's agent connects to it for nobody"
        )
    if is_loopback(host):
        raise DestinationRefused(f"of the node's own addresses only {LOOPBACK} and ::1 can be reached, not {host}")
    if address.is_unspecified or address.is_multicast or host == "255.255.255.255":
        raise DestinationRefused(f"{host} is not the address of one machine")
