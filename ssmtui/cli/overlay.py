"""What ssmtui says in a terminal that the node draws on: in the title at once, in the last line when trouble lasts.

The bytes of the node go to the terminal as they are. While there is trouble an engine beside it knows the screen, so
that it can be drawn again where our words were. It is made of the latest output, which is kept: the node's output never
pays for an engine, nor waits for one, while all is well.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from ssmtui import inert, multiplexers
from ssmtui.cli.columns import fit
from ssmtui.errors import SsmtuiError
from ssmtui.local_terminal import (
    POP_TITLE,
    PUSH_TITLE,
    RESET_MODES,
    RESET_SCREEN,
    LocalTerminal,
    in_last_lines,
    title,
)
from ssmtui.model import TerminalSize
from ssmtui.tasks import Tasks
from ssmtui.terminal.unfinished import Unfinished

if TYPE_CHECKING:
    from ssmtui.sessions.engine_host import EngineHost, EnginePane
    from ssmtui.sessions.output import SessionOutput
    from ssmtui.terminal.screen import Modes
    from ssmtui.terminal.signs import LineEnd, ShellMark

log = logging.getLogger(__name__)

LASTING = 5.0
"""Seconds of trouble without output after which the last line says so, too."""
SHOWN_FOR = 5.0
"""Seconds that the title, or a note, stays after what it says is over."""
KEPT, PIECE = 1 << 20, 1 << 16
"""Bytes of the latest output that are kept for an engine, and how many of them are dropped at once."""
BEHIND = 4 << 20
"""Bytes that an engine may have before it. An engine that is slower than a flood is given up: the node does not
wait."""
ENGINE_TIME = 5.0
"""Seconds that an engine has to start, and to say what the screen looks like, before our words do without it."""
SCROLLBACK = 100
"""Lines that the engine keeps above the screen: only whether there are any is asked."""
FAREWELL = 2.0
"""Seconds that drawing the screen again may take at the end."""

# Nothing of what a program has set may change how a screen is drawn: insert, origin, wrap, margins, character sets.
_PLAIN = b"\x1b[4l\x1b[?6l\x1b[?7h\x1b[r\x1b[0m\x1b(B\x0f"
_ERASED = b"\x1b[H\x1b[J"
_ALTERNATE, _MAIN = b"\x1b[?1049h", b"\x1b[?1049l"
_SWITCH = re.compile(rb"\x1b\[\?(?:\d+;)*(?:1049|1047|47)(?:;\d+)*([hl])")
_MODES_AT_END = re.compile(rb"(?:\x1b\[\??[\d;]*[hl])*\Z")
_ONE_SCREEN = ("linux", "vt", "ansi", "cons", "sun", "screen")
"""Names of terminals with one screen. GNU screen has another one only where it is told to (``altscreen on``)."""
_WHOLE = re.compile(rb"\n|(?=\x1b)")
"""Where output that was cut somewhere is whole again."""
_BLOCK = b"\x1b[2 q"
"""Both engines end with the shape of their cursor; ours has not been changed."""


def has_other_screen(environment: Mapping[str, str]) -> bool:
    """Whether the terminal keeps its screen while it shows another one (xterm's ctlseqs, mode 1049)."""
    if multiplexers.is_in_tmux(environment):
        return True
    return not multiplexers.is_in_screen(environment) and not environment.get("TERM", "").startswith(_ONE_SCREEN)


class TerminalOverlay:
    """The terminal's output while a session has it. Loop-bound.

    ``nudge`` makes a full-screen program draw itself again, for the case that the engine cannot.
    """

    def __init__(
        self, terminal: LocalTerminal, name: str, nudge: Callable[[], None], engine: str | None = None
    ) -> None:
        self._terminal = terminal
        self._name = inert.line(name, 60)
        self._nudge = nudge
        self._engine = engine
        self._clock = asyncio.get_running_loop().time
        self._tasks = Tasks("overlay")
        self._host: EngineHost | None = None
        self._pane: EnginePane | None = None
        self._output: SessionOutput | None = None
        self._kept: deque[bytearray] = deque()
        self._kept_size = 0
        self._keeps_all = True
        self._engine_task: asyncio.Task[None] | None = None
        self._engine_ending: asyncio.Task[None] | None = None
        self._guessed = False
        """Whether the engine's screen may be another than the terminal's, for it has had only the latest output."""
        self._unfinished = Unfinished()
        self._alternate = False
        """Whether a full-screen program has the other screen."""
        self._in_place = False
        """Whether each row is where the engine has it: not while lines from before the session are above it."""
        self._borrowed = False
        """Whether our words are on the other screen, for the terminal alone knows what is on its own."""
        self._untrue = False
        """Whether the engine has lost its screen."""
        self._stale = False
        """Whether somebody else has drawn on the terminal."""
        self._remote_title: str | None = None
        self._titled = False
        self._trouble = ""
        self._heard = 0.0
        self._wanted: tuple[str, ...] = ()
        self._shown: tuple[str, ...] = ()
        self._held: list[bytes] | None = None
        self._roomy = asyncio.Event()
        self._roomy.set()
        self._painter: asyncio.Task[None] | None = None
        self._timers: dict[str, asyncio.TimerHandle] = {}

    # What the session does

    def write(self, data: bytes) -> None:
        """The node printed ``data``. Where our words are on the screen it waits until they are gone."""
        self._heard = self._clock()
        if self._shown or self._wanted:
            self._want(())
            self._watch_trouble()
        if self._held is not None:
            self._held.append(data)
        else:
            self._pass(data)

    async def room(self) -> None:
        """Return when there is room for more output: an engine is not waited for, the terminal is."""
        await self._roomy.wait()
        await self._terminal.room()

    def resized(self, size: TerminalSize) -> None:
        """The terminal has another size; only it knows what has become of its rows."""
        self._in_place = False
        if self._pane is not None:
            self._pane.resize(size)
        if self._shown:
            self._want(())
            self._watch_trouble()

    def drawn_over(self) -> None:
        """Others have had the terminal: draw all of it again."""
        self._stale = True
        self._shown, self._borrowed = (), False
        if self._trouble:
            self._set_title(self._trouble)
        self._paint()
        self._watch_trouble()

    def leave(self) -> None:
        """Give the terminal to others for a while: the screen that it had before, and plain modes."""
        self._pop_title()
        self._terminal.write(RESET_SCREEN if self._alternate or self._borrowed else RESET_MODES)

    # What there is to say

    def trouble(self, text: str) -> None:
        """Say that this is wrong, until it is another thing or nothing, which is empty."""
        if text == self._trouble:
            return
        before, self._trouble = self._trouble, text
        if text:
            self._need_engine()
            self._set_title(text)
            if not before:
                self._heard = max(self._heard, self._clock())
            if self._shown:
                self._want((text,))
            else:
                self._watch_trouble()
        else:
            self._cancel("line")
            self._want(())
            self._later("title", SHOWN_FOR, self._all_said)

    def resumed(self, text: str) -> None:
        """Say that the session goes on, for a while."""
        self._set_title(text)
        self._later("title", SHOWN_FOR, self._all_said)

    def note(self, text: str) -> None:
        """Say something for a while, or until the node prints something or the person types."""
        lines = tuple(text.split("\n"))
        if len(lines) == 1 and not self._trouble:
            self._set_title(text)
            self._later("title", SHOWN_FOR, self._all_said)
        self._want(lines)
        self._later("line", SHOWN_FOR, self._end_note)

    def typed(self) -> None:
        """The person has typed something, and has read what there was to read."""
        if self._shown and not self._trouble:
            self._want(())

    @property
    def alternate(self) -> bool:
        """Whether a full-screen program has the other screen."""
        return self._alternate

    async def close(self) -> None:
        """Take back all that was said; the terminal shows what the node has drawn. The engine ends."""
        for what in tuple(self._timers):
            self._cancel(what)
        self._trouble = ""
        self._want(())
        if self._painter is not None:
            await asyncio.wait({self._painter}, timeout=FAREWELL)
        if self._alternate or self._borrowed:
            self._terminal.write(RESET_SCREEN)
        self._pop_title()

    async def free(self) -> None:
        """End the engine. Nothing is written any more."""
        self._end_engine()
        if self._engine_ending is not None:
            await asyncio.wait({self._engine_ending})
        await self._tasks.close()

    # The title

    def _set_title(self, text: str) -> None:
        push = b"" if self._titled else PUSH_TITLE
        self._titled = True
        self._cancel("title")
        self._aside(push + title(inert.line(f"{self._name}: {text}", 200)))

    def _pop_title(self) -> None:
        if not self._titled:
            return
        self._titled = False
        # A program that has named its window meanwhile, or a terminal that keeps no titles, has the name once more.
        again = b"" if self._remote_title is None else title(self._remote_title)
        self._aside(POP_TITLE + again)

    def _all_said(self) -> None:
        self._pop_title()
        self._rest()

    def _aside(self, data: bytes) -> None:
        """Write ``data`` though the node may be in the middle of a sequence: that is broken off and begun anew."""
        if begun := bytes(self._unfinished):
            data = b"\x18" + data + begun
        self._terminal.write(data)

    # The last lines

    def _watch_trouble(self) -> None:
        """Show trouble in the last line once it has lasted, and the node has been silent for as long."""
        if self._trouble:
            self._later("line", self._heard + LASTING - self._clock(), self._look)

    def _look(self) -> None:
        if self._clock() - self._heard < LASTING:
            self._watch_trouble()
        else:
            self._want((self._trouble,))

    def _end_note(self) -> None:
        self._want(())
        self._watch_trouble()

    def _want(self, lines: Sequence[str]) -> None:
        self._wanted = tuple(lines)
        if self._wanted != self._shown:
            self._paint()

    def _paint(self) -> None:
        self._need_engine()
        if self._painter is None:
            self._held = []
            self._roomy.clear()
            self._painter = self._tasks.start("paint", self._repaint())

    async def _repaint(self) -> None:
        """Bring the screen to what is wanted on it. What the node prints meanwhile is held."""
        try:
            if self._engine_task is not None:
                await asyncio.wait({self._engine_task}, timeout=ENGINE_TIME)
                if not self._engine_task.done():
                    self._lose_engine("it does not start")
            while self._stale or self._wanted != self._shown or self._is_left_behind:
                if self._held:
                    self._wanted = ()  # output goes first
                await self._repaint_once()
        finally:
            self._painter = None
            held, self._held = self._held or [], None
            self._roomy.set()
            for data in held:
                self._pass(data)
            self._rest()

    async def _repaint_once(self) -> None:
        before = self._stale, self._shown, self._borrowed
        try:
            async with asyncio.timeout(ENGINE_TIME):
                if self._stale or self._shown or self._is_left_behind:
                    await self._draw()
                elif self._wanted:
                    await self._show(self._wanted)
        except TimeoutError:
            # Nothing was drawn: it was still waiting for what to draw.
            self._stale, self._shown, self._borrowed = before
            self._lose_engine("it does not answer")

    @property
    def _is_left_behind(self) -> bool:
        """Whether the other screen is shown for nothing."""
        return self._borrowed and not self._wanted

    async def _draw(self) -> None:
        """The screen without our words."""
        stale, self._stale, self._shown = self._stale, False, ()
        if self._borrowed:
            if self._wanted:
                await self._draw_borrowed(b"")
            else:
                self._borrowed = False
                self._aside(_MAIN)
            return
        output, pane = self._output, self._pane
        if output is None or pane is None or pane.closed:
            rows = self._terminal.size.rows
            self._aside(b"\x1b7\x1b[?6l\x1b[%d;1H\x1b[0m\x1b[J\x1b8" % rows if not stale else b"")
            self._nudge()
            return
        if stale:
            pushed = b"\x1b[%d;1H" % self._terminal.size.rows + b"\n" * self._terminal.size.rows
            await output.draw(self._terminal, lambda replica: RESET_SCREEN + pushed + _ERASED + _own_shape(replica))
            self._in_place = True
        elif self._alternate:
            await output.draw(self._terminal, lambda replica: _PLAIN + _ERASED + _other_screen(replica))
        else:
            await output.draw(self._terminal, lambda replica: _PLAIN + _ERASED + _own_shape(replica))
        if self._untrue:
            self._untrue = False
            self._nudge()

    async def _show(self, lines: tuple[str, ...]) -> None:
        """Our words in the last rows, where the screen can be drawn again afterwards."""
        if not self._alternate and not self._borrowed and not await self._is_in_place():
            if has_other_screen(os.environ):
                self._borrowed = True
                await self._draw_borrowed(_ALTERNATE)
            elif self._has_engine:
                await self._make_place()
            else:
                self._aside(b"".join(b"\r\n" + line.encode() for line in lines) + b"\r\n")
                self._wanted = ()
                return
        if self._wanted != lines or self._held:
            return
        size = self._terminal.size
        fitting = [fit(f" {line} ", size.cols - 1) for line in lines[: size.rows]]
        self._aside(in_last_lines(fitting, size.rows))
        self._shown = lines

    @property
    def _has_engine(self) -> bool:
        return self._output is not None and self._pane is not None and not self._pane.closed

    async def _is_in_place(self) -> bool:
        """Whether the session has printed more than a screen, so that nothing from before it is left there."""
        if self._guessed:
            return False
        if not self._in_place and self._pane is not None and self._has_engine:
            memory = await self._pane.memory()
            self._in_place = memory is not None and memory.lines > 0
        return self._in_place

    async def _draw_borrowed(self, before: bytes) -> None:
        """Draw what the session has printed on the other screen, after ``before``: the terminal's own has lines from
        before the session, which only the terminal can bring back."""
        if self._output is None or not self._has_engine:
            self._aside(before + _ERASED)
        else:
            made = before + _PLAIN + _ERASED
            await self._output.draw(self._terminal, lambda replica: made + _own_shape(replica))

    async def _make_place(self) -> None:
        """Move what was on the screen before the session up into the scrollback, then draw the session's at the top."""
        assert self._output is not None
        rows = self._terminal.size.rows
        pushed = b"\x1b[%d;1H" % rows + b"\n" * rows
        await self._output.draw(self._terminal, lambda replica: _PLAIN + pushed + _ERASED + _own_shape(replica))
        self._in_place = True

    # The engine

    def _pass(self, data: bytes) -> None:
        for switch in _SWITCH.finditer(bytes(self._unfinished) + data):
            self._alternate = switch[1] == b"h"
        self._unfinished.follow(data)
        self._keep(data)
        if self._output is None or self._pane is None:
            self._terminal.write(data)
            return
        self._output.feed(data)
        if self._pane.pending > BEHIND:
            self._end_engine()

    def _keep(self, data: bytes) -> None:
        """Keep the latest output, in pieces that cost little each, however the node cuts it."""
        if self._kept and len(self._kept[-1]) < PIECE:
            self._kept[-1] += data
        else:
            self._kept.append(bytearray(data))
        self._kept_size += len(data)
        while self._kept_size > KEPT and len(self._kept) > 1:
            self._kept_size -= len(self._kept.popleft())
            self._keeps_all = False

    def _need_engine(self) -> None:
        if self._engine_task is None:
            self._engine_task = self._tasks.start("engine", self._start_engine())
            self._engine_task.add_done_callback(lambda _: self._rest())

    async def _start_engine(self) -> None:
        """Start it with what is kept. Without one, the title is all that is safe to write to."""
        try:
            if self._engine_ending is not None:
                await asyncio.wait({self._engine_ending})
            await asyncio.to_thread(_load_engine)
            await self._open_engine()
        except (SsmtuiError, ImportError, OSError) as error:
            self._lose_engine(str(error))

    async def _open_engine(self) -> None:
        from ssmtui.sessions.engine_host import EngineHost
        from ssmtui.sessions.output import SessionOutput

        host = self._host = EngineHost(self._engine)
        pane = self._pane = host.open(1, self._terminal.size, SCROLLBACK, _Sink(self))
        self._output = SessionOutput(pane)
        self._output.feed(self._latest())
        self._output.follow(self._terminal)
        self._guessed = self._untrue = not self._keeps_all
        await host.start()

    def _latest(self) -> bytes:
        """What is kept, for an engine that has had nothing."""
        kept = b"".join(self._kept)
        if self._keeps_all:
            return kept
        switch = _SWITCH.search(kept)
        was_alternate = switch[1] == b"l" if switch is not None else self._alternate
        whole = _WHOLE.search(kept)
        return (_ALTERNATE if was_alternate else b"") + kept[whole.end() if whole is not None else 0 :]

    def _lose_engine(self, why: str) -> None:
        """Do without one until there is nothing to say any more."""
        log.warning("connect has no terminal engine: %s", why)
        task = self._engine_task
        self._end_engine()
        self._engine_task = task

    def _rest(self) -> None:
        """End the engine once there is nothing to say: the next one is made of what is kept."""
        task = self._engine_task
        if task is None or not task.done() or self._painter is not None:
            return
        if not self._trouble and not self._titled and not self._wanted and not self._shown:
            self._end_engine()

    def _end_engine(self) -> None:
        task, self._engine_task = self._engine_task, None
        host, self._host, self._pane, self._output = self._host, None, None, None
        starting = None if task is None or task.done() or task is asyncio.current_task() else task
        if starting is not None:
            starting.cancel()
        if starting is not None or host is not None:
            self._engine_ending = self._tasks.start("end engine", self._see_off(self._engine_ending, starting, host))

    @staticmethod
    async def _see_off(
        before: asyncio.Task[None] | None, starting: asyncio.Task[None] | None, host: EngineHost | None
    ) -> None:
        """Return once the engine that was ended before has gone, then the start of this one and its process."""
        waited = {task for task in (before, starting) if task is not None}
        if waited:
            await asyncio.wait(waited)
        if host is not None:
            await host.close()

    def named(self, text: str) -> None:
        """The node's program has named its window."""
        self._remote_title = text

    def screen_lost(self) -> None:
        """The engine's screen starts anew, and is not what the terminal shows."""
        self._guessed = self._untrue = True

    # Timers

    def _later(self, what: str, seconds: float, act: Callable[[], None]) -> None:
        self._cancel(what)
        self._timers[what] = asyncio.get_running_loop().call_later(max(0.0, seconds), act)

    def _cancel(self, what: str) -> None:
        if (timer := self._timers.pop(what, None)) is not None:
            timer.cancel()


class _Sink:
    """What the engine reports (engine_host.EngineSink): the real terminal answers, rings and copies."""

    def __init__(self, overlay: TerminalOverlay) -> None:
        self._overlay = overlay

    def screen_changed(self) -> None:
        """Nothing shows the engine's screen."""

    def modes_changed(self, modes: Modes) -> None:
        """The terminal encodes its own keys."""

    def reply(self, data: bytes) -> None:
        """The terminal answers."""

    def title_changed(self, title: str) -> None:
        """Kept, for we change the title too."""
        self._overlay.named(title)

    def bell(self) -> None:
        """The terminal rings."""

    def clipboard(self, text: str) -> None:
        """The terminal decides."""

    def notice(self, text: str) -> None:
        """It is about a pane, and there is none."""

    def signs_changed(self, marks: list[ShellMark], end: LineEnd | None) -> None:
        """Nothing says what the session does."""

    def line_found(self, count: int, line: str) -> None:
        """No line is watched for."""

    def watch_slow(self) -> None:
        """Nor is one missed."""

    def screen_lost(self) -> None:
        """The replica is not what the terminal shows."""
        self._overlay.screen_lost()


def _load_engine() -> None:
    import ssmtui.sessions.engine_host
    import ssmtui.sessions.output  # noqa: F401


def _own_shape(replica: bytes) -> bytes:
    return replica.removesuffix(_BLOCK)


def _other_screen(replica: bytes) -> bytes:
    """What of ``replica`` draws the other screen alone, for a terminal that shows it: what is under it stays."""
    before, switch, after = replica.rpartition(_ALTERNATE)
    modes = _MODES_AT_END.search(before) if switch else None
    return (modes[0] if modes is not None else b"") + _own_shape(after)
