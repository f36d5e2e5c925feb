"""Keys and mouse events as libghostty-vt encodes them.

The library can take the modes from a terminal, but that is in the host's process; here they come as plain values. The
encoders run in the screen's process, on input of the person: nothing that a node sent is parsed here.
"""

from __future__ import annotations

from typing import Any

from ssmtui.model import TerminalSize
from ssmtui.terminal.ghostty_abi import ffi
from ssmtui.terminal.ghostty_library import check, lib, new, sized
from ssmtui.terminal.key_names import KeyPress, Modifier, is_text
from ssmtui.terminal.mouse_events import MouseAction, MouseEvent
from ssmtui.terminal.screen import CELL_PIXELS, Modes, MouseFormat, MouseTracking

# The library has no Meta and no Hyper. Meta is sent as Alt; with Hyper nothing is encoded (``keys``).
_MODIFIERS = {
    Modifier.SHIFT: 1 << 0,
    Modifier.CTRL: 1 << 1,
    Modifier.ALT: 1 << 2,
    Modifier.META: 1 << 2,
    Modifier.SUPER: 1 << 3,
}
_SHIFT = _MODIFIERS[Modifier.SHIFT]

_NAMES = {
    "up": "ARROW_UP",
    "down": "ARROW_DOWN",
    "left": "ARROW_LEFT",
    "right": "ARROW_RIGHT",
    "pageup": "PAGE_UP",
    "pagedown": "PAGE_DOWN",
    "kp_begin": "NUMPAD_BEGIN",
    "menu": "CONTEXT_MENU",
    " ": "SPACE",
    "`": "BACKQUOTE",
    "\\": "BACKSLASH",
    "[": "BRACKET_LEFT",
    "]": "BRACKET_RIGHT",
    ",": "COMMA",
    "=": "EQUAL",
    "-": "MINUS",
    ".": "PERIOD",
    "'": "QUOTE",
    ";": "SEMICOLON",
    "/": "SLASH",
}


def _bits(modifiers: Modifier) -> int:
    """``modifiers`` in the library's numbering, which is not kitty's: Ctrl comes before Alt."""
    bits = 0
    for modifier, bit in _MODIFIERS.items():
        if modifiers & modifier:
            bits |= bit
    return bits


def _key(press: KeyPress) -> int:
    """The library's physical key: where the outer terminal reported the key of a US keyboard, that one."""
    name = press.name or press.us or press.base
    if name.isascii() and name.isdigit():
        name = f"DIGIT_{name}"
    known = _NAMES.get(name, name.upper())
    return int(getattr(lib, f"GHOSTTY_KEY_{known}", lib.GHOSTTY_KEY_UNIDENTIFIED))


class GhosttyKeys:
    """Encodes key presses (:class:`ssmtui.terminal.keys.EngineKeys`)."""

    def __init__(self) -> None:
        self._encoder = new("key_encoder")
        self._event = new("key_event")
        lib.ghostty_key_event_set_action(self._event, lib.GHOSTTY_KEY_ACTION_PRESS)
        self._out = ffi.new("char[]", 256)
        self._length = ffi.new("size_t *")
        self._flag, self._flags = ffi.new("bool *"), ffi.new("GhosttyKittyKeyFlags *")

    def encode(self, press: KeyPress, modes: Modes) -> bytes:
        """What is sent for ``press`` to a program in ``modes``; empty for a key that has no sequence."""
        self._take(modes)
        bits = _bits(press.modifiers)
        text = self._text(press)
        typed = text.encode("utf-8", "ignore")
        buffer = ffi.from_buffer(typed)  # the event keeps the pointer
        event = self._event
        lib.ghostty_key_event_set_key(event, _key(press))
        lib.ghostty_key_event_set_mods(event, bits)
        # Shift that made the text is used up by it: Shift+1 is "!", not a "!" with Shift.
        lib.ghostty_key_event_set_consumed_mods(event, bits & _SHIFT if text and text != press.base else 0)
        lib.ghostty_key_event_set_utf8(event, buffer, len(typed))
        lib.ghostty_key_event_set_unshifted_codepoint(event, ord(press.base[0]) if press.base and not press.name else 0)
        check(
            lib.ghostty_key_encoder_encode(self._encoder, event, self._out, len(self._out), self._length), "key_encode"
        )
        return bytes(ffi.buffer(self._out, self._length[0]))

    @staticmethod
    def _text(press: KeyPress) -> str:
        """What the key types without Ctrl and Alt: Textual reports control characters as text, and those are for the
        encoder to make."""
        if press.name:
            return ""
        if is_text(press.text):
            return press.text
        return (press.shifted or press.base.upper()) if press.modifiers & Modifier.SHIFT else press.base

    def _take(self, modes: Modes) -> None:
        """Set the encoder's options. Alt is always sent as ESC before the key, the form that line editors read
        (ctlseqs, "Alt and Meta Keys")."""
        self._set("CURSOR_KEY_APPLICATION", modes.application_cursor)
        self._set("KEYPAD_KEY_APPLICATION", modes.application_keypad)
        self._set("ALT_ESC_PREFIX", True)
        self._set("MODIFY_OTHER_KEYS_STATE_2", modes.modify_other_keys == 2)
        self._flags[0] = modes.kitty_flags
        lib.ghostty_key_encoder_setopt(self._encoder, lib.GHOSTTY_KEY_ENCODER_OPT_KITTY_FLAGS, self._flags)

    def _set(self, option: str, value: bool) -> None:
        self._flag[0] = value
        lib.ghostty_key_encoder_setopt(self._encoder, getattr(lib, f"GHOSTTY_KEY_ENCODER_OPT_{option}"), self._flag)


_ACTIONS = {
    MouseAction.PRESS: lib.GHOSTTY_MOUSE_ACTION_PRESS,
    MouseAction.RELEASE: lib.GHOSTTY_MOUSE_ACTION_RELEASE,
    MouseAction.MOTION: lib.GHOSTTY_MOUSE_ACTION_MOTION,
}
_BUTTONS = {
    1: lib.GHOSTTY_MOUSE_BUTTON_LEFT,
    2: lib.GHOSTTY_MOUSE_BUTTON_MIDDLE,
    3: lib.GHOSTTY_MOUSE_BUTTON_RIGHT,
    4: lib.GHOSTTY_MOUSE_BUTTON_FOUR,
    5: lib.GHOSTTY_MOUSE_BUTTON_FIVE,
    6: lib.GHOSTTY_MOUSE_BUTTON_SIX,
    7: lib.GHOSTTY_MOUSE_BUTTON_SEVEN,
}
_TRACKING = {
    MouseTracking.NONE: lib.GHOSTTY_MOUSE_TRACKING_NONE,
    MouseTracking.X10: lib.GHOSTTY_MOUSE_TRACKING_X10,
    MouseTracking.NORMAL: lib.GHOSTTY_MOUSE_TRACKING_NORMAL,
    MouseTracking.BUTTON: lib.GHOSTTY_MOUSE_TRACKING_BUTTON,
    MouseTracking.ANY: lib.GHOSTTY_MOUSE_TRACKING_ANY,
}
_FORMATS = {
    MouseFormat.X10: lib.GHOSTTY_MOUSE_FORMAT_X10,
    MouseFormat.UTF8: lib.GHOSTTY_MOUSE_FORMAT_UTF8,
    MouseFormat.SGR: lib.GHOSTTY_MOUSE_FORMAT_SGR,
    MouseFormat.URXVT: lib.GHOSTTY_MOUSE_FORMAT_URXVT,
    MouseFormat.SGR_PIXELS: lib.GHOSTTY_MOUSE_FORMAT_SGR_PIXELS,
}


class GhosttyMouse:
    """Encodes mouse events (:class:`ssmtui.terminal.mouse.EngineMouse`)."""

    def __init__(self) -> None:
        self._encoder = new("mouse_encoder")
        self._event = new("mouse_event")
        self._size = sized("GhosttyMouseEncoderSize")
        self._size.cell_width, self._size.cell_height = CELL_PIXELS
        self._position = ffi.new("GhosttyMousePosition *")
        self._out = ffi.new("char[]", 64)
        self._length = ffi.new("size_t *")
        # Textual reports motion by the cell already. A last cell that is remembered here would hide the first event
        # after a program has turned the mouse off and on.
        self._set("TRACK_LAST_CELL", ffi.new("bool *", False))

    def encode(self, event: MouseEvent, modes: Modes, size: TerminalSize) -> bytes:
        """What is sent for ``event`` to a program in ``modes``; empty when it did not ask for such events.

        The library works in pixels, so an event is given to it in the middle of its cell.
        """
        width, height = CELL_PIXELS
        self._size.screen_width, self._size.screen_height = size.cols * width, size.rows * height
        self._set("SIZE", self._size)
        self._set("EVENT", ffi.new("GhosttyMouseTrackingMode *", _TRACKING[modes.mouse]))
        self._set("FORMAT", ffi.new("GhosttyMouseFormat *", _FORMATS[modes.mouse_format]))
        self._set("ANY_BUTTON_PRESSED", ffi.new("bool *", event.button > 0))
        lib.ghostty_mouse_event_set_action(self._event, _ACTIONS[event.action])
        if event.button:
            lib.ghostty_mouse_event_set_button(self._event, _BUTTONS[event.button])
        else:
            lib.ghostty_mouse_event_clear_button(self._event)
        lib.ghostty_mouse_event_set_mods(self._event, _bits(event.modifiers))
        self._position.x, self._position.y = (event.x + 0.5) * width, (event.y + 0.5) * height
        lib.ghostty_mouse_event_set_position(self._event, self._position[0])
        result = lib.ghostty_mouse_encoder_encode(self._encoder, self._event, self._out, len(self._out), self._length)
        check(result, "mouse_encode")
        return bytes(ffi.buffer(self._out, self._length[0]))

    def _set(self, option: str, value: Any) -> None:
        lib.ghostty_mouse_encoder_setopt(self._encoder, getattr(lib, f"GHOSTTY_MOUSE_ENCODER_OPT_{option}"), value)
