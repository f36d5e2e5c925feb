"""The columns that the table can have: what each shows of a node, and how wide it is. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from ssmtui.model import Node, PingStatus, Platform
from ssmtui.ui import words
from ssmtui.ui.cells import Cell, tidy
from ssmtui.ui.tones import Tone

TAG = "tag:"
"""What the name of a tag's column begins with; the tag's key follows."""

TAG_KEY_LIMIT = 128
"""Characters of a tag's key (EC2's own limit)."""


class Facts(NamedTuple):
    """What cells show beside the node itself."""

    now: datetime
    aliases: Mapping[str, str] = MappingProxyType({})
    """Account aliases by account id."""


CellOf = Callable[[Node, Facts], Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; widths in cells."""

    name: str
    """As in filters and sort keys: a field's name, or ``tag:KEY``."""
    title: str
    cell: CellOf
    width: int
    most: int
    """What it may grow to where there is room."""
    rank: float
    """Columns of a higher rank go first when there is no room."""
    help: str = ""


_PING_CELLS = {
    PingStatus.ONLINE: Cell("● online", Tone.GOOD),
    PingStatus.CONNECTION_LOST: Cell("○ lost", Tone.BAD),
    PingStatus.INACTIVE: Cell("○ inactive", Tone.WARN),
    PingStatus.UNKNOWN: Cell("○ unknown", Tone.DIM),
}
_NOTHING = Cell("–", Tone.DIM)

_STATE_TONES = {"running": Tone.PLAIN, "": Tone.DIM, "stopped": Tone.DIM, "terminated": Tone.DIM}


def is_stopped(node: Node) -> bool:
    """Whether EC2 or ECS says that it does not run, nor is about to."""
    return node.instance_state in ("stopped", "stopping", "shutting-down", "terminated")


def name(node: Node, facts: Facts) -> Cell:
    """The node's name; a dash for one without."""
    return Cell(tidy(node.name), Tone.STRONG) if node.name else _NOTHING


def node_id(node: Node, facts: Facts) -> Cell:
    """``i-...``, ``mi-...`` or ``ecs:...``."""
    return Cell(tidy(node.id), Tone.DIM)


def ping(node: Node, facts: Facts) -> Cell:
    """Whether the agent is heard; of an instance that does not run, that it does not."""
    if node.ping is not PingStatus.ONLINE and is_stopped(node):
        return Cell(f"○ {tidy(node.instance_state, 20)}", Tone.DIM)
    return _PING_CELLS[node.ping]


def platform_words(node: Node) -> str:
    """The operating system as people call it: ``Ubuntu 24.04``, ``Windows Server 2022``."""
    system = node.platform_name.removeprefix("Microsoft ").removesuffix(" Datacenter").strip()
    if node.platform is Platform.WINDOWS or node.platform_version in system:
        return system or node.platform.value
    return f"{system or node.platform.value} {node.platform_version}".strip()


def platform(node: Node, facts: Facts) -> Cell:
    """The operating system."""
    return Cell(tidy(platform_words(node)))


def agent(node: Node, facts: Facts) -> Cell:
    """The agent's version; an old one stands out."""
    return Cell(tidy(node.agent_version), Tone.WARN if node.agent_is_latest is False else Tone.PLAIN)


def seen(node: Node, facts: Facts) -> Cell:
    """How long ago the agent was heard."""
    if node.last_ping is None:
        return _NOTHING
    tone = Tone.DIM if node.ping is PingStatus.ONLINE else Tone.WARN
    return Cell(words.age((facts.now - node.last_ping).total_seconds()), tone)


def account(node: Node, facts: Facts) -> Cell:
    """The account's alias where one is known, else its id."""
    return Cell(tidy(facts.aliases.get(node.account) or node.account))


def state(node: Node, facts: Facts) -> Cell:
    """What EC2 or ECS says of it."""
    return Cell(tidy(node.instance_state), _STATE_TONES.get(node.instance_state, Tone.WARN))


def kind_words(node: Node) -> str:
    """What sort of thing it is, in a word or two."""
    if node.container is not None:
        return "container"
    return {"EC2Instance": "EC2", "ManagedInstance": "managed"}.get(node.resource_type, node.resource_type)


def _text(field: Callable[[Node], str], tone: Tone = Tone.PLAIN) -> CellOf:
    def cell(node: Node, facts: Facts) -> Cell:
        return Cell(tidy(field(node)), tone)

    return cell


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]


COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        column.name: column
        for column in (
            Column("name", "NAME", name, 18, 36, 0, "Name tag, else the computer name"),
            Column("id", "NODE ID", node_id, 20, 20, 1, "id of the instance, managed node or container"),
            Column("ping", "PING", ping, 8, 10, 2, "whether the agent is heard"),
            Column("account", "ACCOUNT", account, 12, 18, 2.4, "alias of the account, else its id"),
            Column("region", "REGION", _text(lambda n: n.region), 9, 14, 2.5, "region of the node"),
            Column("profile", "PROFILE", _text(lambda n: n.aws_profile), 10, 20, 2.6, "AWS profile that lists it"),
            Column("platform", "PLATFORM", platform, 19, 24, 3, "operating system and version"),
            Column("ip", "IP", _text(lambda n: n.ip), 15, 15, 4, "private address"),
            Column("seen", "LAST PING", seen, 9, 9, 5, "how long ago the agent was heard"),
            Column("agent", "AGENT", agent, 10, 12, 6, "version of the SSM agent; old ones stand out"),
            Column("state", "STATE", state, 8, 13, 3.6, "EC2 state, or a task's status"),
            Column("type", "TYPE", _text(lambda n: n.instance_type), 10, 14, 7, "instance type"),
            Column("zone", "ZONE", _text(lambda n: n.zone), 10, 16, 7.1, "availability zone"),
            Column("vpc", "VPC", _text(lambda n: n.vpc_id), 12, 21, 7.2, "id of the VPC"),
            Column("role", "ROLE", _text(lambda n: n.iam_role), 14, 30, 7.3, "IAM role of the node"),
            Column("computer", "COMPUTER", _text(lambda n: n.computer_name), 18, 36, 7.4, "host name that it reports"),
            Column("kind", "KIND", _text(kind_words), 9, 12, 7.5, "EC2, managed or container"),
            Column(
                "cluster",
                "CLUSTER",
                _text(lambda n: _last(n.container.cluster) if n.container else ""),
                12,
                24,
                7.6,
                "ECS cluster of a container",
            ),
        )
    }
)
DEFAULT = ("name", "id", "ping", "platform", "agent", "ip", "seen")
"""Names of the columns that the table has until others are chosen."""

BY_SCOPE = ("account", "region", "profile")
"""Columns that come by themselves where the chosen scopes differ in them."""

AGING = frozenset({"seen"})
"""Columns whose cells change as time goes by."""


def tag_column(key: str) -> Column:
    """The column of a tag."""

    def cell(node: Node, facts: Facts) -> Cell:
        return Cell(tidy(node.tags.get(key, "")))

    return Column(TAG + key, tidy(key, 24).upper(), cell, 12, 28, 3.5, "tag of the node")


def column(name: str) -> Column:
    """The column called ``name``; ``KeyError`` when there is none."""
    if name.startswith(TAG) and len(TAG) < len(name) <= len(TAG) + TAG_KEY_LIMIT:
        return tag_column(name.removeprefix(TAG))
    return COLUMNS[name]
