"""libghostty's rows as a :class:`~ssmtui.terminal.grid.Grid`.

The library's formatter gives the text of any range in one call, which searching a hundred thousand rows depends on. It
does not say which cell a character is in, so that is worked out here from the widths of characters. Only rows with
characters whose width is not certain are read cell by cell.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ssmtui.terminal.ghostty_abi import ffi
from ssmtui.terminal.ghostty_data import TerminalData
from ssmtui.terminal.ghostty_library import check, lib, sized
from ssmtui.terminal.ghostty_rows import clusters_with_neighbour
from ssmtui.terminal.grid import Anchor, GridPlace, GridRow, runs_of

_MAX_CLUSTER = 64
"""Code points of one cell that are read."""
_MAX_ADDRESS = 4096
"""Bytes of a link's address that are read; a longer one is not opened."""
_MAX_BLANK = 1000
"""Rows at the end of a text that are looked at for empty lines."""
_NO_VALUE = lib.GHOSTTY_NO_VALUE
_SCREEN = lib.GHOSTTY_POINT_TAG_SCREEN


class GhosttyGrid:
    """The grid of one terminal (see :class:`ssmtui.terminal.grid.Grid`).

    The buffers that the library writes to are allocated once: a search makes thousands of calls.
    """

    def __init__(self, terminal: Any) -> None:
        self._terminal = terminal
        self._data = TerminalData()
        self._point = ffi.new("GhosttyPoint *")
        self._point.tag = _SCREEN
        self._coordinate = ffi.new("GhosttyPointCoordinate *")
        self._ref = sized("GhosttyGridRef")
        self._row = ffi.new("GhosttyRow *")
        self._flag = ffi.new("bool *")
        self._prompt = ffi.new("GhosttyRowSemanticPrompt *")
        self._cell = ffi.new("GhosttyCell *")
        self._wide = ffi.new("GhosttyCellWide *")
        self._codepoints = ffi.new("uint32_t[]", _MAX_CLUSTER)
        self._length = ffi.new("size_t *")
        self._selection = sized("GhosttySelection")
        self._options = sized("GhosttyTerminalSelectionFormatOptions")
        self._options.emit = lib.GHOSTTY_FORMATTER_FORMAT_PLAIN
        self._options.selection = self._selection
        self._text = ffi.new("uint8_t **")
        self._uri = ffi.new("uint8_t[]", _MAX_ADDRESS)

    def _get(self, name: str) -> Any:
        return self._data.get(self._terminal, name)

    # Grid

    @property
    def cols(self) -> int:
        """Cells in a row."""
        return int(self._get("cols"))

    @property
    def height(self) -> int:
        """Rows of the screen."""
        return int(self._get("rows"))

    @property
    def total(self) -> int:
        """Rows in all."""
        return int(self._get("scrollbar").total)

    @property
    def top(self) -> int:
        """The first row of the view."""
        return int(self._get("scrollbar").offset)

    @property
    def alternate(self) -> bool:
        """Whether this is the alternate screen."""
        return bool(self._get("active_screen") == lib.GHOSTTY_TERMINAL_SCREEN_ALTERNATE)

    def show(self, row: int) -> None:
        """Move the view."""
        where = ffi.new("GhosttyTerminalScrollViewport *")
        bar = self._get("scrollbar")
        if row < bar.total - bar.len:
            where.tag, where.value.delta = lib.GHOSTTY_SCROLL_VIEWPORT_ROW, max(0, row)
        else:
            where.tag = lib.GHOSTTY_SCROLL_VIEWPORT_BOTTOM
        lib.ghostty_terminal_scroll_viewport(self._terminal, where[0])

    def cursor(self) -> GridPlace:
        """The terminal's cursor."""
        bar = self._get("scrollbar")
        return GridPlace(int(bar.total - bar.len) + int(self._get("cursor_y")), int(self._get("cursor_x")))

    def rows(self, first: int, count: int) -> list[GridRow]:
        """Rows one by one."""
        count = min(count, self.total - first)
        if count <= 0:
            return []
        texts = self._format(GridPlace(first, 0), GridPlace(first + count - 1, self.cols - 1), unwrap=False, trim=False)
        lines = texts.split("\n")
        lines += [""] * (count - len(lines))  # the formatter leaves out empty rows at the end
        return [self._read(first + offset, line) for offset, line in enumerate(lines)]

    def wraps(self, row: int) -> bool:
        """The row's wrap flag."""
        self._refer(GridPlace(row, 0), self._ref)
        return self._row_flag(lib.GHOSTTY_ROW_DATA_WRAP)

    def unwrapped(self, first: int, count: int) -> str:
        """Many rows as text."""
        count = min(count, self.total - first)
        if count <= 0:
            return ""
        return self._format(GridPlace(first, 0), GridPlace(first + count - 1, self.cols - 1), unwrap=True, trim=False)

    def text(self, start: GridPlace, end: GridPlace) -> str:
        """A range as text."""
        text = self._format(start, end, unwrap=True, trim=True)
        return text.rstrip("\n") + "\n" * self._blank_lines(start, end)

    def anchor(self, place: GridPlace) -> Anchor:
        """A tracked reference of the library, which follows its cell through output and reflow."""
        return _GhosttyAnchor(self._terminal, self._at(place))

    def links(self, row: int) -> list[tuple[int, int, str]]:
        """What its cells link to. Most rows have no link, and a flag of the row says so in one call."""
        self._refer(GridPlace(row, 0), self._ref)
        if not self._row_flag(lib.GHOSTTY_ROW_DATA_HYPERLINK):
            return []
        return runs_of([self._address(x) for x in range(self.cols)])

    def is_prompt(self, row: int) -> bool:
        """Whether the row was marked as the beginning of a prompt (OSC 133 A)."""
        self._refer(GridPlace(row, 0), self._ref)
        check(lib.ghostty_grid_ref_row(self._ref, self._row), "grid_ref_row")
        check(lib.ghostty_row_get(self._row[0], lib.GHOSTTY_ROW_DATA_SEMANTIC_PROMPT, self._prompt), "row_get")
        return bool(self._prompt[0] == lib.GHOSTTY_ROW_SEMANTIC_PROMPT)

    def output(self, row: int) -> tuple[GridPlace, GridPlace] | None:
        """The command output that ``row`` is in."""
        self._refer(GridPlace(row, 0), self._ref)
        result = lib.ghostty_terminal_select_output(self._terminal, self._ref[0], self._selection)
        if result == _NO_VALUE:
            return None
        check(result, "select_output")
        return self._place(ffi.addressof(self._selection, "start")), self._place(ffi.addressof(self._selection, "end"))

    # In terms of the library

    def _at(self, place: GridPlace) -> Any:
        self._point.value.coordinate.x, self._point.value.coordinate.y = place.x, place.row
        return self._point[0]

    def _refer(self, place: GridPlace, out: Any) -> None:
        """Make ``out`` a reference to ``place``. It is valid until the terminal changes, so none is kept across
        calls."""
        check(lib.ghostty_terminal_grid_ref(self._terminal, self._at(place), out), "grid_ref")

    def _place(self, ref: Any) -> GridPlace:
        result = lib.ghostty_terminal_point_from_grid_ref(self._terminal, ref, _SCREEN, self._coordinate)
        check(result, "point_from_grid_ref")
        return GridPlace(int(self._coordinate.y), int(self._coordinate.x))

    def _row_flag(self, key: int) -> bool:
        """A flag of the row that ``self._ref`` is in."""
        check(lib.ghostty_grid_ref_row(self._ref, self._row), "grid_ref_row")
        check(lib.ghostty_row_get(self._row[0], key, self._flag), "row_get")
        return bool(self._flag[0])

    def _address(self, x: int) -> str:
        self._ref.x = x
        if lib.ghostty_grid_ref_hyperlink_uri(self._ref, self._uri, _MAX_ADDRESS, self._length) != 0:
            return ""  # longer than any that would be opened
        return bytes(ffi.buffer(self._uri, self._length[0])).decode("utf-8", "replace")

    def _format(self, start: GridPlace, end: GridPlace, *, unwrap: bool, trim: bool) -> str:
        """The text from ``start`` to ``end`` (included). ``unwrap`` joins the rows of a logical line, ``trim`` cuts
        spaces at the ends of lines."""
        self._refer(start, ffi.addressof(self._selection, "start"))
        self._refer(end, ffi.addressof(self._selection, "end"))
        self._options.unwrap, self._options.trim = unwrap, trim
        result = lib.ghostty_terminal_selection_format_alloc(
            self._terminal, ffi.NULL, self._options[0], self._text, self._length
        )
        if result == _NO_VALUE:
            return ""
        check(result, "selection_format")
        try:
            return bytes(ffi.buffer(self._text[0], self._length[0])).decode("utf-8", "replace")
        finally:
            lib.ghostty_free(ffi.NULL, self._text[0], self._length[0])

    def _blank_lines(self, start: GridPlace, end: GridPlace) -> int:
        """How many empty lines a range ends with. The formatter leaves some of them out, so they are counted here and
        put back."""
        count = 0
        for row in range(end.row, max(start.row, end.row - _MAX_BLANK), -1):
            read = self.rows(row, 1)[0]
            if read.between(0, min(read.width, end.x + 1) if row == end.row else read.width).strip(" "):
                break
            count += not self.wraps(row - 1)
        return count

    def _read(self, row: int, text: str) -> GridRow:
        """The row whose text is ``text``, with the cells of its characters."""
        self._refer(GridPlace(row, 0), self._ref)
        wraps = self._row_flag(lib.GHOSTTY_ROW_DATA_WRAP)
        if text.isascii() and text.isprintable():
            return GridRow(text, None, len(text), wraps)
        widths = [_plain_width(character) for character in text]
        if 0 in widths:
            return self._read_cells(wraps)
        cells, x = [], 0
        for width in widths:
            cells.append(x)
            x += width
        return GridRow(text, None if x == len(text) else cells, x, wraps)

    def _read_cells(self, wraps: bool) -> GridRow:
        """The row that ``self._ref`` is in, cell by cell.

        Empty cells count as spaces only once a character follows them, as the formatter has it.
        """
        text, cells, width = "", [], 0
        blanks = 0
        for x in range(self.cols):
            self._ref.x = x
            check(lib.ghostty_grid_ref_cell(self._ref, self._cell), "grid_ref_cell")
            check(lib.ghostty_cell_get(self._cell[0], lib.GHOSTTY_CELL_DATA_WIDE, self._wide), "cell_get")
            if self._wide[0] in (lib.GHOSTTY_CELL_WIDE_SPACER_TAIL, lib.GHOSTTY_CELL_WIDE_SPACER_HEAD):
                continue
            cluster = self._cluster()
            if not cluster:
                blanks += 1
                continue
            text += " " * blanks + cluster
            cells += [*range(x - blanks, x), *[x] * len(cluster)]
            width = x + 1 + (self._wide[0] == lib.GHOSTTY_CELL_WIDE_WIDE)
            blanks = 0
        return GridRow(text, cells, width, wraps)

    def _cluster(self) -> str:
        """The characters of the cell that ``self._ref`` is at; empty for an empty cell."""
        if lib.ghostty_grid_ref_graphemes(self._ref, self._codepoints, _MAX_CLUSTER, self._length) != 0:
            return "\N{REPLACEMENT CHARACTER}"  # more marks on one letter than any script has
        return bytes(ffi.buffer(self._codepoints, 4 * self._length[0])).decode("utf-32-le", "replace")


class _GhosttyAnchor:
    """A place that the library follows, until this is freed."""

    def __init__(self, terminal: Any, point: Any) -> None:
        made = ffi.new("GhosttyTrackedGridRef *")
        check(lib.ghostty_terminal_grid_ref_track(terminal, point, made), "grid_ref_track")
        self._ref = ffi.gc(made[0], lib.ghostty_tracked_grid_ref_free)
        self._coordinate = ffi.new("GhosttyPointCoordinate *")

    def place(self) -> GridPlace | None:
        """Where it is now."""
        if lib.ghostty_tracked_grid_ref_point(self._ref, _SCREEN, self._coordinate) != 0:
            return None
        return GridPlace(int(self._coordinate.y), int(self._coordinate.x))


@lru_cache(maxsize=4096)
def _plain_width(character: str) -> int:
    """The cells of a character that never joins its neighbours; 0 when it may join them or its width is not certain."""
    codepoint = ord(character)
    if not character.isprintable() or clusters_with_neighbour(codepoint):
        return 0
    return int(lib.ghostty_unicode_codepoint_width(codepoint))
