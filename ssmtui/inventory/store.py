"""The nodes that are known, scope by scope: pages go in, deltas come out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, ValuesView
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Generic

from ssmtui.inventory.rows import Item, RowKey
from ssmtui.model import Node, NodeKey, Scope


@dataclass(frozen=True, slots=True)
class Delta(Generic[Item]):
    """What one step changed of items that have keys: of nodes here."""

    changed: Sequence[Item] = ()
    """Items that are new, or no longer what they were; each once."""
    removed: Sequence[RowKey] = ()
    """None of them is among ``changed``."""

    def __bool__(self) -> bool:
        return bool(self.changed or self.removed)


NOTHING: Delta[Any] = Delta()

Place = tuple[str, str]
"""AWS profile and region: what a key has beside the id."""

Table = dict[str, Node]
"""Nodes of one place by id: by a string that is there anyway, since a hundred thousand keys would be tuples to keep."""


@dataclass(slots=True)
class _Listing:
    """What one scope's listings have shown."""

    scope: Scope
    tables: dict[Place, Table] = field(default_factory=dict)
    seen: dict[Place, set[str]] = field(default_factory=dict)
    """The ids that the generation under way has shown so far."""
    generation: int = 0
    listed: int = 0
    """Nodes that it has shown."""
    clashes: int = 0
    """Nodes that it has shown of which another account's has the same key."""

    def size(self) -> int:
        return sum(map(len, self.tables.values()))


class NodeStore:
    """A listing of a scope is a generation: begun, filled page by page, then completed, which drops what it did not
    show. A generation that fails drops nothing. Only a scope's newest one counts; pages of older ones are ignored.

    What both a scope of its own and an organization's list show is there once, as the scope of its own knows it.
    """

    def __init__(self) -> None:
        self._listings: dict[Scope, _Listing] = {}
        self._generation = 0
        self._places: dict[Place, list[_Listing]] = {}
        """The listings that have nodes of a place."""
        self.nodes: Mapping[NodeKey, Node] = _Nodes(self)
        """All nodes that are shown, by key. A live view."""
        self.who_is_on: Callable[[Node], tuple[str, ...]] | None = None
        """Gives :attr:`ssmtui.model.Node.who`, which no listing knows; None: nobody is anywhere."""

    def begin(self, scope: Scope) -> int:
        """Start a listing of ``scope``; the number names it."""
        listing = self._listings.setdefault(scope, _Listing(scope))
        self._generation = listing.generation = self._generation + 1
        listing.seen = {place: set() for place in listing.tables}
        listing.listed = listing.clashes = 0
        return listing.generation

    def apply(self, scope: Scope, page: Sequence[Node], generation: int) -> Delta[Node]:
        """Take in a page. A node may come twice (a later page knows more of it)."""
        listing = self._listings.get(scope)
        if listing is None or listing.generation != generation:
            return NOTHING
        if self._overlaps(listing, {(node.aws_profile, node.region) for node in page}):
            before = self._seen_of(page)
            self._take(listing, page)
            return _difference(before, self._seen_of(page))
        changed = {node.key: node for node in self._take(listing, page)}
        return Delta(tuple(changed.values())) if changed else NOTHING

    def complete(self, scope: Scope, generation: int) -> Delta[Node]:
        """The listing is whole: nodes that it did not show are gone."""
        listing = self._listings.get(scope)
        if listing is None or listing.generation != generation:
            return NOTHING
        listing.generation = 0
        gone = {
            place: [node_id for node_id in table if node_id not in listing.seen[place]]
            for place, table in listing.tables.items()
            if len(table) != len(listing.seen[place])
        }
        listing.seen = {}
        return self._remove(listing, gone)

    def amend(self, scope: Scope, nodes: Sequence[Node]) -> Delta[Node]:
        """Take in nodes of which more is known now, outside a listing; those that are gone stay away."""
        listing = self._listings.get(scope)
        if listing is None:
            return NOTHING
        tables = listing.tables
        nodes = list(map(self._visited, nodes)) if self.who_is_on is not None else nodes
        changed = [one for one in nodes if tables.get((one.aws_profile, one.region), {}).get(one.id, one) != one]
        before = self._seen_of(changed)
        for node in changed:
            tables[node.aws_profile, node.region][node.id] = node
        return _difference(before, self._seen_of(changed))

    def visitors_changed(self, ids: Collection[str]) -> Mapping[Scope, Delta[Node]]:
        """Others are on the nodes of these ids now: what that changes, by scope."""
        deltas = {}
        for scope, listing in self._listings.items():
            nodes = [node for table in listing.tables.values() for each in ids if (node := table.get(each)) is not None]
            if nodes and (delta := self.amend(scope, nodes)):
                deltas[scope] = delta
        return deltas

    def _visited(self, node: Node) -> Node:
        """``node`` with those who are on it."""
        assert self.who_is_on is not None
        who = self.who_is_on(node)
        return node if node.who == who else node._replace(who=who)

    def forget(self, scope: Scope) -> Delta[Node]:
        """Drop a scope and all that only it has shown."""
        listing = self._listings.pop(scope, None)
        if listing is None:
            return NOTHING
        delta = self._remove(listing, listing.tables)
        for place in listing.tables:
            self._places[place].remove(listing)
            if not self._places[place]:
                del self._places[place]
        return delta

    def count(self, scope: Scope) -> int:
        """Nodes that are known of ``scope``."""
        listing = self._listings.get(scope)
        return listing.size() if listing is not None else 0

    def listed(self, scope: Scope) -> int:
        """Nodes that the newest listing of ``scope`` has shown."""
        listing = self._listings.get(scope)
        return listing.listed if listing is not None else 0

    def clashes(self, scope: Scope) -> int:
        """Nodes that the newest listing showed and that are not kept, since another account's has the same key."""
        listing = self._listings.get(scope)
        return listing.clashes if listing is not None else 0

    def of(self, scope: Scope) -> Sequence[Node]:
        """All nodes that are known of ``scope``, in the order in which they were first seen."""
        listing = self._listings.get(scope)
        return [] if listing is None else list(chain.from_iterable(table.values() for table in listing.tables.values()))

    def known(self, scope: Scope, key: NodeKey) -> Node | None:
        """The node as the listings of ``scope`` showed it, whatever other scopes show. Any thread may ask."""
        listing = self._listings.get(scope)
        table = listing.tables.get((key[0], key[1])) if listing is not None else None
        return table.get(key[2]) if table is not None else None

    def scope_of(self, key: NodeKey) -> Scope | None:
        """The scope whose listing shows this node."""
        found = self._find(key)
        return found[0].scope if found is not None else None

    @property
    def overlaps(self) -> bool:
        """Whether several scopes may show the same node."""
        return any(self._overlaps(listing, listing.tables) for listing in self._listings.values())

    # Inside

    def _open(self, listing: _Listing, place: Place) -> Table:
        table = listing.tables[place] = {}
        listing.seen[place] = set()
        known = self._places.setdefault(place, [])
        known.append(listing)
        known.sort(key=lambda one: one.scope.organization)
        return table

    def _take(self, listing: _Listing, page: Iterable[Node]) -> list[Node]:
        """Keep the nodes of a page; those that are new or different."""
        changed = []
        for node in map(self._visited, page) if self.who_is_on is not None else page:
            place = (node.aws_profile, node.region)
            table = listing.tables.get(place)
            if table is None:
                table = self._open(listing, place)
            known, seen = table.get(node.id), listing.seen[place]
            if known is None or node.id not in seen:
                seen.add(node.id)
                listing.listed += 1
            elif known.account != node.account and known.account and node.account:
                listing.clashes += 1
                continue
            if known != node:
                table[node.id] = node
                changed.append(node)
        return changed

    def _remove(self, listing: _Listing, ids: Mapping[Place, Iterable[str]]) -> Delta[Node]:
        overlaps = self._overlaps(listing, listing.tables)
        gone = [listing.tables[place][node_id] for place, of_place in ids.items() for node_id in of_place]
        before = self._seen_of(gone) if overlaps else {}
        for node in gone:
            del listing.tables[node.aws_profile, node.region][node.id]
        if overlaps:
            return _difference(before, self._seen_of(gone))
        return Delta((), tuple([node.key for node in gone])) if gone else NOTHING

    def _overlaps(self, listing: _Listing, places: Iterable[Place]) -> bool:
        """Whether another scope may show what ``listing`` has in ``places``."""
        organization = listing.scope.organization
        return any(other.organization != organization for other in self._listings) or any(
            other is not listing for place in places for other in self._places.get(place, ())
        )

    def _seen_of(self, nodes: Iterable[Node]) -> dict[NodeKey, Node | None]:
        """What is shown under each key of these nodes."""
        keys = dict.fromkeys(
            (place[0], place[1], node.id)
            for node in nodes
            for place in ((node.aws_profile, node.region), *self._places)
            if place[1] == node.region
        )
        return {key: self._shown(key) for key in keys}

    def _shown(self, key: NodeKey) -> Node | None:
        found = self._find(key)
        return found[1] if found is not None else None

    def _find(self, key: NodeKey) -> tuple[_Listing, Node] | None:
        """The node that is shown under a key, and whose listing shows it."""
        place = (key[0], key[1])
        for listing in self._places.get(place, ()):
            node = listing.tables[place].get(key[2])
            if node is not None:
                return (listing, node) if not (listing.scope.organization and self._is_covered(node)) else None
        return None

    def _is_covered(self, node: Node) -> bool:
        """Whether a scope of its own shows a node of an organization's list."""
        for place, listings in self._places.items():
            if place[1] == node.region:
                for listing in listings:
                    if not listing.scope.organization:
                        found = listing.tables[place].get(node.id)
                        if found is not None and found.account and found.account == node.account:
                            return True
        return False


def _difference(before: Mapping[NodeKey, Node | None], after: Mapping[NodeKey, Node | None]) -> Delta[Node]:
    changed = tuple([node for key, node in after.items() if node is not None and node != before.get(key)])
    removed = tuple([key for key, node in before.items() if node is not None and after.get(key) is None])
    return Delta(changed, removed) if changed or removed else NOTHING


class _Nodes(Mapping[NodeKey, Node]):
    """The store's shown nodes."""

    def __init__(self, store: NodeStore) -> None:
        self._store = store

    def __getitem__(self, key: NodeKey) -> Node:
        found = self._store._shown(key)
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[NodeKey]:
        return (node.key for node in self.shown())

    def __len__(self) -> int:
        if self._store.overlaps:
            return sum(1 for _ in self.shown())
        return sum(listing.size() for listing in self._store._listings.values())

    def __bool__(self) -> bool:
        return next(self.shown(), None) is not None

    def values(self) -> ValuesView[Node]:
        """The nodes, without the detour by their keys."""
        return _NodeValues(self)

    def shown(self) -> Iterator[Node]:
        """Each of the nodes."""
        store = self._store
        overlapping = store.overlaps
        for place, listings in store._places.items():
            for number, listing in enumerate(listings):
                if not overlapping or not (number or listing.scope.organization):
                    yield from listing.tables[place].values()
                    continue
                for node in listing.tables[place].values():
                    found = store._find(node.key)
                    if found is not None and found[0] is listing:
                        yield node


class _NodeValues(ValuesView[Node]):
    _mapping: _Nodes

    def __iter__(self) -> Iterator[Node]:
        return self._mapping.shown()
