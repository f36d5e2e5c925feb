"""What this app knows of sessions that the service does not: which are tabs here, and what their nodes are called."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ssmtui.inventory.session_rows import Holder, SessionWhere
from ssmtui.sessions.snapshots import SessionChange
from ssmtui.ui.kit.turns import Throttle

if TYPE_CHECKING:
    from ssmtui.model import NodeKey
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.services import Services

PAUSE = 0.5
"""Seconds between two looks at tabs that change."""

_IRRELEVANT = frozenset({SessionChange.SCREEN, SessionChange.BELL})


def holders_of(sessions: Iterable[SessionSnapshot]) -> dict[str, Holder]:
    """The live sessions of this app by their ids."""
    return {
        one.session_id: Holder(SessionWhere.HERE, one.title, tab=one.key)
        for one in sessions
        if one.live and one.session_id
    }


class Holding:
    """Tells it to the board of sessions. Loop-bound."""

    def __init__(self, services: Services, panes: Panes) -> None:
        self._board = services.board
        self._panes = panes
        self._told: dict[str, Holder] = {}
        self._named: set[NodeKey] = set()
        """Nodes that may be called otherwise now."""
        self._throttle = Throttle(self._tell, PAUSE)
        self._unsubscribe = services.manager.subscribe(self._changed)

    def close(self) -> None:
        """Unsubscribe."""
        self._unsubscribe()
        self._throttle.cancel()

    def nodes_changed(self, keys: Iterable[NodeKey]) -> None:
        """These nodes may have other names now."""
        self._named.update(keys)
        self._throttle.request()

    def _changed(self, key: int, change: SessionChange) -> None:
        if change not in _IRRELEVANT:
            self._throttle.request()

    def _tell(self) -> None:
        held = holders_of(self._panes.sessions)
        if held != self._told:
            self._told = held
            self._board.hold(held)
        if self._named:
            self._board.nodes_changed(self._named)
            self._named = set()
