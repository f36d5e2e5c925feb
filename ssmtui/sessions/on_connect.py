"""What a profile has typed into a session once its shell is there: once, and never before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

SETTLED = 0.25
"""Seconds without output after which the first output, the prompt for one, is taken to be all there."""
LATEST = 4.0
"""Seconds after the first output from which no more silence is waited for."""
SILENT = 1.0
"""Seconds that a shell has to print something at all."""


def typed(text: str) -> bytes:
    """``text`` as its keys: each line's end is Enter."""
    return text.replace("\r\n", "\n").replace("\n", "\r").encode("utf-8", "surrogateescape")


class OnConnect:
    """Calls ``send`` with ``text``'s keys at the right moment."""

    def __init__(self, text: str, send: Callable[[bytes], None]) -> None:
        self._keys = typed(text)
        self._send = send
        self._is_open = False
        self._timer: asyncio.TimerHandle | None = None
        self._latest: float | None = None

    def __repr__(self) -> str:
        return f"<OnConnect {'due' if self._keys else 'done'}>"

    def opened(self) -> None:
        """The agent is ready. Only the first call counts."""
        if self._keys and not self._is_open:
            self._is_open = True
            self._wait(SILENT)

    def printed(self) -> None:
        """Output has come."""
        if not self._keys or not self._is_open:
            return
        now = asyncio.get_running_loop().time()
        if self._latest is None:
            self._latest = now + LATEST
        self._wait(min(SETTLED, max(0.0, self._latest - now)))

    def cancel(self) -> None:
        """Nothing is typed any more."""
        self._keys = b""
        if self._timer is not None:
            self._timer.cancel()

    def _wait(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._due)

    def _due(self) -> None:
        keys, self._keys = self._keys, b""
        if keys:
            self._send(keys)
