"""The seam to a terminal engine. Only the adapters beside this file import an engine library.

It is message-shaped: every call could be, and in the program is, a message to another process
(``terminal.host``), because engines are fed with untrusted bytes and may crash or hang.
"""

from __future__ import annotations

from typing import Protocol

from ssmtui.model import TerminalSize
from ssmtui.terminal.grid import Grid
from ssmtui.terminal.memory import KeptScrollback
from ssmtui.terminal.screen import Colors, Effects, Frame, Modes

MAX_FEED = 16 * 1024
"""Bytes in one ``feed`` at most; callers cut."""

HOLD_LIMIT = 0.15
"""Seconds for which a synchronized update (mode 2026) may hide what a program draws."""

MAX_CLIPBOARD = 1 << 20
"""Bytes that a program can put into the clipboard; what is longer is not taken at all."""

MAX_TITLE = 256
"""Characters of a title that are kept."""


class Engine(Protocol):
    """One terminal: bytes in; rows, modes and effects out."""

    def feed(self, data: bytes) -> Effects:
        """Parse at most ``MAX_FEED`` bytes of what the node printed."""

    def resize(self, size: TerminalSize) -> None:
        """Change the size; lines of the primary screen are reflowed where the engine can."""

    def recolor(self, colors: Colors) -> Effects:
        """Take the colours that it is drawn in: what queries are answered with, and what the program can change."""

    def frame(self, since: int) -> Frame:
        """The rows that changed after the frame with ``seq == since``; 0 asks for all."""

    def scroll(self, lines: int) -> None:
        """Move the view by ``lines`` (negative: back), within the scrollback that is kept; 0 goes to the bottom."""

    def limit(self, scrollback_bytes: int) -> None:
        """Keep no more than this of the scrollback; the oldest lines go."""

    def kept(self) -> KeptScrollback:
        """What there is of the scrollback."""

    def compress(self) -> bool:
        """Make scrollback that nobody looks at smaller, for some milliseconds; whether more could be done."""

    def rest(self) -> None:
        """Nobody looks: give back what only frames need. The next frame may tell every row."""

    def grid(self) -> Grid:
        """The text of screen and scrollback, for marking; it lasts until the engine is closed or restored."""

    def modes(self) -> Modes:
        """The modes now."""

    def text(self) -> str:
        """The visible screen as plain text, a line a row, trailing blanks cut."""

    def replica(self) -> bytes:
        """Bytes that draw the visible screen in another terminal of this size, a blank one, and set it up for what the
        program prints next: margins, pen, cursor, modes of keyboard and mouse. No scrollback."""

    def snapshot(self, limit: int) -> bytes:
        """Scrollback (the last of it, within ``limit`` bytes), screens, cursor and modes, in a form of the engine's
        own; empty when it cannot be taken now."""

    def restore(self, snapshot: bytes) -> None:
        """Go on from what an engine of the same kind and size gave; ``ValueError`` when it is not that."""

    def close(self) -> None:
        """Free what the library holds."""
