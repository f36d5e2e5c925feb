"""Draws what is marked in a terminal over its lines: selection, matches, the copy cursor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import accumulate, groupby

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from ssmtui.terminal.marks import EMPTY, CellSpan, MarkOverlay
from ssmtui.ui.look.palette import Palette
from ssmtui.ui.look.tones import Tone

Stretch = tuple[int, int, Tone]
"""Cells ``start`` to ``end`` (not included) of a line, and how they are drawn."""


class OverlayPainter:
    """Keeps what is marked in each line of one view."""

    def __init__(self) -> None:
        self.overlay = EMPTY
        self._lines: Mapping[int, list[Stretch]] = {}

    def show(self, overlay: MarkOverlay) -> set[int]:
        """Draw ``overlay`` from now on. Returns the lines that look different with it, for the caller to refresh."""
        if overlay == self.overlay:
            return set()
        before, self.overlay, self._lines = self._lines, overlay, _by_line(overlay)
        return {line for line in before.keys() | self._lines.keys() if before.get(line) != self._lines.get(line)}

    def paint(self, strip: Strip, line: int, palette: Palette) -> Strip:
        """``strip``, the text of ``line``, with what is marked in it."""
        stretches = self._lines.get(line)
        return _painted(strip, stretches, palette) if stretches else strip


def _by_line(overlay: MarkOverlay) -> dict[int, list[Stretch]]:
    """The stretches of each line. Where they overlap, the last one is drawn."""
    found: defaultdict[int, list[Stretch]] = defaultdict(list)
    for spans, tone in _layers(overlay):
        for line, start, end in spans:
            found[line].append((start, end, tone))
    return dict(found)


def _layers(overlay: MarkOverlay) -> Iterable[tuple[Iterable[CellSpan], Tone]]:
    yield overlay.matches, Tone.MATCH
    yield overlay.selection, Tone.SELECTED
    yield overlay.current, Tone.MATCH_HERE
    if overlay.cursor is not None:
        x, y = overlay.cursor
        yield (CellSpan(y, x, x + 1),), Tone.COPY_CURSOR


def _painted(strip: Strip, stretches: Iterable[Stretch], palette: Palette) -> Strip:
    tones: list[Tone | None] = [None] * strip.cell_length
    for start, end, tone in stretches:
        if tone is Tone.COPY_CURSOR:
            end = start + _width_at(strip, start)
        end = min(end, len(tones))
        tones[start:end] = [tone] * max(0, end - start)
    runs = [(tone, len(list(cells))) for tone, cells in groupby(tones)]
    # Segments, not strips: making a strip makes seven caches.
    pieces = Segment.divide(strip, accumulate(length for _, length in runs))
    segments: list[Segment] = []
    for piece, (drawn, _) in zip(pieces, runs, strict=True):
        segments += piece if drawn is None else _toned(piece, palette.style(drawn))
    return Strip(segments, strip.cell_length)


def _width_at(strip: Strip, x: int) -> int:
    """The cells of the character that begins at ``x``."""
    text = strip.crop(x, x + 2).text
    return 2 if text and cell_len(text[0]) == 2 else 1


def _toned(piece: Iterable[Segment], style: Style) -> list[Segment]:
    return [Segment(text, own + style if own else style) for text, own, _ in piece]
