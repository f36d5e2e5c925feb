"""A node as cells: what each column of the table shows, and which columns a width has room for. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ssmtui import inert
from ssmtui.model import Node, PingStatus, Platform
from ssmtui.ui import words
from ssmtui.ui.tones import Tone

GAP = 2
"""Blank cells between two columns."""

CELL_LIMIT = 80
"""Characters of untrusted text that a cell looks at."""


class Cell(NamedTuple):
    """One field of a row."""

    text: str
    tone: Tone = Tone.PLAIN


_PING_CELLS = {
    PingStatus.ONLINE: Cell("● online", Tone.GOOD),
    PingStatus.CONNECTION_LOST: Cell("○ lost", Tone.BAD),
    PingStatus.INACTIVE: Cell("○ inactive", Tone.WARN),
    PingStatus.UNKNOWN: Cell("○ unknown", Tone.DIM),
}


def name(node: Node, now: datetime) -> Cell:
    """The node's name; a dash for one without."""
    return Cell(inert.line(node.name, CELL_LIMIT), Tone.STRONG) if node.name else Cell("–", Tone.DIM)


def node_id(node: Node, now: datetime) -> Cell:
    """``i-...`` or ``mi-...``."""
    return Cell(inert.line(node.id, CELL_LIMIT), Tone.DIM)


def ping(node: Node, now: datetime) -> Cell:
    """Whether the agent is heard."""
    return _PING_CELLS[node.ping]


def platform_words(node: Node) -> str:
    """The operating system as people call it: ``Ubuntu 24.04``, ``Windows Server 2022``."""
    system = node.platform_name.removeprefix("Microsoft ").removesuffix(" Datacenter").strip()
    if node.platform is Platform.WINDOWS or node.platform_version in system:
        return system or node.platform.value
    return f"{system or node.platform.value} {node.platform_version}".strip()


def platform(node: Node, now: datetime) -> Cell:
    """The operating system."""
    return Cell(inert.line(platform_words(node), CELL_LIMIT))


def ip(node: Node, now: datetime) -> Cell:
    """The private address."""
    return Cell(inert.line(node.ip, CELL_LIMIT))


def agent(node: Node, now: datetime) -> Cell:
    """The agent's version; an old one stands out."""
    return Cell(inert.line(node.agent_version, CELL_LIMIT), Tone.WARN if node.agent_is_latest is False else Tone.PLAIN)


def last_ping(node: Node, now: datetime) -> Cell:
    """How long ago the agent was heard."""
    if node.last_ping is None:
        return Cell("–", Tone.DIM)
    tone = Tone.DIM if node.ping is PingStatus.ONLINE else Tone.WARN
    return Cell(words.age((now - node.last_ping).total_seconds()), tone)


@dataclass(frozen=True, slots=True)
class Column:
    """One column; widths in cells."""

    title: str
    cell: Callable[[Node, datetime], Cell]
    width: int
    most: int
    """What it may grow to where there is room."""
    rank: int
    """Columns of a higher rank go first when there is no room."""


COLUMNS = (
    Column("NAME", name, 18, 36, 0),
    Column("NODE ID", node_id, 20, 20, 1),
    Column("PING", ping, 10, 10, 2),
    Column("PLATFORM", platform, 19, 24, 3),
    Column("AGENT", agent, 10, 12, 6),
    Column("IP", ip, 15, 15, 4),
    Column("LAST PING", last_ping, 9, 9, 5),
)

Layout = tuple[tuple[Column, int], ...]
"""The columns shown, with their widths."""


def layout(width: int) -> Layout:
    """The columns that ``width`` cells have room for. The same width always gives the same layout: nothing jumps."""
    shown = list(COLUMNS)
    while len(shown) > 1 and _taken(column.width for column in shown) > width:
        shown.remove(max(shown, key=lambda column: column.rank))
    spare = max(0, width - _taken(column.width for column in shown))
    widths: list[int] = []
    for column in shown:
        growth = min(spare, column.most - column.width)
        spare -= growth
        widths.append(column.width + growth)
    return tuple(zip(shown, widths, strict=True))


def _taken(widths: Iterator[int]) -> int:
    every = list(widths)
    return sum(every) + GAP * (len(every) - 1)


def row(node: Node, columns: Layout, now: datetime) -> list[Cell]:
    """A node's cells, each of its column's exact width."""
    cells = [(column.cell(node, now), width) for column, width in columns]
    return [Cell(words.fit(cell.text, width), cell.tone) for cell, width in cells]


def unreachable(node: Node, now: datetime) -> str:
    """Why a session cannot be started on the node, or empty when the agent is heard."""
    if node.ping is PingStatus.ONLINE:
        return ""
    heard = "never" if node.last_ping is None else words.ago((now - node.last_ping).total_seconds())
    state = f" EC2 says it is {inert.line(node.instance_state, 20)}." if _not_running(node) else ""
    return f"Its agent is not connected (last heard {heard}).{state}"


def _not_running(node: Node) -> bool:
    return node.instance_state not in ("", "running")


def details(node: Node, now: datetime) -> list[Cell]:
    """What the panel under the table says of a node, beyond its row: a line each."""
    where = (node.instance_type, node.instance_state, node.zone, node.vpc_id, node.iam_role, node.account)
    agent_words = f"agent {node.agent_version}" + (" (old)" if node.agent_is_latest is False else "")
    system = (platform_words(node), agent_words if node.agent_version else "", node.ip, node.computer_name)
    tags = [f"{key}={value}" for key, value in sorted(node.tags.items()) if key != "Name"]
    found = [
        Cell(unreachable(node, now), Tone.WARN),
        Cell(_joined(system), Tone.PLAIN),
        Cell(_joined(where), Tone.DIM),
        Cell(_joined(tags), Tone.DIM),
    ]
    return [cell for cell in found if cell.text]


def _joined(parts: list[str] | tuple[str, ...]) -> str:
    return "  ·  ".join(inert.line(part, CELL_LIMIT) for part in parts if part)
