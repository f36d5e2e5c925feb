"""The node operations, through boto3 and held against its shapes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ssmtui.lab.answers import json_answer
from ssmtui.lab.api_nodes import NodeApi
from ssmtui.lab.fleet import LabFleet
from ssmtui.lab.lab import Lab, LabOptions
from tests.support.lab_client import Aws
from tests.support.shapes import misfits
from tests.unit.lab.conftest import NOW


@pytest.fixture
def api() -> NodeApi:
    return NodeApi(LabFleet(48, 1, lambda: NOW), lambda: NOW)


async def pages(aws: Aws, operation: str, **parameters: Any) -> list[dict[str, Any]]:
    """All pages of a listing."""
    found = [await aws.call("ssm", operation, **parameters)]
    while "NextToken" in found[-1]:
        found.append(await aws.call("ssm", operation, NextToken=found[-1]["NextToken"], **parameters))
    return found


def test_answers_fit_their_shapes(api: NodeApi) -> None:
    information = json.loads(json_answer(api.describe_instance_information({"MaxResults": 50})).body)
    assert misfits("ssm", "DescribeInstanceInformation", information) == []
    properties = json.loads(json_answer(api.describe_instance_properties({"MaxResults": 1000})).body)
    assert misfits("ssm", "DescribeInstanceProperties", properties) == []
    assert misfits("ssm", "GetConnectionStatus", api.get_connection_status({"Target": "i-1"})) == []


async def test_pages_hold_every_node_once_and_in_order(aws: Aws, lab: Lab) -> None:
    found = await pages(aws, "DescribeInstanceInformation", MaxResults=20)
    assert [len(page["InstanceInformationList"]) for page in found] == [20, 20, 8]
    ids = [node["InstanceId"] for page in found for node in page["InstanceInformationList"]]
    assert ids == [node.id for node in lab.fleet]


async def test_a_page_has_ten_nodes_unless_told(aws: Aws) -> None:
    assert len((await aws.call("ssm", "DescribeInstanceInformation"))["InstanceInformationList"]) == 10


async def test_an_instance_as_it_is_described(aws: Aws, lab: Lab) -> None:
    node = lab.fleet.named("db-primary")
    answer = await aws.call("ssm", "DescribeInstanceInformation", Filters=[{"Key": "InstanceIds", "Values": [node.id]}])
    assert answer["InstanceInformationList"] == [
        {
            "InstanceId": node.id,
            "PingStatus": "Online",
            "LastPingDateTime": node.last_ping(NOW),
            "AgentVersion": "3.3.3572.0",
            "IsLatestVersion": True,
            "PlatformType": "Linux",
            "PlatformName": "Red Hat Enterprise Linux",
            "PlatformVersion": "9.4",
            "ResourceType": "EC2Instance",
            "IPAddress": node.ip,
            "ComputerName": f"ip-{node.ip.replace('.', '-')}.eu-west-1.compute.internal",
            "AssociationStatus": "Success",
            "SourceId": node.id,
            "SourceType": "AWS::EC2::Instance",
        }
    ]


async def test_a_hybrid_node_has_its_activation_and_name(aws: Aws, lab: Lab) -> None:
    node = lab.fleet.named("fra-esx-1")
    answer = await aws.call(
        "ssm", "DescribeInstanceProperties", FiltersWithOperator=[{"Key": "InstanceIds", "Values": [node.id]}]
    )
    (found,) = answer["InstanceProperties"]
    assert found["Name"] == "fra-esx-1"
    assert found["ComputerName"] == "fra-esx-1.corp.example.com"
    assert found["ActivationId"].startswith("3f1b6c1e-")
    assert "InstanceType" not in found


async def test_properties_come_a_thousand_a_page_with_what_ec2_knows(aws: Aws, lab: Lab) -> None:
    answer = await aws.call("ssm", "DescribeInstanceProperties", MaxResults=1000)
    assert "NextToken" not in answer
    assert len(answer["InstanceProperties"]) == 48
    web = next(found for found in answer["InstanceProperties"] if found["Name"] == "web-1")
    assert (web["InstanceType"], web["InstanceState"], web["Architecture"]) == ("m7g.large", "running", "arm64")
    assert web["AvailabilityZone"] == lab.fleet.named("web-1").zone


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ([("PingStatus", ["Inactive"])], ["muc-plant-gw-2", "lon-print"]),
        ([("PlatformTypes", ["Windows"]), ("PingStatus", ["ConnectionLost"])], ["win-app-2"]),
        ([("tag:role", ["database"]), ("tag:env", ["staging"])], ["staging-db"]),
        ([("ResourceType", ["ManagedInstance"]), ("AgentVersion", ["3.1.1511.0"])], ["lon-print"]),
        ([("tag:role", ["nothing"])], []),
    ],
)
async def test_filters(aws: Aws, lab: Lab, filters: list[tuple[str, list[str]]], names: list[str]) -> None:
    wire = [{"Key": key, "Values": values} for key, values in filters]
    answer = await aws.call("ssm", "DescribeInstanceInformation", Filters=wire, MaxResults=50)
    assert [lab.fleet.find(node["InstanceId"]).name for node in answer["InstanceInformationList"]] == names  # type: ignore[union-attr]


async def test_the_legacy_filter_list(aws: Aws) -> None:
    answer = await aws.call(
        "ssm",
        "DescribeInstanceInformation",
        InstanceInformationFilterList=[{"key": "PlatformTypes", "valueSet": ["MacOS"]}],
    )
    assert len(answer["InstanceInformationList"]) == 2


async def test_a_filtered_listing_is_paged_as_well(aws: Aws) -> None:
    found = await pages(
        aws, "DescribeInstanceInformation", MaxResults=5, Filters=[{"Key": "PingStatus", "Values": ["Online"]}]
    )
    assert [len(page["InstanceInformationList"]) for page in found] == [5] * 8 + [3]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"MaxResults": 51}, "ValidationException"),
        ({"NextToken": "nonsense"}, "InvalidNextToken"),
        ({"NextToken": "cHJvcGVydGllczoxMA=="}, "InvalidNextToken"),
        ({"Filters": [{"Key": "Nope", "Values": ["x"]}]}, "InvalidFilterKey"),
        ({"Filters": [{"Key": "InstanceIds", "Values": ["i-0123456789abcdef0"]}]}, "InvalidInstanceId"),
        ({"Filters": [{"Key": "InstanceIds", "Values": ["web-1"]}]}, "InvalidInstanceId"),
        (
            {"Filters": [{"Key": "tag:env", "Values": ["prod"]}, {"Key": "PingStatus", "Values": ["Online"]}]},
            "ValidationException",
        ),
    ],
)
async def test_what_a_listing_refuses(aws: Aws, parameters: dict[str, object], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        await aws.call("ssm", "DescribeInstanceInformation", **parameters)
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(("name", "status"), [("web-1", "connected"), ("api-5", "notconnected")])
async def test_connection_status(aws: Aws, lab: Lab, name: str, status: str) -> None:
    node = lab.fleet.named(name)
    answer = await aws.call("ssm", "GetConnectionStatus", Target=node.id)
    assert answer == {"Target": node.id, "Status": status}


async def test_an_unknown_node_is_not_connected(aws: Aws) -> None:
    assert (await aws.call("ssm", "GetConnectionStatus", Target="i-nope"))["Status"] == "notconnected"


def test_a_page_of_a_large_fleet_looks_at_no_more_nodes_than_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = LabFleet(100_000, 1, lambda: NOW)
    looked_at = []
    real = LabFleet._node
    monkeypatch.setattr(LabFleet, "_node", lambda self, index: looked_at.append(index) or real(self, index))
    api = NodeApi(fleet, lambda: NOW)
    first = api.describe_instance_information({"MaxResults": 50})
    assert looked_at == list(range(51))
    api.describe_instance_information({"MaxResults": 50, "NextToken": first["NextToken"]})
    assert looked_at[51:] == list(range(50, 101))


def test_the_default_options_are_the_demo() -> None:
    assert (LabOptions().nodes, LabOptions().start_delay, LabOptions().pacing) == (48, 1.0, True)


async def test_the_address_of_the_properties_is_the_public_one_where_there_is_one(aws: Aws, lab: Lab) -> None:
    public = next(node for node in lab.fleet if node.public_ip and not node.hybrid)
    ids = [{"Key": "InstanceIds", "Values": [public.id]}]
    (row,) = (await aws.call("ssm", "DescribeInstanceProperties", FiltersWithOperator=ids))["InstanceProperties"]
    assert row["IPAddress"] == public.public_ip
    (row,) = (await aws.call("ssm", "DescribeInstanceInformation", Filters=ids))["InstanceInformationList"]
    assert row["IPAddress"] == public.ip
