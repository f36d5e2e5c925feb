"""What the panel under the table says of the node under the cursor. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from ssmtui.inventory.export import arn
from ssmtui.inventory.fields import arn_name, node_kind, platform_words
from ssmtui.model import Node, PingStatus
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.table.columns import ColumnFacts

if TYPE_CHECKING:
    from ssmtui.inventory.usage import Usage
    from ssmtui.sessions.snapshots import SessionSnapshot

LABEL_WIDTH = 12
TAGS_SHOWN = 60


class Dealings(NamedTuple):
    """The person's use of a node."""

    sessions: tuple[str, ...] = ()
    """Titles of the sessions that live here."""
    favourite: bool = False
    uses: int = 0
    last_use: str = ""
    """How long ago, in words."""


def dealings(node: Node, sessions: Iterable[SessionSnapshot], usage: Usage | None, now: datetime) -> Dealings:
    """The person's use of ``node``."""
    live = tuple(one.title for one in sessions if one.live and one.node is not None and one.node.key == node.key)
    if usage is None:
        return Dealings(live)
    times, last = usage.used(node.key)
    return Dealings(live, node.key in usage.favourites, times, words.ago(now.timestamp() - last) if times else "")


def unreachable(node: Node, facts: ColumnFacts) -> str:
    """Why a session cannot be started on the node, or empty when the agent is heard."""
    if node.ping is PingStatus.ONLINE:
        return ""
    if node.container is not None:
        return f"ECS says the task is {tidy(node.instance_state, 20)}." if node.instance_state != "running" else ""
    heard = "never" if node.last_ping is None else words.ago((facts.now - node.last_ping).total_seconds())
    runs = node.instance_state in ("", "running")
    state = "" if runs else f" EC2 says it is {tidy(node.instance_state, 20)}."
    return f"Its agent is not connected (last heard {heard}).{state}"


def brief(node: Node, facts: ColumnFacts, dealings: Dealings) -> list[Cell]:
    """The node in a few lines, the most urgent first."""
    agent = f"agent {node.agent_version}" + (" (old)" if node.agent_is_latest is False else "")
    system = (platform_words(node), agent if node.agent_version else "", node.ip, node.computer_name)
    where = (
        node.instance_type,
        node.instance_state,
        node.zone or node.region,
        node.vpc_id,
        arn_name(node.iam_role) or node.iam_role,
    )
    away = unreachable(node, facts)
    found = [
        *_sessions(dealings),
        *_visitors(node),
        Cell(f"w: why?  {away}" if away else "", Tone.WARN),
        Cell(_joined(system)),
        Cell(_joined((*_container(node), *where, _account(node, facts))), Tone.DIM),
        Cell(_joined(_tags(node)), Tone.DIM),
    ]
    return [cell for cell in found if cell.text]


def full(node: Node, facts: ColumnFacts, dealings: Dealings) -> list[Cell]:
    """All that is known, a line each."""
    agent_note = {False: " (there is a newer one)", True: " (the latest)"}.get(node.agent_is_latest, "")  # type: ignore[arg-type]
    used = f"{words.count(dealings.uses, 'session')} started, the last {dealings.last_use}" if dealings.uses else ""
    heard = "" if node.last_ping is None else words.ago((facts.now - node.last_ping).total_seconds())
    container = node.container
    labelled = [
        ("agent", node.agent_version and f"{node.agent_version}{agent_note}"),
        ("last ping", heard),
        ("platform", platform_words(node)),
        ("address", node.ip),
        ("public address", node.public_ip),
        ("computer", node.computer_name),
        ("state", node.instance_state),
        ("kind", " ".join(filter(None, (node_kind(node), node.instance_type)))),
        ("account", _account(node, facts)),
        ("region", _joined((node.region, node.zone))),
        ("AWS profile", node.aws_profile),
        ("VPC", node.vpc_id),
        ("role", node.iam_role),
        ("cluster", container.cluster if container else ""),
        ("container", container.name if container else ""),
        ("runtime id", container.runtime_id if container else ""),
        ("ARN", arn(node)),
        ("used", used),
    ]
    lines = [*_sessions(dealings), *_visitors(node), Cell(unreachable(node, facts), Tone.WARN)]
    lines += [Cell(_labelled(label, text)) for label, text in labelled if text]
    for place, tag in enumerate(_tags(node)[:TAGS_SHOWN]):
        lines.append(Cell(_labelled("" if place else "tags", tag), Tone.DIM))
    if more := words.and_more(len(node.tags) - TAGS_SHOWN):
        lines.append(Cell(_labelled("", f"…{more}"), Tone.DIM))
    return [line for line in lines if line.text]


def _labelled(label: str, text: str) -> str:
    return f"{label:<{LABEL_WIDTH}}{tidy(text, 300)}"


def _sessions(dealings: Dealings) -> list[Cell]:
    if not dealings.sessions:
        return []
    named = ", ".join(tidy(title, 40) for title in dealings.sessions[:8])
    return [Cell(f"{words.count(len(dealings.sessions), 'live session')} here: {named}", Tone.ACCENT)]


def _visitors(node: Node) -> list[Cell]:
    """Who has sessions there, as AWS lists them, whichever program holds them."""
    if not node.who:
        return []
    named = ", ".join(tidy(who, 40) for who in node.who[:8])
    return [Cell(f"Sessions of {named}{words.and_more(len(node.who) - 8)}", Tone.ACCENT)]


def _account(node: Node, facts: ColumnFacts) -> str:
    alias = facts.aliases.get(node.account, "")
    return f"{tidy(alias)} ({tidy(node.account)})" if alias else node.account


def _container(node: Node) -> Sequence[str]:
    return () if node.container is None else (node.container.name, arn_name(node.container.cluster))


def _tags(node: Node) -> list[str]:
    return [f"{key}={value}" for key, value in sorted(node.tags.items()) if key != "Name"]


def _joined(parts: Iterable[str]) -> str:
    return "  ·  ".join(tidy(part) for part in parts if part)
