"""What is around a table: the counts above it, and the details of the item under the cursor."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from ssmtui.inventory.rows import RowKey
from ssmtui.ui.kit.line import Line
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.kit.title import Title
from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.pieces import Piece, longest_fit


class Counts(Line):
    """How many rows are shown and marked, and how old that is."""

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
    """Lines about an item. The panel keeps its height whatever they say; they scroll."""

    def __init__(self) -> None:
        super().__init__(id="details")
        self._lines = TextLines(id="details-lines")

    def compose(self) -> ComposeResult:
        """The lines."""
        yield self._lines

    def show(self, lines: Sequence[Cell], *, anew: bool) -> None:
        """Draw these; ``anew``: they are another item's, and begin at the top."""
        self._lines.show(lines)
        if anew and self.scroll_offset.y:
            self.scroll_home(animate=False)


class Panel:
    """The title and the lines about one item."""

    def __init__(self) -> None:
        self.title = Title()
        self.lines = Details()
        self._shown: RowKey | None = None

    def clear(self, *, tall: bool) -> None:
        """There is no item."""
        self.lines.set_class(tall, "-tall-details")
        self.title.show("", "")
        self.lines.show((), anew=True)

    def show(
        self, key: RowKey, name: str, about: str, lines: Sequence[Cell], *, tall: bool, favourite: bool = False
    ) -> None:
        """Show ``lines`` about the item with that ``key`` under its ``name`` and what is ``about`` it. ``tall``: it has
        half the screen."""
        self.lines.set_class(tall, "-tall-details")
        self.title.show(tidy(name, 60), tidy(about, 100), favourite=favourite)
        self.lines.show(lines, anew=key != self._shown)
        self._shown = key
