"""Commands on the table of nodes itself: moving, marking, order, columns, details."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from ssmtui.ui.commands.base import Command, Group
from ssmtui.ui.nodes import actions as node_flows

if TYPE_CHECKING:
    from ssmtui.ui.frame.app import SsmtuiApp


class RowCommand(Command):
    """A command that needs a row."""

    group = Group.NODES

    def disabled_reason(self, app: SsmtuiApp) -> str | None:
        """There must be a node."""
        return None if app.main.nodes.selected else "There is no node under the cursor"


class Mark(RowCommand):
    """One mark."""

    name = "mark"
    help = "Mark the node, and go to the next; commands then act on all marked ones"
    keys = ("space",)
    hint = "mark"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Toggle the mark."""
        nodes = app.main.nodes
        was_range = nodes.marks.anchor is not None
        nodes.toggle_mark()
        if not was_range:
            nodes.move(1)


class MarkRange(RowCommand):
    """A range."""

    name = "mark-range"
    help = "Mark a range of nodes as the cursor moves; v again ends it, esc takes it back"
    keys = ("v",)

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Begin a range, or end it."""
        nodes = app.main.nodes
        node = nodes.selected
        assert node is not None
        ranging = nodes.marks.anchor is not None
        nodes.mark(lambda marks: marks.end_range() if ranging else marks.begin_range(node.key))


class MarkAll(RowCommand):
    """All of them."""

    name = "mark-all"
    help = "Mark all nodes that the filter shows; again: none of them"
    keys = ("ctrl+a",)

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Toggle the marks of all rows."""
        app.main.nodes.mark_all()


class ClearMarks(Command):
    """None."""

    name = "unmark"
    help = "Take all marks away"
    group = Group.NODES

    def disabled_reason(self, app: SsmtuiApp) -> str | None:
        """There must be some."""
        return None if app.main.nodes.marks else "No node is marked"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Clear them."""
        app.main.nodes.mark(lambda marks: marks.clear())


class Favourite(RowCommand):
    """A star."""

    name = "favourite"
    help = "Make the node a favourite (★), or one no longer"
    keys = ("f", "asterisk")

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Toggle it."""
        app.main.nodes.toggle_favourite()


class Sort(Command):
    """The order."""

    name = "sort"
    help = "Sort by other columns, by favourites, last or most used: several keys"
    group = Group.NODES
    keys = ("S",)
    argument = "[name,-seen]"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Sort, or ask how."""
        node_flows.sort(app, argument)


class Columns(Command):
    """The columns."""

    name = "columns"
    help = "Choose, order and size the columns; any tag can be one"
    group = Group.NODES
    keys = ("C",)
    argument = "[name tag:env]"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Have these columns, or ask which."""
        node_flows.choose_columns(app, argument)


class TallDetails(Command):
    """The panel."""

    name = "details"
    help = "Show all that is known of the node, or only the few lines below the table"
    group = Group.NODES
    keys = ("d",)
    hint = "details"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Change over."""
        nodes = app.main.nodes
        nodes.prefer(replace(nodes.preferences, tall=not nodes.preferences.tall))


class ScrollDetails(Command):
    """Within the panel."""

    name = "scroll-details"
    help = "Scroll the details of the node"
    group = Group.NODES
    keys = ("right_square_bracket", "left_square_bracket")
    takes_key = True
    in_palette = False

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Down or up."""
        app.main.nodes.scroll_details(1 if argument.startswith("right") else -1)


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


class Extend(RowCommand):
    """A range with the arrows."""

    name = "extend"
    help = "Mark a range of nodes"
    keys = ("shift+down", "shift+up")
    takes_key = True
    in_palette = False

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Begin a range where there is none, and stretch it."""
        nodes = app.main.nodes
        node = nodes.selected
        assert node is not None
        if nodes.marks.anchor is None:
            nodes.mark(lambda marks: marks.begin_range(node.key))
        nodes.move(1 if argument == "shift+down" else -1)


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
    Mark(),
    MarkRange(),
    Extend(),
    MarkAll(),
    ClearMarks(),
    Favourite(),
    Sort(),
    Columns(),
    TallDetails(),
    ScrollDetails(),
    Down(),
    Up(),
    HalfDown(),
    HalfUp(),
    PageDown(),
    PageUp(),
    Top(),
    Bottom(),
)
