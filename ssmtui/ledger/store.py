"""Where records are: a directory with a file each, which several runs of ssmtui share, or the memory of one.

A record is drafted, with the disk's confirmation, before the lock of the directory is taken; under it only its owner is
compared, and the draft gets its place. So a record that another run has claimed is never overwritten, and no lock is
held while a disk is slow. Everything here blocks.
"""

from __future__ import annotations

import errno
import logging
import os
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from ssmtui.config.files import draft_of, lock_of, locked
from ssmtui.ledger import owners
from ssmtui.ledger.journal import JournalEntry, LocalSessions, SessionJournal
from ssmtui.ledger.owners import Owner, OwnerFacts
from ssmtui.ledger.record import MAX_RECORD, LedgerRecord, decoded, encoded, is_record_id

log = logging.getLogger(__name__)

MAX_RECORDS = 10_000
"""Files that are read; of more the latest."""
PATIENCE = 2.0
"""Seconds that another run may hold the directory."""
OLD_DRAFT = 60.0
"""Seconds after which a draft is one that a killed run has left."""
SUFFIX = ".json"


class RecordShelf(NamedTuple):
    """The records that can be read, in no order, and a sentence for each kind of what cannot."""

    records: tuple[LedgerRecord, ...]
    problems: tuple[str, ...] = ()


class RecordStore(Protocol):
    """What the ledger asks of the place where records are. All of it raises OSError."""

    owner_id: str
    """Of this run; empty before the first :meth:`open`."""

    def open(self) -> None:
        """Make the place ready, and hold this run's own file in it. Called before each write: where that is done, it
        does nothing."""

    def write(self, record: LedgerRecord, holder: str) -> bool:
        """Put ``record`` in the place of what is there. Returns False, and writes nothing, where that is another
        run's than ``holder``."""

    def read(self, record_id: str) -> LedgerRecord | None:
        """One record; None where there is none. Raises ValueError for a file that holds none."""

    def shelf(self) -> RecordShelf:
        """All records."""

    def running(self, owner_id: str) -> OwnerFacts | None:
        """The run of this id while it goes on, or may go on."""

    def take(self, record_id: str, change: Callable[[LedgerRecord], LedgerRecord]) -> LedgerRecord | None:
        """Replace a record, whichever run has it, by what ``change`` makes of it, while no other changes any; raises
        what ``change`` raises, and changes nothing then. Returns None where there is no record, else the new one."""

    def finish(self, record_id: str, entry: JournalEntry, allowed: Callable[[LedgerRecord], bool]) -> bool:
        """Write ``entry`` to the journal and remove the record, unless there is a record that is not ``allowed``.
        Returns whether that was done."""

    def forget(self, record_id: str) -> bool:
        """Remove this run's record without a word in the journal. Returns whether it was there."""

    def journalled(self) -> LocalSessions:
        """What the journal says."""

    def stamp(self, record_id: str) -> object:
        """Changes whenever the record does; None where there is none."""

    def close(self) -> None:
        """This run holds nothing any more."""


class RecordFiles:
    """Records in ``directory``, for their owner alone, and the journal in a file of its own."""

    def __init__(self, directory: Path, journal: Path, wall: Callable[[], float] = time.time) -> None:
        self.owner_id = ""
        self._directory = directory
        self._journal = SessionJournal(journal)
        self._wall = wall
        self._owner: Owner | None = None
        self._lock = lock_of(directory / "ledger")

    def open(self) -> None:
        """See :class:`RecordStore`."""
        if self._owner is not None:
            self._owner.hold()
            return
        self._owner = Owner(self._directory, self._wall())
        self.owner_id = self._owner.facts.id
        with suppress(OSError):
            owners.tidy(self._directory)
            self._sweep()

    def write(self, record: LedgerRecord, holder: str) -> bool:
        """See :class:`RecordStore`."""
        file = self._file(record.id)
        with draft_of(file, encoded(record)) as draft, locked(self._lock, PATIENCE):
            with suppress(ValueError):  # what cannot be read is nobody's
                there = self.read(record.id)
                if there is not None and there.owner != holder:
                    return False
            draft.replace(file)
        _keep_name(self._directory)
        return True

    def read(self, record_id: str) -> LedgerRecord | None:
        """See :class:`RecordStore`."""
        try:
            return decoded(record_id, _content(self._file(record_id)))
        except FileNotFoundError:
            return None

    def shelf(self) -> RecordShelf:
        """See :class:`RecordStore`."""
        problems: list[str] = []
        names: list[tuple[float, str]] = []
        try:
            with os.scandir(self._directory) as found:
                for each in found:
                    record_id = each.name.removesuffix(SUFFIX)
                    if each.name.endswith(SUFFIX) and is_record_id(record_id):
                        with suppress(OSError):
                            names.append((each.stat(follow_symlinks=False).st_mtime, record_id))
        except FileNotFoundError:
            return RecordShelf(())
        names.sort(reverse=True)
        if len(names) > MAX_RECORDS:
            problems.append(f"{self._directory} has {len(names):,} records; the latest {MAX_RECORDS:,} are read.")
        records = []
        for _, record_id in names[:MAX_RECORDS]:
            try:
                record = self.read(record_id)
            except (OSError, ValueError) as error:
                why = error.strerror or str(error) if isinstance(error, OSError) else str(error)
                problems.append(f"{self._file(record_id)} is not used: {why}.")
            else:
                if record is not None:
                    records.append(record)
        return RecordShelf(tuple(records), tuple(problems))

    def running(self, owner_id: str) -> OwnerFacts | None:
        """See :class:`RecordStore`."""
        if self._owner is not None and owner_id == self.owner_id:
            return self._owner.facts
        if not owner_id:
            return None
        try:
            return owners.running(self._directory, owner_id)
        except OSError as error:
            # Nobody knows, and a session that is somebody's must not be taken without asking.
            log.info("the ledger: the run %s cannot be looked at: %s", owner_id, error)
            return OwnerFacts(owner_id, 0, "", 0.0)

    def take(self, record_id: str, change: Callable[[LedgerRecord], LedgerRecord]) -> LedgerRecord | None:
        """See :class:`RecordStore`."""
        with locked(self._lock, PATIENCE):
            record = self.read(record_id)
            if record is None:
                return None
            record = change(record)
            file = self._file(record_id)
            with draft_of(file, encoded(record)) as draft:
                draft.replace(file)
        _keep_name(self._directory)
        return record

    def finish(self, record_id: str, entry: JournalEntry, allowed: Callable[[LedgerRecord], bool]) -> bool:
        """See :class:`RecordStore`."""
        with locked(self._lock, PATIENCE):
            with suppress(ValueError):
                record = self.read(record_id)
                if record is not None and not allowed(record):
                    return False
            # In this order: a run that is killed between the two leaves a record whose end is journalled again, and
            # the journal shows each session once.
            self._journal.append(entry)
            with suppress(FileNotFoundError):
                self._file(record_id).unlink()
        return True

    def forget(self, record_id: str) -> bool:
        """See :class:`RecordStore`."""
        with locked(self._lock, PATIENCE):
            record = self.read(record_id)
            if record is None or record.owner != self.owner_id:
                return False
            self._file(record_id).unlink()
            return True

    def journalled(self) -> LocalSessions:
        """See :class:`RecordStore`."""
        return self._journal.read()

    def stamp(self, record_id: str) -> object:
        """See :class:`RecordStore`."""
        try:
            found = self._file(record_id).lstat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def close(self) -> None:
        """See :class:`RecordStore`."""
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.release()

    def _file(self, record_id: str) -> Path:
        return self._directory / (record_id + SUFFIX)

    def _sweep(self) -> None:
        """Remove what killed runs have drafted. One that is written just now is drafted again."""
        for draft in self._directory.glob("*.new"):
            if abs(time.time() - draft.lstat().st_mtime) > OLD_DRAFT:
                draft.unlink()


class RecordMemory:
    """Records of one run, which is all that knows of them: a demo leaves nothing behind."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self.owner_id = "0" * 32
        self._facts = OwnerFacts(self.owner_id, os.getpid(), "", wall())
        self._records: dict[str, LedgerRecord] = {}
        self._entries: dict[str, JournalEntry] = {}
        self._lock = threading.Lock()

    def open(self) -> None:
        """See :class:`RecordStore`."""

    def write(self, record: LedgerRecord, holder: str) -> bool:
        """See :class:`RecordStore`."""
        with self._lock:
            there = self._records.get(record.id)
            if there is not None and there.owner != holder:
                return False
            self._records[record.id] = record
            return True

    def read(self, record_id: str) -> LedgerRecord | None:
        """See :class:`RecordStore`."""
        return self._records.get(record_id)

    def shelf(self) -> RecordShelf:
        """See :class:`RecordStore`."""
        with self._lock:
            return RecordShelf(tuple(self._records.values()))

    def running(self, owner_id: str) -> OwnerFacts | None:
        """See :class:`RecordStore`."""
        return self._facts if owner_id == self.owner_id else None

    def take(self, record_id: str, change: Callable[[LedgerRecord], LedgerRecord]) -> LedgerRecord | None:
        """See :class:`RecordStore`."""
        with self._lock:
            record = self._records.get(record_id)
            if record is None:
                return None
            self._records[record_id] = record = change(record)
            return record

    def finish(self, record_id: str, entry: JournalEntry, allowed: Callable[[LedgerRecord], bool]) -> bool:
        """See :class:`RecordStore`."""
        with self._lock:
            record = self._records.get(record_id)
            if record is not None and not allowed(record):
                return False
            self._entries[entry.id] = entry
            self._records.pop(record_id, None)
            return True

    def forget(self, record_id: str) -> bool:
        """See :class:`RecordStore`."""
        with self._lock:
            return self._records.pop(record_id, None) is not None

    def journalled(self) -> LocalSessions:
        """See :class:`RecordStore`."""
        with self._lock:
            return LocalSessions(tuple(reversed(self._entries.values())))

    def stamp(self, record_id: str) -> object:
        """See :class:`RecordStore`."""
        return self._records.get(record_id)

    def close(self) -> None:
        """See :class:`RecordStore`."""


def _content(file: Path) -> bytes:
    """What is in the file of a record. Raises OSError for what this program has not written: a link, another user's
    file, one that is too large."""
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(file, flags)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
            raise PermissionError(errno.EPERM, "it is another user's")
        with open(descriptor, "rb", closefd=False) as stream:
            content = stream.read(MAX_RECORD + 1)
    finally:
        os.close(descriptor)
    if len(content) > MAX_RECORD:
        raise OSError(errno.EFBIG, f"it has more than {MAX_RECORD:,} bytes")
    return content


def _keep_name(directory: Path) -> None:
    """Have the new name on the disk as well: after a power failure a bound that is too low would be used. Where a
    directory cannot be opened, the system does that by itself."""
    with suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
