"""Key presses as bytes for the node. Runs in the screen's process: what is encoded here comes from the person.

Without a keyboard protocol of the remote program's own, characters go as xterm sends them, from a few lines here.
Function keys, and everything once the program has asked for a protocol, are encoded by the engines' libraries, which
are loaded with the first such key.
"""

from __future__ import annotations

from typing import Protocol

from ssmtui.terminal import engines
from ssmtui.terminal.key_names import CONTROL_KEYS, KeyPress, LayoutKey, Modifier, read
from ssmtui.terminal.screen import Modes

_ESCAPES = Modifier.ALT | Modifier.META
_CONTROL_ALIASES = dict(zip(" 2345678/?", "\0\0\x1b\x1c\x1d\x1e\x1f\x7f\x1f\x7f", strict=True))
"""Ctrl with digits and the like (xterm, as X11's XLookupString)."""


_KEYPAD_FINALS = {"/": "o", "*": "j", "-": "m", "+": "k"}


class EngineKeys(Protocol):
    """A library's encoder."""

    def encode(self, press: KeyPress, modes: Modes) -> bytes:
        """What is sent for ``press``; empty when there is no such sequence."""


class KeyEncoder:
    """``KeyEncoder().encode("ctrl+c", "\\x03", modes)``."""

    def __init__(self, engine: str | None = None) -> None:
        """``engine`` names the library; None means the best one."""
        self._engine = engine
        self._encoder: EngineKeys | None = None

    def encode(self, key: str, character: str | None, modes: Modes) -> bytes:
        """What the node gets for the key that Textual calls ``key``; empty when it means nothing there.

        Alt with a sign that begins a control sequence (``ESC [``, ``ESC O``, ``ESC P``, ``ESC ]``) is sent as xterm and
        kitty send it, for a program without a keyboard protocol knows no other form. It is one write of two bytes, and
        what follows comes in another: programs tell the key from a sequence by the time between.
        """
        press = read(key, character)
        if press is None or press.modifiers & Modifier.HYPER:
            return b""
        if isinstance(key, LayoutKey):
            if modes.kitty_flags:
                press = key.press
            elif press.modifiers:  # modifyOtherKeys names the Shift of a sign, too
                press = press._replace(modifiers=press.modifiers | key.press.modifiers & Modifier.SHIFT)
        if modes.kitty_flags:
            return self._library().encode(press, modes)
        if press.on_keypad and modes.application_keypad:
            return _on_application_keypad(press)
        if press.base and not modes.modify_other_keys:
            return _as_xterm(press)
        if press.name == "tab" and press.modifiers == Modifier.SHIFT:
            return _as_xterm(press)  # modifyOtherKeys leaves it alone; libghostty does not
        return _f3_as_xterm(self._library().encode(press, modes))

    def _library(self) -> EngineKeys:
        if self._encoder is None:
            self._encoder = _load(self._engine or engines.default_name())
        return self._encoder


def _load(engine: str) -> EngineKeys:
    if engine == engines.GHOSTTY:
        from ssmtui.terminal.ghostty_input import GhosttyKeys

        return GhosttyKeys()
    from ssmtui.terminal.bittty_input import BitttyKeys

    return BitttyKeys()


def _as_xterm(press: KeyPress) -> bytes:
    """A character key as xterm sends it (ctlseqs, "Alt and Meta Keys"; control characters as X11 makes them)."""
    modifiers = press.modifiers
    if modifiers & Modifier.SUPER:
        return b""
    if press.name == "tab" and modifiers & Modifier.SHIFT:
        return b"\x1b[Z"
    if press.name == "backspace" and modifiers & Modifier.CTRL:
        sent = "\b"
    elif press.text:
        sent = press.text
    elif press.name in CONTROL_KEYS:
        sent = press.base
    elif modifiers & Modifier.CTRL:
        sent = _control(press.base)
    else:
        sent = press.base.upper() if modifiers & Modifier.SHIFT else press.base
    prefix = b"\x1b" if modifiers & _ESCAPES else b""
    return prefix + sent.encode("utf-8", "ignore")


def _on_application_keypad(press: KeyPress) -> bytes:
    """SS3, xterm's number of the modifiers if there are any, and a letter (ctlseqs, "VT220-Style Function Keys")."""
    modifiers = 1 + (press.modifiers & 0b1111)
    return f"\x1bO{modifiers if modifiers > 1 else ''}{_KEYPAD_FINALS[press.base]}".encode()


def _control(character: str) -> str:
    if "@" <= character <= "~":
        return chr(ord(character) & 0x1F)
    return _CONTROL_ALIASES.get(character, character)


def _f3_as_xterm(sequence: bytes) -> bytes:
    """libghostty sends F3 with modifiers as kitty does, without being asked; terminfo has xterm's form."""
    if sequence.startswith(b"\x1b[13;") and sequence.endswith(b"~"):
        return b"\x1b[1;" + sequence[5:-1] + b"R"
    return sequence
