"""Turns input in a pane into bytes for the node: keys, pastes, mouse, focus. No widget is here.

The encoders follow the modes that the remote program has set, as the engine reported them last.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple, Protocol

from ssmtui.model import TerminalSize
from ssmtui.sessions.escape import EscapeAction, EscapeFilter
from ssmtui.terminal import paste
from ssmtui.terminal.keys import KeyEncoder
from ssmtui.terminal.mouse import MouseEncoder, encode_focus
from ssmtui.terminal.mouse_events import MouseAction
from ssmtui.terminal.screen import Modes, MouseTracking


class Pointer(NamedTuple):
    """A mouse event in the cells of the pane."""

    action: MouseAction
    button: int
    """1 left, 2 middle, 3 right, 4 and 5 the wheel; 0 none."""
    x: int
    y: int
    shift: bool = False
    alt: bool = False
    ctrl: bool = False


class Stroke(NamedTuple):
    """A key as Textual reports it: its name, and the character that was typed, if any."""

    key: str
    character: str | None


class Typed(NamedTuple):
    """What became of a key."""

    passed: tuple[Stroke, ...] = ()
    """The keys that were sent: this one, a tilde held before it, or none while it is held or is part of an escape."""
    action: EscapeAction | None = None
    """The escape that it has completed."""


class Typing(Protocol):
    """Where what is typed and pasted into panes goes. A session that has just been removed takes nothing."""

    def of(self, session: int) -> PaneInput:
        """The input of one session alone. Raises ``KeyError`` where there is no such session any more."""
        ...

    def key(self, source: int, key: str, character: str | None) -> EscapeAction | None:
        """A key was typed into the pane of the session ``source``. An escape that it completes is not sent but
        returned."""
        ...

    def wants_question(self, source: int, text: str) -> bool:
        """Whether pasting ``text`` there needs a question: it would act at once, or a session that gets it is
        guarded."""
        ...

    def paste(self, source: int, text: str, among: Collection[int] | None = None) -> None:
        """``text`` was pasted into that pane. ``among``: it goes only to sessions that were asked about; None: it
        needed no question."""


class PaneInput:
    """One session's input. ``write`` takes the bytes, ``write_paste`` those of a paste; ``modes`` returns the remote
    program's modes; ``escapes`` looks for ssh's escapes in what is typed."""

    def __init__(
        self,
        write: Callable[[bytes], None],
        write_paste: Callable[[bytes], None],
        modes: Callable[[], Modes],
        *,
        escapes: bool,
    ) -> None:
        self._write = write
        self._write_paste = write_paste
        self._modes = modes
        self._escapes = EscapeFilter() if escapes else None
        self._held: tuple[Stroke, ...] = ()
        """The tilde that the filter holds back."""
        self._keys = KeyEncoder()
        self._mouse = MouseEncoder()

    def key(self, key: str, character: str | None) -> Typed:
        """Send a key, unless it is part of one of ssh's escapes."""
        stroke = Stroke(key, character)
        data = self._keys.encode(key, character, self._modes())
        if self._escapes is None:
            self._send(data)
            return Typed((stroke,))
        held, was_held = self._held, self._escapes.holds
        passed, action = self._escapes.feed(data)
        self._send(passed)
        if self._escapes.holds:
            # Nothing is sent for a key without a meaning here, such as Shift alone, that comes behind a tilde.
            self._held = held if was_held else (stroke,)
            return Typed()
        self._held = ()
        if action is not None:
            return Typed(action=action)
        is_second_tilde = was_held and passed == data
        return Typed((stroke,) if is_second_tilde else (*held, stroke))

    def receive(self, stroke: Stroke) -> None:
        """Send a key that was typed into another session's pane: an escape in it would be that session's."""
        data = self._keys.encode(*stroke, self._modes())
        self._send(self._escapes.bypass(data) if self._escapes is not None else data)
        self._held = ()

    def release(self) -> tuple[Stroke, ...]:
        """Send the tilde that is held back, if there is one: what comes now is no key. Returns what was sent."""
        held, self._held = self._held, ()
        if self._escapes is not None:
            self._send(self._escapes.bypass(b""))
        return held

    def is_harmless(self, text: str) -> bool:
        """Whether ``text`` can be pasted without a question: the program recognizes pastes (mode 2004), or nothing in
        the text acts at once."""
        return self._modes().bracketed_paste or paste.is_safe(text)

    def paste(self, text: str) -> None:
        """Paste ``text``."""
        data = paste.encode(text, self._modes())
        self.release()
        if self._escapes is not None:
            data = self._escapes.bypass(data)
        if data:
            self._write_paste(data)

    def focus(self, gained: bool) -> None:
        """Report to a program that asked for it that the pane gained or lost the focus."""
        self._send(encode_focus(gained, self._modes()))

    @property
    def is_full_screen(self) -> bool:
        """Whether the remote program has the alternate screen, which has no scrollback."""
        return self._modes().alternate_screen

    @property
    def wants_mouse(self) -> bool:
        """Whether the remote program asked for the mouse."""
        return self._modes().mouse is not MouseTracking.NONE

    @property
    def wants_wheel(self) -> bool:
        """Whether the wheel belongs to the program: it asked for the mouse, or for arrows instead (mode 1007)."""
        modes = self._modes()
        return self.wants_mouse or (modes.alternate_screen and modes.alternate_scroll)

    def mouse(self, pointer: Pointer, size: TerminalSize) -> None:
        """Send a mouse event, if the program asked for it. ``size`` is that of the terminal."""
        self._send(self._mouse.encode(*pointer, self._modes(), size))

    def _send(self, data: bytes) -> None:
        if data:
            self._write(data)
