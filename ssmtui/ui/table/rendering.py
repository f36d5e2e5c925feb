"""A line of the table as pieces of text with the tones that are laid over each other. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ssmtui.inventory.field_sets import SortKey
from ssmtui.inventory.rows import Item
from ssmtui.ui.look.cells import fit
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import fit as fit_words
from ssmtui.ui.table.columns import ColumnFacts, ColumnSet
from ssmtui.ui.table.layout import GAP, Layout

if TYPE_CHECKING:
    from ssmtui.inventory.query.row_query import RowQuery

_GREYED = {Tone.STRONG: Tone.DIM, Tone.PLAIN: Tone.FAINT, Tone.DIM: Tone.FAINT, Tone.WARN: Tone.FAINT}


def headings(placed: Layout, sort: Sequence[SortKey]) -> Iterator[tuple[str, bool]]:
    """The heads of the columns, each with the gap after it, and whether rows are sorted by it: these have an arrow,
    and their place in the order where there are several."""
    order = {key.field: number for number, key in enumerate(sort, 1)}
    for column, width in placed:
        number = order.get(column.name)
        if number is None:
            yield fit(column.title, width) + " " * GAP, False
            continue
        arrow = ("▼" if sort[number - 1].descending else "▲") + (str(number) if len(sort) > 1 else "")
        # The arrow may use the gap, but for one cell of it.
        room = width + GAP - 1
        title = fit_words(column.title, min(len(column.title), max(1, room - len(arrow) - 1)))
        yield fit_words(f"{title} {arrow}", room) + " ", True


def pieces(
    columns: ColumnSet[Item], item: Item, placed: Layout, facts: ColumnFacts, query: RowQuery | None
) -> Iterator[tuple[str, *tuple[Tone, ...]]]:
    """The cells of an item's row with the gaps after them, and what ``query`` found in each. What is over is grey."""
    greyed = columns.is_greyed(item)
    gap = " " * GAP
    for column, width in placed:
        text, tone = column.cell(item, facts)
        if greyed:
            tone = _GREYED.get(tone, tone)
        found = query.spans(column.name, text) if query is not None and text else ()
        fitted = fit(text, width)
        if found:
            yield from _highlighted(fitted, tone, found, text)
            yield gap, tone
        else:
            yield fitted + gap, tone


def _highlighted(
    fitted: str, tone: Tone, spans: Sequence[tuple[int, int]], text: str
) -> Iterator[tuple[str, *tuple[Tone, ...]]]:
    """``fitted`` in pieces: ``spans``, places in the ``text`` that it was made of, have a tone of their own."""
    # fit() only puts marks of direction before the text, cuts its end and pads it.
    shift = 0 if fitted[:1] == text[:1] else len(fitted) - len(fitted.lstrip("\N{LEFT-TO-RIGHT MARK}"))
    done = 0
    for start, end in spans:
        start, end = min(start + shift, len(fitted)), min(end + shift, len(fitted))
        if start > done:
            yield fitted[done:start], tone
            done = start
        if end > done:
            yield fitted[done:end], tone, Tone.MATCH_CELL
            done = end
    if done < len(fitted):
        yield fitted[done:], tone
