"""Reads Textual's names of keys: ``"ctrl+shift+up"`` and a character, if any, become a :class:`KeyPress`.

Textual names a key by the function it found (``up``, ``f5``) or by the Unicode name of its character
(``left_square_bracket``), with modifiers before it. Whatever the outer terminal sent is behind that, so a name can be
anything, and one that is not known means nothing here.
"""

from __future__ import annotations

import unicodedata
from enum import IntFlag
from functools import lru_cache
from typing import NamedTuple


class Modifier(IntFlag):
    """Modifiers, numbered as in the kitty keyboard protocol (#modifiers). The first four are also xterm's."""

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
"""Keys that have a name of their own and stand for one character."""

FUNCTION_KEYS = frozenset(
    {"up", "down", "left", "right", "home", "end", "insert", "delete", "pageup", "pagedown", "kp_begin", "menu"}
    | {"caps_lock", "scroll_lock", "num_lock", "print_screen", "pause"}
    | {f"f{number}" for number in range(1, 26)}
)
"""Keys without a character. The locks, print and pause are sent to programs that use kitty's protocol only: xterm has
no sequence for them."""

MEANINGLESS = frozenset(
    {"<any>", "<ignore>", "<scroll-up>", "<scroll-down>", "iso_level3_shift", "iso_level5_shift"}
    | {f"{side}_{name}" for side in ("left", "right") for name in ("shift", "control", "alt", "super", "hyper", "meta")}
    | {f"media_{name}" for name in ("play", "pause", "play_pause", "reverse", "stop", "fast_forward", "rewind")}
    | {"media_track_next", "media_track_previous", "media_record", "lower_volume", "raise_volume", "mute_volume"}
    | {f"f{number}" for number in range(26, 36)}
)
"""Keys that Textual can report and that mean nothing to a program on a node: modifiers alone, media keys, and function
keys beyond those that the encoders have."""

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
"""Textual's own names of characters, where Unicode has another, and its names of keys on the keypad."""

_KEYPAD = frozenset({"divide", "multiply", "subtract", "add"})
"""The keys that are certain to be on the keypad. Textual gives its other keys the names of those beside it."""


class KeyPress(NamedTuple):
    """A key that was pressed: its name or the character on it, what it types, and the modifiers."""

    name: str
    """One of ``FUNCTION_KEYS`` or ``CONTROL_KEYS``; empty for a key with a character."""
    base: str
    """The character of the key without modifiers, as far as it is known; empty for a function key."""
    text: str
    """What the outer terminal says was typed: text, one control character, or nothing."""
    modifiers: Modifier
    on_keypad: bool = False
    """Whether it is known to be on the keypad."""
    shifted: str = ""
    """What the key types with Shift, where the outer terminal reported it."""
    us: str = ""
    """The key of a US keyboard in the same place, where the outer terminal reported it."""


class LayoutKey(str):
    """Textual's name of a key with what the outer terminal reported of the keyboard's layout.

    As a string it is the name that bindings know, ``"ctrl+c"``, and equal to it: Ctrl+С on a Cyrillic keyboard must
    do what Ctrl+C does. A program that asked for kitty's protocol gets the layout's key, ``CSI 1089::99;5u``.
    """

    __slots__ = ("press",)

    press: KeyPress

    @classmethod
    def of(cls, name: str, press: KeyPress) -> LayoutKey:
        """The key that bindings know as ``name`` and that is ``press`` in the layout in use."""
        key = cls(name)
        key.press = press
        return key


def is_text(text: str) -> bool:
    """Whether ``text`` is not empty and has no control character. ``str.isprintable`` would refuse the no-break space,
    which keyboards have."""
    return bool(text) and not any(character < " " or "\x7f" <= character <= "\x9f" for character in text)


@lru_cache(maxsize=1024)
def read(key: str, character: str | None) -> KeyPress | None:
    """The key press that Textual reports as ``key`` and ``character``; None when it means nothing to a program.

    Cached, for a key that is held repeats.
    """
    modifiers, name = _split(key)
    if name in MEANINGLESS:
        return None
    if name in FUNCTION_KEYS:
        return KeyPress(name, "", "", modifiers)
    text = character or ""
    if "\x80" <= text <= "\x9f":  # a C1 control, which is Alt with the key that the name has already
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
    """The modifiers before a name, and the name. A plus is called ``plus``, so splitting at it is safe."""
    if key == "ctrl-at" or key == "ctrl+@":  # NUL, which is Ctrl+Space on every keyboard
        return Modifier.CTRL, "space"
    *prefixes, name = key.split("+")
    modifiers = Modifier(0)
    for prefix in prefixes:
        modifiers |= _MODIFIERS.get(prefix, Modifier(0))
    return modifiers, name


def _base(name: str) -> str:
    """The character of a key called ``name``; empty when no character is called so."""
    if len(name) == 1:
        return name
    if name in _CHARACTERS:
        return _CHARACTERS[name]
    try:
        return unicodedata.lookup(name.replace("_", " ").upper())
    except KeyError:
        return ""
