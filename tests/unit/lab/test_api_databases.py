"""The operations of RDS, ElastiCache, Redshift and OpenSearch Service, through boto3 and held against its shapes."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ssmtui.lab.fault_spec import parse_faults
from ssmtui.lab.fleet_catalog import NETWORKS
from ssmtui.lab.lab import Lab
from tests.support.lab_client import Aws
from tests.support.service_models import OPERATIONS
from tests.unit.lab.conftest import AwsOf

CALLS = [
    (service, name)
    for service in ("rds", "elasticache", "redshift", "redshift-serverless")
    for name in OPERATIONS[service]
]
VPCS = {vpc for _, vpc, _ in NETWORKS.values()}


def listed(answer: dict[str, Any]) -> list[dict[str, Any]]:
    (rows,) = (value for value in answer.values() if isinstance(value, list))
    return rows


@pytest.mark.parametrize(("service", "operation"), CALLS)
async def test_each_answer_has_botocores_shape_and_lists_something(aws: Aws, service: str, operation: str) -> None:
    rows = listed(await aws.call(service, operation))
    assert rows
    # botocore's parser drops elements that it does not know: the names of members are right where all came through.
    assert all(len(row) > 3 for row in rows)


async def test_search_domains_five_at_once(aws: Aws) -> None:
    names = [one["DomainName"] for one in listed(await aws.call("opensearch", "ListDomainNames"))]
    (domain,) = listed(await aws.call("opensearch", "DescribeDomains", DomainNames=names))
    assert domain["VPCOptions"]["VPCId"] in VPCS
    assert domain["Endpoints"]["vpc"].endswith(".eu-west-1.es.amazonaws.com")
    with pytest.raises(ClientError, match="ValidationException"):
        await aws.call("opensearch", "DescribeDomains", DomainNames=[f"domain-{number}" for number in range(6)])


async def test_a_cluster_with_its_members_addresses_and_subnet_group(aws: Aws) -> None:
    clusters = {row["DBClusterIdentifier"]: row for row in listed(await aws.call("rds", "DescribeDBClusters"))}
    orders = clusters["orders"]
    assert orders["Endpoint"] == "orders.cluster-c9akciq32rga.eu-west-1.rds.amazonaws.com"
    assert orders["CustomEndpoints"] == ["reporting.cluster-custom-c9akciq32rga.eu-west-1.rds.amazonaws.com"]
    assert [one["DBInstanceIdentifier"] for one in orders["DBClusterMembers"]] == ["orders-1", "orders-2"]
    groups = {row["DBSubnetGroupName"]: row for row in listed(await aws.call("rds", "DescribeDBSubnetGroups"))}
    assert groups[orders["DBSubnetGroup"]]["VpcId"] in VPCS
    assert len(groups[orders["DBSubnetGroup"]]["Subnets"]) == 3


async def test_all_pages_of_a_list(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = listed(await aws.call("rds", "DescribeDBInstances", MaxRecords=20))
    monkeypatch.setattr("ssmtui.lab.api_databases._page_size", lambda form, position: 3)
    page = await aws.call("rds", "DescribeDBInstances")
    found = listed(page)
    while "Marker" in page:
        page = await aws.call("rds", "DescribeDBInstances", Marker=page["Marker"])
        found += listed(page)
    assert found == whole


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("rds", "DescribeDBInstances", {"MaxRecords": 19}),
        ("elasticache", "DescribeServerlessCaches", {"MaxResults": 51}),
        ("rds", "DescribeDBInstances", {"DBInstanceIdentifier": "orders-1"}),
        ("rds", "DescribeDBInstances", {"Marker": "nonsense"}),
    ],
)
async def test_what_is_refused(aws: Aws, service: str, operation: str, parameters: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match=r"InvalidParameterValue|InvalidNextToken"):
        await aws.call(service, operation, **parameters)


async def test_a_denial_is_in_the_words_of_the_xml_services(lab: Lab, aws: Aws) -> None:
    lab.faults.spec = parse_faults("deny=DescribeDBInstances")
    with pytest.raises(ClientError, match="rds:DescribeDBInstances") as raised:
        await aws.call("rds", "DescribeDBInstances")
    assert raised.value.response["Error"]["Code"] == "AccessDenied"
    assert await aws.call("rds", "DescribeDBClusters")


async def test_other_accounts_and_regions_have_their_own(aws_of: AwsOf) -> None:
    rows = listed(await aws_of("staging").call("rds", "DescribeDBInstances"))
    assert [row["DBInstanceIdentifier"] for row in rows] == ["staging-shop"]
    assert rows[0]["DBSubnetGroup"]["VpcId"] == NETWORKS["staging"][1]
    elsewhere = listed(await aws_of(None, "us-east-1").call("elasticache", "DescribeReplicationGroups"))
    (shard,) = elsewhere[0]["NodeGroups"]
    assert shard["PrimaryEndpoint"]["Address"].endswith(".use1.cache.amazonaws.com")
