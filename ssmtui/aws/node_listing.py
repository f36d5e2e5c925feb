"""One listing of a scope's nodes: Systems Manager's, and beside it what EC2, ECS and the history of sessions add.

The sources are read side by side and shown as they come. Only Systems Manager's own failure is an error; the failure of
another source is a problem of the listing, and what that source said the last time still counts.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any

from ssmtui.aws import listing
from ssmtui.aws.convert import mapping, text
from ssmtui.aws.gateway import Known, NodePage, unknown
from ssmtui.aws.hybrid_tags import RememberedTags
from ssmtui.aws.listing import Page
from ssmtui.aws.node_rows import InstanceFacts, NodeRows, as_known, facts_as_known, join, tagged
from ssmtui.aws.pages import BRISK, Pager
from ssmtui.errors import AccessDenied, ConfigurationError, ServiceError, SsmtuiError, Throttled, defect
from ssmtui.model import Node
from ssmtui.tasks import Tasks

log = logging.getLogger(__name__)

SYSTEMS_MANAGER, EC2, ECS, HISTORY = "Systems Manager", "EC2", "ECS", "session history"
"""The sources, as they are shown."""

INSTANCE = "i-"
"""What the ids of EC2's instances begin with."""

STEP = 200
"""Nodes handed out, and joined, at once: about a millisecond of the loop."""
HEAD_START = 2.0
"""Seconds for which instances wait for what EC2 says of them, their names for one, before they are shown without."""
AT_ONCE = 4
"""Clusters that are listed at once."""
HISTORY_PAGES = 25
"""Pages of past sessions that are read, of 200 each; the rest are older."""
DENIED_FOR = 600.0
"""Seconds for which a source that was denied is not asked again."""

QUICK_SETUP = "AWS-QuickSetup-ManagedNode"
"""The resource data sync that Systems Manager's own console sets up."""
NO_SYNC = frozenset({"ResourceDataSyncNotFoundException", "UnsupportedOperationException"})


@dataclass(slots=True)
class ListingMemory:
    """What one listing of a scope leaves for the next."""

    facts: dict[str, InstanceFacts] = field(default_factory=dict)
    """By instance id, as EC2 described them last; those that it no longer lists go once a listing of EC2 is
    complete."""
    hybrid_tags: RememberedTags = field(default_factory=RememberedTags)
    containers: Sequence[Node] = ()
    """Of the last complete listing of ECS."""
    managed: set[str] = field(default_factory=set)
    """Ids of instances that Systems Manager has listed, or that sessions were started on."""
    history_is_read: bool = False
    properties_again_at: float | None = None
    """When DescribeInstanceProperties, which is denied, is tried again; None where it is not denied."""
    denied: dict[str, tuple[AccessDenied, float]] = field(default_factory=dict)
    """By source: what it was denied with, and until when that is believed."""


class NodeListing:
    """Runs once. ``account`` is asked for with every page, for it may become known on the way.

    A node that is ``known`` already comes with the same texts and tags as far as they are equal, and nothing of a page
    outlives it: a hundred thousand nodes that are listed again need next to no memory beside those that are there.
    """

    def __init__(
        self,
        pager: Pager,
        rows: NodeRows,
        account: Callable[[], str],
        remembered: ListingMemory,
        known: Known = unknown,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pager = pager
        self._rows = rows
        self._account = account
        self._remembered = remembered
        self._known = known
        self._clock = clock
        self._steps: asyncio.Queue[NodePage | None] = asyncio.Queue(maxsize=8)
        self._listed: set[str] = set()
        """Ids that Systems Manager has listed."""
        self._told: set[str] = set()
        """Ids of the instances that EC2 has listed."""
        self._awaits = True
        """Whether EC2's list goes on."""
        self._open: dict[str, Node] = {}
        """Instances from Systems Manager that EC2 has not listed yet."""
        self._held: set[str] = set()
        """Those of them that wait for EC2 before they are shown."""
        self._holds = True

    async def steps(self) -> AsyncGenerator[NodePage, None]:
        """All sources' nodes and problems as they come; raises what Systems Manager's list ended with."""
        tasks = Tasks("nodes")
        reading = tasks.start("sources", self._read(tasks), awaited=True)
        try:
            while (step := await self._steps.get()) is not None:
                yield step
            await reading
        finally:
            await tasks.close()

    async def organization(self) -> AsyncGenerator[NodePage, None]:
        """The nodes of the whole organization."""
        try:
            nodes_of_all = listing.organization(await self._sync())
            async with aclosing(self._pager.pages(nodes_of_all, self._organization_nodes)) as pages:
                async for nodes in pages:
                    yield NodePage(nodes, SYSTEMS_MANAGER)
        except ServiceError as error:
            if error.code not in NO_SYNC:
                raise
            raise ConfigurationError(
                error.detail,
                title="There is no list of the organization's nodes here",
                remedy="It exists in the region that Systems Manager's integrated console is set up in, for the "
                "organization's delegated administrator. Choose that account and region, or each account by itself.",
            ) from error

    async def _sync(self) -> str:
        """Name of the resource data sync that has the organization's nodes."""
        try:
            syncs = await self._pager.all(listing.DATA_SYNCS)
        except AccessDenied as error:
            log.info("%s", error)
            return QUICK_SETUP
        names = [text(sync.get("SyncName")) for sync in syncs if _is_of_organization(sync)]
        return QUICK_SETUP if QUICK_SETUP in names or not names else names[0]

    async def _read(self, tasks: Tasks) -> None:
        adding = [
            tasks.start("ec2", self._adding(EC2, self._ec2), awaited=True),
            tasks.start("ecs", self._adding(ECS, self._ecs), awaited=True),
        ]
        head_start = tasks.start("head start", self._release_after(HEAD_START), awaited=True)
        failure: Exception | None = None
        try:
            await self._systems_manager()
            await asyncio.wait(adding)
            # Nobody else looks at their results: a defect must not pass for a complete listing.
            for task in (*adding, head_start):
                if task.done():
                    task.result()
            await self._adding(HISTORY, self._stopped)
            self._remembered.hybrid_tags.keep_only(self._listed)
        except Exception as error:  # raised to the reader of the steps
            failure = error
            with suppress(Exception):  # the first failure is the one that counts
                await self._release()  # what was read of the list is worth showing without its names
        await self._steps.put(None)
        if failure is not None:
            raise failure

    async def _systems_manager(self) -> None:
        until = self._remembered.properties_again_at
        properties: ServiceError | None = None
        if until is None or self._clock() >= until:
            self._remembered.properties_again_at = None
            try:
                await self._show(listing.PROPERTIES)
            except ServiceError as error:
                # Denied, or unknown to a stand-in for AWS: the older list has nearly the same.
                if self._listed or isinstance(error, Throttled):
                    raise
                log.info("%s", error)
                self._remembered.properties_again_at = self._clock() + DENIED_FOR
                properties = error
        if self._remembered.properties_again_at is not None:
            try:
                await self._show(listing.INFORMATION)
            except AccessDenied as error:
                # Of two that are denied, people should ask for the one that the README names.
                self._remembered.properties_again_at = None
                raise (properties if isinstance(properties, AccessDenied) else error) from error
        self._remembered.managed.update(self._listed)

    async def _show(self, choice: listing.ListCall) -> None:
        async with aclosing(self._pager.pages(choice, self._nodes)) as pages:
            async for nodes in pages:
                for some in _chunks(nodes):
                    await self._put([self._joined(node) for node in some if self._is_ready(node)], SYSTEMS_MANAGER)

    async def _adding(self, source: str, read: Callable[[], Coroutine[Any, Any, SsmtuiError | None]]) -> None:
        """Read a source that only adds: its failure is reported, no more. After a denial it is not asked again for a
        while; every listing reports the denial all the same. ``read`` returns what it had to leave out."""
        denied, until = self._remembered.denied.get(source, (None, 0.0))
        problem: SsmtuiError | None = denied
        if denied is None or self._clock() >= until:
            self._remembered.denied.pop(source, None)
            problem = None
            try:
                problem = await read()
            except AccessDenied as error:
                self._remembered.denied[source] = error, self._clock() + DENIED_FOR
                problem = error
            except SsmtuiError as error:
                problem = error
            except Exception as error:
                # A defect in what only adds: the nodes are useful without it, and the problem says what is missing.
                log.exception("reading %s failed", source)
                problem = defect(error, f"Reading {source} failed because of a defect in ssmtui")
        if source == EC2:
            self._awaits = False
            await self._release()
            self._open.clear()
        if problem is not None:
            log.info("%s adds no more to the nodes: %s", source, problem)
            await self._steps.put(NodePage((), source, problem))

    async def _ec2(self) -> SsmtuiError | None:
        async with aclosing(self._pager.pages(listing.INSTANCES, self._instances, BRISK)) as pages:
            async for facts in pages:
                for some in _chunks(facts):
                    await self._put(list(self._take(some)), EC2)
        known = self._remembered.facts
        gone = [id for id in known if id not in self._told]
        for id in gone:
            del known[id]
        # Shown from memory, but the instance is gone.
        for some in _chunks([self._open[id] for id in gone if id in self._open]):
            await self._put(some, EC2)
        return None

    def _take(self, told: Iterable[InstanceFacts]) -> Iterator[Node]:
        """Remember what EC2 says; returns the nodes that must be shown, or shown again."""
        for facts in told:
            if facts.id in self._told:
                continue  # from a list that was begun once more: what is new comes again the next time
            before = self._remembered.facts.get(facts.id)
            self._told.add(facts.id)
            self._remembered.facts[facts.id] = facts
            node = self._open.pop(facts.id, None)
            if node is not None and (facts.id in self._held or facts != before):
                self._held.discard(facts.id)
                yield join(node, facts)

    def _is_ready(self, node: Node) -> bool:
        """Take note of a node; whether it can be shown now. A node should not change its name, and so its place, a
        moment later."""
        self._listed.add(node.id)
        if not self._awaits or node.id in self._told or not node.id.startswith(INSTANCE):
            return True
        self._open[node.id] = node
        if not self._holds or node.id in self._remembered.facts:
            return True
        self._held.add(node.id)
        return False

    async def _release_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._release()

    async def _release(self) -> None:
        """Show what is held, and hold nothing more."""
        self._holds = False
        held, self._held = [node for id, node in self._open.items() if id in self._held], set()
        for some in _chunks(held):
            await self._put(some, SYSTEMS_MANAGER)

    async def _ecs(self) -> SsmtuiError | None:
        found: list[Node] = []
        denials: list[AccessDenied] = []
        clusters_asked = 0
        try:
            async with aclosing(self._pager.pages(listing.CLUSTERS, list, BRISK)) as pages:
                async for page in pages:
                    clusters_asked += len(page)
                    for clusters in _chunks([text(cluster) for cluster in page], AT_ONCE):
                        await self._side_by_side([self._cluster(cluster, found, denials) for cluster in clusters])
        except SsmtuiError as error:
            if not isinstance(error, AccessDenied):
                shown = {node.id for node in found}
                for some in _chunks([node for node in self._remembered.containers if node.id not in shown]):
                    await self._put(some, ECS)
            raise
        self._remembered.containers = found
        if denials and len(denials) == clusters_asked:
            raise denials[0]
        return denials[0] if denials else None

    async def _cluster(self, cluster: str, found: list[Node], denials: list[AccessDenied]) -> None:
        """Add the containers of one cluster. A policy may allow a few clusters only: those are listed all the same."""
        try:
            async with aclosing(self._pager.pages(listing.tasks_of(cluster), list, BRISK)) as pages:
                async for tasks in pages:
                    if not tasks:
                        continue
                    described = listing.described(cluster, [text(task) for task in tasks])
                    async with aclosing(self._pager.pages(described, self._containers, BRISK)) as answers:
                        async for nodes in answers:
                            found += nodes
                            for some in _chunks(nodes):
                                await self._put(some, ECS)
        except AccessDenied as error:
            denials.append(error)
        except ServiceError as error:
            if error.code != "ClusterNotFoundException":
                raise
            log.info("%s was deleted meanwhile", cluster)

    async def _side_by_side(self, works: Sequence[Coroutine[Any, Any, None]]) -> None:
        """Run all ``works`` until one fails; a defect is raised before what AWS refused."""
        tasks = Tasks("clusters")
        running = [tasks.start("cluster", work, awaited=True) for work in works]
        try:
            if running:
                await asyncio.wait(running, return_when=asyncio.FIRST_EXCEPTION)
            failures = [error for task in running if task.done() and (error := task.exception()) is not None]
        finally:
            await tasks.close()
        failures.sort(key=lambda error: isinstance(error, SsmtuiError))
        for error in failures:
            raise error

    async def _stopped(self) -> SsmtuiError | None:
        """Stopped instances that Systems Manager has forgotten. The sessions of the last 30 days show that they were
        managed once."""
        told = (one for one in self._remembered.facts.values() if one.id in self._told)
        stopped = [one for one in told if one.is_stopped and one.id not in self._listed]
        managed = self._remembered.managed
        problem: SsmtuiError | None = None
        if not self._remembered.history_is_read and any(one.id not in managed for one in stopped):
            try:
                await self._read_history()
            except SsmtuiError as error:
                problem = error
        for some in _chunks([one for one in stopped if one.id in managed]):
            await self._put([self._rows.absent(one, self._account()) for one in some], HISTORY)
        if problem is not None:
            raise problem
        return None

    async def _read_history(self) -> None:
        left = HISTORY_PAGES
        async with aclosing(self._pager.pages(listing.described_sessions(active=False), _targets, BRISK)) as pages:
            async for targets in pages:
                self._remembered.managed |= targets
                left -= 1
                if not left:
                    break
        self._remembered.history_is_read = True

    def _with_tags(self, node: Node) -> Node:
        """A hybrid node with the tags that are known of it, from this run or from the disk."""
        remembered = self._remembered.hybrid_tags.by_node.get(node.id)
        if remembered is not None:
            return tagged(node, remembered[0])
        if (shown := self._known(node.key)) is not None and shown.tags_known:
            return as_known(tagged(node, shown.tags), shown)
        return node

    def _joined(self, node: Node) -> Node:
        if node.is_hybrid:
            return self._with_tags(node)
        facts = self._remembered.facts.get(node.id)
        return node if facts is None else join(node, facts)

    async def _put(self, nodes: Sequence[Node], source: str) -> None:
        if not nodes:
            return
        await self._steps.put(NodePage(nodes, source))
        # The screen draws meanwhile.
        await asyncio.sleep(0)

    # In the threads that read the pages

    def _nodes(self, page: Page) -> list[Node]:
        return self._as_known(self._rows.nodes(page, self._account()))

    def _organization_nodes(self, page: Page) -> list[Node]:
        return self._as_known(map(self._rows.organization_node, page))

    def _as_known(self, nodes: Iterable[Node]) -> list[Node]:
        """Those that have an id; AWS sends no others."""
        return [as_known(node, self._known(node.key)) for node in nodes if node.id]

    def _instances(self, page: Page) -> list[InstanceFacts]:
        before, key = self._remembered.facts, self._rows.key
        told = [one for one in map(self._rows.facts, page) if one.id]
        return [facts_as_known(one, before.get(one.id), self._known(key(one.id))) for one in told]

    def _containers(self, page: Page) -> list[Node]:
        account = self._account()
        return self._as_known(node for task in page for node in self._rows.containers(task, account))


def _is_of_organization(sync: Mapping[str, Any]) -> bool:
    return mapping(sync.get("SyncSource")).get("SourceType") == "AwsOrganizations"


def _targets(page: Page) -> set[str]:
    return {text(session.get("Target")) for session in page}


def _chunks(items: Sequence[Any], size: int = STEP) -> Iterator[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
