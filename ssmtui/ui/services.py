"""What the screen needs from the rest of the program, and what it knows at its start. No textual here.

The app paints its first frame from ``AppFacts`` alone; ``Services`` come later, from an ``OpenServices``.
"""

from __future__ import annotations

import logging
import time
from asyncio import gather
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ssmtui.aws.gateway import Gateways, LastCall
    from ssmtui.config.memory import Memory
    from ssmtui.forwards.tunnels import Tunnels
    from ssmtui.inventory.choice import KnownAccounts
    from ssmtui.inventory.filters import Filters
    from ssmtui.inventory.fleet import Fleet
    from ssmtui.inventory.session_board import SessionBoard
    from ssmtui.inventory.usage import Usage
    from ssmtui.keeper.client import KeeperClient
    from ssmtui.ledger.ledger import Ledger
    from ssmtui.model import AwsProfile, Identity, Scope
    from ssmtui.profiles.histories import Histories
    from ssmtui.profiles.store import ProfileStore
    from ssmtui.profiles.workspaces import Workspaces
    from ssmtui.sessions.documents import DocumentLibraries
    from ssmtui.sessions.engine_tail import PortableScreen
    from ssmtui.sessions.manager import SessionManager


log = logging.getLogger("ssmtui.closing")


async def no_profiles() -> Sequence[AwsProfile]:
    """For what has no AWS configuration."""
    return ()


@dataclass(kw_only=True)
class Recollection:
    """What there is before AWS has been reached: what the program remembers, and the nodes that it knew."""

    memory: Memory
    usage: Usage
    filters: Filters
    profiles: ProfileStore
    workspaces: Workspaces
    histories: Histories
    """A form that is shown loads them."""
    fleet: Fleet
    scopes: Sequence[Scope] = ()
    """Those to begin with: their known nodes have yet to be recalled."""
    were_chosen: bool = False
    """Whether the person has chosen these in this run, so that the first of them is what the services open with."""
    accounts: KnownAccounts | None = None
    """The accounts that were added to those of the configuration; None: they are not remembered."""
    aws_profiles: Callable[[], Awaitable[Sequence[AwsProfile]]] = no_profiles
    """Reads the AWS profiles of the configuration files. Raises :class:`ssmtui.errors.ConfigurationError`."""


@dataclass(kw_only=True)
class Services(Recollection):
    """The running parts behind the screen, over those that were there before."""

    gateways: Gateways
    board: SessionBoard
    """The sessions that AWS lists in the fleet's scopes; nothing is listed until somebody watches it."""
    manager: SessionManager
    ledger: Ledger
    """The sessions of all runs on this machine, and the journal of those that are over."""
    documents: DocumentLibraries
    tunnels: Tunnels
    scope: Scope
    """What the program was started for."""
    demo: bool = False
    keeper: KeeperClient | None = None
    """Fetches what a keeper has, and hands over to one; None where there are none: on Windows, in a demo."""
    handed_over: frozenset[str] = frozenset()
    """The ids of the records of the sessions that a keeper has got from here."""
    close_rest: Callable[[], Awaitable[None]]
    """Closes all but sessions and tunnels: what is remembered, the gateways, the engine host, the demo's lab."""

    @property
    def identity(self) -> Identity | None:
        """Who calls in :attr:`scope`, as far as a listing with its AWS profile has asked."""
        for state in self.fleet.states.values():
            # What the disk keeps has the account alone.
            if state.scope.aws_profile == self.scope.aws_profile and state.identity is not None and state.identity.arn:
                return state.identity
        return None

    def released(self, record_id: str) -> AbstractAsyncContextManager[PortableScreen | None]:
        """See :meth:`KeeperClient.released`."""
        return nullcontext() if self.keeper is None else self.keeper.released(record_id)

    async def kept(self) -> frozenset[str]:
        """What keepers hold, by the ids of the records."""
        return frozenset() if self.keeper is None else await self.keeper.held()

    def last_calls(self, *, detach: bool = False) -> list[LastCall]:
        """What ends the sessions and tunnels without the event loop, with ``detach`` those that cannot be left alive.
        Any thread may ask."""
        sessions = self.manager.last_calls(detach=detach)
        return [*sessions, *self.tunnels.last_calls(), *self.gateways.unanswered()]

    async def leave(self, now: datetime, *, detach: bool) -> tuple[list[str], str]:
        """:meth:`close`. Returns the ids of sessions whose end the service did not confirm, and what to say of those
        that were left alive, as one is that was being taken over, and of those that could not be."""
        from ssmtui.sessions import left_alive
        from ssmtui.sessions.states import SessionState

        # From before: a session that is over has no clocks.
        before = [one for one in self.manager.snapshots() if one.live]
        left_behind = await self.close(detach=detach)
        live = {one.key for one in before}
        now_left = (one for one in self.manager.snapshots() if one.state is SessionState.DETACHED)
        left = [one for one in now_left if one.key in live]
        detached = {one.key for one in left}
        kept = [one for one in before if one.key in detached and one.record in self.handed_over]
        stayed = [one for one in before if one.key in detached and one not in kept]
        ended = [one for one in before if one.key not in detached] if detach else []
        told = left_alive.farewell(stayed, ended, now, left, kept)
        trouble = self.keeper.trouble if self.keeper is not None else ""
        return left_behind, "\n".join(filter(None, (told, trouble)))

    async def close(self, *, detach: bool = False) -> list[str]:
        """End all sessions, then everything else; the ids of sessions whose end the service did not confirm. With
        ``detach`` those that another client can take over are left alive, and go to a keeper where the person wants
        one; tunnels are closed all the same."""
        left_behind: list[str] = []
        # Before the rest: ending a session needs its gateway and the engine host.
        ends = await gather(self.manager.close(detach=detach), self.tunnels.close(), return_exceptions=True)
        for ended in ends:
            if isinstance(ended, BaseException):
                log.error("sessions could not be closed", exc_info=ended)
            else:
                left_behind += ended
        # What cannot be closed must not keep the program from leaving.
        try:
            if detach and self.keeper is not None:
                self.handed_over = await self.keeper.hand_over(self.manager)
        except Exception as error:
            log.error("sessions could not be handed to a keeper", exc_info=error)
        try:
            await self.close_rest()
        except Exception as error:
            log.error("what stands behind the screen could not be closed", exc_info=error)
        return left_behind


Progress = Callable[[str], object]
"""Called with what is being opened, in a few words."""

OpenServices = Callable[[Progress], Awaitable[Services]]
"""Opens everything; raises :class:`ssmtui.errors.SsmtuiError`. Called again when the person tries again."""


Recall = Callable[[], Awaitable[Recollection]]
"""Gives what can be shown before the services are open. Called once."""


class Clock:
    """Wall time and monotonic time, as the screen shows ages by them; tests bring one that stands still."""

    def now(self) -> datetime:
        """The time of day, time zone aware."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()


class AppFacts(NamedTuple):
    """What is known before anything has been opened."""

    demo: bool = False
    aws_profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    read_only: bool = False
    version: str = ""
    workspace: str | None = None
    """Name of the workspace to bring back as soon as that is possible."""
    open_filter: str | None = None
    """A filter: sessions are started on what it finds as soon as the nodes are listed."""
    tiled: bool = False
    """Whether these share a tab."""
    attach: Sequence[str] | None = None
    """Names and ids of sessions of earlier runs to bring back at the start, all of them where it is empty; None: they
    are offered."""
