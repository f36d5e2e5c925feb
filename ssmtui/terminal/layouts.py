"""Which key of a US keyboard stands where a character of another layout does.

A terminal that knows kitty's keyboard protocol reports that key itself as the "base layout key" when it is asked for
alternate keys (https://sw.kovidgoyal.net/kitty/keyboard-protocol/#key-codes). The tables here are for terminals that do
not: the national standard layouts, as xkeyboard-config has them.
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
    """The key of a US keyboard at the place of ``character``, which is lower case; empty when that is not known."""
    return _positions().get(character, "")


def us_shifted(character: str) -> str:
    """What Shift makes of a key of a US keyboard; ``character`` itself when it is not one of those."""
    if "a" <= character <= "z":
        return character.upper()
    return _SHIFTED.get(character, character)
