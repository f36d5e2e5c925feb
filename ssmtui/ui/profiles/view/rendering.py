"""A line of the view as pieces of text with the tones that are laid over each other. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from ssmtui import matching
from ssmtui.profiles.profile import Folder, Profile, Several, Values
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, fit, tidy
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.profiles.form.keys import SEVERAL_WORDS
from ssmtui.ui.profiles.view.outline import Order, Row, Used, last

INDENT = 2
LEAST_NAME, MOST_NAME = 16, 44
"""Cells of the column of names."""
WHERE_WIDTH = 24
WIDE = 84
"""Cells of a line from which AWS profile and region have a column."""
GUARDED = "guarded"


class TreePiece(NamedTuple):
    """A stretch of one look."""

    text: str
    tone: Tone = Tone.PLAIN
    color: str = ""
    """Name of the colour that a person gave it, instead of the tone's."""


class Shown(NamedTuple):
    """What lines are drawn by, beside what they are about."""

    order: Order = Order.TREE
    wanted: tuple[str, ...] = ()
    """The words that are searched for."""
    name_width: int = LEAST_NAME


def name_width(rows: Iterable[Row], width: int) -> int:
    """Cells for the names of ``rows``, indents included, in lines of ``width``."""
    longest = max((_indent(row) + cell_len(_sign(row) + tidy(last(row.item.name))) for row in rows), default=0)
    return max(LEAST_NAME, min(longest + 2, MOST_NAME, width // 2))


def pieces(row: Row, shown: Shown, width: int, use: Used | None, now: float) -> Iterator[TreePiece]:
    """The whole line of ``width`` cells, without the mark at its left."""
    badges = _badges(row, shown, use, now)
    tail = _fitted_badges(badges, min(width // 2, width - shown.name_width))
    room = width - sum(cell_len(piece.text) for piece in tail)
    used = 0
    for piece in _head(row, shown):
        yield piece
        used += cell_len(piece.text)
    where = _where(row) if width >= WIDE else ""
    middle = max(0, room - used - (WHERE_WIDTH if where else 0))
    text, tone = _about(row)
    yield from _highlighted(fit(text, middle), tone, shown.wanted)
    if where:
        yield TreePiece(fit(where, WHERE_WIDTH), Tone.DIM)
    yield from tail


def _head(row: Row, shown: Shown) -> Iterator[TreePiece]:
    """Indent, sign and name, in the width of that column."""
    item, indent, sign = row.item, _indent(row), _sign(row)
    width = max(3, shown.name_width - indent - cell_len(sign))
    yield TreePiece(" " * indent)
    values = item.values
    if isinstance(item, Folder):
        yield TreePiece(sign, Tone.DIM, values.color)
        name, tone = tidy(last(item.name)), Tone.WARN if item.problem else Tone.STRONG
    else:
        yield TreePiece(sign, Tone.FAINT, values.color)
        name, tone = tidy(item.name), Tone.WARN if item.problem else Tone.PLAIN
        if shown.order is not Order.TREE and item.folder:
            # The folder gives way first.
            folder = fit(
                tidy(item.folder) + "/", min(cell_len(tidy(item.folder)) + 1, max(0, width - cell_len(name) - 1))
            )
            width -= cell_len(folder)
            yield from _highlighted(folder, Tone.DIM, shown.wanted)
    yield from _highlighted(fit(name, width - 2) + "  ", tone, shown.wanted)


def _sign(row: Row) -> str:
    """The sign before the name, and a space: an icon may take two cells."""
    if isinstance(row.item, Folder):
        return "▾ " if row.is_open else "▸ "
    return f"{tidy(row.item.values.icon, 2) or '·'} "


def _indent(row: Row) -> int:
    return row.depth * INDENT


def _about(row: Row) -> Cell:
    """What a line says after the name: what is wrong, else what it means."""
    item = row.item
    if item.problem:
        return Cell(tidy(item.problem), Tone.WARN)
    if isinstance(item, Folder):
        count = str(row.amount) if row.amount else "empty"
        said = tidy(item.values.description if "description" in item.own else "")
        return Cell(f"{count}  {said}".rstrip(), Tone.DIM)
    return Cell(tidy(meaning(item.values)), Tone.DIM)


def meaning(values: Values) -> str:
    """Which nodes a connection means."""
    if values.target:
        return values.target
    rule = "" if values.several is Several.ASK else f"  ({SEVERAL_WORDS[values.several]})"
    return f"{values.query}{rule}" if values.query else ""


def _where(row: Row) -> str:
    values = row.item.values
    return " ".join(tidy(part, 24) for part in (values.aws_profile, values.region) if part) if row.profile else ""


def _badges(row: Row, shown: Shown, use: Used | None, now: float) -> list[TreePiece]:
    item, found = row.item, []
    if shown.order is Order.RECENT and use is not None:
        found.append(TreePiece(words.ago(now - use.last), Tone.DIM))
    if shown.order is Order.USED and use is not None:
        found.append(TreePiece(words.count(use.times, "time"), Tone.DIM))
    if item.read_only:
        found.append(TreePiece("shared", Tone.FAINT))
    if item.values.guard and (isinstance(item, Profile) or "guard" in item.own):
        found.append(TreePiece(GUARDED, Tone.BAD))
    return found


def _fitted_badges(badges: Sequence[TreePiece], room: int) -> list[TreePiece]:
    """The badges at the right edge, each after two spaces; none where they would take more than ``room`` cells."""
    found = [*(part for badge in badges for part in (TreePiece("  "), badge)), TreePiece(" ")] if badges else []
    return found if sum(cell_len(piece.text) for piece in found) <= room else []


def _highlighted(text: str, tone: Tone, wanted: Sequence[str]) -> Iterator[TreePiece]:
    place = 0
    for start, end in matching.spans(wanted, text) if wanted else ():
        yield TreePiece(text[place:start], tone)
        yield TreePiece(text[start:end], Tone.MATCH_CELL)
        place = end
    yield TreePiece(text[place:], tone)
