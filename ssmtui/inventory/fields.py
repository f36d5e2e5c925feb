"""What is known of a node, field by field: what each is called, shown as, searched in and sorted by.

The table's columns, the filter's keys and the command line's help are all made from these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from socket import inet_aton
from struct import Struct
from types import MappingProxyType

from ssmtui.model import Node, PingStatus, Platform

TAG = "tag:"
"""What the name of a tag's field begins with: ``tag:env``."""

_NUMBER = re.compile("[0-9]+")
_double = Struct(">d").pack
_LEAST = 5e-324
"""The least number that is more than 0."""


class FieldKind(Enum):
    """How the filter compares a field's values."""

    TEXT = "text"
    CHOICE = "choice"
    """One of the words in :attr:`Field.choices`."""
    VERSION = "version"
    AGE = "age"
    """A time of the past, asked for by how long ago it was."""


@dataclass(frozen=True)
class Field:
    """One property of a node. All texts are untrusted, as AWS gave them."""

    name: str
    """What it is called in the filter and in the settings."""
    title: str
    """The head of its column, in capitals."""
    help: str
    """What it is: a few words, no full stop."""
    text: Callable[[Node], str]
    """What a cell shows of it; empty where nothing is known."""
    sort_key: Callable[[Node], str]
    """Orders nodes as people expect: numbers by value, times by age. Empty where nothing is known."""
    searched: Callable[[Node], str | tuple[str, ...]]
    """The text, or texts, in which the filter looks for its values, whatever the case."""
    kind: FieldKind = FieldKind.TEXT
    choices: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    """The same choices as ``searched`` gives them, folded."""
    aliases: tuple[str, ...] = ()
    """Other names that the filter takes."""
    rank: Callable[[Node], float] | None = None
    """A number that orders as ``sort_key`` does and is computed faster; 0 where nothing is known. None: there is
    none."""


def _number_key(match: re.Match[str]) -> str:
    digits = match.group().lstrip("0")
    return chr(0x30 + len(digits)) + digits


def natural(text: str) -> str:
    """A key that sorts ``text`` whatever its case, and its numbers by value: ``web-2`` before ``web-10``, 3.9 before
    3.10."""
    return _NUMBER.sub(_number_key, text.casefold())


_remembered = lru_cache(1 << 12)(natural)
"""The same for values that many nodes share."""


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


def _sorted_by(value: Callable[[Node], str], *, shared: bool) -> Callable[[Node], str]:
    key = _remembered if shared else natural
    return lambda node: key(value(node))


def _plain(
    name: str, title: str, help: str, value: Callable[[Node], str], *aliases: str, kind: FieldKind = FieldKind.TEXT
) -> Field:
    """A field that is shown as it is; ``_OWN`` names those whose values few nodes share."""
    return Field(name, title, help, value, _sorted_by(value, shared=name not in _OWN), value, kind, aliases=aliases)


_OWN = frozenset({"name", "computer", "task", "public-ip"})

_ALL = (
    _plain("name", "NAME", "the Name tag, or the activation's or the computer's name", attrgetter("name")),
    # Digits in an id are not numbers.
    Field(
        "id",
        "NODE ID",
        "i-…, mi-… or ecs:…",
        attrgetter("id"),
        attrgetter("id"),
        attrgetter("id"),
        aliases=("instance", "node", "target"),
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
    ),
    Field(
        "platform",
        "PLATFORM",
        "the operating system and its version",
        platform_words,
        lambda node: _platform_key(node.platform, node.platform_name, node.platform_version),
        attrgetter("platform._value_", "platform_name", "platform_version"),
        aliases=("os", "system"),
    ),
    _plain(
        "version", "VERSION", "the operating system's version", attrgetter("platform_version"), kind=FieldKind.VERSION
    ),
    _plain(
        "agent", "AGENT", "the SSM agent's version", attrgetter("agent_version"), "ssm-agent", kind=FieldKind.VERSION
    ),
    Field("ip", "IP", "the private address", attrgetter("ip"), _ip_key, attrgetter("ip"), aliases=("address", "addr")),
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
    ),
    Field(
        "account",
        "ACCOUNT",
        "the account's id or alias, or the AWS profile",
        attrgetter("account"),
        lambda node: _remembered(node.account),
        attrgetter("account", "aws_profile"),
    ),
    _plain("profile", "AWS PROFILE", "the AWS profile that lists the node", attrgetter("aws_profile"), "aws-profile"),
    _plain("region", "REGION", "the AWS region", attrgetter("region")),
    _plain("zone", "ZONE", "the availability zone", attrgetter("zone"), "az"),
    _plain("type", "TYPE", "the EC2 instance type", attrgetter("instance_type"), "instance-type", "size"),
    _plain("state", "STATE", "what EC2 or ECS says: running, stopped", attrgetter("instance_state"), "instance-state"),
    _plain("vpc", "VPC", "the VPC's id", attrgetter("vpc_id"), "vpc-id"),
    _plain("role", "ROLE", "the instance profile or IAM role", attrgetter("iam_role"), "iam-role"),
    _plain("computer", "COMPUTER", "the computer's own name", attrgetter("computer_name"), "host", "hostname"),
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
    ),
    _plain("cluster", "CLUSTER", "the ECS cluster of a container", _cluster),
    _plain("task", "TASK", "the ECS task of a container", _task),
    _plain("container", "CONTAINER", "the container's name", _container),
)

FIELDS: Mapping[str, Field] = MappingProxyType({known.name: known for known in _ALL})
"""All of them but tags, by name, in the order of a menu."""

ALIASES: Mapping[str, str] = MappingProxyType({alias: known.name for known in _ALL for alias in known.aliases})


def field(name: str) -> Field:
    """The field of that name or alias, or of a tag (``tag:env``); KeyError when there is none."""
    if name.startswith(TAG) and len(name) > len(TAG):
        return _tag(name[len(TAG) :])
    return FIELDS[ALIASES.get(name, name)]


@lru_cache(256)
def _tag(key: str) -> Field:
    def value(node: Node) -> str:
        return node.tags.get(key, "")

    return Field(TAG + key, key, f"the tag {key}", value, _sorted_by(value, shared=True), value)
