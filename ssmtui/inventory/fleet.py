"""Keeps the nodes of all chosen scopes fresh: a listing of each at once, on demand and at an interval."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType

from ssmtui.aws.gateway import Gateways
from ssmtui.contained import Contained
from ssmtui.errors import ConfigurationError, SsmtuiError
from ssmtui.inventory.cache import NodeCache
from ssmtui.inventory.states import HOPELESS, ScopeState
from ssmtui.inventory.store import NOTHING, Delta, NodeStore
from ssmtui.inventory.watch import ScopeWatch, WatchContext
from ssmtui.model import AwsProfile, Node, NodeKey, Scope
from ssmtui.tasks import Tasks

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Scopes that are listed at once; the others wait for their turn."""

OnChange = Callable[[Delta[Node]], None]


class Fleet:
    """The chosen scopes, what is known of their nodes, and how far each listing is.

    Loop-bound. One scope's failure is that scope's state, and touches no other.
    """

    def __init__(
        self,
        gateways: Gateways | None = None,
        cache: NodeCache | None = None,
        *,
        clock: Callable[[], float] = time.time,
        rng: random.Random | None = None,
    ) -> None:
        """Without ``gateways`` it knows what is on the disk, until :meth:`attach`."""
        self.on_change: OnChange = lambda delta: None
        """Called with each step, on the loop; states may have changed as well, or alone."""
        self.on_choice: Callable[[Sequence[Scope]], None] = lambda scopes: None
        """Called with the scopes that are chosen from now on."""
        self._broken = Contained("fleet")
        self._gateways: Gateways | None = None
        self._store = NodeStore()
        self._watches: dict[Scope, ScopeWatch] = {}
        self._states: dict[Scope, ScopeState] = {}
        self._surroundings = WatchContext(
            self._attached,
            cache,
            clock,
            rng or random.Random(),  # noqa: S311  # jitter, not a secret
            asyncio.Semaphore(AT_ONCE),
            self._others,
        )
        self._tasks = Tasks("inventory")
        self._interval: float | None = None
        self._profiles: Sequence[AwsProfile] = ()
        """Those of the configuration, once a listing shows nodes of other accounts."""
        if gateways is not None:
            self.attach(gateways)

    @property
    def states(self) -> Mapping[Scope, ScopeState]:
        """How far each chosen scope is, in the order chosen. A live view of frozen values."""
        return MappingProxyType(self._states)

    @property
    def nodes(self) -> Mapping[NodeKey, Node]:
        """All nodes that are shown, by key. A live view."""
        return self._store.nodes

    def nodes_of(self, scope: Scope) -> Sequence[Node]:
        """The nodes that are known of one chosen scope; none of another."""
        return self._store.of(scope)

    async def recall(self, scopes: Sequence[Scope]) -> None:
        """Choose ``scopes``, and show what the disk keeps of them, as far as their account is known."""
        if scopes:
            self.choose(scopes)
        for watch in list(self._watches.values()):
            await watch.recall()

    def attach(self, gateways: Gateways) -> None:
        """Make calls through ``gateways``; unless scopes are chosen, choose their default one."""
        self._gateways = gateways
        if not self._watches:
            self.choose([gateways.default])

    def start(self, interval: float) -> None:
        """List all chosen scopes now, and each again about ``interval`` seconds after its last listing."""
        self._interval = interval
        for watch in self._watches.values():
            self._run(watch)

    def refresh(self, scope: Scope | None = None) -> None:
        """List one scope again, or all of them; a listing that is under way goes on and counts."""
        for watch in self._watches.values() if scope is None else filter(None, [self._watches.get(scope)]):
            watch.refresh()

    def choose(self, scopes: Sequence[Scope]) -> None:
        """Choose just these scopes. Those that stay keep their nodes; the nodes of the others go."""
        chosen = list(dict.fromkeys(scopes))
        dropped = [scope for scope in self._watches if scope not in chosen]
        for scope in dropped:
            self._watches.pop(scope).stop()
            del self._states[scope]
        added = [scope for scope in chosen if scope not in self._watches]
        for scope in added:
            self._states[scope] = ScopeState(scope)
            self._watches[scope] = ScopeWatch(scope, self._store, self._report, self._surroundings)
        self._states = {scope: self._states[scope] for scope in chosen}
        for scope in dropped:
            self._broken.call(self.on_change, self._store.forget(scope))
        if self._interval is not None:
            for scope in added:
                self._run(self._watches[scope])
        if not dropped:
            self._broken.call(self.on_change, NOTHING)
        self._broken.call(self.on_choice, chosen)

    def show_visitors(self, who_is_on: Callable[[Node], tuple[str, ...]]) -> None:
        """Have nodes say who is on them: ``who_is_on`` gives :attr:`ssmtui.model.Node.who`."""
        self._store.who_is_on = who_is_on

    def visitors_changed(self, ids: Collection[str]) -> None:
        """Others are on the nodes of these ids now."""
        for scope, delta in self._store.visitors_changed(ids).items():
            self._report(self._states[scope], delta)

    def scope_of(self, node: Node) -> Scope:
        """Where calls about ``node`` go. For a node that an organization's listing shows this is the scope of an AWS
        profile of its account, a chosen one if there is one; raises :class:`ssmtui.errors.ConfigurationError` where
        there is none."""
        scope = self._store.scope_of(node.key)
        if scope is None:
            return self._like(node)
        if not scope.organization:
            return scope
        for state in self._states.values():
            if state.identity is not None and state.identity.account == node.account:
                return replace(state.scope, region=node.region, organization=False)
        for profile in self._profiles:
            if profile.account and profile.account == node.account:
                return replace(scope, aws_profile=profile.name, region=node.region, organization=False)
        raise ConfigurationError(
            f"no AWS profile is known to be for account {node.account}",
            title="Nothing here can call that account",
            remedy="Choose an AWS profile that belongs to it, so that its account becomes known.",
        )

    async def close(self) -> None:
        """Stop; listings under way are abandoned."""
        await self._tasks.close()

    def _like(self, node: Node) -> Scope:
        """The scope of a node that is no longer listed."""
        default = self._attached().default
        return replace(default, aws_profile=node.aws_profile or None, region=node.region or default.region)

    def _attached(self) -> Gateways:
        assert self._gateways is not None
        return self._gateways

    def _others(self, scope: Scope) -> Sequence[Scope]:
        states = [
            state
            for state in self._states.values()
            if state.scope.aws_profile == scope.aws_profile and state.scope.region != scope.region
        ]
        return [state.scope for state in sorted(states, key=lambda state: state.phase in HOPELESS)]

    def _run(self, watch: ScopeWatch) -> None:
        assert self._interval is not None
        watch.task = self._tasks.start(f"watch {watch.scope.region}", watch.run(self._interval))
        if watch.scope.organization:
            self._tasks.start("AWS profiles", self._learn_profiles())

    async def _learn_profiles(self) -> None:
        with suppress(SsmtuiError):  # the dialog of AWS profiles reports it
            self._profiles = await self._attached().aws_profiles()

    def _report(self, state: ScopeState, delta: Delta[Node]) -> None:
        if state.scope in self._states:
            self._states[state.scope] = state
            self._broken.call(self.on_change, delta)
