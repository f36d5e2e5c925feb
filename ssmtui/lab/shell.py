"""The seam between the agent and what it runs: a real pty (``pty_shell``) or the built-in one (``toy_shell``)."""

from __future__ import annotations

from typing import Protocol

from ssmtui.model import TerminalSize


class Shell(Protocol):
    """A program on a terminal. Nothing but ``kill``, ``read`` and ``drained`` waits."""

    async def read(self, limit: int) -> bytes:
        """What it has printed, at most ``limit`` bytes; empty at its end."""

    def write(self, data: bytes) -> None:
        """Type ``data``; kept until the terminal takes it."""

    async def drained(self) -> None:
        """Return once the terminal has taken what was typed."""

    def resize(self, size: TerminalSize) -> None:
        """Set the terminal's size. Until the first call it has none (0 x 0)."""

    async def kill(self) -> None:
        """Hang up, then kill, and wait until nothing of it is left. Harmless when it has ended."""

    def kill_now(self) -> None:
        """The same for a process that is itself about to die: no waiting."""
