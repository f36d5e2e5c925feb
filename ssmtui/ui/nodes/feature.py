"""The list of nodes, which is three features to the help: the nodes, their filters, their table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ssmtui.ui.accounts.words import scope_name
from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.words import and_more
from ssmtui.ui.nodes import commands
from ssmtui.ui.nodes.actions import NodeActions
from ssmtui.ui.nodes.filter import commands as filtering
from ssmtui.ui.nodes.table import commands as table

if TYPE_CHECKING:
    from ssmtui.inventory.session_board import BoardState
    from ssmtui.ui.nodes.view import NodesView
    from ssmtui.ui.ports import ServiceOpener
    from ssmtui.ui.services import Clock, Services
    from ssmtui.ui.start.starting import Starting


VISITORS_EVERY = 60.0
"""Seconds between two looks at who is on the nodes."""


class NodeFeature(NodeActions):
    """Sessions on nodes, and what is copied of them."""

    styles = dialog_sheets("table", "nodes")

    def __init__(self, view: NodesView, starting: Starting, opener: ServiceOpener, clock: Clock) -> None:
        super().__init__(view, starting, opener, clock)
        self.commands = (
            commands.OpenShell(self),
            commands.StartWith(self),
            commands.Filter(self),
            commands.Refresh(self),
            commands.CopyNode(self),
            table.ClearNodes(self),
        )

    def connect(self, services: Services) -> None:
        """Watch who is on the nodes for as long as the list shows or asks it."""
        super().connect(services)

        def watch(wanted: bool) -> None:
            services.board.watch("nodes", VISITORS_EVERY if wanted else None)
            failed([state for state in services.board.running_states if state.error is not None])

        def failed(states: Sequence[BoardState]) -> None:
            if self.view.wants_visitors and states and states[0].error is not None:
                where = f"{scope_name(states[0].scope)}{and_more(len(states) - 1, 'account')}"
                what = f"Who is on the nodes ({where}) is not known"
                self.stage.tell_error(states[0].error, what, severity="warning")

        self.view.on_visitors_wanted = watch
        services.board.on_failure = failed
        watch(self.view.wants_visitors)


class FilterFeature(Feature):
    """Filters that have names."""

    def __init__(self, nodes: NodeActions) -> None:
        self.commands = (filtering.SaveNodeFilter(nodes), filtering.ChooseFilter(nodes))


class TableFeature(Feature):
    """Cursor, marks, order and columns."""

    def __init__(self, nodes: NodeActions) -> None:
        self.commands = (
            table.MarkNode(nodes),
            table.MarkNodes(nodes),
            table.ExtendNodes(nodes),
            table.MarkAllNodes(nodes),
            table.UnmarkNodes(nodes),
            table.Favourite(nodes),
            table.SortNodes(nodes),
            table.NodeColumns(nodes),
            table.TallNodeDetails(nodes),
            table.ScrollNodeDetails(nodes),
        )
