"""Who is let in, what is not played, and the two services that speak XML; through boto3."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from ssmtui.lab.call_faults import EXPIRED, THROTTLED
from ssmtui.lab.fault_spec import parse_faults
from ssmtui.lab.lab import Lab
from tests.support.lab_client import Aws

OTHER_KEY = {"aws_access_key_id": "AKIAOTHER"}
WRONG_SECRET = {"aws_secret_access_key": "wrong"}
NO_SIGNATURE = {"config": Config(signature_version=UNSIGNED)}


async def refusal(aws: Aws, service: str, operation: str, **overrides: object) -> tuple[str, int]:
    """The code and the status of a call that is refused."""
    client = aws.client(service, **overrides)
    try:
        with pytest.raises(ClientError) as refused:
            await asyncio.to_thread(client._make_api_call, operation, {})
    finally:
        client.close()
    return refused.value.response["Error"]["Code"], refused.value.response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize(
    ("service", "operation", "overrides", "expected"),
    [
        ("ssm", "ListDocuments", OTHER_KEY, ("UnrecognizedClientException", 400)),
        ("ssm", "ListDocuments", WRONG_SECRET, ("InvalidSignatureException", 400)),
        ("ssm", "ListDocuments", NO_SIGNATURE, ("MissingAuthenticationTokenException", 400)),
        ("sts", "GetCallerIdentity", OTHER_KEY, ("InvalidClientTokenId", 403)),
        ("sts", "GetCallerIdentity", WRONG_SECRET, ("SignatureDoesNotMatch", 403)),
        ("sts", "GetCallerIdentity", NO_SIGNATURE, ("MissingAuthenticationToken", 403)),
        ("ec2", "DescribeRegions", OTHER_KEY, ("AuthFailure", 401)),
        ("ec2", "DescribeRegions", WRONG_SECRET, ("AuthFailure", 401)),
        ("ec2", "DescribeRegions", NO_SIGNATURE, ("AuthFailure", 401)),
        ("ssm", "ListCommands", {}, ("UnknownOperationException", 400)),
        ("kms", "ListKeys", {}, ("UnknownOperationException", 400)),
        ("ec2", "DescribeVpcs", {}, ("InvalidAction", 400)),
        ("iam", "ListUsers", {}, ("InvalidAction", 400)),
    ],
)
async def test_refusals(
    aws: Aws, service: str, operation: str, overrides: dict[str, object], expected: tuple[str, int]
) -> None:
    assert await refusal(aws, service, operation, **overrides) == expected


async def test_a_visitor_without_any_aws_about_him_is_told_so_in_json(lab: Lab) -> None:
    url = lab.address.endpoint_url
    with pytest.raises(urllib.error.HTTPError) as refused:
        await asyncio.to_thread(urllib.request.urlopen, url)
    with refused.value as answer:
        assert json.load(answer)["__type"] == "MissingAuthenticationTokenException"


async def post(lab: Lab, operation: str, body: bytes, **headers: str) -> tuple[int, dict[str, str]]:
    """A signed request that boto3 would not send, and how it is refused."""
    headers["X-Amz-Target"] = f"AmazonSSM.{operation}"
    request = AWSRequest("POST", lab.address.endpoint_url + "/", headers, body)
    SigV4Auth(
        Credentials(lab.credentials.access_key_id, lab.credentials.secret_access_key), "ssm", "eu-west-1"
    ).add_auth(request)
    wire = urllib.request.Request(request.url, body, dict(request.headers.items()), method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        await asyncio.to_thread(urllib.request.urlopen, wire)
    with refused.value as answer:
        return answer.code, json.load(answer)


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("ListDocuments", b"nonsense"),
        ("ListDocuments", b"[]"),
        ("ListDocuments", b'{"Filters": 3}'),
        ("DescribeSessions", b'{"State": "Active", "Filters": [3]}'),
        ("DescribeInstanceInformation", b'{"Filters": {}}'),
    ],
)
async def test_bodies_of_the_wrong_form(lab: Lab, operation: str, body: bytes) -> None:
    status, answer = await post(lab, operation, body)
    assert (status, answer["__type"]) == (400, "SerializationException")


async def test_fault_26_a_request_for_another_host_is_refused(lab: Lab) -> None:
    status, answer = await post(lab, "ListDocuments", b"{}", Host="evil.example")
    assert (status, answer["__type"]) == (400, "InvalidSignatureException")


async def test_a_defect_is_answered_and_logged(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lab.documents, "get", None)
    status, answer = await post(lab, "GetDocument", b'{"Name": "x"}')
    assert (status, answer["__type"]) == (500, "InternalServerError")
    assert "a request could not be answered" in caplog.text


async def test_the_caller(aws: Aws) -> None:
    assert await aws.call("sts", "GetCallerIdentity") == {
        "Account": "123456789012",
        "Arn": "arn:aws:sts::123456789012:assumed-role/Ops/jane@example.com",
        "UserId": "AROAEXAMPLEOPSROLE000:jane@example.com",
    }


async def test_regions(aws: Aws) -> None:
    every = (await aws.call("ec2", "DescribeRegions"))["Regions"]
    assert "eu-west-1" in [region["RegionName"] for region in every]
    one = await aws.call("ec2", "DescribeRegions", RegionNames=["us-east-1"])
    assert one["Regions"] == [
        {"RegionName": "us-east-1", "Endpoint": "ec2.us-east-1.amazonaws.com", "OptInStatus": "opt-in-not-required"}
    ]


def instances(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [instance for reservation in answer["Reservations"] for instance in reservation["Instances"]]


async def test_instances_are_managed_ones_then_others_in_pages(aws: Aws, lab: Lab) -> None:
    first = await aws.call("ec2", "DescribeInstances", MaxResults=30)
    second = await aws.call("ec2", "DescribeInstances", MaxResults=30, NextToken=first["NextToken"])
    assert "NextToken" not in second
    found = [instance["InstanceId"] for instance in instances(first) + instances(second)]
    assert found[:-8] == [node.id for node in lab.fleet if not node.hybrid]
    assert found[-8:] == [node.id for node in lab.fleet.unmanaged]


async def test_a_stopped_instance_as_it_is_described(aws: Aws, lab: Lab) -> None:
    node = next(iter(lab.fleet.unmanaged))
    (found,) = instances(await aws.call("ec2", "DescribeInstances", InstanceIds=[node.id]))
    assert found["State"] == {"Code": 80, "Name": "stopped"}
    assert found["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
    assert found["PrivateIpAddress"] == node.ip
    assert found["Tags"][0] == {"Key": "Name", "Value": "old-web-1"}
    assert lab.fleet.find(node.id) is None


async def test_instances_of_every_state_and_some_without_a_profile_or_an_address(aws: Aws, lab: Lab) -> None:
    unmanaged = {"Name": "instance-id", "Values": [node.id for node in lab.fleet.unmanaged]}
    found = instances(await aws.call("ec2", "DescribeInstances", Filters=[unmanaged]))
    assert {one["State"]["Name"] for one in found} == {"stopped", "stopping", "running", "terminated", "pending"}
    assert ["IamInstanceProfile" in one for one in found].count(False) == 1
    assert {one["State"]["Name"] for one in found if "PrivateIpAddress" not in one} == {"terminated"}
    assert [one["PublicIpAddress"] for one in found if "PublicIpAddress" in one] == ["198.51.100.7"]
    stopped = {"Name": "instance-state-name", "Values": ["stopped"]}
    assert len(instances(await aws.call("ec2", "DescribeInstances", Filters=[stopped]))) == 3


async def test_an_instance_as_it_is_described(aws: Aws, lab: Lab) -> None:
    node = lab.fleet.named("ad-dc-1")
    (found,) = instances(await aws.call("ec2", "DescribeInstances", InstanceIds=[node.id]))
    assert found == {
        "MetadataOptions": {"State": "applied", "HttpTokens": "required", "HttpEndpoint": "enabled"},
        "InstanceId": node.id,
        "ImageId": node.system.image,
        "State": {"Code": 16, "Name": "running"},
        "PrivateDnsName": f"ip-{node.ip.replace('.', '-')}.eu-west-1.compute.internal",
        "PrivateIpAddress": node.ip,
        "InstanceType": "m6i.large",
        "LaunchTime": datetime.fromtimestamp(node.registered_at, UTC),
        "Placement": {"AvailabilityZone": node.zone, "Tenancy": "default"},
        "Platform": "windows",
        "PlatformDetails": "Windows",
        "VpcId": "vpc-0a3f5c7e9b1d2f468",
        "SubnetId": node.subnet,
        "Architecture": "x86_64",
        "Tags": [{"Key": key, "Value": value} for key, value in node.tags.items()],
        "IamInstanceProfile": {
            "Arn": "arn:aws:iam::123456789012:instance-profile/it-directory",
            "Id": f"AIPA{node.id[2:].upper()}",
        },
    }


async def test_instance_filters(aws: Aws, lab: Lab) -> None:
    wanted = [lab.fleet.named(name).id for name in ("web-1", "web-2", "bastion")]
    filters = [
        {"Name": "instance-id", "Values": wanted},
        {"Name": "tag:role", "Values": ["web", "worker"]},
    ]
    found = instances(await aws.call("ec2", "DescribeInstances", Filters=filters))
    assert [instance["InstanceId"] for instance in found] == wanted[:2]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"InstanceIds": ["i-0123456789abcdef0"]}, "InvalidInstanceID.NotFound"),
        ({"Filters": [{"Name": "nope", "Values": ["x"]}]}, "InvalidParameterValue"),
        ({"MaxResults": 4}, "InvalidParameterValue"),
        ({"NextToken": "nonsense"}, "InvalidNextToken"),
    ],
)
async def test_what_the_instance_listing_refuses(aws: Aws, parameters: dict[str, object], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        await aws.call("ec2", "DescribeInstances", **parameters)
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("service", "operation", "code", "expected"),
    [
        ("ssm", "ListDocuments", "InternalServerError", ("InternalServerError", 500)),
        ("ssm", "ListDocuments", EXPIRED, ("ExpiredTokenException", 400)),
        ("ssm", "ListDocuments", THROTTLED, ("ThrottlingException", 400)),
        ("sts", "GetCallerIdentity", EXPIRED, ("ExpiredToken", 403)),
        ("sts", "GetCallerIdentity", THROTTLED, ("Throttling", 400)),
        ("ec2", "DescribeRegions", EXPIRED, ("RequestExpired", 400)),
        ("ec2", "DescribeRegions", THROTTLED, ("RequestLimitExceeded", 503)),
    ],
)
async def test_a_call_fails_as_often_as_asked_in_the_words_of_its_service(
    lab: Lab, aws: Aws, service: str, operation: str, code: str, expected: tuple[str, int]
) -> None:
    lab.fail_next(operation, code, times=2, status=500 if code == "InternalServerError" else 400)
    assert [await refusal(aws, service, operation) for _ in range(2)] == [expected] * 2
    await aws.call(service, operation)


async def test_another_call_is_not_affected_and_a_stranger_is_refused_as_ever(lab: Lab, aws: Aws) -> None:
    lab.fail_next("ResumeSession", EXPIRED)
    await aws.call("ssm", "ListDocuments")
    lab.fail_next("ListDocuments", THROTTLED)
    assert await refusal(aws, "ssm", "ListDocuments", **OTHER_KEY) == ("UnrecognizedClientException", 400)
    assert await refusal(aws, "ssm", "ListDocuments") == ("ThrottlingException", 400)


@pytest.mark.parametrize(("service", "call"), [("ssm", "ListDocuments"), ("ec2", "DescribeInstances")])
async def test_w6_a_503_has_no_body_and_is_called_by_its_number(aws: Aws, lab: Lab, service: str, call: str) -> None:
    lab.faults.spec = parse_faults(f"http={call}:503:1")
    with pytest.raises(ClientError) as refused:
        await aws.call(service, call)
    assert refused.value.response["Error"]["Code"] == "503"
