"""The made-up managed nodes: any number of them, each computed from its number and the seed when it is asked for.

Deterministic: the same size, seed and clock give the same fleet. Knows nothing of HTTP or of sessions.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from ssmtui.lab.company import ACCOUNT, REGION, Account
from ssmtui.lab.fleet_catalog import KINDS, LATEST_AGENT, NETWORKS, Kind, System

PING_INTERVAL = 300
"""Seconds between two pings of an agent that is online."""

Clock = Callable[[], datetime]

_MASK = (1 << 64) - 1
_FACTOR = 0x9E3779B97F4A7C15
_INVERSE = pow(_FACTOR, -1, 1 << 64)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fleet is, and what tells its nodes from those elsewhere."""

    account: str = ACCOUNT
    region: str = REGION
    env: str = ""
    """The ``env`` tag of all; empty: as the catalog has it."""
    mark: str = ""
    """What every name begins with."""
    twins: int = 0
    """How many nodes at the start share their ids with the default place's: an id is no key across accounts."""
    approval: bool = False
    """Whether databases are entered by approval only."""

    @classmethod
    def of(cls, account: Account, region: str) -> Place:
        """The place of an account's nodes in a region."""
        if (account.id, region) == (ACCOUNT, REGION):
            return DEFAULT_PLACE
        mark = f"{account.env}-" if account.env else ""
        if region != account.region:
            mark += _short(region) + "-"
        twins = 3 if account.approval and region == REGION else 0
        return cls(account.id, region, account.env, mark, twins, account.approval)

    def seed(self, seed: int) -> int:
        """A seed of the place's own."""
        if self == DEFAULT_PLACE:
            return seed
        return int.from_bytes(hashlib.sha256(f"{seed}/{self.account}/{self.region}".encode()).digest()[:6], "big")


DEFAULT_PLACE = Place()


def _short(region: str) -> str:
    """``use1`` for ``us-east-1``."""
    area, where, number = region.split("-")
    return f"{area}{where[0]}{number}"


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


class _Spot(NamedTuple):
    """One node's part in a stretch of a fleet."""

    kind: Kind
    number: int
    """Within its base name, from 1."""
    total: int
    """How many of the stretch share that name."""


def _spots(kinds: Sequence[Kind]) -> tuple[_Spot, ...]:
    totals: dict[str, int] = {}
    for kind in kinds:
        totals[kind.base] = totals.get(kind.base, 0) + kind.count
    used: dict[str, int] = {}
    spots = []
    for kind in kinds:
        for _ in range(kind.count):
            used[kind.base] = used.get(kind.base, 0) + 1
            spots.append(_Spot(kind, used[kind.base], totals[kind.base]))
    return tuple(spots)


_SPOTS = _spots(KINDS)
# Elsewhere names begin with the environment, and must not have it twice.
_SPOTS_ELSEWHERE = _spots([kind for kind in KINDS if kind.env == "prod"])


class Fleet:
    """``size`` nodes in a fixed order. Nothing is kept: a fleet of 100,000 costs as little as one of ten."""

    def __init__(self, size: int, seed: int, clock: Clock, place: Place = DEFAULT_PLACE) -> None:
        self.place = place
        self._size = size
        self._seed = place.seed(seed)
        self._salt = _salt(self._seed)
        self._twin_salt = _salt(seed)
        self._spots = _SPOTS if place == DEFAULT_PLACE else _SPOTS_ELSEWHERE
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
        for index in self._indices(node_id.rpartition("-")[2]):
            if 0 <= index < self._size:
                node = self._node(index)
                if node.id == node_id:
                    return node
        return None

    def named(self, name: str) -> LabNode:
        """The node called ``name``; ``KeyError`` when there is none. Looks at every node."""
        for node in self:
            if node.name == name:
                return node
        raise KeyError(name)

    def _tail(self, index: int) -> str:
        """An id's 17 hex digits: a reversible scramble of the index, so that no table of ids is needed."""
        salt = self._twin_salt if index < self.place.twins else self._salt
        mixed = ((index + 1) * _FACTOR ^ salt) & _MASK
        return f"0{mixed ^ mixed >> 32:016x}"

    def _indices(self, tail: str) -> Iterator[int]:
        """Where a node whose id ends in ``tail`` can only be."""
        try:
            mixed = int(tail, 16)
        except ValueError:
            return
        mixed ^= mixed >> 32
        for salt in (self._salt, self._twin_salt):
            yield ((mixed ^ salt) * _INVERSE & _MASK) - 1

    def _node(self, index: int) -> LabNode:
        stretch, spot = divmod(index, len(self._spots))
        kind, number, total = self._spots[spot]
        number += stretch * total
        name = self.place.mark + (kind.base if total == 1 and stretch == 0 else f"{kind.base}-{number}")
        dice = random.Random(self._seed << 32 | index)  # noqa: S311 (a made-up fleet, not a secret)
        if kind.instance_type:
            return self._instance(index, kind, name, dice)
        return self._hybrid(index, kind, name, dice)

    def _tags(self, kind: Kind, name: str) -> Mapping[str, str]:
        tags = {"Name": name, "env": self.place.env or kind.env, "team": kind.team, "role": kind.role}
        if self.place.approval and kind.role == "database":
            tags["access"] = "approval"
        return tags

    def _instance(self, index: int, kind: Kind, name: str, dice: random.Random) -> LabNode:
        network, vpc, subnet = NETWORKS.get(self.place.env or kind.env, NETWORKS["dev"])
        ip = f"10.{network + index // 62_500}.{index // 250 % 250}.{_host(index)}"
        letter = dice.randrange(3)
        return LabNode(
            id=f"i-{self._tail(index)}",
            name=name,
            system=kind.system,
            ping=kind.ping,
            agent_version=kind.agent,
            ip=ip,
            computer_name=_computer_name(kind.system, ip, self.place.region, dice),
            tags=self._tags(kind, name),
            registered=self._started - timedelta(days=dice.randint(2, 400), seconds=dice.randrange(86_400)),
            last_contact=self._last_contact(kind, dice),
            instance_type=kind.instance_type,
            zone=f"{self.place.region}{'abc'[letter]}",
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
            tags=self._tags(kind, name),
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


def _salt(seed: int) -> int:
    return random.Random(seed).getrandbits(64)  # noqa: S311 (a made-up fleet, not a secret)


def _computer_name(system: System, ip: str, region: str, dice: random.Random) -> str:
    if system.platform_type == "Windows":
        return "EC2AMAZ-" + "".join(dice.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=7))
    return f"ip-{ip.replace('.', '-')}.{region}.compute.internal"
