"""Listings of nodes against an AWS of canned answers: several sources side by side, and what each may do wrong."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any

import pytest

from ssmtui.aws import convert, node_listing, pages
from ssmtui.aws.boto import BotoGateway, open_gateway
from ssmtui.aws.gateway import Known, NodePage, unknown
from ssmtui.aws.gateways import open_gateways
from ssmtui.aws.session import StaticCredentials, StaticProfile
from ssmtui.errors import AccessDenied, ConfigurationError, ServiceError, SsmtuiError, Throttled
from ssmtui.model import Container, Node, PingStatus, Platform, Scope
from tests.support.fake_aws import FakeAws, Refusal
from tests.support.wait import wait_until

STATIC = StaticCredentials("AKIDLAB", "lab-secret")
DENIED = Refusal("AccessDeniedException", "User: jane is not authorized to perform: it")
EC2_DENIED = Refusal("UnauthorizedOperation", "no", 403)
EXPIRED = Refusal("InvalidNextToken", "The specified token is not valid.")
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/shop"
TASK = "arn:aws:ecs:eu-west-1:123456789012:task/shop/0123456789abcdef"


def node(number: int, **facts: Any) -> dict[str, Any]:
    return {"InstanceId": f"i-{number:017x}", "PingStatus": "Online", "ComputerName": f"host-{number}", **facts}


def properties(*numbers: int, token: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = {"InstanceProperties": [node(number) for number in numbers]}
    return answer | ({"NextToken": token} if token else {})


def instances(*numbers: int, state: str = "running", token: str = "") -> str:
    items = "".join(
        f"<item><instanceId>i-{number:017x}</instanceId><instanceState><code>16</code><name>{state}</name>"
        "</instanceState><instanceType>t3.micro</instanceType><placement><availabilityZone>eu-west-1a</availabilityZone>"
        f"</placement><tagSet><item><key>Name</key><value>web-{number}</value></item></tagSet></item>"
        for number in numbers
    )
    more = f"<nextToken>{token}</nextToken>" if token else ""
    return (
        '<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><reservationSet><item>'
        f"<instancesSet>{items}</instancesSet></item></reservationSet>{more}</DescribeInstancesResponse>"
    )


def task(**facts: Any) -> dict[str, Any]:
    agent = {"name": "ExecuteCommandAgent", "lastStatus": "RUNNING"}
    details = [{"name": "privateIPv4Address", "value": "10.0.5.6"}]
    return {
        "taskArn": TASK,
        "clusterArn": CLUSTER,
        "group": "service:web",
        "enableExecuteCommand": True,
        "lastStatus": "RUNNING",
        "launchType": "FARGATE",
        "platformFamily": "Linux",
        "platformVersion": "1.4.0",
        "availabilityZone": "eu-west-1b",
        "tags": [{"key": "env", "value": "prod"}],
        "attachments": [{"type": "ElasticNetworkInterface", "details": details}],
        "containers": [{"name": "app", "runtimeId": "0123456789abcdef-1", "managedAgents": [agent]}],
        **facts,
    }


def with_ecs(aws: FakeAws, *tasks: Mapping[str, Any]) -> None:
    aws.answers["ListClusters"] = {"clusterArns": [CLUSTER]}
    aws.answers["ListTasks"] = {"taskArns": [TASK]}
    aws.answers["DescribeTasks"] = {"tasks": list(tasks)}


@pytest.fixture
def aws(fake_aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    """One that lists one node, and nothing else that a test does not give it."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *args: 0.0)
    monkeypatch.setattr(pages.Pager.pages, "__defaults__", ((0.0, 0.0),))
    monkeypatch.setattr(node_listing, "BRISK", (0.0,))
    fake_aws.answers |= {
        "DescribeInstanceProperties": properties(1),
        "DescribeInstances": instances(),
        "ListClusters": {"clusterArns": []},
        "ListTagsForResource": {"TagList": []},
        "DescribeSessions": {"Sessions": []},
        "ListResourceDataSync": {"ResourceDataSyncItems": []},
    }
    return fake_aws


@pytest.fixture
async def gateway(aws: FakeAws) -> AsyncIterator[BotoGateway]:
    gateway = await open_gateway(region="eu-west-1", endpoint_url=aws.url, static=STATIC)
    yield gateway
    await gateway.close()


class Listed:
    """All that a listing showed."""

    def __init__(self, steps: list[NodePage]) -> None:
        self.steps = steps
        self.nodes = {each.id: each for step in steps for each in step.nodes}
        self.problems = {step.source: step.problem for step in steps if step.problem is not None}

    @property
    def names(self) -> list[str]:
        return sorted(each.name for each in self.nodes.values())

    @property
    def containers(self) -> list[Node]:
        return [each for each in self.nodes.values() if each.container is not None]


async def listed(gateway: BotoGateway, known: Known = unknown) -> Listed:
    return Listed([step async for step in gateway.nodes(known)])


async def test_nodes_of_all_pages_joined_with_ec2(gateway: BotoGateway, aws: FakeAws) -> None:
    aws.answers["DescribeInstanceProperties"] = [properties(*range(1000), token="a"), properties(*range(1000, 1500))]
    aws.answers["DescribeInstances"] = [instances(3, 999, token="b"), instances(1400)]
    found = await listed(gateway)
    assert len(found.nodes) == 1500
    assert [name for name in found.names if not name.startswith("host-")] == ["web-1400", "web-3", "web-999"]
    assert {call["MaxResults"] for call in aws.of("DescribeInstanceProperties")} == {1000}
    assert max(len(step.nodes) for step in found.steps) <= node_listing.STEP
    assert {step.source for step in found.steps} <= {"Systems Manager", "EC2"}
    web = found.nodes[f"i-{3:017x}"]
    assert (web.instance_state, web.instance_type, web.zone) == ("running", "t3.micro", "eu-west-1a")
    assert web.tags == {"Name": "web-3"}


async def test_nodes_come_before_ec2_has_answered_and_again_with_its_facts(
    gateway: BotoGateway, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_listing, "HEAD_START", 0.0)
    gate = threading.Event()
    aws.answers["DescribeInstanceProperties"] = properties(*range(4))
    aws.answers["DescribeInstances"] = lambda arguments: instances(0, 2) if gate.wait(10) else ""
    async with aclosing(gateway.nodes()) as steps:
        assert [each.name for each in (await anext(steps)).nodes] == ["host-0", "host-1", "host-2", "host-3"]
        gate.set()
        assert [[each.name for each in step.nodes] async for step in steps] == [["web-0", "web-2"]]


async def test_instances_wait_a_moment_for_their_names_and_others_do_not(gateway: BotoGateway, aws: FakeAws) -> None:
    gate = threading.Event()
    rows = [*(node(number) for number in range(3)), {"InstanceId": "mi-1", "Name": "edge"}]
    aws.answers["DescribeInstanceProperties"] = {"InstanceProperties": rows}
    aws.answers["DescribeInstances"] = lambda arguments: instances(0, 2) if gate.wait(10) else ""
    async with aclosing(gateway.nodes()) as steps:
        assert [each.name for each in (await anext(steps)).nodes] == ["edge"]
        gate.set()
        assert [[each.name for each in step.nodes] async for step in steps] == [
            ["web-0", "web-2"],
            ["host-1"],
        ]


async def test_a_second_listing_goes_by_what_ec2_told_in_the_first_and_tells_what_is_news(
    gateway: BotoGateway, aws: FakeAws
) -> None:
    gate = threading.Event()
    aws.answers["DescribeInstanceProperties"] = properties(0, 1, 2)
    aws.answers["DescribeInstances"] = instances(0, 1, 2)
    await listed(gateway)
    later = instances(0, 1).replace("web-1", "renamed")
    aws.answers["DescribeInstances"] = lambda arguments: later if gate.wait(10) else ""
    async with aclosing(gateway.nodes()) as steps:
        assert [each.name for each in (await anext(steps)).nodes] == ["web-0", "web-1", "web-2"]
        gate.set()
        assert [[each.name for each in step.nodes] async for step in steps] == [["renamed"], ["host-2"]]


async def test_tags_that_are_told_again_are_kept_once(gateway: BotoGateway, aws: FakeAws) -> None:
    aws.answers["DescribeInstances"] = instances(1)
    first, _, third = [next(iter((await listed(gateway)).nodes.values())) for _ in range(3)]
    assert first.tags
    assert third.tags is first.tags


async def test_a_node_that_is_known_comes_with_the_same_texts_and_tags(gateway: BotoGateway, aws: FakeAws) -> None:
    facts = {"IPAddress": "10.0.0.1", "LastPingDateTime": 1.0}
    aws.answers["DescribeInstanceProperties"] = [
        {"InstanceProperties": [node(1, **facts), {"InstanceId": "mi-1", "Name": "edge"}]},
        {"InstanceProperties": [node(1, **facts | {"LastPingDateTime": 2.0}), {"InstanceId": "mi-1", "Name": "edge"}]},
    ]
    aws.answers["DescribeInstances"] = instances(1)
    first = (await listed(gateway)).nodes
    by_key = {each.key: each for each in first.values()}
    # As a program that knows its nodes from the disk, and nothing of what EC2 has told before.
    gateway._remembered = node_listing.ListingMemory()
    second = (await listed(gateway, by_key.get)).nodes
    assert second["mi-1"] is first["mi-1"]
    (before,), (after,) = ([each for each in found.values() if each.name == "web-1"] for found in (first, second))
    assert (before.last_ping, after.last_ping) == (convert.moment(1.0), convert.moment(2.0))
    assert after._replace(last_ping=before.last_ping) == before
    differing = [field for field in Node._fields if getattr(before, field) is not getattr(after, field)]
    assert differing == ["last_ping"]


async def test_nodes_and_ec2s_facts_have_ids_and_addresses_in_common(gateway: BotoGateway, aws: FakeAws) -> None:
    aws.answers["DescribeInstanceProperties"] = {"InstanceProperties": [node(1, IPAddress="10.0.0.1")]}
    address = "<privateIpAddress>10.0.0.1</privateIpAddress><tagSet>"
    aws.answers["DescribeInstances"] = instances(1).replace("<tagSet>", address)
    (found,) = (await listed(gateway)).nodes.values()
    (facts,) = gateway._remembered.facts.values()
    assert found.id is facts.id
    assert found.ip is facts.ip
    assert found.name is facts.tags["Name"]


async def test_instances_that_are_told_twice_are_news_the_next_time(gateway: BotoGateway, aws: FakeAws) -> None:
    later = instances(1).replace("web-1", "renamed")
    aws.answers["DescribeInstances"] = [instances(1, token="a"), Refusal("InvalidNextToken", "", 400), later]
    assert (await listed(gateway)).names == ["web-1"]
    assert (await listed(gateway)).names == ["renamed"]


async def test_of_an_instance_that_ec2_no_longer_tells_nothing_is_remembered(
    gateway: BotoGateway, aws: FakeAws
) -> None:
    aws.answers["DescribeInstances"] = [instances(1), instances()]
    await listed(gateway)
    assert (await listed(gateway)).names == ["host-1"]
    assert gateway._remembered.facts == {}


async def test_pages_that_come_after_ec2s_answer_are_joined_at_once(gateway: BotoGateway, aws: FakeAws) -> None:
    gate = threading.Event()
    aws.answers["DescribeInstanceProperties"] = lambda arguments: properties(0, 1) if gate.wait(10) else {}
    aws.answers["DescribeInstances"] = instances(0, 1)
    listing = asyncio.gather(listed(gateway))
    await wait_until("EC2 is asked", lambda: aws.of("DescribeInstances"))
    await wait_until("EC2's facts are there", lambda: not any("nodes/ec2" in t.get_name() for t in asyncio.all_tasks()))
    gate.set()
    assert [[each.name for each in step.nodes] for step in (await listing)[0].steps] == [["web-0", "web-1"]]


async def test_a_node_that_is_listed_twice_is_joined_both_times(gateway: BotoGateway, aws: FakeAws) -> None:
    aws.answers["DescribeInstanceProperties"] = properties(1, 1)
    aws.answers["DescribeInstances"] = instances(1)
    assert (await listed(gateway)).names == ["web-1"]


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (EC2_DENIED, AccessDenied),
        (Refusal("RequestLimitExceeded", "slow", 503), Throttled),
        (Refusal("InternalError", "", 500), ServiceError),
    ],
)
async def test_ec2_may_refuse_without_harm(
    gateway: BotoGateway, aws: FakeAws, refusal: Refusal, kind: type[SsmtuiError]
) -> None:
    aws.answers["DescribeInstances"] = refusal
    found = await listed(gateway)
    assert found.names == ["host-1"]
    assert isinstance(found.problems["EC2"], kind)


async def test_who_is_denied_is_not_asked_again_but_told_of(gateway: BotoGateway, aws: FakeAws) -> None:
    aws.answers["DescribeInstances"], aws.answers["ListClusters"] = EC2_DENIED, DENIED
    first, second = await listed(gateway), await listed(gateway)
    assert first.problems.keys() == second.problems.keys() == {"EC2", "ECS"}
    assert len(aws.of("DescribeInstances")) == len(aws.of("ListClusters")) == 1


async def test_a_denial_is_not_believed_for_ever(
    gateway: BotoGateway, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_listing, "DENIED_FOR", 0.0)
    aws.answers["DescribeInstances"] = [EC2_DENIED, instances(1)]
    assert (await listed(gateway)).problems
    found = await listed(gateway)
    assert (found.names, found.problems) == (["web-1"], {})


async def test_what_ec2_told_the_last_time_counts_while_it_is_out_of_reach(gateway: BotoGateway, aws: FakeAws) -> None:
    aws.answers["DescribeInstances"] = [instances(1), Refusal("RequestLimitExceeded", "slow", 503)]
    await listed(gateway)
    found = await listed(gateway)
    assert found.names == ["web-1"]
    assert isinstance(found.problems["EC2"], Throttled)


async def test_edge_99_a_throttled_page_is_asked_for_again(gateway: BotoGateway, aws: FakeAws) -> None:
    slow = Refusal("ThrottlingException", "Rate exceeded")
    # botocore asks three times; what it gives up is asked for again here.
    aws.answers["DescribeInstanceProperties"] = [properties(0, token="a"), *[slow] * 5, properties(1)]
    assert len((await listed(gateway)).nodes) == 2


@pytest.mark.parametrize(("shown", "asked"), [([], 9), ([properties(0, token="a")], 1 + 12)])
async def test_a_list_that_is_throttled_for_good_is_told_sooner_where_nothing_is_lost(
    gateway: BotoGateway, aws: FakeAws, monkeypatch: pytest.MonkeyPatch, shown: list[Any], asked: int
) -> None:
    monkeypatch.setattr(pages.Pager.pages, "__defaults__", ((0.0, 0.0, 0.0),))
    aws.answers["DescribeInstanceProperties"] = [*shown, Refusal("ThrottlingException", "Rate exceeded")]
    with pytest.raises(Throttled):
        await listed(gateway)
    assert len(aws.of("DescribeInstanceProperties")) == asked


async def test_edge_99_a_page_token_that_expires_once_begins_the_list_anew(gateway: BotoGateway, aws: FakeAws) -> None:
    first = properties(0, token="a")
    aws.answers["DescribeInstanceProperties"] = [first, EXPIRED, first, properties(1)]
    assert len((await listed(gateway)).nodes) == 2
    assert [call.get("NextToken") for call in aws.of("DescribeInstanceProperties")] == [None, "a", None, "a"]


async def test_edge_99_a_page_token_that_expires_again_is_told(gateway: BotoGateway, aws: FakeAws) -> None:
    first = properties(0, token="a")
    aws.answers["DescribeInstanceProperties"] = [first, EXPIRED, first, EXPIRED]
    shown: list[Node] = []

    async def look() -> None:
        async for step in gateway.nodes():
            shown.extend(step.nodes)

    with pytest.raises(ServiceError, match="Refresh"):
        await look()
    assert shown, "what was there has been shown"


async def test_nodes_that_wait_for_their_names_are_shown_when_the_list_fails(
    gateway: BotoGateway, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_listing, "HEAD_START", 60.0)
    waits = asyncio.Event()
    aws.answers["DescribeInstanceProperties"] = [properties(0, token="a"), EXPIRED, properties(0, token="a"), EXPIRED]
    monkeypatch.setattr(node_listing.NodeListing, "_ec2", lambda self: waits.wait())
    shown: list[Node] = []

    async def look() -> None:
        async for step in gateway.nodes():
            shown.extend(step.nodes)

    with pytest.raises(ServiceError, match="Refresh"):
        await look()
    assert [node.id for node in shown] == [f"i-{0:017x}"]


async def test_a_list_that_does_not_end_is_given_up(gateway: BotoGateway, aws: FakeAws) -> None:
    aws.answers["DescribeInstanceProperties"] = properties(0, token="a")
    with pytest.raises(ServiceError, match="does not end"):
        await listed(gateway)


async def test_the_older_list_where_only_that_is_allowed(gateway: BotoGateway, aws: FakeAws) -> None:
    aws.answers["DescribeInstanceProperties"] = DENIED
    aws.answers["DescribeInstanceInformation"] = {"InstanceInformationList": [node(1, IsLatestVersion=False)]}
    (found,) = (await listed(gateway)).nodes.values()
    assert (found.name, found.agent_is_latest) == ("host-1", False)
    assert aws.of("DescribeInstanceInformation") == [{"MaxResults": 50}]


async def test_the_list_that_is_denied_is_not_tried_with_every_listing(gateway: BotoGateway, aws: FakeAws) -> None:
    aws.answers["DescribeInstanceProperties"] = DENIED
    aws.answers["DescribeInstanceInformation"] = {"InstanceInformationList": [node(1)]}
    assert len((await listed(gateway)).nodes) == len((await listed(gateway)).nodes) == 1
    assert (len(aws.of("DescribeInstanceProperties")), len(aws.of("DescribeInstanceInformation"))) == (1, 2)


async def test_who_plays_aws_without_the_newer_list_is_asked_for_the_older(gateway: BotoGateway, aws: FakeAws) -> None:
    aws.answers["DescribeInstanceProperties"] = Refusal("UnknownOperationException")
    aws.answers["DescribeInstanceInformation"] = {"InstanceInformationList": [node(1)]}
    assert len((await listed(gateway)).nodes) == 1


async def test_a_list_that_breaks_on_the_way_is_not_taken_for_one_that_is_denied(
    gateway: BotoGateway, aws: FakeAws
) -> None:
    aws.answers["DescribeInstanceProperties"] = [properties(0, token="a"), DENIED]
    with pytest.raises(AccessDenied):
        await listed(gateway)


async def test_nobody_may_list_nodes(gateway: BotoGateway, aws: FakeAws) -> None:
    aws.answers["DescribeInstanceProperties"] = aws.answers["DescribeInstanceInformation"] = DENIED
    with pytest.raises(AccessDenied):
        await listed(gateway)


async def test_rows_without_an_id_and_of_no_kind_known_cost_nothing_else(gateway: BotoGateway, aws: FakeAws) -> None:
    rows = [{"PingStatus": "Online"}, node(1, PingStatus="Napping", PlatformType=7, ResourceType=None)]
    aws.answers["DescribeInstanceProperties"] = {"InstanceProperties": rows}
    (found,) = (await listed(gateway)).nodes.values()
    assert (found.ping, found.platform, found.resource_type) == (PingStatus.UNKNOWN, Platform.UNKNOWN, "")


async def test_a_list_that_is_given_up_leaves_no_task(gateway: BotoGateway, aws: FakeAws) -> None:
    gate = threading.Event()
    aws.answers["DescribeInstanceProperties"] = properties(*range(4000))
    aws.answers["DescribeInstances"] = lambda arguments: instances() if gate.wait(10) else ""
    before = asyncio.all_tasks()
    async with aclosing(gateway.nodes()) as steps:
        await anext(steps)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
    gate.set()


async def test_containers_that_can_be_entered(gateway: BotoGateway, aws: FakeAws) -> None:
    with_ecs(aws, task())
    assert (await listed(gateway)).containers == [
        Node(
            id="ecs:shop_0123456789abcdef_0123456789abcdef-1",
            name="web/app",
            ping=PingStatus.ONLINE,
            platform=Platform.LINUX,
            platform_name="Linux",
            platform_version="1.4.0",
            ip="10.0.5.6",
            resource_type="ECSContainer",
            region="eu-west-1",
            tags={"env": "prod"},
            instance_type="FARGATE",
            instance_state="running",
            zone="eu-west-1b",
            container=Container(CLUSTER, TASK, "app", "0123456789abcdef-1"),
            tags_known=True,
        )
    ]
    assert aws.of("ListTasks") == [{"cluster": CLUSTER, "desiredStatus": "RUNNING", "maxResults": 100}]
    assert aws.of("DescribeTasks") == [{"cluster": CLUSTER, "tasks": [TASK], "include": ["TAGS"]}]


STOPPED_AGENT = [{"name": "ExecuteCommandAgent", "lastStatus": "STOPPED"}]


@pytest.mark.parametrize(
    ("facts", "pings"),
    [
        ({"enableExecuteCommand": False}, []),
        ({"containers": [{"name": "app", "managedAgents": []}]}, []),
        ({"containers": [{"name": "app", "runtimeId": "r"}]}, [PingStatus.CONNECTION_LOST]),
        (
            {"containers": [{"name": "app", "runtimeId": "r", "managedAgents": STOPPED_AGENT}]},
            [PingStatus.CONNECTION_LOST],
        ),
    ],
)
async def test_containers_that_cannot(
    gateway: BotoGateway, aws: FakeAws, facts: dict[str, Any], pings: list[PingStatus]
) -> None:
    with_ecs(aws, task(**facts))
    assert [each.ping for each in (await listed(gateway)).containers] == pings


async def test_a_windows_task_of_a_family_with_an_address_of_its_container(gateway: BotoGateway, aws: FakeAws) -> None:
    container = {"name": "job", "runtimeId": "r", "networkInterfaces": [{"privateIpv4Address": "10.9.9.9"}]}
    with_ecs(aws, task(group="family:migrate", platformFamily="WINDOWS_SERVER_2022_CORE", containers=[container]))
    (found,) = (await listed(gateway)).containers
    assert (found.name, found.platform, found.ip) == ("migrate/job", Platform.WINDOWS, "10.9.9.9")


async def test_a_cluster_that_is_deleted_meanwhile_hides_no_other(gateway: BotoGateway, aws: FakeAws) -> None:
    with_ecs(aws, task())
    aws.answers["ListClusters"] = {"clusterArns": [f"{CLUSTER}-gone", CLUSTER]}
    gone = Refusal("ClusterNotFoundException", "no such cluster")
    aws.answers["ListTasks"] = lambda arguments: {"taskArns": [TASK]} if arguments["cluster"] == CLUSTER else gone
    found = await listed(gateway)
    assert (len(found.containers), found.problems) == (1, {})


async def test_containers_stay_while_ecs_is_out_of_reach_and_go_when_it_is_denied(
    gateway: BotoGateway, aws: FakeAws
) -> None:
    with_ecs(aws, task())
    await listed(gateway)
    aws.answers["ListTasks"] = Refusal("ServerException", "", 500)
    found = await listed(gateway)
    assert (len(found.containers), found.problems.keys()) == (1, {"ECS"})
    aws.answers["ListTasks"] = DENIED
    found = await listed(gateway)
    assert found.containers == []
    assert isinstance(found.problems["ECS"], AccessDenied)


async def test_stopped_instances_with_sessions_in_the_past_are_shown(gateway: BotoGateway, aws: FakeAws) -> None:
    aws.answers["DescribeInstances"] = instances(7, 8, state="stopped")
    aws.answers["DescribeSessions"] = [
        {"Sessions": [{"Target": "i-other"}], "NextToken": "a"},
        {"Sessions": [{"Target": f"i-{7:017x}"}]},
    ]
    found = await listed(gateway)
    assert found.names == ["host-1", "web-7"]
    stopped = found.nodes[f"i-{7:017x}"]
    assert (stopped.ping, stopped.instance_state) == (PingStatus.UNKNOWN, "stopped")
    assert stopped.resource_type == "EC2Instance"
    assert found.steps[-1].source == "session history"
    await listed(gateway)
    assert len(aws.of("DescribeSessions")) == 2, "history is read once"


async def test_no_history_is_read_where_nothing_is_stopped(gateway: BotoGateway, aws: FakeAws) -> None:
    aws.answers["DescribeInstances"] = instances(1, 2)
    await listed(gateway)
    assert aws.of("DescribeSessions") == []


async def test_an_instance_that_was_listed_and_is_stopped_now_needs_no_history(
    gateway: BotoGateway, aws: FakeAws
) -> None:
    aws.answers["DescribeInstances"] = [instances(1), instances(1, state="stopped")]
    await listed(gateway)
    aws.answers["DescribeInstanceProperties"] = properties()
    aws.answers["DescribeSessions"] = DENIED
    found = await listed(gateway)
    assert (found.names, aws.of("DescribeSessions"), found.problems) == (["web-1"], [], {})


async def test_history_that_is_denied_is_a_problem(gateway: BotoGateway, aws: FakeAws) -> None:
    aws.answers["DescribeInstances"] = instances(7, state="stopped")
    aws.answers["DescribeSessions"] = DENIED
    found = await listed(gateway)
    assert found.names == ["host-1"]
    assert isinstance(found.problems["session history"], AccessDenied)


def organization_node(number: int, region: str) -> dict[str, Any]:
    facts = {
        "ComputerName": f"host-{number}",
        "IpAddress": "10.1.1.1",
        "ManagedStatus": "Managed",
        "InstanceStatus": "Active",
        "PlatformType": "Linux",
    }
    return {
        "Id": f"i-{number:017x}",
        "Region": region,
        "Owner": {"AccountId": "210987654321", "OrganizationalUnitId": "ou-1"},
        "CaptureTime": 1768478400.0,
        "NodeType": {"Instance": facts},
    }


async def test_the_nodes_of_an_organization(aws: FakeAws) -> None:
    aws.answers["ListNodes"] = [
        {"Nodes": [organization_node(1, "eu-west-1")], "NextToken": "a"},
        {"Nodes": [organization_node(2, "us-east-1")]},
    ]
    gateways = await open_gateways(region="eu-west-1", endpoint_url=aws.url, static=STATIC)
    found = await listed(gateways.gateway(Scope(None, "eu-west-1", aws.url, organization=True)))
    assert [(each.region, each.account, each.name, each.ping) for each in found.nodes.values()] == [
        ("eu-west-1", "210987654321", "host-1", PingStatus.ONLINE),
        ("us-east-1", "210987654321", "host-2", PingStatus.ONLINE),
    ]
    assert aws.of("ListNodes")[0] == {"SyncName": "AWS-QuickSetup-ManagedNode", "MaxResults": 50}
    assert aws.of("DescribeInstances") == [], "other accounts' instances cannot be asked for"
    await gateways.close()


ORGANIZATIONS = {"SourceType": "AwsOrganizations"}


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (DENIED, "AWS-QuickSetup-ManagedNode"),
        ({"ResourceDataSyncItems": [{"SyncName": "one", "SyncSource": {"SourceType": "SingleAccount"}}]}, None),
        ({"ResourceDataSyncItems": [{"SyncName": "all", "SyncSource": ORGANIZATIONS}]}, "all"),
        (
            {
                "ResourceDataSyncItems": [
                    {"SyncName": name, "SyncSource": ORGANIZATIONS} for name in ("all", "AWS-QuickSetup-ManagedNode")
                ]
            },
            None,
        ),
    ],
)
async def test_the_sync_of_an_organization_is_looked_up(aws: FakeAws, answer: Any, name: str | None) -> None:
    aws.answers["ListResourceDataSync"] = answer
    aws.answers["ListNodes"] = {"Nodes": []}
    gateways = await open_gateways(region="eu-west-1", endpoint_url=aws.url, static=STATIC)
    await listed(gateways.gateway(Scope(None, "eu-west-1", organization=True)))
    assert [call["SyncName"] for call in aws.of("ListNodes")] == [name or "AWS-QuickSetup-ManagedNode"]
    await gateways.close()


@pytest.mark.parametrize("code", ["ResourceDataSyncNotFoundException", "UnsupportedOperationException"])
async def test_no_organization_says_what_it_takes(aws: FakeAws, code: str) -> None:
    aws.answers["ListNodes"] = Refusal(code, "no such sync")
    gateways = await open_gateways(region="eu-west-1", endpoint_url=aws.url, static=STATIC)
    with pytest.raises(ConfigurationError, match="delegated administrator"):
        await listed(gateways.gateway(Scope(None, "eu-west-1", organization=True)))
    await gateways.close()


async def test_the_pages_of_all_scopes_share_eight_calls_and_sessions_wait_behind_none(aws: FakeAws) -> None:
    gate = threading.Event()
    aws.answers["DescribeInstanceProperties"] = lambda arguments: properties(1) if gate.wait(10) else {}
    aws.answers["DescribeInstances"] = lambda arguments: instances() if gate.wait(10) else ""
    aws.answers["GetConnectionStatus"] = {"Status": "connected"}
    static = {
        f"account-{number}": StaticProfile(StaticCredentials(f"AKID{number}", "s"), "eu-west-1") for number in range(6)
    }
    gateways = await open_gateways(None, "eu-west-1", aws.url, STATIC, static)
    scopes = [Scope(profile, "eu-west-1", aws.url) for profile in static]
    listings = asyncio.gather(*(listed(gateways.gateway(scope)) for scope in scopes))

    def under_way() -> int:
        return sum(call.operation in ("DescribeInstanceProperties", "DescribeInstances") for call in aws.calls)

    await wait_until("eight pages are asked for", lambda: under_way() == 8)
    assert await gateways.gateway(scopes[5]).connection_status("i-1")
    assert under_way() == 8
    gate.set()
    assert {each.aws_profile for found in await listings for each in found.nodes.values()} == set(static)
    await gateways.close()


async def test_d1_ec2s_private_address_goes_before_systems_managers(gateway: BotoGateway, aws: FakeAws) -> None:
    aws.answers["DescribeInstanceProperties"] = {
        "InstanceProperties": [node(1, IPAddress="54.12.3.4"), node(2, IPAddress="10.9.9.9")]
    }
    address = "<privateIpAddress>10.0.0.1</privateIpAddress><tagSet>"
    aws.answers["DescribeInstances"] = instances(1, 2).replace("<tagSet>", address)
    first, second = sorted((await listed(gateway)).nodes.values(), key=lambda node: node.id)
    assert (first.ip, first.public_ip) == ("10.0.0.1", "54.12.3.4")
    assert (second.ip, second.public_ip) == ("10.0.0.1", "")


@pytest.mark.parametrize(
    ("address", "private", "public"),
    [
        ("54.12.3.4", "", "54.12.3.4"),
        ("2a05:d018::1", "", "2a05:d018::1"),
        ("172.31.0.9", "172.31.0.9", ""),
        ("100.64.0.9", "100.64.0.9", ""),
        ("fd00::1", "fd00::1", ""),
        ("not an address", "not an address", ""),
    ],
)
async def test_d1_without_ec2_an_address_is_what_it_looks_like(
    gateway: BotoGateway, aws: FakeAws, address: str, private: str, public: str
) -> None:
    aws.answers["DescribeInstances"] = EC2_DENIED
    aws.answers["DescribeInstanceProperties"] = {"InstanceProperties": [node(1, IPAddress=address)]}
    (found,) = (await listed(gateway)).nodes.values()
    assert (found.ip, found.public_ip) == (private, public)


async def test_d15_a_listing_does_not_read_the_tags_of_hybrid_nodes(gateway: BotoGateway, aws: FakeAws) -> None:
    hybrid = node(2) | {"InstanceId": "mi-00000000000000002", "IPAddress": "141.0.0.1"}
    aws.answers["DescribeInstanceProperties"] = {"InstanceProperties": [node(1), hybrid]}
    aws.answers["DescribeInstances"] = instances(1)
    found = (await listed(gateway)).nodes
    assert found["i-00000000000000001"].tags_known
    assert not found["mi-00000000000000002"].tags_known
    assert found["mi-00000000000000002"].ip == "141.0.0.1"
    assert aws.of("ListTagsForResource") == []


async def test_b3_a_defect_in_what_a_source_adds_is_a_problem_and_a_log_line(
    gateway: BotoGateway, aws: FakeAws, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: object, told: object) -> None:
        raise AttributeError("a defect of ours")

    monkeypatch.setattr(node_listing.NodeListing, "_take", broken)
    aws.answers["DescribeInstances"] = instances(1)
    found = await listed(gateway)
    assert found.names == ["host-1"]
    assert found.problems["EC2"].title == "Reading EC2 failed because of a defect in ssmtui"
    assert "a defect of ssmtui" in str(found.problems["EC2"])
    assert [record.message for record in caplog.records if record.exc_info] == ["reading EC2 failed"]


async def test_b3_a_defect_outside_the_sources_fails_the_listing(
    gateway: BotoGateway, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(self: object) -> None:
        raise AttributeError("a defect of ours")

    monkeypatch.setattr(node_listing.NodeListing, "_release", broken)
    with pytest.raises(AttributeError, match="a defect of ours"):
        await listed(gateway)


async def test_c1_of_what_fails_side_by_side_a_defect_is_told_once_and_nothing_is_left_unread(
    gateway: BotoGateway, aws: FakeAws, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    reports: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))

    async def broken(self: object, cluster: str, found: object) -> None:
        raise AccessDenied("no") if cluster.endswith("0") else AttributeError("a defect of ours")

    monkeypatch.setattr(node_listing.NodeListing, "_cluster", broken)
    aws.answers["ListClusters"] = {"clusterArns": [f"{CLUSTER}{number}" for number in range(3)]}
    found = await listed(gateway)
    assert "because of a defect in ssmtui" in found.problems["ECS"].title
    gc.collect()
    assert reports == []
    assert len([record for record in caplog.records if record.exc_info]) == 1
