"""What is asked of a libghostty terminal, each fact with its type: a value read as another would corrupt the heap."""

from __future__ import annotations

from typing import Any

from ssmtui.terminal.ghostty_abi import ffi
from ssmtui.terminal.ghostty_library import check, lib

_TYPES = {
    "cols": "uint16_t",
    "rows": "uint16_t",
    "cursor_x": "uint16_t",
    "cursor_y": "uint16_t",
    "active_screen": "GhosttyTerminalScreen",
    "scrollbar": "GhosttyTerminalScrollbar",
    "title": "GhosttyString",
    "vt_ground": "bool",
}


class TerminalData:
    """Reads facts by name. What it gives is overwritten when the same fact is read again."""

    def __init__(self) -> None:
        self._places = {
            name: (getattr(lib, f"GHOSTTY_TERMINAL_DATA_{name.upper()}"), ffi.new(f"{ctype} *"))
            for name, ctype in _TYPES.items()
        }

    def get(self, terminal: Any, name: str) -> Any:
        """The fact ``name`` of ``terminal``."""
        key, place = self._places[name]
        check(lib.ghostty_terminal_get(terminal, key, place), name)
        return place[0]
