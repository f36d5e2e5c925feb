"""What is attached to a bittty board's host port: where its answers go, and what it learns about the window."""

from __future__ import annotations

from bittty import TerminalCaps

from ssmtui.model import TerminalSize
from ssmtui.terminal.replies import answer
from ssmtui.terminal.screen import CELL_PIXELS, Effects


def caps(size: TerminalSize) -> TerminalCaps:
    """What the board learns about a window of ``size``. Without "permanently-set" a combining character would take a
    cell of its own."""
    width, height = CELL_PIXELS
    return TerminalCaps(
        cell_px=CELL_PIXELS, window_px=(size.cols * width, size.rows * height), grapheme_mode="permanently-set"
    )


class Wire:
    """The other end of the board's host port. Collects what one feed causes in ``effects``, which the engine
    replaces."""

    closed = False

    def __init__(self) -> None:
        self.effects = Effects()

    def write(self, data: str) -> int:
        """What the board sends; returns how much was taken, as a file does."""
        self.write_bytes(data.encode())
        return len(data)

    def write_bytes(self, data: bytes) -> int:
        """:meth:`write` for bytes."""
        self.effects.replies += data
        return len(data)

    def flush(self) -> None:
        """Nothing is buffered."""

    def resize(self, rows: int, cols: int) -> None:
        """Not used: the pane reports its size to the node, the board does not."""

    def configure_line(self, line: object) -> None:
        """Not used: there is no serial line."""


class QueryWire(Wire):
    """The other end of a board that a program prints to, and so can ask: its answers are filtered."""

    def write_bytes(self, data: bytes) -> int:
        """Add an answer, if it is one that may be given."""
        answer(self.effects, data)
        return len(data)
