"""The board against a lab over boto3: what it shows is the service's book, in several accounts at once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ssmtui.aws.gateways import BotoGateways, open_gateways
from ssmtui.aws.session import StaticCredentials, StaticProfile
from ssmtui.errors import AccessDenied, CredentialsError
from ssmtui.inventory.session_board import SessionBoard
from ssmtui.inventory.states import ScopePhase
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.lab.sessions import SessionBook
from ssmtui.model import PingStatus, Scope, StartRequest
from tests.support.wait import wait_until

COLLEAGUES = 230
OFTEN = 3600.0


class Live:
    """A lab and a board."""

    def __init__(self, lab: Lab, gateways: BotoGateways) -> None:
        self.lab, self.gateways = lab, gateways
        self.board = SessionBoard(lambda: gateways)

    def scope(self, account: str) -> Scope:
        """The account of that name in the region of its AWS profile."""
        return Scope(account, self.lab.site(account).region, self.lab.address.endpoint_url)

    async def listed(self) -> None:
        await wait_until(
            "all is listed",
            lambda: all(
                state.phase not in (ScopePhase.WAITING, ScopePhase.LOADING) for state in self.board.states.values()
            ),
            report=lambda: str(self.board.states),
        )

    def books(self, *accounts: str, active: bool) -> set[str]:
        books: list[SessionBook] = [self.lab.site(account).book for account in accounts]
        return {one.session_id for book in books for one in book if one.active is active}

    @property
    def shown(self) -> set[str]:
        return {row.id for row in self.board.sessions.values()}


@pytest.fixture
async def live() -> AsyncIterator[Live]:
    lab = Lab(LabOptions(nodes=60, start_delay=0.01, shell="sh", colleagues=COLLEAGUES))
    address = await lab.start()
    profiles = {
        name: StaticProfile(StaticCredentials(one.access_key_id, one.secret_access_key), one.region)
        for name, one in address.profiles.items()
    }
    gateways = await open_gateways(
        "prod", "eu-west-1", address.endpoint_url, profiles["prod"].credentials, static_profiles=profiles
    )
    live = Live(lab, gateways)
    yield live
    await live.board.close()
    await gateways.close()
    await lab.close()


async def test_what_is_shown_is_what_the_services_list_after_anything(live: Live) -> None:
    prod, staging, legacy = map(live.scope, ("prod", "staging", "legacy"))
    gateway = live.gateways.gateway(prod)
    nodes = [node async for page in gateway.nodes() for node in page.nodes]
    node = next(one for one in nodes if one.ping is PingStatus.ONLINE and one.platform_name == "Ubuntu")
    mine = await gateway.start_session(StartRequest(node.id, reason="INC-7"))
    live.board.choose([prod, staging, legacy])
    live.board.watch("test", OFTEN)
    await live.listed()
    assert live.shown == live.books("prod", "staging", active=True)
    assert len(live.shown) == 2 * COLLEAGUES + 1
    assert [row.id for row in live.board.sessions.values() if row.mine] == [mine.session_id]
    assert mine.session_id in {row.id for row in live.board.on_node(node)}
    assert live.board.states[legacy].phase is ScopePhase.SIGNED_OUT, "its credentials have expired"
    assert isinstance(live.board.states[legacy].error, CredentialsError)

    await gateway.terminate_session(mine.session_id)
    (row,) = [row for row in live.board.sessions.values() if row.mine]
    live.board.ended([row])
    assert mine.session_id not in live.shown
    await wait_until("it is over", lambda: mine.session_id in live.books("prod", active=False))
    live.board.show(history=True)
    await live.listed()
    assert live.shown == live.books("prod", "staging", active=False)
    history = await live.board.node_history(prod, node.id)
    newest = history[0]
    assert (newest.id, newest.record.reason, newest.is_over) == (mine.session_id, "INC-7", True)


async def test_a_list_that_is_denied_or_throttled_is_a_state(live: Live) -> None:
    prod = live.scope("prod")
    live.lab.fail_next("DescribeSessions", "AccessDeniedException", 1)
    live.board.choose([prod])
    live.board.watch("test", OFTEN)
    await live.listed()
    assert live.board.states[prod].phase is ScopePhase.DENIED
    assert isinstance(live.board.states[prod].error, AccessDenied)
    live.lab.fail_next("DescribeSessions", "ThrottlingException", 1)
    live.board.refresh()
    await wait_until("it is listed after all", lambda: live.board.states[prod].phase is ScopePhase.COMPLETE)
    assert live.shown == live.books("prod", active=True)
