"""The made-up managed nodes: any number of them, each computed from its number and the seed when it is asked for.

Deterministic: the same size, seed and clock give the same fleet. Knows nothing of HTTP or of sessions.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ssmtui.lab.fleet_catalog import KINDS, LATEST_AGENT, NETWORKS, Kind, System

ACCOUNT = "123456789012"
REGION = "eu-west-1"
PING_INTERVAL = 300
"""Seconds between two pings of an agent that is online."""

Clock = Callable[[], datetime]

_MASK = (1 << 64) - 1
_FACTOR = 0x9E3779B97F4A7C15
_INVERSE = pow(_FACTOR, -1, 1 << 64)


@dataclass(frozen=True, slots=True)
class LabNode:
    """One managed node with everything that the lab's APIs say of it."""

    id: str
    name: str
    system: System
    ping: str
    agent_version: str
    ip: str
    computer_name: str
    tags: Mapping[str, str]
    registered: datetime
    last_contact: datetime
    """The last ping of a node that is offline; for one that is online, a ping of long ago whose rhythm goes on."""
    instance_type: str = ""
    zone: str = ""
    vpc: str = ""
    subnet: str = ""
    iam_role: str = ""

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
        return self.agent_version == LATEST_AGENT

    def last_ping(self, now: datetime) -> datetime:
        """When its agent was last heard of."""
        if not self.connected:
            return self.last_contact
        return now - (now - self.last_contact) % timedelta(seconds=PING_INTERVAL)


def _places() -> list[tuple[Kind, int, int]]:
    """One stretch of the fleet: each place's kind, its number within the base name, and how many share that name."""
    totals: dict[str, int] = {}
    for kind in KINDS:
        totals[kind.base] = totals.get(kind.base, 0) + kind.count
    used: dict[str, int] = {}
    places = []
    for kind in KINDS:
        for _ in range(kind.count):
            used[kind.base] = used.get(kind.base, 0) + 1
            places.append((kind, used[kind.base], totals[kind.base]))
    return places


_PLACES = _places()


class Fleet:
    """``size`` nodes in a fixed order. Nothing is kept: a fleet of 100,000 costs as little as one of ten."""

    def __init__(self, size: int, seed: int, clock: Clock) -> None:
        self._size = size
        self._seed = seed
        self._salt = random.Random(seed).getrandbits(64)  # noqa: S311 (a made-up fleet, not a secret)
        self._started = clock()

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: int) -> LabNode:
        if not 0 <= index < self._size:
            raise IndexError(index)
        return self._node(index)

    def __iter__(self) -> Iterator[LabNode]:
        return map(self._node, range(self._size))

    def find(self, node_id: str) -> LabNode | None:
        """The node of that id, or None."""
        index = self._index(node_id.rpartition("-")[2])
        if index is None or index >= self._size:
            return None
        node = self._node(index)
        return node if node.id == node_id else None

    def named(self, name: str) -> LabNode:
        """The node called ``name``; ``KeyError`` when there is none. Looks at every node."""
        for node in self:
            if node.name == name:
                return node
        raise KeyError(name)

    def _tail(self, index: int) -> str:
        """An id's 17 hex digits: a reversible scramble of the index, so that no table of ids is needed."""
        mixed = ((index + 1) * _FACTOR ^ self._salt) & _MASK
        return f"0{mixed ^ mixed >> 32:016x}"

    def _index(self, tail: str) -> int | None:
        try:
            mixed = int(tail, 16)
        except ValueError:
            return None
        mixed ^= mixed >> 32
        return ((mixed ^ self._salt) * _INVERSE & _MASK) - 1

    def _node(self, index: int) -> LabNode:
        stretch, place = divmod(index, len(_PLACES))
        kind, number, total = _PLACES[place]
        number += stretch * total
        name = kind.base if total == 1 and stretch == 0 else f"{kind.base}-{number}"
        dice = random.Random(self._seed << 32 | index)  # noqa: S311 (a made-up fleet, not a secret)
        if kind.instance_type:
            return self._instance(index, kind, name, dice)
        return self._hybrid(index, kind, name, dice)

    def _instance(self, index: int, kind: Kind, name: str, dice: random.Random) -> LabNode:
        network, vpc, subnet = NETWORKS[kind.env]
        ip = f"10.{network + index // 62_500}.{index // 250 % 250}.{_host(index)}"
        letter = dice.randrange(3)
        return LabNode(
            id=f"i-{self._tail(index)}",
            name=name,
            system=kind.system,
            ping=kind.ping,
            agent_version=kind.agent,
            ip=ip,
            computer_name=_computer_name(kind.system, ip, dice),
            tags={"Name": name, "env": kind.env, "team": kind.team, "role": kind.role},
            registered=self._started - timedelta(days=dice.randint(2, 400), seconds=dice.randrange(86_400)),
            last_contact=self._last_contact(kind, dice),
            instance_type=kind.instance_type,
            zone=f"{REGION}{'abc'[letter]}",
            vpc=vpc,
            subnet=f"{subnet}{letter}",
            iam_role=f"{kind.team}-{kind.role}",
        )

    def _hybrid(self, index: int, kind: Kind, name: str, dice: random.Random) -> LabNode:
        return LabNode(
            id=f"mi-{self._tail(index)}",
            name=name,
            system=kind.system,
            ping=kind.ping,
            agent_version=kind.agent,
            ip=f"192.168.{index // 250 % 250}.{_host(index)}",
            computer_name=f"{name}.corp.example.com",
            tags={"Name": name, "env": kind.env, "team": kind.team, "role": kind.role},
            registered=self._started - timedelta(days=dice.randint(200, 1_500), seconds=dice.randrange(86_400)),
            last_contact=self._last_contact(kind, dice),
            iam_role="hybrid-managed-nodes",
        )

    def _last_contact(self, kind: Kind, dice: random.Random) -> datetime:
        longest = {"Online": PING_INTERVAL, "ConnectionLost": 20 * 3_600}.get(kind.ping, 60 * 86_400)
        shortest = {"Online": 0, "ConnectionLost": 1_800}.get(kind.ping, 31 * 86_400)
        return self._started - timedelta(seconds=dice.randint(shortest, longest))


def _host(index: int) -> int:
    """The address's last octet, 4 to 253: scattered, and different for 250 nodes in a row."""
    return index * 37 % 250 + 4


def _computer_name(system: System, ip: str, dice: random.Random) -> str:
    if system.platform_type == "Windows":
        return "EC2AMAZ-" + "".join(dice.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=7))
    return f"ip-{ip.replace('.', '-')}.{REGION}.compute.internal"
