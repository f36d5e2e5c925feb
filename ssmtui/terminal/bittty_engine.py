"""The engine on bittty (https://pypi.org/project/bittty/): pure Python, so hostile output can slow it down but not
crash it.

It is used where libghostty-vt has no build, and for terminals whose output has killed the other engine. What it gets
wrong is held off here:

- A feed can take half a minute (rectangle operations on a large screen), so each has a budget of processor time.
- The parser raises on some input. The sequence is dropped then, and what follows is parsed.
- An unfinished control string is read again from its start at each feed, so a long one is cancelled.
- Its cursor leaves the screen after a negative number in a sequence, so it is clipped where it is shown.
- It answers ``CSI 21 t`` with the title that the node set, so answers pass a filter (``replies``).
- It has no snapshots, so control sequences that draw the screen again take their place.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from bittty import BITTTY, Board
from bittty.devices.modes import MouseEncoding, MouseProtocol
from bittty.style import style_to_ansi

from ssmtui.model import TerminalSize
from ssmtui.terminal import bittty_colors, prompt_modes
from ssmtui.terminal.bittty_grid import BitttyGrid
from ssmtui.terminal.bittty_rows import drawn, row_of
from ssmtui.terminal.bittty_screen import BitttyScreen, Scrollback
from ssmtui.terminal.bittty_wire import QueryWire, caps
from ssmtui.terminal.changes import RowChanges
from ssmtui.terminal.engine import HOLD_LIMIT
from ssmtui.terminal.grid import Grid
from ssmtui.terminal.memory import BYTES_A_CELL, KeptScrollback, wanted
from ssmtui.terminal.prompt_modes import PromptModes
from ssmtui.terminal.redraw import modes_set
from ssmtui.terminal.replies import PRIMARY
from ssmtui.terminal.screen import (
    HOME,
    Colors,
    Cursor,
    CursorShape,
    Effects,
    Frame,
    FrameRow,
    Modes,
    MouseFormat,
    MouseTracking,
    Recolored,
)

_MODEL = replace(
    BITTTY,
    options=frozenset(),
    da1_response=PRIMARY.decode(),
    power_on_modes=BITTTY.power_on_modes | {1007},
)
"""A VT220 with colours, as the other engine is, so that a program finds the same terminal with both. Without printer
and the like. Mode 1007 is on from the start, so that the wheel scrolls in a pager."""
_SLICE = 256
"""Bytes between two looks at the clock."""
_BUDGET = 0.5
"""Seconds of processor time for one feed. What is left of it then is dropped, and the pane says so. Only an attack
needs that long; real programs need a tenth of it. Processor time, because by the wall clock a suspended or busy machine
would cost output."""
_MAX_STRING = 64 * 1024
"""Characters of an unfinished control string. bittty reads it again from its start at each feed, so the time grows with
the square of its length."""
_MAX_SNAPSHOT = 128 * 1024
"""Bytes of a snapshot. A pane that is restored appears once they are parsed."""
_MAGIC = b"ssmtui bittty 1\n"
"""What a snapshot begins with; the number changes with its format."""

_SHAPES = {"underline": CursorShape.UNDERLINE, "bar": CursorShape.BAR}
TRACKING = {
    MouseProtocol.X10: MouseTracking.X10,
    MouseProtocol.NORMAL: MouseTracking.NORMAL,
    MouseProtocol.BUTTON: MouseTracking.BUTTON,
    MouseProtocol.ANY: MouseTracking.ANY,
}
FORMATS = {
    MouseEncoding.UTF8: MouseFormat.UTF8,
    MouseEncoding.SGR: MouseFormat.SGR,
    MouseEncoding.URXVT: MouseFormat.URXVT,
    MouseEncoding.SGR_PIXELS: MouseFormat.SGR_PIXELS,
}


class BitttyEngine:
    """One bittty board (see :class:`ssmtui.terminal.engine.Engine`)."""

    def __init__(self, size: TerminalSize, scrollback_lines: int) -> None:
        self._size = size
        self._scrollback_lines = scrollback_lines
        self._scrollback_bytes = wanted(scrollback_lines, size.cols)
        self._colors: Colors | None = None
        self._power_on()

    def _power_on(self) -> None:
        """Start with a new board, as at the beginning or before a snapshot is drawn."""
        self._wire = QueryWire()
        self._board = Board(width=self._size.cols, height=self._size.rows, model=_MODEL)
        self._board.host.attach(self._wire)
        scrollback = Scrollback(self._scrollback_lines, self._scrollback_bytes)
        self._screen = BitttyScreen(self._board, scrollback, self._wire)
        self._screen.attach()
        self._screen.set_caps(caps(self._size))
        if self._colors is not None:
            bittty_colors.apply(self._board, self._colors)
        self._prompt_modes = PromptModes()
        self._held_mark = b""
        self._changes = RowChanges()
        self._recolored: Recolored = ()
        self._held_since: float | None = None
        self._shown_cursor = HOME
        self._color_state: tuple[int, bool] | None = None
        self._all_changed = True

    # Engine

    def feed(self, data: bytes) -> Effects:
        """Parse ``data``, for no longer than the budget.

        It is cut at the shell's marks, because what a command leaves behind is unset before the mark is parsed
        (``prompt_modes``). A mark that may be cut in two is kept for the next feed.
        """
        self._wire.effects = Effects()
        end = time.thread_time() + _BUDGET
        data = self._held_mark + data
        cut = prompt_modes.begun(data)
        data, self._held_mark = data[:cut], data[cut:]
        place = 0
        for mark in prompt_modes.MARK.finditer(data):
            self._parse_until(data[place : mark.start()], end)
            self._parse(self._prompt_modes.at(mark[1], self.modes()))
            place = mark.start()
        self._parse_until(data[place:], end)
        self._notice_hold()
        if (self._board.width, self._board.height) != (self._size.cols, self._size.rows):
            self._apply_size()
        return self._wire.effects

    def _parse_until(self, data: bytes, end: float) -> None:
        """Parse ``data``, or as much of it as there is time for; the rest is counted as dropped."""
        for start in range(0, len(data), _SLICE):
            if time.thread_time() > end:
                self._wire.effects.dropped += len(data) - start
                break
            self._parse(data[start : start + _SLICE])

    def _parse(self, data: bytes) -> None:
        parser = self._board.parser
        try:
            self._board.feed_host_data(data)
        except Exception:
            # The parser has a fault. Leave the sequence that led to it, or it would raise at every feed from here on.
            parser.buffer, parser.pos, parser.mode = "", 0, None
        if len(parser.buffer) > _MAX_STRING:
            parser.feed("\x18")  # CAN cancels the string

    def resize(self, size: TerminalSize) -> None:
        """Set the size; bittty wraps the lines of the primary screen again."""
        if size != self._size:
            self._size = size
            self._apply_size()

    def _apply_size(self) -> None:
        # A reflow moves rows, so places on the screen are kept by logical line while it lasts.
        self._screen.anchors.hold_lines()
        self._board.resize(self._size.cols, self._size.rows)
        self._screen.anchors.return_to_screen()
        self._screen.set_caps(caps(self._size))
        self._all_changed = True

    def frame(self, since: int) -> Frame:
        """The rows that changed after ``since``.

        During a synchronized update the rows and the cursor of the last frame are kept. Not so after a resize: those
        rows have another width.
        """
        if self._board.blitter.in_alt_screen:
            self._screen.scroll_to_bottom()  # the alternate screen has no scrollback to be in
        back = self._screen.view_offset()
        held = self._changes.begin(self._size.rows, everything=self._all_changed) and self._held
        self._all_changed = False
        self._notice_colors()
        rows = self._screen.view_rows()
        if not held:
            self._shown_cursor = self._cursor(visible=not back)
            # bittty marks damage on the screen only; over scrollback every row may have moved.
            for line in range(self._size.rows) if back else self._screen.damaged_rows():
                self._changes.put(line, row_of(rows[line]))
        return Frame(
            seq=self._changes.seq,
            size=self._size,
            rows=self._changes.since(since),
            cursor=self._shown_cursor,
            modes=self.modes(),
            scrolled_back=back,
            history=self._screen.history_rows(),
            recolored=self._recolored,
            held=held,
        )

    def tail(self, count: int) -> Sequence[FrameRow]:
        """The last lines, read from below."""
        rows: list[FrameRow] = []
        for line in range(self._size.rows - 1, -1, -1):
            row = row_of(self._screen.port.page.line(line).cells)
            if rows or row:
                rows.append(row)
            if len(rows) == count:
                break
        return rows[::-1]

    def recolor(self, colors: Colors) -> Effects:
        """Set the colours. bittty has no mode 2031, so no program has asked for a report."""
        self._colors = colors
        bittty_colors.apply(self._board, colors)
        return Effects()

    def _notice_hold(self) -> None:
        """Note since when a synchronized update has been under way (mode 2026): bittty has only the mode."""
        if not self._board.modes.synchronized_output:
            self._held_since = None
        elif self._held_since is None:
            self._held_since = time.monotonic()

    @property
    def _held(self) -> bool:
        return self._held_since is not None and time.monotonic() - self._held_since < HOLD_LIMIT

    def _notice_colors(self) -> None:
        """Work out which colours differ from the theme's, but only when the palette or DECSCNM has changed: there are
        259 of them, and a frame is asked for sixty times a second."""
        state = (self._board.palette.generation, self._board.modes.reverse_screen)
        if self._colors is not None and state != self._color_state:
            self._color_state = state
            recolored = bittty_colors.recolored(self._board, self._colors)
            if recolored != self._recolored:
                self._recolored = recolored
                self._changes.touch()

    def limit(self, scrollback_bytes: int) -> None:
        """Keep at most as many cells as fit. The oldest go with the next line that scrolls off."""
        self._scrollback_bytes = scrollback_bytes
        self._screen.scrollback.max_cells = scrollback_bytes // BYTES_A_CELL

    def kept(self) -> KeptScrollback:
        """The lines above the screen."""
        return KeptScrollback(self._screen.history_rows(), self._screen.scrollback.cells * BYTES_A_CELL)

    def compress(self) -> bool:
        """bittty cannot compress scrollback."""
        return False

    def rest(self) -> None:
        """Nothing can be freed: frames are made from the screen itself."""

    def grid(self) -> Grid:
        """The rows."""
        return BitttyGrid(self._screen)

    def _cursor(self, *, visible: bool) -> Cursor:
        place, cursor = self._screen.port.cursor, self._board.cursor
        x, y = place or (cursor.display_x, cursor.y)
        shape, blinks = _SHAPES.get(cursor.shape, CursorShape.BLOCK), bool(self._board.modes.cursor_blinking)
        # bittty 0.3.0 takes a negative number in a sequence and moves the cursor off the screen.
        return Cursor(max(0, x), max(0, y), visible and place is not None, shape, blinks)

    def scroll(self, lines: int) -> None:
        """Move the view."""
        if not lines:
            self._screen.scroll_to_bottom()
        elif not self._board.blitter.in_alt_screen:
            self._screen.scroll_view(lines)

    def modes(self) -> Modes:
        """The modes now."""
        modes, mouse, keyboard = self._board.modes, self._board.mouse, self._board.keyboard
        return Modes(
            application_cursor=bool(modes.cursor_application_mode),
            application_keypad=not modes.numeric_keypad,
            bracketed_paste=bool(modes.bracketed_paste),
            focus_events=bool(modes.focus_reporting),
            mouse=TRACKING.get(mouse.protocol, MouseTracking.NONE),
            mouse_format=FORMATS.get(mouse.encoding, MouseFormat.X10),
            alternate_screen=bool(self._board.blitter.in_alt_screen),
            alternate_scroll=bool(modes.alternate_scroll_mode),
            kitty_flags=int(keyboard.kitty_flags),
            modify_other_keys=2 if keyboard.modify_other_keys >= 2 else 0,
        )

    def text(self) -> str:
        """The view as text."""
        return "\n".join("".join(run.text for run in row_of(cells)).rstrip() for cells in self._screen.view_rows())

    def replica(self) -> bytes:
        """The primary screen, the alternate one over it if that is in use, then the modes, the cursor and the pen."""
        blitter = self._board.blitter
        primary = [line.cells for line in map(blitter.primary_page.line, range(self._size.rows))]
        return (drawn(primary, "\r\n") + self._state()).encode() + self._cursor(visible=True).decscusr

    def snapshot(self, limit: int) -> bytes:
        """Control sequences that draw the terminal again: the newest lines of scrollback that fit, then
        :meth:`replica`."""
        if self._board.parser.buffer or self._held_mark:
            return b""  # an unfinished sequence is not in the control sequences
        history = self._screen.scrollback.width(self._size.cols)
        end = self.replica()
        lines: list[str] = []
        room = min(limit, _MAX_SNAPSHOT) - len(_MAGIC) - len(end)
        for index in range(len(history) - 1, -1, -1):
            line = drawn([history[index]], "") + "\r\n"
            room -= len(line.encode())
            if room < 0:
                break
            lines.append(line)
        return _MAGIC + "".join(reversed(lines)).encode() + end

    def _state(self) -> str:
        """What comes after the primary screen in :meth:`replica`.

        The order matters: the saved cursor must be in place when 1049 saves it, and margins and modes move the cursor,
        so its own place comes last.
        """
        board, modes = self._board, self.modes()
        saved = board.cursor.saved[False]
        parts = []
        if modes.alternate_screen:
            page = board.blitter.alt_page
            painted = [f"\x1b[{y + 1}H" + drawn([page.line(y).cells], "") for y in range(self._size.rows)]
            parts += [f"\x1b[{saved.y + 1};{saved.x + 1}H\x1b[?1049h", *painted]
        if (board.blitter.scroll_top, board.blitter.scroll_bottom) != (0, self._size.rows - 1):
            parts.append(f"\x1b[{board.blitter.scroll_top + 1};{board.blitter.scroll_bottom + 1}r")
        parts.append(modes_set(modes).decode())
        if not board.modes.cursor_visible:
            parts.append("\x1b[?25l")
        parts.append(
            f"\x1b[{board.cursor.y + 1};{board.cursor.display_x + 1}H\x1b[0m{style_to_ansi(board.style.current)}"
        )
        return "".join(parts)

    def restore(self, snapshot: bytes) -> None:
        """Continue from ``snapshot``. Whatever it would answer is dropped: nobody has asked."""
        if not snapshot.startswith(_MAGIC):
            raise ValueError("not a snapshot of this engine")
        self._power_on()
        self._board.feed_host_data(snapshot[len(_MAGIC) :])
        self._wire.effects = Effects()

    def close(self) -> None:
        """Detach from the board, so that it can be freed: both refer to each other."""
        self._screen.detach()
        self._board.host.detach()
