"""What a profile asks of a session beyond its request, on the screen and in ``ssmtui connect`` alike: text that is
typed once the shell is there, a largest size, and signs of life before the idle timeout."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from ssmtui.model import MIN_ROWS, TerminalSize
from ssmtui.sessions.states import SessionState

if TYPE_CHECKING:
    from ssmtui.sessions.channel_session import ChannelSession

SETTLED = 0.25
"""Seconds without output after which the first output, such as a prompt, is taken to be complete."""
LATEST = 4.0
"""Seconds after the first output after which the text is typed even though output goes on."""
SILENT = 1.0
"""Seconds that a shell has to print something at all."""

MARGIN, SHARE = 60.0, 0.25
"""Seconds, and the share of the idle limit, that are left when a sign of life is sent: the lesser of both."""
UNKNOWN_EVERY = 240.0
"""Seconds between two signs of life where the limit is not known."""
LOOK_EVERY = 30.0
"""Seconds between two looks at most: the limit may have become known meanwhile."""
NUDGE = 0.3
"""Seconds that a nudge's other size lasts: longer than the channel takes to send the next one."""


def within(size: TerminalSize, largest: TerminalSize | None) -> TerminalSize:
    """``size``, but no larger than ``largest`` either way; None sets no limit."""
    if largest is None:
        return size
    return TerminalSize(min(size.cols, largest.cols), min(size.rows, largest.rows))


def typed(text: str) -> bytes:
    """``text`` as its keys: each line's end is Enter."""
    return text.replace("\r\n", "\n").replace("\n", "\r").encode("utf-8", "surrogateescape")


class OnConnect:
    """Types a text into a session once, when its shell is ready for it.

    Nothing on the wire says when a shell reads its input: the agent is ready before the shell has printed its prompt,
    and what arrives earlier is echoed twice or eaten by a login script that reads a line. So the first silence after
    the first output counts as the prompt.
    """

    def __init__(self, text: str, send: Callable[[bytes], None]) -> None:
        """``send`` is called with the keys of ``text``, at most once; never where ``text`` is empty."""
        self._keys = typed(text)
        self._send = send
        self._is_open = False
        self._timer: asyncio.TimerHandle | None = None
        self._latest: float | None = None

    def __repr__(self) -> str:
        return f"<OnConnect {'due' if self._keys else 'done'}>"

    def opened(self) -> None:
        """The agent is ready. Only the first call counts: a session that is resumed is not typed into again."""
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
        """Type nothing any more."""
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


class KeepAlive:
    """Sends a sign of life shortly before a session would end for want of input.

    The service counts a change of size as activity (AWS's page on the idle session timeout names it; protocol.md
    section 1.1), and the node's programs notice no more than a window that changes for a moment.
    """

    def __init__(
        self,
        channel: ChannelSession,
        size: Callable[[], TerminalSize],
        idle_limit: Callable[[], float | None] = lambda: None,
    ) -> None:
        """``size`` returns the terminal's present size, ``idle_limit`` the seconds of the idle timeout, None while it
        is not known."""
        self._channel = channel
        self._size = size
        self._idle_limit = idle_limit
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Look now, and again and again until :meth:`cancel` or the session's end."""
        channel, wait = self._channel, LOOK_EVERY
        if not channel.state.live:
            return
        idle_for = channel.idle_for
        # Without a connection nothing would arrive, and a resume counts as input anyway. A command without a terminal
        # has no size.
        if channel.state is SessionState.OPEN and idle_for is not None and not channel.intake.is_plain:
            if left := due_in(idle_for, self._idle_limit()):
                wait = min(wait, left)
            else:
                nudge(channel, self._size)
        self._timer = asyncio.get_running_loop().call_later(wait, self.start)

    def cancel(self) -> None:
        """Send no more of them."""
        if self._timer is not None:
            self._timer.cancel()


def due_in(idle_for: float, idle_limit: float | None) -> float:
    """Seconds until a sign of life is due, ``idle_for`` seconds after the last input; 0 for now."""
    every = UNKNOWN_EVERY if idle_limit is None else idle_limit - min(MARGIN, SHARE * idle_limit)
    return max(0.0, every - idle_for)


def nudge(channel: ChannelSession, size: Callable[[], TerminalSize]) -> None:
    """Give the node another size for a moment, then ``size()`` again: full-screen programs draw themselves anew.

    The channel sends only the last of several sizes that wait, so the other one has to last for a while: two changes
    in one turn would arrive as none.
    """
    now = size()
    channel.resize(TerminalSize(now.cols, now.rows - 1 if now.rows > MIN_ROWS else now.rows + 1))
    asyncio.get_running_loop().call_later(NUDGE, lambda: channel.resize(size()))
