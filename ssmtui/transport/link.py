"""The seam between the pump and a socket: what a link is, without saying how it is made.

Two live here: the web socket (``websocket``) and, in tests, links of memory.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from ssmtui.errors import LinkClosed

BATCH = 64
"""Frames moved in one direction before everything else on the loop gets its turn: about a millisecond's work. Keys and
the screen wait for no more than that while a node floods its session."""
BATCH_BYTES = 128 << 10
"""Received bytes after which no more frames are taken at once: of large frames, few."""


class Link(Protocol):
    """An open data-channel socket on which OpenDataChannel has already been sent.

    ``send``, ``receive_many`` and ``ping`` raise :class:`ssmtui.errors.LinkClosed` once the socket is gone. That is
    never the session's end: only ``channel_closed`` is, every other close means resume (protocol.md section 2.6).
    """

    async def send(self, *frames: bytes) -> None:
        """Hand binary frames to the socket in one go; returns when the socket's buffer has taken them."""

    async def receive_many(self) -> Sequence[bytes]:
        """The frames that have come, in order, of at most 1 MiB each: at least one, at most as many as may be handled
        before others on the loop get their turn. Waits for the first; cancelling it loses none. Text frames come as
        their UTF-8 bytes (protocol.md section 2.5)."""

    async def close(self) -> None:
        """Close in good order, within a second; never raises."""

    async def ping(self) -> None:
        """Ask the other end for a sign of life, and wait for it as long as it takes: the caller sets the limit."""

    @property
    def latency(self) -> float | None:
        """Round trip of the last answered ping in seconds; None before the first."""


async def broken_by(work: Callable[[], Awaitable[None]]) -> LinkClosed | None:
    """Why ``work`` on a link ended early; None when it was done.

    For tasks: one that returns the end of its link has not failed, so that nothing is reported when the link breaks
    just after its owner has stopped looking.
    """
    try:
        await work()
    except LinkClosed as closed:
        return closed
    return None


class Dialer(Protocol):
    """Opens a data channel's socket."""

    async def dial(self, stream_url: str, opening: str) -> Link:
        """Open ``stream_url`` and send ``opening`` as the first text frame. Raises a :class:`ssmtui.errors.SsmtuiError`
        that says whether trying again may help."""
