"""Commands on the table of nodes itself: moving, marking, order, columns, details."""

from __future__ import annotations

from dataclasses import replace

from ssmtui.ui.nodes.commands import ListCommand


class RowCommand(ListCommand):
    """A command that needs a row."""

    def disabled_reason(self) -> str | None:
        return None if self._nodes.view.selected else "There is no node under the cursor"


class MarkNode(RowCommand):
    """Mark the node, and go to the next; commands then act on all marked ones"""

    name = "mark"
    keys = ("space",)
    hint = "mark"
    is_minor = True

    def run(self, argument: str = "") -> None:
        nodes = self._nodes.view
        was_range = nodes.marks.anchor is not None
        nodes.toggle_mark()
        if not was_range:
            nodes.move(1)


class MarkRange(RowCommand):
    """Mark a range of nodes as the cursor moves; v again ends it, esc takes it back"""

    name = "mark-range"
    keys = ("v",)

    def run(self, argument: str = "") -> None:
        nodes = self._nodes.view
        node = nodes.selected
        assert node is not None
        ranging = nodes.marks.anchor is not None
        nodes.mark(lambda marks: marks.end_range() if ranging else marks.begin_range(node.key))


class MarkAllNodes(RowCommand):
    """Mark all nodes that the filter shows; again: none of them"""

    name = "mark-all"
    keys = ("ctrl+a",)

    def run(self, argument: str = "") -> None:
        self._nodes.view.mark_all()


class ClearMarks(ListCommand):
    """Take all marks away"""

    name = "unmark"

    def disabled_reason(self) -> str | None:
        return None if self._nodes.view.marks else "No node is marked"

    def run(self, argument: str = "") -> None:
        self._nodes.view.mark(lambda marks: marks.clear())


class Favourite(RowCommand):
    """Make the node a favourite (★), or one no longer"""

    name = "favourite"
    keys = ("f", "asterisk")

    def run(self, argument: str = "") -> None:
        self._nodes.view.toggle_favourite()


class Sort(ListCommand):
    """Sort by other columns, by favourites, last or most used: several keys"""

    name = "sort"
    keys = ("S",)
    argument = "[name,-seen]"

    def run(self, argument: str = "") -> None:
        self._nodes.sort(argument)


class Columns(ListCommand):
    """Choose, order and size the columns; any tag can be one"""

    name = "columns"
    keys = ("C",)
    argument = "[name tag:env]"

    def run(self, argument: str = "") -> None:
        self._nodes.choose_columns(argument)


class TallNodeDetails(ListCommand):
    """Show all that is known of the node, or only the few lines below the table"""

    name = "details"
    keys = ("d",)
    hint = "details"
    is_minor = True

    def run(self, argument: str = "") -> None:
        nodes = self._nodes.view
        nodes.prefer(replace(nodes.preferences, tall=not nodes.preferences.tall))


class ScrollNodeDetails(ListCommand):
    """Scroll the details of the node"""

    name = "scroll-details"
    keys = ("right_square_bracket", "left_square_bracket")
    takes_key = True
    in_palette = False

    def run(self, argument: str = "") -> None:
        self._nodes.view.scroll_details(1 if argument.startswith("right") else -1)


class Extend(RowCommand):
    """Mark a range of nodes"""

    name = "extend"
    keys = ("shift+down", "shift+up")
    takes_key = True
    in_palette = False

    def run(self, argument: str = "") -> None:
        nodes = self._nodes.view
        node = nodes.selected
        assert node is not None
        if nodes.marks.anchor is None:
            nodes.mark(lambda marks: marks.begin_range(node.key))
        nodes.move(1 if argument == "shift+down" else -1)
