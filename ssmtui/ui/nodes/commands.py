"""Commands on the nodes of the list, the marked ones or the one under the cursor, and on what is listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import NODES, Command
from ssmtui.ui.commands.feature import NOT_REACHED

if TYPE_CHECKING:
    from ssmtui.ui.nodes.actions import NodeActions


class ListCommand(Command):
    """A command on the list, or on what is in it."""

    place = NODES

    def __init__(self, nodes: NodeActions) -> None:
        self._nodes = nodes


class NodeCommand(ListCommand):
    """A command on the marked nodes, or on the one under the cursor."""

    def disabled_reason(self) -> str | None:
        if not self._nodes.is_connected:
            return NOT_REACHED
        view = self._nodes.view
        return None if view.marks or view.selected else "There is no node under the cursor"


class NodeStart(NodeCommand):
    """A command that starts something on nodes. While they are being listed, it asks which one is meant."""

    def disabled_reason(self) -> str | None:
        reason = super().disabled_reason()
        return None if self._nodes.is_connected and self._nodes.view.awaits_nodes else reason


class OpenShell(NodeStart):
    """Open the default shell on the node, or on all marked ones"""

    name = "shell"
    keys = ("enter",)
    hint = "shell"

    def run(self, argument: str = "") -> None:
        self._nodes.open_shells()


class StartWith(NodeStart):
    """Choose document, parameters and reason, then start a session on it"""

    name = "start"
    keys = ("s",)
    hint = "start…"

    def run(self, argument: str = "") -> None:
        self._nodes.open_start_form()


class Filter(ListCommand):
    """Filter the nodes by words in name, id, address, platform or tags (esc clears)"""

    name = "filter"
    keys = ("slash",)
    hint = "filter"
    argument = "[words]"

    def run(self, argument: str = "") -> None:
        if argument:
            self._nodes.filter(argument)
        else:
            self._nodes.panes.show(None)
            self._nodes.view.edit_filter()


class Refresh(ListCommand):
    """List the nodes again; after a failed start of the program, try again"""

    name = "refresh"
    keys = ("r", "ctrl+r")
    hint = "refresh"
    is_minor = True

    def disabled_reason(self) -> str | None:
        return "AWS is still being reached" if self._nodes.is_opening else None

    def run(self, argument: str = "") -> None:
        self._nodes.refresh()


class CopyNode(NodeCommand):
    """Copy id, name, address, ARN, the AWS CLI's line or all of it as JSON"""

    name = "copy"
    keys = ("y",)
    hint = "copy…"
    is_minor = True
    argument = "[id]"

    def run(self, argument: str = "") -> None:
        self._nodes.copy(argument)
