"""All sessions of a person on this machine: those that live, in whichever of several runs, and those that are
over."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from ssmtui import inert
from ssmtui.aws.calls import CallPool
from ssmtui.contained import Contained
from ssmtui.errors import ConfigurationError, SsmtuiError
from ssmtui.ledger import saved_request
from ssmtui.ledger.entry import Desk, Entry, why
from ssmtui.ledger.journal import LEFT_BEHIND, JournalEntry, LocalSessions, entry_of
from ssmtui.ledger.owners import OwnerFacts
from ssmtui.ledger.record import BLOCK, Ending, LedgerRecord, Phase
from ssmtui.ledger.store import RecordFiles, RecordMemory, RecordShelf, RecordStore
from ssmtui.model import Node, Scope, StartRequest
from ssmtui.tasks import Tasks

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds that the disk has at the start of the program; after that the program begins without it."""
LOOK = 2.0
"""Seconds between two looks at whether another run has claimed a record of ours."""
OLD = 30 * 86_400.0
"""Seconds after which AWS itself knows nothing of a session any more."""
MANY = 1_000
"""Records that are too old and stay until AWS has been asked, for it may be the clock that is wrong; beyond this they
go."""
TITLE = 200
"""Characters of a title that are kept."""


class HeldElsewhere(SsmtuiError):
    """Another ssmtui has the session."""

    title = "Another ssmtui has this session"
    remedy = "Close or detach it there, or insist: it is then taken over, and shown there as such."
    exit_code = 254

    def __init__(self, record: LedgerRecord, owner: OwnerFacts) -> None:
        since = datetime.fromtimestamp(owner.since).strftime("%Y-%m-%d %H:%M") if owner.since else ""
        super().__init__(
            f"process {owner.pid or 'unknown'}"
            + (f" on {inert.line(owner.host, 60)}" if owner.host else "")
            + (f", started {since}" if since else "")
        )
        self.record = record
        self.owner = owner


class NoSuchRecord(SsmtuiError):
    """The ledger has no such session (any more)."""

    title = "The session is not in the ledger any more"
    remedy = "It has ended, or another ssmtui has ended it."
    exit_code = 254


class HeldSession(NamedTuple):
    """A session that lives, or may live."""

    record: LedgerRecord
    owner: OwnerFacts | None
    """The run that holds it; None where none does."""
    mine: bool
    """Whether that is this run."""


class Ledger:
    """The ledger as one run sees it. Loop-bound; what blocks is done in threads.

    A place that cannot be written to costs nothing but the ledger: sessions go on, and each says that it could not be
    brought back.
    """

    def __init__(
        self,
        directory: Path | None,
        journal: Path | None,
        *,
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``directory`` has the records, ``journal`` is the file of those that are over; None for either: this run's
        memory has both. ``wall`` gives seconds since the epoch, ``clock`` seconds that never go back."""
        self.home: Scope | None = None
        """The scope of requests that name none."""
        self.identity = ""
        """ARN of the person in :attr:`home`, where it is known at the start."""
        self.identity_in: Callable[[Scope], str] = lambda scope: ""
        """The same in another scope, as far as it is known."""
        self._unwritten = self._unread = ""
        """What cannot be written, and read, as sentences."""
        self._store: RecordStore = (
            RecordMemory(wall) if directory is None or journal is None else RecordFiles(directory, journal, wall)
        )
        self._wall = wall
        self._writer = CallPool(1, "ssmtui-ledger")
        # Ten thousand records that are read must not keep a session waiting for its own.
        self._reader = CallPool(1, "ssmtui-ledger-reader")
        self._desk = Desk(self._store, self._writer, self._reader, wall, clock, self._forget, self._lost)
        self._entries: dict[str, Entry] = {}
        self._tasks = Tasks("ledger")
        self._broken = Contained("ledger")
        self._watchers: list[Callable[[str], None]] = []
        self._watching: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def trouble(self) -> str:
        """What of the ledger cannot be read or written, as sentences; empty where all can."""
        return " ".join(filter(None, (self._unwritten, self._unread)))

    async def open(self) -> None:
        """Make the place ready. Never raises: see :attr:`trouble`."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._writer.run(self._store.open)
        except TimeoutError:
            self._unwritten = f"The disk of the ledger has not answered for {PATIENCE:g} s."
            log.warning("%s", self._unwritten)
        except OSError as error:
            self._unwritten = (
                f"The ledger cannot be written: {why(error)}. After a crash no session could be brought back."
            )
            log.warning("%s", self._unwritten)

    # Sessions of this run

    def begin(
        self,
        request: StartRequest,
        node: Node | None = None,
        title: str = "",
        *,
        port: bool = False,
        foreign: bool = False,
    ) -> Entry:
        """A session is about to be started, or with ``foreign`` one that another client began to be taken over. Await
        :meth:`Entry.begun` before AWS is called."""
        home = self.home
        scope = request.scope or home
        record = LedgerRecord(
            id=uuid.uuid4().hex,
            request=saved_request.kept(replace(request, scope=scope)),
            title=(title or request.label)[:TITLE],
            node_name=node.name if node is not None else "",
            started=self._wall(),
            seen=self._wall(),
            identity=self._who_calls(scope),
            endpoint=(scope.endpoint_url if scope else "") or "",
            port=port,
            high=None if foreign else BLOCK,
            foreign=foreign,
        )
        return self._enter(Entry(self._desk, record))

    def _who_calls(self, scope: Scope | None) -> str:
        """ARN of the person in ``scope``; empty where it is not known yet."""
        if self.identity and scope in (None, self.home):
            return self.identity
        return self.identity_in(scope) if scope is not None else ""

    async def claim(self, record_id: str, *, insist: bool = False) -> Entry:
        """Have a session that was left alive or left behind. With ``insist`` also one that another run holds, which
        learns of it (see :meth:`watch`).

        Raises :class:`HeldElsewhere`, :class:`NoSuchRecord`, and :class:`ssmtui.errors.ConfigurationError` where the
        ledger cannot be written.
        """
        before = self._entries.get(record_id)
        if before is not None and not before.is_over:
            return before
        store, now = self._store, self._wall()

        def ours(record: LedgerRecord) -> LedgerRecord:
            holder = store.running(record.owner)
            if holder is not None and holder.id != store.owner_id and not insist:
                raise HeldElsewhere(record, holder)
            phase = Phase.OPEN if record.session_id else Phase.STARTING
            return replace(record, owner=store.owner_id, phase=phase, seen=now, elsewhere=False)

        if before is not None and not await before.written():
            # It has ended or was left alive a moment ago, and the disk does not know yet.
            if before.record.phase is not Phase.DETACHED:
                raise NoSuchRecord
            before.drop()
            return self._enter(Entry(self._desk, ours(before.record)))

        def take() -> LedgerRecord | None:
            store.open()
            return store.take(record_id, ours)

        try:
            record = await self._writer.run(take)
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                why(error), title="The ledger cannot be changed", remedy="Free some space there, or make it writable."
            ) from error
        if record is None:
            raise NoSuchRecord
        return self._enter(Entry(self._desk, self._local(record), written=True))

    def watch(self, lost: Callable[[str], None]) -> Callable[[], None]:
        """Call ``lost`` with the id of each record of this run that another one has claimed, within some seconds, until
        the returned function is called. What it raises is contained."""
        self._watchers.append(lost)
        if self._watching is None:
            self._watching = self._tasks.start("watch", self._watch())
        return lambda: self._watchers.remove(lost)

    # Sessions of all runs

    async def survivors(self) -> list[LedgerRecord]:
        """The sessions that nobody holds: left alive, or left behind by a run that was killed. The earliest first. Ask
        AWS which of them live, and :meth:`settle` the others. Never raises: see :attr:`trouble`."""
        held = await self.holders()
        alone = [each.record for each in held if each.owner is None]
        old = sorted(filter(self.is_old, alone), key=lambda record: record.seen, reverse=True)
        for record in old[MANY:]:
            await self.settle(record.id)
        gone = {record.id for record in old[MANY:]}
        here = (self.home and self.home.endpoint_url) or ""
        found = (record for record in alone if record.id not in gone and record.endpoint == here)
        return sorted(found, key=lambda record: record.started)

    def is_old(self, record: LedgerRecord) -> bool:
        """Whether its session cannot live any more, unless a clock has jumped: offer it only where AWS lists it."""
        return self._wall() - max(record.seen, record.started) > OLD

    async def holders(self) -> list[HeldSession]:
        """All sessions in the ledger, and who holds them. Never raises: see :attr:`trouble`."""
        try:
            shelf, owners = await self._reader.run(lambda: _holders(self._store))
        except OSError as error:
            self._read_with(f"The ledger cannot be read: {why(error)}.")
            return []
        self._read_with(*shelf.problems)
        me = self._store.owner_id
        held = (HeldSession(self._local(record), owners.get(record.owner), False) for record in shelf.records)
        return [each._replace(mine=each.owner is not None and each.owner.id == me) for each in held]

    async def settle(self, record_id: str, how: Ending | None = None, *, ended: float | None = None) -> bool:
        """AWS says that a session which nobody holds is gone: it goes from the ledger into the journal. ``ended`` is
        when, by AWS. Without ``how`` it follows from what the record says. Returns False where another run holds it,
        or nothing is there, or the journal cannot be written, which is in :attr:`trouble`."""
        store = self._store

        def finish() -> bool:
            store.open()
            record = store.read(record_id)
            if record is None:
                return False
            duration = None if ended is None else max(0.0, ended - record.started)
            entry = entry_of(record, (how or _presumed(record)).value, ended=ended, duration=duration)
            return store.finish(record_id, entry, lambda found: store.running(found.owner) is None)

        try:
            return await self._writer.run(finish)
        except (OSError, ValueError) as error:
            self._read_with(f"The journal cannot be written: {why(error)}.")
            return False

    async def local(self) -> LocalSessions:
        """What this machine knows of sessions that were started on it, those that live and those that are over. Never
        raises."""
        try:
            return await self._reader.run(lambda: _local(self._store))
        except OSError as error:
            return LocalSessions((), (f"The ledger cannot be read: {why(error)}.",))

    async def close(self, timeout: float = 2.0) -> None:
        """Write what waits, for ``timeout`` seconds at most. Sessions that are neither over nor left alive are there
        for the next run. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        await self._tasks.close()
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout
        for entry in tuple(self._entries.values()):
            entry.hurry()
        try:
            async with asyncio.timeout_at(until):
                # One thread writes: what waited when this was asked for is written when it is answered, and what that
                # led to, the end of a session whose record was just written, the next time.
                while True:
                    await self._writer.run(_nothing)
                    await asyncio.sleep(0)
                    if all(entry.is_settled for entry in self._entries.values()):
                        break
                await self._writer.run(self._store.close)
        except TimeoutError:
            log.warning("the ledger: the disk did not answer within %g s", timeout)
        finally:
            self._writer.close()
            self._reader.close()

    def _enter(self, entry: Entry) -> Entry:
        self._entries[entry.id] = entry
        return entry

    def _forget(self, entry: Entry) -> None:
        if self._entries.get(entry.id) is entry:
            del self._entries[entry.id]

    def _lost(self, entry: Entry) -> None:
        self._forget(entry)
        for lost in tuple(self._watchers):
            self._broken.call(lost, entry.id)

    def _local(self, record: LedgerRecord) -> LedgerRecord:
        """Where calls go is the command line's to say, not a file's."""
        scope = record.request.scope
        if scope is None or self.home is None:
            return record
        scope = replace(scope, endpoint_url=self.home.endpoint_url)
        return replace(record, request=replace(record.request, scope=scope))

    def _read_with(self, *problems: str) -> None:
        trouble = " ".join(problems)
        if trouble and trouble != self._unread:
            log.warning("%s", trouble)
        self._unread = trouble

    async def _watch(self) -> None:
        stamps: dict[str, object] = {}
        while True:
            await asyncio.sleep(LOOK)
            mine = {record_id: stamps.get(record_id) for record_id in self._entries}
            if not mine:
                continue
            try:
                stamps, claimed = await self._reader.run(lambda mine=mine: _look(self._store, mine))  # type: ignore[misc]
            except OSError as error:
                log.debug("the ledger: %s", error)
                continue
            for record_id in claimed:
                entry = self._entries.get(record_id)
                if entry is not None and not entry.is_over:
                    entry.lose()


def read_local(directory: Path, journal: Path) -> LocalSessions:
    """What :meth:`Ledger.local` says, for a verb that has no ledger. Blocks; takes no lock and changes nothing. Raises
    OSError where the directory cannot be read."""
    return _local(RecordFiles(directory, journal))


def _holders(store: RecordStore) -> tuple[RecordShelf, dict[str, OwnerFacts]]:
    shelf = store.shelf()
    return shelf, _running(store, shelf)


def _running(store: RecordStore, shelf: RecordShelf) -> dict[str, OwnerFacts]:
    found = ((owner, store.running(owner)) for owner in {record.owner for record in shelf.records})
    return {owner: facts for owner, facts in found if facts is not None}


def _local(store: RecordStore) -> LocalSessions:
    over = store.journalled()
    shelf, running = _holders(store)
    known = {entry.id for entry in over.entries}
    live = [_living(record, running) for record in shelf.records if record.id not in known]
    entries = sorted([*live, *over.entries], key=lambda entry: entry.started, reverse=True)
    return LocalSessions(tuple(entries), (*shelf.problems, *over.problems))


def _living(record: LedgerRecord, running: dict[str, OwnerFacts]) -> JournalEntry:
    is_left = record.phase is not Phase.DETACHED and record.owner not in running
    return entry_of(record, LEFT_BEHIND if is_left else record.phase.value)


def _presumed(record: LedgerRecord) -> Ending:
    """How a session ended that was gone when it was looked for."""
    if record.phase is Phase.CLOSING:
        return Ending.PERSON
    if record.phase is not Phase.DETACHED:
        return Ending.UNKNOWN if record.session_id else Ending.NOT_STARTED
    return Ending.TAKEN_OVER if record.elsewhere else Ending.DETACHED


def _look(store: RecordStore, mine: dict[str, object]) -> tuple[dict[str, object], list[str]]:
    """The stamps of these records, and those that are another run's; one whose stamp is the same is not read."""
    stamps, claimed = {}, []
    for record_id, before in mine.items():
        stamps[record_id] = stamp = store.stamp(record_id)
        if stamp is None or stamp == before:
            continue
        try:
            record = store.read(record_id)
        except ValueError:
            continue
        if record is not None and record.owner and record.owner != store.owner_id:
            claimed.append(record_id)
    return stamps, claimed


def _nothing() -> None:
    pass
