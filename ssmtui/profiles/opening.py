"""Opening profiles: from what is saved, by what has to be asked and looked for, to what is started.

The screen and ``ssmtui connect`` open profiles alike, and differ in their :class:`Asker` alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple, Protocol

from ssmtui import inert
from ssmtui.aws.gateway import Gateways
from ssmtui.documents import checks, port_documents
from ssmtui.documents.port_forwards import Forward
from ssmtui.errors import ConfigurationError, DocumentError, SsmtuiError, UsageError
from ssmtui.inventory.fleet import Fleet
from ssmtui.inventory.query.query import Query
from ssmtui.inventory.searching import in_turns, matching, nearest_name
from ssmtui.model import AwsProfile, Node, NodeKey, Scope, SessionDocument, StartRequest
from ssmtui.profiles import ages, resolving
from ssmtui.profiles.asking import Asking
from ssmtui.profiles.profile import Profile, Several
from ssmtui.profiles.scope_nodes import ScopeNodes
from ssmtui.sessions.documents import DocumentLibraries


class Left(Exception):
    """The person has left a question: nothing is started."""


class Asker(Protocol):
    """Puts the questions of an opening to a person, and says what is waited for. All that waits may raise
    :class:`Left`, or an :class:`ssmtui.errors.SsmtuiError` where nobody is there to answer."""

    one_only: bool
    """Whether there is room for one session."""

    async def answers(self, profiles: Sequence[Profile], asking: Asking) -> Mapping[str, str]:
        """An answer to each question of ``asking``, of which there may be none, in which it finds no problem."""

    async def wait_for_list(self, profile: Profile, nodes: ScopeNodes) -> None:
        """Have ``nodes`` listed, which may be broken off: those that are found by then count."""

    async def wait_for_tags(self, profile: Profile, nodes: ScopeNodes, undecided: Sequence[Node]) -> None:
        """Have the tags of ``undecided`` read, which may be broken off as well."""

    async def choose(self, profile: Profile, nodes: Sequence[Node]) -> Node:
        """Which one of ``nodes``, two at least, is meant."""

    def waiting(self, what: str) -> AbstractContextManager[object]:
        """AWS is asked one thing meanwhile: ``what`` is waited for."""

    def warn(self, problem: SsmtuiError) -> None:
        """Say what is not known of the nodes that are looked at."""


class Refused(NamedTuple):
    """A profile that cannot be opened."""

    name: str
    error: SsmtuiError


class Start(NamedTuple):
    """A session that a profile means."""

    request: StartRequest
    node: Node
    listed: bool
    """Whether somebody has listed the node; else all that is known of it is its id and its scope."""
    refusal: DocumentError | None
    """Why the document would not take the parameters."""
    forward: Forward | None = None
    """The tunnel that it is, where the document is a Port one."""


async def filled(
    profiles: Sequence[Profile], asker: Asker, environment: Mapping[str, str] | None = None
) -> tuple[list[Profile], list[Refused]]:
    """Those of ``profiles`` that can be opened, with what they ask answered and everything filled in, and the others.
    ``environment``: the variables that they may name; None is the process's. Raises :class:`Left`."""
    environment = os.environ if environment is None else environment
    usable: list[Profile] = []
    ready: list[Profile] = []
    refused: list[Refused] = []
    for profile in profiles:
        try:
            _refuse_broken(profile)
            Asking([profile], environment)
            usable.append(profile)
        except SsmtuiError as error:
            refused.append(Refused(profile.name, error))
    if usable:
        asking = Asking(usable, environment)
        answers = await asker.answers(usable, asking)
        for profile in usable:
            try:
                ready.append(asking.answered(profile, answers))
            except SsmtuiError as error:
                refused.append(Refused(profile.name, error))
    return ready, refused


def _refuse_broken(profile: Profile) -> None:
    if profile.problem:
        told = f"{profile.place}: {resolving.named(profile)}: {inert.line(profile.problem, 300)}"
        raise ConfigurationError(told, remedy="Correct it in the file: `ssmtui profiles edit` opens it.")


class Opener:
    """What several profiles that are opened at once have in common: a scope that no list shows is listed once."""

    def __init__(
        self,
        asker: Asker,
        gateways: Gateways,
        documents: DocumentLibraries,
        *,
        fleet: Fleet | None = None,
        favourites: Container[NodeKey] = frozenset(),
        saved: Mapping[str, str] = MappingProxyType({}),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        guard: Callable[[Node, Profile], str] = lambda node, profile: "",
    ) -> None:
        """``fleet`` is the list of nodes, where there is one; ``saved`` are filters by name, for ``@name``; ``guard``
        gives the reason why a node is guarded, empty where it is not."""
        self._asker = asker
        self._gateways = gateways
        self._documents = documents
        self._fleet = fleet
        self._favourites = favourites
        self._saved = saved
        self._now = now
        self._guard = guard
        self._nodes: dict[Scope, ScopeNodes] = {}
        self._aws_profiles: Sequence[AwsProfile] | None = None

    async def starts(self, profile: Profile) -> list[Start]:
        """What ``profile``, whose values are filled in, starts: one session at least.

        Raises :class:`ssmtui.errors.SsmtuiError`, why there is none, and :class:`Left`.
        """
        scope = await self._scope(profile)
        if profile.values.target:
            return [await self._of_target(profile, scope)]
        nodes = self._nodes.setdefault(scope, ScopeNodes(self._fleet, self._gateways, scope))
        found = await self._queried(profile, nodes)
        return [await self._start(profile, node, nodes.scope_of(node)) for node in found]

    async def _scope(self, profile: Profile) -> Scope:
        default = self._gateways.default
        if self._aws_profiles is None and profile.values.aws_profile not in ("", default.aws_profile):
            self._aws_profiles = await self._gateways.aws_profiles()
        return resolving.scope_of(profile, default, self._aws_profiles or ())

    # One node

    async def _of_target(self, profile: Profile, scope: Scope) -> Start:
        target, fleet = profile.values.target, self._fleet
        known = fleet.nodes_of(scope) if fleet is not None else ()
        node = next((node for node in known if node.id == target), None)
        if fleet is not None and node is not None:
            return await self._start(profile, node, fleet.scope_of(node))
        if target.startswith("ecs:"):
            # Only its task says how a container is entered.
            with self._asker.waiting("AWS to describe the task"):
                node = await self._gateways.gateway(scope).node(target)
        if node is not None:
            return await self._start(profile, node, scope)
        # The service has the last word on one that nobody has listed.
        states = fleet.states.values() if fleet is not None else ()
        identities = [state.identity for state in states if state.scope.aws_profile == scope.aws_profile]
        account = next((identity.account for identity in identities if identity is not None), "")
        node = Node(target, "", region=scope.region, aws_profile=scope.aws_profile or "", account=account)
        return await self._start(profile, node, scope, listed=False)

    # Those that a query finds

    async def _queried(self, profile: Profile, nodes: ScopeNodes) -> list[Node]:
        values = profile.values
        query = self._query(profile, nodes)
        if not nodes.is_whole:
            await self._asker.wait_for_list(profile, nodes)
        if query.asks_account:
            await nodes.learn_alias()
            query = self._query(profile, nodes)
        undecided = await in_turns(lambda some: [one for one in some if query.needs_tags(one)], nodes.without_tags())
        if undecided:
            await self._asker.wait_for_tags(profile, nodes, undecided)
            if nodes.problem is not None:
                self._asker.warn(nodes.problem)
        found = await in_turns(lambda some: matching(query, some), nodes.nodes())
        if query.problem:
            raise UsageError(query.problem, title="That filter cannot be used")
        if not found:
            raise await self._none_found(profile, nodes)
        is_by_age = values.several is Several.NEWEST
        launched = await ages.launched(self._gateways.gateway(nodes.scope), found) if is_by_age else {}
        meant = resolving.nodes_of(values.several, found, launched)
        if not meant:
            raise resolving.none_online(profile, found)
        if len(meant) > 1 and (self._asker.one_only or values.several is Several.ASK):
            return [await self._asker.choose(profile, meant)]
        return meant

    def _query(self, profile: Profile, nodes: ScopeNodes) -> Query:
        return resolving.query_of(
            profile, now=self._now(), favourites=self._favourites, saved=self._saved, aliases=nodes.aliases()
        )

    async def _none_found(self, profile: Profile, nodes: ScopeNodes) -> SsmtuiError:
        """Why there may be none: how the listing fared, and the name that is nearest to what is looked for."""
        text, known, scope = inert.line(profile.values.query, 80), nodes.nodes(), nodes.scope
        place = inert.line(f"{scope.aws_profile or 'default credentials'} {scope.region}", 60)
        told = f"{resolving.named(profile)} looks for {text} in {place}"
        if (error := nodes.state.error) is not None:
            failed = copy(error)
            failed.title, failed.detail = "No node is found", inert.line(f"{told}. {error.title}: {error.detail}", 500)
            return failed
        near = await nearest_name(profile.values.query, known)
        remedy = f"The nearest name is {inert.line(near, 60)}." if near else "`ssmtui nodes` lists all of them."
        count = "1 node" if len(known) == 1 else f"{len(known):,} nodes"
        return UsageError(f"{told}, among {count}", title="No node is found", remedy=remedy)

    # Requests

    async def _start(self, profile: Profile, node: Node, scope: Scope, *, listed: bool = True) -> Start:
        request = resolving.request_of(profile, node, scope, self._guard(node, profile))
        document = port_documents.known(request.document_name or "", await self._document(request))
        refused = checks.refusals(document, request.parameters) if document is not None else {}
        if document is None or refused:
            return Start(request, node, listed, _refusal(profile, request, refused) if refused else None)
        forward = None
        if port_documents.is_port(document):
            try:
                forward = port_documents.use_of(document, request.parameters).forward
            except DocumentError as error:
                return Start(request, node, listed, error)
        # What the document assumes by itself is not sent.
        kept = MappingProxyType(checks.to_send(document, request.parameters))
        return Start(replace(request, parameters=kept), node, listed, None, forward)

    async def _document(self, request: StartRequest) -> SessionDocument | None:
        """The document that is to run; None for the default shell, and where it cannot be read: the service then has
        the last word."""
        if request.document_name is None or request.container is not None:
            return None
        with self._asker.waiting("AWS to describe the document"):
            found = await self._documents.of(request.scope).in_passing(request.document_name)
        return None if isinstance(found, SsmtuiError) else found


def _refusal(profile: Profile, request: StartRequest, refused: Mapping[str, str]) -> DocumentError:
    told = "; ".join(f"{inert.line(name, 60)}: {inert.line(why, 200)}" for name, why in refused.items())
    return DocumentError(
        f"{resolving.named(profile)} gives {request.document_name} what it does not take: {told}",
        title="The parameters do not fit the document",
        remedy="Give others (`--parameters` on the command line), and correct the connection for the next time.",
    )
