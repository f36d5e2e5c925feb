"""One session alone in the terminal that the app runs in: bytes go out and keys come in as they are, until the leader
is pressed or the session is over. The engine is fed all the while, so the pane is up to date afterwards.

Runs on Unix only, and is imported when first used.
"""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ssmtui.local_terminal import POP_TITLE, PUSH_TITLE, RESET_SCREEN, in_last_lines, signals_handled, stop_job
from ssmtui.sessions.escape import EscapeAction, EscapeFilter
from ssmtui.sessions.snapshots import SessionChange, SessionSnapshot
from ssmtui.tasks import Tasks
from ssmtui.terminal.key_reports import REPORT, as_said, read_report
from ssmtui.terminal.keys import KeyEncoder
from ssmtui.terminal.screen import INITIAL_MODES, Modes
from ssmtui.terminal.typed_units import TypedPiece, TypedUnits, Unit
from ssmtui.ui.look.cells import fit
from ssmtui.ui.panes import words as session_words

if TYPE_CHECKING:
    from ssmtui.local_terminal import LocalTerminal
    from ssmtui.sessions.manager import SessionManager

DRAIN = 1.0
"""Seconds that a terminal has for taking what is written last."""

BLANK = RESET_SCREEN + b"\x1b[H\x1b[J"
"""A screen as a program finds it at its start."""

_DIALECTS = (INITIAL_MODES, Modes(modify_other_keys=2), Modes(kitty_flags=0b1), Modes(kitty_flags=0b11111))
"""The ways in which programs have keys encoded: the remote one chooses, and the real terminal obeys."""


class LeaderWatch:
    """Finds the leader among typed bytes, however the reads have cut it. A paste is never looked through."""

    def __init__(self, keys: Iterable[str]) -> None:
        """``keys`` are Textual's names."""
        encoder = KeyEncoder()
        sequences = {encoder.encode(key, None, modes) for key in keys for modes in _DIALECTS} - {b""}
        self._sequences = frozenset(sequences)
        self._pattern = re.compile(b"|".join(re.escape(one) for one in sorted(sequences, key=len, reverse=True)))
        self._units = TypedUnits()

    @property
    def wait(self) -> float | None:
        """Seconds after which :meth:`expire` must be called if nothing more is typed; None when nothing is held."""
        return self._units.wait

    def split(self, data: bytes) -> tuple[bytes, bool]:
        """The bytes before the leader, and whether it is there. Bytes after it in the same read are dropped; a possible
        beginning of it is held."""
        return self._split(self._units.feed(data.decode("latin-1")))

    def expire(self) -> tuple[bytes, bool]:
        """What was held, and whether it is the leader after all: nothing has followed in time."""
        return self._split(self._units.expire())

    def _split(self, units: Iterable[TypedPiece]) -> tuple[bytes, bool]:
        before = b""
        for pasted, run in groupby(units, key=lambda typed: typed.unit is Unit.PASTE):
            data = "".join(typed.text for typed in run).encode("latin-1")
            start = len(data) if pasted else self._start(data)
            before += data[:start]
            if start < len(data):
                return before, True
        return before, False

    def _start(self, data: bytes) -> int:
        """Where the leader begins in ``data``; its length where it is not there."""
        found = self._pattern.search(data)
        return min([len(data) if found is None else found.start(), *self._reported(data)])

    def _reported(self, data: bytes) -> Iterator[int]:
        """Where it is reported with more than the leader itself: another layout's character, locks, an event type."""
        text = data.decode("latin-1")
        for match in REPORT.finditer(text):
            report = read_report(match.group())
            if report is not None and as_said(report).sequence.encode() in self._sequences:
                yield match.start()


class Zoom:
    """A session in ``terminal``, which nothing else may use meanwhile."""

    def __init__(
        self, terminal: LocalTerminal, manager: SessionManager, key: int, leader_keys: Iterable[str], *, escapes: bool
    ) -> None:
        self._terminal = terminal
        self._manager = manager
        self._session = manager.session(key)
        self._leader = LeaderWatch(leader_keys)
        self._escapes = EscapeFilter() if escapes else None
        self._tasks = Tasks("zoom")
        self._over = asyncio.Event()
        self._notice = ""
        self.hung_up = False
        """Whether the terminal has gone."""

    async def run(self) -> None:
        """Until the leader, the session's end or the terminal's. The terminal is as it was then."""
        terminal = self._terminal
        terminal.on_broken(self._hang_up)
        unsubscribe = self._manager.subscribe(self._changed)
        try:
            with self._signals():
                terminal.enter_raw()
                terminal.write(PUSH_TITLE)
                await self._begin()
                await self._over.wait()
        finally:
            unsubscribe()
            self._session.stop_drawing()
            await self._tasks.close()
            terminal.discard()
            terminal.write(BLANK + POP_TITLE)
            await terminal.restore(DRAIN)

    async def _begin(self) -> None:
        """Let the session have the terminal, which has its modes."""
        self._keyboard = self._tasks.start("keyboard", self._type())
        self._session.resize(self._terminal.size)
        await self._draw()

    async def _draw(self) -> None:
        await self._session.draw_on(self._terminal, BLANK)

    # What the person does

    async def _type(self) -> None:
        at_end = False
        while not at_end:
            data = None
            with suppress(TimeoutError):
                async with asyncio.timeout(self._leader.wait):
                    data = await self._terminal.read()
            at_end = data == b""
            typed, is_over = self._leader.split(data) if data else self._leader.expire()
            self._send(typed)
            if is_over:
                self._over.set()
                return
        self._hang_up()

    def _send(self, data: bytes) -> None:
        action = None
        if self._escapes is not None:
            data, action = self._escapes.feed(data)
        if data:
            self._session.write(data)
        if action is EscapeAction.END:
            self._session.end()

    def _hang_up(self) -> None:
        self.hung_up = True
        self._over.set()

    # Signals

    def _signals(self) -> AbstractContextManager[None]:
        handlers: dict[signal.Signals, Callable[[], None]] = {
            signal.SIGWINCH: self._resize,
            signal.SIGTSTP: lambda: self._start_stop(self._stop()),
            signal.SIGCONT: lambda: self._start_stop(self._take_back()),
        }
        return signals_handled(handlers)

    def _start_stop(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.start("stop", work)

    def _resize(self) -> None:
        self._session.resize(self._terminal.size)

    async def _stop(self) -> None:
        """Stop as the signal asks, with the terminal as the shell knows it."""
        self._keyboard.cancel()
        self._session.stop_drawing()
        self._terminal.discard()
        self._terminal.write(BLANK + POP_TITLE)
        await self._terminal.lend(DRAIN)
        stop_job()
        await self._terminal.foreground()
        self._terminal.write(PUSH_TITLE)
        await self._take_back()

    async def _take_back(self) -> None:
        """The shell has had the terminal, and has changed its modes and its screen."""
        if self._terminal.in_foreground:
            self._terminal.take_back()
            self._keyboard.cancel()
            self._session.stop_drawing()
            await self._begin()

    # Changes of the session

    def _changed(self, key: int, change: SessionChange) -> None:
        if key != self._session.key:
            return
        if change is SessionChange.REMOVED:
            self._over.set()
        elif change is SessionChange.STATE:
            self._show(self._session.snapshot())

    def _show(self, snapshot: SessionSnapshot) -> None:
        """Leave with the session. A lost connection is shown in the last line until the screen is drawn again."""
        if not snapshot.live:
            self._over.set()
            return
        notice = session_words.cut_off(snapshot)
        if notice == self._notice:
            return
        self._notice = notice
        if notice:
            size = self._terminal.size
            self._terminal.write(in_last_lines([fit(notice, size.cols - 1)], size.rows))
        else:
            self._tasks.start("draw anew", self._draw())
