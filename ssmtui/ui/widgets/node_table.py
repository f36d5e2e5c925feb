"""The table of nodes: virtual rows, drawn a line at a time, so that its length costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ssmtui.inventory.index import SortKey
from ssmtui.inventory.rows import Row
from ssmtui.model import Node, NodeKey
from ssmtui.ui import commands
from ssmtui.ui.cells import Cell
from ssmtui.ui.compat import LinesWidget, resize_content
from ssmtui.ui.nodes import rendering
from ssmtui.ui.nodes.columns import AGING, Facts
from ssmtui.ui.nodes.layout import Chosen, Layout, at, layout
from ssmtui.ui.tones import Tone, paint, palette_of
from ssmtui.ui.words import fit

if TYPE_CHECKING:
    from ssmtui.inventory.query.query import Query

MARGIN = 4
"""Cells left of the first column: marked, favourite, has open sessions, a blank."""

HEADER = 1

Place = Callable[[NodeKey], int | None]
"""Where among the rows a node is."""


class Decorations(NamedTuple):
    """What is shown of nodes beside what they are."""

    marked: Container[NodeKey] = ()
    favourites: Container[NodeKey] = ()
    in_use: Container[NodeKey] = ()
    """Nodes that have a live session here."""


class NodeTable(ScrollView, LinesWidget, can_focus=True):
    """Rows of nodes under a fixed header. The cursor stays on its node whatever happens to the rows around it."""

    BINDINGS = commands.bindings(commands.Group.NODES)

    class Said(Message):
        """Something about the table."""

        def __init__(self, table: NodeTable) -> None:
            super().__init__()
            self.table = table

        @property
        def control(self) -> NodeTable:
            """The table."""
            return self.table

    class Highlighted(Said):
        """The cursor came to another node, or the node under it has changed."""

    class Opened(Said):
        """A row was double-clicked."""

    class MarkClicked(Said):
        """The mark of the row under the cursor is to change."""

    class HeadingClicked(Said):
        """Rows are to be sorted by ``field``: by it alone, or by it as a ``further`` key."""

        def __init__(self, table: NodeTable, field: str, *, further: bool) -> None:
            super().__init__(table)
            self.field = field
            self.further = further

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self._facts = facts
        self._rows: Sequence[Row] = ()
        self._query: Query | None = None
        self._decorations = Decorations()
        self._chosen_columns: Sequence[Chosen] = ()
        self._sort: Sequence[SortKey] = ()
        self._placed: Layout = ()
        self._cursor = 0
        self._is_chosen = False
        self._told: Node | None = None
        self._message: Sequence[Cell] = ()
        self._styles: dict[tuple[Tone, ...], Style] = {}
        self._styled_by: object = None

    @property
    def selected(self) -> Node | None:
        """The node under the cursor."""
        return self._rows[self._cursor].node if self._rows else None

    @property
    def cursor(self) -> int:
        """The row that the cursor is on."""
        return self._cursor

    @property
    def rows(self) -> Sequence[Row]:
        """All rows."""
        return self._rows

    @property
    def placed(self) -> Layout:
        """The columns that there is room for."""
        return self._placed

    @property
    def page(self) -> int:
        """Rows in sight."""
        return max(1, self.scrollable_content_region.height - HEADER)

    # What it is told

    def show(self, rows: Sequence[Row], place: Place, query: Query | None = None, *, to_top: bool = False) -> None:
        """Replace the rows, of which ``query`` says what to highlight. The cursor stays on its node, unless it is
        wanted at the top; where the node has gone it stays in its row."""
        # Until the person has chosen a row it is the first, whatever the pages that come in put there.
        selected = self.selected if self._is_chosen and not to_top else None
        held = self._cursor - self.scroll_offset.y
        found = place(selected.key) if selected is not None else None
        self._rows, self._query = rows, query
        self._cursor = 0 if selected is None else min(self._cursor if found is None else found, max(0, len(rows) - 1))
        self._fit()
        # The row under the cursor stays where it is on the screen, the others move around it.
        self.scroll_to(y=self._cursor - max(0, min(held, self.page - 1)), animate=False, force=True, immediate=True)
        self._cursor_changed()

    def show_columns(self, chosen: Sequence[Chosen], sort: Sequence[SortKey]) -> None:
        """Have these columns; headings tell the order."""
        if (chosen, sort) != (self._chosen_columns, self._sort):
            self._chosen_columns, self._sort = chosen, sort
            self._fit()

    def show_message(self, lines: Sequence[Cell]) -> None:
        """What to say in the middle while there are no rows."""
        if lines != self._message:
            self._message = lines
            if not self._rows:
                self.refresh()

    def show_facts(self, facts: Facts) -> None:
        """Time has passed, or accounts have names: redraw the rows that show it."""
        before, self._facts = self._facts, facts
        if facts.aliases != before.aliases:
            self.refresh()
            return
        aging = [column for column, _ in self._placed if column.name in AGING]
        for row in self._visible if aging else ():
            node = self._rows[row].node
            if any(column.cell(node, facts) != column.cell(node, before) for column in aging):
                self._refresh_row(row)

    def show_decorations(self, decorations: Decorations) -> None:
        """Mark nodes that are marked, liked or in use."""
        before, self._decorations = self._decorations, decorations
        for row in self._visible:
            key = self._rows[row].node.key
            if any((key in old) != (key in new) for old, new in zip(before, decorations, strict=True)):
                self._refresh_row(row)

    def redraw(self) -> None:
        """Marks have changed in place."""
        self.refresh()

    def move(self, rows: int) -> None:
        """Move the cursor, as far as there are rows."""
        self.go_to(self._cursor + rows)

    def go_to(self, row: int) -> None:
        """Bring the cursor to a row, or as near as there is one."""
        row = max(0, min(row, len(self._rows) - 1))
        self._is_chosen = True
        if row != self._cursor:
            before, self._cursor = self._cursor, row
            self._refresh_row(before)
            self._refresh_row(row)
            self._keep_in_sight()
            self._cursor_changed()

    # What it draws

    def render_line(self, y: int) -> Strip:
        """The header, a node's line or a blank one."""
        width = self.size.width
        if y < HEADER:
            return self._header(width)
        row = self.scroll_offset.y + y - HEADER
        if row < len(self._rows):
            return self._row(row, width)
        return Strip.blank(width, self._style()) if self._rows else self._message_line(y, width)

    def _header(self, width: int) -> Strip:
        segments = [Segment(" " * MARGIN, self._style())]
        for title, sorts in rendering.headings(self._placed, self._sort):
            segments.append(Segment(title, self._style(Tone.HEAD_SORTED if sorts else Tone.HEAD)))
        return Strip(segments).adjust_cell_length(width, self._style())

    def _row(self, row: int, width: int) -> Strip:
        found = self._rows[row]
        key = found.node.key
        marked = key in self._decorations.marked
        under: tuple[Tone, ...] = (Tone.MARKED,) if marked else ()
        if row == self._cursor:
            under += (Tone.ROW if self.has_focus else Tone.ROW_BLURRED,)
        segments = [
            Segment("▌" if marked else " ", self._style(*under, Tone.ACCENT)),
            Segment("★" if key in self._decorations.favourites else " ", self._style(*under, Tone.ACCENT)),
            Segment("▸ " if key in self._decorations.in_use else "  ", self._style(*under, Tone.GOOD)),
        ]
        pieces = rendering.pieces(found.node, self._placed, self._facts, self._query)
        segments += [Segment(text, self._style(*under, *tones)) for text, *tones in pieces]
        return Strip(segments).adjust_cell_length(width, self._style(*under))

    def _message_line(self, y: int, width: int) -> Strip:
        place = y - max(HEADER + 1, (self.size.height - len(self._message)) // 2)
        if not 0 <= place < len(self._message):
            return Strip.blank(width, self._style())
        text, tone = self._message[place]
        text = fit(text, min(cell_len(text), width - 2))
        segments = [Segment(" " * ((width - cell_len(text)) // 2), self._style()), Segment(text, self._style(tone))]
        return Strip(segments).adjust_cell_length(width, self._style())

    def _style(self, *tones: Tone) -> Style:
        """The widget's style under ``tones``; there are few of them and thousands of cells."""
        if self._styled_by is not (palette := palette_of(self)):
            self._styled_by = palette
            self._styles.clear()
        style = self._styles.get(tones)
        if style is None:
            style = self._styles[tones] = paint(self, *tones)
        return style

    def notify_style_update(self) -> None:
        """Styles have changed."""
        self._styles.clear()
        super().notify_style_update()

    # Inside

    @property
    def _visible(self) -> range:
        """The rows in sight."""
        top = int(self.scroll_offset.y)
        return range(top, min(top + self.page, len(self._rows)))

    def _refresh_row(self, row: int) -> None:
        line = row - self.scroll_offset.y + HEADER
        if HEADER <= line < self.size.height:
            self.refresh(Region(0, line, self.size.width, 1))

    def _keep_in_sight(self) -> None:
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, force=True, immediate=True)
        elif self._cursor >= top + self.page:
            self.scroll_to(y=self._cursor - self.page + 1, animate=False, force=True, immediate=True)

    def _fit(self) -> None:
        resize_content(self, Size(0, len(self._rows) + HEADER))
        self._placed = layout(self._chosen_columns, self.scrollable_content_region.width - MARGIN)
        self.refresh()

    def _cursor_changed(self) -> None:
        if self.selected is not self._told:
            self._told = self.selected
            self.post_message(self.Highlighted(self))

    def on_resize(self) -> None:
        """Lay the columns out again."""
        self._fit()
        self._keep_in_sight()

    def on_focus(self) -> None:
        """The keys come here: the row under the cursor shows it."""
        self._refresh_row(self._cursor)

    def on_blur(self) -> None:
        """They go elsewhere."""
        self._refresh_row(self._cursor)

    def on_click(self, event: events.Click) -> None:
        """Sort, move the cursor or mark; a double click opens."""
        if event.y < HEADER:
            column = at(self._placed, event.x - MARGIN)
            if column is not None:
                self.post_message(self.HeadingClicked(self, column.name, further=event.shift or event.ctrl))
            return
        row = self.scroll_offset.y + event.y - HEADER
        if row < len(self._rows):
            self.go_to(row)
            if event.ctrl or event.x < MARGIN - 1:
                self.post_message(self.MarkClicked(self))
            elif event.chain == 2:
                self.post_message(self.Opened(self))
