"""Key presses as bytes for the node. Runs in the screen's process: what is encoded here comes from the person.

There are three ways to encode a key, and the remote program chooses (``Modes``):

- As xterm does (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html, "Alt and Meta Keys", "PC-Style Function
  Keys"). The default, and what a shell reads. Characters are encoded in a few lines here, because no library is needed
  and the first key must not wait for one; tests compare them with what a real xterm sends (``xterm_keys.tsv``).
- As xterm does with modifyOtherKeys at level 2 (ctlseqs, XTMODKEYS): Ctrl+Shift+A is ``CSI 27 ; 6 ; 65 ~``.
- As kitty does (https://sw.kovidgoyal.net/kitty/keyboard-protocol/): ``CSI 97 ; 6 u``, as far as the program's flags
  ask for it.

Function keys, and everything once a protocol is on, are left to the engines' libraries, which are loaded with the first
such key.
"""

from __future__ import annotations

from typing import Protocol

from ssmtui.terminal import engines
from ssmtui.terminal.key_names import CONTROL_KEYS, KeyPress, LayoutKey, Modifier, read
from ssmtui.terminal.screen import Modes

_ESCAPES = Modifier.ALT | Modifier.META
"""Modifiers that are sent as ESC before the key."""
_CONTROL_ALIASES = dict(zip(" 2345678/?", "\0\0\x1b\x1c\x1d\x1e\x1f\x7f\x1f\x7f", strict=True))
"""Ctrl with keys that are not letters, as X11's XLookupString has it for xterm: the digits stand for the control
characters that a keyboard has no other key for."""


# Of the VT220's keypad (ctlseqs, "VT220-Style Function Keys"). Textual names these four apart from the keys beside
# them; digits and Enter of the keypad arrive as the ordinary ones and are sent as such.
_KEYPAD_FINALS = {"/": "o", "*": "j", "-": "m", "+": "k"}


class EngineKeys(Protocol):
    """The encoder of an engine's library: ``GhosttyKeys`` or ``BitttyKeys``."""

    def encode(self, press: KeyPress, modes: Modes) -> bytes:
        """What is sent for ``press`` to a program in ``modes``; empty for a key that has no sequence."""


class KeyEncoder:
    """Encodes the keys of one pane: ``KeyEncoder().encode("ctrl+c", "\\x03", modes) == b"\\x03"``."""

    def __init__(self, engine: str | None = None) -> None:
        """``engine`` names the library; None means the best one."""
        self._engine = engine
        self._encoder: EngineKeys | None = None

    def encode(self, key: str, character: str | None, modes: Modes) -> bytes:
        """What the node gets for a key; empty when the key means nothing there.

        ``key`` is Textual's name, which may be a :class:`LayoutKey`, and ``character`` what the outer terminal says was
        typed, if anything. ``modes`` are the newest that the engine reported.

        Alt with a sign that begins a control sequence (``ESC [``, ``ESC O``, ``ESC P``, ``ESC ]``) is sent as xterm and
        kitty send it: a program without a keyboard protocol knows no other form. The two bytes are one write, and what
        follows is another, because programs distinguish the key from a sequence by the time between.
        """
        press = read(key, character)
        if press is None or press.modifiers & Modifier.HYPER:
            return b""  # neither xterm nor the libraries have Hyper
        # A key of another layout, such as Cyrillic: kitty's protocol reports the layout, all else gets the US key.
        if isinstance(key, LayoutKey):
            if modes.kitty_flags:
                press = key.press
            elif press.modifiers:  # modifyOtherKeys reports the Shift that a sign needs, too
                press = press._replace(modifiers=press.modifiers | key.press.modifiers & Modifier.SHIFT)
        if modes.kitty_flags:
            return self._library().encode(press, modes)
        if press.on_keypad and modes.application_keypad:
            return _on_application_keypad(press)
        if press.base and not modes.modify_other_keys:
            return _as_xterm(press)
        if press.name == "tab" and press.modifiers == Modifier.SHIFT:
            return _as_xterm(press)  # xterm leaves it alone under modifyOtherKeys; libghostty does not
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
    """A character key as xterm sends it.

    Alt is an ESC before it (ctlseqs, "Alt and Meta Keys"); control characters are made as X11 makes them. What the
    outer terminal says was typed is trusted before anything that is worked out here.
    """
    modifiers = press.modifiers
    if modifiers & Modifier.SUPER:
        return b""  # for the window manager; typed without it the key would mean something else
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
    """SS3, the number of the modifiers if there are any, and the key's letter."""
    modifiers = 1 + (press.modifiers & 0b1111)
    return f"\x1bO{modifiers if modifiers > 1 else ''}{_KEYPAD_FINALS[press.base]}".encode()


def _control(character: str) -> str:
    """The control character of Ctrl with ``character``: its lower five bits, or by the table; else ``character``."""
    if "@" <= character <= "~":
        return chr(ord(character) & 0x1F)
    return _CONTROL_ALIASES.get(character, character)


def _f3_as_xterm(sequence: bytes) -> bytes:
    """libghostty sends F3 with modifiers as kitty does (``CSI 13 ; 2 ~``) although no protocol is on. Kitty moved it
    because ``CSI 1 ; 2 R`` is also a cursor position report; but terminfo, and so every program, has xterm's form."""
    if sequence.startswith(b"\x1b[13;") and sequence.endswith(b"~"):
        return b"\x1b[1;" + sequence[5:-1] + b"R"
    return sequence
