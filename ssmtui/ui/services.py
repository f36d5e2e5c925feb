"""What the screen needs from the rest of the program, and what it is told at its start. No textual here.

The app paints its first frame from ``AppFacts`` alone; ``Services`` come later, from an ``OpenServices``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssmtui.aws.gateway import Gateway
    from ssmtui.inventory.poller import NodePoller
    from ssmtui.inventory.store import NodeStore
    from ssmtui.model import Identity, Scope
    from ssmtui.sessions.manager import SessionManager


async def _nothing_else() -> None:
    """For services that own nothing beside what they name."""


@dataclass(slots=True)
class Services:
    """The running parts behind the screen."""

    gateway: Gateway
    manager: SessionManager
    poller: NodePoller
    store: NodeStore
    identity: Identity | None
    """None when STS could not be asked."""
    scope: Scope
    demo: bool = False
    close_rest: Callable[[], Awaitable[None]] = field(default=_nothing_else)
    """Closes what else was opened: the engine host, the demo's lab."""

    async def close(self) -> list[str]:
        """End all sessions, then everything else; the ids of sessions whose end the service did not confirm."""
        left_behind = await self.manager.close()
        await self.poller.close()
        await self.gateway.close()
        await self.close_rest()
        return left_behind


Progress = Callable[[str], None]
"""Told what is being opened, in a few words."""

OpenServices = Callable[[Progress], Awaitable[Services]]
"""Opens everything; raises :class:`ssmtui.errors.SsmtuiError`. Called again when the person tries again."""


@dataclass(frozen=True, slots=True)
class AppFacts:
    """What is known before anything has been opened."""

    demo: bool = False
    aws_profile: str | None = None
    region: str | None = None
    read_only: bool = False
    version: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person may set of the screen's behaviour."""

    leader: str = "ctrl+]"
    """The one key that does not reach the node, in the notation of the key hints."""
    refresh_interval: float = 60.0
    """Seconds between listings of the nodes."""
    escapes: bool = True
    """Whether Enter ``~ .`` ends a session."""
