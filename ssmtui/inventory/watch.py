"""The listings of one scope, one after the other, and when the next one is due."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any, cast

from ssmtui.aws.gateway import Gateway, Gateways, NodePage
from ssmtui.errors import AccessDenied, ConnectionFailed, ServiceError, SsmtuiError
from ssmtui.inventory.states import ScopePhase, ScopeState, failed_phase
from ssmtui.inventory.store import NOTHING, Delta, NodeStore
from ssmtui.model import Identity, Node, Scope

JITTER = 0.1
"""Part of an interval by which each one differs, so that scopes do not call all at the same moment."""
SLOWEST = 600.0
"""Seconds to which the pause between two listings grows, where the service asks to slow down."""
PATIENCE = 600.0
"""Seconds after which a scope is tried again that was denied or signed out, for somebody may have seen to it."""
AT_A_TIME = 1000
"""Nodes taken in before the loop gets a turn."""
IDENTITY_TIMEOUT = 4.0
"""Seconds that a listing waits for STS, which a private network may not reach; the nodes do not depend on it."""

Report = Callable[[ScopeState, Delta], None]


class ScopeWatch:
    """Keeps the store's nodes of one scope fresh, and reports each step."""

    def __init__(
        self,
        scope: Scope,
        gateways: Gateways,
        store: NodeStore,
        report: Report,
        *,
        clock: Callable[[], float],
        rng: random.Random,
        slots: asyncio.Semaphore,
    ) -> None:
        self.scope = scope
        self.state = ScopeState(scope)
        self.task: asyncio.Task[None] | None = None
        """What runs :meth:`run`."""
        self._gateways = gateways
        self._store = store
        self._tell = report
        self._clock = clock
        self._rng = rng
        self._slots = slots
        self._wanted = asyncio.Event()
        self._slowed = 0

    def refresh(self) -> None:
        """Have a listing made soon; one that is under way is let finish, and serves."""
        if self.state.phase is not ScopePhase.LOADING:
            self._wanted.set()

    def stop(self) -> None:
        """Abandon what is under way."""
        if self.task is not None:
            self.task.cancel()

    async def run(self, interval: float) -> None:
        """List now, and again about ``interval`` seconds after each listing, later where that is of no use."""
        while True:
            async with self._slots:
                await self.list_once()
            self._wanted.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause(interval)):
                    await self._wanted.wait()

    async def list_once(self) -> None:
        """One whole listing; its failure becomes the state."""
        generation = self._store.begin(self.scope)
        self._report(phase=ScopePhase.LOADING, listed=0, error=None, problems=())
        try:
            gateway = self._gateways.gateway(self.scope)
            await self._introduce(gateway)
            async with aclosing(cast("Any", gateway.nodes())) as pages:
                async for page in pages:
                    await self._take(page, generation)
        except SsmtuiError as error:
            nodes = self._store.count(self.scope)
            self._report(phase=failed_phase(error, nodes), nodes=nodes, error=error)
            return
        delta = self._store.complete(self.scope, generation)
        self._report(
            delta,
            phase=ScopePhase.COMPLETE,
            nodes=self._store.count(self.scope),
            refreshed_at=self._clock(),
            from_cache=False,
            problems=(*self.state.problems, *self._clashes()),
        )

    async def _introduce(self, gateway: Gateway) -> None:
        """Learn who calls there: once, and before the first listing, whose nodes are told their account by it."""
        if self.state.identity is not None:
            return
        identity = await _identity(gateway)
        if identity is not None:
            self._report(identity=identity)
            self._report(alias=await _alias(gateway))

    async def _take(self, page: NodePage, generation: int) -> None:
        if page.problem is not None:
            self._report(problems=(*self.state.problems, (page.source, page.problem)))
        for nodes in _slices(page.nodes):
            delta = self._store.apply(self.scope, nodes, generation)
            self._report(delta, listed=self._store.listed(self.scope), nodes=self._store.count(self.scope))
            await asyncio.sleep(0)

    def _clashes(self) -> tuple[tuple[str, SsmtuiError], ...]:
        clashes = self._store.clashes(self.scope)
        if not clashes:
            return ()
        those = "1 node has" if clashes == 1 else f"{clashes:,} nodes have"
        text = f"{those} the id of another account's node, and only that one is shown"
        return (("the listing", ServiceError(text, title="Not all nodes can be shown")),)

    def _pause(self, interval: float) -> float:
        """Seconds to the next listing."""
        phase = self.state.phase
        self._slowed = self._slowed + 1 if phase is ScopePhase.THROTTLED else 0
        pause = interval
        if phase is ScopePhase.THROTTLED:
            pause = max(interval, min(SLOWEST, interval * 2**self._slowed))
        elif phase in (ScopePhase.DENIED, ScopePhase.SIGNED_OUT):
            pause = max(interval, PATIENCE)
        return pause * self._rng.uniform(1 - JITTER, 1 + JITTER)

    def _report(self, delta: Delta = NOTHING, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._tell(self.state, delta)


async def _identity(gateway: Gateway) -> Identity | None:
    """Who is calling, or None where STS cannot tell; missing or refused credentials are an error."""
    try:
        async with asyncio.timeout(IDENTITY_TIMEOUT):
            return await gateway.identity()
    except (TimeoutError, AccessDenied, ConnectionFailed):
        return None


async def _alias(gateway: Gateway) -> str:
    """The account's alias, which is only nice to have."""
    try:
        async with asyncio.timeout(IDENTITY_TIMEOUT):
            return await gateway.account_alias()
    except (TimeoutError, SsmtuiError):
        return ""


def _slices(nodes: Sequence[Node]) -> Iterator[Sequence[Node]]:
    for start in range(0, len(nodes), AT_A_TIME):
        yield nodes[start : start + AT_A_TIME]
