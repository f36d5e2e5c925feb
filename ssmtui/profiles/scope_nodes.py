"""The nodes of one scope, to look for some of them: the fleet's where it lists that scope, else from a listing of their
own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

from ssmtui.aws.gateway import Gateways, alias_of, identity_of, unread_tags
from ssmtui.errors import SsmtuiError
from ssmtui.inventory.fleet import Fleet
from ssmtui.inventory.states import ScopePhase, ScopeState, aliases, failed_phase
from ssmtui.model import Node, Scope

LOOK = 0.05
"""Seconds between two looks at how far the fleet's listing is."""
_UNDER_WAY = (ScopePhase.WAITING, ScopePhase.LOADING)


class ScopeNodes:
    """What is known of the nodes of ``scope``. Loop-bound."""

    def __init__(self, fleet: Fleet | None, gateways: Gateways, scope: Scope) -> None:
        """``fleet``: None where nobody lists nodes beside."""
        self.scope = scope
        self._fleet = fleet
        self._gateways = gateways
        self._own: dict[str, Node] = {}
        self._own_state = ScopeState(scope)
        self._tagged: dict[str, Node] = {}
        """Hybrid nodes whose tags were read here."""
        self.problem: SsmtuiError | None = None
        """Why some of the tags that were asked for are not known."""
        self.reads_tags = False
        """Whether tags are being read now."""

    @property
    def in_fleet(self) -> bool:
        """Whether the fleet lists the scope."""
        return self._fleet is not None and self.scope in self._fleet.states

    @property
    def state(self) -> ScopeState:
        """How far the listing is."""
        return self._own_state if self._fleet is None else self._fleet.states.get(self.scope, self._own_state)

    @property
    def is_whole(self) -> bool:
        """Whether all nodes are known, as of a moment ago if they are being listed again."""
        state = self.state
        return state.phase not in _UNDER_WAY or (state.refreshed_at is not None and not state.from_cache)

    def nodes(self) -> Sequence[Node]:
        """Those that are known by now: not a view."""
        if self._fleet is not None and self.in_fleet:
            nodes = self._fleet.nodes_of(self.scope)
        else:
            nodes = list(self._own.values())
        if not self._tagged:
            return nodes
        return [node if node.tags_known else self._tagged.get(node.id, node) for node in nodes]

    def scope_of(self, node: Node) -> Scope:
        """Where calls about one of the nodes go: an organization's list has nodes of other accounts as well."""
        return self._fleet.scope_of(node) if self._fleet is not None and self.in_fleet else self.scope

    def aliases(self) -> Mapping[str, str]:
        """Account aliases by account id, as far as they are known: see :meth:`learn_alias`."""
        listed = () if self._fleet is None else self._fleet.states.values()
        return aliases((*listed, self._own_state))

    async def learn_alias(self) -> None:
        """Ask for the alias of the scope's account, unless the fleet has. Nothing is raised."""
        if not self.in_fleet and not self._own_state.alias:
            self._own_state = replace(self._own_state, alias=await alias_of(self._gateways.gateway(self.scope)))

    def without_tags(self) -> list[Node]:
        """Hybrid nodes whose tags are unread."""
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
        # The fleet reports its changes to one listener, the screen.
        while not self.is_whole:  # noqa: ASYNC110
            await asyncio.sleep(LOOK)

    async def _list(self) -> None:
        if self.is_whole:
            return
        self._tell(ScopePhase.LOADING)
        problems: list[tuple[str, SsmtuiError]] = []
        gateway = self._gateways.gateway(self.scope)
        try:
            # First, for nodes name the caller's account, by which a filter may look for them.
            self._own_state = replace(self._own_state, identity=await identity_of(gateway))
            async with aclosing(cast("Any", gateway.nodes())) as pages:
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
