"""Answers of thousands of elements, read past botocore's parsers.

Those build a value for every member of every element, most of which nobody asks for, and take many times as long as the
rest of a call: some 0.8 ms of processor time for an EC2 instance, against 0.15 ms here. XML is read in pieces, for the
C code that reads it lets no other thread run meanwhile, the screen's among them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from ssmtui.aws.translate import not_aws

PIECE = 32 << 10
"""Bytes of XML read at once: about a millisecond."""

Events = Any
"""A client's events. botocore hands out the class, but not its type."""


def read_json(events: Events) -> None:
    """Have all answers of a client come as their JSON says: times as seconds since the epoch, nothing converted."""
    events.register("before-parse", _take_json)


def read_instances(events: Events) -> None:
    """Have the answers to DescribeInstances come as ``Rows``, the elements of all reservations, and ``NextToken``."""
    events.register("before-parse.ec2.DescribeInstances", _take_instances)


def _take_json(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    if response_dict["status_code"] >= 300:
        return
    try:
        answer = json.loads(response_dict["body"])
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise not_aws("the answer is not one of AWS")
    response_dict["body"] = b"{}"
    customized_response_dict.update(answer)


def _take_instances(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    if response_dict["status_code"] >= 300:
        return
    try:
        root = _parsed(response_dict["body"])
        token, rows = _instances(root)
    except (ElementTree.ParseError, LookupError, TypeError, ValueError) as error:
        raise not_aws("the answer is not one of AWS") from error
    response_dict["body"] = b"<DescribeInstancesResponse/>"
    customized_response_dict.update({"Rows": rows, "NextToken": token})


def _parsed(body: bytes) -> ElementTree.Element:
    parser = ElementTree.XMLParser()  # noqa: S314 (expat of today bounds entities; the answer is AWS's, over TLS)
    for start in range(0, len(body), PIECE):
        parser.feed(body[start : start + PIECE])
    return parser.close()


def _instances(root: ElementTree.Element) -> tuple[str | None, list[Mapping[str, Any]]]:
    # Every tag is "{namespace}name", with the one namespace of the API's version.
    cut = root.tag.find("}") + 1
    token, rows = None, []
    for member in root:
        name = member.tag[cut:]
        if name == "nextToken":
            token = member.text
        elif name == "reservationSet":
            rows += [_row(instance, cut) for found in _sets(member, cut) for instance in found]
    return token, rows


def _sets(reservations: ElementTree.Element, cut: int) -> Iterator[ElementTree.Element]:
    for reservation in reservations:
        for member in reservation:
            if member.tag[cut:] == "instancesSet":
                yield member


def _row(instance: ElementTree.Element, cut: int) -> Mapping[str, Any]:
    """What is asked of an instance, by the names of botocore."""
    row: dict[str, Any] = {}
    for member in instance:
        name = member.tag[cut:]
        if name in _TEXTS:
            row[_TEXTS[name]] = member.text
        elif name in _NESTED:
            key, wanted = _NESTED[name]
            row[key] = {wanted: next((one.text for one in member if one.tag[cut:].lower() == wanted.lower()), None)}
        elif name == "tagSet":
            row["Tags"] = [_tag(tag, cut) for tag in member]
    return row


def _tag(tag: ElementTree.Element, cut: int) -> Mapping[str, Any]:
    return {part.tag[cut:].capitalize(): part.text for part in tag}


_TEXTS = {
    "instanceId": "InstanceId",
    "instanceType": "InstanceType",
    "privateIpAddress": "PrivateIpAddress",
    "vpcId": "VpcId",
    "platformDetails": "PlatformDetails",
}
_NESTED = {"instanceState": ("State", "Name"), "placement": ("Placement", "AvailabilityZone")}
