"""A terminal's screen as the bytes that draw it in another terminal, written by libghostty's formatter.

It is drawn when a session takes over the whole outer terminal, and it begins a recording.
"""

from __future__ import annotations

from typing import Any

from ssmtui.model import TerminalSize
from ssmtui.terminal.ghostty_abi import ffi
from ssmtui.terminal.ghostty_library import check, lib, sized

_MODES = ("modes", "scrolling_region", "tabstops", "keyboard")
_SCREEN = ("cursor", "style", "hyperlink", "protection", "kitty_keyboard", "charsets")


def replica(terminal: Any, size: TerminalSize) -> bytes:
    """The modes, the rows of the active screen down to the last with text, then margins, tab stops, character sets,
    cursor and pen. The other terminal has its cursor at the home position and is empty: nothing is erased here."""
    options = sized("GhosttyFormatterTerminalOptions")
    options.emit = lib.GHOSTTY_FORMATTER_FORMAT_VT
    for name in _MODES:
        setattr(options.extra, name, True)
    for name in _SCREEN:
        setattr(options.extra.screen, name, True)
    visible = sized("GhosttySelection")
    visible.start = _ref(terminal, 0, 0)
    visible.end = _ref(terminal, size.cols - 1, size.rows - 1)
    options.selection = visible
    formatter = ffi.new("GhosttyFormatter *")
    check(lib.ghostty_formatter_terminal_new(ffi.NULL, formatter, terminal, options[0]), "formatter_new")
    try:
        return _format(formatter[0])
    finally:
        lib.ghostty_formatter_free(formatter[0])


def _format(formatter: Any) -> bytes:
    data, length = ffi.new("uint8_t **"), ffi.new("size_t *")
    check(lib.ghostty_formatter_format_alloc(formatter, ffi.NULL, data, length), "formatter_format")
    try:
        return bytes(ffi.buffer(data[0], length[0]))
    finally:
        lib.ghostty_free(ffi.NULL, data[0], length[0])


def _ref(terminal: Any, x: int, y: int) -> Any:
    """The cell at column ``x`` and line ``y`` of the active screen, wherever the view is."""
    point = ffi.new("GhosttyPoint *")
    point.tag = lib.GHOSTTY_POINT_TAG_ACTIVE
    point.value.coordinate.x, point.value.coordinate.y = x, y
    ref = sized("GhosttyGridRef")
    check(lib.ghostty_terminal_grid_ref(terminal, point[0], ref), "grid_ref")
    return ref[0]
