"""The filters of nodes that have names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ssmtui.ui.commands.base import NODES
from ssmtui.ui.commands.feature import NOT_REACHED
from ssmtui.ui.nodes.commands import ListCommand
from ssmtui.ui.table import commands as table

if TYPE_CHECKING:
    from ssmtui.inventory.filters import Filters
    from ssmtui.ui.nodes.actions import NodeActions
    from ssmtui.ui.nodes.view import NodesView
    from ssmtui.ui.ports import Stage
    from ssmtui.ui.table.view import TableView


class SaveNodeFilter(table.SaveFilter):
    """Give the filter a name, to be typed as @NAME in any filter"""

    name = "save-filter"
    place = NODES
    missing = "There are no nodes"
    argument = "[name]"

    def __init__(self, nodes: NodeActions) -> None:
        self._nodes = nodes

    def subject(self) -> NodesView:
        return self._nodes.view

    @property
    def stage(self) -> Stage:
        """The app's."""
        return self._nodes.stage

    @property
    def filters(self) -> Filters:
        """Those of nodes."""
        return self._nodes.services.filters

    def reason_against(self, view: TableView[Any]) -> str | None:
        return super().reason_against(view) if self._nodes.is_connected else NOT_REACHED


class ChooseFilter(ListCommand):
    """Choose or delete a saved filter"""

    name = "filters"
    keys = ("at",)

    def disabled_reason(self) -> str | None:
        return None if self._nodes.is_connected else NOT_REACHED

    def run(self, argument: str = "") -> None:
        from ssmtui.ui.table.saving import choose_filter

        nodes = self._nodes
        none = "There are none yet. Filter the nodes, then :save-filter NAME."
        choose_filter(nodes.stage, nodes.services.filters, none, nodes.filter)
