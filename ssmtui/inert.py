"""Making untrusted text inert before it is shown or printed: no control characters, no direction overrides.

Tags, names, reasons, error texts and titles come from AWS, from nodes and from files; each could hold an escape
sequence. Whether the result is also markup is the screen's business.
"""

from __future__ import annotations

import unicodedata

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
# Of the format characters only joiners are harmless and needed (emoji, Indic scripts, Arabic).
_SAFE_FORMAT = frozenset("\u200c\u200d")
# The last one is DEL's.
_PICTURES = {**{code: 0x2400 + code for code in range(0x20)}, 0x7F: 0x2421}


def _inert(character: str) -> str:
    category = unicodedata.category(character)
    if category in _UNSAFE_CATEGORIES or (category == "Cf" and character not in _SAFE_FORMAT):
        return _REPLACEMENT
    return character


def in_place(text: str) -> str:
    """``text`` with each unprintable character replaced by one other: every place stays what it is."""
    return text if text.isprintable() else "".join(map(_inert, text))


def line(text: str, limit: int = 500) -> str:
    """``text`` on one line of at most ``limit`` characters: white space folded, anything unprintable replaced."""
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text
    folded = " ".join(text[: limit * 4].split())
    shown = "".join(map(_inert, folded))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def pictured(text: str, limit: int = 500) -> str:
    """``text`` on one line of at most ``limit`` characters, control characters as their symbols (Unicode's Control
    Pictures): an escape is ``␛``."""
    shown = in_place(text[: limit + 1].translate(_PICTURES))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def lines(text: str, limit: int = 4000) -> str:
    """The same, keeping line breaks; empty lines at both ends are removed."""
    kept = [line(part, limit) for part in text[:limit].splitlines()]
    return "\n".join(kept).strip()
