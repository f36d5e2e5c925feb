"""Looking for nodes by a filter outside the list, in all chosen scopes or among given nodes."""

from __future__ import annotations

import asyncio
import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing, suppress
from typing import Any, cast

from ssmtui.aws.gateway import Gateways, unread_tags
from ssmtui.errors import ConfigurationError, SsmtuiError
from ssmtui.inventory.fleet import Fleet
from ssmtui.inventory.node_rows import NODE_ROWS, tie_of
from ssmtui.inventory.query.query import Query
from ssmtui.inventory.states import ScopeState
from ssmtui.model import Node, NodeKey, Scope

AT_A_TIME = 200
"""Nodes that are looked at before the loop gets a turn."""
LOOK = 0.05
"""Seconds between two looks at how far the listings are."""
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
    return [found.item for found in query.select([NODE_ROWS.row(node) for node in nodes])]


class FleetSearch:
    """Looks for nodes in all scopes that a fleet has chosen. Loop-bound."""

    def __init__(self, fleet: Fleet, gateways: Gateways) -> None:
        self.problem: SsmtuiError | None = None
        """Why some of the tags that were asked for are not known."""
        self._fleet = fleet
        self._gateways = gateways
        self._tagged: dict[NodeKey, Node] = {}
        """Hybrid nodes whose tags were read here."""

    @property
    def listed(self) -> int:
        """Nodes that the listings have shown by now."""
        return sum(state.listed for state in self._fleet.states.values())

    @property
    def nodes(self) -> list[Node]:
        """Those that are known by now."""
        tagged = self._tagged
        return [node if node.tags_known else tagged.get(key, node) for key, node in dict(self._fleet.nodes).items()]

    @property
    def failed(self) -> ScopeState | None:
        """A scope whose listing has failed, if there is one."""
        return next((state for state in self._fleet.states.values() if state.error is not None), None)

    async def complete(self) -> None:
        """Wait until each scope has been listed in this run, or could not be. Nothing is raised."""
        # The fleet reports its changes to one listener, the screen.
        while not all(_is_through(state) for state in self._fleet.states.values()):  # noqa: ASYNC110
            await asyncio.sleep(LOOK)

    async def undecided(self, query: Query) -> list[Node]:
        """Hybrid nodes whose tags are unread, and decide whether ``query`` means them."""
        unread = [node for node in self.nodes if node.is_hybrid and not node.tags_known]
        return await in_turns(lambda some: [one for one in some if query.needs_tags(one)], unread)

    async def read_tags(self, nodes: Sequence[Node]) -> None:
        """Read the tags of ``nodes``, a scope after the other; :attr:`problem` says what is missing by now, and in the
        end. Nothing is raised."""
        self.problem = unread_tags(len(nodes))
        by_scope: dict[Scope, list[Node]] = {}
        for node in nodes:
            with suppress(ConfigurationError):  # of an account that nothing here can call
                by_scope.setdefault(self._fleet.scope_of(node), []).append(node)
        for scope, some in by_scope.items():
            pages = cast("Any", self._gateways.gateway(scope).with_hybrid_tags(some))
            async with aclosing(pages):
                async for page in pages:
                    self._tagged.update((node.key, node) for node in page.nodes)
                    self.problem = page.problem or unread_tags(len(nodes) - len(self._tagged))

    async def found(self, query: Query) -> list[Node]:
        """The nodes that ``query`` means, by name as people count; nameless ones last."""
        return sorted(await in_turns(lambda some: matching(query, some), self.nodes), key=tie_of)


def _is_through(state: ScopeState) -> bool:
    return state.error is not None or (state.refreshed_at is not None and not state.from_cache)


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
