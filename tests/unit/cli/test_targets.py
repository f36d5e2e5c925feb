"""TARGET on the command line: ids, names, tags, and the place behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ssmtui.aws.gateway import Known, NodePage, unknown
from ssmtui.backend import Options
from ssmtui.cli import long_wait
from ssmtui.cli.targets import Found, Target, begun_as, find, read
from ssmtui.errors import AccessDenied, UsageError
from ssmtui.model import AwsProfile, Container, Identity, Node, Scope
from ssmtui.tasks import Tasks
from tests.support import fakes
from tests.support.wait import wait_until

ID = "i-0a1b2c3d4e5f60718"
CONTAINER = Container("arn:cluster/prod", "arn:task/prod/12", "app", "34-5")
FLEET = [
    Node(ID, "web-1", tags={"role": "web", "env": "prod"}, tags_known=True),
    Node("i-1a1b2c3d4e5f60718", "Web-2", tags={"role": "web", "env": "test"}, tags_known=True),
    Node("mi-1", "web-2"),
    Node("i-2a1b2c3d4e5f60718", "web-1", tags={"role": "web", "env": "prod"}, instance_state="stopped"),
    Node("i-3a1b2c3d4e5f60718", "web.eu-west-1.example.com"),
    Node("i-4a1b2c3d4e5f60718", "db.eu-west-1", tags={"query": "a=b"}),
    Node("ecs:prod_12_34-5", "shop/app", container=CONTAINER),
]


class FakeGateway(fakes.FakeGateway):
    """Counts its listings."""

    listings = 0

    async def nodes(self, known: Known = unknown) -> AsyncIterator[NodePage]:
        self.listings += 1
        async for page in super().nodes(known):
            yield page


def gateways(gateway: fakes.FakeGateway | None = None) -> fakes.FakeGateways:
    return fakes.FakeGateways(gateway or FakeGateway(FLEET))


async def found(target: str) -> tuple[str, int]:
    gateway = FakeGateway(FLEET)
    node, scope = await find(gateways(gateway), read(target))
    assert scope is None
    return node.id, gateway.listings


# What it means


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (ID, Target(ID, ID)),
        (f"{ID}.eu-west-1", Target(f"{ID}.eu-west-1", ID, "eu-west-1")),
        (f"{ID}.us-gov-west-1.acme.prod", Target(f"{ID}.us-gov-west-1.acme.prod", ID, "us-gov-west-1", "acme.prod")),
        ("web-1.ap-southeast-2", Target("web-1.ap-southeast-2", "web-1", "ap-southeast-2")),
        ("ecs:prod_12_34-5.eu-west-1", Target("ecs:prod_12_34-5.eu-west-1", "ecs:prod_12_34-5", "eu-west-1")),
        ("web.example.com", Target("web.example.com", "web.example.com")),
        (".eu-west-1", Target(".eu-west-1", ".eu-west-1")),
        ("ip-10-1-2-3.eu-west-1.compute.internal", Target(*["ip-10-1-2-3.eu-west-1.compute.internal"] * 2)),
        ("tag:zone=web.eu-west-1", Target("tag:zone=web.eu-west-1", "tag:zone=web.eu-west-1")),
    ],
)
def test_a_region_and_an_aws_profile_stand_behind_the_name(text: str, meant: Target) -> None:
    assert read(text) == meant


def test_an_id_is_not_looked_up_and_a_tag_is_read_to_its_first_equals_sign() -> None:
    assert read(ID).is_id
    assert read(f"{ID}.eu-west-1.prod").is_id
    assert not read("web-1.eu-west-1").is_id
    assert read("tag:env=a=b").tag == ("env", "a=b")
    assert read("tag:env=").tag == ("env", "")
    assert read("tag:env").tag is None


def test_what_follows_a_region_is_an_aws_profile_only_where_there_is_one() -> None:
    known = ("Prod", "staging")
    assert read("web.eu-west-1.prod").settled(known).aws_profile == "Prod", "ssh gives host names in lower case"
    assert read("web.eu-west-1.example.com").settled(known) == Target(*["web.eu-west-1.example.com"] * 2)
    assert read(f"{ID}.eu-west-1.example").settled(known).aws_profile == "example", "no name looks like this"
    assert read("web.eu-west-1.PROD").settled(["prod", "Prod"]).name == "web.eu-west-1.PROD", "either one may be meant"


# Where a run begins


def test_a_run_begins_where_the_target_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\n[profile Prod]\nregion = eu-central-1\n[sso-session corp]\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    asked = Options(aws_profile="other", region="us-east-1")
    assert begun_as(asked, read(f"{ID}.eu-west-1.prod")) == Options(aws_profile="Prod", region="eu-west-1")
    assert begun_as(asked, read(f"{ID}.eu-west-1")) == Options(aws_profile="other", region="eu-west-1")
    assert begun_as(asked, read("web.eu-west-1.example.com")) == asked
    assert begun_as(asked, read("web-1")) == asked
    demo = Options(demo=True)
    assert begun_as(demo, read(f"{ID}.eu-west-1.prod")) == demo, "the demo's account is its own"


# Looking it up


async def test_a_name_is_looked_up() -> None:
    assert await found("WEB-1") == (ID, 1)


@pytest.mark.parametrize("target", ["i-0a1b2c3d", ID, "mi-0123456789abcdef0"])
async def test_an_id_costs_no_listing(target: str) -> None:
    assert await found(target) == (target, 0)


@pytest.mark.parametrize("target", ["web.eu-west-1.example.com", "db.eu-west-1"])
async def test_a_name_may_end_like_a_place(target: str) -> None:
    gateway = FakeGateway(FLEET)
    assert (await find(gateways(gateway), read(target))).node.name == target


async def test_a_target_is_looked_up_where_it_is() -> None:
    here = FakeGateway([])
    some = gateways(here)
    some.profiles = [AwsProfile("prod", "eu-west-1", "sso"), AwsProfile("Other", "", "role")]
    there = Scope("Other", "us-east-1", here.scope.endpoint_url)
    elsewhere: Any = some.gateway(there)
    elsewhere.listed = FLEET
    assert await find(some, read("web-1.us-east-1.other")) == Found(FLEET[0], there)
    assert await find(some, read(f"{ID}.us-east-1.other")) == Found(Node(ID, ""), there)
    assert here.listings == 0
    with pytest.raises(UsageError, match="has the id or the name nothing in us-east-1 of Other"):
        await find(some, read("nothing.us-east-1.other"))


async def test_d15_no_tags_are_read_unless_no_other_name_is_meant() -> None:
    pi = "mi-0123456789abcdef0"
    gateway = fakes.FakeGateway([*FLEET, Node(pi, "host-7")])
    gateway.tags_of_hybrid = {pi: {"Name": "kitchen"}}
    assert (await find(gateways(gateway), read("web-1"))).node.id == ID
    assert gateway.tags_asked == []
    assert (await find(gateways(gateway), read("kitchen"))).node.id == pi
    assert gateway.tags_asked == [["mi-1", pi]]


async def test_a_name_of_two_nodes_is_refused_with_their_ids() -> None:
    with pytest.raises(UsageError) as caught:
        await found("web-2")
    assert "2 nodes are called web-2" in str(caught.value)
    assert "i-1a1b2c3d4e5f60718" in str(caught.value)
    assert "mi-1" in str(caught.value)


async def test_a_name_of_no_node_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"no node has the id or the name wbe-1\. Did you mean web-1"):
        await found("wbe-1")


async def test_a_tag_names_the_one_node_that_has_it() -> None:
    assert (await found("tag:env=prod"))[0] == ID, "the stopped one has left it behind"
    assert (await found("tag:query=a=b"))[0] == "i-4a1b2c3d4e5f60718"
    pi = "mi-0123456789abcdef0"
    gateway = fakes.FakeGateway([*FLEET, Node(pi, "host-7")])
    gateway.tags_of_hybrid = {pi: {"site": "kitchen"}}
    assert (await find(gateways(gateway), read("tag:site=kitchen"))).node.id == pi


async def test_a_tag_of_several_nodes_or_of_none_is_refused_with_what_there_is() -> None:
    with pytest.raises(UsageError) as caught:
        await found("tag:role=web")
    assert "2 nodes have the tag role=web" in str(caught.value)
    assert f"{ID}  Unknown    web-1\n" in str(caught.value)
    assert caught.value.exit_code == 252
    with pytest.raises(UsageError, match=r"no node has the tag env=prof\. Did you mean env=prod\?"):
        await found("tag:env=prof")
    with pytest.raises(UsageError, match="no node has the tag ENV=prod"):
        await found("tag:ENV=prod")


@pytest.mark.parametrize("target", ["front-1", "front-1.eu-west-1", "tag:role=front", "tag:site=kitchen"])
async def test_an_id_alone_costs_one_call_where_one_node_has_the_tag(target: str) -> None:
    pi = Node("mi-0123456789abcdef0", "host-7")
    front = Node("i-5a1b2c3d4e5f60718", "host-8", tags={"Name": "front-1", "role": "front"}, tags_known=True)
    gateway = FakeGateway([*FLEET, front, pi])
    gateway.tags_of_hybrid = {pi.id: {"site": "kitchen"}}
    expected = pi if target.endswith("kitchen") else front
    node, _ = await find(gateways(gateway), read(target), id_alone=True)
    assert node == Node(expected.id, ""), "a guard asks for what is not known"
    assert (gateway.listings, gateway.tags_asked) == (0, [])


@pytest.mark.parametrize("target", ["web-1", "shop/app", "db.eu-west-1"])
async def test_an_id_alone_is_listed_where_it_is_not_as_simple_as_that(target: str) -> None:
    both = [Node("i-6a1b2c3d4e5f60718", name, tags={"Name": name}, tags_known=True) for name in ("db", "db.eu-west-1")]
    gateway = FakeGateway([*FLEET[:5], FLEET[6], *both])
    node, _ = await find(gateways(gateway), read(target), id_alone=True)
    assert node.name == target
    assert gateway.listings == 1


async def test_an_id_alone_of_several_is_refused_with_what_there_is() -> None:
    with pytest.raises(UsageError, match="2 nodes have the tag role=web"):
        await find(gateways(), read("tag:role=web"), id_alone=True)


async def test_an_id_alone_is_listed_where_the_tag_may_not_be_asked_for() -> None:
    class Denying(FakeGateway):
        async def nodes_tagged(self, key: str, values: Sequence[str]) -> Sequence[Node]:
            raise AccessDenied("no")

    gateway = Denying(FLEET)
    assert (await find(gateways(gateway), read("web-1"), id_alone=True)).node.id == ID
    assert gateway.listings == 1


async def test_a_container_is_found_by_its_id_without_a_listing_and_by_its_name() -> None:
    assert await found("ecs:prod_12_34-5") == ("ecs:prod_12_34-5", 0)
    assert await found("shop/app") == ("ecs:prod_12_34-5", 1)
    with pytest.raises(UsageError, match="no running task"):
        await found("ecs:prod_99_34-5")


async def test_fault_22_what_is_looked_up_is_named_where_it_takes_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Hanging(FakeGateway):
        async def identity(self) -> Identity:
            await asyncio.Event().wait()
            raise AssertionError

        async def node(self, node_id: str) -> Node | None:
            await asyncio.Event().wait()
            return None

    monkeypatch.setattr(long_wait, "PATIENCE", 0.0)
    waits = {"the list of nodes": "web-1", "AWS to describe the task": "ecs:prod_12_34-5"}
    tasks = Tasks("test")
    for what, target in waits.items():
        task = tasks.start(what, find(gateways(Hanging()), read(target)))
        said: list[str] = []
        await wait_until(what, lambda said=said: said.append(capsys.readouterr().err) or any(said))
        task.cancel()
        await asyncio.wait({task})
        assert "".join(said) == f"ssmtui: Waiting for {what}: 0 s. Ctrl-C gives up.\n"
