"""``ssmtui nodes``: the table and the objects."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from ssmtui import time_limit
from ssmtui.aws.gateway import HYBRID_TAGS, Known, NodePage, unknown
from ssmtui.aws.node_rows import tagged
from ssmtui.cli import filters, nodes
from ssmtui.cli.main import run
from ssmtui.cli.nodes import list_nodes, table
from ssmtui.config import paths
from ssmtui.config.memory import Memory
from ssmtui.errors import AccessDenied, ConnectionFailed
from ssmtui.inventory.export import as_object
from ssmtui.inventory.query.query import parse
from ssmtui.model import Node, PingStatus, Platform, SessionRecord
from tests.support.fakes import NOW, FakeGateway

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

    async def nodes(self, known: Known = unknown) -> AsyncIterator[NodePage]:
        for page in self._pages:
            yield NodePage(page)


def test_the_table_is_aligned() -> None:
    heading, first, second = table([WEB, Node("mi-0123456789abcdef0", "a longer name")])
    assert heading.index("NODE ID") == first.index("i-0a1b") == second.index("mi-0123")
    assert "Ubuntu 24.04" in first
    assert not second.endswith(" ")


def test_wide_characters_keep_the_table_aligned() -> None:
    heading, wide, narrow = table([Node("i-1", "東京"), Node("i-2", "tokyo")])
    # Two characters of four columns: the line is two characters shorter up to the next cell.
    assert wide.index("i-1") + 2 == narrow.index("i-2") == heading.index("NODE ID")


def test_an_id_is_never_cut() -> None:
    container = "ecs:shop_d96af13111582f3dd23c9a42ff0bc005_d96af13111582f3dd23c9a42ff0bc005-1940513408"
    assert container in table([Node(container, "catalog/app")])[1]


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


class Shop(FakeGateway):
    async def account_alias(self) -> str:
        return "shop"


def backend_of(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the verb list ``gateway``'s nodes."""

    @asynccontextmanager
    async def open_backend(options: object, settings: object) -> AsyncIterator[object]:
        yield SimpleNamespace(gateways=SimpleNamespace(gateway=lambda: gateway))

    monkeypatch.setattr("ssmtui.backend.open_backend", open_backend)


@pytest.fixture
def listing(monkeypatch: pytest.MonkeyPatch) -> None:
    backend_of(Shop([Node("i-2", "web\x9b31m"), Node("i-3", "db"), WEB]), monkeypatch)


@pytest.mark.usefixtures("listing")
def test_the_filter_words_all_count_and_names_are_in_order(capsys: pytest.CaptureFixture[str]) -> None:

    assert run(["nodes", "web"]) == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert [row.split()[1] for row in rows] == ["i-0a1b2c3d4e5f60718", "i-2"]
    run(["nodes", "web", "prod"])
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.usefixtures("listing")
def test_json_is_an_array_of_plain_ascii(capsys: pytest.CaptureFixture[str]) -> None:

    assert run(["nodes", "--json"]) == 0
    out = capsys.readouterr().out
    assert out.isascii()
    printed = json.loads(out)
    assert [node["id"] for node in printed] == ["i-3", "i-0a1b2c3d4e5f60718", "i-2"]
    assert printed[1] == as_object(WEB)


@pytest.mark.usefixtures("listing")
@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        (["ping:online"], ["i-0a1b2c3d4e5f60718"]),
        (["-web"], ["i-3"]),
        (["--json", "-web"], ["i-3"]),
        (["!web"], ["i-3"]),
        (["--", "-web"], ["i-3"]),
        (["account:shop"], ["i-0a1b2c3d4e5f60718"]),
        (["is:favourite"], ["i-3"]),
        (["@liked", "db|web"], ["i-3"]),
        (["nothing"], []),
    ],
)
def test_the_filter_is_that_of_the_screen(
    own_files: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], ids: list[str]
) -> None:

    memory = Memory(paths.find().memory)
    memory.update("usage", lambda _: {"favourites": [["", "", "i-3"]]})
    memory.update("filters", lambda _: {"saved": {"liked": "is:favourite"}})
    assert run(["nodes", "--json", *arguments]) == 0
    assert [node["id"] for node in json.loads(capsys.readouterr().out)] == ids


def test_a_wrong_filter_is_pointed_at_before_aws_is_asked(capsys: pytest.CaptureFixture[str]) -> None:

    assert run(["nodes", "東 pign:online"]) == 252
    said = capsys.readouterr()
    assert said.out == ""
    message, shown, carets = said.err.splitlines()
    assert "there is no key pign. Did you mean ping:?" in message
    assert (shown, carets) == ("  東 pign:online", "     ^^^^")


def test_a_long_or_hostile_filter_is_shown_around_its_fault() -> None:
    shown, carets = filters.pointed_at("a" * 500 + "\x1b" + "b" * 500, 500, 1)
    assert shown == "  " + "a" * 50 + "\N{REPLACEMENT CHARACTER}" + "b" * 49
    assert carets == " " * 52 + "^"


@pytest.mark.skipif(not time_limit.AVAILABLE, reason="no timer on this system")
def test_a_pattern_that_takes_for_ever_is_given_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    backend_of(FakeGateway([Node("i-2", "a" * 100)]), monkeypatch)
    assert run(["nodes", "/(a+)+!/"]) == 252
    assert "takes too long" in capsys.readouterr().err


async def test_what_could_not_be_read_is_told() -> None:
    class Partly(Pages):
        async def nodes(self, known: Known = unknown) -> AsyncIterator[NodePage]:
            yield NodePage([WEB], "Systems Manager")
            yield NodePage((), "EC2", AccessDenied("ec2:DescribeInstances"))

    told: list[Exception] = []
    assert await list_nodes(Partly(), told.append) == [WEB]  # type: ignore[arg-type]
    assert [str(error) for error in told] == ["Access denied: ec2:DescribeInstances"]


HYBRID = [Node(f"mi-{number:017x}", f"pi-{number}", region="eu-west-1") for number in range(3)]


async def test_d15_tags_are_read_of_those_alone_that_the_filter_cannot_decide_without() -> None:
    gateway = FakeGateway([WEB, *HYBRID])
    gateway.tags_of_hybrid = {HYBRID[1].id: {"env": "prod"}}
    listed = await list_nodes(gateway)
    assert gateway.tags_asked == [], "a listing reads none"

    async def found(text: str) -> list[str]:
        query = parse(text, now=NOW)
        tagged = await nodes.with_tags(gateway, listed, query.needs_tags)
        return [node.name for node in tagged if query.matches(node)]

    assert await found(f"id:{HYBRID[2].id}") == ["pi-2"]
    assert await found("region:us-east-1 tag:env=prod") == []
    assert gateway.tags_asked == []
    assert await found("tag:env=prod") == ["web-1", "pi-1"]
    assert await found(f"id:{HYBRID[1].id} !tag:env=dev") == ["pi-1"]
    assert gateway.tags_asked == [[node.id for node in HYBRID], [HYBRID[1].id]]


async def test_d15_unread_tags_are_counted_on_stderr(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "TAGS_WITHIN", 0.01)
    gateway = FakeGateway(HYBRID)
    gateway.tags_gate = asyncio.Event()
    assert await nodes.with_tags(gateway, HYBRID) == HYBRID
    assert "the tags of 3 hybrid nodes are not read yet" in capsys.readouterr().err

    class Denying(FakeGateway):
        async def with_hybrid_tags(self, nodes: Sequence[Node], most: int | None = None) -> AsyncIterator[NodePage]:
            yield NodePage([tagged(nodes[0], {})])
            yield NodePage((), HYBRID_TAGS, AccessDenied("no", operation="ListTagsForResource"))

    assert (await nodes.with_tags(Denying(), HYBRID))[0].tags_known
    assert capsys.readouterr().err == "ssmtui: 2 hybrid nodes are without tags: ListTagsForResource is denied.\n"


def test_d15_nodes_reads_tags_where_it_prints_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from ssmtui.cli.main import run

    gateway = FakeGateway(HYBRID)
    backend_of(gateway, monkeypatch)
    gateway.tags_of_hybrid = {HYBRID[1].id: {"env": "prod"}}
    assert run(["nodes"]) == 0
    assert gateway.tags_asked == []
    capsys.readouterr()
    assert run(["nodes", "--json", f"id:{HYBRID[1].id}"]) == 0
    assert [node["tags"] for node in json.loads(capsys.readouterr().out)] == [{"env": "prod"}]
    assert gateway.tags_asked == [[HYBRID[1].id]]


def test_who_is_on_a_node_is_asked_only_where_the_filter_asks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway = Shop([WEB, Node("i-3", "db")])
    jane = "arn:aws:sts::123456789012:assumed-role/Ops/jane"
    gateway.sessions = [SessionRecord("jane-1", "i-3", "Connected", jane), SessionRecord("j-2", WEB.id, "Terminated")]
    backend_of(gateway, monkeypatch)
    assert run(["nodes", "is:busy"]) == 0
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()[1:]] == ["i-3"]
    assert run(["nodes", "who:jane", "web"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
    gateway.sessions_asked.clear()
    assert run(["nodes", "web"]) == 0
    assert gateway.sessions_asked == []
    gateway.sessions_error = AccessDenied("jane may not", operation="DescribeSessions")
    assert run(["nodes", "is:busy"]) == 254
