"""``ssmtui --open FILTER``: sessions on what a filter finds, as soon as the nodes are listed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from ssmtui.aws.gateway import NodePage
from ssmtui.config.settings import Settings
from ssmtui.errors import AccessDenied
from ssmtui.inventory.states import ScopePhase
from ssmtui.ledger.saved_request import SavedSession
from ssmtui.model import Node, StartRequest
from ssmtui.profiles.workspaces import LAST
from ssmtui.ui.start.guard_question import GuardQuestion
from ssmtui.ui.start.listing import Listing
from ssmtui.ui.start.open_question import OpenQuestion
from ssmtui.ui.start.results import Starts
from ssmtui.ui.workspaces.restore import Restore
from tests.support.fakes import FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness


def opening(text: str, gateway: FakeGateway | None = None, **settings: object) -> Harness:
    return Harness(gateway or FakeGateway(fleet(9)), settings=Settings(**settings), open_filter=text)  # type: ignore[arg-type]


async def dialog(harness: Harness, kind: type) -> None:
    await wait_until(kind.__name__, lambda: isinstance(harness.app.screen, kind), report=harness.text)
    await harness.settle()


def names(harness: Harness) -> list[str]:
    return [session.title for session in harness.manager.snapshots()]


async def started(harness: Harness, number: int) -> list[str]:
    await wait_until("the sessions", lambda: len(names(harness)) == number, report=harness.text)
    return names(harness)


async def test_one_node_is_shown_at_once() -> None:
    async with opening("name:bastion-1").run() as harness:
        assert await started(harness, 1) == ["bastion-1"]
        await harness.settle()
        assert harness.app.panes.tabs.session == harness.manager.snapshots()[0].key
        assert harness.app.main.nodes.filter_text == "name:bastion-1"


async def test_several_are_started_in_the_order_of_their_names() -> None:
    async with opening("web|db ping:online").run() as harness:
        assert await started(harness, 3) == ["db-1", "db-2", "web-1"]
        await dialog(harness, Starts)


async def test_several_are_tiled_without_a_question() -> None:
    harness = Harness(FakeGateway(fleet(9)), open_filter="web|db ping:online", tiled=True)
    async with harness.run():
        await started(harness, 3)
        await harness.settle()
        (tab,) = harness.app.panes.tabs.of_sessions
        assert tab.sessions == tuple(session.key for session in harness.manager.snapshots())
        assert isinstance(harness.app.screen, Starts)


async def test_many_are_tiled_after_a_question_without_a_choice() -> None:
    async with Harness(FakeGateway(fleet(9)), open_filter="i-", tiled=True).run() as harness:
        await dialog(harness, OpenQuestion)
        assert "Open 9 sessions in one tab?" in harness.text()
        assert "a tab each" not in harness.text()
        await harness.press("y")
        await started(harness, 9)
        await harness.settle()
        assert len(harness.app.panes.tabs.of_sessions) == 1


async def test_too_many_to_tile_get_a_tab_each() -> None:
    async with Harness(FakeGateway(fleet(17)), open_filter="i-", tiled=True).run() as harness:
        await harness.tells("17 nodes are too many to tile: more than 16 get a tab each")
        await dialog(harness, OpenQuestion)
        await harness.press("y")
        await started(harness, 17)
        assert len(harness.app.panes.tabs.of_sessions) == 17


async def test_many_are_asked_about() -> None:
    async with opening("i-").run() as harness:
        await dialog(harness, OpenQuestion)
        assert names(harness) == []
        await harness.press("y")
        await started(harness, 9)


async def test_a_guarded_node_is_asked_about_as_by_hand() -> None:
    async with opening("name:web", guard=("name:web-1",)).run() as harness:
        await dialog(harness, GuardQuestion)
        await harness.press(*"web-1", "enter")
        assert await started(harness, 2) == ["web-1", "web-2"]


async def test_a_filter_that_finds_nothing_says_so() -> None:
    async with opening("name:wbe-1").run() as harness:
        await harness.tells("No node is found", "name:wbe-1", "among 9 nodes", "The nearest name is web-1")
        assert names(harness) == []


async def test_a_listing_that_failed_is_the_reason() -> None:
    gateway = FakeGateway([])
    gateway.error = AccessDenied("not for jane", remedy="Ask for it.")
    async with opening("web", gateway).run() as harness:
        await harness.tells("No node is found", "prod eu-west-1", "not for jane", "Ask for it.")


async def test_the_last_tabs_do_not_come_as_well() -> None:
    harness = opening("name:bastion-1", restore="always")
    harness.workspaces.save(LAST, [SavedSession(StartRequest("i-1"), "yesterday's")], None)
    async with harness.run():
        assert await started(harness, 1) == ["bastion-1"]
        await harness.settle()
        assert not isinstance(harness.app.screen, Restore)


class GatedGateway(FakeGateway):
    """Lists one page, and the rest once it may."""

    def __init__(self) -> None:
        super().__init__(fleet(9))
        self.page_size = 5
        self.may_go_on = asyncio.Event()

    async def nodes(self, known: object = None) -> AsyncIterator[NodePage]:  # type: ignore[override]
        async for page in super().nodes():
            yield page
            await self.may_go_on.wait()


async def test_nothing_starts_before_the_listing_is_through() -> None:
    gateway = GatedGateway()
    async with opening("name:web", gateway).run((80, 24)) as harness:
        await dialog(harness, Listing)
        await harness.shows("Looking for name:web", "Listing the nodes of prod eu-west-1.", "5 nodes so far")
        assert names(harness) == []
        gateway.may_go_on.set()
        assert await started(harness, 2) == ["web-1", "web-2"]


async def test_the_wait_can_be_cut_short() -> None:
    gateway = GatedGateway()
    async with opening("name:web", gateway).run() as harness:
        await dialog(harness, Listing)
        await harness.shows("5 nodes so far")
        await harness.press("enter")
        assert await started(harness, 1) == ["web-1"]


async def test_the_wait_can_be_left() -> None:
    gateway = GatedGateway()
    async with opening("name:web", gateway).run() as harness:
        await dialog(harness, Listing)
        await harness.press("escape")
        gateway.may_go_on.set()
        await wait_until("it is listed", lambda: ScopePhase.COMPLETE in phases(harness))
        await harness.settle()
        assert harness.app.screen is harness.app.main
        assert names(harness) == []


def phases(harness: Harness) -> list[ScopePhase]:
    return [state.phase for state in harness.fleet.states.values()]


async def test_tags_of_hybrid_nodes_are_read_where_they_decide() -> None:
    pi = [Node(f"mi-{n:017x}", f"pi-{n}", aws_profile="prod", region="eu-west-1") for n in range(2)]
    gateway = FakeGateway(pi)
    gateway.tags_of_hybrid = {pi[1].id: {"env": "prod"}}
    async with opening("tag:env=prod", gateway).run() as harness:
        assert await started(harness, 1) == ["pi-1"]
