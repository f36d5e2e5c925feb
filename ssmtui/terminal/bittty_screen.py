"""The display of a bittty board: scrollback, the places that are followed in it, and what a program tells a screen."""

from __future__ import annotations

import weakref

from bittty import Board
from bittty.terminals.base import Terminal
from bittty.terminals.scrollback import MemoryScrollback, ScrollbackLine
from bittty.video import Line

from ssmtui import inert
from ssmtui.terminal.bittty_wire import Wire
from ssmtui.terminal.engine import MAX_CLIPBOARD, MAX_TITLE
from ssmtui.terminal.grid import Anchor, GridPlace
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


class Anchors:
    """The places that are followed. The screen tells them what moves."""

    def __init__(self, screen: BitttyScreen) -> None:
        self._screen = screen
        self._all: weakref.WeakSet[_BitttyAnchor] = weakref.WeakSet()

    def add(self, place: GridPlace) -> Anchor:
        """Follow ``place``."""
        anchor = _BitttyAnchor(self._screen)
        anchor.go(place)
        self._all.add(anchor)
        return anchor

    def scrolled_off(self, rows: int) -> None:
        """The first ``rows`` of the screen have become the last of the history."""
        history = self._screen.history_rows() if self._all else 0
        for anchor in self._all:
            if not anchor.in_history:
                anchor.go(GridPlace(history - rows + anchor.row, anchor.x))

    def cleared(self) -> None:
        """There is no history any more."""
        for anchor in self._all:
            if anchor.in_history:
                anchor.lose()

    def hold_lines(self) -> None:
        """The size is about to change."""
        for anchor in self._all:
            if not anchor.in_history and not self._screen.board.blitter.in_alt_screen:
                anchor.hold_line()

    def return_to_screen(self) -> None:
        """The size has changed."""
        for anchor in self._all:
            if anchor.in_history and (place := anchor.place()) is not None:
                anchor.go(place)


class _BitttyAnchor:
    """``in_history``: logical line ``row`` and ``x`` cells into it. Else: row and cell of the screen."""

    def __init__(self, screen: BitttyScreen) -> None:
        self._screen = screen
        self.in_history = False
        self.row = self.x = 0

    def go(self, place: GridPlace) -> None:
        """Follow another place."""
        history = self._screen.history_rows()
        self.in_history = place.row < history
        self.row, self.x = place.row - history, place.x
        if self.in_history:
            cols = self._screen.port.width
            line, within = self._screen.scrollback.width(cols).line_at(place.row)
            self.row, self.x = line, within * cols + place.x

    def lose(self) -> None:
        """Its text is gone."""
        self.in_history, self.row = True, -1

    def hold_line(self) -> None:
        """Be a place in a logical line, which a reflow keeps, though it is on the screen."""
        cols, page = self._screen.port.width, self._screen.port.page
        line, within = self._screen.screen_line(), self._screen.open_rows()
        for row in range(self.row):
            line, within = (line, within + 1) if page.line(row).wrapped else (line + 1, 0)
        self.in_history, self.row, self.x = True, line, within * cols + self.x

    def place(self) -> GridPlace | None:
        """Where it is now."""
        history, cols = self._screen.history_rows(), self._screen.port.width
        if not self.in_history:
            return GridPlace(history + min(self.row, self._screen.port.height - 1), min(self.x, cols - 1))
        if self.row < self._screen.scrollback.first:
            return None
        down, x = divmod(self.x, cols)
        first = self._screen.first_row(self.row)
        return GridPlace(min(first + down, history + self._screen.port.height - 1), x)
