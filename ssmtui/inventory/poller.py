"""Keeps a store fresh: one listing at a time, on demand and at an interval."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from ssmtui.aws.gateway import Gateway
from ssmtui.errors import SsmtuiError
from ssmtui.inventory.store import NOTHING, Delta, NodeStore
from ssmtui.tasks import TaskGroup


class Phase(Enum):
    """How far the newest listing is."""

    EMPTY = "empty"
    """None has been asked for."""
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"
    """What was known before is still there, and ages."""


@dataclass(frozen=True, slots=True)
class InventoryState:
    """The listing at one moment."""

    phase: Phase = Phase.EMPTY
    listed: int = 0
    """Nodes that the listing under way has shown so far."""
    error: SsmtuiError | None = None
    refreshed_at: float | None = None
    """Monotonic time of the last complete listing."""


OnChange = Callable[[InventoryState, Delta], None]


class NodePoller:
    """Runs listings and reports each step to ``on_change``, on the event loop."""

    def __init__(
        self,
        gateway: Gateway,
        store: NodeStore,
        on_change: OnChange | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = store
        self.state = InventoryState()
        self.on_change: OnChange = on_change or (lambda _state, _delta: None)
        self._gateway = gateway
        self._clock = clock
        self._tasks = TaskGroup("inventory")
        self._wanted = asyncio.Event()

    def refresh(self) -> None:
        """Have a listing made; one that is under way is let finish, and serves."""
        if self.state.phase is not Phase.LOADING:
            self._wanted.set()

    def start(self, interval: float) -> None:
        """List now, and again ``interval`` seconds after each listing."""
        self._wanted.set()
        self._tasks.start("poller", self._poll(interval))

    async def close(self) -> None:
        """Stop; a listing under way is abandoned."""
        await self._tasks.close()

    async def _poll(self, interval: float) -> None:
        while True:
            try:
                async with asyncio.timeout(interval):
                    await self._wanted.wait()
            except TimeoutError:
                pass
            self._wanted.clear()
            await self.list_once()

    async def list_once(self) -> None:
        """One whole listing; its failure becomes the state."""
        generation = self.store.begin()
        seen: set[str] = set()
        self._report(replace(self.state, phase=Phase.LOADING, listed=0, error=None))
        try:
            async for page in self._gateway.nodes():
                delta = self.store.apply(page.nodes, generation)
                seen.update(node.id for node in page.nodes)
                self._report(replace(self.state, listed=len(seen)), delta)
        except SsmtuiError as error:
            self._report(replace(self.state, phase=Phase.FAILED, error=error))
            return
        delta = self.store.complete(generation)
        self._report(replace(self.state, phase=Phase.READY, refreshed_at=self._clock()), delta)

    def _report(self, state: InventoryState, delta: Delta = NOTHING) -> None:
        self.state = state
        self.on_change(state, delta)
