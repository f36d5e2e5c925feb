"""Keys as the outer terminal reports them: ``CSI number:shifted:base ; modifiers:event ; text final``.

The form is kitty's (https://sw.kovidgoyal.net/kitty/keyboard-protocol/#an-overview). xterm's function keys and its
``CSI 27 ; modifiers ; code ~`` (ctlseqs, "Alt and Meta Keys", modifyOtherKeys) are cases of it. Textual reads only a
part of it: without this module it would lose the layout, the shifted character and xterm's form.

All of it is untrusted: a number may be of any size, and any field may be missing.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ssmtui.terminal.key_names import Modifier, is_text
from ssmtui.terminal.layouts import us_key, us_shifted

REPORT = re.compile(
    r"\x1b\[([0-9]*)(?::([0-9]*))?(?::([0-9]*))?(?:;([0-9]*)(?::([0-9]*))?)?(?:;([0-9:]*))?([u~ABCDEFHPQRS])"
)
"""A whole report. Its groups are the fields in their order."""
_CHORD = Modifier.ALT | Modifier.CTRL | Modifier.SUPER | Modifier.HYPER | Modifier.META
"""Modifiers that make a command of a character. Shift makes another character."""
_ALL = _CHORD | Modifier.SHIFT
_RELEASE = 3
"""Kitty's number of the event that a key was released; 1 is a press and 2 a repeat."""
_MOST_MODIFIERS = 256
"""One more than eight bits: modifiers are sent with 1 added. Caps Lock and Num Lock are among them and mean nothing
here."""
_MOST_TEXT = 16
"""Code points of text in one report."""
_OTHER_KEY = 27
"""The number of xterm's modifyOtherKeys form, where the key is in the third field."""
_FUNCTION_CODES = frozenset({9, 13, 27, 127})
"""Tab, Enter, Escape, Backspace: they have a character's number but are function keys."""
_PRIVATE = range(0xE000, 0xF900)
"""Kitty's numbers of keys without a character, from Unicode's private use area."""


class KeyReport(NamedTuple):
    """A key that was pressed, or is held and repeats."""

    code: int
    """The character on the key without modifiers, in the layout in use, or the number of a function key."""
    shifted: str
    """What it types with Shift; empty when that was not reported."""
    us: str
    """The key of a US keyboard in the same place; empty when that was not reported."""
    modifiers: Modifier
    text: str
    final: str

    @property
    def is_character(self) -> bool:
        """Whether it is a key with a character on it."""
        return self.final == "u" and self.code not in _FUNCTION_CODES and self.code not in _PRIVATE

    @property
    def sequence(self) -> str:
        """The report with modifiers only, the form that Textual reads."""
        modifiers = f";{1 + self.modifiers}" if self.modifiers else ""
        return f"\x1b[{'' if self.code == 1 and not modifiers else self.code}{modifiers}{self.final}"


def read_report(sequence: str) -> KeyReport | None:
    """The key that ``sequence``, a whole control sequence, reports.

    None when it is no such report, when the key was released, or when a number in it belongs to no key.
    """
    match = REPORT.fullmatch(sequence)
    if match is None:
        return None
    code, shifted, us, modifiers, event, text, final = match.groups(default="")
    number, bits = _number(code, 1), _number(modifiers, 1)
    if event == str(_RELEASE) or number is None or bits is None or not 0 <= bits <= _MOST_MODIFIERS:
        return None
    # CSI 27 ; modifiers ; code ~ is xterm's: the key is where kitty has the text. Without a third field it is a
    # function key of number 27, which no terminal has, and passes as such.
    if final == "~" and number == _OTHER_KEY and text:
        number, text, final = _number(text.partition(":")[0], 0), "", "u"
        if number is None:
            return None
    report = KeyReport(
        number, _character(shifted), _character(us), Modifier(max(0, bits - 1) & _ALL), _text(text), final
    )
    return report if not report.is_character or is_text(chr(number)) else None


def as_said(report: KeyReport) -> KeyReport:
    """``report`` as bindings and programs without a keyboard protocol know the key.

    - With Ctrl, Alt and the like, a character outside ASCII is the US key at its place: Ctrl+С (Cyrillic) is Ctrl+C.
      Kitty does this for such programs (key_encoding.c, ``is_legacy_ascii_key(alternate_key)``), and X11 for xterm.
    - A sign that needs Shift is that sign: Alt+Shift+. is Alt+>. Letters keep Shift, since bindings name it.
    - Where the terminal did not report the text, it is worked out from the key and Shift.
    """
    if not report.is_character or report.text:
        return report
    character, shifted, modifiers = chr(report.code), report.shifted, report.modifiers
    chord = modifiers & _CHORD
    # Some terminals report the shifted letter as the key: "A" is Shift and "a".
    if character.lower() != character and len(character.lower()) == 1:
        character, modifiers = character.lower(), modifiers | Modifier.SHIFT
    # What the terminal reports of the layout is right for every keyboard; the tables are a guess.
    if chord and not character.isascii() and (us := _ascii(report.us) or us_key(character)):
        character, shifted = us, us_shifted(us)
    elif not shifted:
        shifted = us_shifted(character)
    if modifiers & Modifier.SHIFT and shifted != character and not (chord and character.isalpha()):
        character, modifiers = shifted, modifiers & ~Modifier.SHIFT
    return report._replace(code=ord(character), modifiers=modifiers, text="" if chord else character)


def _number(digits: str, default: int) -> int | None:
    """The number that ``digits`` are, ``default`` when there are none; None when no character has such a number. The
    length is looked at first: ``int`` is slow on thousands of digits."""
    if not digits:
        return default
    number = int(digits) if len(digits) <= 7 else -1
    return number if 0 <= number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else None


def _character(digits: str) -> str:
    number = _number(digits, 0)
    return chr(number) if number and is_text(chr(number)) else ""


def _text(fields: str) -> str:
    return "".join(map(_character, fields.split(":")[:_MOST_TEXT]))


def _ascii(character: str) -> str:
    return character if character.isascii() else ""
