"""Commands on the table of nodes itself: moving, marking, order, columns, details."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import NODES
from ssmtui.ui.nodes.commands import ListCommand
from ssmtui.ui.table import commands as table

if TYPE_CHECKING:
    from ssmtui.ui.nodes.actions import NodeActions
    from ssmtui.ui.nodes.view import NodesView
    from ssmtui.ui.ports import Stage


class NodeTableCommand(table.TableCommand):
    """A command on the table of nodes, which is always there."""

    place = NODES
    missing = "There are no nodes"

    def __init__(self, nodes: NodeActions) -> None:
        self._nodes = nodes

    def subject(self) -> NodesView:
        return self._nodes.view

    @property
    def stage(self) -> Stage:
        """The app's."""
        return self._nodes.stage


class MarkNode(NodeTableCommand, table.Mark):
    """Mark the node, and go to the next; commands then act on all marked ones"""

    name = "mark"
    keys = ("space",)
    hint = "mark"
    is_minor = True


class MarkNodes(NodeTableCommand, table.MarkRange):
    """Mark a range of nodes as the cursor moves; v again ends it, esc takes it back"""

    name = "mark-range"
    keys = ("v",)


class MarkAllNodes(NodeTableCommand, table.MarkAll):
    """Mark all nodes that the filter shows; again: none of them"""

    name = "mark-all"
    keys = ("ctrl+a",)


class UnmarkNodes(NodeTableCommand, table.ClearMarks):
    """Take all marks away"""

    name = "unmark"


class ClearNodes(NodeTableCommand, table.ClearAll):
    """Take back the range, then the marks, then the filter"""

    name = "all"
    keys = ("escape",)


class Favourite(ListCommand):
    """Make the node a favourite (★), or one no longer"""

    name = "favourite"
    keys = ("asterisk",)

    def disabled_reason(self) -> str | None:
        return None if self._nodes.view.selected else "There is no node under the cursor"

    def run(self, argument: str = "") -> None:
        self._nodes.view.toggle_favourite()


class SortNodes(NodeTableCommand, table.Sort):
    """Sort by other columns, by favourites, last or most used: several keys"""

    name = "sort"
    keys = ("S",)
    argument = "[name,-seen]"


class NodeColumns(NodeTableCommand, table.Columns):
    """Choose, order and size the columns; any tag can be one"""

    name = "columns"
    keys = ("C",)
    argument = "[name tag:env]"


class TallNodeDetails(NodeTableCommand, table.TallDetails):
    """Show all that is known of the node, or only the few lines below the table"""

    name = "details"
    keys = ("d",)
    hint = "details"
    is_minor = True


class ScrollNodeDetails(NodeTableCommand, table.ScrollDetails):
    """Scroll the details of the node"""

    name = "scroll-details"
    keys = ("right_square_bracket", "left_square_bracket")


class ExtendNodes(NodeTableCommand, table.Extend):
    """Mark a range of nodes"""

    name = "extend"
    keys = ("shift+down", "shift+up")
