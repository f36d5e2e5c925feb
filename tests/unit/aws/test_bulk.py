"""Long answers read past botocore's parsers: the same as those would give, of what is asked for."""

from __future__ import annotations

import gc
import re
import weakref
from typing import Any

import pytest
from botocore.model import ServiceModel
from botocore.parsers import EC2QueryParser
from hypothesis import given, settings
from hypothesis import strategies as st

from ssmtui.aws import bulk
from ssmtui.errors import ConnectionFailed
from tests.support.service_models import model

ASKED = ("InstanceId", "InstanceType", "PrivateIpAddress", "VpcId", "PlatformDetails")
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=8)
SERVICE = ServiceModel(model("ec2")[1], "ec2")


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def instance(number: int, tags: dict[str, str]) -> str:
    """One with what is asked for, between what is not and looks like it."""
    told = "".join(
        f"<item><key>{escaped(key)}</key><value>{escaped(value)}</value></item>" for key, value in tags.items()
    )
    return (
        f"<item><instanceId>i-{number}</instanceId><instanceState><code>16</code><name>running</name></instanceState>"
        "<stateReason><name>no</name></stateReason><instanceType>t3.micro</instanceType><placement>"
        "<groupName/><availabilityZone>eu-west-1a</availabilityZone><tenancy>default</tenancy></placement>"
        "<vpcId>vpc-1</vpcId><privateIpAddress>10.0.0.1</privateIpAddress>"
        f"<tagSet>{told}</tagSet><networkInterfaceSet><item><vpcId>vpc-other</vpcId>"
        "<tagSet><item><key>no</key><value>no</value></item></tagSet></item></networkInterfaceSet>"
        "<platformDetails>Linux/UNIX</platformDetails></item>"
    )


def answer(*instances: str, token: str = "") -> bytes:
    reservations = "".join(
        "<item><reservationId>r-1</reservationId><ownerId>123456789012</ownerId>"
        "<groupSet><item><groupId>sg-1</groupId><groupName>default</groupName></item></groupSet>"
        f"<instancesSet>{one}</instancesSet></item>"
        for one in instances
    )
    more = f"<nextToken>{token}</nextToken>" if token else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>1</requestId>'
        f"<reservationSet>{reservations}</reservationSet>{more}</DescribeInstancesResponse>"
    ).encode()


def read(body: bytes, status: int = 200) -> dict[str, Any]:
    found: dict[str, Any] = {}
    bulk._take_instances({"status_code": status, "body": body}, found)
    return found


def as_botocore_reads(body: bytes) -> list[dict[str, Any]]:
    shape = SERVICE.operation_model("DescribeInstances").output_shape
    parsed = EC2QueryParser().parse({"body": body, "status_code": 200, "headers": {}}, shape)
    return [
        {key: one[key] for key in ASKED if key in one}
        | {"State": {"Name": one["State"]["Name"]}}
        | {"Placement": {"AvailabilityZone": one["Placement"]["AvailabilityZone"]}}
        | ({"Tags": one["Tags"]} if one["Tags"] else {})
        for many in parsed["Reservations"]
        for one in many["Instances"]
    ]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.dictionaries(TEXT, TEXT, max_size=3), max_size=3), st.integers(50, 300))
def test_instances_are_what_botocore_reads(tags: list[dict[str, str]], piece: int) -> None:
    body = answer(*(instance(number, each) for number, each in enumerate(tags)), token="more")
    whole, bulk.PIECE = bulk.PIECE, piece
    try:
        found = read(body)
    finally:
        bulk.PIECE = whole
    assert found["Rows"] == as_botocore_reads(body)
    assert found["NextToken"] == "more"


def test_the_last_page_has_no_token_and_several_instances_may_share_a_reservation() -> None:
    found = read(answer(instance(1, {}) + instance(2, {})))
    assert ([row["InstanceId"] for row in found["Rows"]], found["NextToken"]) == (["i-1", "i-2"], "")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"%%% nonsense",
        answer(instance(1, {}))[:-20],
        b'<!DOCTYPE x [<!ENTITY a "b">]>' + re.sub(rb"<\?xml.*?>", b"", answer(instance(1, {}))),
    ],
)
def test_what_is_no_answer_of_aws_is_told_as_such(body: bytes) -> None:
    with pytest.raises(ConnectionFailed, match="not one of AWS"):
        read(body)


def test_errors_are_left_to_botocore() -> None:
    assert read(b"<Response><Errors/></Response>", status=503) == {}


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000])
def test_json_that_is_no_answer_of_aws_is_told_as_such(body: bytes) -> None:
    with pytest.raises(ConnectionFailed, match="not one of AWS"):
        bulk._take_json({"status_code": 200, "body": body}, {})


def test_what_was_read_goes_without_the_collector() -> None:
    gc.disable()
    try:
        reader = bulk._InstanceReader()
        reader.read(answer(instance(1, {"Name": "web-1"})))
        gone = weakref.ref(reader)
        del reader
        assert gone() is None
    finally:
        gc.enable()
