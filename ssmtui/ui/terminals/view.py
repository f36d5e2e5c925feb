"""A session's screen: pulls changed rows while it is shown, draws them a line at a time, and takes the input."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from ssmtui.sessions.escape import EscapeAction
from ssmtui.sessions.states import SessionState
from ssmtui.terminal.engine import HOLD_LIMIT
from ssmtui.terminal.marks import MarkAction, Unmark
from ssmtui.terminal.screen import HOME, Frame, Recolored
from ssmtui.ui.compat import LinesWidget
from ssmtui.ui.look.palette import paint, palette_of
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.terminals.copy_keys import lines_outside
from ssmtui.ui.terminals.copy_mode import ViewCopyMode
from ssmtui.ui.terminals.facts import FOLLOWING, NewLines, ViewFacts
from ssmtui.ui.terminals.mouse import ViewMouse
from ssmtui.ui.terminals.overlays import OverlayPainter
from ssmtui.ui.terminals.strips import Brush, brush_of

if TYPE_CHECKING:
    from ssmtui.model import TerminalSize
    from ssmtui.sessions.looks import Look
    from ssmtui.sessions.manager import SessionManager
    from ssmtui.sessions.session import Session
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.terminals.input import Typing
    from ssmtui.ui.terminals.pacing import Pacer

DEAF_AFTER_END = 0.8
"""Seconds for which keys do nothing after a session is over: they were meant for the node."""


class TerminalView(LinesWidget, can_focus=True):
    """Draws one session, by a look of its own at the terminal. Only a shown view pulls; one pull is under way at
    most."""

    class Happened(Message):
        """A message of the view, which it names."""

        def __init__(self, view: TerminalView) -> None:
            super().__init__()
            self.view = view

    class Escaped(Happened):
        """An escape of ssh's was typed."""

        def __init__(self, view: TerminalView, action: EscapeAction) -> None:
            super().__init__(view)
            self.action = action

    class FactsChanged(Happened):
        """The view was moved, or something else is marked in it."""

    class CopyModeChanged(Happened):
        """Copy mode was entered or left."""

    class SelectionMade(Happened):
        """The mouse has selected something."""

    class LinkClicked(Happened):
        """The cell ``x``, ``y`` of the terminal was clicked for the link that may be there."""

        def __init__(self, view: TerminalView, x: int, y: int) -> None:
            super().__init__(view)
            self.x, self.y = x, y

    def __init__(self, snapshot: SessionSnapshot, manager: SessionManager, typing: Typing, pacer: Pacer) -> None:
        super().__init__()
        self.snapshot = snapshot
        self._pacer = pacer
        self.facts = FOLLOWING
        self.copy_mode = ViewCopyMode(self)
        self._key = snapshot.key
        self._manager = manager
        self._typing = typing
        self.input = typing.of(snapshot.key)
        self._mouse = ViewMouse(self)
        self._painter = OverlayPainter()
        self._new_lines = NewLines()
        self._new = 0
        self._frame: Frame | None = None
        self._rows: list[Strip] = []
        self._cursor = HOME
        self._shown = False
        self._catching_up = False
        self._dirty = asyncio.Event()
        self._brush: Brush | None = None
        self._pulling = asyncio.Lock()
        self._look: Look | None = None
        self._recolored: Recolored = ()
        self._deaf_until = 0.0

    def show(self, snapshot: SessionSnapshot) -> None:
        """Take a new snapshot of the session."""
        if self.snapshot.live and not snapshot.live:
            self._deaf_until = time.monotonic() + DEAF_AFTER_END
        if self.snapshot.state is not snapshot.state:
            self.refresh()
        self.snapshot = snapshot

    @property
    def _session(self) -> Session:
        """``KeyError`` once its tab is closed, which the view may learn a frame later."""
        return self._manager.session(self._key)

    # Pulling

    def on_mount(self) -> None:
        """Follow the session until the view goes."""
        self.app.theme_changed_signal.subscribe(self, self._recolor)
        with contextlib.suppress(KeyError):  # its tab may just have been closed
            self._look = self._session.terminal.look(self._dirty.set)
            self.run_worker(self._follow(self._look), name=f"view of session {self._key}")

    def on_unmount(self) -> None:
        """Keep no screen: the view itself stays until Python looks for circles, which may be many tabs later."""
        if self._look is not None:
            self._look.close()
        self._pacer.forget(self)
        self._look = self._frame = None
        self._rows = []

    def set_shown(self, shown: bool) -> None:
        """Show or hide; a hidden view does not pull."""
        if self._look is not None and self._shown and not shown:
            self._look.rest()
        self._shown = shown
        self._dirty.set()

    def catch_up(self) -> None:
        """Pull once though hidden: new output is announced again only after what there is has been pulled."""
        self._catching_up = True
        self._dirty.set()

    async def _follow(self, look: Look) -> None:
        while not look.closed:
            await self._dirty.wait()
            if self._shown or self._catching_up:
                await self._pacer.draw(self, self._catch_up)
            else:
                self._dirty.clear()

    async def _catch_up(self) -> None:
        wanted = self._shown or self._catching_up
        self._dirty.clear()
        self._catching_up = False
        if wanted:
            await self.pull()
            if not self._shown and self._look is not None:
                self._look.rest()

    async def pull(self) -> None:
        """Fetch the rows that changed, if its tab is open."""
        async with self._pulling:
            if self._look is None or self._look.closed:
                return
            frame = await self._look.frame(self._frame.seq if self._frame else 0)
            if frame.recolored != self._recolored:
                self._recolored, self._brush = frame.recolored, None
            brush = self._take_brush()
            drawn = await brush.strips(frame)
            if brush is self._brush:  # else the theme has changed, and all is asked for again
                self._take(frame, drawn)
        if frame.held:
            asyncio.get_running_loop().call_later(HOLD_LIMIT, self._dirty.set)

    def _take(self, frame: Frame, drawn: Mapping[int, Strip]) -> None:
        """Redraw the lines that differ; ``drawn`` are the rows that changed."""
        rows = self._rows[: frame.size.rows]
        rows += [self._take_brush().blank(frame.size.cols)] * (frame.size.rows - len(rows))
        for line, strip in drawn.items():
            if line < len(rows):
                rows[line] = strip
        resized = self._frame is None or self._frame.size != frame.size
        top, touched = self.top, {*frame.rows, self._cursor.y, frame.cursor.y, *self._painter.show(frame.overlay)}
        self._rows, self._cursor, self._frame = rows, frame.cursor, frame
        if resized or top != self.top or len(touched) > len(rows) // 2:
            self.refresh()
        else:
            for line in touched:
                self.refresh(Region(0, line - top, self.size.width, 1))
        self.copy_mode.see(frame.overlay)
        self._new = self._new_lines.count(frame)
        self.tell_facts()

    def tell_facts(self) -> None:
        """Say where the view is and what is marked in it, if that has changed."""
        overlay, mode = self._painter.overlay, self.copy_mode
        below = self._frame.scrolled_back if self._frame else 0
        facts = ViewFacts(below, self._new, mode.active, mode.pending, overlay.shape, overlay.found)
        if facts != self.facts:
            self.facts = facts
            self.post_message(self.FactsChanged(self))

    def copy_mode_changed(self) -> None:
        """Other keys matter now."""
        self.tell_facts()
        self.post_message(self.CopyModeChanged(self))

    def selection_made(self) -> None:
        """It may be copied at once."""
        self.post_message(self.SelectionMade(self))

    def link_clicked(self, x: int, y: int) -> None:
        """Follow the link in that cell of the terminal, if there is one."""
        self.post_message(self.LinkClicked(self, x, y))

    # Drawing

    @property
    def top(self) -> int:
        """The first row drawn: where the view is lower than the screen, the rows down to the cursor are seen."""
        return self._top(self.size.height)

    def _top(self, height: int) -> int:
        spare = max(0, len(self._rows) - height)
        cursor = self._painter.overlay.cursor
        line = self._cursor.y if cursor is None else cursor[1]
        return min(spare, max(0, line + 1 - height))

    def render_line(self, y: int) -> Strip:
        """One line."""
        return self.lines([y])[0]

    def lines(self, wanted: Iterable[int]) -> list[Strip]:
        """Prepared strips, with the cursor cut in."""
        size, brush, palette = self.size, self._take_brush(), palette_of(self)
        top = self._top(size.height)
        largest = self.snapshot.request.options.largest
        cols, rows = (largest.cols, largest.rows) if largest is not None else size
        cursor_line = self._cursor.y if self._cursor_seen else None
        strips = []
        for y in wanted:
            line = y + top
            if y >= rows:
                strips.append(self._outside(size.width))
                continue
            if line >= len(self._rows):
                strip = brush.blank(size.width)
            else:
                strip = self._painter.paint(self._rows[line], line, palette)
            if line == cursor_line:
                blurred = None if self.has_focus else paint(self, Tone.CURSOR_BLURRED)
                strip = brush.cursor.paint(strip, self._cursor, blurred)
            if cols < size.width:
                inside = strip.adjust_cell_length(cols, brush.background)
                strip = Strip.join([inside, self._outside(size.width - cols)])
            strips.append(strip.adjust_cell_length(size.width, brush.background))
        return strips

    def _outside(self, width: int) -> Strip:
        """What is no part of a terminal that is smaller than its pane."""
        return Strip([Segment("·" * width, paint(self, Tone.FAINT))], width)

    @property
    def _cursor_seen(self) -> bool:
        open_ = self.snapshot.state in (SessionState.OPEN, SessionState.CLOSING)
        return open_ and self._cursor.visible and not self.facts.below and not self.facts.copying

    def _take_brush(self) -> Brush:
        if self._brush is None:
            self._brush = brush_of(self, self._recolored)
        return self._brush

    def _recolor(self, _: object) -> None:
        """Draw everything in the new theme's colours."""
        self._brush = self._frame = None
        self._rows = []
        self._dirty.set()
        self.refresh()

    # Input

    def on_key(self, event: events.Key) -> None:
        """Every key that comes here goes to the node, while there is a session, but for those that any terminal scrolls
        by; the leader and the keys of copy mode never come here."""
        lines = lines_outside(event.key, self.size.height)
        if lines is not None and not self.input.is_full_screen:
            _consume(event)
            self.scroll_lines(lines)
        elif self.snapshot.live:
            _consume(event)
            if not self.copy_mode.active:  # or it was typed before that was entered
                self.return_to_input()
            self.type_key(event.key, event.character)
        elif time.monotonic() < self._deaf_until:
            _consume(event)

    def type_key(self, key: str, character: str | None) -> None:
        """Send a key to the node."""
        action = self._typing.key(self._key, key, character)
        if action is not None:
            self.post_message(self.Escaped(self, action))

    @property
    def cursor_line(self) -> int | None:
        """The line of the view that copy mode's cursor is in; None when it is not in sight."""
        cursor = self._painter.overlay.cursor
        return None if cursor is None else cursor[1] - self.top

    # Scrolling and marking

    def return_to_input(self) -> None:
        """Back to the bottom, with nothing marked: what is typed is looked at there."""
        if self.copy_mode.active:
            self.copy_mode.leave()
        if self._painter.overlay.shape is not None:
            self.mark(Unmark())
        if self.facts.below:
            self.scroll_lines(0)

    def mark(self, mark: MarkAction) -> None:
        """Mark or move something in the terminal."""
        self._session.terminal.mark(mark)
        self._dirty.set()

    def scroll_lines(self, lines: int) -> None:
        """Move over the scrollback; negative is back, 0 goes to the bottom."""
        self._session.terminal.scroll(lines)
        self._dirty.set()

    def wants_question(self, text: str) -> bool:
        """Whether pasting ``text`` needs a question."""
        return self._typing.wants_question(self._key, text)

    def on_paste(self, event: events.Paste) -> None:
        """Paste what needs no question, behind the keys that were typed before."""
        event.stop()
        self.paste(event.text)

    def paste(self, text: str, among: Collection[int] | None = None) -> None:
        """Send ``text`` to the node, and to all that get what is typed here; ``among``: that were asked about."""
        self.return_to_input()
        self._typing.paste(self._key, text, among)

    def on_focus(self) -> None:
        """Draw the cursor full; tell the program."""
        self.input.focus(True)
        self.refresh()

    def on_blur(self) -> None:
        """Draw the cursor hollow; tell the program."""
        self.input.focus(False)
        self.refresh()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A button."""
        self._mouse.down(event)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """The button let go."""
        self._mouse.up(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """A movement, dragging or not."""
        self._mouse.move(event)

    def on_mouse_release(self) -> None:
        """Something else has the mouse now."""
        self._mouse.let_go()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Wheel up."""
        self._mouse.wheel(event, up=True)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Wheel down."""
        self._mouse.wheel(event, up=False)

    @property
    def terminal_size(self) -> TerminalSize | None:
        """The terminal's size in the last frame; None before the first."""
        return self._frame.size if self._frame else None


def _consume(event: events.Key) -> None:
    """Keep the key from every binding above."""
    event.stop()
    event.prevent_default()
