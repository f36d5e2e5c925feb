"""The two roles of a data channel and the numbers each keeps: sizes in frames or bytes, times in seconds.

Only constants live here. The round-trip constants are with the estimate that uses them, in ``outbound``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """Which end of the channel this is."""

    CLIENT = "client"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one end of a channel allows itself (protocol.md sections 4.2 to 4.4 and 6.1)."""

    payload: int = 1024
    """Bytes of data in one frame that is sent. What the gateway relays at most is not known (section 10); both real
    peers send 1,024 and a little more."""
    window: int = 1000
    """Frames that may be numbered and unacknowledged; what exceeds it waits without a number, and can still be
    overtaken. The official client's buffer of 10,000 drops its oldest frame when it is full, which is lost then
    (section 4.4)."""
    writable: int = 1000
    """Frames unacknowledged or waiting above which the channel calls itself not writable."""
    incoming: int = 10_000
    """Frames that are held while an earlier one is missing: the size of both real peers' buffers (section 4.2)."""
    resend_tick: float = 0.1
    """Least time between two resends: the tick of both real peers' schedulers."""
    replay_pace: float = 0.001
    """Time from one frame to the next when a window goes out again after a reconnect."""
    replay_burst: int = 16
    """Frames that a late timer may catch up with at once while a window goes out again."""
    stall: float = 5.0
    """Connected time after which a frame without acknowledgement counts as stalled: the person hears of it and decides,
    long before the 5 minutes after which the official client gives up (section 4.2)."""
    handshake: float = 30.0
    """Time after connecting by which the agent should have been ready: twice its own patience for an answer."""
    settle: float = 0.1
    """Longest wait after HandshakeComplete before the first input (section 11 row 2)."""
    size_interval: float = 0.1
    """Least time between two sizes (section 6.1)."""
    gap: float = 2.0
    """Connected time after which a missing frame is reported: twenty of the peer's ticks, in which it would resend
    it."""


CLIENT_LIMITS = Limits()
AGENT_LIMITS = Limits(payload=1027, window=100_000, incoming=100_000)
"""The real agent's: up to three bytes of a split character ride on top of 1,024 (section 2.5)."""
