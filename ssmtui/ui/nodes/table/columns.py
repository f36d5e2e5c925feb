"""The columns that the table can have: what each shows of a node, and how wide it is. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from ssmtui.inventory.field_sets import TAG, Field
from ssmtui.inventory.fields import FIELDS, arn_name, platform_words
from ssmtui.model import Node, PingStatus
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.tones import Tone

TAG_KEY_LIMIT = 128
"""Characters of a tag's key (EC2's own limit)."""


class ColumnFacts(NamedTuple):
    """What cells show beside the node itself."""

    now: datetime
    aliases: Mapping[str, str] = MappingProxyType({})
    """Account aliases by account id."""


CellOf = Callable[[Node, ColumnFacts], Cell]


class Column(NamedTuple):
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


def name(node: Node, facts: ColumnFacts) -> Cell:
    """The node's name; a dash for one without."""
    return Cell(tidy(node.name), Tone.STRONG) if node.name else _NOTHING


def node_id(node: Node, facts: ColumnFacts) -> Cell:
    """``i-...``, ``mi-...`` or ``ecs:...``."""
    return Cell(tidy(node.id), Tone.DIM)


def ping(node: Node, facts: ColumnFacts) -> Cell:
    """Whether the agent is heard; of an instance that does not run, that it does not."""
    if node.ping is not PingStatus.ONLINE and is_stopped(node):
        return Cell(f"○ {tidy(node.instance_state, 20)}", Tone.DIM)
    return _PING_CELLS[node.ping]


def platform(node: Node, facts: ColumnFacts) -> Cell:
    """The operating system."""
    return Cell(tidy(platform_words(node)))


def agent(node: Node, facts: ColumnFacts) -> Cell:
    """The agent's version; an old one stands out."""
    return Cell(tidy(node.agent_version), Tone.WARN if node.agent_is_latest is False else Tone.PLAIN)


def seen(node: Node, facts: ColumnFacts) -> Cell:
    """How long ago the agent was heard."""
    if node.last_ping is None:
        return _NOTHING
    tone = Tone.DIM if node.ping is PingStatus.ONLINE else Tone.WARN
    return Cell(words.age((facts.now - node.last_ping).total_seconds()), tone)


def account(node: Node, facts: ColumnFacts) -> Cell:
    """The account's alias where one is known, else its id."""
    return Cell(tidy(facts.aliases.get(node.account) or node.account))


def role(node: Node, facts: ColumnFacts) -> Cell:
    """The instance profile's or the role's own name."""
    return Cell(tidy(arn_name(node.iam_role)))


def state(node: Node, facts: ColumnFacts) -> Cell:
    """What EC2 or ECS says of it."""
    return Cell(tidy(node.instance_state), _STATE_TONES.get(node.instance_state, Tone.WARN))


class _Shape(NamedTuple):
    width: int
    most: int
    rank: float


_SHAPES = {
    "name": _Shape(18, 36, 0),
    "id": _Shape(20, 20, 1),
    "ping": _Shape(8, 10, 2),
    "account": _Shape(12, 18, 2.4),
    "region": _Shape(9, 14, 2.5),
    "profile": _Shape(11, 20, 2.6),
    "platform": _Shape(19, 24, 3),
    "state": _Shape(8, 13, 3.6),
    "ip": _Shape(15, 15, 4),
    "public-ip": _Shape(15, 15, 4),
    "seen": _Shape(9, 9, 5),
    "agent": _Shape(10, 12, 6),
}
_TAG_SHAPE = _Shape(12, 28, 3.5)
_OTHER_SHAPE = _Shape(12, 24, 7)

_CELLS: dict[str, CellOf] = {
    "name": name,
    "id": node_id,
    "ping": ping,
    "platform": platform,
    "account": account,
    "agent": agent,
    "seen": seen,
    "state": state,
    "role": role,
}

DEFAULT = ("name", "id", "ping", "platform", "agent", "ip", "seen")
"""Names of the columns that the table has until others are chosen."""

BY_SCOPE = ("account", "region", "profile")
"""Columns that come by themselves where the chosen scopes differ in them."""

AGING = frozenset({"seen"})
"""Columns whose cells change as time goes by."""


@lru_cache(256)
def column(name: str) -> Column:
    """The column of the field called ``name``; ``KeyError`` when there is none."""
    if len(name) > len(TAG) + TAG_KEY_LIMIT:
        raise KeyError(name)
    known = FIELDS.field(name)
    shape = _TAG_SHAPE if known.name.startswith(TAG) else _SHAPES.get(known.name, _OTHER_SHAPE)
    return Column(known.name, tidy(known.title, 24), _CELLS.get(known.name) or _plain(known), *shape, known.help)


def _plain(known: Field[Node]) -> CellOf:
    def cell(node: Node, facts: ColumnFacts) -> Cell:
        return Cell(tidy(known.text(node)))

    return cell
