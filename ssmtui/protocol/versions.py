"""What an agent's version decides (protocol.md sections 6.0, 6.4 and 7). Pure functions over untrusted text."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from itertools import zip_longest

TERMINATE_FLAG_AFTER = "2.3.722.0"
MUX_AFTER = "3.0.196.0"
KEEPALIVE_UNTIL = "3.1.1511.0"
LOCAL_PORT_FORWARDING = "LocalPortForwarding"
_DIGITS = 18
"""Longest number that is read: what the official client reads into 64 bits, less the border cases."""


class PortMode(Enum):
    """How the payloads of a Port session are read. Each end decides by itself, from the versions that both have
    announced; where they disagree, multiplexer headers reach the service (section 6.4)."""

    MUX = "many connections, smux frames"
    BASIC = "one connection at a time"
    RAW = "one stream on stdin and stdout"


def newer(agent_version: str, than: str) -> bool:
    """Whether ``agent_version`` is strictly greater than ``than``; a missing part counts as 0.

    False as well for what is not dotted numbers, such as the empty version: the feature counts as not supported.
    """
    # Number by number. As text 3.0.196.0 would be greater than 3.0.1124.0, and an agent with the feature would be
    # refused it. The official client's versionutil.go takes two versions of different length for unsupported instead.
    ours, theirs = _numbers(agent_version), _numbers(than)
    if ours is None or theirs is None:
        return False
    for left, right in zip_longest(ours, theirs, fillvalue=0):
        if left != right:
            return left > right
    return False


def port_mode(properties: Mapping[str, object] | None, agent_version: str) -> PortMode:
    """The mode of a Port session, from the handshake's ``Properties`` and the agent's version (section 6.4)."""
    if properties is None or properties.get("type") != LOCAL_PORT_FORWARDING:
        return PortMode.RAW
    return PortMode.MUX if newer(agent_version, MUX_AFTER) else PortMode.BASIC


def smux_keepalive(agent_version: str) -> bool:
    """Whether to send a NOP every 10 s: an older agent hangs up without it, for a newer one it defeats the idle limit.

    An unreadable version counts as old: a session that outlives its idle limit is better than one that ends in the
    midst of a download (section 11 row 3).
    """
    return not newer(agent_version, KEEPALIVE_UNTIL)


def knows_terminate_flag(agent_version: str) -> bool:
    """Whether a TerminateSession flag ends the session; otherwise call the TerminateSession API."""
    return newer(agent_version, TERMINATE_FLAG_AFTER)


def _numbers(version: str) -> tuple[int, ...] | None:
    parts = version.split(".")
    if not all(part.isascii() and part.isdigit() and len(part) <= _DIGITS for part in parts):
        return None
    return tuple(map(int, parts))
