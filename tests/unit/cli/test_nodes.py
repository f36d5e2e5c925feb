"""``ssmtui nodes``: the table and the objects."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from ssmtui.aws.gateway import NodePage
from ssmtui.cli import nodes
from ssmtui.cli.nodes import as_object, list_nodes, table
from ssmtui.errors import AccessDenied, ConnectionFailed
from ssmtui.model import Node, PingStatus, Platform

WEB = Node(
    id="i-0a1b2c3d4e5f60718",
    name="web-1",
    ping=PingStatus.ONLINE,
    platform=Platform.LINUX,
    platform_name="Ubuntu",
    platform_version="24.04",
    agent_version="3.3.2299.0",
    ip="10.0.4.17",
    account="123456789012",
    region="eu-west-1",
    aws_profile="prod",
    tags={"env": "prod"},
    last_ping=datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC),
)


class Pages:
    """A gateway that lists these pages."""

    def __init__(self, *pages: Sequence[Node], identity_error: Exception | None = None) -> None:
        self._pages = pages
        self._identity_error = identity_error

    async def identity(self) -> object:
        if self._identity_error is not None:
            raise self._identity_error
        return SimpleNamespace()

    async def nodes(self) -> AsyncIterator[NodePage]:
        for page in self._pages:
            yield NodePage(page)


def test_an_object_has_the_documented_keys() -> None:
    assert as_object(WEB) == {
        "id": "i-0a1b2c3d4e5f60718",
        "name": "web-1",
        "ping": "Online",
        "platform": "Linux",
        "platform_version": "24.04",
        "agent_version": "3.3.2299.0",
        "ip": "10.0.4.17",
        "account": "123456789012",
        "region": "eu-west-1",
        "aws_profile": "prod",
        "tags": {"env": "prod"},
        "last_ping": "2026-03-01T12:00:05+00:00",
    }
    assert as_object(Node("mi-1", ""))["last_ping"] is None


def test_the_table_is_aligned() -> None:
    heading, first, second = table([WEB, Node("mi-0123456789abcdef0", "a longer name")])
    assert heading.index("NODE ID") == first.index("i-0a1b") == second.index("mi-0123")
    assert "Ubuntu 24.04" in first
    assert not second.endswith(" ")


def test_wide_characters_keep_the_table_aligned() -> None:
    heading, wide, narrow = table([Node("i-1", "東京"), Node("i-2", "tokyo")])
    # Two characters of four columns: the line is two characters shorter up to the next cell.
    assert wide.index("i-1") + 2 == narrow.index("i-2") == heading.index("NODE ID")


def test_no_nodes_are_headings_alone() -> None:
    assert table([]) == ["  ".join(nodes.HEADINGS)]


def test_what_a_tag_says_cannot_act_on_the_terminal() -> None:
    (_, row) = table([Node("i-1", "a\x1b]0;x\x07\nb")])
    assert row.isprintable()


async def test_a_node_that_comes_twice_is_listed_once_with_what_came_last() -> None:
    listed = await list_nodes(Pages([Node("i-1", "")], [Node("i-1", "web")]))  # type: ignore[arg-type]
    assert [node.name for node in listed] == ["web"]


@pytest.mark.parametrize("error", [AccessDenied("x"), ConnectionFailed("x"), TimeoutError()])
async def test_a_caller_who_may_not_ask_who_he_is_still_gets_nodes(error: Exception) -> None:
    assert await list_nodes(Pages([WEB], identity_error=error)) == [WEB]  # type: ignore[arg-type]


@pytest.fixture
def listing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def list_them(options: Any) -> list[Node]:
        return [Node("i-2", "web\x9b31m"), Node("i-3", "db"), WEB]

    monkeypatch.setattr(nodes, "_list", list_them)


@pytest.mark.usefixtures("listing")
def test_the_filter_words_all_count_and_names_are_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    from ssmtui.cli.main import run

    assert run(["nodes", "web"]) == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert [row.split()[1] for row in rows] == ["i-0a1b2c3d4e5f60718", "i-2"]
    run(["nodes", "web", "prod"])
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.usefixtures("listing")
def test_json_is_an_array_of_plain_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    from ssmtui.cli.main import run

    assert run(["nodes", "--json"]) == 0
    out = capsys.readouterr().out
    assert out.isascii()
    assert [node["id"] for node in json.loads(out)] == ["i-3", "i-0a1b2c3d4e5f60718", "i-2"]
