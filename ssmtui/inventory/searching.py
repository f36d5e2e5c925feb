"""Looking for nodes by a filter outside the list."""

from __future__ import annotations

import asyncio
import difflib
import re
from collections.abc import Callable, Iterable, Sequence

from ssmtui.inventory.query.query import Query
from ssmtui.inventory.rows import row
from ssmtui.model import Node

AT_A_TIME = 200
"""Nodes that are looked at before the loop gets a turn."""
NAMES_COMPARED = 5_000
"""Names among which the one nearest to a filter is looked for."""
_WORDS = re.compile(r"[\w.-]{3,}")


async def in_turns(chosen: Callable[[Sequence[Node]], list[Node]], nodes: Sequence[Node]) -> list[Node]:
    """What ``chosen`` takes of ``nodes``: of a few at a time, so that the loop is held for no longer than a frame."""
    found: list[Node] = []
    for start in range(0, len(nodes), AT_A_TIME):
        found += chosen(nodes[start : start + AT_A_TIME])
        await asyncio.sleep(0)
    return found


def matching(query: Query, nodes: Iterable[Node]) -> list[Node]:
    """Those of ``nodes`` that ``query`` finds, in their order. A few hundred at a time take some milliseconds."""
    return [found.node for found in query.select([row(node) for node in nodes])]


async def nearest_name(text: str, nodes: Iterable[Node]) -> str:
    """The name of one of ``nodes`` that is nearest to a word of the filter ``text``; empty where none is near."""
    names = [node.name for node in nodes if node.name][:NAMES_COMPARED]
    return await asyncio.to_thread(_nearest, text, names)


def _nearest(text: str, names: Sequence[str]) -> str:
    by_folded = {name.casefold(): name for name in names}
    for word in _WORDS.findall(text.casefold())[:5]:
        near = difflib.get_close_matches(word, by_folded, n=1)
        if near:
            return by_folded[near[0]]
    return ""
