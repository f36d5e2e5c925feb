"""Nodes that were known the last time are shown, and can be worked with, before AWS has been reached."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ssmtui.errors import ConfigurationError
from ssmtui.inventory.cache import NodeCache
from ssmtui.inventory.states import ScopePhase
from ssmtui.ui.services import Progress, Services
from tests.support.fakes import ACCOUNT, SCOPE, FakeGateway, FrozenClock, fleet
from tests.support.wait import wait_until
from tests.ui.second_run import SecondRun


class EightKnown(SecondRun):
    """The cache holds eight of nine nodes. AWS is not reached while there is an ``error``."""

    def __init__(self, directory: Path) -> None:
        NodeCache(directory).save(SCOPE, ACCOUNT, "acme", known(8), FrozenClock().now().timestamp() - 120)
        super().__init__(directory, FakeGateway(known(9)))
        self.error: ConfigurationError | None = None

    async def open_services(self, progress: Progress) -> Services:
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return await super().open_services(progress)


def known(size: int) -> list[Any]:
    return [node._replace(aws_profile="prod") for node in fleet(size)]


async def test_they_are_shown_with_their_age_and_can_be_looked_through(tmp_path: Path):
    async with EightKnown(tmp_path).run() as harness:
        await wait_until("the nodes are shown", lambda: harness.app.main.nodes.selected)
        await harness.settle()
        assert "8 nodes" in harness.text()
        assert "2 min ago" in harness.text()
        await harness.press("slash", "w", "e", "b", "enter")
        assert "2 of 8" in harness.text()
        await harness.press("enter")
        assert not harness.manager.snapshots()
        await harness.shows("Open the default shell on the node")


async def test_they_are_refreshed_where_they_are_once_aws_is_reached(tmp_path: Path):
    async with EightKnown(tmp_path).run() as harness:
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
    harness = EightKnown(tmp_path)
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
