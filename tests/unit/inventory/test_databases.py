"""Which databases are near a node, in which order, how long that is remembered, and what is said of them."""

from __future__ import annotations

import pytest

from ssmtui.aws.gateway import DatabasePage
from ssmtui.errors import AccessDenied, ConnectionFailed, CredentialsError
from ssmtui.inventory import database_words as words
from ssmtui.inventory.databases import KEPT_FOR, DatabaseFinder, Nearby, in_order
from ssmtui.inventory.export import database_object
from ssmtui.model import Container, Database, Instance, Node
from tests.support.fakes import SCOPE, FakeGateway

NODE = Node("i-1", "web-1", vpc_id="vpc-1")


def database(name: str, role: str = "instance", vpc_id: str = "vpc-1", **facts: object) -> Database:
    return Database("RDS", name, role, f"{name}.{role}.example", 5432, vpc_id=vpc_id, status="available")._replace(
        **facts  # type: ignore[arg-type]
    )


ORDERS = database("orders", "writer", cluster="orders")
ELSEWHERE = database("archive", vpc_id="vpc-2")


class Ticking:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def found(finder: DatabaseFinder, node: Node | None = NODE, *, again: bool = False) -> Nearby:
    steps = [step async for step in finder.near(node, SCOPE, again=again)]
    assert [step.complete for step in steps] == [*[False] * (len(steps) - 1), True]
    return steps[-1]


async def test_they_come_page_by_page_and_those_in_the_vpc_first() -> None:
    gateway = FakeGateway()
    gateway.database_pages = [DatabasePage([ELSEWHERE]), DatabasePage([ORDERS])]
    steps = [step async for step in DatabaseFinder(lambda scope: gateway).near(NODE, SCOPE)]
    assert [[one.name for one in step.databases] for step in steps] == [
        ["archive"],
        ["orders", "archive"],
        ["orders", "archive"],
    ]
    assert [one.name for one in steps[-1].in_vpc] == ["orders"]


async def test_what_a_scope_has_is_read_once_in_ten_minutes_or_when_that_is_asked_for() -> None:
    gateway, clock = FakeGateway(), Ticking()
    gateway.database_pages = [DatabasePage([ORDERS], AccessDenied("no", operation="DescribeDBProxies"))]
    finder = DatabaseFinder(lambda scope: gateway, clock)
    first = await found(finder)
    clock.now = KEPT_FOR - 1
    assert await found(finder) == first
    assert (await found(finder, NODE._replace(vpc_id="vpc-2"))).in_vpc == []
    assert gateway.databases_asked == 1
    await found(finder, again=True)
    clock.now += KEPT_FOR
    await found(finder)
    assert gateway.databases_asked == 3


async def test_what_may_be_there_the_next_time_is_asked_for_again() -> None:
    gateway = FakeGateway()
    gateway.database_pages = [DatabasePage([ORDERS], ConnectionFailed("rds.example has not answered for 40 s"))]
    finder = DatabaseFinder(lambda scope: gateway)
    await found(finder)
    gateway.database_pages = [DatabasePage([ORDERS, ELSEWHERE])]
    nearby = await found(finder)
    assert (len(nearby.databases), nearby.problems) == (2, [])


async def test_a_listing_that_fails_is_not_remembered() -> None:
    gateway = FakeGateway()
    gateway.databases_error = CredentialsError("expired")
    finder = DatabaseFinder(lambda scope: gateway)
    with pytest.raises(CredentialsError):
        await found(finder)
    gateway.databases_error, gateway.database_pages = None, [DatabasePage([ORDERS])]
    assert (await found(finder)).databases == [ORDERS]


async def test_the_vpc_is_asked_for_where_the_listing_of_nodes_does_not_know_it() -> None:
    gateway = FakeGateway()
    gateway.instances["i-1"] = Instance("i-1", vpc_id="vpc-9")
    finder = DatabaseFinder(lambda scope: gateway)
    assert (await found(finder, Node("i-1", ""))).vpc_id == "vpc-9"
    assert (await found(finder, Node("i-2", ""))).vpc_id == ""
    assert (await found(finder, None)).vpc_id == ""


@pytest.mark.parametrize(
    "node", [Node("mi-1", "plant"), Node("ecs:a_b_c", "app", container=Container("a", "b", "c", "d"))]
)
async def test_nodes_that_are_no_instances_cost_no_call(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = FakeGateway()

    async def never(instance_id: str) -> Instance | None:
        raise AssertionError(instance_id)

    monkeypatch.setattr(gateway, "instance", never)
    assert (await found(DatabaseFinder(lambda scope: gateway), node)).vpc_id == ""


async def test_a_vpc_that_may_not_be_asked_for_is_a_problem_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = FakeGateway()
    gateway.database_pages = [DatabasePage([ORDERS])]

    async def denied(instance_id: str) -> Instance | None:
        raise AccessDenied("no", operation="DescribeInstances")

    monkeypatch.setattr(gateway, "instance", denied)
    finder = DatabaseFinder(lambda scope: gateway)
    for _ in range(2):
        nearby = await found(finder, Node("i-1", ""))
        assert nearby.databases == [ORDERS]
        assert words.problem_lines(nearby.problems) == [], "one sentence for one denial"
        assert words.network_words(Node("i-1", ""), nearby) == (
            "The node's VPC is not known, because DescribeInstances is denied: all databases of the region are listed"
        )


def test_a_clusters_addresses_are_together_the_writer_first() -> None:
    several = [
        database("zeta"),
        database("orders-1", cluster="orders"),
        database("orders", "reader", cluster="orders"),
        ORDERS,
        database("alpha", vpc_id=""),
        ELSEWHERE,
        database("cache", "primary", service="ElastiCache", cluster="cache"),
    ]
    assert [words.label_of(one) for one in in_order(several, "vpc-1")] == [
        "alpha", "orders (writer)", "orders (reader)", "orders-1", "zeta", "cache (primary)", "archive",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("engine", "version", "kind"),
    [
        ("postgres", "14.18", "PostgreSQL 14.18"),
        ("aurora-postgresql", "16.8", "Aurora PostgreSQL 16.8"),
        ("aurora-mysql", "8.0.mysql_aurora.3.08.2", "Aurora MySQL 8.0"),
        ("sqlserver-se", "16.00.4185.3.v1", "SQL Server 16.00"),
        ("postgresql", "", "PostgreSQL"),
        ("oracle-ee-cdb", "19.0.0.0.ru-2026-01", "Oracle 19.0"),
        ("somethingnew", "1", "somethingnew 1"),
        ("", "", ""),
    ],
)
def test_engines_in_words(engine: str, version: str, kind: str) -> None:
    assert words.kind_of(database("x", engine=engine, version=version)) == kind


def test_what_is_worth_knowing_is_said() -> None:
    nearby = Nearby([], "vpc-1")
    assert list(words.notes_on(database("x"), nearby)) == []
    odd = database("x", vpc_id="vpc-2", status="Stopped", cluster_mode=True, tls=True, iam_auth=True)
    notes = list(words.notes_on(odd, nearby))
    assert [note.split()[2] for note in notes[:1]] == ["stopped"]
    assert len(notes) == 5
    assert "vpc-2" in notes[1]


def unreached(endpoint: str) -> ConnectionFailed:
    return ConnectionFailed(f"{endpoint} is silent", title="AWS cannot be reached", remedy="Check the network.")


def test_denials_are_one_sentence_and_so_are_failures_of_one_kind() -> None:
    problems = [
        AccessDenied("no", operation="DescribeDBProxies"),
        unreached("https://rds.example"),
        AccessDenied("no", operation="DescribeClusters"),
        unreached("https://rds.example"),
        unreached("https://cache.example"),
    ]
    assert words.problem_lines(problems) == [
        "AWS cannot be reached: https://rds.example is silent; https://cache.example is silent. Check the network.",
        "Not everything is listed, because these calls are denied: rds:DescribeDBProxies, redshift:DescribeClusters.",
    ]


def test_as_an_object() -> None:
    known = database_object(ORDERS, Nearby([], "vpc-1"))
    assert (known["address"], known["in_vpc_of_node"], known["tls_only"]) == ("orders.writer.example:5432", True, None)
    assert database_object(ELSEWHERE, Nearby([], "vpc-1"))["in_vpc_of_node"] is False
    assert database_object(ORDERS, Nearby())["in_vpc_of_node"] is None
