"""One machine of the made-up company, with everything that the lab's APIs say of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

from ssmtui.lab.fleet_catalog import LATEST_AGENT, System

PING_INTERVAL = 300
"""Seconds between two pings of an agent that is online."""


class StateReason(NamedTuple):
    """Why EC2 has an instance in its state."""

    code: str
    message: str


class LabNode(NamedTuple):
    """A managed node, or an instance that Systems Manager does not know.

    A tuple, for a listing makes a thousand of them for every page.
    """

    id: str
    name: str
    system: System
    ping: str
    """Empty: Systems Manager has never heard of it."""
    agent_version: str
    ip: str
    computer_name: str
    tags: Mapping[str, str]
    registered_at: float
    """Seconds since the epoch, as all times here."""
    contact_at: float
    """The last ping of a node that is offline; for one that is online, a ping of long ago, from which its rhythm
    continues."""
    instance_type: str = ""
    zone: str = ""
    vpc: str = ""
    subnet: str = ""
    iam_role: str = ""
    state: str = "running"
    """EC2's name for its state."""
    state_reason: StateReason | None = None
    public_ip: str = ""
    skew: float = 0.0
    """Seconds by which its clock is ahead."""
    bare: bool = False
    """Whether the listings have nothing of it but its id."""

    @property
    def hybrid(self) -> bool:
        """Whether the node is registered by activation (``mi-``) and unknown to EC2."""
        return self.id.startswith("mi-")

    @property
    def connected(self) -> bool:
        """Whether sessions can be started on it."""
        return self.ping == "Online"

    @property
    def agent_is_latest(self) -> bool:
        """Whether its agent is the newest release."""
        return self.agent_version == LATEST_AGENT or _numbers(self.agent_version) > _numbers(LATEST_AGENT)

    def pinged_at(self, now: float) -> float:
        """When its agent was last heard of."""
        if self.ping != "Online":
            return self.contact_at + self.skew
        return now - (now - self.contact_at) % PING_INTERVAL + self.skew

    def last_ping(self, now: datetime) -> datetime:
        """The same as a time of the calendar."""
        return datetime.fromtimestamp(self.pinged_at(now.timestamp()), UTC)


@cache
def _numbers(version: str) -> tuple[int, ...]:
    """A version to compare. Of text that is not a version, the lowest."""
    parts = version.split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else ()
