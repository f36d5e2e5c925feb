"""Nodes that were known the last time are shown, and can be worked with, before AWS has been reached."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from ssmtui.errors import ConfigurationError
from ssmtui.inventory.cache import NodeCache
from ssmtui.inventory.filters import Filters
from ssmtui.inventory.fleet import Fleet
from ssmtui.inventory.states import ScopePhase
from ssmtui.inventory.usage import Usage
from ssmtui.profiles.histories import Histories
from ssmtui.profiles.store import ProfileStore
from ssmtui.ui.services import Progress, Recollection, Services
from tests.support.fakes import ACCOUNT, SCOPE, FakeGateway, FrozenClock, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness


class SecondRun(Harness):
    """A program that was here before: the cache holds eight nodes. AWS is reached when ``gate`` opens."""

    def __init__(self, directory: Path, gateway: FakeGateway | None = None) -> None:
        NodeCache(directory).save(SCOPE, ACCOUNT, "acme", known(8), FrozenClock().now().timestamp() - 120)
        super().__init__(gateway or FakeGateway(known(9)), recall=self.recall)
        self.gate = asyncio.Event()
        self.error: ConfigurationError | None = None
        self.known = Fleet(cache=NodeCache(directory), clock=self.wall_time)

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

    async def open_services(self, progress: Progress) -> Services:
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        services = await super().open_services(progress)
        self.known.attach(cast("Any", self.gateways))
        return replace(services, fleet=self.known)


def known(size: int) -> list[Any]:
    return [node._replace(aws_profile="prod") for node in fleet(size)]


async def test_they_are_shown_with_their_age_and_can_be_looked_through(tmp_path: Path):
    async with SecondRun(tmp_path).run() as harness:
        await wait_until("the nodes are shown", lambda: harness.app.main.nodes.selected)
        await harness.settle()
        assert "8 nodes" in harness.text()
        assert "2 min ago" in harness.text()
        await harness.press("slash", "w", "e", "b", "enter")
        assert "2 of 8" in harness.text()
        await harness.press("enter")
        assert not harness.manager.snapshots()
        assert "AWS has not been reached yet" in harness.text()


async def test_they_are_refreshed_where_they_are_once_aws_is_reached(tmp_path: Path):
    async with SecondRun(tmp_path).run() as harness:
        await wait_until("the nodes are shown", lambda: harness.app.main.nodes.selected)
        await harness.settle()
        await harness.press("j", "j")
        under = harness.app.main.nodes.selected
        harness.gate.set()
        await wait_until("the listing is over", lambda: harness.known.states[SCOPE].phase is ScopePhase.COMPLETE)
        await harness.settle()
        assert "9 nodes" in harness.text()
        assert harness.app.main.nodes.selected == under
        await harness.press("enter")
        await wait_until("a session is started", harness.manager.snapshots)


async def test_a_start_that_fails_is_told_over_them_and_may_be_tried_again(tmp_path: Path):
    harness = SecondRun(tmp_path)
    harness.error = ConfigurationError("there is no AWS profile staging")
    harness.gate.set()
    async with harness.run():
        await wait_until("it is told", lambda: "there is no AWS profile staging" in harness.text())
        await wait_until("the nodes are shown", lambda: harness.app.main.nodes.selected)
        await harness.settle()
        assert "there is no AWS profile staging" in harness.text()
        harness.error = None
        await harness.press("r")
        await wait_until("the listing is over", lambda: "9 nodes" in harness.text())
        assert "there is no AWS profile staging" not in harness.text()
