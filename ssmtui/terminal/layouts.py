"""Which key of a US keyboard is in the place of a character of another layout.

Without it Ctrl+C does nothing on a Cyrillic keyboard: the key is С, for which there is no control character, and people
would have to change the layout for each command. A terminal that has kitty's keyboard protocol reports the US key
itself as the "base layout key" when asked for alternate keys
(https://sw.kovidgoyal.net/kitty/keyboard-protocol/#key-codes). The tables here are for terminals that do not: the
national standard layouts, as xkeyboard-config has them.
"""

from __future__ import annotations

from functools import cache

_ROWS = (
    ("йцукенгшщзхъ", "qwertyuiop[]"),  # Russian
    ("фывапролджэ", "asdfghjkl;'"),
    ("ячсмитьбюё", "zxcvbnm,.`"),
    ("іїєґў", "s]'\\o"),  # Ukrainian and Belarusian, where they differ from Russian
    ("ςερτυθιοπ", "wertyuiop"),  # Greek
    ("ασδφγηξκλ", "asdfghjkl"),
    ("ζχψωβνμ", "zxcvbnm"),
    ("קראטוןםפ", "ertyuiop"),  # Hebrew, SI 1452
    ("שדגכעיחלךף", "asdfghjkl;"),
    ("זסבהנמצתץ", "zxcvbnm,."),
    ("ぬふあうえおやゆよわほへ", "1234567890-="),  # Japanese kana, JIS X 6002
    ("たていすかんなにらせ゛゜", "qwertyuiop[]"),
    ("ちとしはきくまのりれけむ", "asdfghjkl;'\\"),
    ("つさそひこみもねるめろ", "zxcvbnm,./\\"),
)

_TO_KATAKANA = ord("ア") - ord("あ")


@cache
def _positions() -> dict[str, str]:
    found = {own: us for row, keys in _ROWS for own, us in zip(row, keys, strict=True)}
    for own, us in list(found.items()):
        if "ぁ" <= own <= "ん":  # the X11 keysyms of kana are katakana
            found[chr(ord(own) + _TO_KATAKANA)] = us
    return found


_SHIFTED = dict(zip("`1234567890-=[]\\;',./", '~!@#$%^&*()_+{}|:"<>?', strict=True))


def us_key(character: str) -> str:
    """The key of a US keyboard in the place of ``character``, which is in lower case; empty when it is not known."""
    return _positions().get(character, "")


def us_shifted(character: str) -> str:
    """What a key of a US keyboard types with Shift; ``character`` itself when no key has it."""
    if "a" <= character <= "z":
        return character.upper()
    return _SHIFTED.get(character, character)
