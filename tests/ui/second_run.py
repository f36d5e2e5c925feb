"""The app on fakes, in a program that was here before."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from ssmtui.inventory.cache import NodeCache
from ssmtui.inventory.filters import Filters
from ssmtui.inventory.fleet import Fleet
from ssmtui.inventory.usage import Usage
from ssmtui.profiles.histories import Histories
from ssmtui.profiles.store import ProfileStore
from ssmtui.ui.services import Progress, Recollection, Services
from ssmtui.wiring import open_board
from tests.support.fakes import SCOPE, FakeGateway
from tests.ui.harness import Harness


class SecondRun(Harness):
    """Knows the nodes that ``directory`` keeps from the last time. AWS is reached when ``gate`` opens."""

    def __init__(self, directory: Path, gateway: FakeGateway) -> None:
        super().__init__(gateway, recall=self.recall, recall_demo=self.recall_demo)
        self.known = Fleet(cache=NodeCache(directory), clock=self.wall_time)
        self.gate = asyncio.Event()

    async def recall(self) -> Recollection:
        return Recollection(
            memory=self.memory,
            usage=Usage(self.memory),
            filters=Filters(self.memory),
            profiles=ProfileStore.in_memory(self.memory),
            workspaces=self.workspaces,
            histories=Histories(self.memory),
            fleet=self.known,
            scopes=[SCOPE],
        )

    async def recall_demo(self) -> Recollection:
        """Another memory and other nodes, as a demo has them."""
        self.demo = True
        self.known = Fleet(clock=self.wall_time)
        return await self.recall()

    async def open_services(self, progress: Progress) -> Services:
        await self.gate.wait()
        services = await super().open_services(progress)
        self.known.attach(self.gateways)
        board = open_board(self.known, self.gateways)
        board.choose(list(self.known.states))

        async def close_rest() -> None:
            await board.close()
            await services.close_rest()

        return replace(services, fleet=self.known, board=board, close_rest=close_rest)
