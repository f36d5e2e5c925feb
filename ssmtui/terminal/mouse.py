"""Mouse events as bytes for the node. Runs in the screen's process: what is encoded here comes from the person."""

from __future__ import annotations

from typing import Protocol

from ssmtui.model import TerminalSize
from ssmtui.terminal import engines
from ssmtui.terminal.key_names import Modifier
from ssmtui.terminal.mouse_events import WHEEL_DOWN, WHEEL_RIGHT, WHEEL_UP, MouseAction, MouseEvent
from ssmtui.terminal.screen import Modes, MouseTracking

_ARROWS_A_NOTCH = 3


class EngineMouse(Protocol):
    """A library's encoder."""

    def encode(self, event: MouseEvent, modes: Modes, size: TerminalSize) -> bytes:
        """What is sent for ``event``; empty when the program does not want to know."""


class MouseEncoder:
    """Buttons are X11's: 1 left, 2 middle, 3 right, 4 to 7 the wheel; 0 is none, for motion."""

    def __init__(self, engine: str | None = None) -> None:
        """``engine`` names the library; None means the best one."""
        self._engine = engine
        self._encoder: EngineMouse | None = None

    def encode(
        self,
        action: MouseAction,
        button: int,
        x: int,
        y: int,
        shift: bool,
        alt: bool,
        ctrl: bool,
        modes: Modes,
        size: TerminalSize,
    ) -> bytes:
        """What the node gets for an event over the cell ``x``, ``y`` (from 0); empty when its program has not asked
        for such. Without tracking the wheel sends arrows in the alternate screen, if mode 1007 says so."""
        if not 0 <= button <= WHEEL_RIGHT:
            return b""
        if modes.mouse is MouseTracking.NONE:
            return _arrows(action, button, modes)
        modifiers = Modifier.SHIFT * shift | Modifier.ALT * alt | Modifier.CTRL * ctrl
        event = MouseEvent(action, button, x, y, Modifier(modifiers))
        return self._library().encode(event, modes, size)

    def _library(self) -> EngineMouse:
        if self._encoder is None:
            self._encoder = _load(self._engine or engines.default_name())
        return self._encoder


def _load(engine: str) -> EngineMouse:
    if engine == engines.GHOSTTY:
        from ssmtui.terminal.ghostty_input import GhosttyMouse

        return GhosttyMouse()
    from ssmtui.terminal.bittty_input import BitttyMouse

    return BitttyMouse()


def _arrows(action: MouseAction, button: int, modes: Modes) -> bytes:
    wheel = {WHEEL_UP: b"A", WHEEL_DOWN: b"B"}.get(button)
    if wheel is None or action is not MouseAction.PRESS or not (modes.alternate_screen and modes.alternate_scroll):
        return b""
    return ((b"\x1bO" if modes.application_cursor else b"\x1b[") + wheel) * _ARROWS_A_NOTCH


def encode_focus(gained: bool, modes: Modes) -> bytes:
    """What the node gets when the pane gains or loses the focus; empty unless its program set mode 1004 (xterm's
    ctlseqs, "FocusIn/FocusOut", a part of its mouse tracking)."""
    if not modes.focus_events:
        return b""
    return b"\x1b[I" if gained else b"\x1b[O"
