"""A pty in this process: what is tested has its terminal, the test has the other end."""

from __future__ import annotations

import os
import pty
import termios
from contextlib import suppress


class PtyPair:
    """``slave`` is the terminal, 80 x 24; ``master`` is the test's end, which never blocks."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        os.set_blocking(self.master, False)
        termios.tcsetwinsize(self.slave, (24, 80))
        self.cooked = termios.tcgetattr(self.slave)
        """The terminal's modes at first."""
        self.seen = bytearray()
        """What was printed; a test may empty it."""

    def shows(self, wanted: bytes) -> bool:
        """Whether ``wanted`` is in what was printed so far."""
        with suppress(BlockingIOError):
            self.seen += os.read(self.master, 65536)
        return wanted in self.seen

    def type(self, data: bytes) -> None:
        """Type into the terminal."""
        os.write(self.master, data)

    def close_ends(self) -> None:
        """Close both ends, once nothing uses the terminal."""
        os.close(self.slave)
        os.close(self.master)
