"""What is asked of a libghostty terminal, each fact with its C type.

The library writes a value of the type that the key has to an address without a type. Read into a smaller one it would
write past its end, and the process would die much later. So the types stand in one table, and nobody else names them.
"""

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
    """Reads facts by name. A struct or pointer that it gives is overwritten when the same fact is read again."""

    def __init__(self) -> None:
        self._places = {
            name: (getattr(lib, f"GHOSTTY_TERMINAL_DATA_{name.upper()}"), ffi.new(f"{ctype} *"))
            for name, ctype in _TYPES.items()
        }

    def get(self, terminal: Any, name: str) -> Any:
        """The fact ``name`` (a key of ``_TYPES``) of ``terminal``. Raises :class:`GhosttyError`."""
        key, place = self._places[name]
        check(lib.ghostty_terminal_get(terminal, key, place), name)
        return place[0]
