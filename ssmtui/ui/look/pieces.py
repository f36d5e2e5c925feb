"""The pieces that one-line widgets are built of. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from ssmtui import inert
from ssmtui.ui.look.tones import NAMED_TONES, Tone

FRAMES = ("guarded", "broadcast", *(tone.value for tone in NAMED_TONES))
"""How a session can be set off from others: as one to be careful with, as one that gets what is typed into others, or
by a colour that a person gave it."""

FRAME_TONES = {"guarded": Tone.BAD, **{tone.value: tone for tone in NAMED_TONES}}
"""What such a session's name is drawn in."""


class Piece(NamedTuple):
    """A stretch of one style."""

    text: str
    tone: Tone = Tone.PLAIN
    on: Tone | None = None
    """What it is laid over; None is the widget's own style."""
    tag: object = None
    """What a click on it means."""


def length(pieces: Iterable[Piece]) -> int:
    """The cells that ``pieces`` take."""
    return sum(cell_len(piece.text) for piece in pieces)


def longest_fit(variants: Sequence[list[Piece]], width: int) -> list[Piece]:
    """The first variant that fits into ``width`` cells, else the last."""
    return next((variant for variant in variants if length(variant) <= width), variants[-1])


def icon_words(icon: str) -> str:
    """What a person put before a name: one or two cells and a space, or nothing."""
    shown = inert.line(icon, 2)
    return f"{set_cell_size(shown, min(2, cell_len(shown)))} " if shown else ""
