"""Where the body of an HTTP request ends: what follows is the next request, which may be for another host. Pure."""

from __future__ import annotations

import re
from typing import Protocol

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")
_MOST_LINE = 4_096
"""Bytes of a line between chunks."""
_MOST_TRAILERS = 65_536
"""Bytes of all that follows the last chunk."""


class RequestBody(Protocol):
    """How far it has come."""

    is_complete: bool

    def take(self, data: bytes) -> int:
        """How many of these next bytes belong to it."""


class SizedBody:
    """One of as many bytes as its request's Content-Length says."""

    def __init__(self, size: int) -> None:
        self._left = size
        self.is_complete = not size

    def take(self, data: bytes) -> int:
        """How many of these next bytes belong to it."""
        taken = min(len(data), self._left)
        self._left -= taken
        self.is_complete = not self._left
        return taken


class ChunkedBody:
    """One of chunks, each behind its size (RFC 9112 section 7.1). With what is no such thing it is complete: its server
    will say so, and what comes after that belongs to nobody."""

    def __init__(self) -> None:
        self.is_complete = False
        self._left = 0
        """Bytes of the chunk that is under way, with the line end behind it."""
        self._line = b""
        """The beginning of a line between chunks."""
        self._trailers: int | None = None
        """Bytes since the last chunk; None: that is yet to come."""

    def take(self, data: bytes) -> int:
        """How many of these next bytes belong to it."""
        taken = 0
        while taken < len(data) and not self.is_complete:
            if self._left:
                step = min(self._left, len(data) - taken)
                self._left -= step
            else:
                end = data.find(b"\n", taken)
                step = (end + 1 if end >= 0 else len(data)) - taken
                self._line += data[taken : taken + step]
                if end >= 0:
                    self._end_line()
                elif len(self._line) > _MOST_LINE:
                    self.is_complete = True
            taken += step
        return taken

    def _end_line(self) -> None:
        line, self._line = self._line, b""
        if self._trailers is not None:
            self._trailers += len(line)
            self.is_complete = line in (b"\r\n", b"\n") or self._trailers > _MOST_TRAILERS
            return
        found = _SIZE.fullmatch(line)
        if found is None:
            self.is_complete = True
        elif size := int(found[1], 16):
            self._left = size + 2
        else:
            self._trailers = 0
