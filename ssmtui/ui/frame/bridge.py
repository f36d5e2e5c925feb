"""Merges the changes that sessions and inventory announce into one message a frame for the screen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from ssmtui.inventory.store import NOTHING, Delta
from ssmtui.ui.frame.messages import InventoryChanged, SessionsChanged
from ssmtui.ui.kit.turns import Throttle

if TYPE_CHECKING:
    from ssmtui.inventory.fleet import Fleet
    from ssmtui.inventory.states import ScopeState
    from ssmtui.model import Node, NodeKey, Scope
    from ssmtui.sessions.manager import SessionManager
    from ssmtui.sessions.snapshots import SessionChange

Post = Callable[[Message], object]


class SessionBridge:
    """Posts :class:`SessionsChanged` for what the manager announces."""

    def __init__(self, manager: SessionManager, post: Post) -> None:
        self._post = post
        self._changes: defaultdict[int, set[SessionChange]] = defaultdict(set)
        self._throttle = Throttle(self._tell)
        self._unsubscribe = manager.subscribe(self._changed)

    def close(self) -> None:
        """Unsubscribe."""
        self._unsubscribe()
        self._throttle.cancel()

    def _changed(self, key: int, change: SessionChange) -> None:
        self._changes[key].add(change)
        self._throttle.request()

    def _tell(self) -> None:
        changes = {key: frozenset(kinds) for key, kinds in self._changes.items()}
        self._changes.clear()
        self._post(SessionsChanged(changes))


class FleetBridge:
    """Posts :class:`InventoryChanged` for what the fleet announces, and first of all for what it knows already."""

    def __init__(self, fleet: Fleet, post: Post) -> None:
        self.fleet = fleet
        self._post = post
        self._nodes: dict[NodeKey, Node | None] = {}
        """What has become of nodes since the last message; None: gone."""
        self._told: dict[Scope, ScopeState] = {}
        self._throttle = Throttle(self._tell)
        fleet.on_change = self._changed
        if fleet.states:
            self._changed(Delta(tuple(fleet.nodes.values())))

    def close(self) -> None:
        """Unsubscribe."""
        self.fleet.on_change = lambda _delta: None
        self._throttle.cancel()

    def _changed(self, delta: Delta[Node]) -> None:
        self._nodes.update(dict.fromkeys(delta.removed))
        self._nodes.update([(node.key, node) for node in delta.changed])
        self._throttle.request()

    def _tell(self) -> None:
        nodes, self._nodes = self._nodes, {}
        told, self._told = self._told, dict(self.fleet.states)
        changed = tuple([node for node in nodes.values() if node is not None])
        removed = tuple([key for key, node in nodes.items() if node is None])
        scopes = {scope for scope in told.keys() | self._told.keys() if told.get(scope) is not self._told.get(scope)}
        delta = Delta(changed, removed) if nodes else NOTHING
        self._post(InventoryChanged(delta, self._told, frozenset(scopes)))
