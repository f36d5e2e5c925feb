"""The colours of a libghostty terminal: those it is told, and what its program has made of them."""

from __future__ import annotations

from typing import Any

from ssmtui.terminal.ghostty_abi import ffi
from ssmtui.terminal.ghostty_library import check, lib
from ssmtui.terminal.screen import BACKGROUND, CURSOR, FOREGROUND, Colors, Recolored

_DEFAULTS = {
    FOREGROUND: lib.GHOSTTY_TERMINAL_OPT_COLOR_FOREGROUND,
    BACKGROUND: lib.GHOSTTY_TERMINAL_OPT_COLOR_BACKGROUND,
    CURSOR: lib.GHOSTTY_TERMINAL_OPT_COLOR_CURSOR,
}


class GhosttyColors:
    """What colours one terminal has by default."""

    def __init__(self, colors: Colors) -> None:
        self.colors = colors
        self._seen = b""
        self._recolored: Recolored = ()

    def apply(self, terminal: Any) -> None:
        """Make them the terminal's. What its program has changed stays changed."""
        rgb = [(color >> 16, color >> 8 & 0xFF, color & 0xFF) for color in self.colors.table]
        for place, option in _DEFAULTS.items():
            check(lib.ghostty_terminal_set(terminal, option, ffi.new("GhosttyColorRgb *", rgb[place])), "color")
        palette = ffi.new("GhosttyColorRgb[]", rgb[:FOREGROUND])
        check(lib.ghostty_terminal_set(terminal, lib.GHOSTTY_TERMINAL_OPT_COLOR_PALETTE, palette), "palette")

    @property
    def scheme(self) -> int:
        """The library's word for dark or light."""
        return int(lib.GHOSTTY_COLOR_SCHEME_DARK if self.colors.dark else lib.GHOSTTY_COLOR_SCHEME_LIGHT)

    def recolored(self, drawn: Any) -> Recolored:
        """What differs in the render state's ``drawn`` colours, a ``GhosttyRenderStateColors *``."""
        seen = ffi.buffer(drawn)[:]
        if seen != self._seen:
            self._seen = seen
            cursor = _number(drawn.cursor) if drawn.cursor_has_value else self.colors.cursor
            palette = tuple(map(_number, drawn.palette))
            now = Colors(_number(drawn.foreground), _number(drawn.background), cursor, palette)
            self._recolored = now.differing(self.colors)
        return self._recolored


def _number(color: Any) -> int:
    return int(color.r << 16 | color.g << 8 | color.b)
