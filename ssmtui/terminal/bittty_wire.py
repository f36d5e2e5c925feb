"""What is plugged into a bittty board's ports: where its answers go, and what it is told of the window."""

from __future__ import annotations

from bittty import TerminalCaps

from ssmtui.model import TerminalSize
from ssmtui.terminal.replies import answer
from ssmtui.terminal.screen import CELL_PIXELS, Effects


def caps(size: TerminalSize) -> TerminalCaps:
    """What the board is told of the window. Without "permanently-set" a combining character would take a cell."""
    width, height = CELL_PIXELS
    return TerminalCaps(
        cell_px=CELL_PIXELS, window_px=(size.cols * width, size.rows * height), grapheme_mode="permanently-set"
    )


class Wire:
    """The far end of the board's host port, and of its bell and its title."""

    closed = False

    def __init__(self) -> None:
        self.effects = Effects()

    def write(self, data: str) -> int:
        """What the board sends."""
        self.write_bytes(data.encode())
        return len(data)

    def write_bytes(self, data: bytes) -> int:
        """The same in bytes."""
        self.effects.replies += data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def resize(self, rows: int, cols: int) -> None:
        """The pane tells the node its size, not the board."""

    def configure_line(self, line: object) -> None:
        """There is no line to configure."""


class QueryWire(Wire):
    """The far end where a program asks."""

    def write_bytes(self, data: bytes) -> int:
        """An answer."""
        answer(self.effects, data)
        return len(data)
