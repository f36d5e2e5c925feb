"""How many of the listed nodes a saved connection means. Asked while other things go on, a stretch at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from ssmtui.inventory.query.query import Query
from ssmtui.inventory.rows import Row
from ssmtui.model import Node
from ssmtui.profiles.profile import Profile
from ssmtui.ui import words
from ssmtui.ui.cells import tidy

STRETCH = 1_000
"""Rows that are looked at in one turn of the loop."""
NAMED = 5


class Counted(NamedTuple):
    """What was found for a connection."""

    profile: Profile
    words: str


async def matching_nodes(
    query: Query,
    aws_profile: str,
    region: str,
    rows: Sequence[Row],
    give: Callable[[], Awaitable[object]] = lambda: asyncio.sleep(0),
) -> list[Node]:
    """Those of ``rows`` that ``query`` finds in that AWS profile and region, of which empty is any; ``give`` lets the
    loop run in between."""
    found: list[Node] = []
    for start in range(0, len(rows), STRETCH):
        for row in query.select(rows[start : start + STRETCH]):
            node = row.node
            if aws_profile in ("", node.aws_profile) and region in ("", node.region):
                found.append(node)
        await give()
    return found


def told(found: Sequence[Node], listed: int) -> str:
    """What was found among ``listed`` nodes, in words."""
    if not listed:
        return "no nodes are listed yet"
    if not found:
        return f"none of the {words.count(listed, 'node')} that {'is' if listed == 1 else 'are'} listed"
    named = ", ".join(tidy(node.label, 30) for node in found[:NAMED])
    more = f" and {len(found) - NAMED:,} more" if len(found) > NAMED else ""
    return f"{words.count(len(found), 'node')} now: {named}{more}"
