"""The listings of one scope, one after the other, and when the next one is due."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar, cast

from ssmtui.aws.gateway import HYBRID_TAGS, Gateway, Gateways, NodePage, alias_of, identity_of
from ssmtui.daemon import in_daemon_thread
from ssmtui.errors import ServiceError, SsmtuiError, defect
from ssmtui.inventory.cache import NodeCache
from ssmtui.inventory.opt_in import explained
from ssmtui.inventory.states import HOPELESS, ScopePhase, ScopeState, failed_phase
from ssmtui.inventory.store import NOTHING, Delta, NodeStore
from ssmtui.model import Identity, Node, Scope
from ssmtui.tasks import Tasks

log = logging.getLogger(__name__)

T = TypeVar("T")

JITTER = 0.1
"""Part of an interval by which each one differs, so that scopes do not call all at the same moment."""
SLOWEST = 600.0
"""Seconds to which the pause between two listings grows, where the service asks to slow down."""
PATIENCE = 600.0
"""Seconds after which a scope that was denied or signed out is tried again: somebody may have fixed it."""
AT_A_TIME = 1000
"""Nodes taken in before the loop gets a turn."""
TAGS_AFTER_A_LISTING = 500
"""Hybrid nodes whose tags are read after a listing, at a call each; the next listing goes on from there."""

FEW = 2000
"""Up to so many nodes are written to the disk after each listing with changes; more of them less often."""
KEEP_EVERY = 300.0
"""Seconds between two times that many nodes are written."""

_NOT_KEPT = "The nodes could not be kept for the next run because of a defect in ssmtui"

Report = Callable[[ScopeState, Delta[Node]], None]


@dataclass(frozen=True, slots=True)
class WatchContext:
    """What all watches share."""

    gateways: Callable[[], Gateways]
    cache: NodeCache | None
    """None: nothing is kept."""
    clock: Callable[[], float]
    """Wall time, in seconds since the epoch."""
    rng: random.Random
    slots: asyncio.Semaphore
    """Lets so many listings run at once."""
    others: Callable[[Scope], Sequence[Scope]] = lambda scope: ()
    """The other scopes of its AWS profile, those that can be listed first."""


class ScopeWatch:
    """Keeps the store's nodes of one scope fresh, and reports each step."""

    def __init__(self, scope: Scope, store: NodeStore, report: Report, surroundings: WatchContext) -> None:
        self.scope = scope
        self.state = ScopeState(scope)
        self.task: asyncio.Task[None] | None = None
        """What runs :meth:`run`."""
        self._store = store
        self._tell = report
        self._in = surroundings
        self._wanted = asyncio.Event()
        self._slowed = 0
        self._stopped = False
        self._introduced = False
        self._recalled = False
        self._recalling = asyncio.Lock()
        self._differs = False
        """Whether listings have shown something that is not on the disk."""
        self._hybrid: dict[str, Node] = {}
        """The hybrid nodes of the newest listing, by id."""
        self._kept_at = float("-inf")
        self._cache_is_silent = False

    def refresh(self) -> None:
        """Start a listing soon; one that is under way goes on and counts."""
        if self.state.phase is not ScopePhase.LOADING:
            self._wanted.set()

    def stop(self) -> None:
        """Abandon what is under way."""
        self._stopped = True
        if self.task is not None:
            self.task.cancel()

    async def run(self, interval: float) -> None:
        """List now, and again about ``interval`` seconds after each listing, later where that is of no use."""
        await self._contained(self.recall, "Nodes of an earlier run cannot be shown because of a defect in ssmtui")
        while True:
            self._wanted.clear()
            async with self._in.slots:
                await self._contained(self.list_once, "The listing failed because of a defect in ssmtui")
            await self._contained(self._keep, _NOT_KEPT)
            # Outside the listing's slot: nothing waits for tags, neither what needs the nodes nor another scope's turn.
            await self._until_wanted(
                self._contained(self._read_tags, "Reading tags failed because of a defect in ssmtui")
            )
            if self._differs:
                await self._contained(self._keep, _NOT_KEPT)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause(interval)):
                    await self._wanted.wait()

    async def _contained(self, step: Callable[[], Awaitable[None]], title: str) -> None:
        """Take ``step``. A defect in it becomes the state, as a listing's failure does: whatever raised, the next
        listing is made, and nothing stays LOADING."""
        try:
            await step()
        except Exception as error:
            log.exception("%s, of %s", title, self.scope)
            phase = self.state.phase
            nodes = self._store.count(self.scope)
            if phase in (ScopePhase.LOADING, ScopePhase.WAITING):
                phase = ScopePhase.STALE if nodes else ScopePhase.FAILED
            # Not through _report: a listener may be what raised.
            self.state = replace(self.state, phase=phase, nodes=nodes, error=defect(error, title))
            try:
                self._tell(self.state, NOTHING)
            except Exception:
                log.exception("the state of %s could not be shown", self.scope)

    async def _until_wanted(self, work: Coroutine[Any, Any, None]) -> None:
        """Do ``work``; stop it when another listing is wanted."""
        tasks = Tasks("watch")
        ends = {tasks.start("work", work), tasks.start("wanted", self._wanted.wait())}
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await tasks.close()

    async def list_once(self) -> None:
        """One whole listing; its failure becomes the state."""
        self._report(phase=ScopePhase.LOADING, listed=0, error=None, problems=())
        try:
            gateway = self._in.gateways().gateway(self.scope)
            await self._introduce(gateway)
            generation = self._store.begin(self.scope)
            self._hybrid = {}
            async with aclosing(cast("Any", gateway.nodes(partial(self._store.known, self.scope)))) as pages:
                async for page in pages:
                    await self._take(page, generation)
        except SsmtuiError as error:
            error = await explained(error, self.scope, self._in.gateways(), self._in.others(self.scope))
            nodes = self._store.count(self.scope)
            self._report(phase=failed_phase(error, nodes), nodes=nodes, error=error)
            return
        delta = self._store.complete(self.scope, generation)
        self._differs |= bool(delta)
        self._report(
            delta,
            phase=ScopePhase.COMPLETE,
            nodes=self._store.count(self.scope),
            refreshed_at=self._in.clock(),
            from_cache=False,
            problems=(*self.state.problems, *self._clashes()),
        )

    async def _read_tags(self) -> None:
        """Add the tags of hybrid nodes to a complete listing."""
        if self.state.phase is not ScopePhase.COMPLETE:
            return
        others = [problem for problem in self.state.problems if problem[0] != HYBRID_TAGS]
        nodes = list(self._hybrid.values())
        if not nodes:
            return
        gateway = self._in.gateways().gateway(self.scope)
        async with aclosing(cast("Any", gateway.with_hybrid_tags(nodes, TAGS_AFTER_A_LISTING))) as pages:
            async for page in pages:
                delta = self._store.amend(self.scope, page.nodes)
                self._differs |= bool(delta)
                unread = [(page.source, page.problem)] if page.problem is not None else []
                self._report(delta, problems=(*others, *unread))

    # The disk

    async def recall(self) -> None:
        """Show what is kept of the scope, once. A second caller waits until it is shown, since a listing that begins
        would cut it short. A named AWS profile says whose nodes these are; without one they are shown once the caller's
        account is known."""
        async with self._recalling:
            await self._recall()

    async def _recall(self) -> None:
        account = self.state.identity.account if self.state.identity is not None else ""
        if self._in.cache is None or self._recalled or not (account or self.scope.aws_profile):
            return
        self._recalled = True
        kept = await self._cached(partial(self._in.cache.load, self.scope, account))
        if kept is None or (account and kept.account and kept.account != account):
            return
        generation = self._store.begin(self.scope)
        # Here and not in a thread: the loop would have to share the interpreter with it.
        for nodes in kept.nodes():
            if self._stopped:
                return
            delta = self._store.apply(self.scope, nodes, generation)
            self._report(delta, nodes=self._store.count(self.scope), from_cache=True, refreshed_at=kept.refreshed_at)
            await asyncio.sleep(0)
        if self.state.phase is ScopePhase.WAITING:
            self._report(phase=ScopePhase.STALE)
        if self.state.identity is None and kept.account:
            self._report(identity=Identity(kept.account, ""), alias=kept.alias)

    async def _keep(self) -> None:
        """Write what is known to the disk, after a complete listing."""
        account = self.state.identity.account if self.state.identity is not None else ""
        if self._in.cache is None or self.state.phase is not ScopePhase.COMPLETE:
            return
        if not (account or self.scope.aws_profile):
            return
        now = self._in.clock()
        if not self._differs:
            await self._cached(partial(self._in.cache.touch, self.scope, account, now))
        elif self.state.nodes <= FEW or now - self._kept_at >= KEEP_EVERY:
            self._kept_at, self._differs = now, False
            nodes = self._store.of(self.scope)
            await self._cached(partial(self._in.cache.save, self.scope, account, self.state.alias, nodes, now))

    async def _cached(self, work: Callable[[], T]) -> T | None:
        """What the cache gives; None where its disk does not answer, after which it is not asked again."""
        if self._cache_is_silent:
            return None
        try:
            return await in_daemon_thread(work)
        except TimeoutError:
            self._cache_is_silent = True
            log.warning("the node cache of %s does not answer; it is not used any more", self.scope.region)
            return None

    # A listing

    async def _introduce(self, gateway: Gateway) -> None:
        """Ask who is calling: once, and before the first listing, whose nodes get their account from it."""
        if self._introduced:
            return
        identity = await identity_of(gateway)
        if identity is None:
            return
        self._introduced = True
        known = self.state.identity
        if known is not None and known.account != identity.account:
            # The AWS profile belongs to another account now: what is shown is not its.
            self._report(self._store.forget(self.scope), nodes=0, from_cache=False, refreshed_at=None, alias="")
        self._report(identity=identity)
        self._report(alias=await alias_of(gateway))
        await self.recall()

    async def _take(self, page: NodePage, generation: int) -> None:
        if page.problem is not None:
            self._report(problems=(*self.state.problems, (page.source, page.problem)))
        for nodes in _slices(page.nodes):
            delta = self._store.apply(self.scope, nodes, generation)
            self._differs |= bool(delta)
            self._hybrid.update([(node.id, node) for node in nodes if node.is_hybrid])
            self._report(delta, listed=self._store.listed(self.scope), nodes=self._store.count(self.scope))
            await asyncio.sleep(0)

    def _clashes(self) -> tuple[tuple[str, SsmtuiError], ...]:
        clashes = self._store.clashes(self.scope)
        if not clashes:
            return ()
        those = "1 node has" if clashes == 1 else f"{clashes:,} nodes have"
        text = f"{those} the id of another account's node, and only that one is shown"
        return (("a node with the id of another account's", ServiceError(text, title="Not all nodes can be shown")),)

    def _pause(self, interval: float) -> float:
        """Seconds to the next listing."""
        phase = self.state.phase
        self._slowed = self._slowed + 1 if phase is ScopePhase.THROTTLED else 0
        pause = interval
        if phase is ScopePhase.THROTTLED:
            pause = max(interval, min(SLOWEST, interval * 2**self._slowed))
        elif phase in HOPELESS:
            pause = max(interval, PATIENCE)
        return pause * self._in.rng.uniform(1 - JITTER, 1 + JITTER)

    def _report(self, delta: Delta[Node] = NOTHING, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._tell(self.state, delta)


def _slices(nodes: Sequence[Node]) -> Iterator[Sequence[Node]]:
    for start in range(0, len(nodes), AT_A_TIME):
        yield nodes[start : start + AT_A_TIME]
