"""The poller reports each step of a listing, and a failure keeps what was known."""

from collections.abc import AsyncIterator, Sequence

from ssmtui.aws.gateway import NodePage
from ssmtui.errors import AccessDenied, SsmtuiError
from ssmtui.inventory.poller import InventoryState, NodePoller, Phase
from ssmtui.inventory.store import Delta, NodeStore
from ssmtui.model import Node
from tests.support.wait import wait_until


class ListingGateway:
    """Answers with the given pages; an error among them is raised in its place."""

    def __init__(self, *listings: Sequence[Sequence[Node] | SsmtuiError]) -> None:
        self.listings = list(listings)

    async def nodes(self) -> AsyncIterator[NodePage]:
        for page in self.listings.pop(0):
            if isinstance(page, SsmtuiError):
                raise page
            yield NodePage(page)


A, B = Node("i-a", "a"), Node("i-b", "b")


def poller_for(*listings: Sequence[Sequence[Node] | SsmtuiError]) -> tuple[NodePoller, list[tuple[Phase, int, Delta]]]:
    steps: list[tuple[Phase, int, Delta]] = []

    def note(state: InventoryState, delta: Delta) -> None:
        steps.append((state.phase, state.listed, delta))

    gateway = ListingGateway(*listings)
    return NodePoller(gateway, NodeStore(), note, clock=lambda: 7.0), steps  # type: ignore[arg-type]


async def test_a_listing_is_reported_page_by_page() -> None:
    poller, steps = poller_for([[A], [B]])
    await poller.list_once()
    assert steps == [
        (Phase.LOADING, 0, Delta()),
        (Phase.LOADING, 1, Delta(added=frozenset({"i-a"}))),
        (Phase.LOADING, 2, Delta(added=frozenset({"i-b"}))),
        (Phase.READY, 2, Delta()),
    ]
    assert poller.state.refreshed_at == 7.0


async def test_a_failure_keeps_the_rows_and_says_why() -> None:
    denied = AccessDenied("no", code="AccessDeniedException")
    poller, _ = poller_for([[A]], [denied])
    await poller.list_once()
    await poller.list_once()
    assert poller.state.phase is Phase.FAILED
    assert poller.state.error is denied
    assert poller.state.refreshed_at == 7.0
    assert set(poller.store.nodes) == {"i-a"}


async def test_it_lists_at_once_on_demand_and_at_the_interval() -> None:
    poller, steps = poller_for([[A]], [[A, B]], [[B]])
    poller.start(interval=0.05)
    await wait_until("the first listing", lambda: steps and steps[-1][0] is Phase.READY)
    await wait_until("the interval's own listings", lambda: sum(step[0] is Phase.READY for step in steps) == 3)
    assert set(poller.store.nodes) == {"i-b"}
    await poller.close()


async def test_refresh_asks_for_another_listing() -> None:
    poller, _ = poller_for([[A]], [[B]])
    poller.start(interval=3600)
    await wait_until("the first listing", lambda: poller.state.phase is Phase.READY)
    poller.refresh()
    await wait_until("the second listing", lambda: set(poller.store.nodes) == {"i-b"})
    await poller.close()
