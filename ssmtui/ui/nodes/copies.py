"""A node as text for elsewhere: its id, address, ARN, all of it as JSON, the AWS CLI's line to it. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import NamedTuple

from ssmtui.documents import command_line
from ssmtui.model import Node, Scope, StartRequest

_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("eusc-", "aws-eusc"),
)


FEW = 100
"""Nodes whose text is made within a frame, whatever is copied of them; that of more takes a thread."""


def partition(region: str) -> str:
    """The partition that ``region`` is in."""
    return next((name for start, name in _PARTITIONS if region.startswith(start)), "aws")


def arn(node: Node) -> str:
    """The ARN of the instance, of the managed node or of the container's task; empty while the account is unknown."""
    if node.container is not None:
        return _printable(node.container.task)
    if not (node.account and node.region):
        return ""
    managed = node.is_hybrid
    service, resource = ("ssm", "managed-instance") if managed else ("ec2", "instance")
    return _printable(f"arn:{partition(node.region)}:{service}:{node.region}:{node.account}:{resource}/{node.id}")


def cli_line(node: Node) -> str:
    """What starts a shell on it with the AWS CLI, quoted for a POSIX shell. Empty when a part could not be typed."""
    scope = Scope(node.aws_profile or None, node.region)
    return command_line.start_session(StartRequest(node.id, container=node.container), scope)


def _printable(text: str) -> str:
    return text if text.isprintable() else ""


def as_object(node: Node) -> dict[str, object]:
    """All that is known of the node, in AWS's own words for states, ISO 8601 for times, null where nothing is known."""
    container = node.container
    return {
        "id": node.id,
        "name": node.name,
        "arn": arn(node),
        "ping": node.ping.value,
        "last_ping": node.last_ping.isoformat() if node.last_ping else None,
        "platform": node.platform.value,
        "platform_name": node.platform_name,
        "platform_version": node.platform_version,
        "agent_version": node.agent_version,
        "agent_is_latest": node.agent_is_latest,
        "ip": node.ip,
        "public_ip": node.public_ip,
        "computer_name": node.computer_name,
        "resource_type": node.resource_type,
        "instance_type": node.instance_type,
        "instance_state": node.instance_state,
        "iam_role": node.iam_role,
        "account": node.account,
        "region": node.region,
        "zone": node.zone,
        "vpc_id": node.vpc_id,
        "aws_profile": node.aws_profile,
        "tags": dict(sorted(node.tags.items())),
        "container": container._asdict() if container else None,
    }


def as_json(nodes: Sequence[Node]) -> str:
    """One node as an object, several as an array; ASCII only: a tag could hold control characters that a terminal
    obeys."""
    import json  # the first frame does without it

    objects = [as_object(node) for node in nodes]
    return json.dumps(objects[0] if len(objects) == 1 else objects, indent=2)


class Copy(NamedTuple):
    """A way to copy nodes."""

    key: str
    name: str
    one: Callable[[Node], str]


def _id(node: Node) -> str:
    return _printable(node.id)


def _name(node: Node) -> str:
    return _printable(node.name)


def _address(node: Node) -> str:
    return _printable(node.ip)


class What(Enum):
    """What can be copied of nodes."""

    ID = Copy("i", "id", _id)
    NAME = Copy("n", "name", _name)
    ADDRESS = Copy("a", "address", _address)
    ARN = Copy("r", "ARN", arn)
    COMMAND = Copy("l", "AWS CLI line", cli_line)
    JSON = Copy("j", "JSON", lambda node: as_json([node]))


def text_of(what: What, nodes: Sequence[Node]) -> str:
    """What goes to the clipboard for ``nodes``: one a line, or JSON. Nodes that have no such thing are left out."""
    if what is What.JSON:
        return as_json(nodes)
    return "\n".join(text for text in map(what.value.one, nodes) if text)
