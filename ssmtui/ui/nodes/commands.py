"""Commands on the nodes of the list, the marked ones or the one under the cursor, and on what is listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import Command, Group
from ssmtui.ui.nodes import actions as node_flows

if TYPE_CHECKING:
    pass


class NodeCommand(Command):
    """A command on the marked nodes, or on the one under the cursor."""

    group = Group.NODES

    def disabled_reason(self) -> str | None:
        if self.app.services is None:
            return "AWS has not been reached yet"
        nodes = self.app.main.nodes
        return None if nodes.marks or nodes.selected else "There is no node under the cursor"


class OpenShell(NodeCommand):
    """Open the default shell on the node, or on all marked ones"""

    name = "shell"
    keys = ("enter",)
    hint = "shell"

    def run(self, argument: str = "") -> None:
        node_flows.open_shells(self.app)


class StartWith(NodeCommand):
    """Choose document, parameters and reason, then start a session on it"""

    name = "start"
    keys = ("s",)
    hint = "start…"

    def run(self, argument: str = "") -> None:
        node_flows.open_start_form(self.app)


class Filter(Command):
    """Filter the nodes by words in name, id, address, platform or tags (esc clears)"""

    name = "filter"
    group = Group.NODES
    keys = ("slash",)
    hint = "filter"
    argument = "[words]"

    def run(self, argument: str = "") -> None:
        self.app.panes.show(None)
        if argument:
            self.app.main.nodes.set_filter(argument)
        else:
            self.app.main.nodes.edit_filter()


class Clear(Command):
    """Take back the range, then the marks, then the filter"""

    name = "all"
    group = Group.NODES
    keys = ("escape",)

    def disabled_reason(self) -> str | None:
        nodes = self.app.main.nodes
        return None if nodes.marks or nodes.filter_text else "No filter is set"

    def run(self, argument: str = "") -> None:
        nodes = self.app.main.nodes
        if nodes.marks.anchor is not None:
            nodes.mark(lambda marks: marks.cancel_range())
        elif nodes.marks:
            nodes.mark(lambda marks: marks.clear())
        else:
            nodes.set_filter("")


class Refresh(Command):
    """List the nodes again; after a failed start of the program, try again"""

    name = "refresh"
    group = Group.NODES
    keys = ("r", "ctrl+r")
    hint = "refresh"

    def disabled_reason(self) -> str | None:
        return "AWS is still being reached" if self.app.opening else None

    def run(self, argument: str = "") -> None:
        if self.app.services is None:
            self.app.open()
        else:
            self.app.services.fleet.refresh()
            self.app.main.access_offers.clear()


class Copy(NodeCommand):
    """Copy id, name, address, ARN, the AWS CLI's line or all of it as JSON"""

    name = "copy"
    keys = ("y",)
    hint = "copy…"
    argument = "[id]"

    def run(self, argument: str = "") -> None:
        node_flows.copy(self.app, argument)


COMMANDS: tuple[type[Command], ...] = (
    OpenShell,
    StartWith,
    Filter,
    Refresh,
    Copy,
    Clear,
)
