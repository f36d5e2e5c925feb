"""Tables for people: columns of the width that their widest cell has."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from ssmtui import inert


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """A line for each row, whose cells are all one line of inert text."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return [_line(cells, widths) for cells in rows]


def width(text: str) -> int:
    """Columns that a terminal gives to ``text``."""
    if text.isascii():
        return len(text)
    return sum((2 if unicodedata.east_asian_width(c) in "WF" else 1) for c in text if not unicodedata.combining(c))


def fit(text: str, cells: int) -> str:
    """``text`` on one line, in at most so many columns, with nothing in it that a terminal would obey."""
    shown = inert.line(text)
    while width(shown) > max(0, cells):
        shown = shown[:-2] + "…" if len(shown) > 2 else ""
    return shown


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (wide - width(cell)) for cell, wide in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()
