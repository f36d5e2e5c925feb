"""A node as programs read it."""

from __future__ import annotations

from datetime import UTC, datetime

from ssmtui.inventory.export import as_object
from ssmtui.model import Node, PingStatus, Platform

WEB = Node(
    "i-0a1b2c3d4e5f60718",
    "web-1",
    ping=PingStatus.ONLINE,
    platform=Platform.LINUX,
    platform_name="Ubuntu",
    platform_version="24.04",
    agent_version="3.3.2299.0",
    agent_is_latest=True,
    ip="10.0.4.17",
    account="123456789012",
    region="eu-west-1",
    aws_profile="prod",
    tags={"team": "a", "env": "prod"},
    last_ping=datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC),
)


def test_an_object_has_the_documented_keys() -> None:
    assert list(as_object(WEB).items()) == list(
        {
            "id": "i-0a1b2c3d4e5f60718",
            "name": "web-1",
            "arn": "arn:aws:ec2:eu-west-1:123456789012:instance/i-0a1b2c3d4e5f60718",
            "ping": "Online",
            "last_ping": "2026-03-01T12:00:05+00:00",
            "platform": "Linux",
            "platform_name": "Ubuntu",
            "platform_version": "24.04",
            "agent_version": "3.3.2299.0",
            "agent_is_latest": True,
            "ip": "10.0.4.17",
            "public_ip": "",
            "computer_name": "",
            "resource_type": "",
            "instance_type": "",
            "instance_state": "",
            "iam_role": "",
            "account": "123456789012",
            "region": "eu-west-1",
            "zone": "",
            "vpc_id": "",
            "aws_profile": "prod",
            "tags": {"env": "prod", "team": "a"},
            "container": None,
        }.items()
    )


def test_what_is_not_known_is_null() -> None:
    unknown = as_object(Node("mi-1", ""))
    assert (unknown["last_ping"], unknown["agent_is_latest"], unknown["container"]) == (None, None, None)
