"""What a screen shows, in one form for our engines and for the reference emulator, and how two of them differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

from ssmtui.terminal.screen import PLAIN, Attr, Frame, FrameRow, Run, Style

_COMPARED = sum(Attr(1 << bit) for bit in range(8))
"""The attributes that both sides tell: not whether a cell is a link."""
_SEEN_ON_BLANKS = Attr.REVERSE | Attr.STRIKE | Attr.OVERLINE
_BLANKS = re.compile("( +)")


class Picture(NamedTuple):
    """Rows without the plain blanks at their ends, and the cursor's column, line and visibility."""

    rows: tuple[FrameRow, ...]
    cursor: tuple[int, int, bool]


def of_frame(frame: Frame) -> Picture:
    """What one of our engines shows."""
    rows = tuple(_normal(frame.rows[line]) for line in range(frame.size.rows))
    x, y, visible, *_ = frame.cursor
    return Picture(rows, (x, y, visible))


def of_json(value: dict[str, Any]) -> Picture:
    """What ``play.js`` tells, or :func:`to_json` has written."""
    rows = tuple(_normal(_run(*run) for run in row) for row in value["rows"])
    x, y, visible = value["cursor"]
    return Picture(rows, (x, y, visible))


def to_json(picture: Picture) -> dict[str, Any]:
    """The short form that is kept: a run is its text, or a list; what is plain, or a cell a character, is left out."""
    return {"rows": [[_short(run) for run in row] for row in picture.rows], "cursor": list(picture.cursor)}


def _short(run: Run) -> object:
    if run.style == PLAIN and run.cells == len(run.text):
        return [run.text]
    return [run.text, run.cells, *run.style] if run.style != PLAIN else [run.text, run.cells]


def _run(text: str, cells: int | None = None, *style: int) -> Run:
    return Run(text, len(text) if cells is None else cells, Style(*style))


def _normal(runs: Iterable[Run]) -> FrameRow:
    """Neighbours of one style as one run, blanks without what cannot be seen of them, and no plain ones at the end."""
    compared = [run._replace(style=run.style._replace(attrs=run.style.attrs & _COMPARED)) for run in runs]
    joined = list(_joined(part for run in _joined(compared) for part in _seen(run)))
    if joined and joined[-1].style == PLAIN:
        text, cells, style = joined.pop()
        kept = text.rstrip(" ")
        if kept:
            joined.append(Run(kept, cells - len(text) + len(kept), style))
    return tuple(joined)


def _seen(run: Run) -> Iterator[Run]:
    """``run``, with its blanks apart: of those only the background is seen, but for lines and reversed colours."""
    text, cells, style = run
    if style.attrs & _SEEN_ON_BLANKS or style.underline or cells != len(text):
        yield run
        return
    for part in _BLANKS.split(text):
        blank = part.startswith(" ")
        yield Run(part, len(part), Style(bg=style.bg) if blank else style)


def _joined(runs: Iterable[Run]) -> Iterator[Run]:
    for style, group in groupby((run for run in runs if run.text), lambda run: run.style):
        same = list(group)
        yield Run("".join(run.text for run in same), sum(run.cells for run in same), style)


def differences(ours: Picture, theirs: Picture) -> list[str]:
    """Of "text", "attributes" and "cursor" those in which the two differ."""
    found = []
    if _text(ours) != _text(theirs):
        found.append("text")
    elif ours.rows != theirs.rows:
        found.append("attributes")
    if ours.cursor != theirs.cursor:
        found.append("cursor")
    return found


def _text(picture: Picture) -> list[str]:
    return ["".join(run.text for run in row).rstrip(" ") for row in picture.rows]


def shown(picture: Picture) -> str:
    """For a person who reads of a failed test."""
    lines = [f"cursor {picture.cursor}"]
    for row in picture.rows:
        lines.append("|" + "".join(run.text for run in row))
        lines += [f"      {run.text!r} {run.cells} {run.style!r}" for run in row if run.style != PLAIN]
    return "\n".join(lines)
