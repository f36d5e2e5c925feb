"""Lines with a cursor on one of them, drawn a line at a time, so that their number costs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ssmtui.ui.compat import LinesWidget, resize_content
from ssmtui.ui.look.cells import Cell, fit, tidy
from ssmtui.ui.look.palette import paint, palette_of
from ssmtui.ui.look.tones import Tone

RowType = TypeVar("RowType")


class CursorLines(ScrollView, LinesWidget, Generic[RowType], can_focus=True):
    """Rows under a fixed header; the cursor is moved and kept in sight here. A row is drawn as its text; a
    subclass with more to show overrides :meth:`draw_row`."""

    HEADER: ClassVar[int] = 0
    """Lines of the header."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: Sequence[RowType] = ()
        self._cursor = 0
        self._message: Sequence[Cell] = ()
        self._styles: dict[tuple[Tone, ...], Style] = {}
        self._styled_by: object = None

    @property
    def cursor(self) -> int:
        """The row that the cursor is on."""
        return self._cursor

    @property
    def rows(self) -> Sequence[RowType]:
        """All rows."""
        return self._rows

    @property
    def page(self) -> int:
        """Rows in sight."""
        return max(1, self.scrollable_content_region.height - self.HEADER)

    # What subclasses may draw otherwise, and hear of

    def draw_row(self, row: int, width: int) -> Strip:
        """One row, ``width`` cells wide."""
        here = Tone.ROW if self.has_focus else Tone.ROW_BLURRED
        return Strip([Segment(fit(tidy(str(self._rows[row])), width), self.tone(*[here] * (row == self._cursor)))])

    def draw_header(self, width: int) -> Strip:
        """A line above the rows."""
        return Strip.blank(width, self.tone())

    def draw_message(self, text: Cell, width: int) -> Strip:
        """A line of the message that replaces the rows while there are none."""
        segments = [Segment("  ", self.tone()), Segment(fit(text.text, max(0, width - 4)), self.tone(text.tone))]
        return Strip(segments).adjust_cell_length(width, self.tone())

    def lay_out(self) -> None:
        """The rows or the room for them changed."""

    def cursor_changed(self) -> None:
        """The cursor may be on something else."""

    # Changes from above

    def show_message(self, lines: Sequence[Cell]) -> None:
        """What to say in the middle while there are no rows."""
        if lines != self._message:
            self._message = lines
            if not self._rows:
                self.refresh()

    def move(self, rows: int) -> None:
        """Move the cursor by ``rows``, within the list."""
        self.go_to(self._cursor + rows)

    def go_to(self, row: int) -> None:
        """Bring the cursor to a row, or as near as there is one."""
        row = max(0, min(row, len(self._rows) - 1))
        if row != self._cursor:
            before, self._cursor = self._cursor, row
            self.refresh_row(before)
            self.refresh_row(row)
            self.keep_in_sight()
            self.cursor_changed()

    def replace(self, rows: Sequence[RowType], cursor: int) -> None:
        """Replace the rows, with the cursor on row ``cursor``, or the nearest one. The row under the cursor stays where
        it is on the screen, the others move around it."""
        held = self._cursor - self.scroll_offset.y
        self._rows = rows
        self._cursor = max(0, min(cursor, len(rows) - 1))
        self.fit()
        self.scroll_to(y=self._cursor - max(0, min(held, self.page - 1)), animate=False, force=True, immediate=True)
        self.keep_in_sight()
        self.cursor_changed()

    def fit(self) -> None:
        """Adapt to the widget's size."""
        resize_content(self, Size(0, len(self._rows) + self.HEADER))
        self.lay_out()
        self.refresh()

    def refresh_row(self, row: int) -> None:
        """Draw a row anew, if it is in sight."""
        line = int(row - self.scroll_offset.y) + self.HEADER
        if self.HEADER <= line < self.size.height:
            self.refresh(Region(0, line, self.size.width, 1))

    def keep_in_sight(self) -> None:
        """Scroll just enough to show the cursor's row."""
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, force=True, immediate=True)
        elif self._cursor >= top + self.page:
            self.scroll_to(y=self._cursor - self.page + 1, animate=False, force=True, immediate=True)

    def row_at(self, line: int) -> int | None:
        """The row in a line of the widget."""
        row = int(self.scroll_offset.y) + line - self.HEADER
        return row if line >= self.HEADER and row < len(self._rows) else None

    # What it draws

    def render_line(self, y: int) -> Strip:
        """The header, a row or an empty line."""
        width = self.size.width
        if y < self.HEADER:
            return self.draw_header(width)
        if (row := self.row_at(y)) is not None:
            return self.draw_row(row, width)
        line = y - max(self.HEADER + 1, (self.size.height - len(self._message)) // 2)
        if self._rows or not 0 <= line < len(self._message):
            return Strip.blank(width, self.tone())
        return self.draw_message(self._message[line], width)

    def tone(self, *tones: Tone) -> Style:
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

    def on_resize(self) -> None:
        """The size changed."""
        self.fit()
        self.keep_in_sight()

    def on_focus(self) -> None:
        """The keys come here: the row under the cursor shows it."""
        self.refresh_row(self._cursor)

    def on_blur(self) -> None:
        """Draw the cursor's row without the focus."""
        self.refresh_row(self._cursor)
