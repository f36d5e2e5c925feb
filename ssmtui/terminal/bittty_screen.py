"""The display of a bittty board: scrollback, the places that are followed in it, and what a program tells a screen."""

from __future__ import annotations

from bittty import Board
from bittty.terminals.base import Terminal
from bittty.terminals.scrollback import MemoryScrollback, ScrollbackLine
from bittty.video import Line

from ssmtui import inert
from ssmtui.terminal.bittty_grid import Anchors
from ssmtui.terminal.bittty_wire import Wire
from ssmtui.terminal.engine import MAX_CLIPBOARD, MAX_TITLE
from ssmtui.terminal.memory import BYTES_A_CELL


class Scrollback(MemoryScrollback):  # type: ignore[misc]  # bittty has no types
    """Bounded by lines, too: empty ones cost next to nothing of a budget of cells, but each is counted at a resize."""

    def __init__(self, lines: int, size: int) -> None:
        super().__init__(size // BYTES_A_CELL)
        self._max_lines = lines
        self.is_open = False
        """The last line goes on on the screen."""

    def append(self, row: ScrollbackLine, wrapped: bool = False) -> None:
        """Take the next row."""
        self.is_open = wrapped
        super().append(row, wrapped)

    def clear(self) -> None:
        """Forget everything."""
        self.is_open = False
        super().clear()

    def _evict(self) -> None:
        while len(self._lines) > self._max_lines:
            self.cells -= len(self._lines.popleft()) + 1
            self.first += 1
        super()._evict()


class BitttyScreen(Terminal):  # type: ignore[misc]  # bittty has no types
    """The board's display: keeps the scrollback and hears the bell."""

    def __init__(self, board: Board, scrollback: Scrollback, wire: Wire) -> None:
        super().__init__(board, scrollback)
        self._wire = wire
        self.anchors = Anchors(self)

    def history_rows(self) -> int:
        """Rows of history above the screen; none above the alternate one."""
        return 0 if self.board.blitter.in_alt_screen else len(self.scrollback.width(self.port.width))

    def screen_line(self) -> int:
        """The number that the logical line in the first row of the screen has, or will have, in the history."""
        return int(self.scrollback.end - self.scrollback.is_open)

    def open_rows(self) -> int:
        """Rows of that line that are in the history already."""
        if not self.scrollback.is_open:
            return 0
        return self.history_rows() - int(self.scrollback.width(self.port.width).row_for(self.screen_line()))

    def first_row(self, line: int) -> int:
        """The first row of a logical line of history or screen."""
        if line < self.screen_line() or (line == self.screen_line() and self.scrollback.is_open):
            return int(self.scrollback.width(self.port.width).row_for(line))
        row, number, last = 0, self.screen_line(), self.port.height - 1
        while row < last and (number < line or (row and self.port.page.line(row - 1).wrapped)):
            number += not self.port.page.line(row).wrapped
            row += 1
        return self.history_rows() + row

    def on_rows_scrolled_off(self, lines: tuple[Line, ...]) -> None:
        """Keep them, and follow what is in them."""
        super().on_rows_scrolled_off(lines)
        self.anchors.scrolled_off(len(lines))

    def on_scrollback_cleared(self) -> None:
        """ED 3 and RIS."""
        super().on_scrollback_cleared()
        self.anchors.cleared()

    def on_bell(self) -> None:
        """BEL."""
        self._wire.effects.bells += 1

    def on_clipboard(self, selection: str, text: str) -> None:
        """OSC 52. Which selection it is for does not matter here."""
        data = text.encode()
        if 0 < len(data) <= MAX_CLIPBOARD:
            self._wire.effects.clipboard = data

    def on_title(self, title: str, icon_title: str) -> None:
        """OSC 0 and 2."""
        self._wire.effects.title = inert.line(title, MAX_TITLE)
