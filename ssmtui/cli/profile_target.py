"""What ``ssmtui connect NAME`` starts where the name is a profile's: questions, the node, and the request."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.cli import questions
from ssmtui.cli.long_wait import LongWait
from ssmtui.cli.nodes import list_nodes, with_tags
from ssmtui.cli.say import say
from ssmtui.documents import checks, reasons
from ssmtui.documents.reasons import NO_RULE
from ssmtui.errors import ConfigurationError, DocumentError, SsmtuiError, UsageError
from ssmtui.inventory.filters import Filters
from ssmtui.inventory.query.query import Query
from ssmtui.inventory.usage import Usage
from ssmtui.model import Node, Scope, StartRequest
from ssmtui.profiles import ages, resolving
from ssmtui.profiles.asking import Asking
from ssmtui.profiles.profile import Profile, Several

if TYPE_CHECKING:
    from ssmtui.aws.gateway import Gateway
    from ssmtui.backend import Backend, Options
    from ssmtui.config.memory import Memory

LISTED = 10
"""Nodes named in an error at most."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line says in the place of the profile."""

    document: str | None = None
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    reason: str | None = None
    answers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)


def filled(profile: Profile, given: Given, options: Options) -> Profile:
    """``profile`` with what the command line says, and with everything filled in; asks on the terminal what it has to.

    Raises :class:`ssmtui.errors.ConfigurationError` where it cannot be used as it is, and
    :class:`ssmtui.errors.UsageError` where nobody is there to answer.
    """
    if profile.problem:
        told = f"{profile.place}: {resolving.named(profile)}: {inert.line(profile.problem, 300)}"
        raise ConfigurationError(told, remedy="`ssmtui profiles edit` opens the file.")
    values = profile.values
    if given.document is not None and given.document != values.document:
        values = replace(values, document="", parameters=MappingProxyType({}))
    if given.reason is not None:
        if wrong := reasons.problem(values.reason_rule, given.reason):
            raise UsageError(f"{resolving.named(profile)} does not accept this reason: {inert.line(wrong, 200)}")
        values = replace(values, reason="", reason_rule=NO_RULE)
    kept = {name: texts for name, texts in values.parameters.items() if name not in given.parameters}
    values = replace(
        values,
        parameters=MappingProxyType(kept),
        aws_profile="" if options.aws_profile else values.aws_profile,
        region="" if options.region else values.region,
    )
    asked = _asked(replace(profile, values=values), given.answers)
    values = replace(asked.values, parameters=MappingProxyType({**asked.values.parameters, **given.parameters}))
    if given.document is not None:
        values = replace(values, document=given.document)
    if given.reason is not None:
        values = replace(values, reason=given.reason)
    return replace(asked, values=values)


def _asked(profile: Profile, given: Mapping[str, str]) -> Profile:
    asking = Asking([profile], os.environ)
    known = {asked.text for asked in asking.questions}
    if unknown := [name for name in given if name not in known]:
        told = f"It asks {', '.join(sorted(known))}." if known else "It asks nothing."
        raise UsageError(f"{resolving.named(profile)} does not ask {unknown[0]!r}", remedy=inert.line(told))
    answers = dict(given)
    for asked in asking.questions:
        if asked.text in answers:
            continue
        if not questions.can_ask():
            raise UsageError(
                f"{resolving.named(profile)} asks: {inert.line(asked.text, 200)}",
                title="Nobody is there to answer",
                remedy="Start it in a terminal, or answer with --answer 'QUESTION=TEXT'.",
            )

        def problem(text: str, question: str = asked.text) -> str:
            return asking.problems({**answers, question: text}).get(question, "")

        answers[asked.text] = questions.answer(asked.text, asked.note, asked.answer, problem)
    for question, wrong in asking.problems(answers).items():
        raise UsageError(f"{inert.line(question, 200)}: {inert.line(wrong, 200)}")
    return asking.answered(profile, answers)


class ProfileTarget:
    """Finds the node of a profile, whose values are filled in, and makes the request for it."""

    def __init__(self, profile: Profile, backend: Backend, memory: Memory) -> None:
        self._profile = profile
        self._backend = backend
        self._usage = Usage(memory)
        self._filters = Filters(memory)

    async def request(self) -> tuple[StartRequest, Node]:
        """What to start, and on which node. Asks which one is meant where that is open."""
        gateways, values = self._backend.gateways, self._profile.values
        is_elsewhere = values.aws_profile not in ("", gateways.default.aws_profile)
        known = await gateways.aws_profiles() if is_elsewhere else ()
        scope = resolving.scope_of(self._profile, gateways.default, known)
        node = await self._node(scope)
        request = resolving.request_of(self._profile, node, scope)
        return await checked(request, gateways.gateway(scope)), node

    async def _node(self, scope: Scope) -> Node:
        values = self._profile.values
        gateway = self._backend.gateways.gateway(scope)
        if values.target:
            node = None
            if values.target.startswith("ecs:"):
                with LongWait(lambda: "AWS to describe the task"):
                    node = await gateway.node(values.target)
            return node or Node(values.target, "", region=scope.region, aws_profile=scope.aws_profile or "")
        query = await self._query()
        say(f"Looking for {inert.line(values.query, 100)} in {scope.aws_profile or 'the account'}, {scope.region}")
        nodes = await list_nodes(gateway, lambda error: say(str(error)))
        nodes = await with_tags(gateway, nodes, query.needs_tags)
        found = resolving.matches(query, nodes)
        if query.problem:
            raise UsageError(query.problem, title="That filter cannot be used")
        launched = await ages.launched(gateway, found) if values.several is Several.NEWEST else {}
        return self._one_of(found, resolving.nodes_of(values.several, found, launched))

    def _one_of(self, found: Sequence[Node], meant: Sequence[Node]) -> Node:
        named, query = resolving.named(self._profile), inert.line(self._profile.values.query, 100)
        if not found:
            raise UsageError(
                f"{named} looks for {query}", title="No node is found", remedy="`ssmtui nodes` lists them."
            )
        if not meant:
            raise resolving.none_online(self._profile, found)
        if len(meant) == 1:
            return meant[0]
        lines = _lines(meant)
        if not questions.can_ask() or len(meant) > questions.CHOICES:
            more = [f"  and {len(meant) - LISTED} more"] if len(meant) > LISTED else []
            shown = "\n".join([f"  {line}" for line in lines[:LISTED]] + more)
            raise UsageError(f"{named} means {len(meant)} nodes", remedy=f"Give one of these ids:\n{shown}")
        if self._profile.values.several is Several.ALL:
            say(f"{named} means {len(meant)} nodes, and this terminal has room for one session")
        return meant[questions.choose("Which one", lines)]

    async def _query(self) -> Query:
        await asyncio.gather(self._usage.load(), self._filters.load())
        favourites, saved = self._usage.favourites, self._filters.saved
        return resolving.query_of(self._profile, now=datetime.now(UTC), favourites=favourites, saved=saved)


async def checked(request: StartRequest, gateway: Gateway) -> StartRequest:
    """``request`` without parameters that its document assumes by itself.

    Raises :class:`ssmtui.errors.DocumentError` for those that the document does not take. One that may not be read is
    left to AWS.
    """
    if request.document_name is None or request.container is not None:
        return request
    try:
        with LongWait(lambda: "AWS to describe the document"):
            document = await gateway.document(request.document_name)
    except SsmtuiError:
        return request
    if wrong := checks.refusals(document, request.parameters):
        told = "; ".join(f"{inert.line(name, 60)}: {inert.line(why, 200)}" for name, why in wrong.items())
        raise DocumentError(
            f"{document.name}: {told}",
            title="The parameters do not fit the document",
            remedy="Give others with --parameters, or correct the profile.",
        )
    return replace(request, parameters=MappingProxyType(checks.to_send(document, request.parameters)))


def _lines(nodes: Sequence[Node]) -> list[str]:
    from ssmtui.cli.columns import aligned

    rows = [(node.id, node.name, node.ping.value, node.ip) for node in nodes]
    return aligned([[inert.line(cell, 60) for cell in row] for row in rows])
