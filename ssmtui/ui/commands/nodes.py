"""Commands of the list of nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ssmtui.ui import flows
from ssmtui.ui.commands.base import Command, Group

if TYPE_CHECKING:
    from ssmtui.ui.app import SsmtuiApp


class NodeCommand(Command):
    """A command on the node under the cursor."""

    group = Group.NODES

    def disabled_reason(self, app: SsmtuiApp) -> str | None:
        """Nothing can be done to no node, nor before AWS is reached."""
        if app.services is None:
            return "AWS has not been reached yet"
        return None if app.main.nodes.selected else "There is no node under the cursor"


class OpenShell(NodeCommand):
    """The account's default shell, at once."""

    name = "shell"
    help = "Open the default shell on the node"
    keys = ("enter",)
    hint = "shell"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Start a session without a document name."""
        assert app.main.nodes.selected is not None
        flows.open_shell(app, app.main.nodes.selected)


class StartWith(NodeCommand):
    """The start form."""

    name = "start"
    help = "Choose document, parameters and reason, then start a session on the node"
    keys = ("s",)
    hint = "start…"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Open the form for the node."""
        assert app.main.nodes.selected is not None
        flows.open_start_form(app, app.main.nodes.selected)


class Filter(Command):
    """The line above the list."""

    name = "filter"
    help = "Filter the nodes by words in name, id, address, platform or tags (esc clears)"
    group = Group.NODES
    keys = ("slash",)
    hint = "filter"
    argument = "[words]"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Edit the filter, or set it to ``argument``."""
        app.main.show_tab(None)
        if argument:
            app.main.nodes.set_filter(argument)
        else:
            app.main.nodes.edit_filter()


class ClearFilter(Command):
    """Back to all nodes."""

    name = "all"
    help = "Clear the filter"
    group = Group.NODES
    keys = ("escape",)

    def disabled_reason(self, app: SsmtuiApp) -> str | None:
        """There must be a filter."""
        return None if app.main.nodes.filter_text else "No filter is set"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Show all nodes."""
        app.main.nodes.set_filter("")


class Refresh(Command):
    """A listing now."""

    name = "refresh"
    help = "List the nodes again; after a failed start of the program, try again"
    group = Group.NODES
    keys = ("r", "ctrl+r")
    hint = "refresh"

    def disabled_reason(self, app: SsmtuiApp) -> str | None:
        """One listing at a time."""
        return "AWS is still being reached" if app.opening else None

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Ask the fleet, or open the services again."""
        if app.services is None:
            app.open()
        else:
            app.services.fleet.refresh()


class CopyId(NodeCommand):
    """The node's id on the clipboard."""

    name = "copy"
    help = "Copy the node's id"
    keys = ("y",)
    hint = "copy id"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Put it on the clipboard."""
        node = app.main.nodes.selected
        assert node is not None
        app.copy_to_clipboard(node.id, node.id)


class Move(Command):
    """A step of the cursor; ``lines`` counts rows, ``pages`` visible pages."""

    group = Group.NODES
    in_palette = False
    lines: ClassVar[int] = 0
    pages: ClassVar[float] = 0

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Move within the list."""
        nodes = app.main.nodes
        nodes.move(self.lines + round(self.pages * nodes.table.page))


class Down(Move):
    """One row down."""

    name, help, keys, lines = "down", "Next node", ("j", "down"), 1


class Up(Move):
    """One row up."""

    name, help, keys, lines = "up", "Previous node", ("k", "up"), -1


class HalfDown(Move):
    """Half a page down."""

    name, help, keys, pages = "half-down", "Half a page down", ("ctrl+d",), 0.5


class HalfUp(Move):
    """Half a page up."""

    name, help, keys, pages = "half-up", "Half a page up", ("ctrl+u",), -0.5


class PageDown(Move):
    """A page down."""

    name, help, keys, pages = "page-down", "A page down", ("pagedown", "ctrl+f"), 1


class PageUp(Move):
    """A page up."""

    name, help, keys, pages = "page-up", "A page up", ("pageup", "ctrl+b"), -1


class Top(Move):
    """The first row."""

    name, help, keys, lines = "top", "First node", ("g", "home"), -(10**9)


class Bottom(Move):
    """The last row."""

    name, help, keys, lines = "bottom", "Last node", ("G", "end"), 10**9


COMMANDS: tuple[Command, ...] = (
    OpenShell(),
    StartWith(),
    Filter(),
    Refresh(),
    CopyId(),
    ClearFilter(),
    Down(),
    Up(),
    HalfDown(),
    HalfUp(),
    PageDown(),
    PageUp(),
    Top(),
    Bottom(),
)
