"""The table of nodes: virtual rows, drawn a line at a time, so that its length costs nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ssmtui.model import Node
from ssmtui.ui import commands
from ssmtui.ui.cells import Cell, fit
from ssmtui.ui.nodes.columns import DEFAULT, Facts
from ssmtui.ui.nodes.layout import GAP, Chosen, Layout, cells, layout
from ssmtui.ui.tones import Tone, paint

MARGIN = 3
"""Cells left of the first column: a blank, the mark for open sessions, a blank."""

HEADER = 1


class NodeTable(ScrollView, can_focus=True):
    """Rows of nodes under a fixed header. The cursor stays on its node whatever happens to the rows around it."""

    BINDINGS = commands.bindings(commands.Group.NODES)

    class Highlighted(Message):
        """The cursor came to ``node``, or the node under it has changed; None when there is none."""

        def __init__(self, table: NodeTable, node: Node | None) -> None:
            super().__init__()
            self.table = table
            self.node = node

        @property
        def control(self) -> NodeTable:
            """The table."""
            return self.table

    class Opened(Message):
        """A row was double-clicked."""

        def __init__(self, table: NodeTable) -> None:
            super().__init__()
            self.table = table

        @property
        def control(self) -> NodeTable:
            """The table."""
            return self.table

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self._now = now
        self._listed: Sequence[Node] = ()
        self._in_use: Collection[str] = ()
        self._cursor = 0
        self._chosen = False
        self._columns: Layout = ()
        self._told: Node | None = None
        self._message: Sequence[Cell] = ()

    @property
    def selected(self) -> Node | None:
        """The node under the cursor."""
        return self._listed[self._cursor] if self._listed else None

    @property
    def page(self) -> int:
        """Rows in sight."""
        return max(1, self.scrollable_content_region.height - HEADER)

    def show(self, nodes: Sequence[Node]) -> None:
        """Replace the rows."""
        # Until the person has chosen a row it is the first, whatever the pages that come in put there.
        selected = self.selected if self._chosen else None
        held = self._cursor - self.scroll_offset.y
        self._listed = nodes
        self._cursor = min(self._cursor, max(0, len(nodes) - 1))
        if selected is not None:
            self._cursor = next((row for row, node in enumerate(nodes) if node.id == selected.id), self._cursor)
        self._fit()
        # The row under the cursor stays where it is on the screen, the others move around it.
        self.scroll_to(y=self._cursor - held, animate=False)
        self._cursor_changed()

    def show_message(self, lines: Sequence[Cell]) -> None:
        """What to say in the middle while there are no rows."""
        if lines != self._message:
            self._message = lines
            self.refresh()

    def show_time(self, now: datetime) -> None:
        """Redraw the ages."""
        self._now = now
        self.refresh()

    def show_in_use(self, ids: Collection[str]) -> None:
        """Mark the nodes that have a live session here."""
        if ids != self._in_use:
            self._in_use = ids
            self.refresh()

    def move(self, rows: int) -> None:
        """Move the cursor, as far as there are rows."""
        self._go_to(self._cursor + rows)

    def render_line(self, y: int) -> Strip:
        """The header, a node's line or a blank one."""
        width = self.scrollable_content_region.width
        if y < HEADER:
            return self._header().adjust_cell_length(width, paint(self))
        row = self.scroll_offset.y + y - HEADER
        if row < len(self._listed):
            return self._row(row, width)
        return Strip.blank(width, paint(self)) if self._listed else self._message_line(y, width)

    def _header(self) -> Strip:
        titles = (" " * GAP).join(fit(column.title, width) for column, width in self._columns)
        return Strip([Segment(" " * MARGIN + titles, paint(self, Tone.HEAD))])

    def _row(self, row: int, width: int) -> Strip:
        node = self._listed[row]
        under = () if row != self._cursor else (Tone.ROW if self.has_focus else Tone.ROW_BLURRED,)
        mark = " ▸ " if node.id in self._in_use else " " * MARGIN
        segments = [Segment(mark, paint(self, *under, Tone.ACCENT))]
        gap = Segment(" " * GAP, paint(self, *under))
        for text, tone in cells(node, self._columns, Facts(self._now)):
            segments += [Segment(text, paint(self, *under, tone)), gap]
        return Strip(segments).adjust_cell_length(width, gap.style)

    def _message_line(self, y: int, width: int) -> Strip:
        place = y - max(HEADER + 1, (self.size.height - len(self._message)) // 2)
        if not 0 <= place < len(self._message):
            return Strip.blank(width, paint(self))
        text, tone = self._message[place]
        text = fit(text, min(cell_len(text), width - 2))
        segments = [Segment(" " * ((width - cell_len(text)) // 2), paint(self)), Segment(text, paint(self, tone))]
        return Strip(segments).adjust_cell_length(width, paint(self))

    def _go_to(self, row: int) -> None:
        row = max(0, min(row, len(self._listed) - 1))
        self._chosen = True
        if row != self._cursor:
            before, self._cursor = self._cursor, row
            self._refresh_row(before)
            self._refresh_row(row)
            self._keep_in_sight()
            self._cursor_changed()

    def _refresh_row(self, row: int) -> None:
        line = row - self.scroll_offset.y + HEADER
        if HEADER <= line < self.size.height:
            self.refresh(Region(0, line, self.size.width, 1))

    def _keep_in_sight(self) -> None:
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False)
        elif self._cursor >= top + self.page:
            self.scroll_to(y=self._cursor - self.page + 1, animate=False)

    def _fit(self) -> None:
        self.virtual_size = Size(0, len(self._listed) + HEADER)
        self._columns = layout([Chosen(name) for name in DEFAULT], self.scrollable_content_region.width - MARGIN - 1)
        self.refresh()

    def _cursor_changed(self) -> None:
        if self.selected != self._told:
            self._told = self.selected
            self.post_message(self.Highlighted(self, self.selected))

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
        """Move the cursor; a double click opens."""
        row = self.scroll_offset.y + event.y - HEADER
        if event.y >= HEADER and row < len(self._listed):
            self._go_to(row)
            if event.chain == 2:
                self.post_message(self.Opened(self))
