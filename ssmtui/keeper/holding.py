"""What a keeper holds: sessions that it has taken over from screens, and what it does with each until a screen takes it
over from it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from ssmtui import inert
from ssmtui.errors import ConfigurationError, SsmtuiError
from ssmtui.ledger.entry import Entry
from ssmtui.ledger.ledger import HeldElsewhere, Ledger
from ssmtui.ledger.record import LedgerRecord, Phase
from ssmtui.model import Scope, StartRequest, TerminalSize
from ssmtui.sessions.engine_tail import PortableScreen
from ssmtui.sessions.snapshots import SessionChange
from ssmtui.sessions.taking_over import TakeOver, refusal
from ssmtui.tasks import Tasks

if TYPE_CHECKING:
    from ssmtui.sessions.manager import SessionManager

log = logging.getLogger(__name__)

CLAIMED_WITHIN = 20.0
"""Seconds in which a screen that has handed a session over must have left it."""
GIVEN_BACK_WITHIN = 5.0
"""Seconds in which a screen that has died must have let go of what it had fetched."""
CLAIM_EVERY = 0.1
KEPT_WITHIN = 5.0
"""Seconds that the engine has to give a session's screen."""
END_WITHIN = 3.0
"""Seconds that a session's tasks have to end once it was left."""
FIRST_WITHIN = 60.0
"""Seconds until the first session must have been handed over."""
LINGERS = 5.0
"""Seconds without anything to hold after which a keeper ends."""
MOST_HELD = 1000
UNKNOWN_SIZE = TerminalSize(80, 24)

AccountIn = Callable[[Scope | None], Awaitable[str]]


class KeptSession(NamedTuple):
    """One session, for people."""

    record: str
    title: str
    session_id: str
    state: str
    started: float
    """Wall time in seconds since the epoch."""


@dataclass(slots=True)
class _Held:
    """A session from the moment it was handed over."""

    screen: PortableScreen | None
    """What fills its screen, until it is taken over."""
    record: LedgerRecord | None = None
    entry: Entry | None = None
    key: int | None = None
    """The manager's, once it is taken over."""
    taking: asyncio.Task[None] | None = None
    is_wanted: bool = True
    """False: it is fetched before it could be taken over."""


class Keeper:
    """Holds sessions. Handing over needs no services: what comes before :meth:`begin` waits for them."""

    def __init__(self, ledger: Ledger) -> None:
        """``ledger`` is open."""
        self._ledger = ledger
        self._manager: SessionManager | None = None
        self._account_in: AccountIn | None = None
        self._tasks = Tasks("keeper")
        self._begun = asyncio.Event()
        self._held: dict[str, _Held] = {}
        self._fetched: dict[str, PortableScreen] = {}
        """What was given to a screen that has not confirmed it."""
        self._changed = asyncio.Event()
        self._leaving = False
        self._patience = FIRST_WITHIN
        self.visitors = 0
        """Screens that are connected."""

    def begin(self, manager: SessionManager, account_in: AccountIn) -> None:
        """Take over with ``manager`` what was handed over, and what will be. ``account_in`` gives the id of the account
        that calls in a scope go to; empty where that is not known."""
        self._manager = manager
        self._account_in = account_in
        manager.subscribe(self._session_changed)
        self._begun.set()

    async def close(self) -> None:
        """Take over nothing more."""
        await self._tasks.close()

    # What screens ask

    def hold(self, record_id: str, screen: PortableScreen | None, within: float = CLAIMED_WITHIN) -> bool:
        """Take over the session of ``record_id`` as soon as the run that has it leaves it, for which there are
        ``within`` seconds. Returns False where it is held already, this keeper ends, or it has :data:`MOST_HELD`."""
        if self._leaving or record_id in self._held or len(self._held) >= MOST_HELD:
            return False
        held = self._held[record_id] = _Held(screen)
        self._patience = LINGERS
        held.taking = self._tasks.start(f"take over {record_id}", self._take(record_id, held, within))
        self._changed.set()
        return True

    async def release(self, record_id: str) -> PortableScreen | None:
        """Leave the session of ``record_id`` for a screen to take over, and return what fills that; None where it is
        not here. The ledger has its exact bounds by then. It counts as held until :meth:`fetched` or
        :meth:`give_back` is called."""
        held = self._held.pop(record_id, None)
        if held is None:
            return None
        # From here on it is this method's: an end that the session reports is what it causes itself.
        screen = await (self._left(held) if held.key is not None else self._unwanted(held))
        if screen is not None:
            self._fetched[record_id] = screen
        self._changed.set()
        return screen

    def fetched(self, record_id: str) -> None:
        """A screen has the session that was released for it."""
        self._fetched.pop(record_id, None)
        self._changed.set()

    def give_back(self, record_id: str) -> None:
        """The screen that it was released for is gone: take it over again, unless somebody has claimed it."""
        screen = self._fetched.pop(record_id, None)
        if screen is not None:
            self.hold(record_id, screen, GIVEN_BACK_WITHIN)
        self._changed.set()

    def leave(self) -> int:
        """End as soon as possible, all sessions left alive; returns how many there are."""
        self._leaving = True
        self._changed.set()
        return len(self._held)

    def sessions(self) -> list[KeptSession]:
        """What is held, for people."""
        return [self._described(record_id, held) for record_id, held in self._held.items()]

    @property
    def record_ids(self) -> Sequence[str]:
        """What is held, by the ids of the records."""
        return list(self._held)

    def __contains__(self, record_id: str) -> bool:
        return record_id in self._held

    async def emptied(self) -> None:
        """Return once there has been nothing to hold for a while, and nobody is there who might hand something over, or
        :meth:`leave` was called."""
        clock = asyncio.get_running_loop().time
        until: float | None = None
        while not self._leaving:
            self._changed.clear()
            if self._held or self._fetched:
                until = None
            elif until is None:
                # Not moved by visitors: one that asks every second would keep it from ending.
                until = clock() + self._patience
            waits = None if until is None or self.visitors else until - clock()
            try:
                async with asyncio.timeout(waits):
                    await self._changed.wait()
            except TimeoutError:
                return

    def visited(self, more: int) -> None:
        """So many ``more`` screens are connected."""
        self.visitors += more
        self._changed.set()

    async def hold_survivors(self) -> int:
        """Take over what earlier runs have left, or left behind; returns how many these are."""
        records = [record for record in await self._ledger.survivors() if _can_be_kept(record)]
        return sum(self.hold(record.id, None, GIVEN_BACK_WITHIN) for record in records)

    # Taking over

    async def _take(self, record_id: str, held: _Held, within: float) -> None:
        await self._begun.wait()
        assert self._manager is not None
        try:
            entry = await self._claimed(record_id, held, within)
            if entry is None:
                return
            held.entry, held.record, screen = entry, entry.record, held.screen
            if screen is not None and screen.output != entry.record.output:
                log.warning("session %s was used meanwhile: its earlier output is not kept", entry.record.session_id)
                screen = None
            size = screen.size if screen is not None and screen.size is not None else UNKNOWN_SIZE
            request, takes_over = _request_of(entry.record), TakeOver.of(entry.record)
            held.key = self._manager.take_over(request, takes_over, size, record=entry, filled_from=screen)
            held.screen = None
        except SsmtuiError as error:
            log.warning("a session could not be kept: %s", error)
        finally:
            if held.key is None and self._held.get(record_id) is held:
                del self._held[record_id]
                self._changed.set()

    async def _claimed(self, record_id: str, held: _Held, within: float) -> Entry | None:
        """The session's place in the ledger; None where it is not wanted any more. Raises what
        :meth:`Ledger.claim` raises, once ``within`` seconds are over."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within
        while held.is_wanted:
            try:
                entry = await self._ledger.claim(record_id)
            except (HeldElsewhere, ConfigurationError):
                if loop.time() >= until:
                    raise
                await asyncio.sleep(CLAIM_EVERY)
            else:
                return await self._wanted(entry, held)
        return None

    async def _wanted(self, entry: Entry, held: _Held) -> Entry | None:
        """``entry``, unless its session was fetched while it was claimed, or is in another account: then it is left as
        it was."""
        record = entry.record
        if await self._is_reached(record, is_likely=held.screen is not None) and held.is_wanted:
            return entry
        entry.detached(record.low, record.high, record.output)
        await entry.written()
        return None

    async def _is_reached(self, record: LedgerRecord, *, is_likely: bool) -> bool:
        """Whether calls go to the account that the session is in: another one would call it gone, and the ledger would
        forget it. ``is_likely`` is the answer where that is not known."""
        assert self._account_in is not None
        account = await self._account_in(record.scope)
        if not account or not record.account:
            return is_likely or not record.account
        if account != record.account:
            log.warning(
                "session %s is in the account %s, and calls go to %s now: it is not kept",
                record.session_id,
                record.account,
                account,
            )
        return account == record.account

    # Letting go

    async def _unwanted(self, held: _Held) -> PortableScreen | None:
        """What was handed over, of a session that is not taken over yet."""
        held.is_wanted = False
        screen = held.screen
        if self._begun.is_set() and held.taking is not None:
            await asyncio.wait({held.taking})
        elif held.taking is not None:
            held.taking.cancel()
        if held.key is not None:  # it was just being taken over
            return await self._left(held)
        return screen

    async def _left(self, held: _Held) -> PortableScreen | None:
        """What fills its screen, once it is left and the ledger says so; None where it has just ended."""
        assert self._manager is not None
        assert held.key is not None
        assert held.entry is not None
        session = self._manager.session(held.key)
        session.detach()
        await asyncio.wait({session.life}, timeout=END_WITHIN)
        screen = await session.portable(KEPT_WITHIN) if session.left_alive else None
        await held.entry.written()
        self._manager.remove(held.key)
        return screen

    def _session_changed(self, key: int, change: SessionChange) -> None:
        assert self._manager is not None
        if change is SessionChange.STATE and not self._manager.snapshot(key).live:
            # Not in the middle of what the session reports.
            asyncio.get_running_loop().call_soon(self._over, key)

    def _over(self, key: int) -> None:
        """It has ended, or somebody else has it: what was kept of it goes."""
        for record_id, held in list(self._held.items()):
            if held.key == key:
                assert self._manager is not None
                snapshot = self._manager.snapshot(key)
                why = snapshot.error or snapshot.end_reason or "it ended"
                level = logging.WARNING if snapshot.error is not None else logging.INFO
                log.log(level, "session %s is not kept any more: %s", snapshot.session_id, inert.line(str(why), 200))
                del self._held[record_id]
                self._manager.remove(key)
                self._changed.set()

    def _described(self, record_id: str, held: _Held) -> KeptSession:
        record = held.record
        if self._manager is None or held.key is None or record is None:
            return KeptSession(record_id, "", "", "handed over", 0.0)
        snapshot = self._manager.snapshot(held.key)
        return KeptSession(record_id, snapshot.title, snapshot.session_id, snapshot.state.value, record.started)


def _request_of(record: LedgerRecord) -> StartRequest:
    """As it was started; but nothing is typed into it, and it is not left to its idle timeout."""
    request = record.request
    options = replace(request.options, on_connect="", keep_alive=True)
    return replace(request, title=record.title or request.title, options=options)


def _can_be_kept(record: LedgerRecord) -> bool:
    if not record.session_id or record.elsewhere or record.phase is Phase.CLOSING or record.port:
        return False
    return refusal(record.session_type, encrypted=record.encrypted) is None
