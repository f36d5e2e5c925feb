"""The table itself: virtual rows, drawn a line at a time, so that its length costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip

from ssmtui.inventory.field_sets import SortKey
from ssmtui.inventory.rows import IndexRow, Item, RowKey
from ssmtui.ui.commands.messages import CommandWanted
from ssmtui.ui.kit.cursor_lines import CursorLines
from ssmtui.ui.look.cells import Cell
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import fit
from ssmtui.ui.table import rendering
from ssmtui.ui.table.columns import ColumnFacts, ColumnSet
from ssmtui.ui.table.layout import Chosen, Layout, at, layout

if TYPE_CHECKING:
    from ssmtui.inventory.query.row_query import RowQuery

MARGIN = 4
"""Cells left of the first column: marked, favourite, has open sessions, a space."""

Place = Callable[[RowKey], int | None]
"""Where among the rows an item is."""


class Decorations(NamedTuple):
    """What is shown of items beside what they are."""

    marked: Container[RowKey] = ()
    favourites: Container[RowKey] = ()
    in_use: Container[RowKey] = ()
    """Items that are live here."""


class RowTable(CursorLines[IndexRow[Item]]):
    """Rows under a fixed header. The cursor stays on its item whatever happens to the rows around it."""

    HEADER = 1

    class Highlighted(Message):
        """The cursor came to another item, or the item under it has changed."""

    class MarkClicked(Message):
        """Toggle the mark of the row under the cursor."""

    class HeadingClicked(Message):
        """Sort by ``field`` alone, or add it as a ``further`` key."""

        def __init__(self, field: str, *, further: bool) -> None:
            super().__init__()
            self.field = field
            self.further = further

    def __init__(self, columns: ColumnSet[Item], facts: ColumnFacts, opens: str) -> None:
        """``opens`` names the command that a double click runs."""
        super().__init__()
        self._columns = columns
        self._opens = opens
        self._facts = facts
        self._query: RowQuery | None = None
        self._decorations = Decorations()
        self._chosen_columns: Sequence[Chosen] = ()
        self._sort: Sequence[SortKey] = ()
        self._placed: Layout = ()
        self._is_chosen = False
        self._told: Item | None = None

    @property
    def selected(self) -> Item | None:
        """The item under the cursor."""
        return self._rows[self._cursor].item if self._rows else None

    @property
    def placed(self) -> Layout:
        """The columns that there is room for."""
        return self._placed

    # Changes from above

    def show(
        self, rows: Sequence[IndexRow[Item]], place: Place, query: RowQuery | None = None, *, to_top: bool = False
    ) -> None:
        """Replace the rows, of which ``query`` says what to highlight. The cursor stays on its item, unless it is
        wanted at the top; where the item has gone it stays in its row."""
        # Until the person has chosen a row it is the first, whatever the pages that come in put there.
        selected = self.selected if self._is_chosen and not to_top else None
        found = place(selected.key) if selected is not None else None
        self._query = query
        self.replace(rows, 0 if selected is None else self._cursor if found is None else found)

    def show_columns(self, chosen: Sequence[Chosen], sort: Sequence[SortKey]) -> None:
        """Show these columns; headings show the order."""
        if (chosen, sort) != (self._chosen_columns, self._sort):
            self._chosen_columns, self._sort = chosen, sort
            self.fit()

    def show_facts(self, facts: ColumnFacts) -> None:
        """Redraw the rows that show ages or account names."""
        before, self._facts = self._facts, facts
        if facts.aliases != before.aliases:
            self.refresh()
            return
        aging = [column for column, _ in self._placed if column.name in self._columns.aging]
        for row in self._visible if aging else ():
            item = self._rows[row].item
            if any(column.cell(item, facts) != column.cell(item, before) for column in aging):
                self.refresh_row(row)

    def show_decorations(self, decorations: Decorations) -> None:
        """Mark items that are marked, liked or in use."""
        before, self._decorations = self._decorations, decorations
        for row in self._visible:
            key = self._rows[row].item.key
            if any((key in old) != (key in new) for old, new in zip(before, decorations, strict=True)):
                self.refresh_row(row)

    def redraw(self) -> None:
        """Marks have changed in place."""
        self.refresh()

    def go_to(self, row: int) -> None:
        """Bring the cursor to a row, or as near as there is one."""
        self._is_chosen = True
        super().go_to(row)

    # What it draws

    def draw_header(self, width: int) -> Strip:
        """The headings."""
        segments = [Segment(" " * MARGIN, self.tone())]
        for title, sorts in rendering.headings(self._placed, self._sort):
            segments.append(Segment(title, self.tone(Tone.HEAD_SORTED if sorts else Tone.HEAD)))
        return Strip(segments).adjust_cell_length(width, self.tone())

    def draw_row(self, row: int, width: int) -> Strip:
        """An item's line."""
        found = self._rows[row]
        key = found.item.key
        marked = key in self._decorations.marked
        under: tuple[Tone, ...] = (Tone.MARKED,) if marked else ()
        if row == self._cursor:
            under += (Tone.ROW if self.has_focus else Tone.ROW_BLURRED,)
        segments = [
            Segment("▌" if marked else " ", self.tone(*under, Tone.ACCENT)),
            Segment("★" if key in self._decorations.favourites else " ", self.tone(*under, Tone.ACCENT)),
            Segment("▸ " if key in self._decorations.in_use else "  ", self.tone(*under, Tone.GOOD)),
        ]
        pieces = rendering.pieces(self._columns, found.item, self._placed, self._facts, self._query)
        segments += [Segment(text, self.tone(*under, *tones)) for text, *tones in pieces]
        return Strip(segments).adjust_cell_length(width, self.tone(*under))

    def draw_message(self, text: Cell, width: int) -> Strip:
        """In the middle."""
        said = fit(text.text, min(cell_len(text.text), width - 2))
        segments = [Segment(" " * ((width - cell_len(said)) // 2), self.tone()), Segment(said, self.tone(text.tone))]
        return Strip(segments).adjust_cell_length(width, self.tone())

    # Inside

    @property
    def _visible(self) -> range:
        """The rows in sight."""
        top = int(self.scroll_offset.y)
        return range(top, min(top + self.page, len(self._rows)))

    def lay_out(self) -> None:
        """Place the columns that there is room for."""
        self._placed = layout(self._columns, self._chosen_columns, self.scrollable_content_region.width - MARGIN)

    def cursor_changed(self) -> None:
        """Post that the cursor is on another item, or that its item has changed."""
        if self.selected is not self._told:
            self._told = self.selected
            self.post_message(self.Highlighted())

    def on_click(self, event: events.Click) -> None:
        """Sort, move the cursor or mark; a double click opens."""
        if event.y < self.HEADER:
            column = at(self._placed, event.x - MARGIN)
            if column is not None:
                self.post_message(self.HeadingClicked(column.name, further=event.shift or event.ctrl))
            return
        row = self.row_at(event.y)
        if row is not None:
            self.go_to(row)
            if event.ctrl or event.x < MARGIN - 1:
                self.post_message(self.MarkClicked())
            elif event.chain == 2:
                self.post_message(CommandWanted(self._opens))
