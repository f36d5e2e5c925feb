"""From a node, a session and the form of a tunnel to a database near it."""

from __future__ import annotations

from ssmtui.aws.gateway import DatabasePage
from ssmtui.forwards.tunnel import TunnelSnapshot
from ssmtui.model import Database
from ssmtui.ui.near.dialog import DatabasesScreen
from ssmtui.ui.tunnels.form import TunnelForm
from tests.support.fakes import FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness

HOST = "orders.cluster-c9akciq32rga.eu-west-1.rds.amazonaws.com"
ORDERS = Database("RDS", "orders", "writer", HOST, 5432, "aurora-postgresql", "16.8", "vpc-0a1b2c3d", "available")


def with_databases() -> Harness:
    gateway = FakeGateway(fleet(9))
    gateway.database_pages = [DatabasePage([ORDERS, ORDERS._replace(name="far", host="far.example", vpc_id="vpc-2")])]
    return Harness(gateway)


async def offered(harness: Harness) -> None:
    def is_listed() -> bool:
        return isinstance(harness.app.screen, DatabasesScreen) and "orders (writer)" in harness.text()

    await wait_until("the databases", is_listed, report=harness.text)
    await harness.settle()


async def opened(harness: Harness) -> TunnelSnapshot:
    await wait_until("a tunnel", lambda: harness.tunnels.snapshots(), report=harness.text)
    (one,) = harness.tunnels.snapshots()
    return one


async def test_from_a_node_to_a_tunnel_with_two_keys() -> None:
    async with with_databases().run() as harness:
        await harness.ready()
        node = harness.app.main.nodes.selected
        await harness.press("D")
        await offered(harness)
        await harness.press("enter")
        one = await opened(harness)
        assert node is not None
        assert (one.target, one.forward.host, one.forward.port, one.forward.local) == (node.id, HOST, 5432, None)


async def test_words_behind_the_command_narrow_the_list_and_the_form_changes_the_tunnel() -> None:
    async with with_databases().run() as harness:
        await harness.ready()
        await harness.command("databases", "aurora")
        await offered(harness)
        await harness.press("ctrl+o")
        await wait_until("the form", lambda: isinstance(harness.app.screen, TunnelForm), report=harness.text)
        await harness.shows(f"{HOST}:5432")
        await harness.press("ctrl+s")
        assert (await opened(harness)).forward.host == HOST


async def test_near_the_node_of_the_session_in_front() -> None:
    async with with_databases().run() as harness:
        await harness.ready()
        key = await harness.open_session()
        await harness.command("databases")
        await offered(harness)
        await harness.press("enter")
        assert (await opened(harness)).target == harness.manager.snapshot(key).request.target


async def test_the_form_of_a_tunnel_asks_for_one() -> None:
    async with with_databases().run() as harness:
        await harness.ready()
        await harness.press("f")
        await wait_until("the form", lambda: isinstance(harness.app.screen, TunnelForm), report=harness.text)
        await harness.press("ctrl+b")
        await offered(harness)
        await harness.press("enter")
        await wait_until("the form", lambda: isinstance(harness.app.screen, TunnelForm), report=harness.text)
        await harness.shows(f"{HOST}:5432")
        await harness.press("ctrl+s")
        assert (await opened(harness)).forward.host == HOST


async def test_what_a_scope_has_is_read_once_for_all_of_these() -> None:
    async with with_databases().run() as harness:
        await harness.ready()
        for _ in range(2):
            await harness.press("D")
            await offered(harness)
            await harness.press("escape")
        assert harness.gateway.databases_asked == 1
