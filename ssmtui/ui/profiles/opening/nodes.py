"""Which nodes a profile means: by its target, or by its query over the nodes of its scope; asks where that is open."""

from __future__ import annotations

import asyncio
import difflib
import re
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ssmtui import inert
from ssmtui.errors import SsmtuiError, UsageError
from ssmtui.inventory.query.query import Query
from ssmtui.model import Node, Scope
from ssmtui.profiles import ages, resolving
from ssmtui.profiles.profile import Several
from ssmtui.profiles.scope_nodes import ScopeNodes
from ssmtui.tasks import Tasks
from ssmtui.ui.accounts import words as scope_words
from ssmtui.ui.kit.turns import Turns

if TYPE_CHECKING:
    from ssmtui.profiles.profile import Profile
    from ssmtui.ui.frame.app import SsmtuiApp

AT_A_TIME = 200
"""Nodes that are looked at before the loop gets a turn."""
UNSEEN = 0.2
"""Seconds that a listing may take before it is told."""
NAMES_COMPARED = 5_000
"""Names among which the one nearest to a query is looked for."""
_WORDS = re.compile(r"[\w.-]{3,}")


class Left(Exception):
    """The person has left a question: nothing is to be started."""


class Given(NamedTuple):
    """A node that is meant."""

    node: Node
    listed: bool
    """Whether somebody has listed it; else all that is known of it is its id and its scope."""
    in_fleet: bool
    """Whether it is among the nodes of the list."""


class ProfileNodes:
    """Finds the nodes of profiles. A scope that is not among the chosen ones is listed once for all of them."""

    def __init__(self, app: SsmtuiApp) -> None:
        assert app.services is not None
        self._app = app
        self._services = app.services
        self._scopes: dict[Scope, ScopeNodes] = {}

    async def find(self, profile: Profile, scope: Scope) -> list[Given]:
        """The nodes that ``profile``, whose values are filled in, means in ``scope``, one at least.

        Raises why there is none, and :class:`Left`.
        """
        values = profile.values
        if values.target:
            return [self._target(values.target, scope)]
        query = self._query(profile)
        nodes = self._scopes.get(scope)
        if nodes is None:
            nodes = self._scopes[scope] = ScopeNodes(self._services.fleet, self._services.gateways, scope)
        what = inert.line(profile.name, 40)
        if not (nodes.is_whole and nodes.in_fleet):
            await self._wait(what, nodes, nodes.complete())
        undecided = await self._undecided(query, nodes)
        if undecided:
            await self._wait(what, nodes, nodes.read_tags(undecided))
            if nodes.problem is not None:
                self._app.tell(str(nodes.problem), severity="warning", seconds=8)
        found = await self._matching(query, nodes)
        if not found:
            raise await self._none_found(profile, nodes)
        is_by_age = values.several is Several.NEWEST
        launched = await ages.launched(self._services.gateways.gateway(scope), found) if is_by_age else {}
        chosen = resolving.nodes_of(values.several, found, launched)
        if not chosen:
            raise resolving.none_online(profile, found)
        if values.several is Several.ASK and len(chosen) > 1:
            chosen = [await self._choose(what, chosen)]
        return [Given(node, listed=True, in_fleet=nodes.in_fleet) for node in chosen]

    def _target(self, target: str, scope: Scope) -> Given:
        """The node as the fleet has it, or what is known of one that it does not have: the service has the last
        word."""
        fleet = self._services.fleet
        known = next((node for node in fleet.nodes_of(scope) if node.id == target), None)
        if known is not None:
            return Given(known, listed=True, in_fleet=True)
        identities = [state.identity for state in fleet.states.values() if state.scope.aws_profile == scope.aws_profile]
        account = next((identity.account for identity in identities if identity is not None), "")
        node = Node(target, "", region=scope.region, aws_profile=scope.aws_profile or "", account=account)
        return Given(node, listed=False, in_fleet=False)

    def _query(self, profile: Profile) -> Query:
        return resolving.query_of(
            profile,
            now=self._app.clock.now(),
            favourites=self._services.usage.favourites,
            saved=self._services.filters.saved,
            aliases=scope_words.aliases(self._services.fleet.states.values()),
        )

    async def _wait(self, what: str, nodes: ScopeNodes, work: Coroutine[Any, Any, None]) -> None:
        """Wait until ``work`` is done, or the person takes what it has found by now."""
        from ssmtui.ui.profiles.opening.listing import Listing

        tasks = Tasks("profile nodes")
        listing = tasks.start("listing", work)
        try:
            await asyncio.wait({listing}, timeout=UNSEEN)
            if not listing.done() and not await self._app.push_screen_wait(Listing(what, nodes, listing.done)):
                raise Left
        finally:
            await tasks.close()

    async def _undecided(self, query: Query, nodes: ScopeNodes) -> list[Node]:
        """Nodes of which only tags that nobody has read can say whether they match."""
        candidates, found, turns = nodes.without_tags(), [], Turns()
        for start in range(0, len(candidates), AT_A_TIME):
            found += [node for node in candidates[start : start + AT_A_TIME] if query.needs_tags(node)]
            await turns.give()
        return found

    async def _matching(self, query: Query, nodes: ScopeNodes) -> list[Node]:
        known, found, turns = nodes.nodes(), [], Turns()
        for start in range(0, len(known), AT_A_TIME):
            found += resolving.matches(query, known[start : start + AT_A_TIME])
            await turns.give()
        if query.problem:
            raise UsageError(query.problem, title="That filter cannot be used")
        return found

    async def _choose(self, what: str, nodes: Sequence[Node]) -> Node:
        from ssmtui.ui.profiles.opening.node_choice import NodeChoice

        chosen = await self._app.push_screen_wait(NodeChoice(what, nodes, self._app.clock.now()))
        if chosen is None:
            raise Left
        return chosen

    async def _none_found(self, profile: Profile, nodes: ScopeNodes) -> SsmtuiError:
        """Why there may be none: how the listing fared, and the name that is nearest to what is looked for."""
        state, text = nodes.state, inert.line(profile.values.query, 80)
        told = scope_words.status(state, self._app.clock.now().timestamp()).text
        detail = f"{resolving.named(profile)} looks for {text} in {scope_words.scope_name(nodes.scope)} ({told})"
        if state.error is not None:
            why = f"{state.error.title}: {state.error.detail}"
            return UsageError(f"{detail}. {inert.line(why, 300)}", title="No node is found", remedy=state.error.remedy)
        names = [node.name for node in nodes.nodes() if node.name][:NAMES_COMPARED]
        near = await asyncio.to_thread(_nearest, profile.values.query, names)
        remedy = f"The nearest name is {inert.line(near, 60)}." if near else ""
        return UsageError(detail, title="No node is found", remedy=remedy)


def _nearest(text: str, names: Sequence[str]) -> str:
    """The name that is nearest to a word of ``text``; empty where none is near."""
    by_folded = {name.casefold(): name for name in names}
    for word in _WORDS.findall(text.casefold())[:5]:
        near = difflib.get_close_matches(word, by_folded, n=1)
        if near:
            return by_folded[near[0]]
    return ""
