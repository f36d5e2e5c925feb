"""What is done for a terminal in quiet moments: a snapshot takes its tail's place, scrollback is compressed."""

from __future__ import annotations

from collections import deque
from typing import Any

SNAPSHOT_LIMIT = 4 << 20
"""Bytes of a snapshot before it is compressed."""
SNAPSHOT_QUIET = 64 << 10
"""A tail of this size is replaced by a snapshot once the session is quiet."""
SNAPSHOT_ANYWAY = 512 << 10
"""A tail of this size is replaced in any case."""
COMPRESS_AFTER = 10
"""Quiet ticks until scrollback is compressed."""


class Chores:
    """Those of one terminal. :meth:`tick` is called at a steady pace."""

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
        """Another engine begins, with nothing compressed."""
        self._due.clear()
        self._loose = True

    def tick(self, tail: int) -> bool:
        """Whether something has come due, where ``tail`` bytes of output are kept."""
        self._quiet_ticks = 0 if self._fed else self._quiet_ticks + 1
        self._fed = False
        if tail > (SNAPSHOT_QUIET if self._quiet_ticks else SNAPSHOT_ANYWAY):
            self._due.append({"do": "snapshot", "limit": SNAPSHOT_LIMIT})
        if self._loose and self._quiet_ticks >= COMPRESS_AFTER:
            self._loose = False
            self._due.append({"do": "compress"})
        return bool(self._due)

    def next_header(self) -> dict[str, Any] | None:
        """The next thing to ask the host for."""
        return self._due.popleft() if self._due else None

    def compressed(self, *, more: bool) -> None:
        """A slice has been compressed."""
        self._loose = self._loose or more
