"""The interface of a terminal engine. Only the adapters beside this file import an engine library.

Every call can be sent as a message to another process (``terminal.host``), and in the program it is: an engine parses
bytes that a node chose, in native code, so it may crash or hang at any byte. No call returns an object of the library,
and none takes a callback.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ssmtui.model import TerminalSize
from ssmtui.terminal.grid import Grid
from ssmtui.terminal.memory import KeptScrollback
from ssmtui.terminal.screen import Colors, Effects, Frame, FrameRow, Modes

MAX_FEED = 16 * 1024
"""Bytes that one ``feed`` takes. The caller cuts longer output: while the host parses, all other terminals wait."""

HOLD_LIMIT = 0.15
"""Seconds for which a synchronized update may hide what a program draws (mode 2026,
https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036). A program that sets the mode and dies would
otherwise freeze its pane."""

MAX_CLIPBOARD = 1 << 20
"""Bytes that a program can put into the clipboard (OSC 52). Longer text is refused as a whole: half a command is worse
than none."""

MAX_TITLE = 256
"""Characters of a title that are kept; the rest is cut off."""


class Engine(Protocol):
    """One terminal: bytes in; rows, modes and effects out.

    Whatever a method raises, apart from the ``ValueError`` of :meth:`restore`, is a fault of the engine: the caller
    closes the terminal and must not use it again.
    """

    def feed(self, data: bytes) -> Effects:
        """Parse at most ``MAX_FEED`` bytes of what the node printed.

        The bytes may be cut anywhere, also inside a sequence or a character. Returns what they caused apart from a
        changed screen; the caller sends ``replies`` back to the node.
        """

    def resize(self, size: TerminalSize) -> None:
        """Change the size, in cells. Wrapped lines of the primary screen are wrapped again at the new width; those of
        the alternate screen are not, because the program there draws it again."""

    def recolor(self, colors: Colors) -> Effects:
        """Set the colours that the pane is drawn in, which are also the answers to OSC 4, 10, 11 and 12.

        Colours that the program has changed stay as it set them. Returns the report of a changed colour scheme where
        the program asked for one (mode 2031).
        """

    def frame(self, since: int) -> Frame:
        """The rows that changed after the frame with ``seq == since``; 0 asks for all of them. The caller passes the
        ``seq`` of the last frame that it has drawn."""

    def tail(self, count: int) -> Sequence[FrameRow]:
        """The last lines of the screen, ``count`` at most, down to the last one that holds something. Neither the view
        nor what :meth:`frame` reports next changes: this is for thumbnails."""

    def scroll(self, lines: int) -> None:
        """Move the view by ``lines``, negative ones towards older output, as far as there is scrollback. 0 goes to the
        bottom, where the view follows the output."""

    def limit(self, scrollback_bytes: int) -> None:
        """Keep at most ``scrollback_bytes`` of scrollback; the oldest lines are dropped first."""

    def kept(self) -> KeptScrollback:
        """How much scrollback there is."""

    def compress(self) -> bool:
        """Compress scrollback that is out of view for a few milliseconds. Returns whether there is more to compress:
        the caller then calls again once nobody waits for the host."""

    def rest(self) -> None:
        """Free what only frames need, because the pane is not in sight. The next frame may contain every row."""

    def grid(self) -> Grid:
        """The text of screen and scrollback, for marking. Valid until :meth:`close` or :meth:`restore`."""

    def modes(self) -> Modes:
        """The modes that decide how input is encoded, as the program has set them so far."""

    def text(self) -> str:
        """The visible screen as plain text, one line for each row, without trailing spaces."""

    def replica(self) -> bytes:
        """Bytes that draw the visible screen in another, empty terminal of the same size, and prepare it for what the
        program prints next: margins, pen, cursor, modes of keyboard and mouse. Scrollback is left out."""

    def snapshot(self, limit: int) -> bytes:
        """Screens, cursor, modes and as much of the newest scrollback as fits into ``limit`` bytes, in the engine's own
        format.

        Empty when no snapshot can be taken, for instance in the middle of a sequence: the caller keeps the output since
        the last one instead, and tries again later.
        """

    def restore(self, snapshot: bytes) -> None:
        """Continue from a snapshot of an engine of the same kind and size. Raises :class:`ValueError` for anything
        else; the engine is then as it was."""

    def close(self) -> None:
        """Free what the library holds. No other method may be called afterwards."""
