"""libghostty's render state: a copy of the view, which knows what has changed in it since it was last drawn."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from functools import cache
from typing import Any

from ssmtui.terminal.ghostty_abi import ffi
from ssmtui.terminal.ghostty_library import TYPES, check, lib, new, sized
from ssmtui.terminal.ghostty_rows import CellLayout, RowReader, is_proven, told_layout
from ssmtui.terminal.screen import Cursor, CursorShape, FrameRow

_SHAPES = {
    lib.GHOSTTY_RENDER_STATE_CURSOR_VISUAL_STYLE_BAR: CursorShape.BAR,
    lib.GHOSTTY_RENDER_STATE_CURSOR_VISUAL_STYLE_UNDERLINE: CursorShape.UNDERLINE,
}


class RenderState:
    """The view of one terminal as of the last :meth:`update`."""

    def __init__(self, terminal: Any, reader: RowReader | None = None) -> None:
        self._terminal = terminal
        self._reader = reader or _shared_reader()
        self._state = new("render_state")
        self._iterator = new("render_state_row_iterator")
        self._iterator_pointer = ffi.new("GhosttyRenderStateRowIterator *", self._iterator)
        self._line = ffi.new("uint16_t *")
        self._count = ffi.new("uint16_t *")
        self._cursor = sized("GhosttyRenderStateCursor")
        self._colors = sized("GhosttyRenderStateColors")

    def update(self) -> None:
        """Take over what has happened in the terminal since the last call."""
        check(lib.ghostty_render_state_update(self._state, self._terminal), "render_state_update")

    def _get(self, key: int, out: Any) -> None:
        check(lib.ghostty_render_state_get(self._state, key, out), "render_state_get")

    @property
    def height(self) -> int:
        """Rows in the view."""
        self._get(lib.GHOSTTY_RENDER_STATE_DATA_ROWS, self._count)
        return int(self._count[0])

    def dirty_lines(self) -> Iterator[int]:
        """Each line that has changed, counted from the top of the view. While the caller stands on one, :meth:`row` and
        :meth:`cells` read it; after the last one all lines count as drawn."""
        self._get(lib.GHOSTTY_RENDER_STATE_DATA_ROW_ITERATOR, self._iterator_pointer)
        while lib.ghostty_render_state_row_iterator_next_dirty(self._iterator, self._line):
            yield int(self._line[0])
        check(lib.ghostty_render_state_clean(self._state), "render_state_clean")

    def tail(self, count: int) -> list[FrameRow]:
        """The last rows, ``count`` at most, down to the last one that holds something. What has changed is not counted
        as drawn."""
        after = max((line + 1 for line in self._lines() if not self._reader.is_blank(self._iterator)), default=0)
        wanted = range(after - count, after)
        return [self.row() for line in self._lines() if line in wanted]

    def _lines(self) -> Iterator[int]:
        """Every line. While the caller stands on one, :meth:`row` reads it."""
        self._get(lib.GHOSTTY_RENDER_STATE_DATA_ROW_ITERATOR, self._iterator_pointer)
        line = 0
        while lib.ghostty_render_state_row_iterator_next(self._iterator):
            yield line
            line += 1

    def row(self) -> FrameRow:
        """The row that :meth:`dirty_lines` stands on."""
        return self._reader.read(self._iterator)

    def cells(self) -> bytes:
        """The cells of the row that :meth:`dirty_lines` stands on."""
        return self._reader.cells(self._iterator)

    def colors(self) -> Any:
        """The colours that it is drawn in: a ``GhosttyRenderStateColors *`` that the next call overwrites."""
        self._get(lib.GHOSTTY_RENDER_STATE_DATA_COLORS, self._colors)
        return self._colors

    def cursor(self) -> Cursor:
        """The cursor in the view. On the second cell of a wide character it is on the character."""
        # Not from the terminal, whose CURSOR_STYLE is the style of the pen, in spite of its name.
        self._get(lib.GHOSTTY_RENDER_STATE_DATA_CURSOR, self._cursor)
        cursor = self._cursor
        x = cursor.viewport_x - 1 if cursor.wide_tail else cursor.viewport_x
        return Cursor(
            x if cursor.viewport_has_value else 0,
            cursor.viewport_y if cursor.viewport_has_value else 0,
            bool(cursor.visible and cursor.viewport_has_value),
            _SHAPES.get(cursor.visual_style, CursorShape.BLOCK),
            bool(cursor.blinking),
        )


# A screen that has each kind of cell: plain, bold, wide with its spacer, a cluster, empty ones with a background from
# the palette and in RGB, a link. What a layout reads of these proves it or refutes it.
_KNOWN = "a\x1b[1mb中\x1b[me\u0301\x1b[41m\x1b[K\r\n\x1b[48;2;1;2;3m\x1b[K\x1b]8;;x:\x1b\\c".encode()


def _known_cells(layout: CellLayout) -> array[int]:
    terminal = ffi.new("GhosttyTerminal *")
    check(lib.ghostty_terminal_new(ffi.NULL, terminal, 20, 5), "terminal_new")
    try:
        lib.ghostty_terminal_vt_write(terminal[0], _KNOWN, len(_KNOWN))
        state = RenderState(terminal[0], RowReader(layout))
        state.update()
        return array("Q", b"".join([state.cells() for _ in state.dirty_lines()]))
    finally:
        lib.ghostty_terminal_free(terminal[0])


@cache
def _shared_reader() -> RowReader:
    """The one reader of all terminals, so that their styles share a cache.

    The layout of cells that the library describes is only trusted once it reads the known cells as the library's
    getters do. A wrong one would show garbage in every row.
    """
    layout = told_layout(TYPES)
    trusted = layout is not None and is_proven(layout, _known_cells(layout))
    return RowReader(layout if trusted else None)
