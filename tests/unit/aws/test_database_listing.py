"""Databases and caches: what each service's answer becomes, and what may be missing, denied or nonsense on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.aws import database_listing as listing
from ssmtui.aws.boto import BotoGateway, open_gateway
from ssmtui.aws.session import StaticCredentials
from ssmtui.errors import AccessDenied, CredentialsError, SsmtuiError
from ssmtui.lab.fault_spec import parse_faults
from ssmtui.lab.fleet_catalog import NETWORKS
from ssmtui.model import Database
from tests.support.fake_aws import FakeAws
from tests.support.lab_stack import LabStack, lab_stack

PROD = NETWORKS["prod"][1]
RDS_CALLS = ("DescribeDBInstances", "DescribeDBClusters", "DescribeDBProxies", "DescribeDBProxyEndpoints")


@pytest.fixture
async def stack() -> AsyncIterator[LabStack]:
    async with lab_stack(nodes=10) as stack:
        yield stack


async def read(gateway: Any) -> tuple[dict[tuple[str, str], Database], list[SsmtuiError]]:
    """The databases by name and role (the last one of several), and the problems."""
    pages = [page async for page in gateway.databases()]
    found = {(one.name, one.role): one for page in pages for one in page.databases}
    return found, [page.problem for page in pages if page.problem is not None]


async def test_everything_that_the_lab_has(stack: LabStack) -> None:
    found, problems = await read(stack.gateway)
    assert problems == []
    assert set(found) == {
        ("billing", "instance"), ("erp", "instance"), ("reports-archive", "instance"), ("dev-shop", "instance"),
        ("orders", "writer"), ("orders", "reader"), ("reporting", "custom"),
        ("orders-1", "instance"), ("orders-2", "instance"),
        ("catalog", "writer"), ("catalog", "reader"), ("catalog-1", "instance"), ("catalog-2", "instance"),
        ("staging-orders", "writer"), ("staging-orders", "reader"), ("staging-orders-1", "instance"),
        ("orders-proxy", "proxy"), ("orders-proxy-read", "proxy reader"),
        ("sessions", "primary"), ("sessions", "reader"), ("staging-cache", "primary"), ("staging-cache", "reader"),
        ("feed", "configuration"), ("pages", "configuration"), ("pages", "node"),
        ("carts", "serverless"), ("carts", "reader"), ("insights", "cluster"), ("forecasts", "serverless"),
        ("logs", "domain"),
    }  # fmt: skip
    in_other_vpcs = {name for (name, _), one in found.items() if one.vpc_id != PROD}
    assert in_other_vpcs == {"staging-orders", "staging-orders-1", "staging-cache", "dev-shop"}
    assert all(one.vpc_id for one in found.values())
    assert found["orders", "writer"] == Database(
        service="RDS",
        name="orders",
        role="writer",
        host="orders.cluster-c9akciq32rga.eu-west-1.rds.amazonaws.com",
        port=5432,
        engine="aurora-postgresql",
        version="16.8",
        vpc_id=PROD,
        status="available",
        cluster="orders",
        iam_auth=True,
        database_name="orders",
        admin="postgres",
    )
    assert found["orders-1", "instance"].cluster == "orders"
    assert not found["reports-archive", "instance"].is_available
    assert found["orders-proxy-read", "proxy reader"].port == 5432
    assert found["orders-proxy-read", "proxy reader"].iam_auth
    assert found["feed", "configuration"].cluster_mode
    assert (found["sessions", "primary"].tls, found["feed", "configuration"].tls) == (True, False)
    assert found["carts", "reader"].port == 6380
    assert found["forecasts", "serverless"].is_available
    assert (found["logs", "domain"].port, found["logs", "domain"].engine) == (443, "opensearch")
    assert found["logs", "domain"].is_available
    assert (found["orders", "reader"].iam_auth, found["reporting", "custom"].iam_auth) == (True, False)


async def test_what_is_denied_is_a_problem_and_the_rest_is_listed(stack: LabStack) -> None:
    stack.lab.faults.spec = parse_faults("deny=DescribeDBClusters,deny=DescribeServerlessCaches")
    found, problems = await read(stack.gateway)
    assert {problem.operation for problem in problems if isinstance(problem, AccessDenied)} == {
        "DescribeDBClusters",
        "DescribeServerlessCaches",
    }
    assert any("rds:DescribeDBClusters" in problem.remedy for problem in problems)
    assert ("billing", "instance") in found
    assert ("sessions", "primary") in found
    assert ("orders", "writer") not in found


async def test_a_cluster_without_instances_has_its_vpc_from_its_subnet_group(fake_aws: FakeAws) -> None:
    quiet(fake_aws)
    fake_aws.answers["DescribeDBClusters"] = answer(
        "DescribeDBClusters",
        "<DBClusters><DBCluster><DBClusterIdentifier>lone</DBClusterIdentifier><Endpoint>lone.example</Endpoint>"
        "<Port>5432</Port><DBSubnetGroup>data</DBSubnetGroup></DBCluster></DBClusters>",
    )
    fake_aws.answers["DescribeDBSubnetGroups"] = answer(
        "DescribeDBSubnetGroups",
        "<DBSubnetGroups><DBSubnetGroup><DBSubnetGroupName>data</DBSubnetGroupName><VpcId>vpc-1</VpcId>"
        "</DBSubnetGroup></DBSubnetGroups>",
    )
    found, problems = await read(await gateway_of(fake_aws))
    assert {key: one.vpc_id for key, one in found.items()} == {("lone", "writer"): "vpc-1"}
    assert problems == []


async def test_credentials_that_are_refused_everywhere_are_raised_once(stack: LabStack) -> None:
    stack.lab.faults.spec = parse_faults("expired=*:1.0")
    with pytest.raises(CredentialsError):
        await read(stack.gateway)


async def test_a_service_that_answers_nonsense_does_not_hide_the_others(fake_aws: FakeAws) -> None:
    quiet(fake_aws)
    for call in RDS_CALLS:
        fake_aws.answers[call] = "<html>sign in</html>"
    fake_aws.answers["DescribeClusters"] = answer(
        "DescribeClusters",
        "<Clusters><Cluster><ClusterIdentifier>insights</ClusterIdentifier><Endpoint><Address>h.example</Address>"
        "<Port>5439</Port></Endpoint></Cluster></Clusters>",
    )
    found, problems = await read(await gateway_of(fake_aws))
    assert set(found) == {("insights", "cluster")}
    assert len(problems) == len(RDS_CALLS)


async def test_what_has_no_address_yet_is_left_out(fake_aws: FakeAws) -> None:
    quiet(fake_aws)
    fake_aws.answers["DescribeDBInstances"] = answer(
        "DescribeDBInstances",
        "<DBInstances><DBInstance><DBInstanceIdentifier>new</DBInstanceIdentifier><DBInstanceStatus>creating"
        "</DBInstanceStatus></DBInstance></DBInstances>",
    )
    assert await read(await gateway_of(fake_aws)) == ({}, [])


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ANSWERED = (
    "DBInstanceIdentifier", "Endpoint", "ReaderEndpoint", "CustomEndpoints", "Port", "DBSubnetGroup", "Auth", "Engine",
    "DBProxyName", "NodeGroups", "MemberClusters", "CacheNodes", "ConfigurationEndpoint", "SubnetIds", "Subnets",
    "TransitEncryptionEnabled", "CacheClusterId", "ReplicationGroupId", "EngineFamily", "Endpoints", "EngineVersion",
    "VPCOptions", "DomainEndpointOptions", "endpoint", "status",
)  # fmt: skip
element = st.dictionaries(st.sampled_from(ANSWERED), anything, max_size=8)


@given(st.lists(element, max_size=3), st.lists(element, max_size=3))
def test_no_answer_breaks_the_reading(some: list[dict[str, Any]], others: list[dict[str, Any]]) -> None:
    found = [*map(listing.db_instance, some), *map(listing.warehouse, some), *listing.db_proxies(some, others)]
    found += map(listing.search_domain, some)
    found += map(listing.workgroup, some)
    found += listing.caches(some, others, some, others)
    for one in some:
        found += listing.db_cluster(one, "vpc-1")
    for database in found:
        assert 0 <= database.port < 65_536
        assert isinstance(database.host, str)


async def gateway_of(aws: FakeAws) -> BotoGateway:
    return await open_gateway(None, "eu-west-1", aws.url, StaticCredentials("AKIDLAB", "lab-secret"))


def answer(operation: str, inner: str) -> str:
    return f"<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>"


def quiet(aws: FakeAws) -> None:
    """Nothing is listed anywhere."""
    calls = (
        *RDS_CALLS, "DescribeReplicationGroups", "DescribeCacheClusters", "DescribeCacheSubnetGroups",
        "DescribeServerlessCaches", "DescribeClusters", "DescribeDBSubnetGroups",
    )  # fmt: skip
    aws.answers.update({call: answer(call, "") for call in calls})
    aws.answers["ListWorkgroups"] = {"workgroups": []}
    aws.answers["/2021-01-01/domain"] = {"DomainNames": []}
