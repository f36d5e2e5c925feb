"""What is typed and pasted, on its way from the pane that has the keys to the sessions that it is for.

No widget is here: a session takes input whether or not it has a pane.

While a broadcast is on, what is typed into a pane that takes part goes to all members that do, as keys and not as
bytes: each is encoded by the modes of its own remote program. The escapes of ssh are looked for in the pane that is
typed into and in no other. Mouse, focus reports and answers of terminals never pass here: they are one session's alone.
"""

from __future__ import annotations

from asyncio import TimerHandle, get_running_loop
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from ssmtui.contained import Contained
from ssmtui.sessions.snapshots import SessionChange
from ssmtui.terminal.screen import INITIAL_MODES, Modes
from ssmtui.ui.panes.broadcast import Absence, Broadcast, absence_of
from ssmtui.ui.terminals.input import PaneInput, Stroke

if TYPE_CHECKING:
    from ssmtui.sessions.escape import EscapeAction
    from ssmtui.sessions.manager import SessionManager

TWICE_WITHIN = 0.3
"""Seconds between two presses of Escape that end a broadcast."""
ESCAPE = "escape"
ENTER = Stroke("enter", "\r")


_CONTROLS = {"enter": "\r", "return": "\r", "ctrl+c": "\x03", "ctrl+d": "\x04"}
"""Keys that end a line."""
_MATTERS = (SessionChange.STATE, SessionChange.ACTIVITY, SessionChange.REMOVED)
"""The changes that may leave a member out, or end that."""


class HeldEscape(NamedTuple):
    """An Escape of which is not known yet whether it is the first of two."""

    source: int
    stroke: Stroke
    due: TimerHandle
    """Sends it."""


class Inputs:
    """The input of each session, made when it is first asked for, and the broadcast to several.

    **Escape** pressed twice within :data:`TWICE_WITHIN` seconds ends the broadcast. The first one is held for that
    long, so that no member gets either: a shell would take the next key, which is for one of them alone, for Alt with
    that key. Whatever else is typed or pasted meanwhile sends it at once, ahead of itself, so that all keeps its order.
    An Escape that stays alone comes that much later, which shells do not notice: they wait half a second themselves
    before they take it for a key (readline's keyseq-timeout, zsh's KEYTIMEOUT). Full-screen programs, in which it is
    pressed all the time, are left out of broadcasts and get it at once.
    """

    def __init__(self, manager: SessionManager, *, escapes: bool) -> None:
        """``escapes`` looks for ssh's escapes in what is typed."""
        self.broadcast = Broadcast(self._absence)
        self._manager = manager
        self._escapes = escapes
        self._inputs: dict[int, PaneInput] = {}
        self._held: HeldEscape | None = None
        self.on_sent: Callable[[Sequence[int], str], object] = lambda sessions, text: None
        """Called with what was sent to several sessions: a key as its character, if it has one, a paste as it is."""
        # One member that fails must not keep the key from the others.
        self._each = Contained("input")
        manager.subscribe(self._changed)

    def of(self, session: int) -> PaneInput:
        """The input of a session. Raises ``KeyError`` where it is gone; once it goes, its input reaches nothing."""
        if session not in self._inputs:
            self._manager.session(session)
            self._inputs[session] = _input(self._manager, session, escapes=self._escapes)
        return self._inputs[session]

    # Typing

    def key(self, source: int, key: str, character: str | None) -> EscapeAction | None:
        """A key was typed into the pane of the session ``source``. An escape of ssh that it completes is not sent but
        returned."""
        stroke = Stroke(key, character)
        if key == ESCAPE and self.broadcast.takes_part(source):
            if self._held is not None and self._held.source == source:
                self._drop_escape()
                self.broadcast.end()
            else:
                self._send_escape()
                due = get_running_loop().call_later(TWICE_WITHIN, self._send_escape)
                self._held = HeldEscape(source, stroke, due)
            return None
        self._send_escape()
        return self._type(source, stroke)

    def _type(self, source: int, stroke: Stroke) -> EscapeAction | None:
        with suppress(KeyError):  # its tab may just have been closed
            typed = self.of(source).key(*stroke)
            if typed.passed and self.broadcast.is_on:
                receivers = self.broadcast.receivers(source, len(typed.passed))
                for passed in typed.passed:
                    for member in receivers[1:]:
                        self._each.call(self.of(member).receive, passed)
                self._report(receivers, "".join(map(_text, typed.passed)))
            return typed.action
        return None

    def _send_escape(self) -> None:
        held = self._held
        if held is not None:
            self._drop_escape()
            self._type(held.source, held.stroke)

    def _drop_escape(self) -> None:
        if self._held is not None:
            self._held.due.cancel()
            self._held = None

    # Pasting

    def receivers(self, source: int) -> list[int]:
        """The sessions that get what is typed into the pane of ``source`` now: itself first."""
        return self.broadcast.receivers(source, 0)

    def wants_question(self, source: int, text: str) -> bool:
        """Whether pasting ``text`` needs a question: it would act at once in one of the sessions that get it, or one of
        them is guarded."""
        return any(self._asks(key, text) for key in self.receivers(source))

    def _asks(self, key: int, text: str) -> bool:
        with suppress(KeyError):
            session = self._manager.snapshot(key)
            guarded = session.request.options.guarded
            return session.accepts_input and bool(guarded or not self.of(key).is_harmless(text))
        return False

    def paste(self, source: int, text: str, among: Collection[int] | None = None) -> None:
        """``text`` was pasted into that pane. ``among``: it goes only to sessions that were asked about; None: it
        needed no question."""
        self._send_escape()
        with suppress(KeyError):
            released = self.of(source).release()
            receivers = self.broadcast.receivers(source, len(released) + len(text))
            for member in receivers[1:]:
                for stroke in released:
                    self._each.call(self.of(member).receive, stroke)
            got = [member for member in receivers if among is None or member in among]
            for member in got:
                self._each.call(self.of(member).paste, text)
            self._report(got, "".join(map(_text, released)) + text)

    def line(self, source: int, text: str, among: Collection[int] | None = None) -> None:
        """Paste ``text`` and press Enter, in each session by its own modes. ``source`` and ``among`` are those of
        :meth:`paste`."""
        got = [member for member in self.receivers(source) if among is None or member in among]
        self.paste(source, text, among)
        for member in got:
            self._each.call(self.of(member).receive, ENTER)
        self._report(got, "\r")

    def answer(self, sessions: Collection[int], text: str) -> None:
        """Type ``text`` and Enter into each of ``sessions``, which ask for a secret: as keys, for a prompt takes the
        marks of a paste for a part of it; and :attr:`on_sent` is not called."""
        for session in sessions:
            with suppress(KeyError):  # it has just been removed
                for stroke in (*(Stroke(character, character) for character in text), ENTER):
                    self._each.call(self.of(session).receive, stroke)

    def _report(self, sessions: Sequence[int], text: str) -> None:
        if len(sessions) > 1:
            self._each.call(self.on_sent, sessions, text)

    # Sessions

    def _absence(self, session: int) -> Absence | None:
        with suppress(KeyError):
            return absence_of(self._manager.snapshot(session))
        return Absence.ENDED

    def _changed(self, key: int, change: SessionChange) -> None:
        if change is SessionChange.REMOVED:
            self._inputs.pop(key, None)
        if change in _MATTERS and key in self.broadcast.members:
            self.broadcast.follow([key])


def _text(stroke: Stroke) -> str:
    # With kitty's protocol these have no character.
    return _CONTROLS.get(stroke.key, stroke.character or "")


def _input(manager: SessionManager, key: int, *, escapes: bool) -> PaneInput:
    # A closed pane may be kept for a while, and with it its input, which must not keep the session.
    def write(data: bytes) -> None:
        with suppress(KeyError):
            session = manager.session(key)
            if session.accepts_input:
                session.write(data)

    def write_paste(data: bytes) -> None:
        with suppress(KeyError):
            session = manager.session(key)
            if session.accepts_input:
                session.paste(data)

    def modes() -> Modes:
        with suppress(KeyError):
            return manager.session(key).modes
        return INITIAL_MODES

    return PaneInput(write, write_paste, modes, escapes=escapes)
