"""The columns of nodes: what each shows, and how wide it is. Pure functions."""

from __future__ import annotations

from ssmtui.inventory.fields import arn_name, platform_words
from ssmtui.inventory.node_rows import NODE_ROWS
from ssmtui.model import Node, PingStatus
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.table.columns import NOTHING, CellOf, ColumnFacts, ColumnSet, ColumnShape

_PING_CELLS = {
    PingStatus.ONLINE: Cell("● online", Tone.GOOD),
    PingStatus.CONNECTION_LOST: Cell("○ lost", Tone.BAD),
    PingStatus.INACTIVE: Cell("○ inactive", Tone.WARN),
    PingStatus.UNKNOWN: Cell("○ unknown", Tone.DIM),
}

_STATE_TONES = {"running": Tone.PLAIN, "": Tone.DIM, "stopped": Tone.DIM, "terminated": Tone.DIM}


def is_stopped(node: Node) -> bool:
    """Whether EC2 or ECS says that it does not run, nor is about to."""
    return node.instance_state in ("stopped", "stopping", "shutting-down", "terminated")


def name(node: Node, facts: ColumnFacts) -> Cell:
    """The node's name; a dash for one without."""
    return Cell(tidy(node.name), Tone.STRONG) if node.name else NOTHING


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
        return NOTHING
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


def who(node: Node, facts: ColumnFacts) -> Cell:
    """Who has sessions there now."""
    return Cell(tidy(", ".join(node.who)), Tone.ACCENT)


_SHAPES = {
    "name": ColumnShape(18, 36, 0),
    "id": ColumnShape(20, 20, 1),
    "ping": ColumnShape(8, 10, 2),
    "account": ColumnShape(12, 18, 2.4),
    "region": ColumnShape(9, 14, 2.5),
    "profile": ColumnShape(11, 20, 2.6),
    "platform": ColumnShape(19, 24, 3),
    "who": ColumnShape(12, 30, 2.8),
    "state": ColumnShape(8, 13, 3.6),
    "ip": ColumnShape(15, 15, 4),
    "public-ip": ColumnShape(15, 15, 4),
    "seen": ColumnShape(9, 9, 5),
    "agent": ColumnShape(10, 12, 6),
}

_CELLS: dict[str, CellOf[Node]] = {
    "name": name,
    "id": node_id,
    "ping": ping,
    "platform": platform,
    "account": account,
    "agent": agent,
    "seen": seen,
    "state": state,
    "role": role,
    "who": who,
}


def _is_greyed(node: Node) -> bool:
    return node.ping is not PingStatus.ONLINE and is_stopped(node)


NODE_COLUMNS: ColumnSet[Node] = ColumnSet(
    NODE_ROWS,
    cells=_CELLS,
    shapes=_SHAPES,
    default=("name", "id", "ping", "platform", "agent", "ip", "seen"),
    by_scope=("account", "region", "profile"),
    scopes_after="ping",
    aging=frozenset({"seen"}),
    orders={"favourite": "favourites first", "recent": "last used first", "used": "most used first"},
    is_greyed=_is_greyed,
)
"""Those of the table of nodes. A node that does not run is grey."""
