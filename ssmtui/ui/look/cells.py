"""Cells: pieces of one tone whose text has been made fit for a table. Pure functions."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from ssmtui import inert
from ssmtui.errors import SsmtuiError
from ssmtui.ui.look import words
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import wrap

CELL_LIMIT = 80
"""Characters of untrusted text that a cell looks at."""

# Terminals disagree about how wide text with these is: joined emoji, their colours and their two presentations, and the
# fillers of Hangul. Without them each character has one width everywhere.
_UNCERTAIN = re.compile("[\u200c\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\u115f\u1160\u3164\uffa0]")
_LEFT_TO_RIGHT = "\N{LEFT-TO-RIGHT MARK}"
_FROM_THE_RIGHT = frozenset({"R", "AL", "AN"})


class Cell(NamedTuple):
    """One field of a row, or one line of a block."""

    text: str
    tone: Tone = Tone.PLAIN


def tidy(text: str, limit: int = CELL_LIMIT) -> str:
    """Untrusted ``text`` on one line of at most ``limit`` characters, control characters as their symbols, and of the
    same width in every terminal."""
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text
    return _UNCERTAIN.sub("", inert.pictured(text, limit))


def fit(text: str, width: int) -> str:
    """Tidy ``text`` in exactly ``width`` cells: padded, or cut with an ellipsis. Text that is read from the right stays
    where it is, and so do the cells after it: a terminal that reorders lines does so within marks."""
    fitted = words.fit(text, width)
    if fitted.isascii() or not any(unicodedata.bidirectional(character) in _FROM_THE_RIGHT for character in fitted):
        return fitted
    return f"{_LEFT_TO_RIGHT}{fitted}{_LEFT_TO_RIGHT}"


def error_lines(error: SsmtuiError, width: int) -> list[Cell]:
    """Title, detail and remedy, each on lines of its own."""
    detail = wrap(inert.line(error.detail, 600), width, 4)
    remedy = wrap(inert.line(error.remedy, 600), width, 4)
    return [
        Cell(inert.line(error.title, 120), Tone.BAD),
        *(Cell(line, Tone.PLAIN) for line in detail),
        *(Cell(line, Tone.DIM) for line in remedy),
    ]
