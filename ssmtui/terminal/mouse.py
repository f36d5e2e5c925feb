"""Mouse and focus events as bytes for the node. Runs in the screen's process: what is encoded comes from the person.

xterm's ctlseqs, "Mouse Tracking", has all of it: which events a program wants (modes 9, 1000, 1002, 1003) and in which
form (1005, 1006, 1015, 1016). The engines' libraries encode them. Only what xterm does without tracking is done here.
"""

from __future__ import annotations

from typing import Protocol

from ssmtui.model import TerminalSize
from ssmtui.terminal import engines
from ssmtui.terminal.key_names import Modifier
from ssmtui.terminal.mouse_events import WHEEL_DOWN, WHEEL_RIGHT, WHEEL_UP, MouseAction, MouseEvent
from ssmtui.terminal.screen import Modes, MouseTracking

_ARROWS_A_NOTCH = 3
"""Lines that a notch of the wheel scrolls in a program without mouse tracking."""


class EngineMouse(Protocol):
    """The encoder of an engine's library: ``GhosttyMouse`` or ``BitttyMouse``."""

    def encode(self, event: MouseEvent, modes: Modes, size: TerminalSize) -> bytes:
        """What is sent for ``event`` to a program in ``modes``, in a pane of ``size``; empty when it did not ask for
        such events."""


class MouseEncoder:
    """Encodes the mouse events of one pane. The library is loaded with the first one that a program asks for."""

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
        """What the node gets for an event; empty when its program has not asked for such.

        ``button`` is numbered as in X11: 1 left, 2 middle, 3 right, 4 to 7 the wheel, 0 none (motion). ``x`` and ``y``
        are the cell, from 0, and ``size`` is that of the pane; what lies outside is left to the library.

        Without tracking the wheel sends arrows in the alternate screen if mode 1007 is set: that is how it scrolls
        ``less`` and ``man`` (ctlseqs, "Alternate Scroll Mode").
        """
        if not 0 <= button <= WHEEL_RIGHT:
            return b""  # of a mouse with more buttons; no program on a node waits for those
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
