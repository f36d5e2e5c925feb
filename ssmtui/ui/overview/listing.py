"""Which sessions the overview shows, and in which order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from ssmtui.inventory.node_rows import NODE_ROWS
from ssmtui.model import Node
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.ui.look.cells import Cell
from ssmtui.ui.look.words import DEFAULT_SHELL
from ssmtui.ui.panes.needs import TabMark, rank

if TYPE_CHECKING:
    from ssmtui.inventory.query.row_query import RowQuery


class TileOrder(Enum):
    """What the tiles are sorted by; the value is what the screen calls it."""

    TABS = "by tab"
    NEED = "by need"
    NAME = "by name"

    @property
    def following(self) -> TileOrder:
        """The next one, going round."""
        orders = list(TileOrder)
        return orders[(orders.index(self) + 1) % len(orders)]


class Listed(NamedTuple):
    """A session, and what it needs of the person."""

    session: SessionSnapshot
    mark: TabMark
    part: Cell | None = None
    """Its part in the broadcast."""


def shown(sessions: Sequence[Listed], order: TileOrder, query: RowQuery) -> list[Listed]:
    """Those of ``sessions``, which are in the order of their tabs, that the filter finds, in ``order``. Between equals
    the order of the tabs decides."""
    found = list(sessions)
    if not query.is_empty:
        rows = [NODE_ROWS.row(as_node(listed.session)) for listed in sessions]
        by_row = {id(each): listed for each, listed in zip(rows, sessions, strict=True)}
        found = [by_row[id(each)] for each in query.select(rows)]
    if order is TileOrder.NEED:
        found.sort(key=lambda listed: rank(listed.mark))
    elif order is TileOrder.NAME:
        found.sort(key=lambda listed: listed.session.title.casefold())
    return found


def as_node(session: SessionSnapshot) -> Node:
    """The session as the filter of nodes reads it: its node, with what is known of the session as further tags, so that
    one filter may say ``web tag:state=lost``."""
    request, scope = session.request, session.request.scope
    node = session.node or Node(
        request.target,
        "",
        region=scope.region if scope is not None else "",
        aws_profile=(scope.aws_profile if scope is not None else None) or "",
    )
    known = {
        "tab": session.title,
        "state": session.state.value,
        "activity": session.activity.value,
        "document": request.document_name or DEFAULT_SHELL,
        "reason": request.reason or "",
        "window": session.terminal_title,
        "guarded": request.options.guarded,
    }
    # The node's own tags of these names are hidden here: the session is what is looked for.
    return node._replace(tags={**node.tags, **{name: value for name, value in known.items() if value}})
