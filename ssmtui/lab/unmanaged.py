"""EC2 instances that Systems Manager does not list: stopped, without an agent, or without an instance profile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ssmtui.lab.dice import scrambled
from ssmtui.lab.fleet_catalog import AMAZON_2, AMAZON_2023, DEBIAN_12, NETWORKS, UBUNTU_22, WINDOWS_2019, System
from ssmtui.lab.lab_node import LabNode, StateReason
from ssmtui.lab.places import FleetPlace

_FIRST = 1 << 32
"""Where their numbers begin, beyond those of any fleet."""
_PER_NODES = 480
"""So many managed nodes are there for each set of them."""
_DAY = 86_400


class _Sort(NamedTuple):
    base: str
    role: str
    system: System
    instance_type: str
    state: str = "stopped"
    reason: StateReason | None = None
    has_profile: bool = True


_BY_USER = StateReason("Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown")
_BY_ITSELF = StateReason(
    "Client.InstanceInitiatedShutdown", "Client.InstanceInitiatedShutdown: Instance initiated shutdown"
)
_NO_CAPACITY = StateReason(
    "Server.SpotInstanceTermination", "Server.SpotInstanceTermination: Spot instance termination"
)

_SORTS = (
    _Sort("old-web", "web", AMAZON_2, "m5.large", reason=_BY_USER),
    _Sort("load-test", "load", UBUNTU_22, "c6i.4xlarge", reason=_BY_USER),
    _Sort("month-end", "batch", WINDOWS_2019, "r5.2xlarge", reason=_BY_ITSELF),
    _Sort("vpn-appliance", "vpn", DEBIAN_12, "c5.large", "running", has_profile=False),
    _Sort("bare-image", "image", DEBIAN_12, "t3.small", "running"),
    _Sort("old-db", "database", AMAZON_2, "r5.large", "stopping", reason=_BY_USER),
    _Sort("spot-worker", "worker", AMAZON_2023, "c7g.large", "terminated", reason=_NO_CAPACITY),
    _Sort("new-web", "web", AMAZON_2023, "m7g.large", "pending"),
)


class UnmanagedInstances:
    """A set of eight for every few hundred managed nodes, computed when they are asked for."""

    def __init__(self, nodes: int, place: FleetPlace, started: float, tail: Callable[[int], str]) -> None:
        """``tail`` makes an id's end from a number, as the fleet does."""
        self._count = len(_SORTS) * max(1, nodes // _PER_NODES) if nodes else 0
        self._place = place
        self._started = started
        self._tail = tail

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[LabNode]:
        return map(self.__getitem__, range(self._count))

    def at(self, number: int) -> LabNode | None:
        """The one whose id is made from ``number``."""
        index = number - _FIRST
        return self[index] if 0 <= index < self._count else None

    def __getitem__(self, index: int) -> LabNode:
        """The one at a position; ``IndexError`` when there is none."""
        if not 0 <= index < self._count:
            raise IndexError(index)
        stretch, spot = divmod(index, len(_SORTS))
        sort = _SORTS[spot]
        lot = scrambled(_FIRST + index)
        name = f"{self._place.mark}{sort.base}-{stretch + 1}"
        env = self._place.env or "prod"
        _, vpc, subnet = NETWORKS.get(env, NETWORKS["dev"])
        letter = lot % 3
        gone = sort.state == "terminated"
        return LabNode(
            id=f"i-{self._tail(_FIRST + index)}",
            name=name,
            system=sort.system,
            ping="",
            agent_version="",
            ip="" if gone else f"10.{200 + index // 62_500}.{index // 250 % 250}.{index % 250 + 4}",
            computer_name="",
            tags={"Name": name, "env": env, "team": "platform", "role": sort.role},
            registered_at=self._started - (60 if sort.state == "pending" else (20 + (lot >> 8) % 880) * _DAY),
            contact_at=self._started - (3 + (lot >> 32) % 17) * _DAY,
            instance_type=sort.instance_type,
            zone=f"{self._place.region}{'abc'[letter]}",
            vpc="" if gone else vpc,
            subnet="" if gone else f"{subnet}{letter}",
            iam_role=f"platform-{sort.role}" if sort.has_profile else "",
            state=sort.state,
            state_reason=sort.reason,
            public_ip=f"198.51.100.{index % 250 + 4}" if sort.base == "vpn-appliance" else "",
        )
