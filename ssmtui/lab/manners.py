"""The real agent's habits as numbers, and the ways in which it gives up: what the parts of the lab's agent share.

Values and exceptions only.
"""

from __future__ import annotations

from dataclasses import dataclass

READ_LIMIT = 1024
READ_PAUSE = 0.001
"""Seconds between two reads of a terminal or a connection: with READ_LIMIT the real agent's ceiling of 1 MB/s."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How closely the agent keeps to the real one's clock and to its faults (protocol.md section 11)."""

    start_delay: float = 1.0
    """Seconds from the start of a terminal's program to the first read of it, and from a command's failure to start to
    the text that says so."""
    pacing: bool = True
    """Whether it pauses after each read."""
    forget_acks: float = 0.01
    """The share of its frames whose first acknowledgement comes before the frame is listed, and is forgotten: such a
    frame is sent again until it is acknowledged again, and no other one meanwhile."""
    deaf: float = 0.02
    """Seconds after HandshakeComplete in which input is acknowledged and thrown away. Nothing is sent so long."""
    waits: bool = True
    """Whether it reads no more of a terminal while a thousand of its frames are unacknowledged. The real agent reads
    on, and keeps 100,000."""
    crash: float | None = None
    """A Port session without a multiplexer whose port refuses kills the process of the real agent (3.3.987) that plays
    it, and the client hears of that when its main process does, 60 seconds later. In the lab after so many; None: the
    agent lives, and says at once why the session ends."""


class AgentFailure(Exception):
    """The session ends as failed, with this text; there are failures without one."""


class ReaderBroken(Exception):
    """The agent's reader has stopped for good: nothing more is read or acknowledged."""
