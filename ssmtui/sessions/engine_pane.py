"""One session's terminal as seen from the event loop: what to send to the host, what it answered, what to keep.

A pane outlives hosts. Each time one is filled is a *life*: an answer of an earlier life is dropped, because the engine
that gave it is gone and its frames, counted from one, mean nothing to the next.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

from ssmtui import inert
from ssmtui.contained import Contained
from ssmtui.model import TerminalSize
from ssmtui.sessions.engine_tail import Chores, PortableScreen, Tail
from ssmtui.sessions.host_process import Answered, HostDied
from ssmtui.sessions.looks import Look, Looks
from ssmtui.sessions.mark_questions import MarkQuestions, Read, Value
from ssmtui.sessions.snapshots import SessionMemory
from ssmtui.sessions.view_moves import ViewMoves
from ssmtui.terminal import engines, marks_wire, prompt_modes, wire
from ssmtui.terminal.engine import MAX_FEED, MAX_TITLE
from ssmtui.terminal.marks import EMPTY, Find, MarkAction
from ssmtui.terminal.screen import INITIAL_MODES, Colors, Frame, FrameRow, Modes, inert_cells
from ssmtui.terminal.signs import LineEnd, ShellMark

MAX_PENDING = 4 << 20
"""Bytes fed and not parsed above which there is no room for more. The socket is left unread then, so that an engine
that is replaced, or slower than a flood, is waited for and the program's memory does not grow."""
ALL_PENDING = 16 << 20
"""The same over all panes: of many that flood each may have less. Reading more than the engines parse would only take
the event loop's time from keys."""
LEAST_PENDING = 2 * MAX_FEED
"""The least that a pane may have: enough for its next turn."""

QUARANTINED = (
    "The output of this session stopped the terminal engine. Its screen starts anew in the plain engine; "
    "press Ctrl+L to have it drawn again."
)


DROPPED = (
    "The output of this session takes the plain terminal engine too long: {:,} bytes of it are not shown. "
    "Press Ctrl+L to have the screen drawn again."
)


def most_pending(panes: int) -> int:
    """Bytes that may wait in each of so many panes."""
    return max(LEAST_PENDING, min(MAX_PENDING, ALL_PENDING // max(1, panes)))


class Message(NamedTuple):
    """Something for the host to do. ``feeds`` and ``heavy`` are those of :meth:`HostProcess.send`."""

    header: dict[str, Any]
    blob: bytes
    answered: Answered
    feeds: bool = False
    heavy: bool = False


class EngineSink(Protocol):
    """Receives what a session's terminal does. Called on the event loop; must not block. What it raises is reported and
    contained."""

    def screen_changed(self) -> None:
        """There are new rows. Called once, and again only after a look that ``is_news`` has pulled them."""

    def modes_changed(self, modes: Modes) -> None:
        """The remote program wants its input encoded by ``modes`` from now on."""

    def reply(self, data: bytes) -> None:
        """The answer to a query of the remote program: send it to the node."""

    def title_changed(self, title: str) -> None:
        """The remote program named its window."""

    def bell(self) -> None:
        """The remote program rang."""

    def clipboard(self, text: str) -> None:
        """The remote program asks to put ``text`` into the clipboard."""

    def notice(self, text: str) -> None:
        """Something to show the person in the pane's own line."""

    def signs_changed(self, marks: list[ShellMark], end: LineEnd | None) -> None:
        """The shell marked something, or what the last line looks like is different; None: it is as before."""

    def line_found(self, count: int, line: str) -> None:
        """So many lines were printed that are watched for; ``line`` is the latest, harmless and not too long."""

    def watch_slow(self) -> None:
        """Lines were not looked at, for the pattern that is watched for takes too long. Once for each watch."""

    def screen_lost(self) -> None:
        """The screen starts anew and is empty: the remote program may be asked to draw it again."""


class PaneHost(Protocol):
    """What a pane needs of the engine host."""

    @property
    def engine_name(self) -> str:
        """The engine of new terminals."""

    def wake(self, pane: EnginePane) -> None:
        """The pane has messages."""

    async def ask(self, header: dict[str, Any], key: int) -> tuple[wire.Header, bytes]:
        """The answer to a question. Raises ``HostDied`` when there will be none."""

    def distrust(self, pane: EnginePane) -> None:
        """The host sent nonsense about ``pane``."""

    def forget(self, pane: EnginePane) -> None:
        """The pane is closed."""


class EnginePane:
    """A session's terminal. Orders such as ``feed``, ``resize`` and ``scroll`` return at once, and the host follows in
    its own time; questions such as ``frame`` wait for the answer, and for a new host if this one dies. None of them
    fails: once the pane is closed, orders do nothing and questions return something empty."""

    def __init__(
        self,
        host: PaneHost,
        key: int,
        size: TerminalSize,
        scrollback_lines: int,
        sink: EngineSink,
        filled_from: PortableScreen | None = None,
    ) -> None:
        """``filled_from``: what another process has kept of the same session."""
        kept = filled_from or PortableScreen()
        self.key = key
        self.closed = False
        self.pending = 0
        """Bytes fed that the engine has not parsed."""
        self.parsed = 0
        """Bytes that it has parsed and whose effects were reported, or that were given up."""
        self.marks = MarkQuestions(self._ask_for)
        self._host = host
        self._most_pending = MAX_PENDING
        self._size = size
        self._scrollback_lines = scrollback_lines
        self._sink = sink
        # What a sink calls reaches every viewer of the program: a defect of one must not stop the screens of all.
        self._tell = Contained(f"pane {key}").call
        self._engine: str | None = kept.engine if kept.engine in engines.NAMES else None
        self._life = 0
        self._ready = asyncio.Event()
        self._roomy = asyncio.Event()
        self._roomy.set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._refill: deque[Message] = deque()
        self._resize_due = False
        self._rest_due = False
        self._search_due = False
        self._colors: Colors | None = None
        self._colors_due = False
        self._watched: Find | None = None
        self._watch_due = False
        self._typed_due = False
        self._moves = ViewMoves()
        self._unsent: deque[bytes] = deque()
        self._sent: deque[bytes] = deque()
        self._to_resend: deque[bytes] = deque()
        self._tail = Tail(kept.snapshot, kept.parsed)
        self._chores = Chores()
        self._looks = Looks(self, sink.screen_changed, self._tell)
        self._said_dropped = False
        self._modes = kept.modes
        self._base = self._last_seq = 0
        self.feed(kept.unparsed)

    # What a session does

    def feed(self, data: bytes) -> None:
        """The node printed ``data``."""
        if self.closed or not data:
            return
        self._unsent.extend(data[start : start + MAX_FEED] for start in range(0, len(data), MAX_FEED))
        self._count(len(data))
        self._chores.fed()
        self._host.wake(self)

    async def room(self) -> None:
        """Return when no more bytes wait to be parsed than :meth:`allow` has said, or the pane is closed."""
        await self._roomy.wait()

    def allow(self, pending: int) -> None:
        """There is room while no more than ``pending`` bytes wait to be parsed; at first :data:`MAX_PENDING`."""
        self._most_pending = pending
        _set(self._roomy, self.pending <= pending)

    def resize(self, size: TerminalSize) -> None:
        """Give the terminal another size. Of several that wait the last one counts."""
        if size != self._size:
            self._size = size
            self._resize_due = True
            self._host.wake(self)

    def reset(self) -> None:
        """Bring the modes back to what a shell expects (see ``terminal.prompt_modes``). The reset is fed like output,
        so that a new engine, which is fed the same bytes, is reset at the same place."""
        self.feed(prompt_modes.reset(self._modes))

    def scroll(self, lines: int) -> None:
        """Move the view by ``lines`` over the scrollback, negative for up; 0 goes to the bottom."""
        self._moves.add(lines)
        self._host.wake(self)

    def mark(self, mark: MarkAction) -> None:
        """Mark something, or move the copy cursor. The next frame's overlay shows it."""
        self._moves.add(mark)
        self._host.wake(self)

    def watch(self, find: Find | None) -> None:
        """Report lines that match ``find`` and are printed from now on; None: none."""
        self._watched = find
        self._watch_due = True
        self._host.wake(self)

    def typed(self) -> None:
        """Something was typed: the line that is typed at is not watched. Of no account while output waits to be parsed,
        which is then not the line that the person sees."""
        if self._watched is not None and not self.pending:
            self._typed_due = True
            self._host.wake(self)

    def recolor(self, colors: Colors) -> None:
        """Draw it in ``colors`` from now on; remote programs that ask get these as the answer."""
        self._colors = colors
        self._colors_due = True
        self._host.wake(self)

    def look(self, changed: Callable[[], None], *, is_news: bool = True) -> Look:
        """One more viewer, which pulls frames and closes the look when it goes. ``changed`` is called on the event loop
        when there is something to pull, once until this viewer has pulled; it must not block. What a viewer that
        ``is_news`` has pulled counts as seen: the sink hears of the next change. A thumbnail is none."""
        return self._looks.add(changed, is_news=is_news)

    @property
    def in_sight(self) -> bool:
        """Whether a viewer looks at it now."""
        return self._looks.in_sight

    def rest(self) -> None:
        """Nobody looks at it for a while: the engine frees what it keeps of the frame drawn last."""
        if not self.closed:
            self._rest_due = True
            self._host.wake(self)

    async def frame(self, since: int) -> Frame:
        """The rows that changed after the frame ``since``; 0 asks for all. A viewer asks its :class:`Look`, which hears
        of the next change then."""
        self._rest_due = False
        frame = await self._ask_for(_frame, None, "frame", since)
        if frame is None:
            return Frame(since, self._size, {})
        if frame.overlay.found is not None and not frame.overlay.found.complete:
            self._search_due = True
            self._host.wake(self)
        self._last_seq = self._base + frame.seq
        return replace(frame, seq=self._last_seq)

    async def tail(self, count: int) -> tuple[FrameRow, ...]:
        """The last lines of the screen, ``count`` at most, down to the last one that holds something, wherever the view
        is; none once the pane is closed. For thumbnails: it is cheap, and keeps nothing in the engine."""
        return await self._ask_for(lambda told, _: wire.tail_from_wire(told, count), (), "tail", count=count)

    async def text(self) -> str:
        """The view as lines of text; empty once the pane is closed."""
        return await self._ask_for(_text, "", "text")

    async def memory(self) -> SessionMemory | None:
        """The memory of its scrollback, and of all terminals; None once the pane is closed."""
        return await self._ask_for(_memory, None, "memory")

    async def replica(self) -> bytes:
        """The bytes that draw the screen in another terminal, once all that was fed is parsed; empty once the pane is
        closed. The caller holds output back meanwhile, or this may never be."""
        await self._idle.wait()
        answer = await self._ask("replica")
        return b"" if answer is None else answer[1]

    async def portable(self, within: float) -> PortableScreen:
        """What fills a terminal like this one in another process. Feed nothing while this is awaited. The engine has
        ``within`` seconds to parse what waits and to give all its scrollback; of an engine that does not, the last
        snapshot is kept, and the output since as far as it is there."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._idle.wait()
                answer = await self._ask("snapshot", limit=wire.MAX_BLOB)
                if answer is not None and answer[1] and not self.pending:
                    self._tail.cover(answer[1])
        # What waits, in the order in which it was printed.
        unparsed = b"".join((*self._sent, *self._to_resend, *self._unsent))
        engine = self._engine or self._host.engine_name
        return PortableScreen(self._tail.snapshot, self._tail.data, unparsed, engine, self._modes)

    def close(self) -> None:
        """Free the terminal. Everybody who waits for something of it goes on."""
        if not self.closed:
            self.closed = True
            self._ready.set()
            self._roomy.set()
            self._idle.set()
            self._host.forget(self)

    async def _ask_for(self, read: Read[Value], otherwise: Value, what: str, since: int = 0, **more: Any) -> Value:
        """Ask, and return what ``read`` makes of the answer; ``otherwise`` once the pane is closed. An answer that
        cannot be read costs the host, which a node may have taken over; the next one is asked again."""
        while (answer := await self._ask(what, since, **more)) is not None:
            try:
                return read(*answer)
            except wire.WireError:
                self._distrust()
        return otherwise

    async def _ask(self, what: str, since: int = 0, **more: Any) -> tuple[wire.Header, bytes] | None:
        while not self.closed:
            await self._ready.wait()
            life = self._life
            # A new engine counts its frames from one: what was seen of the old one lies before all of them.
            header = {"do": what, "since": max(0, since - self._base), **more}
            try:
                await self._tell_moves()
                answer = await self._host.ask(header, self.key)
            except HostDied:
                continue
            if life != self._life or self.closed:
                continue  # the answer of an engine that has been given up meanwhile
            if "failed" not in answer[0]:
                return answer
            self._fail()
        return None

    async def _tell_moves(self) -> None:
        """Send what waits of scrolls and marks. A question is about the view as the person left it, and would otherwise
        overtake them: orders wait for the window behind a flood, questions do not."""
        while not self.closed and (header := self._moves.next_header()) is not None:
            await self._host.ask(header, self.key)
            self._looks.changed()

    def _distrust(self) -> None:
        self._ready.clear()
        self._host.distrust(self)

    # What the host is to do, in order

    def next_message(self) -> Message | None:
        """The next message for the host; None when there is nothing to send now.

        The order is what a person notices first: size, moves of the view and colours before chores, and these before
        output, of which a flood always has more.
        """
        if self._refill:
            return self._refill.popleft()
        if not self._ready.is_set() or self.closed:
            return None
        if self._resize_due:
            self._resize_due = False
            return self._message({"do": "resize", **self._size_fields()}, self._moved, feeds=True)
        if (move := self._moves.next_header()) is not None:
            return self._message(move, self._moved)
        if self._search_due:
            self._search_due = False
            return self._message({"do": "search"}, self._moved, heavy=True)
        if self._colors_due:
            self._colors_due = False
            return self._message(self._recoloring(), self._recolored)
        if self._watch_due:
            self._watch_due = False
            return self._message(self._watching(), _nothing)
        if self._typed_due:
            self._typed_due = False
            return self._message({"do": "typed"}, _nothing)
        if (chore := self._chores.next_header()) is not None:
            return self._message(chore, self._did, heavy=True)
        if self._rest_due:
            self._rest_due = False
            return self._message({"do": "rest"}, _nothing)
        if self._to_resend or self._unsent:
            # What the last host left unanswered comes first: output is parsed in the order in which it was printed.
            chunk = self._to_resend.popleft() if self._to_resend else self._next_chunk()
            self._sent.append(chunk)
            return self._message({"do": "feed"}, self._fed, chunk, feeds=True)
        return None

    def _message(
        self, header: dict[str, Any], then: Answered, blob: bytes = b"", *, feeds: bool = False, heavy: bool = False
    ) -> Message:
        # The answer of a host that is gone must not count: its feeds are sent again.
        life = self._life

        def answered(told: wire.Header, blob: bytes) -> None:
            if life != self._life or self.closed:
                return
            if "failed" in told:
                self._fail()
            else:
                then(told, blob)

        return Message(header, blob, answered, feeds, heavy)

    def _recoloring(self) -> dict[str, Any]:
        assert self._colors is not None
        return {"do": "recolor", "colors": wire.colors_to_wire(self._colors)}

    def _watching(self) -> dict[str, Any]:
        return {"do": "watch", "find": None if self._watched is None else marks_wire.mark_to_wire(self._watched)}

    def _size_fields(self) -> dict[str, int]:
        return {"cols": self._size.cols, "rows": self._size.rows}

    def _next_chunk(self) -> bytes:
        parts, size = [], 0
        while self._unsent and size + len(self._unsent[0]) <= MAX_FEED:
            parts.append(self._unsent.popleft())
            size += len(parts[-1])
        return b"".join(parts)

    # What the host has done

    def _fed(self, told: wire.Header, replies: bytes) -> None:
        chunk = self._sent.popleft()
        self._count(-len(chunk))
        self._tail.add(chunk)
        if "modes" in told:
            self._set_modes(wire.modes_from_wire(told["modes"]))
        if "dropped" in told:
            self._say_dropped(wire.whole(told, "dropped"))
        if replies:
            self._tell(self._sink.reply, replies)
        if "title" in told:
            self._tell(self._sink.title_changed, inert.line(str(told["title"]), MAX_TITLE))
        if "shell" in told or "end" in told:
            self._tell(self._sink.signs_changed, *wire.signs_from_wire(told))
        if "found" in told:
            self._tell(self._sink.line_found, *wire.found_from_wire(told["found"]))
        if told.get("slow"):
            self._tell(self._sink.watch_slow)
        if told.get("bell"):
            self._tell(self._sink.bell)
        if "clipboard" in told:
            self._tell(self._sink.clipboard, marks_wire.clipboard_from_wire(told["clipboard"]))
        self.parsed += len(chunk)
        self._looks.changed()

    def _say_dropped(self, size: int) -> None:
        """The engine has given up the rest of a chunk. Said once: a node that does it at every turn would fill the
        line.
        """
        if not self._said_dropped:
            self._said_dropped = True
            self._tell(self._sink.notice, DROPPED.format(size))

    def _set_modes(self, modes: Modes) -> None:
        if modes != self._modes:
            self._modes = modes
            self._tell(self._sink.modes_changed, modes)

    def _recolored(self, told: wire.Header, replies: bytes) -> None:
        if replies:
            self._tell(self._sink.reply, replies)
        self._looks.changed()

    def _moved(self, told: wire.Header, blob: bytes) -> None:
        self._looks.changed()

    def tick(self) -> None:
        """Called at a steady pace: do what is due in quiet moments."""
        if self._ready.is_set() and self._chores.tick(self._tail.size):
            self._host.wake(self)

    def _did(self, told: wire.Header, blob: bytes) -> None:
        if blob:
            self._tail.cover(blob)
        self._chores.compressed(more=bool(told.get("more")))

    # A new host, a new engine

    def lose_host(self) -> None:
        """The host is dead: nothing is sent until :meth:`fill`."""
        self._ready.clear()
        self._refill.clear()

    def fill(self) -> None:
        """Fill a terminal of a new host, or a new terminal, with what is kept.

        Output that an engine has parsed before is fed again without effects: its bells have rung and its queries were
        answered, and a second answer would be typed into the program that runs now. What no engine has confirmed
        follows as new output, since nobody can say how far the last one came. The ping at the end marks where the pane
        is ready again: until then nobody may see a screen that is half rebuilt.
        """
        self.lose_host()
        self._life += 1
        self._base = self._last_seq
        self._to_resend.extendleft(reversed(self._sent))
        self._sent.clear()
        self._resize_due = self._rest_due = self._search_due = self._colors_due = False
        self._watch_due = self._typed_due = False
        self._chores.begin_anew()
        self._moves.clear()
        self._refill.extend(self._refill_messages())
        self._refill.append(self._message({"do": "ping"}, self._filled))
        self._host.wake(self)

    def _refill_messages(self) -> Iterator[Message]:
        opening = {"do": "open", "engine": self._engine, "lines": self._scrollback_lines, **self._size_fields()}
        yield self._message(opening, _nothing)
        if self._colors is not None:
            yield self._message(self._recoloring(), _nothing)
        if self._watched is not None:
            yield self._message(self._watching(), _nothing)
        if self._tail.snapshot:
            yield self._message({"do": "restore"}, _nothing, self._tail.snapshot, feeds=True)
        for chunk in self._tail.feeds():
            yield self._message({"do": "feed", "again": 1}, _nothing, chunk, feeds=True)

    def _filled(self, told: wire.Header, blob: bytes) -> None:
        self._ready.set()
        self._looks.changed()
        self._host.wake(self)

    def start_anew(self) -> None:
        """Go on without what the engine died of: an empty screen, the plain engine, then the output not fed yet.

        One chunk is given up, the oldest that was not confirmed: the host works in order, so that is what it died of.
        The tail goes, too, because it may be what brought the engine into that state.
        """
        for chunks in (self._sent, self._to_resend):
            if chunks:
                size = len(chunks.popleft())
                self._count(-size)
                self.parsed += size
                break
        self._tail.clear()
        self._engine = engines.BITTTY
        self._set_modes(INITIAL_MODES)
        self._tell(self._sink.notice, QUARANTINED)
        self._tell(self._sink.screen_lost)

    def _count(self, size: int) -> None:
        self.pending += size
        _set(self._roomy, self.pending <= self._most_pending)
        _set(self._idle, not self.pending)

    def _fail(self) -> None:
        self.start_anew()
        self.fill()


def _set(event: asyncio.Event, on: bool) -> None:
    if on:
        event.set()
    else:
        event.clear()


def _frame(told: wire.Header, blob: bytes) -> Frame:
    frame = wire.frame_from_wire(told)
    overlay = marks_wire.overlay_from_wire(told.get("overlay"), frame.size)
    return frame if overlay is EMPTY else replace(frame, overlay=overlay)


def _text(told: wire.Header, blob: bytes) -> str:
    text = told.get("text")
    if not isinstance(text, str):
        raise wire.WireError("a text is missing")
    return "\n".join(map(inert_cells, text.split("\n")))


def _memory(told: wire.Header, blob: bytes) -> SessionMemory:
    return SessionMemory(*(wire.whole(told, name) for name in ("lines", "size", "process")))


def _nothing(told: wire.Header, blob: bytes) -> None:
    """The answer to a refill, a rest or a watch changes nothing."""
