"""One diagnosis: gathers evidence side by side, and reports each finding as soon as its evidence is there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ssmtui.aws.gateway import Gateway
from ssmtui.diagnosis import checks_agent, checks_here, checks_node, target
from ssmtui.diagnosis.evidence import (
    LIST_LIMIT,
    Elsewhere,
    ListedNodes,
    OfHere,
    OfTarget,
    ProbeTo,
    answer,
    document,
    is_interface_endpoint,
    listing,
)
from ssmtui.diagnosis.findings import HERE, Check, Finding, TargetKind, Verdict, checks_for
from ssmtui.diagnosis.probe import Probe, Prober
from ssmtui.diagnosis.sentences import unknown
from ssmtui.diagnosis.surroundings import NodeContext, Sighting
from ssmtui.errors import ServiceError, SsmtuiError
from ssmtui.model import Network, Node, SessionDocument
from ssmtui.tasks import Tasks

log = logging.getLogger(__name__)


class DiagnosisRequest(NamedTuple):
    """What to find out."""

    target: str = ""
    """An id, a name, an ``ecs:`` target; empty: only this side."""
    listed: Node | None = None
    """The node as a listing has it, where it comes from one."""
    document_name: str | None = None
    refusal: SsmtuiError | None = None
    """The error of a session that failed to start."""
    message_endpoints: Sequence[str] = ()
    """What the settings put in the place of AWS's address of data channels."""


async def probe(address: str, ca_bundle: str | None) -> Probe:
    """The real way to an endpoint."""
    return await Prober(ca_bundle)(address)


async def nowhere(node_id: str) -> Sequence[Sighting]:
    """For callers without other scopes."""
    return ()


class Diagnosis:
    """Answers one question, once. Changes nothing at AWS."""

    def __init__(
        self,
        question: DiagnosisRequest,
        gateway: Gateway,
        *,
        probe: ProbeTo = probe,
        elsewhere: Elsewhere = nowhere,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.question = question
        self._gateway = gateway
        self._probe = probe
        self._elsewhere = elsewhere
        self._now = now
        self._tasks = Tasks("diagnosis")
        self._findings: asyncio.Queue[Finding] = asyncio.Queue()
        kind = target.kind_of(question.target) if question.target else None
        self.expected: Sequence[Check] = self._checks(kind)
        """The checks that there will be findings of, in causal order. A name's are more once it is known what it is."""

    async def findings(self) -> AsyncGenerator[Finding, None]:
        """One finding of each check, in the order in which they come."""
        told = 0
        try:
            self._start()
            while told < len(self.expected):
                finding = await self._findings.get()
                told += 1
                yield finding
        finally:
            await self._tasks.close()

    def _checks(self, kind: TargetKind | None) -> Sequence[Check]:
        if kind is TargetKind.NAME:
            return (*HERE, Check.TARGET)
        return checks_for(kind, refused=self.question.refusal is not None)

    def _start(self) -> None:
        question, tasks = self.question, self._tasks
        here = OfHere(self._gateway, self._probe, tasks, question.message_endpoints)
        kind = target.kind_of(question.target) if question.target else None
        if kind is None:
            told = tasks.start("document", document(self._gateway, question.document_name))
            self._check_here(here, told)
            self._tell(Check.DOCUMENT, self._document(told, None))
        elif kind is TargetKind.NAME:
            nodes: asyncio.Task[ListedNodes | SsmtuiError] = tasks.start(
                "listing", answer(listing(self._gateway), LIST_LIMIT)
            )
            self._check_here(here, nodes)
            tasks.start("name", self._resolve(here, nodes))
        else:
            self._tell(Check.TARGET, _given(target.formed(question.target, kind, question.listed)))
            evidence = self._of_target(here, kind, question.target, question.listed)
            self._check_here(here, evidence.connected)

    async def _resolve(self, here: OfHere, nodes: asyncio.Task[ListedNodes | SsmtuiError]) -> None:
        told = await nodes
        listed, problems = (told, ()) if isinstance(told, SsmtuiError) else (told.nodes, tuple(told.problems))
        finding, node = target.resolved(self.question.target, listed, problems)
        if node is not None:
            kind = target.kind_of(node.id)
            self.expected = self._checks(kind)
            self._of_target(here, kind, node.id, node)
        self._findings.put_nowait(finding)

    def _check_here(self, here: OfHere, called: asyncio.Task[Any]) -> None:
        """``called`` is a call to Systems Manager."""
        scope = self._gateway.scope

        async def endpoint() -> Finding:
            probed = await here.endpoint
            if isinstance(probed, SsmtuiError):
                return unknown(Check.ENDPOINT, probed, "Its address could not be found")
            return checks_here.endpoint(probed, await called)

        async def channel() -> Finding:
            probed = await here.channel
            if isinstance(probed, SsmtuiError):
                return unknown(Check.CHANNEL, probed, "Its address could not be found")
            network = await here.network
            is_private = isinstance(network, Network) and is_interface_endpoint(network.endpoint)
            return checks_here.channel(probed, stand_in=not is_private)

        async def clock() -> Finding:
            probed = [one for one in (await here.endpoint, await here.channel) if isinstance(one, Probe)]
            return checks_here.clock(probed, await here.identity)

        async def credentials() -> Finding:
            identity = await here.identity
            told = await called
            # A caller who is denied something has been recognized.
            answered = not isinstance(told, SsmtuiError) or isinstance(told, ServiceError)
            return checks_here.credentials(identity, scope, answered=answered)

        self._tell(Check.ENDPOINT, endpoint())
        self._tell(Check.CHANNEL, channel())
        self._tell(Check.CLOCK, clock())
        self._tell(Check.CREDENTIALS, credentials())

    def _of_target(self, here: OfHere, kind: TargetKind, node_id: str, listed: Node | None) -> OfTarget:
        evidence = OfTarget(self._gateway, kind, node_id, listed, self._elsewhere, self._tasks)
        if kind is TargetKind.CONTAINER:
            self._check_container(evidence)
        else:
            self._check_node(here, evidence)
        self._tell(Check.CONNECTION, _connection(evidence))
        refusal = self.question.refusal
        if refusal is not None:
            self._tell(Check.REFUSAL, _given(checks_node.refusal(refusal, kind)))
        return evidence

    def _check_container(self, evidence: OfTarget) -> None:
        async def task() -> Finding:
            return checks_node.task(await evidence.container)

        async def agent() -> Finding:
            return checks_agent.exec_agent(await evidence.container)

        self._tell(Check.INSTANCE, task())
        self._tell(Check.AGENT, agent())

    def _check_node(self, here: OfHere, evidence: OfTarget) -> None:
        kind, scope = evidence.kind, self._gateway.scope
        told = self._tasks.start("document", document(self._gateway, self.question.document_name))

        async def place() -> Finding:
            identity = await here.identity
            account = f"account {identity.account}, " if not isinstance(identity, SsmtuiError) else ""
            where = f"Here is {account}region {scope.region}."
            node = await evidence.node
            if isinstance(node, Node):
                return checks_node.place(kind, NodeContext(node, None, True), identity, evidence.listed, (), where)
            around, seen = await evidence.surroundings(), await evidence.sightings
            return checks_node.place(kind, around, identity, evidence.listed, seen, where)

        async def instance() -> Finding:
            return checks_node.instance(await evidence.surroundings(), scope)

        async def agent() -> Finding:
            wanted = await told if self.question.document_name else None
            return checks_agent.agent(NodeContext(await evidence.node, None, True), wanted)

        now = self._now
        self._tell(Check.PLACE, place())
        if kind is TargetKind.INSTANCE:
            self._tell(Check.INSTANCE, instance())
        self._tell(Check.PERMISSIONS, _after(evidence, lambda around: checks_node.permissions(kind, around)))
        self._tell(Check.REGISTRATION, _after(evidence, lambda around: checks_node.registration(kind, around, now())))
        self._tell(Check.AGENT, agent())
        self._tell(Check.PING, _after(evidence, lambda around: checks_agent.ping(around, now())))
        self._tell(Check.DOCUMENT, self._document(told, evidence.node))
        if kind is TargetKind.MANAGED:
            self._tell(Check.TAGS, self._tags(evidence))

    async def _tags(self, evidence: OfTarget) -> Finding:
        """They come with the node; why they did not, only their own call says."""
        node = await evidence.node
        if not isinstance(node, Node):
            return checks_node.tags(None)
        return checks_node.tags(
            node.tags if node.tags_known else await answer(self._gateway.hybrid_tags(evidence.node_id))
        )

    async def _document(
        self, told: Awaitable[SessionDocument | SsmtuiError], node: Awaitable[Node | SsmtuiError | None] | None
    ) -> Finding:
        known = await node if node is not None else None
        return checks_agent.document(
            self.question.document_name, await told, known if isinstance(known, Node) else None
        )

    def _tell(self, check: Check, finding: Awaitable[Finding]) -> None:
        self._tasks.start(check.value, self._put(check, finding))

    async def _put(self, check: Check, finding: Awaitable[Finding]) -> None:
        try:
            self._findings.put_nowait(await finding)
        except Exception as error:
            # A check with a defect counts as one that could not be made: the others still help.
            log.exception("the check %s broke", check.value)
            what = f"The check itself broke ({type(error).__name__}); the log has the details"
            self._findings.put_nowait(Finding(check, Verdict.UNKNOWN, what))


async def _given(finding: Finding) -> Finding:
    return finding


async def _after(evidence: OfTarget, judge: Callable[[NodeContext], Finding]) -> Finding:
    """What is well by the node alone does not wait for what the others say."""
    node = await evidence.node
    if isinstance(node, Node):
        found = judge(NodeContext(node, None, True))
        if found.verdict is Verdict.OK:
            return found
    return judge(await evidence.surroundings())


async def _connection(evidence: OfTarget) -> Finding:
    connected = await evidence.connected
    around = NodeContext(None, None, True) if connected is True else await evidence.surroundings()
    container = await evidence.container if evidence.kind is TargetKind.CONTAINER else None
    return checks_node.connection(evidence.kind, around, container)
