"""Tags of hybrid nodes: read apart from a listing, and how many are unread is said."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from ssmtui.aws import hybrid_tags
from ssmtui.aws.boto import BotoGateway, open_gateway
from ssmtui.aws.gateway import NodePage
from ssmtui.aws.session import StaticCredentials
from ssmtui.errors import AccessDenied, SsmtuiError
from ssmtui.model import Node
from tests.support.fake_aws import FakeAws, Refusal

DENIED = Refusal("AccessDeniedException", "User: jane is not authorized to perform: it")
IDS = [f"mi-{number:017x}" for number in range(5)]
PI = IDS[3]


@pytest.fixture
async def gateway(fake_aws: FakeAws) -> AsyncIterator[BotoGateway]:
    gateway = await open_gateway(
        region="eu-west-1", endpoint_url=fake_aws.url, static=StaticCredentials("AKIDLAB", "lab-secret")
    )
    yield gateway
    await gateway.close()


async def listed(gateway: BotoGateway, aws: FakeAws, ids: Sequence[str] = IDS) -> list[Node]:
    rows = [{"InstanceId": id, "PingStatus": "Online", "Name": "pi [kitchen]"} for id in ids]
    aws.answers["DescribeInstanceProperties"] = {"InstanceProperties": rows}
    return [node async for page in gateway.nodes() for node in page.nodes]


async def read(gateway: BotoGateway, nodes: Sequence[Node], most: int | None = None) -> list[NodePage]:
    return [page async for page in gateway.with_hybrid_tags(nodes, most)]


def details(pages: Sequence[NodePage]) -> list[str]:
    return [page.problem.detail if page.problem is not None else "" for page in pages]


async def test_d15_hybrid_nodes_have_the_tags_that_systems_manager_lists(
    gateway: BotoGateway, fake_aws: FakeAws
) -> None:
    fake_aws.answers["ListTagsForResource"] = {
        "TagList": [{"Key": "Name", "Value": "pi-1"}, {"Key": "site", "Value": "kitchen"}]
    }
    (node,) = await listed(gateway, fake_aws, [PI])
    assert not node.tags_known
    pages = await read(gateway, [node])
    (found,) = pages[-1].nodes
    assert (found.name, found.tags, found.tags_known) == ("pi-1", {"Name": "pi-1", "site": "kitchen"}, True)
    assert pages[-1].problem is None
    # The next listing, and the next reading, remember them.
    assert await listed(gateway, fake_aws, [PI]) == [found]
    await read(gateway, [found])
    assert fake_aws.of("ListTagsForResource") == [{"ResourceType": "ManagedInstance", "ResourceId": PI}]


async def test_d15_what_is_unread_is_counted_and_the_next_reading_goes_on(
    gateway: BotoGateway, fake_aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hybrid_tags, "AT_ONCE", 1)
    fake_aws.answers["ListTagsForResource"] = {"TagList": []}
    nodes = await listed(gateway, fake_aws)
    said = "the tags of {} are not read yet"
    assert details(await read(gateway, nodes, 2)) == [
        said.format("5 hybrid nodes"),
        said.format("4 hybrid nodes"),
        said.format("3 hybrid nodes"),
    ]
    assert details(await read(gateway, nodes, 2))[-1] == said.format("1 hybrid node")
    assert details(await read(gateway, nodes, 2))[-1] == ""
    assert sorted(call["ResourceId"] for call in fake_aws.of("ListTagsForResource")) == IDS


async def test_d15_denied_tags_are_one_problem_and_stay_unknown(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    nodes = await listed(gateway, fake_aws, [f"mi-{number:017x}" for number in range(40)])
    fake_aws.answers["ListTagsForResource"] = DENIED
    for _ in range(2):
        pages = await read(gateway, nodes)
        assert isinstance(pages[-1].problem, AccessDenied)
        assert not any(page.nodes for page in pages)
    assert len(fake_aws.of("ListTagsForResource")) <= hybrid_tags.AT_ONCE


async def test_d15_a_node_that_is_deregistered_in_the_meantime_is_no_problem(
    gateway: BotoGateway, fake_aws: FakeAws
) -> None:
    nodes = await listed(gateway, fake_aws, [PI])
    fake_aws.answers["ListTagsForResource"] = Refusal("InvalidResourceId", "The resource ID is not valid.")
    assert details(await read(gateway, nodes))[-1] == ""
    await listed(gateway, fake_aws, [])
    assert gateway._remembered.hybrid_tags.by_node == {}


async def test_d15_nodes_that_are_gone_are_forgotten(gateway: BotoGateway, fake_aws: FakeAws) -> None:
    fake_aws.answers["ListTagsForResource"] = {"TagList": []}
    await read(gateway, await listed(gateway, fake_aws))
    await listed(gateway, fake_aws, [PI])
    assert list(gateway._remembered.hybrid_tags.by_node) == [PI]


async def test_d15_a_defect_is_raised_and_goes_before_a_refusal(
    gateway: BotoGateway, fake_aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = await listed(gateway, fake_aws)

    async def broken(self: Any, node_id: str) -> None:
        raise SsmtuiError("refused") if node_id != IDS[1] else AttributeError("a defect of ours")

    monkeypatch.setattr(hybrid_tags.HybridTags, "_tags_of", broken)
    with pytest.raises(AttributeError, match="a defect of ours"):
        await read(gateway, nodes)


async def test_one_hybrid_node_that_is_looked_up_by_itself_has_its_tags(
    gateway: BotoGateway, fake_aws: FakeAws
) -> None:
    fake_aws.answers["DescribeInstanceInformation"] = {"InstanceInformationList": [{"InstanceId": PI}]}
    fake_aws.answers["ListTagsForResource"] = [{"TagList": [{"Key": "env", "Value": "prod"}]}, DENIED]
    found = await gateway.node(PI)
    assert found is not None
    assert (found.tags, found.tags_known) == ({"env": "prod"}, True)
    found = await gateway.node(PI)
    assert found is not None
    assert not found.tags_known
