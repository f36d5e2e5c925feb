"""The nodes that are known, by id: pages go in, deltas come out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ssmtui.model import Node


@dataclass(frozen=True, slots=True)
class Delta:
    """What one step changed, by node id."""

    added: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


NOTHING = Delta()


class NodeStore:
    """A listing is a generation: begun, filled page by page, then completed, which drops what it did not show.

    A generation that fails drops nothing. Only the newest one counts; pages of older ones are ignored.
    """

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}
        self._seen: set[str] = set()
        self._generation = 0

    @property
    def nodes(self) -> Mapping[str, Node]:
        """All nodes by id, in the order in which they were first seen. A live view."""
        return MappingProxyType(self._nodes)

    def begin(self) -> int:
        """Start a listing; the number names it."""
        self._generation += 1
        self._seen = set()
        return self._generation

    def apply(self, page: Iterable[Node], generation: int) -> Delta:
        """Take in a page. A node may come twice (a later page knows more of it)."""
        if generation != self._generation:
            return NOTHING
        added: set[str] = set()
        changed: set[str] = set()
        for node in page:
            known = self._nodes.get(node.id)
            self._nodes[node.id] = node
            self._seen.add(node.id)
            if known is None:
                added.add(node.id)
            elif known != node:
                changed.add(node.id)
        return Delta(frozenset(added), frozenset(changed - added))

    def complete(self, generation: int) -> Delta:
        """The listing is whole: nodes that it did not show are gone."""
        if generation != self._generation:
            return NOTHING
        removed = frozenset(self._nodes.keys() - self._seen)
        for node_id in removed:
            del self._nodes[node_id]
        return Delta(removed=removed)
