"""The seam between the pump and a socket: what a link is, without saying how it is made.

Two live here: the web socket (``websocket``) and, in tests, links of memory.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from ssmtui.errors import LinkClosed

BATCH = 64
"""Frames moved in one direction before everything else on the loop gets its turn: about a millisecond's work."""
BATCH_BYTES = 128 << 10
"""Bytes of frames that come after which no more are taken at once: large ones are few."""


class Link(Protocol):
    """An open data-channel socket on which OpenDataChannel has already been sent.

    Every method raises :class:`ssmtui.errors.LinkClosed` once the socket is gone.
    """

    async def send(self, *frames: bytes) -> None:
        """Hand binary frames to the socket in one go; returns when the socket's buffer has taken them."""

    async def receive_many(self) -> Sequence[bytes]:
        """The frames that have come, in order, of at most 1 MiB each: one at least, as many as may be handled before
        others on the loop get their turn at most. Waits for the first. Text frames come as their UTF-8 bytes
        (protocol.md section 2.5)."""

    async def close(self) -> None:
        """Close in good order, within a second; never raises."""

    async def ping(self) -> None:
        """Ask the other end for a sign of life, and wait for it for as long as it takes."""

    @property
    def latency(self) -> float | None:
        """Round trip of the last answered ping in seconds; None before the first."""


async def broken_by(work: Callable[[], Awaitable[None]]) -> LinkClosed | None:
    """Why ``work`` on a link ended early; None when it was done. A task that returns this has not failed when its link
    breaks in the moment in which nobody looks at it any more."""
    try:
        await work()
    except LinkClosed as closed:
        return closed
    return None


class Dialer(Protocol):
    """Opens a data channel's socket."""

    async def dial(self, stream_url: str, opening: str) -> Link:
        """Open ``stream_url`` and send ``opening`` as the first text frame."""
