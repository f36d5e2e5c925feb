"""A fleet whose nodes change while it is looked at, and of which some are odd. What happens is a matter of the seed and
of time alone: two looks at the same moment see the same.
"""

from __future__ import annotations

import math

from ssmtui.lab.dice import scrambled
from ssmtui.lab.fault_spec import NO_FAULTS, FaultSpec
from ssmtui.lab.faults import LabFaults
from ssmtui.lab.fleet import FleetClock, LabFleet, Numbered
from ssmtui.lab.fleet_catalog import LATEST_AGENT
from ssmtui.lab.lab_node import LabNode
from ssmtui.lab.odd import comes_twice, odd_node, with_odd_tags
from ssmtui.lab.places import DEFAULT_PLACE, FleetPlace

_STEP = 1_000_003
"""A prime beyond the size of any fleet: steps of it visit every place before they come back."""
_NEWCOMERS = 20
"""One in so many is a node that is to appear."""


class FaultyFleet(LabFleet):
    """A fleet under the lab's faults, and those of its own account."""

    def __init__(
        self,
        size: int,
        seed: int,
        clock: FleetClock,
        faults: LabFaults,
        troubles: FaultSpec,
        place: FleetPlace = DEFAULT_PLACE,
    ) -> None:
        super().__init__(size, seed, clock, place)
        self._clock = clock
        self._faults = faults
        self._troubles = troubles
        self._spare = max(1, size // _NEWCOMERS) if size else 0

    @property
    def end(self) -> int:
        """The position behind the last node, present or not."""
        return self._size + self._spare if self._faults.spec.churn.share else self._size

    def scan(self, start: int) -> Numbered:
        """Those that are there at this moment."""
        period = self._period()
        found = super().scan(start) if period is None else self._scan_churned(start, period)
        return self._doubled(found) if self._is_odd else found

    def _scan_churned(self, start: int, period: int) -> Numbered:
        for index in range(start, self.end):
            node = self._churned(index, period)
            if node is not None:
                yield index, node

    @staticmethod
    def _doubled(found: Numbered) -> Numbered:
        for index, node in found:
            yield index, node
            if comes_twice(index):
                yield index, node

    def _present(self, index: int) -> LabNode | None:
        period = self._period()
        return self._node(index) if period is None else self._churned(index, period)

    def _node(self, index: int) -> LabNode:
        node = super()._node(index)
        spec = self._faults.spec
        if spec is NO_FAULTS and self._troubles is NO_FAULTS:
            return node
        if spec.agent_version:
            node = node._replace(agent_version=spec.agent_version)
        if spec.odd_tags or self._troubles.odd_tags:
            node = with_odd_tags(index, node)
        return odd_node(index, node) if self._is_odd else node

    @property
    def _is_odd(self) -> bool:
        return self._faults.spec.odd_nodes or self._troubles.odd_nodes

    def _period(self) -> int | None:
        """How many periods of churn have passed; None without churn."""
        churn = self._faults.spec.churn
        if not churn.share or math.isinf(churn.seconds):
            return None
        return max(0, int((self._clock().timestamp() - self._started) // churn.seconds))

    def _churned(self, index: int, period: int) -> LabNode | None:
        """What has become of a node; None: it is not there.

        The nodes that change in a period are a block of a scrambled order, the next block in the next period, and so
        round and round: how often a node has changed needs no record.
        """
        total = self.end
        block = max(1, round(self._faults.spec.churn.share * total))
        spot = index * _STEP % total
        changes = (spot + period * block) // total
        is_new = index >= self._size
        if not changes:
            return None if is_new else self._node(index)
        lot = scrambled(self._seed << 52 | changes << 32 | index) % 10
        if lot in (7, 8) or (is_new and lot == 9):
            return None
        node = self._node(index)
        if lot <= 3:
            changed = math.ceil((changes * total - spot) / block)
            return self._turned(node, self._started + changed * self._faults.spec.churn.seconds)
        if lot <= 6:
            return node._replace(agent_version=_updated(node.agent_version, changes))
        return node

    @staticmethod
    def _turned(node: LabNode, moment: float) -> LabNode:
        """Lost if it was online, online if it was lost."""
        if node.connected:
            return node._replace(ping="ConnectionLost", contact_at=moment)
        return node._replace(ping="Online", contact_at=moment)


def _updated(version: str, changes: int) -> str:
    """The latest agent for one that was behind, and later ones for the others."""
    if version != LATEST_AGENT:
        return LATEST_AGENT
    first, second, third, _ = version.split(".")
    return f"{first}.{second}.{int(third) + changes}.0"
