"""What is around the table of nodes: the counts above it, and the details of the node under the cursor."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from ssmtui.model import Node, NodeKey
from ssmtui.ui.kit.line import Line
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.kit.title import Title
from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.pieces import Piece, longest_fit
from ssmtui.ui.nodes.details import Dealings, brief, full
from ssmtui.ui.nodes.table.columns import ColumnFacts


class Counts(Line):
    """How many nodes are shown and marked, and how old that is."""

    def __init__(self) -> None:
        super().__init__()
        self._variants: list[list[Piece]] = [[]]

    def show(self, variants: list[list[Piece]]) -> None:
        """Draw the first of these that there is room for."""
        if variants != self._variants:
            self._variants = variants
            self.refresh()

    def right(self, width: int) -> list[Piece]:
        """All of it, at the right edge."""
        return longest_fit(self._variants, width)


class Details(VerticalScroll, can_focus=False, inherit_bindings=False):
    """Lines about a node. The panel keeps its height whatever they say; they scroll."""

    def __init__(self) -> None:
        super().__init__(id="details")
        self._lines = TextLines(id="details-lines")

    def compose(self) -> ComposeResult:
        """The lines."""
        yield self._lines

    def show(self, lines: Sequence[Cell], *, anew: bool) -> None:
        """Draw these; ``anew``: they are another node's, and begin at the top."""
        self._lines.show(lines)
        if anew and self.scroll_offset.y:
            self.scroll_home(animate=False)


class NodePanel:
    """The title and the lines about one node."""

    def __init__(self) -> None:
        self.title = Title()
        self.lines = Details()
        self._shown: NodeKey | None = None

    def show(self, node: Node | None, facts: ColumnFacts, dealings: Dealings, *, tall: bool) -> None:
        """Show ``node`` in a few lines, or, ``tall``, all of it."""
        self.lines.set_class(tall, "-tall-details")
        if node is None:
            self.title.show("", "")
            self.lines.show((), anew=True)
            return
        self.title.show(tidy(node.label, 60), tidy(node.id, 60), favourite=dealings.favourite)
        self.lines.show((full if tall else brief)(node, facts, dealings), anew=node.key != self._shown)
        self._shown = node.key
