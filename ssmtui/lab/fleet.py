"""The made-up managed nodes: any number of them, each computed from its number and the seed when it is asked for.

Deterministic: the same size, seed, place and clock give the same fleet. Knows nothing of HTTP or of sessions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from ssmtui.lab.dice import Dice, QuickDice, full_dice
from ssmtui.lab.fleet_catalog import KINDS, NETWORKS, Kind, System
from ssmtui.lab.lab_node import PING_INTERVAL, LabNode
from ssmtui.lab.places import DEFAULT_PLACE, Place
from ssmtui.lab.unmanaged import UnmanagedInstances

Clock = Callable[[], datetime]
Numbered = Iterator[tuple[int, LabNode]]
"""Nodes with their positions, from which a listing goes on."""

DAY = 86_400

_MASK = (1 << 64) - 1
_FACTOR = 0x9E3779B97F4A7C15
_INVERSE = pow(_FACTOR, -1, 1 << 64)
_COMPUTER_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


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
        self._started = clock().timestamp()
        self.unmanaged = UnmanagedInstances(size, place, self._started, self._tail)
        """What only EC2 knows."""

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: int) -> LabNode:
        if not 0 <= index < self._size:
            raise IndexError(index)
        return self._node(index)

    def __iter__(self) -> Iterator[LabNode]:
        return map(self._node, range(self._size))

    def scan(self, start: int) -> Numbered:
        """The managed nodes from a position on."""
        return ((index, self._node(index)) for index in range(start, self._size))

    def scan_instances(self, start: int) -> Numbered:
        """EC2's instances from a position on: those that are managed, then those that are not."""
        managed = ((index, node) for index, node in self.scan(start) if node.instance_type)
        first = max(0, start - self.end)
        rest = ((self.end + index, self.unmanaged[index]) for index in range(first, len(self.unmanaged)))
        return chain(managed, rest)

    def find(self, node_id: str) -> LabNode | None:
        """The managed node of that id, or None."""
        for index in self._indices(node_id.rpartition("-")[2]):
            if 0 <= index < self.end:
                node = self._present(index)
                if node is not None and node.id == node_id:
                    return node
        return None

    def find_instance(self, instance_id: str) -> LabNode | None:
        """The EC2 instance of that id, managed or not, or None."""
        node = self.find(instance_id)
        if node is not None:
            return node if node.instance_type else None
        candidates = map(self.unmanaged.at, self._indices(instance_id.rpartition("-")[2]))
        return next((one for one in candidates if one is not None and one.id == instance_id), None)

    def named(self, name: str) -> LabNode:
        """The node called ``name``; ``KeyError`` when there is none. Looks at every node."""
        for node in self:
            if node.name == name:
                return node
        raise KeyError(name)

    @property
    def end(self) -> int:
        """The position behind the last managed node."""
        return self._size

    def _present(self, index: int) -> LabNode | None:
        """The node at a position, None where there is none at the moment."""
        return self._node(index)

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
        seed = self._seed << 32 | index
        # The first stretch is what pictures and tests show: it stays what it was before large fleets had to be quick.
        dice: Dice = QuickDice(seed) if stretch else full_dice(seed)
        if kind.instance_type:
            return self._instance(index, kind, name, dice)
        return self._hybrid(index, kind, name, dice)

    def _tags(self, kind: Kind, name: str) -> Mapping[str, str]:
        tags = {"Name": name, "env": self.place.env or kind.env, "team": kind.team, "role": kind.role}
        if self.place.approval and kind.role == "database":
            tags["access"] = "approval"
        return tags

    def _instance(self, index: int, kind: Kind, name: str, dice: Dice) -> LabNode:
        network, vpc, subnet = NETWORKS.get(self.place.env or kind.env, NETWORKS["dev"])
        ip = f"10.{network + index // 62_500}.{index // 250 % 250}.{_host(index)}"
        letter = dice.randrange(3)
        computer_name = _computer_name(kind.system, ip, self.place.region, dice)
        registered = self._started - dice.randint(2, 400) * DAY - dice.randrange(DAY)
        return LabNode(
            f"i-{self._tail(index)}",
            name,
            kind.system,
            kind.ping,
            kind.agent,
            ip,
            computer_name,
            self._tags(kind, name),
            registered,
            self._contact(kind, dice),
            kind.instance_type,
            f"{self.place.region}{'abc'[letter]}",
            vpc,
            f"{subnet}{letter}",
            f"{kind.team}-{kind.role}",
            public_ip=f"203.0.113.{_host(index)}" if kind.role == "bastion" else "",
        )

    def _hybrid(self, index: int, kind: Kind, name: str, dice: Dice) -> LabNode:
        registered = self._started - dice.randint(200, 1_500) * DAY - dice.randrange(DAY)
        return LabNode(
            f"mi-{self._tail(index)}",
            name,
            kind.system,
            kind.ping,
            kind.agent,
            f"192.168.{index // 250 % 250}.{_host(index)}",
            f"{name}.corp.example.com",
            self._tags(kind, name),
            registered,
            self._contact(kind, dice),
            iam_role="hybrid-managed-nodes",
        )

    def _contact(self, kind: Kind, dice: Dice) -> float:
        longest = {"Online": PING_INTERVAL, "ConnectionLost": 20 * 3_600}.get(kind.ping, 60 * DAY)
        shortest = {"Online": 0, "ConnectionLost": 1_800}.get(kind.ping, 31 * DAY)
        return self._started - dice.randint(shortest, longest)


def _host(index: int) -> int:
    """The address's last octet, 4 to 253: scattered, and different for 250 nodes in a row."""
    return index * 37 % 250 + 4


def _salt(seed: int) -> int:
    return full_dice(seed).getrandbits(64)


def _computer_name(system: System, ip: str, region: str, dice: Dice) -> str:
    if system.platform_type == "Windows":
        return "EC2AMAZ-" + "".join(dice.choices(_COMPUTER_LETTERS, k=7))
    return f"ip-{ip.replace('.', '-')}.{region}.compute.internal"
