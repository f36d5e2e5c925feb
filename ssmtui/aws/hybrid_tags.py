"""Tags of hybrid nodes. EC2 does not have them, and Systems Manager lists those of one node with each call: they are
read outside a listing, which does not wait for them, and only for the nodes whose tags are asked for."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from ssmtui.aws import listing
from ssmtui.aws.gateway import HYBRID_TAGS, NodePage, unread_tags
from ssmtui.aws.node_rows import NodeRows, tagged
from ssmtui.aws.pages import BRISK, Pager
from ssmtui.errors import AccessDenied, ServiceError, SsmtuiError
from ssmtui.model import Node

log = logging.getLogger(__name__)

READ_AGAIN_AFTER = 3600.0
"""Seconds for which a node's tags are not read again."""
AT_ONCE = 4
"""Nodes whose tags are read at once."""
DENIED_FOR = 600.0
"""Seconds for which ListTagsForResource is not called again after it was denied."""


@dataclass(slots=True)
class RememberedTags:
    """What is known of the tags of one scope's hybrid nodes."""

    by_node: dict[str, tuple[Mapping[str, str], float]] = field(default_factory=dict)
    """By node id: the tags, and when they are read again."""
    denied: tuple[AccessDenied, float] | None = None
    """What ListTagsForResource was denied with, and until when that is believed."""

    def keep_only(self, ids: Iterable[str]) -> None:
        """Forget all nodes but these."""
        for gone in self.by_node.keys() - ids:
            del self.by_node[gone]


class HybridTags:
    """Reads the tags of some nodes. Runs once."""

    def __init__(
        self,
        pager: Pager,
        rows: NodeRows,
        remembered: RememberedTags,
        nodes: Iterable[Node],
        most: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``most``: nodes whose tags are read at most; None: all of them."""
        self._pager = pager
        self._rows = rows
        self._remembered = remembered
        self._nodes = {node.id: node for node in nodes if node.is_hybrid}
        self._unread = {id for id, node in self._nodes.items() if not node.tags_known}
        self._most = most
        self._clock = clock

    async def pages(self) -> AsyncGenerator[NodePage, None]:
        """The nodes with their tags, as these come. The problem of each page says how many nodes still lack theirs;
        that of the last page holds."""
        if not self._nodes:
            return
        yield self._page(self._remembered_ones())
        denied = self._remembered.denied
        if denied is not None and self._clock() < denied[1]:
            yield NodePage((), HYBRID_TAGS, denied[0])
            return
        self._remembered.denied = None
        try:
            for ids in _chunks(self._due()[: self._most], AT_ONCE):
                await self._read(ids)
                yield self._page(self._remembered_ones(ids))
        except AccessDenied as error:
            self._remembered.denied = error, self._clock() + DENIED_FOR
            yield self._failed(error)
        except SsmtuiError as error:
            yield self._failed(error)

    def _due(self) -> list[str]:
        """What to read: nodes whose tags nobody knows first, then those that were read longest ago."""
        known, now = self._remembered.by_node, self._clock()
        due = [id for id in self._nodes if id not in known or known[id][1] <= now]
        due.sort(key=lambda id: (id not in self._unread, known[id][1] if id in known else 0.0))
        return due

    async def _read(self, ids: Sequence[str]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for id in ids:
                    group.create_task(self._tags_of(id))
        except BaseExceptionGroup as errors:
            # A defect of ours is raised before what AWS refused.
            raise min(errors.exceptions, key=lambda error: isinstance(error, SsmtuiError)) from None

    async def _tags_of(self, node_id: str) -> None:
        try:
            async with aclosing(self._pager.pages(listing.hybrid_tags(node_id), self._rows.tags, BRISK)) as pages:
                async for tags in pages:
                    self._remembered.by_node[node_id] = tags, self._clock() + READ_AGAIN_AFTER
        except ServiceError as error:
            if error.code != "InvalidResourceId":
                raise
            log.info("%s was deregistered in the meantime", node_id)
            self._unread.discard(node_id)

    def _remembered_ones(self, ids: Iterable[str] | None = None) -> list[Node]:
        """Those of ``ids``, by default of all nodes, that have other tags than they had."""
        found = []
        for id in self._nodes if ids is None else ids:
            known, node = self._remembered.by_node.get(id), self._nodes[id]
            if known is None:
                continue
            self._unread.discard(id)
            if (with_tags := tagged(node, known[0])) != node:
                self._nodes[id] = with_tags
                found.append(with_tags)
        return found

    def _page(self, nodes: Sequence[Node]) -> NodePage:
        return NodePage(nodes, HYBRID_TAGS, unread_tags(len(self._unread)))

    def _failed(self, error: SsmtuiError) -> NodePage:
        log.info("tags of %d hybrid nodes cannot be read: %s", len(self._unread), error)
        return NodePage((), HYBRID_TAGS, error)


def _chunks(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
