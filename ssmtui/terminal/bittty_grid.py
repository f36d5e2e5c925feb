"""bittty's page and scrollback as a :class:`~ssmtui.terminal.grid.Grid`.

bittty passes the shell's marks (OSC 133) on as they come and keeps none, so there are no prompts and no outputs here.
"""

from __future__ import annotations

from collections.abc import Sequence

from bittty.video import CONTINUATION, Cell, WideHead

from ssmtui.terminal.bittty_screen import BitttyScreen
from ssmtui.terminal.grid import Anchor, GridPlace, GridRow, runs_of


class BitttyGrid:
    """The grid of one board (see :class:`ssmtui.terminal.grid.Grid`)."""

    def __init__(self, screen: BitttyScreen) -> None:
        self._screen = screen

    @property
    def cols(self) -> int:
        """Cells in a row."""
        return int(self._screen.port.width)

    @property
    def height(self) -> int:
        """Rows of the screen."""
        return int(self._screen.port.height)

    @property
    def total(self) -> int:
        """Rows in all."""
        return self._screen.history_rows() + self.height

    @property
    def top(self) -> int:
        """The first row of the view."""
        return self.total - self.height - (0 if self.alternate else int(self._screen.view_offset()))

    @property
    def alternate(self) -> bool:
        """Whether this is the alternate screen."""
        return bool(self._screen.board.blitter.in_alt_screen)

    def show(self, row: int) -> None:
        """Move the view."""
        if not self.alternate:
            self._screen.scroll_view(row - self.top)

    def cursor(self) -> GridPlace:
        """The terminal's cursor."""
        cursor = self._screen.board.cursor
        return GridPlace(self._screen.history_rows() + int(cursor.y), int(cursor.display_x))

    def rows(self, first: int, count: int) -> list[GridRow]:
        """Rows one by one."""
        return [self._row(row) for row in range(first, min(first + count, self.total))]

    def wraps(self, row: int) -> bool:
        """Whether the logical line continues in the next row.

        bittty's last row may say so although nothing follows: what followed was scrolled off the screen. And at the
        border of the scrollback only the scrollback knows.
        """
        if row + 1 >= self.total:
            return False
        history = self._screen.history_rows()
        if row >= history:
            return bool(self._screen.port.page.line(row - history).wrapped)
        view = self._screen.scrollback.width(self.cols)
        if row == history - 1:
            return bool(self._screen.scrollback.is_open)
        return bool(view.line_at(row)[0] == view.line_at(row + 1)[0])

    def unwrapped(self, first: int, count: int) -> str:
        """Many rows as text. Whole lines of scrollback are taken as they are stored, which is what makes a search in it
        quick; a line that continues on the screen, or has wide characters, is read row by row."""
        parts, row, stop = [], first, min(first + count, self.total)
        history = self._screen.scrollback.width(self.cols)
        # Rows before this belong to lines that are whole in the scrollback.
        complete = history.row_for(self._screen.screen_line()) if not self.alternate else 0
        while row < stop:
            number, within = history.line_at(row) if row < complete else (-1, -1)
            line = self._screen.scrollback.line(number) if within == 0 else None
            height = 0 if line is None else max(1, -(-line.width // self.cols))
            if line is not None and line.shape is None and row + height <= stop:
                parts.append(line.text.rstrip(" ") + "\n")
                row += height
            else:
                read = self._row(row)
                parts.append(read.text if read.wraps else read.text + "\n")
                row += 1
        return "".join(parts)

    def text(self, start: GridPlace, end: GridPlace) -> str:
        """A range as text."""
        if start.x == 0 and end.x >= self.cols - 1:
            whole = self.unwrapped(start.row, end.row - start.row + 1)
            return "\n".join([line.rstrip(" ") for line in whole.removesuffix("\n").split("\n")])
        parts, line = [], ""
        for number, row in enumerate(self.rows(start.row, end.row - start.row + 1), start.row):
            line += row.between(
                start.x if number == start.row else 0, min(row.width, end.x + 1) if number == end.row else row.width
            )
            if not row.wraps or number == end.row:
                parts.append(line.rstrip(" "))
                line = ""
        return "\n".join(parts)

    def anchor(self, place: GridPlace) -> Anchor:
        """Follow ``place``."""
        return self._screen.anchors.add(place)

    def links(self, row: int) -> list[tuple[int, int, str]]:
        """What its cells link to: bittty keeps a link in the style."""
        return runs_of([style.hyperlink or "" for style, _ in self._cells(row)])

    def is_prompt(self, row: int) -> bool:
        """Never: bittty keeps no marks."""
        return False

    def output(self, row: int) -> tuple[GridPlace, GridPlace] | None:
        """Never: bittty keeps no marks."""
        return None

    def _cells(self, row: int) -> Sequence[Cell]:
        history = self._screen.history_rows()
        if row < history:
            cells: Sequence[Cell] = self._screen.scrollback.width(self.cols)[row]
            return cells
        line: Sequence[Cell] = self._screen.port.page.line(row - history).cells
        return line

    def _row(self, number: int) -> GridRow:
        cells = self._cells(number)
        wraps = self.wraps(number)
        if wraps and cells[-1][1] == " " and isinstance(self._cells(number + 1)[0][1], WideHead):
            cells = cells[:-1]  # empty because the wide character that follows had no room in it
        characters = [character for _, character in cells]
        text = "".join(characters)
        if len(text) == len(cells) and CONTINUATION not in characters:
            text = text if wraps else text.rstrip(" ")
            return GridRow(text, None, len(text), wraps)
        return _mixed_row(cells, wraps)


def _mixed_row(cells: Sequence[Cell], wraps: bool) -> GridRow:
    """A row with wide characters or clusters. Spaces at its end belong to it only when its line continues."""
    text, places, width = "", [], 0
    for x, (_, glyph) in enumerate(cells):
        if glyph != CONTINUATION:
            text += str(glyph)
            places += [x] * len(glyph)
            if wraps or str(glyph) != " ":
                width = x + 1 + isinstance(glyph, WideHead)
    used = sum(place < width for place in places)
    return GridRow(text[:used], places[:used], width, wraps)
