"""The nodes of one scope for those who look for some of them: the fleet's where it lists that scope, else listed for
them alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

from ssmtui.aws.gateway import Gateways
from ssmtui.errors import SsmtuiError
from ssmtui.inventory.fleet import Fleet
from ssmtui.inventory.states import ScopePhase, ScopeState, failed_phase
from ssmtui.model import Node, Scope

LOOK = 0.05
"""Seconds between two looks at how far the fleet's listing is."""
_UNDER_WAY = (ScopePhase.WAITING, ScopePhase.LOADING)


class ScopeNodes:
    """What is known of the nodes of ``scope``. Loop-bound."""

    def __init__(self, fleet: Fleet, gateways: Gateways, scope: Scope) -> None:
        self.scope = scope
        self._fleet = fleet
        self._gateways = gateways
        self._own: dict[str, Node] = {}
        self._own_state = ScopeState(scope)

    @property
    def in_fleet(self) -> bool:
        """Whether the fleet lists the scope."""
        return self.scope in self._fleet.states

    @property
    def state(self) -> ScopeState:
        """How far the listing is."""
        return self._fleet.states.get(self.scope, self._own_state)

    @property
    def is_whole(self) -> bool:
        """Whether all nodes are known, as of a moment ago if they are being listed again."""
        state = self.state
        return state.phase not in _UNDER_WAY or (state.refreshed_at is not None and not state.from_cache)

    def nodes(self) -> Sequence[Node]:
        """Those that are known by now: not a view."""
        return self._fleet.nodes_of(self.scope) if self.in_fleet else list(self._own.values())

    async def complete(self) -> None:
        """Wait until the listing has come to an end, which :attr:`state` then tells. Nothing is raised."""
        if not self.in_fleet:
            await self._list()
        # The fleet tells its changes to one listener, the screen.
        while not self.is_whole:  # noqa: ASYNC110
            await asyncio.sleep(LOOK)

    async def _list(self) -> None:
        if self.is_whole:
            return
        self._tell(ScopePhase.LOADING)
        problems: list[tuple[str, SsmtuiError]] = []
        try:
            async with aclosing(cast("Any", self._gateways.gateway(self.scope).nodes())) as pages:
                async for page in pages:
                    self._own.update([(node.id, node) for node in page.nodes])
                    if page.problem is not None:
                        problems.append((page.source, page.problem))
                    self._tell(ScopePhase.LOADING)
        except SsmtuiError as error:
            self._own_state = replace(self._own_state, error=error)
            self._tell(failed_phase(error, len(self._own)))
        else:
            self._own_state = replace(self._own_state, problems=tuple(problems))
            self._tell(ScopePhase.COMPLETE)

    def _tell(self, phase: ScopePhase) -> None:
        known = len(self._own)
        self._own_state = replace(self._own_state, phase=phase, listed=known, nodes=known)
