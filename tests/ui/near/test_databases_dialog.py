"""The list of databases near a node: what it offers, how it is narrowed, what it says where something is missing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ssmtui.errors import AccessDenied, CredentialsError
from ssmtui.inventory.databases import Nearby
from ssmtui.model import Database, Node
from ssmtui.ui.near.dialog import DatabaseAnswer, DatabasesScreen
from tests.support.wait import wait_until
from tests.ui.harness import Harness
from tests.ui.test_snapshots import SIZES, check

VPC, OTHER = "vpc-0a3f5c7e9b1d2f468", "vpc-0c5e7a9b2d4f6181a"
NODE = Node("i-0a1b2c3d4e5f60718", "web-1")
TAIL = "c9akciq32rga.eu-west-1.rds.amazonaws.com"


def database(
    name: str, role: str = "instance", engine: str = "postgres", port: int = 5432, **facts: object
) -> Database:
    host = f"{name}.{'cluster-' if role == 'writer' else ''}{TAIL}"
    return Database("RDS", name, role, host, port, engine, "16.8", VPC, "available")._replace(
        **facts  # type: ignore[arg-type]
    )


ORDERS = database("orders", "writer", "aurora-postgresql", cluster="orders", iam_auth=True, database_name="orders")
BILLING = database("billing", engine="mysql", port=3306)
STOPPED = database("reports-archive", status="stopped")
CACHE = database("feed", "configuration", "redis", 6379, service="ElastiCache", cluster_mode=True)
FAR = database("dev-shop", vpc_id=OTHER)
ALL = [ORDERS, BILLING, STOPPED, CACHE, FAR]


class Found:
    """Gives these steps; each call is noted."""

    def __init__(self, *steps: Nearby, error: Exception | None = None) -> None:
        self.steps = list(steps)
        self.error = error
        self.asked: list[bool] = []
        self.reading = 0
        """How many read now."""
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, again: bool) -> AsyncIterator[Nearby]:
        self.asked.append(again)
        self.reading += 1
        try:
            for step in self.steps:
                yield step
                await self.gate.wait()
            if self.error is not None:
                raise self.error
        finally:
            self.reading -= 1


def complete(*databases: Database, problems: tuple[AccessDenied, ...] = (), vpc_id: str = VPC) -> Nearby:
    return Nearby(databases, vpc_id, problems, complete=True)


async def opened(
    harness: Harness, find: Found, text: str = "", *, fills_form: bool = False
) -> list[DatabaseAnswer | None]:
    await harness.ready()
    answers: list[DatabaseAnswer | None] = []
    harness.app.push_screen(DatabasesScreen(NODE, find, text, fills_form=fills_form), answers.append)
    await harness.settle()
    return answers


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_how_it_looks(size: tuple[int, int]) -> None:
    denied = AccessDenied("no", operation="DescribeDBProxies")
    async with Harness().run(size) as harness:
        await opened(harness, Found(complete(*ALL, problems=(denied,))))
        await harness.shows("orders (writer)")
        await check(harness, "databases")
        await harness.press("tab", "up", "pagedown")
        await check(harness, "databases-everywhere")


async def test_what_is_typed_finds_names_engines_and_addresses() -> None:
    async with Harness().run() as harness:
        answers = await opened(harness, Found(complete(*ALL)))
        await harness.press(*"mysql")
        await harness.shows("1 of 4", "billing")
        assert "orders (writer)" not in harness.text()
        await harness.press("enter")
        assert answers == [DatabaseAnswer(BILLING)]


async def test_the_chosen_one_can_be_changed_in_the_form_first() -> None:
    async with Harness().run() as harness:
        answers = await opened(harness, Found(complete(*ALL)), "feed")
        await harness.shows("cluster mode")
        await harness.press("ctrl+o")
        assert answers == [DatabaseAnswer(CACHE, in_form=True)]


async def test_over_a_form_there_is_nothing_but_to_take_one() -> None:
    async with Harness().run() as harness:
        answers = await opened(harness, Found(complete(*ALL)), fills_form=True)
        await harness.shows("take it")
        assert "form…" not in harness.text()
        await harness.press("ctrl+o", "enter")
        assert answers == [DatabaseAnswer(ORDERS)]


async def test_those_of_other_vpcs_come_with_a_key_and_say_so() -> None:
    async with Harness().run() as harness:
        await opened(harness, Found(complete(*ALL)), "dev-shop")
        await harness.shows("tab other VPCs", "0 of 4")
        await harness.press("tab")
        await harness.shows("other VPC ", "the node needs a route there", "this VPC")
        await harness.press("tab")
        await harness.shows("0 of 4")


async def test_the_chosen_one_stays_chosen_while_others_come() -> None:
    find = Found(Nearby([BILLING, STOPPED], VPC), complete(*ALL))
    find.gate.clear()
    async with Harness().run() as harness:
        answers = await opened(harness, find)
        await harness.shows("Asking RDS", "billing")
        await harness.press("down")
        find.gate.set()
        await harness.shows("4 of 5 in the node's VPC")
        await harness.press("enter")
        assert answers == [DatabaseAnswer(STOPPED)]


async def test_the_first_stays_the_first_while_others_come_before_it() -> None:
    find = Found(Nearby([STOPPED], VPC), complete(*ALL))
    find.gate.clear()
    async with Harness().run() as harness:
        answers = await opened(harness, find)
        await harness.shows("reports-archive")
        find.gate.set()
        await harness.shows("4 of 5 in the node's VPC")
        await harness.press("enter")
        assert answers == [DatabaseAnswer(ORDERS)]


async def test_nothing_is_read_any_more_once_it_is_closed() -> None:
    find = Found(Nearby([STOPPED], VPC), complete(*ALL))
    find.gate.clear()
    async with Harness().run() as harness:
        await opened(harness, find)
        await harness.shows("reports-archive")
        await harness.press("ctrl+r")
        await wait_until("the one before has ended", lambda: (len(find.asked), find.reading) == (2, 1))
        await harness.press("escape")
        await wait_until("reading has ended", lambda: not find.reading)


async def test_reading_again_after_a_failure() -> None:
    find = Found(error=CredentialsError("the token has expired"))
    async with Harness().run() as harness:
        answers = await opened(harness, find)
        await harness.shows("AWS credentials are not usable", "the token has expired")
        await harness.press("enter")
        assert answers == []
        find.error, find.steps = None, [complete(ORDERS)]
        await harness.press("ctrl+r")
        await harness.shows("orders (writer)")
        assert find.asked == [False, True]


@pytest.mark.parametrize(
    ("nearby", "said"),
    [
        (complete(), "None is listed in this account and region"),
        (complete(FAR), "None is listed in the node's VPC. Tab shows those in other VPCs"),
        (complete(FAR, vpc_id=""), "The node's VPC is not known: all databases of the region are listed"),
    ],
)
async def test_what_it_says_where_none_is_near(nearby: Nearby, said: str) -> None:
    async with Harness().run() as harness:
        answers = await opened(harness, Found(nearby))
        await harness.tells(said)
        await harness.press("escape")
        assert answers == [None]


async def test_names_from_aws_do_nothing_to_the_terminal() -> None:
    nasty = database("a\x1b[2Jb[red]", status="\x9b0m", version="\n\x07", admin="\x1b]0;x\x07")
    async with Harness().run() as harness:
        await opened(harness, Found(complete(nasty)))
        await wait_until("it is listed", lambda: "[red]" in harness.text(), report=harness.text)
        assert not set(harness.text()) & set("\x1b\x07\x9b")
