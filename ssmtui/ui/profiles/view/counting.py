"""How many of the listed nodes a saved connection means. Asked while other things go on, a stretch at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ssmtui.config import template
from ssmtui.inventory.query.errors import QueryError
from ssmtui.inventory.query.query import Query
from ssmtui.inventory.rows import IndexRow
from ssmtui.model import Node
from ssmtui.profiles.profile import Profile
from ssmtui.ui.kit.turns import Turns
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.profiles.form import offers

if TYPE_CHECKING:
    from ssmtui.ui.profiles.context import ProfilesContext

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
    rows: Sequence[IndexRow[Node]],
    give: Callable[[], Awaitable[object]] = lambda: asyncio.sleep(0),
) -> tuple[list[Node], int]:
    """Those of ``rows`` that ``query`` finds in that AWS profile and region, of which empty is any, and how many there
    are; ``give`` lets the loop run in between. Nodes that default credentials list may be anybody's."""
    found: list[Node] = []
    there = 0
    for start in range(0, len(rows), STRETCH):
        near = [
            row
            for row in rows[start : start + STRETCH]
            if (not aws_profile or row.item.aws_profile in ("", aws_profile)) and region in ("", row.item.region)
        ]
        there += len(near)
        found += [row.item for row in query.select(near)]
        await give()
    return found, there


def told(found: Sequence[Node], there: int) -> str:
    """What was found among the nodes that are listed ``there``, in words."""
    if not there:
        return "no node of this AWS profile and region is listed now"
    if not found:
        return f"none of the {words.count(there, 'node')} listed there"
    named = ", ".join(tidy(node.label, 30) for node in found[:NAMED])
    return f"{words.count(len(found), 'node')} now: {named}{words.and_more(len(found) - NAMED)}"


async def count_nodes(context: ProfilesContext, text: str, aws_profile: str, region: str) -> str:
    """How many of the listed nodes the filter ``text`` finds there, in words; empty while it has placeholders to fill
    in."""
    if any(template.has_places(each) for each in (text, aws_profile, region)):
        return ""
    try:
        query = offers.query(context, text)
    except QueryError:
        return ""
    default = context.services.scope
    if aws_profile in ("", default.aws_profile):
        aws_profile, region = default.aws_profile or "", region or default.region
    rows = context.listed
    return told(*await matching_nodes(query, aws_profile, region, rows, Turns().give))
