"""The nodes of one scope for those who look for some of them: the fleet's where it lists that scope, else listed for
them alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

from ssmtui.aws.gateway import Gateways, unread_tags
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
        self._tagged: dict[str, Node] = {}
        """Hybrid nodes whose tags were read for those who look for them here."""
        self.problem: SsmtuiError | None = None
        """Why some of the tags that were asked for are not known."""
        self.reads_tags = False
        """Whether tags are being read now."""

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
        nodes = self._fleet.nodes_of(self.scope) if self.in_fleet else list(self._own.values())
        if not self._tagged:
            return nodes
        return [node if node.tags_known else self._tagged.get(node.id, node) for node in nodes]

    def without_tags(self) -> list[Node]:
        """Hybrid nodes whose tags nobody has read."""
        return [node for node in self.nodes() if node.is_hybrid and not node.tags_known]

    async def read_tags(self, nodes: Sequence[Node]) -> None:
        """Read the tags of ``nodes``; :attr:`problem` says what is missing in the end. Nothing is raised."""
        self.problem = unread_tags(len(nodes))
        self.reads_tags = True
        try:
            async with aclosing(cast("Any", self._gateways.gateway(self.scope).with_hybrid_tags(nodes))) as pages:
                async for page in pages:
                    self._tagged.update([(node.id, node) for node in page.nodes])
                    self.problem = page.problem
        finally:
            self.reads_tags = False

    async def complete(self) -> None:
        """Wait until the listing has come to an end, which :attr:`state` then shows. Nothing is raised."""
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
