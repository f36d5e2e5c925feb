"""Keys and mouse events as bittty encodes them, where there is no libghostty-vt.

bittty encodes input in a board, so a board that nothing is printed on plays that part: its modes are set to those of
the program, the event is given to it, and what it transmits is the answer.
"""

from __future__ import annotations

from bittty import BITTTY, Board, KeyEvent, KeyModifiers
from bittty.devices.modes import MouseEncoding, MouseProtocol

from ssmtui.model import TerminalSize
from ssmtui.terminal.bittty_engine import FORMATS, TRACKING
from ssmtui.terminal.bittty_wire import Wire
from ssmtui.terminal.key_names import KeyPress, Modifier, is_text
from ssmtui.terminal.mouse_events import MouseAction, MouseEvent
from ssmtui.terminal.screen import CELL_PIXELS, Effects, Modes

_MODIFY_OTHER_KEYS = 4
_COMMANDS = Modifier.ALT | Modifier.CTRL | Modifier.SUPER | Modifier.HYPER | Modifier.META
_PROTOCOLS = {tracking: protocol for protocol, tracking in TRACKING.items()}
_ENCODINGS = {form: encoding for encoding, form in FORMATS.items()}
_BUTTONS = {1: 0, 2: 1, 3: 2, 4: 64, 5: 65, 6: 66, 7: 67}
_MODIFIER_NAMES = {Modifier.SHIFT: "shift", Modifier.ALT: "meta", Modifier.CTRL: "ctrl"}


class _Desk:
    """A board that nothing is printed on: what it transmits is its encoding of the input that it gets."""

    def __init__(self) -> None:
        self.board = Board(model=BITTTY)
        self._wire = Wire()
        self.board.host.attach(self._wire)

    def sent(self) -> bytes:
        """What it has transmitted since the last call."""
        effects, self._wire.effects = self._wire.effects, Effects()
        return bytes(effects.replies)


class BitttyKeys:
    """Encodes key presses (:class:`ssmtui.terminal.keys.EngineKeys`)."""

    def __init__(self) -> None:
        self._desk = _Desk()

    def encode(self, press: KeyPress, modes: Modes) -> bytes:
        """What is sent for ``press`` to a program in ``modes``; empty for a key that has no sequence."""
        board = self._desk.board
        board.modes.cursor_application_mode = modes.application_cursor
        board.modes.numeric_keypad = not modes.application_keypad
        board.keyboard.kitty.set(modes.kitty_flags, 1)
        board.keyboard.modify_keys.set((_MODIFY_OTHER_KEYS, modes.modify_other_keys))
        board.input_key_event(_event(press))
        return self._desk.sent()


def _event(press: KeyPress) -> KeyEvent:
    """``press`` as bittty has it: with the layout's other characters, which kitty's protocol reports, and with the text
    only where no modifier makes a command of it."""
    modifiers = KeyModifiers(int(press.modifiers))
    if press.name:
        return KeyEvent(press.name, modifiers)
    shifted = press.base.upper() if len(press.base.upper()) == 1 and press.base.upper() != press.base else None
    shifted = press.shifted or shifted
    text = press.text if is_text(press.text) and not press.modifiers & _COMMANDS else None
    return KeyEvent(press.base, modifiers, text=text, shifted_key=shifted, base_layout_key=press.us or None)


class BitttyMouse:
    """Encodes mouse events (:class:`ssmtui.terminal.mouse.EngineMouse`)."""

    def __init__(self) -> None:
        self._desk = _Desk()

    def encode(self, event: MouseEvent, modes: Modes, size: TerminalSize) -> bytes:
        """What is sent for ``event`` to a program in ``modes``; empty when it did not ask for such events.

        bittty remembers which button is held, but this board serves many events out of their context. So a drag is
        preceded by a press of its button and followed by a release, and what those send is thrown away.
        """
        mouse = self._desk.board.mouse
        mouse.protocol = _PROTOCOLS.get(modes.mouse, MouseProtocol.OFF)
        mouse.encoding = _ENCODINGS.get(modes.mouse_format, MouseEncoding.LEGACY)
        if not (0 <= event.x < size.cols and 0 <= event.y < size.rows):
            return b""
        dragged = event.action is MouseAction.MOTION and event.button > 0
        if dragged:
            self._input(event, "press")
            self._desk.sent()
        self._input(event, "move" if event.action is MouseAction.MOTION else event.action.value)
        sent = self._desk.sent()
        if dragged:
            self._input(event, "release")
            self._desk.sent()
        return sent

    def _input(self, event: MouseEvent, kind: str) -> None:
        names = {name for modifier, name in _MODIFIER_NAMES.items() if event.modifiers & modifier}
        width, height = CELL_PIXELS
        pixel = (event.x * width + width // 2, event.y * height + height // 2)
        button = _BUTTONS.get(event.button, 0)
        self._desk.board.input_mouse(event.x + 1, event.y + 1, button, kind, names, pixel)
