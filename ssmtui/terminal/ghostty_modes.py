"""The modes of a libghostty terminal that decide how input is encoded.

Read after each feed that may have changed one, so all of them in one call: a call for each would
take twice the time.
"""

from __future__ import annotations

from typing import Any

from ssmtui.terminal.ghostty_abi import ffi
from ssmtui.terminal.ghostty_library import check, lib, new
from ssmtui.terminal.screen import Modes, MouseFormat, MouseTracking

# Of several modes of one kind that are on, the last one that was set is in force. The library does not say which that
# was, so the most capable one is taken.
_TRACKING = (MouseTracking.ANY, MouseTracking.BUTTON, MouseTracking.NORMAL, MouseTracking.X10)
_FORMATS = (MouseFormat.SGR_PIXELS, MouseFormat.SGR, MouseFormat.URXVT, MouseFormat.UTF8)
_DECCKM, _DECNKM, _FOCUS, _ALTERNATE_SCROLL, _BRACKETED_PASTE = 1, 66, 1004, 1007, 2004
_MODES = (_DECCKM, _DECNKM, _FOCUS, _ALTERNATE_SCROLL, _BRACKETED_PASTE, *map(int, _TRACKING), *map(int, _FORMATS))


def mode_is_on(terminal: Any, number: int) -> bool:
    """Whether the private mode ``number`` of ``terminal`` is set."""
    config = ffi.new("GhosttyTerminalModeConfig *", (number, False))
    check(lib.ghostty_terminal_get(terminal, lib.GHOSTTY_TERMINAL_DATA_MODE, config), "mode")
    return bool(config.value)


class ModeReader:
    """Reads all modes of a terminal in one call. Its buffers are allocated once, for the terminal's life."""

    def __init__(self) -> None:
        self._probe = _ModifyOtherKeysProbe()
        self._modes = {number: ffi.new("GhosttyTerminalModeConfig *") for number in _MODES}
        for number, config in self._modes.items():
            config.mode = number
        self._screen = ffi.new("GhosttyTerminalScreen *")
        self._kitty = ffi.new("GhosttyKittyKeyFlags *")
        keys = [
            lib.GHOSTTY_TERMINAL_DATA_ACTIVE_SCREEN,
            lib.GHOSTTY_TERMINAL_DATA_KITTY_KEYBOARD_FLAGS,
            *[lib.GHOSTTY_TERMINAL_DATA_MODE] * len(_MODES),
        ]
        self._count = len(keys)
        self._keys = ffi.new("GhosttyTerminalData[]", keys)
        self._values = ffi.new("void *[]", [self._screen, self._kitty, *self._modes.values()])

    def read(self, terminal: Any) -> Modes:
        """The modes of ``terminal`` now."""
        check(lib.ghostty_terminal_get_multi(terminal, self._count, self._keys, self._values, ffi.NULL), "modes")
        on = {number for number, config in self._modes.items() if config.value}
        return Modes(
            application_cursor=_DECCKM in on,
            application_keypad=_DECNKM in on,
            bracketed_paste=_BRACKETED_PASTE in on,
            focus_events=_FOCUS in on,
            mouse=next((mode for mode in _TRACKING if mode in on), MouseTracking.NONE),
            mouse_format=next((mode for mode in _FORMATS if mode in on), MouseFormat.X10),
            alternate_screen=self._screen[0] == lib.GHOSTTY_TERMINAL_SCREEN_ALTERNATE,
            alternate_scroll=_ALTERNATE_SCROLL in on,
            kitty_flags=self._kitty[0],
            modify_other_keys=self._probe.read(terminal),
        )


class _ModifyOtherKeysProbe:
    """Reads modifyOtherKeys (XTMODKEYS, resource 4), for which the library has no getter.

    But a key encoder can take over a terminal's state. At level 2 it encodes Ctrl+Shift+A as ``CSI 27 ; 6 ; 65 ~``
    (ctlseqs, "Alt and Meta Keys"), otherwise as the control character. Kitty's flags, which would win, are cleared in
    the encoder.
    """

    def __init__(self) -> None:
        self._encoder = new("key_encoder")
        self._event = new("key_event")
        self._text = ffi.new("char[]", b"A")
        lib.ghostty_key_event_set_action(self._event, lib.GHOSTTY_KEY_ACTION_PRESS)
        lib.ghostty_key_event_set_key(self._event, lib.GHOSTTY_KEY_A)
        lib.ghostty_key_event_set_mods(self._event, 0b11)
        lib.ghostty_key_event_set_utf8(self._event, self._text, 1)
        self._no_kitty = ffi.new("GhosttyKittyKeyFlags *", 0)
        self._out = ffi.new("char[]", 32)
        self._length = ffi.new("size_t *")

    def read(self, terminal: Any) -> int:
        """The level of ``terminal``: 0 or 2."""
        lib.ghostty_key_encoder_setopt_from_terminal(self._encoder, terminal)
        lib.ghostty_key_encoder_setopt(self._encoder, lib.GHOSTTY_KEY_ENCODER_OPT_KITTY_FLAGS, self._no_kitty)
        result = lib.ghostty_key_encoder_encode(self._encoder, self._event, self._out, len(self._out), self._length)
        check(result, "key_encoder_encode")
        return 2 if ffi.buffer(self._out, self._length[0])[:].startswith(b"\x1b[27;") else 0
