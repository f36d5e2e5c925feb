"""The made-up managed nodes: any number of them, each computed from its number and the seed when it is asked for.

Deterministic: the same size, seed, place and clock give the same fleet. Knows nothing of HTTP or of sessions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from ssmtui.lab.dice import full_dice, scrambled
from ssmtui.lab.fleet_catalog import KINDS, NETWORKS, MachineKind
from ssmtui.lab.lab_node import PING_INTERVAL, LabNode
from ssmtui.lab.places import DEFAULT_PLACE, FleetPlace
from ssmtui.lab.unmanaged import UnmanagedInstances

FleetClock = Callable[[], datetime]
Numbered = Iterator[tuple[int, LabNode]]
"""Nodes with their positions, from which a listing goes on."""

DAY = 86_400

_MASK = (1 << 64) - 1
_FACTOR = 0x9E3779B97F4A7C15
_INVERSE = pow(_FACTOR, -1, 1 << 64)
_COMPUTER_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class _Mould(NamedTuple):
    """What all nodes at one spot of every stretch have in common, computed once for a fleet."""

    kind: MachineKind
    base: str
    number: int
    """Within its base name, from 1."""
    total: int
    """How many of the stretch share that name."""
    tags: Mapping[str, str]
    """All but ``Name``."""
    network: int
    """Second octet of the address, or the first of several."""
    vpc: str
    subnets: Sequence[str]
    zones: Sequence[str]
    iam_role: str
    shortest: int
    """Since its last ping, in seconds."""
    longest: int


class _Draws(NamedTuple):
    """What chance decides of a node."""

    letter: int
    """Which of its zones, from 0."""
    computer: str
    """Letters of a Windows computer name."""
    age: int
    """Seconds since it was launched or activated."""
    silence: int
    """Seconds since its last ping."""


def _moulds(place: FleetPlace) -> tuple[_Mould, ...]:
    # Elsewhere names begin with the environment, and must not have it twice.
    kinds = KINDS if place == DEFAULT_PLACE else [kind for kind in KINDS if kind.env == "prod"]
    totals: Counter[str] = Counter()
    for kind in kinds:
        totals[kind.base] += kind.count
    used: Counter[str] = Counter()
    moulds = []
    for kind in kinds:
        for _ in range(kind.count):
            used[kind.base] += 1
            moulds.append(_mould(kind, place, used[kind.base], totals[kind.base]))
    return tuple(moulds)


def _mould(kind: MachineKind, place: FleetPlace, number: int, total: int) -> _Mould:
    env = place.env or kind.env
    tags = {"env": env, "team": kind.team, "role": kind.role}
    if place.approval and kind.role == "database":
        tags["access"] = "approval"
    network, vpc, subnet = NETWORKS.get(env, NETWORKS["dev"])
    return _Mould(
        kind=kind,
        base=place.mark + kind.base,
        number=number,
        total=total,
        tags=tags,
        network=network,
        vpc=vpc,
        subnets=[f"{subnet}{letter}" for letter in range(3)],
        zones=[f"{place.region}{letter}" for letter in "abc"],
        iam_role=f"{kind.team}-{kind.role}",
        shortest={"Online": 0, "ConnectionLost": 1_800}.get(kind.ping, 31 * DAY),
        longest={"Online": PING_INTERVAL, "ConnectionLost": 20 * 3_600}.get(kind.ping, 60 * DAY),
    )


class LabFleet:
    """``size`` nodes in a fixed order. Nothing is kept: a fleet of 100,000 costs as little as one of ten."""

    def __init__(self, size: int, seed: int, clock: FleetClock, place: FleetPlace = DEFAULT_PLACE) -> None:
        self.place = place
        self._size = size
        self._seed = place.seed(seed)
        self._salt = _salt(self._seed)
        self._twin_salt = _salt(seed)
        self._moulds = _moulds(place)
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
        stretch, spot = divmod(index, len(self._moulds))
        mould = self._moulds[spot]
        single = mould.total == 1 and not stretch
        name = mould.base if single else f"{mould.base}-{mould.number + stretch * mould.total}"
        seed = self._seed << 32 | index
        # The first stretch is what pictures and tests show: it stays what it was before large fleets had to be quick.
        draws = _draws(mould, seed) if stretch else _first_draws(mould, seed)
        return (
            self._instance(index, mould, name, draws)
            if mould.kind.instance_type
            else self._hybrid(index, mould, name, draws)
        )

    def _instance(self, index: int, mould: _Mould, name: str, draws: _Draws) -> LabNode:
        kind = mould.kind
        host = _host(index)
        second, third = mould.network + index // 62_500, index // 250 % 250
        windows = kind.system.platform_type == "Windows"
        return LabNode(
            f"i-{self._tail(index)}",
            name,
            kind.system,
            kind.ping,
            kind.agent,
            f"10.{second}.{third}.{host}",
            f"EC2AMAZ-{draws.computer}"
            if windows
            else f"ip-10-{second}-{third}-{host}.{self.place.region}.compute.internal",
            {"Name": name, **mould.tags},
            self._started - draws.age,
            self._started - draws.silence,
            kind.instance_type,
            mould.zones[draws.letter],
            mould.vpc,
            mould.subnets[draws.letter],
            mould.iam_role,
            public_ip=f"203.0.113.{host}" if kind.role == "bastion" else "",
        )

    def _hybrid(self, index: int, mould: _Mould, name: str, draws: _Draws) -> LabNode:
        kind = mould.kind
        return LabNode(
            f"mi-{self._tail(index)}",
            name,
            kind.system,
            kind.ping,
            kind.agent,
            f"192.168.{index // 250 % 250}.{_host(index)}",
            f"{name}.corp.example.com",
            {"Name": name, **mould.tags},
            self._started - draws.age,
            self._started - draws.silence,
            iam_role="hybrid-managed-nodes",
        )


def _host(index: int) -> int:
    """The address's last octet, 4 to 253: scattered, and different for 250 nodes in a row."""
    return index * 37 % 250 + 4


def _salt(seed: int) -> int:
    return full_dice(seed).getrandbits(64)


def _first_draws(mould: _Mould, seed: int) -> _Draws:
    dice = full_dice(seed)
    if not mould.kind.instance_type:
        age = dice.randint(200, 1_500) * DAY + dice.randrange(DAY)
        return _Draws(0, "", age, dice.randint(mould.shortest, mould.longest))
    letter = dice.randrange(3)
    windows = mould.kind.system.platform_type == "Windows"
    computer = "".join(dice.choices(_COMPUTER_LETTERS, k=7)) if windows else ""
    age = dice.randint(2, 400) * DAY + dice.randrange(DAY)
    return _Draws(letter, computer, age, dice.randint(mould.shortest, mould.longest))


def _draws(mould: _Mould, seed: int) -> _Draws:
    """The same from one number: a page of a thousand nodes has no time for more."""
    bits = scrambled(seed)
    low, high = (2, 400) if mould.kind.instance_type else (200, 1_500)
    age = (low + (bits >> 2) % (high - low + 1)) * DAY + (bits >> 12) % DAY
    computer = f"{bits >> 36:07X}" if mould.kind.system.platform_type == "Windows" else ""
    return _Draws(bits % 3, computer, age, mould.shortest + (bits >> 24) % (mould.longest - mould.shortest + 1))
