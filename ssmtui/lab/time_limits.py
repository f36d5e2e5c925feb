"""The service's time limits of a session: without input, and in all (protocol.md sections 1.1 and 8.2).

Counted by the loop's clock. Which frames are a sign of life is decided here; what the end of a session means is not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ssmtui.protocol import MessageType, PayloadType

IDLE = "Your session timed out due to inactivity and has been terminated."
TOO_LONG = "Your session reached its maximum duration and has been terminated."

_TYPE = slice(4, 36)
_PAYLOAD_TYPE = slice(112, 116)
_INPUT = MessageType.INPUT.encode()
_SIGNS_OF_LIFE = frozenset({PayloadType.OUTPUT, PayloadType.SIZE, PayloadType.FLAG})


def is_sign_of_life(frame: bytes) -> bool:
    """Whether a frame of the client's shows that somebody is there: keys, a size, a flag; a multiplexer's NOPs as well.
    Acknowledgements and the handshake do not.
    """
    if frame[_TYPE].rstrip(b" \0") != _INPUT:
        return False
    return int.from_bytes(frame[_PAYLOAD_TYPE], "big") in _SIGNS_OF_LIFE


class TimeLimits:
    """Calls ``expire`` once, with the text for the person, when a session has been idle or has run for too long.

    Both limits are in seconds; they may be infinite.
    """

    def __init__(self, idle: float, longest: float, expire: Callable[[str], None]) -> None:
        self._idle = idle
        self._loop = asyncio.get_running_loop()
        self._expire = expire
        self._last_sign = started = self._loop.time()
        self._idle_timer: asyncio.TimerHandle | None = None
        self._end_timer = (
            None if longest == float("inf") else self._loop.call_at(started + longest, self._end, TOO_LONG)
        )
        self._watch()

    def see(self, frame: bytes) -> None:
        """A frame of the client's has come."""
        if is_sign_of_life(frame):
            self.touch()

    def touch(self) -> None:
        """Somebody is there."""
        self._last_sign = self._loop.time()

    def cancel(self) -> None:
        """The session is over."""
        for timer in (self._idle_timer, self._end_timer):
            if timer is not None:
                timer.cancel()

    def _watch(self) -> None:
        """A sign of life costs no timer: when the timer is up, it is set to what is left."""
        if self._idle == float("inf"):
            return
        deadline = self._last_sign + self._idle
        if self._loop.time() >= deadline:
            self._end(IDLE)
        else:
            self._idle_timer = self._loop.call_at(deadline, self._watch)

    def _end(self, text: str) -> None:
        self.cancel()
        self._expire(text)
