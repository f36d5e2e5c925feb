"""The colours of a bittty board: those of the theme, and those that its program has set.

bittty takes its default colours from its model when a board is made, and has no way to change them. They are set in
its palette's private fields, as bittty 0.3.0 has them (PaletteDevice.__init__). A release without those fields draws
in its own colours, which :func:`recolored` reports as changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bittty import Board
from bittty.palette import PaletteDefaults

from ssmtui.terminal.screen import BACKGROUND, FOREGROUND, Colors, Recolored

Rgb = tuple[int, int, int]

_SPECIAL = ("foreground", "background", "cursor")


def apply(board: Board, colors: Colors) -> None:
    """Make ``colors`` the defaults of ``board``. Colours that its program has set stay as they are."""
    palette = board.palette
    if not (hasattr(palette, "_defaults") and hasattr(palette, "_default_colors")):
        return
    changed = _table_of(board).differing(_defaults_of(board))
    # Private: see above. With ``generation`` a palette announces a change.
    rgb = [_rgb(color) for color in colors.table]
    palette._default_colors = rgb[:FOREGROUND]
    palette._defaults = PaletteDefaults(tuple(rgb[:16]), *rgb[FOREGROUND:])
    _set(board, colors.changed(changed))
    palette.generation += 1


def recolored(board: Board, told: Colors) -> Recolored:
    """Those that differ from ``told``: set by the program, or swapped by it with DECSCNM (reverse screen)."""
    table = _table_of(board)
    if board.modes.reverse_screen:
        table = table.changed(((FOREGROUND, table.background), (BACKGROUND, table.foreground)))
    return table.differing(told)


def _table_of(board: Board) -> Colors:
    palette = board.palette
    return _colors(palette, palette.colors)


def _defaults_of(board: Board) -> Colors:
    return _colors(board.palette._defaults, board.palette._default_colors)


def _colors(special: Any, palette: Iterable[Rgb]) -> Colors:
    foreground, background, cursor = (_number(getattr(special, name)) for name in _SPECIAL)
    return Colors(foreground, background, cursor, tuple(map(_number, palette)))


def _set(board: Board, colors: Colors) -> None:
    board.palette.colors = [_rgb(color) for color in colors.palette]
    for name in _SPECIAL:
        setattr(board.palette, name, _rgb(getattr(colors, name)))


def _number(rgb: Rgb) -> int:
    red, green, blue = rgb
    return red << 16 | green << 8 | blue


def _rgb(color: int) -> Rgb:
    return color >> 16, color >> 8 & 0xFF, color & 0xFF
