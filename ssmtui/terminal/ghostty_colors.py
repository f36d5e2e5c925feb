"""The colours of a libghostty terminal: those of the theme, and those that its program has set.

The library keeps a program's colours (OSC 4, 10, 11, 12) apart from the defaults, so a change of theme leaves them, and
OSC 104, 110, 111 and 112 go back to the theme of that moment.
"""

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
    """The default colours of one terminal."""

    def __init__(self, colors: Colors) -> None:
        self.colors = colors
        self._seen = b""
        self._recolored: Recolored = ()

    def apply(self, terminal: Any) -> None:
        """Make them the defaults of ``terminal``. Colours that its program has set stay as they are."""
        rgb = [(color >> 16, color >> 8 & 0xFF, color & 0xFF) for color in self.colors.table]
        for place, option in _DEFAULTS.items():
            check(lib.ghostty_terminal_set(terminal, option, ffi.new("GhosttyColorRgb *", rgb[place])), "color")
        palette = ffi.new("GhosttyColorRgb[]", rgb[:FOREGROUND])
        check(lib.ghostty_terminal_set(terminal, lib.GHOSTTY_TERMINAL_OPT_COLOR_PALETTE, palette), "palette")

    @property
    def scheme(self) -> int:
        """Dark or light, as the library's constant."""
        return int(lib.GHOSTTY_COLOR_SCHEME_DARK if self.colors.dark else lib.GHOSTTY_COLOR_SCHEME_LIGHT)

    def recolored(self, drawn: Any) -> Recolored:
        """Those of ``drawn`` that differ from the defaults, a ``GhosttyRenderStateColors *`` of the render state.

        Asked for with each frame, so it only compares bytes unless something changed.
        """
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
