"""What is known of a node, field by field: what each is called, shown as, searched in and sorted by.

The table's columns, the filter's keys and the command line's help are all made from these.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from functools import lru_cache
from operator import attrgetter
from socket import inet_aton
from struct import Struct

from ssmtui.inventory.field_sets import TAG, Field, FieldKind, FieldSet, WordSearch, natural, natural_shared, sorted_by
from ssmtui.model import Node, PingStatus, Platform

_double = Struct(">d").pack
_LEAST = 5e-324
"""The least number that is more than 0."""


def platform_words(node: Node) -> str:
    """The operating system as people call it: ``Ubuntu 24.04``, ``Windows Server 2022``."""
    system = node.platform_name.removeprefix("Microsoft ").removesuffix(" Datacenter").strip()
    if node.platform is Platform.WINDOWS or node.platform_version in system:
        return system or ("" if node.platform is Platform.UNKNOWN else node.platform.value)
    known = system or ("" if node.platform is Platform.UNKNOWN else node.platform.value)
    return f"{known} {node.platform_version}".strip()


@lru_cache(1 << 10)
def _platform_key(platform: Platform, name: str, version: str) -> str:
    return natural(platform_words(Node("", "", platform=platform, platform_name=name, platform_version=version)))


PING_WORDS = {
    PingStatus.ONLINE: "online",
    PingStatus.CONNECTION_LOST: "lost",
    PingStatus.INACTIVE: "inactive",
    PingStatus.UNKNOWN: "unknown",
}
_PING_ORDER = {PingStatus.ONLINE: "1", PingStatus.CONNECTION_LOST: "2", PingStatus.INACTIVE: "3"}

NODE_KINDS = ("ec2", "hybrid", "container")


def node_kind(node: Node) -> str:
    """``ec2``, ``hybrid`` or ``container``."""
    if node.container is not None or node.id.startswith("ecs:"):
        return "container"
    return "hybrid" if node.is_hybrid else "ec2"


def arn_name(arn: str) -> str:
    """The last part of an ARN: ``web`` of ``arn:aws:ecs:eu-west-1:123456789012:cluster/web``."""
    return arn.rpartition("/")[2]


def _cluster(node: Node) -> str:
    return arn_name(node.container.cluster) if node.container else ""


def _task(node: Node) -> str:
    return arn_name(node.container.task) if node.container else ""


def _container(node: Node) -> str:
    return node.container.name if node.container else ""


def _ping(node: Node) -> str:
    return PING_WORDS[node.ping]


def _ping_key(node: Node) -> str:
    return _PING_ORDER.get(node.ping, "")


def _ip_key(node: Node) -> str:
    try:
        return inet_aton(node.ip).decode("latin-1")
    except (OSError, ValueError):
        # After all of IPv4, and not among its bytes.
        return f"\xff\xff{natural(node.ip)}" if node.ip else ""


def _seen(node: Node) -> str:
    return node.last_ping.astimezone(UTC).isoformat(timespec="seconds") if node.last_ping else ""


def _seen_key(node: Node) -> str:
    # The bytes of a double that is not negative order as it does; digits take twice as long to make.
    return _double(max(0.0, node.last_ping.timestamp())).decode("latin-1") if node.last_ping else ""


def _seen_rank(node: Node) -> float:
    when = node.last_ping
    if when is None:
        return 0.0
    return rank if (rank := when.timestamp()) > 0 else _LEAST


def _plain(
    name: str,
    title: str,
    help: str,
    value: Callable[[Node], str],
    *aliases: str,
    kind: FieldKind = FieldKind.TEXT,
    words: WordSearch = WordSearch.NEVER,
) -> Field[Node]:
    """A field that is shown as it is; ``_OWN`` names those whose values few nodes share."""
    sort_key = sorted_by(value, shared=name not in _OWN)
    return Field(name, title, help, value, sort_key, value, kind, aliases=aliases, words=words)


_OWN = frozenset({"name", "computer", "task", "public-ip"})

_ALL = (
    _plain(
        "name",
        "NAME",
        "the Name tag, or the activation's or the computer's name",
        attrgetter("name"),
        words=WordSearch.PIECES,
    ),
    # Digits in an id are not numbers.
    Field(
        "id",
        "NODE ID",
        "i-…, mi-… or ecs:…",
        attrgetter("id"),
        attrgetter("id"),
        attrgetter("id"),
        aliases=("instance", "node", "target"),
        words=WordSearch.ID,
    ),
    Field(
        "ping",
        "PING",
        "whether Systems Manager hears the agent",
        _ping,
        _ping_key,
        attrgetter("ping._value_"),
        FieldKind.CHOICE,
        tuple(PING_WORDS.values()),
        accepts=("online", "connectionlost", "inactive", "unknown"),
        aliases=("status",),
        no_order="Write ping:VALUE.",
    ),
    Field(
        "platform",
        "PLATFORM",
        "the operating system and its version",
        platform_words,
        lambda node: _platform_key(node.platform, node.platform_name, node.platform_version),
        attrgetter("platform._value_", "platform_name", "platform_version"),
        aliases=("os", "system"),
        words=WordSearch.WHOLE,
        no_order="Write platform:VALUE, or compare version:.",
    ),
    _plain(
        "version", "VERSION", "the operating system's version", attrgetter("platform_version"), kind=FieldKind.VERSION
    ),
    _plain(
        "agent", "AGENT", "the SSM agent's version", attrgetter("agent_version"), "ssm-agent", kind=FieldKind.VERSION
    ),
    Field(
        "ip",
        "IP",
        "the private address",
        attrgetter("ip"),
        _ip_key,
        attrgetter("ip"),
        aliases=("address", "addr"),
        words=WordSearch.WHOLE,
    ),
    _plain("public-ip", "PUBLIC IP", "the public address, where it is known", attrgetter("public_ip")),
    Field(
        "seen",
        "LAST PING",
        "how long ago the agent was heard",
        _seen,
        _seen_key,
        _seen,
        FieldKind.AGE,
        aliases=("last-ping", "heard"),
        rank=_seen_rank,
        moment=attrgetter("last_ping"),
    ),
    Field(
        "account",
        "ACCOUNT",
        "the account's id or alias, or the AWS profile",
        attrgetter("account"),
        lambda node: natural_shared(node.account),
        attrgetter("account", "aws_profile"),
        words=WordSearch.ID,
        no_order="Write account:VALUE.",
    ),
    _plain("profile", "AWS PROFILE", "the AWS profile that lists the node", attrgetter("aws_profile"), "aws-profile"),
    Field(
        "who",
        "WHO",
        "who has sessions there now",
        lambda node: ", ".join(node.who),
        lambda node: natural_shared(", ".join(node.who)),
        attrgetter("who"),
        no_order="Write who:NAME, or is:busy.",
    ),
    _plain("region", "REGION", "the AWS region", attrgetter("region")),
    _plain("zone", "ZONE", "the availability zone", attrgetter("zone"), "az"),
    _plain("type", "TYPE", "the EC2 instance type", attrgetter("instance_type"), "instance-type", "size"),
    _plain("state", "STATE", "what EC2 or ECS says: running, stopped", attrgetter("instance_state"), "instance-state"),
    _plain("vpc", "VPC", "the VPC's id", attrgetter("vpc_id"), "vpc-id"),
    _plain("role", "ROLE", "the instance profile or IAM role", attrgetter("iam_role"), "iam-role"),
    _plain(
        "computer",
        "COMPUTER",
        "the computer's own name",
        attrgetter("computer_name"),
        "host",
        "hostname",
        words=WordSearch.PIECES,
    ),
    _plain("resource", "RESOURCE", "Systems Manager's resource type", attrgetter("resource_type")),
    Field(
        "kind",
        "KIND",
        "ec2, hybrid or container",
        node_kind,
        node_kind,
        node_kind,
        FieldKind.CHOICE,
        NODE_KINDS,
        NODE_KINDS,
        no_order="Write kind:VALUE.",
    ),
    _plain("cluster", "CLUSTER", "the ECS cluster of a container", _cluster, words=WordSearch.PIECES),
    _plain("task", "TASK", "the ECS task of a container", _task),
    _plain("container", "CONTAINER", "the container's name", _container, words=WordSearch.PIECES),
)


def _tag(key: str) -> Field[Node]:
    def value(node: Node) -> str:
        return node.tags.get(key, "")

    sort_key = sorted_by(value, shared=True)
    return Field(TAG + key, key, f"the tag {key}", value, sort_key, value, words=WordSearch.PIECES)


FIELDS: FieldSet[Node] = FieldSet(_ALL, _tag)
"""All of them, in the order of a menu."""
