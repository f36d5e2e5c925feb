"""What ``ssmtui connect NAME`` starts where the name is a profile's: questions, the node, and the request."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.cli import questions
from ssmtui.cli.columns import aligned
from ssmtui.cli.long_wait import LongWait
from ssmtui.cli.nodes import TAGS_WITHIN
from ssmtui.cli.say import say
from ssmtui.documents import reasons
from ssmtui.documents.reasons import NO_RULE
from ssmtui.errors import SsmtuiError, UsageError
from ssmtui.inventory.filters import Filters
from ssmtui.inventory.usage import Usage
from ssmtui.model import Node
from ssmtui.profiles import opening, resolving
from ssmtui.profiles.asking import Asking
from ssmtui.profiles.profile import Profile, Several
from ssmtui.profiles.scope_nodes import ScopeNodes
from ssmtui.sessions.documents import DocumentLibraries
from ssmtui.tasks import Tasks

if TYPE_CHECKING:
    from ssmtui.aws.gateway import Gateways
    from ssmtui.backend import Options
    from ssmtui.config.memory import Memory

LISTED = 10
"""Nodes named in an error at most."""
ONE_SESSION = "this terminal has room for one session"


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line says in the place of the profile."""

    document: str | None = None
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    reason: str | None = None
    answers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)


async def filled(profile: Profile, given: Given, options: Options) -> Profile:
    """``profile`` with what the command line says, and with everything filled in; asks on the terminal what it has to.

    Raises :class:`ssmtui.errors.ConfigurationError` where it cannot be used as it is, and
    :class:`ssmtui.errors.UsageError` where nobody is there to answer.
    """
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
    ready, refused = await opening.filled([replace(profile, values=values)], OnTerminal(given.answers))
    for _, error in refused:
        raise error
    (asked,) = ready
    values = replace(asked.values, parameters=MappingProxyType({**asked.values.parameters, **given.parameters}))
    if given.document is not None:
        values = replace(values, document=given.document)
    if given.reason is not None:
        values = replace(values, reason=given.reason)
    return replace(asked, values=values)


async def start_of(profile: Profile, gateways: Gateways, memory: Memory, *, room: str = ONE_SESSION) -> opening.Start:
    """What to start for ``profile``, whose values are filled in, and on which node. Asks which one is meant where that
    is open; ``room`` says why it cannot be all of them. Raises :class:`ssmtui.errors.SsmtuiError`."""
    usage, filters, tasks = Usage(memory), Filters(memory), Tasks("opening")
    if profile.values.query:
        await asyncio.gather(usage.load(), filters.load())
    documents = DocumentLibraries(gateways.gateway, tasks)
    opener = opening.Opener(
        OnTerminal(room=room), gateways, documents, favourites=usage.favourites, saved=filters.saved
    )
    try:
        (start,) = await opener.starts(profile)
    finally:
        await tasks.close()
    if start.refusal is not None:
        raise start.refusal
    return start


class OnTerminal:
    """The :class:`ssmtui.profiles.opening.Asker` of a terminal, with what the command line has answered before."""

    one_only = True

    def __init__(self, given: Mapping[str, str] = MappingProxyType({}), *, room: str = ONE_SESSION) -> None:
        """``given``: answers by question. ``room``: why there is none for several nodes."""
        self._given = given
        self._room = room

    async def answers(self, profiles: Sequence[Profile], asking: Asking) -> Mapping[str, str]:
        """One after the other."""
        named, known = resolving.named(profiles[0]), {asked.text for asked in asking.questions}
        if unknown := [name for name in self._given if name not in known]:
            told = f"It asks {', '.join(sorted(known))}." if known else "It asks nothing."
            raise UsageError(f"{named} does not ask {unknown[0]!r}", remedy=inert.line(told))
        answers = dict(self._given)
        for asked in asking.questions:
            if asked.text in answers:
                continue
            if not questions.can_ask():
                raise UsageError(
                    f"{named} asks: {inert.line(asked.text, 200)}",
                    title="Nobody is there to answer",
                    remedy="Start it in a terminal, or answer with --answer 'QUESTION=TEXT'.",
                )

            def problem(text: str, question: str = asked.text) -> str:
                return asking.problems({**answers, question: text}).get(question, "")

            answers[asked.text] = questions.answer(asked.text, asked.note, asked.answer, problem)
        for question, wrong in asking.problems(answers).items():
            raise UsageError(f"{inert.line(question, 200)}: {inert.line(wrong, 200)}")
        return answers

    async def wait_for_list(self, profile: Profile, nodes: ScopeNodes) -> None:
        """Says what is missing in the list."""
        scope = nodes.scope
        place = f"{scope.aws_profile or 'the account'}, {scope.region}"
        say(f"Looking for {inert.line(profile.values.query, 100)} in {place}")
        with LongWait(lambda: "the list of nodes"):
            await nodes.complete()
        for _, problem in nodes.state.problems:
            say(str(problem))
        if nodes.state.error is not None and nodes.nodes():
            say(f"Not all nodes could be listed. {nodes.state.error}")

    async def wait_for_tags(self, profile: Profile, nodes: ScopeNodes, undecided: Sequence[Node]) -> None:
        """For a minute at most."""
        with LongWait(lambda: f"the tags of {len(undecided):,} hybrid nodes, a call each"), suppress(TimeoutError):
            async with asyncio.timeout(TAGS_WITHIN):
                await nodes.read_tags(undecided)

    async def choose(self, profile: Profile, nodes: Sequence[Node]) -> Node:
        """By a number."""
        named = resolving.named(profile)
        rows = [(node.id, node.name, node.ping.value, node.ip) for node in nodes]
        lines = aligned([[inert.line(cell, 60) for cell in row] for row in rows])
        if not questions.can_ask() or len(nodes) > questions.CHOICES:
            more = [f"  and {len(nodes) - LISTED} more"] if len(nodes) > LISTED else []
            shown = "\n".join([f"  {line}" for line in lines[:LISTED]] + more)
            raise UsageError(f"{named} means {len(nodes)} nodes", remedy=f"Give one of these ids:\n{shown}")
        if profile.values.several is Several.ALL:
            say(f"{named} means {len(nodes)} nodes, and {self._room}")
        return nodes[questions.choose("Which one", lines)]

    def waiting(self, what: str) -> LongWait:
        """Says so once that takes long."""
        return LongWait(lambda: what)

    def warn(self, problem: SsmtuiError) -> None:
        """On standard error."""
        say(str(problem))
