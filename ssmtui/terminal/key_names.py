"""Textual's key names, read: ``"ctrl+shift+up"`` and a character, if any, into a :class:`KeyPress`."""

from __future__ import annotations

import unicodedata
from enum import IntFlag
from functools import lru_cache
from typing import NamedTuple


class Modifier(IntFlag):
    """Modifiers as the kitty keyboard protocol numbers them; the first four are xterm's."""

    SHIFT = 1
    ALT = 2
    CTRL = 4
    SUPER = 8
    HYPER = 16
    META = 32


_MODIFIERS = {modifier.name.lower(): modifier for modifier in Modifier if modifier.name}

CONTROL_KEYS = {
    "enter": "\r",
    "return": "\r",
    "tab": "\t",
    "escape": "\x1b",
    "backspace": "\x7f",
}
"""Keys of their own that stand for one character, too."""

FUNCTION_KEYS = frozenset(
    {"up", "down", "left", "right", "home", "end", "insert", "delete", "pageup", "pagedown", "kp_begin", "menu"}
    | {"caps_lock", "scroll_lock", "num_lock", "print_screen", "pause"}
    | {f"f{number}" for number in range(1, 26)}
)
"""Keys without a character. The locks, print and pause are only sent to programs that speak the kitty protocol."""

MEANINGLESS = frozenset(
    {"<any>", "<ignore>", "<scroll-up>", "<scroll-down>", "iso_level3_shift", "iso_level5_shift"}
    | {f"{side}_{name}" for side in ("left", "right") for name in ("shift", "control", "alt", "super", "hyper", "meta")}
    | {f"media_{name}" for name in ("play", "pause", "play_pause", "reverse", "stop", "fast_forward", "rewind")}
    | {"media_track_next", "media_track_previous", "media_record", "lower_volume", "raise_volume", "mute_volume"}
    | {f"f{number}" for number in range(26, 36)}
)
"""What Textual can deliver and no program on a node is waiting for: modifiers alone, media keys, and keys beyond those
that the encoders know."""

_CHARACTERS = {
    "space": " ",
    "at": "@",
    "slash": "/",
    "backslash": "\\",
    "minus": "-",
    "plus": "+",
    "underscore": "_",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_square_brace": "[",
    "decimal": ".",
    "divide": "/",
    "multiply": "*",
    "subtract": "-",
    "add": "+",
    "equal": "=",
    "separator": ",",
    "newline": "\n",
}
"""Names that Unicode has otherwise, and those of the keypad."""

_KEYPAD = frozenset({"divide", "multiply", "subtract", "add"})
"""Keys that are known to be on the keypad. Textual gives the others of it the names of the keys beside it."""


class KeyPress(NamedTuple):
    """A key: the name of one without a character, or the character on it, and what it types."""

    name: str
    """Of ``FUNCTION_KEYS`` or ``CONTROL_KEYS``; empty for a character key."""
    base: str
    """The character of the key without modifiers, as far as it can be known; empty for a function key."""
    text: str
    """What the outer terminal says was typed: text, one control character, or nothing."""
    modifiers: Modifier
    on_keypad: bool = False
    """Whether it is known to be on the keypad."""
    shifted: str = ""
    """What Shift makes of ``base``, where the outer terminal reported it."""
    us: str = ""
    """The key of a US keyboard at its place, where the outer terminal reported it."""


class LayoutKey(str):
    """Textual's name of a key as bindings know it (``"ctrl+c"``), and with it what the outer terminal reported of the
    layout: a program that asked for kitty's protocol gets that (``CSI 1089::99;5u``). Equal to the name alone."""

    __slots__ = ("press",)

    press: KeyPress

    @classmethod
    def of(cls, name: str, press: KeyPress) -> LayoutKey:
        """``press`` is the key of the layout in use."""
        key = cls(name)
        key.press = press
        return key


def is_text(text: str) -> bool:
    """Whether ``text`` is there and holds no control character. A no-break space is text: keyboards have it."""
    return bool(text) and not any(character < " " or "\x7f" <= character <= "\x9f" for character in text)


@lru_cache(maxsize=1024)
def read(key: str, character: str | None) -> KeyPress | None:
    """The key press that Textual reports as ``key`` and ``character``; None when it means nothing to a program."""
    modifiers, name = _split(key)
    if name in MEANINGLESS:
        return None
    if name in FUNCTION_KEYS:
        return KeyPress(name, "", "", modifiers)
    text = character or ""
    if "\x80" <= text <= "\x9f":  # the eight-bit form of what the name says already
        text = ""
    if name in CONTROL_KEYS:
        return KeyPress("enter" if name == "return" else name, CONTROL_KEYS[name], text, modifiers)
    base = _base(name) or text
    if not is_text(base):
        return None
    if base.lower() != base and len(base.lower()) == 1:
        base, modifiers = base.lower(), modifiers | Modifier.SHIFT
    return KeyPress("", base, text, modifiers, name in _KEYPAD)


def _split(key: str) -> tuple[Modifier, str]:
    if key == "ctrl-at" or key == "ctrl+@":  # NUL: every keyboard has a space
        return Modifier.CTRL, "space"
    *prefixes, name = key.split("+")
    modifiers = Modifier(0)
    for prefix in prefixes:
        modifiers |= _MODIFIERS.get(prefix, Modifier(0))
    return modifiers, name


def _base(name: str) -> str:
    if len(name) == 1:
        return name
    if name in _CHARACTERS:
        return _CHARACTERS[name]
    try:
        return unicodedata.lookup(name.replace("_", " ").upper())
    except KeyError:
        return ""
