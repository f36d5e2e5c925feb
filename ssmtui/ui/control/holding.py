"""What is known of sessions that the service does not know: which are tabs here, which ones the ledger of this machine
has, and what their nodes are called."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from ssmtui.inventory.session_rows import NOBODY, Holder, SessionWhere
from ssmtui.sessions.snapshots import SessionChange
from ssmtui.ui.kit.turns import Throttle

if TYPE_CHECKING:
    from ssmtui.ledger.ledger import HeldSession
    from ssmtui.model import Node, NodeKey, Scope
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.services import Services

PAUSE = 0.5
"""Seconds between two looks at tabs that change."""

_RELEVANT = frozenset({SessionChange.ADDED, SessionChange.STATE, SessionChange.REMOVED})


HeldSessions = Callable[[], Awaitable[Iterable["HeldSession"]]]
"""Gives the sessions in the ledger, and who holds them (:meth:`ssmtui.ledger.ledger.Ledger.holders`)."""


def holders_of(sessions: Iterable[SessionSnapshot], held: Iterable[HeldSession] = ()) -> dict[str, Holder]:
    """The live ``sessions`` of this app, and those of the ledger, by their ids."""
    found = {}
    for each in held:
        record = each.record
        if record.session_id:
            where = SessionWhere.HERE if each.mine else SessionWhere.OTHER
            where = SessionWhere.DETACHED if each.owner is None else where
            found[record.session_id] = Holder(where, record.title, record.id)
    for one in sessions:
        if one.live and one.session_id:
            known = found.get(one.session_id, NOBODY)
            found[one.session_id] = known._replace(where=SessionWhere.HERE, title=one.title, tab=one.key)
    return found


class Holding:
    """Tells it to the board of sessions. Loop-bound."""

    def __init__(self, services: Services, panes: Panes, held: HeldSessions) -> None:
        """``held`` reads the ledger."""
        self._board = services.board
        self._home = services.scope
        self._panes = panes
        self._read = held
        self._held: Sequence[HeldSession] = ()
        self._told: dict[str, Holder] = {}
        self._scopes: dict[str, Scope] = {}
        """Where the sessions of this app are, by their ids."""
        self._named: set[NodeKey] = set()
        """Nodes that may be called otherwise now."""
        self._throttle = Throttle(self._tell, PAUSE)
        self._unsubscribe = services.manager.subscribe(self._changed)

    def close(self) -> None:
        """Unsubscribe."""
        self._unsubscribe()
        self._throttle.cancel()

    def nodes_changed(self, nodes: Iterable[Node]) -> None:
        """These may have other names now. While no session is listed nobody asks."""
        if self._board.running or self._board.sessions:
            self._named.update([node.key for node in nodes])
            self._throttle.request()

    def look(self) -> None:
        """Somebody looks at the sessions: read the ledger again, which other runs write to."""
        self._panes.stage.run_worker(self._look(), name="who holds which session", group="ledger", exclusive=True)

    async def _look(self) -> None:
        self._held = list(await self._read())
        self._tell()

    def _changed(self, key: int, change: SessionChange) -> None:
        if change in _RELEVANT:
            self._throttle.request()

    def _tell(self) -> None:
        sessions = self._panes.sessions
        held = holders_of(sessions, self._held)
        if held != self._told:
            before, self._told = self._told, held
            self._board.hold(held)
            # The person's own are in the list at once, and not only after the next interval.
            self._scopes |= {one.session_id: one.request.scope or self._home for one in sessions}
            for scope in {self._scopes.get(each) for each in before.keys() ^ held.keys()} - {None}:
                self._board.refresh(scope)
            self._scopes = {each: scope for each, scope in self._scopes.items() if each in held}
        if self._named:
            self._board.nodes_changed(self._named)
            self._named = set()
