"""The nodes of the whole organization, where a resource data sync is."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ssmtui.lab.api_organization import OrganizationApi
from ssmtui.lab.company import COMPANY
from ssmtui.lab.lab import Lab
from tests.support.lab_client import Aws
from tests.support.shapes import misfits
from tests.unit.lab.conftest import NOW, AwsOf


@pytest.fixture
def management(aws_of: AwsOf) -> Aws:
    return aws_of("management")


async def listed(aws: Aws, **parameters: Any) -> list[dict[str, Any]]:
    answer = await aws.call("ssm", "ListNodes", MaxResults=50, **parameters)
    found = answer["Nodes"]
    while "NextToken" in answer:
        answer = await aws.call("ssm", "ListNodes", MaxResults=50, NextToken=answer["NextToken"], **parameters)
        found += answer["Nodes"]
    return list(found)


async def test_every_node_of_every_account_and_region_comes_once(management: Aws, lab: Lab) -> None:
    found = [(node["Owner"]["AccountId"], node["Region"], node["Id"]) for node in await listed(management)]
    expected = [
        (account.id, region, node.id)
        for account in COMPANY
        for region in account.fleets
        for _, node in lab.site(account.name, region).fleet.scan(0)
    ]
    assert found == expected
    assert len({account for account, _, _ in found}) == len(COMPANY)


async def test_filters(management: Aws) -> None:
    windows = await listed(management, Filters=[{"Key": "PlatformType", "Values": ["Windows"]}])
    assert {node["NodeType"]["Instance"]["PlatformType"] for node in windows} == {"Windows"}
    american = await listed(management, Filters=[{"Key": "Region", "Values": ["us-"], "Type": "BeginWith"}])
    assert {node["Region"] for node in american} == {"us-east-1", "us-west-2"}
    others = await listed(management, Filters=[{"Key": "AccountId", "Values": [COMPANY[0].id], "Type": "NotEqual"}])
    assert COMPANY[0].id not in {node["Owner"]["AccountId"] for node in others}


async def test_the_sync_is_listed_where_it_is_and_nowhere_else(management: Aws, aws: Aws, aws_of: AwsOf) -> None:
    (sync,) = (await management.call("ssm", "ListResourceDataSync"))["ResourceDataSyncItems"]
    assert sync["LastStatus"] == "Successful"
    assert await listed(management, SyncName=sync["SyncName"])
    for other in (aws, aws_of("management", "us-east-1")):
        assert (await other.call("ssm", "ListResourceDataSync"))["ResourceDataSyncItems"] == []
        with pytest.raises(ClientError) as refused:
            await other.call("ssm", "ListNodes")
        assert refused.value.response["Error"]["Code"] == "ResourceDataSyncNotFoundException"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"SyncName": "nope"}, "ResourceDataSyncNotFoundException"),
        ({"NextToken": "nope"}, "InvalidNextToken"),
        ({"MaxResults": 51}, "ValidationException"),
        ({"Filters": [{"Key": "Nope", "Values": ["x"]}]}, "InvalidFilter"),
    ],
)
async def test_what_is_refused(management: Aws, parameters: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        await management.call("ssm", "ListNodes", **parameters)
    assert refused.value.response["Error"]["Code"] == code


async def test_answers_fit_their_shapes(lab: Lab) -> None:
    account = next(one for one in COMPANY if one.organization)
    api = OrganizationApi(account, account.region, lab.sites._fleets, lambda: NOW)
    assert misfits("ssm", "ListNodes", api.list_nodes({"MaxResults": 50})) == []
    assert misfits("ssm", "ListResourceDataSync", api.list_resource_data_sync({})) == []
