"""What is kept of a session's output to fill a new engine with, a snapshot and the bytes fed since, and the chores of
quiet moments that keep it small: a snapshot takes the place of the bytes, scrollback is compressed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from ssmtui.terminal.engine import MAX_FEED

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


class Tail:
    """What one terminal is rebuilt from: a snapshot of an engine, then the bytes fed since.

    Only bytes that an engine has parsed belong here: what killed an engine must not be fed to the next one again and
    again.
    """

    def __init__(self) -> None:
        self.snapshot = b""
        """As the host gave it; empty for none."""
        self.size = 0
        """Bytes since the snapshot."""
        self._chunks: deque[bytes] = deque()

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

    def feeds(self) -> Iterator[bytes]:
        """The bytes since the snapshot in pieces that an engine takes."""
        data = b"".join(self._chunks)
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
