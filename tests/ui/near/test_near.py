"""From a node, a session and the form of a tunnel to a database near it; and the token that opens one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from ssmtui.aws.gateway import DatabasePage
from ssmtui.errors import AccessDenied, CredentialsError
from ssmtui.forwards.tunnel import TunnelOptions, TunnelSnapshot
from ssmtui.model import Database
from ssmtui.ui.kit.prompt import Prompt
from ssmtui.ui.near.dialog import DatabasesScreen
from ssmtui.ui.profiles.opening import opening
from ssmtui.ui.tunnels.form import TunnelForm
from ssmtui.ui.tunnels.view import TunnelsView
from tests.support.fake_tunnels import FakeTunnels, tunnel
from tests.support.fakes import FakeGateway, fleet
from tests.support.wait import wait_until
from tests.ui.harness import Harness

HOST = "orders.cluster-c9akciq32rga.eu-west-1.rds.amazonaws.com"
ORDERS = Database("RDS", "orders", "writer", HOST, 5432, "aurora-postgresql", "16.8", "vpc-0a1b2c3d", "available")
TOKEN = f"{HOST}:5432/?Action=connect&DBUser=jane&X-Amz-Signature=5ec2e7"


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


async def test_a_list_that_is_closed_early_leaves_no_call_behind() -> None:
    harness = with_databases()
    gate = asyncio.Event()
    ended: list[bool] = []

    async def slow() -> AsyncIterator[DatabasePage]:
        try:
            yield DatabasePage([ORDERS])
            await gate.wait()
        finally:
            ended.append(True)

    harness.gateway.databases = slow  # type: ignore[method-assign]
    async with harness.run():
        await harness.ready()
        await harness.press("D")
        await offered(harness)
        await harness.press("escape")
        await wait_until("the listing is closed", lambda: ended)


async def test_what_a_scope_has_is_read_once_for_all_of_these() -> None:
    async with with_databases().run() as harness:
        await harness.ready()
        for _ in range(2):
            await harness.press("D")
            await offered(harness)
            await harness.press("escape")
        assert harness.gateway.databases_asked == 1


# Clients and tokens


def on(text: str, user: str = "") -> Harness:
    harness = Harness(FakeGateway(fleet(9)))
    harness.tunnels = cast("Any", FakeTunnels(tunnel(1, text, options=TunnelOptions(database_user=user))))
    return harness


async def listed(harness: Harness) -> None:
    await harness.ready()
    await harness.press("T")
    await wait_until("the list", lambda: isinstance(harness.app.panes.front, TunnelsView), report=harness.text)
    view = harness.app.panes.front
    assert isinstance(view, TunnelsView)
    await wait_until("its rows", lambda: view.table.rows, report=harness.text)
    await harness.settle()


async def test_a_token_for_the_user_of_the_profile_is_copied_and_nothing_else_learns_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    harness = on(f"5432:{HOST}:5432", "jane")
    async with harness.run():
        await listed(harness)
        await harness.press("p")
        await harness.tells("Copied a token for jane, good for 15 minutes")
        assert harness.clipboard.given == [TOKEN]
        assert "5ec2e7" not in harness.text()
        assert not any("5ec2e7" in notice.message for notice in harness.app._notifications)
    assert "5ec2e7" not in caplog.text


async def test_a_profile_says_whom_the_token_is_for() -> None:
    profile = f'[profiles.db]\nquery = "name:db-1"\nforwards = ["0:{HOST}:5432"]\ndatabase_user = "jane"\n'
    harness = Harness(FakeGateway(fleet(9)), profiles=profile)
    async with harness.run():
        await harness.ready()
        await wait_until("the listing is whole", lambda: all(s.refreshed_at for s in harness.fleet.states.values()))
        assert harness.app.services is not None
        saved = harness.app.services.profiles.profiles.profiles["db"]
        opening.open_profiles(harness.app.main.features.profiles.context, [saved])
        await opened(harness)
        await harness.command("tunnels")
        await wait_until("the list", lambda: isinstance(harness.app.panes.front, TunnelsView), report=harness.text)
        await harness.settle()
        await harness.press("p")
        await wait_until("it is copied", lambda: harness.clipboard.given, report=harness.text)
        assert harness.clipboard.given == [TOKEN]


async def test_the_user_is_asked_for_where_nobody_said_one_and_offered_the_next_time() -> None:
    harness = on(f"5432:{HOST}:5432")
    async with harness.run():
        await listed(harness)
        for typed in (["enter", *"jane", "enter"], ["enter"]):
            await harness.press("p")
            await wait_until("the question", lambda: isinstance(harness.app.screen, Prompt), report=harness.text)
            await harness.press(*typed)
            await wait_until("the answer", lambda: not isinstance(harness.app.screen, Prompt), report=harness.text)
        await wait_until("both are copied", lambda: len(harness.clipboard.given) == 2)
        assert harness.clipboard.given == [TOKEN, TOKEN]


async def test_a_token_for_another_user_by_the_command() -> None:
    harness = on(f"5432:{HOST}:5432", "jane")
    async with harness.run():
        await listed(harness)
        await harness.command("tunnel-token", "reporting")
        await wait_until("it is copied", lambda: harness.clipboard.given)
        assert "DBUser=reporting" in harness.clipboard.given[0]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("5432:db.internal:5432", "and not for db.internal"),
        ("8080:80", "leads to no database"),
        ("5432:reporting.cluster-custom-c9.eu-west-1.rds.amazonaws.com:5432", "no token for a custom endpoint"),
    ],
)
async def test_where_there_is_no_token(text: str, why: str) -> None:
    harness = on(text, "jane")
    async with harness.run():
        await listed(harness)
        await harness.press("p")
        await harness.tells(why)
        assert harness.clipboard.given == []


async def test_a_clients_command_line_is_copied() -> None:
    harness = on(f"5432:{HOST}:5432", "jane")
    async with harness.run():
        await listed(harness)
        await harness.press("P")
        await wait_until("it is copied", lambda: harness.clipboard.given)
        await harness.command("tunnel-client", "admin")
        await wait_until("another one is copied", lambda: len(harness.clipboard.given) == 2)
    line = f"psql 'host={HOST} hostaddr=127.0.0.1 port=5432 user=jane sslmode=require'"
    assert harness.clipboard.given == [line, line.replace("jane", "admin")]


async def test_where_no_client_is_known() -> None:
    harness = on("7000:db.internal:7000")
    async with harness.run():
        await listed(harness)
        await harness.press("P")
        await harness.tells("No client is known for what the tunnel leads to")
        assert harness.clipboard.given == []


@pytest.mark.parametrize("error", [CredentialsError("the token has expired"), AccessDenied("no")])
async def test_credentials_that_cannot_sign(error: Exception) -> None:
    harness = on(f"5432:{HOST}:5432", "jane")
    harness.gateway.databases_error = cast("Any", error)
    async with harness.run():
        await listed(harness)
        await harness.press("p")
        await harness.tells("No token for jane")
        assert harness.clipboard.given == []
