"""The display of a bittty board: scrollback, the places that are followed in it, bell, title and clipboard.

bittty keeps scrollback by logical line, so a width gives it rows (``scrollback.width``) and a reflow costs nothing. A
place in it is therefore a line's number and an offset in cells. On the screen a place is a row and a cell, until the
row scrolls off; only while the size changes is it counted in logical lines as well.
"""

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
    """Scrollback that is bounded by lines as well as by cells.

    Empty lines cost next to nothing of bittty's own budget of cells, but each is looked at when the size changes: a
    program that prints line feeds for an hour would make every resize slow.
    """

    def __init__(self, lines: int, size: int) -> None:
        super().__init__(size // BYTES_A_CELL)
        self._max_lines = lines
        self.is_open = False
        """The last line continues on the screen."""

    def append(self, row: ScrollbackLine, wrapped: bool = False) -> None:
        """Add the next row; ``wrapped`` when its logical line continues in the row below."""
        self.is_open = wrapped
        super().append(row, wrapped)

    def clear(self) -> None:
        """Drop all lines."""
        self.is_open = False
        super().clear()

    def _evict(self) -> None:
        # bittty 0.3.0 calls this with each line, and counts a cell more than a line has.
        while len(self._lines) > self._max_lines:
            self.cells -= len(self._lines.popleft()) + 1
            self.first += 1
        super()._evict()


class BitttyScreen(Terminal):  # type: ignore[misc]  # bittty has no types
    """The board's display. bittty calls the ``on_`` methods while it parses; what one raises costs the sequence."""

    def __init__(self, board: Board, scrollback: Scrollback, wire: Wire) -> None:
        super().__init__(board, scrollback)
        self._wire = wire
        self.anchors = Anchors(self)

    def history_rows(self) -> int:
        """Rows of scrollback above the screen. The alternate screen has none."""
        return 0 if self.board.blitter.in_alt_screen else len(self.scrollback.width(self.port.width))

    def screen_line(self) -> int:
        """The number that the logical line in the first row of the screen has in the scrollback, or will have there."""
        return int(self.scrollback.end - self.scrollback.is_open)

    def open_rows(self) -> int:
        """Rows of that line that are in the scrollback already."""
        if not self.scrollback.is_open:
            return 0
        return self.history_rows() - int(self.scrollback.width(self.port.width).row_for(self.screen_line()))

    def first_row(self, line: int) -> int:
        """The first row of logical line ``line``, in scrollback or on the screen."""
        if line < self.screen_line() or (line == self.screen_line() and self.scrollback.is_open):
            return int(self.scrollback.width(self.port.width).row_for(line))
        # Down the screen: a line begins in its first row, and after each row that does not wrap. One that scrolled off
        # in part begins in the scrollback and was found there.
        row, number, last = 0, self.screen_line(), self.port.height - 1
        while row < last and (number < line or (row and self.port.page.line(row - 1).wrapped)):
            number += not self.port.page.line(row).wrapped
            row += 1
        return self.history_rows() + row

    def on_rows_scrolled_off(self, lines: tuple[Line, ...]) -> None:
        """Keep them, and move the places that are in them."""
        super().on_rows_scrolled_off(lines)
        self.anchors.scrolled_off(len(lines))

    def on_scrollback_cleared(self) -> None:
        """ED 3 and RIS: the text of all places in the scrollback is gone."""
        super().on_scrollback_cleared()
        self.anchors.cleared()

    def on_bell(self) -> None:
        """BEL was printed."""
        self._wire.effects.bells += 1

    def on_clipboard(self, selection: str, text: str) -> None:
        """OSC 52. Which selection it names does not matter: there is one clipboard. bittty has decoded the base64."""
        data = text.encode()
        if 0 < len(data) <= MAX_CLIPBOARD:
            self._wire.effects.clipboard = data

    def on_title(self, title: str, icon_title: str) -> None:
        """OSC 0 and 2. The title of the icon (OSC 1) is not shown anywhere."""
        self._wire.effects.title = inert.line(title, MAX_TITLE)


class Anchors:
    """The places that are followed on one screen, which reports here what moves.

    They are held by weak references: a place is followed as long as somebody has its anchor.
    """

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
        """The first ``rows`` of the screen have become the last of the scrollback."""
        history = self._screen.history_rows() if self._all else 0  # counting costs, and mostly nothing is followed
        for anchor in self._all:
            if not anchor.in_history:
                anchor.go(GridPlace(history - rows + anchor.row, anchor.x))

    def cleared(self) -> None:
        """The scrollback was dropped."""
        for anchor in self._all:
            if anchor.in_history:
                anchor.lose()

    def hold_lines(self) -> None:
        """Before the size changes: keep places on the screen by logical line.

        The alternate screen is not wrapped again, so its places stay where they are.
        """
        for anchor in self._all:
            if not anchor.in_history and not self._screen.board.blitter.in_alt_screen:
                anchor.hold_line()

    def return_to_screen(self) -> None:
        """After the size has changed: keep places by row again that are on the screen now."""
        for anchor in self._all:
            if anchor.in_history and (place := anchor.place()) is not None:
                anchor.go(place)


class _BitttyAnchor:
    """A place that is followed. ``in_history``: ``row`` is a logical line, ``x`` is cells from its start. Otherwise
    they are row and cell of the screen."""

    def __init__(self, screen: BitttyScreen) -> None:
        self._screen = screen
        self.in_history = False
        self.row = self.x = 0

    def go(self, place: GridPlace) -> None:
        """Follow ``place`` instead."""
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
        """Become a place in a logical line, although it is on the screen: a reflow moves rows but keeps lines."""
        cols, page = self._screen.port.width, self._screen.port.page
        # The first row may continue a line whose first rows are in the scrollback already.
        line, within = self._screen.screen_line(), self._screen.open_rows()
        for row in range(self.row):
            line, within = (line, within + 1) if page.line(row).wrapped else (line + 1, 0)
        self.in_history, self.row, self.x = True, line, within * cols + self.x

    def place(self) -> GridPlace | None:
        """Where it is now; None once its line was dropped from the scrollback."""
        history, cols = self._screen.history_rows(), self._screen.port.width
        if not self.in_history:
            return GridPlace(history + min(self.row, self._screen.port.height - 1), min(self.x, cols - 1))
        if self.row < self._screen.scrollback.first:
            return None
        down, x = divmod(self.x, cols)
        first = self._screen.first_row(self.row)
        return GridPlace(min(first + down, history + self._screen.port.height - 1), x)
