"""What is kept of a session's output to fill a new engine with: a snapshot, and the bytes fed since."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from ssmtui.terminal.engine import MAX_FEED

MAX_TAIL = 1 << 20
"""Bytes kept since the snapshot. Of an older flood the last of it is kept: it is what the screen shows."""


class Tail:
    """The memory of one terminal."""

    def __init__(self) -> None:
        self.snapshot = b""
        """As the host gave it."""
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
        """``snapshot`` holds all that was added so far."""
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
