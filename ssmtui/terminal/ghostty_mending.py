"""What libghostty-vt gets wrong of a stream, put right before it gets there. Each line goes when the library is mended.

- DEL is printed, where every terminal ignores it (DEC STD 070).
- ``CSI g`` clears nothing, where it is ``CSI 0 g`` (xterm ctlseqs, TBC).
- DECSTR does nothing, and ncurses' ``reset`` and ``tput init`` send it.
- Mode 40 lets DECCOLM change the size, which is the pane's: lines would be wrapped anew in the middle of a feed.
- Mode 2027 joins characters to clusters, whose widths are then others than those that rows are told in; and a cluster
  that grows in the last column kills the process (docs/fuzzing.md).
- REP is obeyed up to 65,535 times, so that one feed of it keeps the process busy for the better part of a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SOFT_RESET = b"\x1b[!p"
"""DECSTR, given on its own."""

_DEL = b"\x7f"
_REFUSED = {b"40", b"2027"}
_MAX_REPEATS = 4096
"""More than the widest line has cells; programs repeat within a line."""
_DIGITS = 9
"""Of a number that are read; Python takes its time with thousands."""
_WRONG = re.compile(rb"\x1b\[(?:g|!p|([0-9]{4,})b|\?([0-9;]*)h)")
_BEGUN = re.compile(rb"\x1b(?:\[(?:!|\??[0-9;]*))?\Z")
_MAX_HELD = 64
"""Bytes of a sequence in progress that are waited for; a longer one goes on as it is."""


class Mender:
    """Keeps the beginning of what may be wrong until its end is there, so that it does not matter how output is cut."""

    def __init__(self) -> None:
        self.held = b""
        """Bytes that the library has not been given."""

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """``data`` as the library is to be given it, with ``SOFT_RESET`` a piece of its own."""
        data = (self.held + data).replace(_DEL, b"")
        begun = _BEGUN.search(data, max(0, len(data) - _MAX_HELD))
        self.held = b"" if begun is None else begun[0]
        if begun is not None:
            data = data[: begun.start()]
        place, parts = 0, []
        for wrong in _WRONG.finditer(data):
            parts.append(data[place : wrong.start()])
            place = wrong.end()
            if wrong[0] == SOFT_RESET:
                yield b"".join(parts)
                yield SOFT_RESET
                parts = []
            else:
                parts.append(_right(wrong))
        parts.append(data[place:])
        yield b"".join(parts)


def _right(wrong: re.Match[bytes]) -> bytes:
    repeats, modes = wrong.groups()
    if repeats is not None:
        return b"\x1b[%db" % min(int(repeats.lstrip(b"0")[:_DIGITS] or 1), _MAX_REPEATS)
    return b"\x1b[0g" if modes is None else _set_modes(modes)


def _set_modes(modes: bytes) -> bytes:
    kept = [mode for mode in modes.split(b";") if mode.lstrip(b"0") not in _REFUSED]
    return b"\x1b[?%sh" % b";".join(kept) if kept else b""


def soft_reset(x: int, y: int) -> bytes:
    """What DECSTR resets (xterm ctlseqs; VT510 programmer's reference), with the cursor left in column ``x`` of line
    ``y``, from 0. The saved cursor is the home position."""
    reset = b'\x1b[?6l\x1b[r\x1b[4l\x1b[?25h\x1b[?7h\x1b[?1l\x1b>\x1b[m\x1b[0"q\x1b(B\x1b)B\x1b*B\x1b+B\x0f\x1b[H\x1b7'
    return reset + b"\x1b[%d;%dH" % (y + 1, x + 1)
