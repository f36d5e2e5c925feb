"""``ssmtui databases``: the table, the objects, and what is said where something is missing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from ssmtui.aws.gateway import DatabasePage
from ssmtui.cli.main import run
from ssmtui.errors import AccessDenied
from ssmtui.model import Database, Instance, Node, Scope
from tests.support.fakes import FakeGateway, FakeGateways

WEB = Node("i-0a1b2c3d4e5f60718", "web-1", vpc_id="vpc-1")
ORDERS = Database("RDS", "orders", "writer", "orders.example", 5432, "postgres", "16.8", "vpc-1", "available")
FAR = ORDERS._replace(name="archive", host="archive.example", vpc_id="vpc-2")


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    gateway = FakeGateway([WEB])
    gateway.database_pages = [DatabasePage([FAR, ORDERS])]

    @asynccontextmanager
    async def open_backend(options: object, settings: object) -> AsyncIterator[object]:
        yield SimpleNamespace(gateways=FakeGateways(gateway))

    monkeypatch.setattr("ssmtui.backend.open_backend", open_backend)
    return gateway


def test_those_in_the_nodes_vpc_by_name(gateway: FakeGateway, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["databases", "web-1"]) == 0
    out, err = capsys.readouterr()
    assert [line.split("  ")[0] for line in out.splitlines()] == ["NAME", "orders (writer)"]
    assert "orders.example:5432" in out
    assert "1 more is in other VPCs; --all lists them" in err


def test_all_of_them_and_those_of_a_node_that_is_given_by_its_id(
    gateway: FakeGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.instances[WEB.id] = Instance(WEB.id, vpc_id="vpc-2")
    assert run(["databases", WEB.id, "--all", "--json"]) == 0
    out, err = capsys.readouterr()
    assert [(one["name"], one["in_vpc_of_node"]) for one in json.loads(out)] == [("archive", True), ("orders", False)]
    assert err == ""


def test_a_node_in_another_region(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Scope] = []

    def gateway_of(self: FakeGateways, scope: Scope | None = None) -> FakeGateway:
        assert scope is not None
        asked.append(scope)
        return gateway

    monkeypatch.setattr(FakeGateways, "gateway", gateway_of)
    assert run(["databases", f"{WEB.id}.us-east-1"]) == 0
    assert {scope.region for scope in asked} == {"us-east-1"}


def test_without_a_node_all_of_the_region(gateway: FakeGateway, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["databases"]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 3
    assert err == ""


def test_a_node_without_a_vpc_is_told_so(gateway: FakeGateway, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["databases", "i-00000000000000000"]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 3
    assert "The node's VPC is not known: all databases of the region are listed." in err


def test_a_name_from_aws_does_nothing_to_the_terminal(gateway: FakeGateway, capsys: pytest.CaptureFixture[str]) -> None:
    gateway.database_pages = [DatabasePage([ORDERS._replace(name="a\x1b[31m\nb", host="h\x9b0m", status="\x07")])]
    run(["databases"])
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 2
    assert not set(out) & set("\x1b\x9b\x07")


@pytest.mark.parametrize(("listed", "code"), [([ORDERS], 0), ([], 254)])
def test_what_is_denied_is_an_error_only_where_nothing_is_left(
    gateway: FakeGateway, listed: list[Database], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    denied = AccessDenied("no", operation="DescribeDBProxies")
    gateway.database_pages = [DatabasePage(listed), DatabasePage((), denied)]
    assert run(["databases"]) == code
    assert "this call is denied: rds:DescribeDBProxies" in capsys.readouterr().err
