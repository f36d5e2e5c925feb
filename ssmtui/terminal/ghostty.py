"""The engine on libghostty-vt (https://github.com/ghostty-org/ghostty, ``include/ghostty/vt.h``).

Everything that knows the library's names is here and in the ``ghostty_*`` modules: its interface is declared unstable.
What it gets wrong is repaired before it parses (``ghostty_repair``), what it answers is filtered (``replies``). Its
build checks no bounds, so a fault in it can be anything, and the engine runs in a process of its own.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from ssmtui import inert
from ssmtui.model import TerminalSize
from ssmtui.terminal import replies
from ssmtui.terminal.changes import RowChanges
from ssmtui.terminal.engine import HOLD_LIMIT, MAX_CLIPBOARD, MAX_TITLE
from ssmtui.terminal.ghostty_abi import ffi
from ssmtui.terminal.ghostty_colors import GhosttyColors
from ssmtui.terminal.ghostty_data import TerminalData
from ssmtui.terminal.ghostty_grid import GhosttyGrid
from ssmtui.terminal.ghostty_library import check, lib
from ssmtui.terminal.ghostty_modes import ModeReader, mode_is_on
from ssmtui.terminal.ghostty_render import RenderState
from ssmtui.terminal.ghostty_repair import RepairStep, StreamRepair, soft_reset
from ssmtui.terminal.ghostty_replica import replica
from ssmtui.terminal.grid import Grid
from ssmtui.terminal.memory import KeptScrollback, wanted
from ssmtui.terminal.prompt_modes import PromptModes
from ssmtui.terminal.screen import CELL_PIXELS, Colors, Effects, Frame, FrameRow, Modes, Recolored

_CELL_BYTES = 8
"""Of a cell of scrollback that is not compressed."""
_PAGE_CELLS = 1 << 16
"""More cells than a page has. The library drops scrollback by the page, so a limit without this spare would leave fewer
lines than were asked for."""
_COMPRESS_SLICE = 0.005
"""Seconds for which scrollback is compressed at a time: a key that is typed meanwhile waits for no longer than that."""
_MAX_UNFINISHED = 64 * 1024
"""Bytes of an unfinished sequence that a snapshot can contain."""
_MAX_APC = 4096
"""Bytes of an APC string that the library keeps. Only images need more, and none is shown."""
_COLOR_SCHEME_REPORTS = 2031
_GRAPHEME_CLUSTERS = 2027
_LEAVE_ALTERNATE = b"\x1b[?1049l"
_PLAIN_TEXT = b"text/plain"


def _own(terminal: Any) -> Any:
    return ffi.gc(terminal, lib.ghostty_terminal_free)


def _new_terminal(size: TerminalSize) -> Any:
    terminal = ffi.new("GhosttyTerminal *")
    check(lib.ghostty_terminal_new(ffi.NULL, terminal, size.cols, size.rows), "terminal_new")
    return _own(terminal[0])


def _encode(terminal: Any) -> bytes:
    data, length = ffi.new("uint8_t **"), ffi.new("size_t *")
    if lib.ghostty_snapshot_encode_alloc(terminal, ffi.NULL, data, length) != 0:
        return b""  # an unfinished sequence is longer than _MAX_UNFINISHED
    try:
        return bytes(ffi.buffer(data[0], length[0]))
    finally:
        lib.ghostty_free(ffi.NULL, data[0], length[0])


def _decode(snapshot: bytes) -> Any:
    decoder, terminal = ffi.new("GhosttySnapshotDecoder *"), ffi.new("GhosttyTerminal *")
    check(lib.ghostty_snapshot_decoder_new_buf(ffi.NULL, decoder, snapshot, len(snapshot)), "decoder_new")
    try:
        if lib.ghostty_snapshot_decoder_decode(decoder[0], terminal) != 0:
            raise ValueError("not a snapshot of this engine")
    finally:
        lib.ghostty_snapshot_decoder_free(decoder[0])
    return _own(terminal[0])


def _shortened(snapshot: bytes, lines: int) -> bytes:
    """The snapshot with at most ``lines`` of scrollback.

    Made in a second terminal: the limit would drop the scrollback of the one that is in use.
    """
    terminal = _decode(snapshot)
    option = lib.GHOSTTY_TERMINAL_OPT_SCROLLBACK_MAX_LINES
    check(lib.ghostty_terminal_set(terminal, option, ffi.new("size_t *", lines)), "SCROLLBACK_MAX_LINES")
    return _encode(terminal)


def _written_text(write: Any) -> bytes | None:
    """The plain text of a ``GhosttyClipboardWrite`` (OSC 52); None when there is none or too much.

    The write is not replied to: whether the person allowed it is not for the program to know, and the answer would be
    typed into its shell.
    """
    for index in range(write.contents_len):
        content = write.contents[index]
        if 0 < content.data.len <= MAX_CLIPBOARD and _bytes(content.mime) == _PLAIN_TEXT:
            return _bytes(content.data)
    return None


def _bytes(string: Any) -> bytes:
    return bytes(ffi.buffer(string.ptr, string.len))


class GhosttyEngine:
    """One libghostty terminal (see :class:`ssmtui.terminal.engine.Engine`)."""

    def __init__(self, size: TerminalSize, scrollback_lines: int) -> None:
        self._size = size
        self._scrollback_lines = scrollback_lines
        self._scrollback_bytes = wanted(scrollback_lines, size.cols)
        self._effects = Effects()
        # cffi frees a callback with its last reference, and the library would then call freed memory.
        self._callbacks = self._make_callbacks()
        self._data = TerminalData()
        self._mode_reader = ModeReader()
        self._colors: GhosttyColors | None = None
        self._adopt(_new_terminal(size))

    def _adopt(self, terminal: Any) -> None:
        """Make ``terminal``, a new one or that of a snapshot, the one that this engine drives."""
        self._terminal = terminal
        self._set_up()
        self._repair = StreamRepair(self._is_ground)
        self._prompt_modes = PromptModes()
        self._render: RenderState | None = None
        self._changes = RowChanges()
        self._recolored: Recolored = ()
        self._held_since: float | None = None
        self._all_changed = True
        self._modes = self._mode_reader.read(terminal)
        self._in_sequence = not self._is_ground()

    def _set_up(self) -> None:
        self.limit(self._scrollback_bytes)
        self._limit_lines()
        self._set("CONTINUATION_MAX_BYTES", ffi.new("size_t *", _MAX_UNFINISHED))
        # Images cannot be drawn in cells, and a title report (CSI 21 t) types text that the node chose into its shell
        # (CVE-2003-0063).
        self._set("KITTY_IMAGE_STORAGE_LIMIT", ffi.new("uint64_t *", 0))
        self._set("APC_MAX_BYTES", ffi.new("size_t *", _MAX_APC))
        self._set("TITLE_REPORT", ffi.new("bool *", False))
        for option, callback in self._callbacks.items():
            self._set(option, callback)
        if self._colors is not None:
            self._colors.apply(self._terminal)

    def limit(self, scrollback_bytes: int) -> None:
        """Drop the oldest pages beyond this."""
        self._scrollback_bytes = scrollback_bytes
        # The library has both limits, and the smaller one wins. That of bytes must always be set: by default it is so
        # low that a few hundred lines are kept, whatever limit of lines is set.
        self._set("SCROLLBACK_MAX_BYTES", ffi.new("size_t *", scrollback_bytes))

    def _limit_lines(self) -> None:
        spare = _PAGE_CELLS // self._size.cols + 1 if self._scrollback_lines else 0
        self._set("SCROLLBACK_MAX_LINES", ffi.new("size_t *", self._scrollback_lines + spare))

    def _set(self, option: str, value: Any) -> None:
        check(lib.ghostty_terminal_set(self._terminal, getattr(lib, f"GHOSTTY_TERMINAL_OPT_{option}"), value), option)

    def _get(self, name: str) -> Any:
        return self._data.get(self._terminal, name)

    # Callbacks: the library calls these within a feed. What one raises would be printed by cffi and lost, so they only
    # note what happened.

    def _make_callbacks(self) -> dict[str, Any]:
        return {
            "WRITE_PTY": ffi.callback("GhosttyTerminalWritePtyFn", self._on_reply),
            "TITLE_CHANGED": ffi.callback("GhosttyTerminalTitleChangedFn", self._on_title),
            "BELL": ffi.callback("GhosttyTerminalBellFn", self._on_bell),
            "CLIPBOARD_WRITE": ffi.callback("GhosttyTerminalClipboardWriteFn", self._on_clipboard_write),
            "SIZE": ffi.callback("GhosttyTerminalSizeFn", self._on_size),
            "RENDER_HOLD": ffi.callback("GhosttyTerminalRenderHoldFn", self._on_hold),
            "COLOR_SCHEME": ffi.callback("GhosttyTerminalColorSchemeFn", self._on_color_scheme),
        }

    def _on_reply(self, _terminal: Any, _userdata: Any, data: Any, length: int) -> None:
        replies.answer(self._effects, ffi.buffer(data, length)[:])

    def _on_title(self, _terminal: Any, _userdata: Any) -> None:
        title = self._get("title")
        # A character has four bytes at most, so this is enough of a title of any length.
        text = ffi.buffer(title.ptr, min(title.len, MAX_TITLE * 4))[:].decode("utf-8", "ignore") if title.len else ""
        self._effects.title = inert.line(text, MAX_TITLE)

    def _on_clipboard_write(self, _terminal: Any, _userdata: Any, write: Any) -> None:
        text = _written_text(write)
        if text is not None:
            self._effects.clipboard = text

    def _on_bell(self, _terminal: Any, _userdata: Any) -> None:
        self._effects.bells += 1

    def _on_size(self, _terminal: Any, _userdata: Any, out: Any) -> bool:
        # Asked with XTWINOPS 14, 16 and 18 and mode 2048: cells, and the pixels that every pane is said to have.
        out.columns, out.rows = self._size.cols, self._size.rows
        out.cell_width, out.cell_height = CELL_PIXELS
        return True

    def _on_color_scheme(self, _terminal: Any, _userdata: Any, out: Any) -> bool:
        # Asked with DSR ? 996. Without colours there is no answer: a wrong one would be worse.
        if self._colors is not None:
            out[0] = self._colors.scheme
        return self._colors is not None

    def _on_hold(self, _terminal: Any, _userdata: Any, held: bool) -> None:
        # An update begins (mode 2026): keep the screen before it, for the frames that are asked for meanwhile.
        if held and self._render is not None:
            self._render.update()
        self._held_since = time.monotonic() if held else None

    # Engine

    def feed(self, data: bytes) -> Effects:
        """Parse ``data``.

        A program cannot change the size of its terminal (DECCOLM): if the library changed it, it is changed back.
        """
        self._effects = Effects()
        # Whether this feed begins in the middle of a sequence, whose end may set a mode without an ESC in the feed.
        begun = self._in_sequence or self._repair.held
        pieces = self._repair.pieces(data)
        for piece in pieces:
            if isinstance(piece, bytes):
                self._write(piece)
            elif piece is RepairStep.JOIN:
                self._join(next(pieces))
            elif piece is RepairStep.SOFT_RESET:
                self._write(self._soft_reset())
            else:
                self._write(self._prompt_modes.at(piece.value, self._mode_reader.read(self._terminal)))
        # Modes change by sequences only. Reading them costs more than parsing a line of text, so it is skipped when no
        # sequence can have ended; a C1 control is not ASCII.
        if begun or b"\x1b" in data or not data.isascii():
            self._in_sequence = not self._is_ground()
            self._modes = self._mode_reader.read(self._terminal)
            if self._get("cols") != self._size.cols or self._get("rows") != self._size.rows:
                self._apply_size()
        return self._effects

    def _write(self, data: bytes) -> None:
        lib.ghostty_terminal_vt_write(self._terminal, data, len(data))

    def _join(self, character: Any) -> None:
        """Print ``character`` joined to the one before it: with mode 2027 on for no longer than that."""
        config = ffi.new("GhosttyTerminalModeConfig *", (_GRAPHEME_CLUSTERS, True))
        self._set("MODE", config)
        self._write(character)
        config.value = False
        self._set("MODE", config)

    def _is_ground(self) -> bool:
        return bool(self._get("vt_ground"))

    def _soft_reset(self) -> bytes:
        """DECSTR at the cursor, which must be where the library has it now, after all that came before."""
        return soft_reset(self._get("cursor_x"), self._get("cursor_y"))

    def resize(self, size: TerminalSize) -> None:
        """Set the size; the library wraps the lines of the primary screen again."""
        if size != self._size:
            self._size = size
            self._apply_size()

    def _apply_size(self) -> None:
        cols, rows = self._size.cols, self._size.rows
        check(lib.ghostty_terminal_resize(self._terminal, cols, rows, *CELL_PIXELS), "resize")
        self._limit_lines()  # the spare lines depend on the width
        self._all_changed = True

    def recolor(self, colors: Colors) -> Effects:
        """Set the colours, and report dark or light to a program that asked for it (mode 2031)."""
        effects = Effects()
        before, self._colors = self._colors, GhosttyColors(colors)
        self._colors.apply(self._terminal)
        turned = before is not None and before.scheme != self._colors.scheme
        if turned and mode_is_on(self._terminal, _COLOR_SCHEME_REPORTS):
            replies.answer(effects, replies.color_scheme(colors))
        return effects

    def frame(self, since: int) -> Frame:
        """The rows that changed after ``since``.

        During a synchronized update the render state is not brought up to date, so the frame shows the screen before
        it. Not so after a resize: the rows before it have another width.
        """
        held = self._holds
        render = self._render if self._render is not None and held else self._view()
        self._changes.begin(render.height, everything=self._all_changed)
        self._all_changed = False
        self._notice_colors(render)
        for line in render.dirty_lines():
            self._changes.put(line, render.row())
        bar = self._get("scrollbar")
        return Frame(
            seq=self._changes.seq,
            size=self._size,
            rows=self._changes.since(since),
            cursor=render.cursor(),
            modes=self._modes,
            scrolled_back=max(0, bar.total - bar.offset - bar.len),
            history=self._history(bar),
            recolored=self._recolored,
            held=held,
        )

    @property
    def _holds(self) -> bool:
        """Whether the screen before a synchronized update is shown (mode 2026): one is under way, for less than
        ``HOLD_LIMIT``, and the size is the same."""
        began = self._held_since
        return began is not None and time.monotonic() - began < HOLD_LIMIT and not self._all_changed

    def tail(self, count: int) -> Sequence[FrameRow]:
        """The last lines, from the render state of the view where there is one and it is at the bottom.

        Otherwise from one that is made for this alone, as a hidden terminal keeps none. It takes the library's marks of
        what has changed, so a view that is scrolled back must count every row as changed in its next frame.
        """
        bar = self._get("scrollbar")
        if self._render is not None and bar.offset + bar.len >= bar.total:
            return (self._render if self._holds else self._view()).tail(count)
        grid = self.grid()
        top = grid.top
        grid.show(grid.total)
        render = RenderState(self._terminal)
        render.update()
        grid.show(top)
        self._render = None
        return render.tail(count)

    def _history(self, bar: Any) -> int:
        """Lines above the screen. Without scrollback the library still keeps part of a page, which is not shown."""
        return max(0, bar.total - bar.len) if self._scrollback_lines else 0

    def kept(self) -> KeptScrollback:
        """The lines above the screen now; their bytes are an estimate."""
        lines = self._history(self._get("scrollbar"))
        return KeptScrollback(lines, lines * self._size.cols * _CELL_BYTES)

    def compress(self) -> bool:
        """Compress page after page. The library expands a page when it is looked at again."""
        end = time.monotonic() + _COMPRESS_SLICE
        result = ffi.new("GhosttyTerminalCompressionResult *")
        while time.monotonic() < end:
            mode = lib.GHOSTTY_TERMINAL_COMPRESSION_MODE_INCREMENTAL
            check(lib.ghostty_terminal_compress(self._terminal, mode, result), "compress")
            if result[0] != lib.GHOSTTY_TERMINAL_COMPRESSION_RESULT_PENDING:
                return False
        return True

    def _notice_colors(self, render: RenderState) -> None:
        if self._colors is not None and (recolored := self._colors.recolored(render.colors())) != self._recolored:
            self._recolored = recolored
            self._changes.touch()

    def _view(self) -> RenderState:
        # Large, so a terminal that is out of sight has none. A new one counts every row as changed.
        render = self._render = self._render or RenderState(self._terminal)
        render.update()
        return render

    def scroll(self, lines: int) -> None:
        """Move the view."""
        # Without scrollback the part of a page that the library keeps must not come into view.
        if not self._scrollback_lines:
            return
        where = ffi.new("GhosttyTerminalScrollViewport *")
        where.tag = lib.GHOSTTY_SCROLL_VIEWPORT_DELTA if lines else lib.GHOSTTY_SCROLL_VIEWPORT_BOTTOM
        where.value.delta = lines
        lib.ghostty_terminal_scroll_viewport(self._terminal, where[0])

    def rest(self) -> None:
        """Free the render state and the rows of earlier frames."""
        self._render = None
        self._changes.rest()

    def grid(self) -> Grid:
        """The text."""
        return GhosttyGrid(self._terminal)

    def modes(self) -> Modes:
        """The modes now."""
        return self._modes

    def text(self) -> str:
        """The view as text."""
        rows = self.frame(0).rows
        return "\n".join("".join(run.text for run in rows[line]).rstrip() for line in sorted(rows))

    def replica(self) -> bytes:
        """The screen as the library's formatter writes it.

        Before an alternate screen comes the primary one below it, which appears when the program leaves. The formatter
        only writes the screen in use, so a copy of the terminal leaves the alternate screen for it.
        """
        under = b""
        if self._modes.alternate_screen and (snapshot := _encode(self._terminal)):
            copy = _decode(snapshot)
            lib.ghostty_terminal_vt_write(copy, _LEAVE_ALTERNATE, len(_LEAVE_ALTERNATE))
            under = replica(copy, self._size)
        return under + replica(self._terminal, self._size) + self._view().cursor().decscusr

    def snapshot(self, limit: int) -> bytes:
        """The terminal in the library's own format: both screens, scrollback, modes, saved cursors and an unfinished
        sequence. It has a checksum."""
        if self._repair.busy:
            return b""  # a part of the stream is held here, and not in the library
        data, lines = _encode(self._terminal), self._scrollback_lines
        # The library cannot say in advance how long a snapshot is, so it is shortened until it fits.
        while len(data) > limit:
            lines = lines * limit // (2 * len(data))  # half of what would fit: lines differ in size
            shorter = _shortened(data, lines)
            if len(shorter) >= len(data):
                return b""  # scrollback is dropped by the page, and this is the last one
            data = shorter
        return data

    def restore(self, snapshot: bytes) -> None:
        """Continue from ``snapshot``."""
        self._adopt(_decode(snapshot))
        self._apply_size()  # it may have been taken at another size

    def close(self) -> None:
        """Free the terminal: first what refers to it, then it, and its callbacks last."""
        del self._render, self._terminal
        self._callbacks.clear()
