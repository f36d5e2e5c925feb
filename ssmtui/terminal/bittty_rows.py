"""bittty's cells as runs of text, and as control sequences that draw them again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from bittty.style import Color, style_to_ansi
from bittty.style import Style as BitttyStyle
from bittty.video import CONTINUATION, Cell, WideHead

from ssmtui.terminal.screen import DEFAULT_COLOR, PLAIN, RGB_FLAG, Attr, FrameRow, Run, Style, Underline, inert_cells

_UNDERLINES = {
    "double": Underline.DOUBLE,
    "curly": Underline.CURLY,
    "dotted": Underline.DOTTED,
    "dashed": Underline.DASHED,
}
_ATTRS = {
    "bold": Attr.BOLD,
    "dim": Attr.FAINT,
    "italic": Attr.ITALIC,
    "blink": Attr.BLINK,
    "reverse": Attr.REVERSE,
    "conceal": Attr.INVISIBLE,
    "strike": Attr.STRIKE,
    "overline": Attr.OVERLINE,
}


def _color(color: Color | None) -> int:
    if color is None or color.mode == "default":
        return DEFAULT_COLOR
    if color.mode == "indexed":
        return int(color.value)
    red, green, blue = color.value
    return int(RGB_FLAG | red << 16 | green << 8 | blue)


@lru_cache(maxsize=4096)
def _style(style: BitttyStyle) -> Style:
    """A style of bittty's in the engines' common form. Cached, as each is asked for with every row that has it."""
    underline = _UNDERLINES.get(style.underline_style, Underline.SINGLE) if style.underline else Underline.NONE
    attrs = sum(int(attr) for name, attr in _ATTRS.items() if getattr(style, name))
    if style.hyperlink:
        attrs |= Attr.LINK
    return Style(_color(style.fg), _color(style.bg), attrs, int(underline), _color(style.underline_color))


def row_of(cells: Sequence[Cell]) -> FrameRow:
    """Cells as runs, without the empty cells at the end. A row without wide characters is joined and cut once."""
    characters = [text for _, text in cells]
    text = "".join(characters)
    if len(text) != len(cells) or CONTINUATION in characters:
        return _trimmed(_mixed_runs(cells))
    runs, x, text = [], 0, inert_cells(text)
    for style, group in groupby(map(itemgetter(0), cells)):
        end = x + sum(1 for _ in group)
        runs.append(Run(text[x:end], end - x, _style(style)))
        x = end
    return _trimmed(runs)


def _mixed_runs(cells: Sequence[Cell]) -> list[Run]:
    """Runs of cells with wide characters and clusters. A cluster gets a run of its own: an outer terminal may draw it
    in another width than bittty counts, and the difference must end with the run."""
    runs: list[Run] = []
    alone = True
    for source, text in cells:
        if text == CONTINUATION:
            continue
        style, single = _style(source), len(text) > 1
        width = 2 if isinstance(text, WideHead) else 1
        if alone or single or runs[-1].style != style:
            runs.append(Run(inert_cells(str(text)), width, style))
        else:
            last = runs[-1]
            runs[-1] = Run(last.text + inert_cells(str(text)), last.cells + width, style)
        alone = single
    return runs


def _trimmed(runs: list[Run]) -> FrameRow:
    """``runs`` without spaces at the end in the default style; coloured ones are seen, so they stay."""
    while runs and runs[-1].style == PLAIN:
        text = runs[-1].text.rstrip(" ")
        blanks = len(runs[-1].text) - len(text)
        if text:
            runs[-1] = Run(text, runs[-1].cells - blanks, PLAIN)
            break
        runs.pop()
    return tuple(runs)


def drawn(rows: Iterable[Sequence[Cell]], between: str) -> str:
    """Control sequences that draw ``rows``, joined with ``between``.

    Each row starts from the default pen and leaves it so, whatever comes before and after. Empty cells at its end are
    left out, which keeps a snapshot short.
    """
    return between.join(map(_drawn_row, rows))


def _drawn_row(cells: Sequence[Cell]) -> str:
    """A new style starts from the default pen: bittty's sequences only switch on."""
    parts, last = [], None
    end = len(cells)
    while end and cells[end - 1][1] in (" ", "") and _style(cells[end - 1][0]) == PLAIN:
        end -= 1
    for style, text in cells[:end]:
        if style != last:
            parts.append("\x1b[0m" + style_to_ansi(style))
            last = style
        parts.append(str(text))
    return "".join((*parts, "\x1b[0m"))
