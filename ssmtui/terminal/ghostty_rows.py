"""Rows of libghostty's render state as runs of text: one pass over a row's 64-bit cells, a look-up for each style.

This is the hot path of every frame, and a call into the library costs more than all that Python does to a cell. So a
row's cells are taken as one block of bytes and read as one large integer: a mask and a shift give all its characters
at once.

Where the parts of a cell lie is not in the library's headers, and may differ in its next version. The library describes
it (``ghostty_type_json``), known cells prove the description (``ghostty_render``), and when that fails each cell is
asked for its parts, which is slow but right.
"""

from __future__ import annotations

import re
import struct
from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from ssmtui.terminal.ghostty_abi import ffi
from ssmtui.terminal.ghostty_library import check, lib, new
from ssmtui.terminal.screen import DEFAULT_COLOR, INERT, PLAIN, RGB_FLAG, Attr, FrameRow, Run, Style, inert_cells

_CELL_BYTES, _CELL_BITS = 8, 64
_NARROW, _WIDE, _SPACER_TAIL = 0, 1, 2
"""A cell of its own, the first of two, the second of two. 3 is the empty last cell of a row in which a wide character
had no room."""
_WIDE_BITS, _WHOLE = 0b11, bytes([_WIDE, _SPACER_TAIL])
_GRAPHEME, _BG_PALETTE, _BG_RGB = 1, 2, 3
_PALETTE, _RGB = 1, 2
_CELL_STYLE = lib.GHOSTTY_RENDER_STATE_ROW_CELLS_DATA_STYLE
_MAX_CLUSTER = 16
"""Code points of one cell that are drawn. A program can put any number into one, and each costs every terminal that
draws it."""
_MAX_STYLES = 4096
"""Styles that are cached. A program can give every cell its own."""

# The parts of a cell with their widths in bits. The content is a code point, or the background of an empty cell.
_PARTS = {
    "tag": ("content_tag", 2),
    "content": ("content", 24),
    "style": ("style_id", 16),
    "wide": ("wide", 2),
    "link": ("hyperlink", 1),
}


class CellLayout(NamedTuple):
    """Where the parts of a cell lie: the lowest bit of each."""

    tag: int
    content: int
    style: int
    wide: int
    link: int

    def mask(self, part: str) -> int:
        """The bits of a cell that belong to ``part``."""
        return ((1 << _PARTS[part][1]) - 1) << int(getattr(self, part))

    def pack(self, **parts: int) -> int:
        """A cell made of ``parts``."""
        return sum(value << int(getattr(self, part)) for part, value in parts.items())


_OWN_LAYOUT = CellLayout(tag=0, content=2, style=26, wide=42, link=44)
"""The layout of cells that are put together here from the answers of the library's getters."""


def told_layout(types: dict[str, Any]) -> CellLayout | None:
    """The layout as the library describes it in ``types``. None when a part has another width or content another
    shape."""
    bits = types["GhosttyCell"].get("bits", {})
    if any(bits.get(name, {}).get("width") != width for name, width in _PARTS.values()):
        return None
    arms = {name: arm["bits"] for name, arm in bits["content"]["arms"].items()}
    lowest = [arms["CODEPOINT"]["codepoint"], arms["BG_COLOR_PALETTE"]["index"], *arms["BG_COLOR_RGB"].values()]
    if [part["lsb"] for part in lowest] != [0, 0, 0, 8, 16]:
        return None
    return CellLayout(*(bits[name]["lsb"] for name, _ in _PARTS.values()))


def _ask(cell: int, key: int, ctype: str) -> Any:
    out = ffi.new(f"{ctype} *")
    check(lib.ghostty_cell_get(cell, key, out), "cell_get")
    return out[0]


def ask_cell(cell: int) -> int:
    """``cell`` in ``_OWN_LAYOUT``, put together from the library's getters."""
    tag = _ask(cell, lib.GHOSTTY_CELL_DATA_CONTENT_TAG, "GhosttyCellContentTag")
    if tag == _BG_PALETTE:
        content = _ask(cell, lib.GHOSTTY_CELL_DATA_COLOR_PALETTE, "GhosttyColorPaletteIndex")
    elif tag == _BG_RGB:
        rgb = _ask(cell, lib.GHOSTTY_CELL_DATA_COLOR_RGB, "GhosttyColorRgb")
        content = rgb.r | rgb.g << 8 | rgb.b << 16
    else:
        content = _ask(cell, lib.GHOSTTY_CELL_DATA_CODEPOINT, "uint32_t")
    style = _ask(cell, lib.GHOSTTY_CELL_DATA_STYLE_ID, "uint16_t")
    wide = _ask(cell, lib.GHOSTTY_CELL_DATA_WIDE, "GhosttyCellWide")
    link = _ask(cell, lib.GHOSTTY_CELL_DATA_HAS_HYPERLINK, "bool")
    return _OWN_LAYOUT.pack(tag=tag, content=content, style=style, wide=wide, link=link)


def is_proven(layout: CellLayout, cells: Iterable[int]) -> bool:
    """Whether ``layout`` reads ``cells`` as the library's getters do."""

    def parts(cell: int, at: CellLayout) -> list[int]:
        return [(cell & at.mask(part)) >> getattr(at, part) for part in _PARTS]

    return all(parts(cell, layout) == parts(ask_cell(cell), _OWN_LAYOUT) for cell in cells)


_STYLE = struct.Struct("=Q" + "I4x3B5x" * 3 + "8si4x")
"""A ``GhosttyStyle``: its size; tag and first three bytes of foreground, background and underline colour; flags;
underline. Unpacking it at once is quicker than a dozen of cffi's attributes. ``ghostty_library`` has compared the
offsets with the library's own."""
_FLAGS = (
    Attr.BOLD,
    Attr.ITALIC,
    Attr.FAINT,
    Attr.BLINK,
    Attr.REVERSE,
    Attr.INVISIBLE,
    Attr.STRIKE,
    Attr.OVERLINE,
)


@cache
def _attrs(flags: bytes) -> int:
    return sum(int(attr) for attr, on in zip(_FLAGS, flags, strict=True) if on)


def _color(tag: int, first: int, second: int, third: int) -> int:
    if tag == _RGB:
        return RGB_FLAG | first << 16 | second << 8 | third
    return first if tag == _PALETTE else DEFAULT_COLOR


def _style(data: bytes) -> Style:
    parts = _STYLE.unpack(data)
    fg, bg, underline = _color(*parts[1:5]), _color(*parts[5:9]), _color(*parts[9:13])
    return Style(fg, bg, _attrs(parts[13]), parts[14], underline)


def _row_mask(mask: int, cells: int) -> int:
    return sum(mask << _CELL_BITS * index for index in range(cells))


def _character(codepoint: int) -> str:
    """What is drawn for a code point: never a control, nor what is no character and could not be encoded."""
    if codepoint >= 0x110000 or 0xD800 <= codepoint < 0xE000:
        return "\N{REPLACEMENT CHARACTER}"
    return INERT.get(codepoint) or chr(codepoint)


_JOINS = re.compile("[\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]")
"""Regional indicators and skin tones: Unicode joins them to the character before, and an outer terminal may draw both
in two cells, where the engine gives each its own."""


def clusters_with_neighbour(codepoint: int) -> bool:
    """Whether an outer terminal may join ``codepoint`` to the character before it."""
    return _JOINS.match(chr(codepoint)) is not None


class RowReader:
    """Reads the row that a render state's row iterator stands on. One is enough for all terminals."""

    def __init__(self, layout: CellLayout | None) -> None:
        """``layout`` is where the parts of cells lie. With None the library is asked for each part of each cell."""
        self._asks = layout is None
        self._layout = layout or _OWN_LAYOUT
        self._tag, self._content = self._layout.mask("tag"), self._layout.mask("content")
        self._wide, self._link = self._layout.mask("wide"), self._layout.mask("link")
        self._look = self._layout.mask("style") | self._link
        """What decides how a cell looks, apart from the background of an empty one, which is in its content."""
        self._row_mask: Callable[[int, int], int] = cache(_row_mask)
        self._view = ffi.new("GhosttyCellsView *")
        self._cells = new("render_state_row_cells")
        self._cells_pointer = ffi.new("GhosttyRenderStateRowCells *", self._cells)
        self._struct = ffi.new("GhosttyStyle *")
        self._struct.size = ffi.sizeof("GhosttyStyle")
        self._struct_bytes = ffi.buffer(self._struct)
        self._styles: dict[bytes, Style] = {}

    def cells(self, iterator: Any) -> bytes:
        """The row's cells up to the last that is not empty. An empty cell without style is all zeros."""
        key = lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS_RAW
        check(lib.ghostty_render_state_row_get(iterator, key, self._view), "cells_raw")
        # The view is valid until the next call into the library, so its bytes are copied.
        raw: bytes = ffi.buffer(self._view.ptr, self._view.len * _CELL_BYTES)[:]
        used = len(raw.rstrip(b"\0"))
        raw = raw[: -(-used // _CELL_BYTES) * _CELL_BYTES]
        return array("Q", map(ask_cell, array("Q", raw))).tobytes() if self._asks else raw

    def is_blank(self, iterator: Any) -> bool:
        """Whether the row has nothing but spaces without a style."""
        raw = self.cells(iterator)
        count = len(raw) // _CELL_BYTES
        bits = int.from_bytes(raw, "little")
        return not bits & self._row_mask(self._tag | self._wide | self._look, count) and not self._text(
            bits, count
        ).strip(" ")

    def read(self, iterator: Any) -> FrameRow:
        """The row as runs, without the empty cells at its end. Most rows are plain text, and those need no look-up."""
        raw = self.cells(iterator)
        if not raw:
            return ()
        count = len(raw) // _CELL_BYTES
        bits = int.from_bytes(raw, "little")
        # All cells are looked at in one operation: any bit of a tag or width makes the row special, any bit of a style
        # or link makes it styled. Without either it is plain text, and done.
        special = bits & self._row_mask(self._tag | self._wide, count)
        text = "" if special else self._text(bits, count)
        if special or bits & self._row_mask(self._look, count):
            key = lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS
            check(lib.ghostty_render_state_row_get(iterator, key, self._cells_pointer), "row_cells")
            cells = array("Q", raw)
            return self._mixed(cells) if special else self._styled(cells, text)
        return (Run(text, count, PLAIN),)

    def _text(self, bits: int, count: int) -> str:
        """The characters of ``count`` cells, whose integer is ``bits``.

        Shifted, each cell is its code point in 64 bits. Read as UTF-32 that is the character and a NUL, of which every
        second is dropped.
        """
        codepoints = (bits & self._row_mask(self._content, count)) >> self._layout.content
        text = codepoints.to_bytes(count * _CELL_BYTES, "little").decode("utf-32-le", "replace")[::2]
        return inert_cells(text.replace("\0", " "))

    def _styled(self, cells: array[int], text: str) -> FrameRow:
        """A row of narrow characters only, one in each cell."""
        mask, x, runs = self._look, 0, []
        known: dict[int, Style] = {0: PLAIN}  # style id 0 is the default style on every page
        for look, group in groupby([cell & mask for cell in cells]):
            end = x + sum(1 for _ in group)
            runs.append(Run(text[x:end], end - x, self._look_up(look, x, known)))
            x = end
        return tuple(runs)

    def _mixed(self, cells: array[int]) -> FrameRow:
        """A row with wide characters, clusters or empty cells with a background."""
        shift = self._layout.wide
        # A wide character is two cells, whole and spacer; what is neither that nor narrow has lost its other half.
        parts = bytes([cell >> shift & _WIDE_BITS for cell in cells])
        if parts.replace(_WHOLE, b"").strip(b"\0"):
            return self._glyph_by_glyph(cells)  # there is half of a wide character
        places = [x for x, part in enumerate(parts) if part != _SPACER_TAIL]
        glyphs = [cells[x] for x in places]
        text = self._text(int.from_bytes(array("Q", glyphs).tobytes(), "little"), len(glyphs))
        if _JOINS.search(text):
            return self._glyph_by_glyph(cells)
        return tuple(self._runs(glyphs, places, text, parts))

    def _runs(self, glyphs: list[int], places: list[int], text: str, parts: bytes) -> Iterator[Run]:
        """Neighbours that look alike and are of one kind, as runs.

        A cluster gets a run of its own. The engine has decided its width; an outer terminal may decide otherwise, and
        what it does must end with the run.
        """
        known: dict[int, Style] = {0: PLAIN}
        kinds, start = self._look | self._tag, 0
        for kind, group in groupby([self._kind(glyph, kinds) for glyph in glyphs]):
            end = start + sum(1 for _ in group)
            tag, x = (kind & self._tag) >> self._layout.tag, places[start]
            if tag == _GRAPHEME:
                for index in range(start, end):
                    x, content = places[index], (glyphs[index] & self._content) >> self._layout.content
                    yield Run(self._cluster(x, content), 1 + parts[x], self._look_up(kind & self._look, x, known))
            elif tag:
                background = self._background(tag, (kind & self._content) >> self._layout.content)
                yield Run(" " * (end - start), end - start, Style(bg=background))
            else:
                cells = sum([1 + parts[x] for x in places[start:end]])
                yield Run(text[start:end], cells, self._look_up(kind & self._look, x, known))
            start = end

    def _kind(self, glyph: int, kinds: int) -> int:
        """What neighbours must have in common to be one run. Of an empty cell with a background, that is its
        content."""
        coloured = (glyph & self._tag) >> self._layout.tag > _GRAPHEME
        return glyph & (self._tag | self._content) if coloured else glyph & kinds

    def _glyph_by_glyph(self, cells: array[int]) -> FrameRow:
        """A row with characters that an outer terminal may join although the engine gives each its own cells, or with
        half of a wide character.

        Whatever may be drawn in another width than the engine counts gets a run of its own, so that the difference ends
        with it and the rest of the row stays in its columns.
        """
        runs: list[Run] = []
        alone = True
        for text, width, style, single in self._glyphs(cells):
            last = runs[-1] if runs else None
            if last is None or alone or single or last.style != style:
                runs.append(Run(text, width, style))
            else:
                runs[-1] = Run(last.text + text, last.cells + width, style)
            alone = single
        return tuple(runs)

    def _glyphs(self, cells: array[int]) -> Iterator[tuple[str, int, Style, bool]]:
        """Text, width and style of each glyph, and whether it must be a run of its own.

        Half of a wide character, which a resize can leave in the alternate screen, is drawn as a space: the whole would
        take a cell more than there is.
        """
        known: dict[int, Style] = {0: PLAIN}
        parts = [(cell & self._wide) >> self._layout.wide for cell in cells]
        for x, (cell, part, after) in enumerate(zip(cells, parts, [*parts[1:], _NARROW], strict=True)):
            if part == _SPACER_TAIL and x and parts[x - 1] == _WIDE:
                continue
            tag = (cell & self._tag) >> self._layout.tag
            content = (cell & self._content) >> self._layout.content
            whole = part == _WIDE and after == _SPACER_TAIL
            if tag in (_BG_PALETTE, _BG_RGB):
                yield " ", 1, Style(bg=self._background(tag, content)), False
            elif part != _NARROW and not whole:
                yield " ", 1, self._look_up(cell & self._look, x, known), False
            else:
                text = self._cluster(x, content) if tag == _GRAPHEME else _character(content)
                single = tag == _GRAPHEME or clusters_with_neighbour(content)
                yield text, 1 + whole, self._look_up(cell & self._look, x, known), single

    def _background(self, tag: int, content: int) -> int:
        """The colour in the content of an empty cell. RGB is stored with red in the lowest byte."""
        if tag == _BG_PALETTE:
            return content & 0xFF
        return RGB_FLAG | (content & 0xFF) << 16 | content & 0xFF00 | content >> 16

    def _cluster(self, x: int, base: int) -> str:
        """The code points of the cell in column ``x``; ``base``, its first, when there are too many."""
        check(lib.ghostty_render_state_row_cells_select(self._cells, x), "select")
        length = ffi.new("uint32_t *")
        key = lib.GHOSTTY_RENDER_STATE_ROW_CELLS_DATA_GRAPHEMES_LEN
        check(lib.ghostty_render_state_row_cells_get(self._cells, key, length), "graphemes_len")
        if not 0 < length[0] <= _MAX_CLUSTER:
            return _character(base)
        codepoints = ffi.new("uint32_t[]", length[0])
        key = lib.GHOSTTY_RENDER_STATE_ROW_CELLS_DATA_GRAPHEMES_BUF
        check(lib.ghostty_render_state_row_cells_get(self._cells, key, codepoints), "graphemes")
        return "".join(_character(codepoint) for codepoint in codepoints if codepoint not in INERT) or " "

    def _look_up(self, look: int, x: int, known: dict[int, Style]) -> Style:
        """The style of the cells that look like ``look``, one of which is in column ``x``.

        The id of a style is valid within a page of the library, and the next row may be on another page. So ``known``
        serves one row; across rows a style is recognized by its bytes.
        """
        style = known.get(look)
        if style is None:
            check(lib.ghostty_render_state_row_cells_select(self._cells, x), "select")
            check(lib.ghostty_render_state_row_cells_get(self._cells, _CELL_STYLE, self._struct), "style")
            style = self._by_bytes(self._struct_bytes[:])
            if look & self._link:
                style = style._replace(attrs=style.attrs | Attr.LINK)
            known[look] = style
        return style

    def _by_bytes(self, data: bytes) -> Style:
        style = self._styles.get(data)
        if style is None:
            if len(self._styles) >= _MAX_STYLES:
                self._styles.clear()
            style = self._styles[data] = _style(data)
        return style
