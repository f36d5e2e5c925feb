"""What is kept of a session's output to fill a new engine with, a snapshot and the bytes fed since, and the chores of
quiet moments that keep it small: a snapshot takes the place of the bytes, scrollback is compressed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

from ssmtui.model import TerminalSize
from ssmtui.terminal.engine import MAX_FEED
from ssmtui.terminal.screen import INITIAL_MODES, Modes

MAX_TAIL = 1 << 20
"""Bytes kept since the snapshot. Of a longer flood the last of it is kept, which is what the screen shows."""
SNAPSHOT_LIMIT = 4 << 20
"""Bytes of a snapshot before it is compressed."""
SNAPSHOT_QUIET = 64 << 10
"""A tail of this size is replaced by a snapshot once the session is quiet."""
SNAPSHOT_ANYWAY = 512 << 10
"""A tail of this size is replaced in any case."""
COMPRESS_AFTER = 10
"""Quiet ticks until scrollback is compressed."""


class PortableScreen(NamedTuple):
    """What a terminal is filled from in another process: all that its session has printed, as far as its scrollback
    goes."""

    snapshot: bytes = b""
    """As the host gave it; empty for none."""
    parsed: bytes = b""
    """What an engine has parsed since."""
    unparsed: bytes = b""
    """What came after that, and no engine has confirmed: its queries are yet to be answered."""
    engine: str = ""
    """The engine whose snapshot that is; empty where it does not matter."""
    modes: Modes = INITIAL_MODES
    """Those that the remote program has set, after what was parsed."""
    title: str = ""
    """What the remote program calls its window."""
    size: TerminalSize | None = None
    taken_over: float | None = None
    """When it was taken over from a client whose output is not here, in seconds since the epoch; None: from none."""
    output: int = 0
    """The session's output with lower numbers is all that was printed (protocol.md section 12)."""


class Tail:
    """What one terminal is rebuilt from: a snapshot of an engine, then the bytes fed since.

    Only bytes that an engine has parsed belong here: what killed an engine must not be fed to the next one again and
    again.
    """

    def __init__(self, snapshot: bytes = b"", data: bytes = b"") -> None:
        """Begin with ``snapshot``, and ``data`` that an engine has parsed since."""
        self.snapshot = snapshot
        """As the host gave it; empty for none."""
        self.size = 0
        """Bytes since the snapshot."""
        self._chunks: deque[bytes] = deque()
        if data:
            self.add(data[-MAX_TAIL:])

    def add(self, data: bytes) -> None:
        """The engine has parsed ``data``."""
        self._chunks.append(data)
        self.size += len(data)
        while self.size > MAX_TAIL:
            self.size -= len(self._chunks.popleft())

    def cover(self, snapshot: bytes) -> None:
        """``snapshot`` holds all that was added so far: answers come in order, so the host has taken it after the last
        feed that it has confirmed and before the next one."""
        self.clear()
        self.snapshot = snapshot

    def clear(self) -> None:
        """Forget everything."""
        self.snapshot = b""
        self.size = 0
        self._chunks.clear()

    @property
    def data(self) -> bytes:
        """The bytes since the snapshot."""
        return b"".join(self._chunks)

    def feeds(self) -> Iterator[bytes]:
        """The same in pieces that an engine takes."""
        data = self.data
        return (data[start : start + MAX_FEED] for start in range(0, len(data), MAX_FEED))


class Chores:
    """What is due for one terminal in quiet moments. :meth:`tick` is called at a steady pace."""

    def __init__(self) -> None:
        self._fed = False
        self._quiet_ticks = 0
        self._loose = False
        """Whether there may be scrollback that is not compressed."""
        self._due: deque[dict[str, Any]] = deque()

    def fed(self) -> None:
        """The node printed something."""
        self._fed = self._loose = True

    def begin_anew(self) -> None:
        """Another engine begins, and has compressed nothing."""
        self._due.clear()
        self._loose = True

    def tick(self, tail: int) -> bool:
        """Whether something is due now, with ``tail`` bytes kept since the snapshot."""
        self._quiet_ticks = 0 if self._fed else self._quiet_ticks + 1
        self._fed = False
        if tail > (SNAPSHOT_QUIET if self._quiet_ticks else SNAPSHOT_ANYWAY):
            self._due.append({"do": "snapshot", "limit": SNAPSHOT_LIMIT})
        if self._loose and self._quiet_ticks >= COMPRESS_AFTER:
            self._loose = False
            self._due.append({"do": "compress"})
        return bool(self._due)

    def next_header(self) -> dict[str, Any] | None:
        """The next message for the host; None when nothing is due."""
        return self._due.popleft() if self._due else None

    def compressed(self, *, more: bool) -> None:
        """A slice has been compressed; ``more``: there is another."""
        self._loose = self._loose or more
