"""What an agent, or the service for it, says when it does not connect to a destination, and what that means.

The texts are those of aws/amazon-ssm-agent (``port.go``, ``port_basic.go``, ``master.go``) and of Go's resolver.
"""

from __future__ import annotations

import re
from ipaddress import ip_address

from ssmtui import inert
from ssmtui.errors import ConnectionFailed

_FORBIDDEN = re.compile(r"Forwarding to IP address (\S+) is forbidden")
_LOOPBACK_NAMES = frozenset({"localhost", "ip6-localhost"})

_NOBODY = "Probably nothing listens there: look on the node, for example with `ss -ltn`."
_WAYS = (
    (
        "no such host",
        "Names are looked up on the node, by its own DNS: check how it is written, and where it is known.",
    ),
    ("missing address", "Names are looked up on the node, by its own DNS: check how it is written."),
    ("server misbehaving", "The node's DNS server has failed: try again."),
    (r"lookup .*i/o timeout", "The node's DNS server has not answered: try again, or give an address for the name."),
    ("i/o timeout", "No answer came: check the security groups and firewalls between the node and the destination."),
    ("no route to host|network is unreachable", "The node has no way there: check its routes and subnets."),
    # What the service says of a worker that its destination's refusal has crashed names no destination.
    ("connection refused|document process failed unexpectedly", _NOBODY),
)


def is_about_destination(words: str) -> bool:
    """Whether ``words``, which have ended a session, are of its destination and of nothing else."""
    return _FORBIDDEN.search(words) is not None or re.match(r"lookup \S+", words) is not None


def unreached(place: str, words: str) -> ConnectionFailed:
    """The error for a connection to ``place`` that the node did not make, because of ``words``. Both are untrusted."""
    place, told = inert.line(place, 100), inert.line(words, 300)
    if (found := _FORBIDDEN.search(words)) is not None:
        title = f"The node refuses to connect to {place}"
        return ConnectionFailed(told, title=title, remedy=_why_forbidden(found[1]), passing=False)
    remedy = next((one for text, one in _WAYS if re.search(text, words)), _NOBODY)
    return ConnectionFailed(told, title=f"The node did not connect to {place}", remedy=remedy)


def names_destination(words: str) -> bool:
    """Whether ``words``, with which a session has ended, say that its destination could not be reached."""
    return _FORBIDDEN.search(words) is not None or any(re.search(text, words) for text, _ in _WAYS)


def _why_forbidden(host: str) -> str:
    if host.lower() in _LOOPBACK_NAMES or _is_loopback(host):
        return "Agents from 3.3.4851 on take this for a destination of its own no more: give the port without a host."
    return (
        "Agents connect to no address from which a node has its credentials, its time or its names, nor to the ones "
        "that AWS reserves in the VPC."
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
