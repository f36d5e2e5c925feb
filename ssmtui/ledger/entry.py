"""One session that this run holds, as the ledger follows it: facts are taken on the event loop, and written in a
thread. A disk that fails or hangs costs the session nothing but that it could not be brought back."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from ssmtui import inert
from ssmtui.aws.calls import CallPool
from ssmtui.contained import Contained, report
from ssmtui.errors import SsmtuiError
from ssmtui.ledger.journal import entry_of
from ssmtui.ledger.record import Ending, LedgerRecord, Phase
from ssmtui.ledger.store import RecordStore

log = logging.getLogger(__name__)

PATIENCE = 1.0
"""Seconds that the disk has for a record that a session waits for; then the session goes on without it."""
RETRY = 5.0
"""Seconds before what could not be written is written again."""


class Desk(NamedTuple):
    """What all entries of a ledger write with."""

    store: RecordStore
    writer: CallPool
    """One thread, so that everything is written in the order in which it happened."""
    reader: CallPool
    wall: Callable[[], float]
    clock: Callable[[], float]
    gone: Callable[[Entry], None]
    """Called when nothing of an entry is left to be written."""
    lost: Callable[[Entry], None]
    """Called when another run has claimed an entry's record."""


class Entry:
    """A session's place in the ledger, from before it is started until its end, or until it is left alive.

    All methods but :meth:`ended_without_loop` belong to the event loop's thread; none of them blocks or raises. What
    comes after the end is ignored.
    """

    def __init__(self, desk: Desk, record: LedgerRecord, *, written: bool = False) -> None:
        """``written``: the record is on the disk already."""
        self.record = record
        self.notice = ""
        """Why the session could not be brought back after a crash; empty where it could."""
        self.changed: Callable[[], None] = _nothing
        """Called when :attr:`notice` is another one. What it raises is contained."""
        self._desk = desk
        self._broken = Contained(f"ledger record {record.id}")
        # A session that is brought back began in another run, whose clock is not ours.
        self._began = None if written else desk.clock()
        self._version = 1
        """Of the record as it is here."""
        self._written = int(written)
        """Version that is on the disk."""
        self._on_disk = record if written else None
        """The record as it is there; None where it is not."""
        self._writing = False
        self._over = False
        self._lost = False
        self._final: Callable[[], bool] | None = None
        """Takes the record out of the ledger, its end into the journal."""
        self._retry: asyncio.TimerHandle | None = None
        self._is_late = False
        """The disk has not answered in time, and still does not: it is not waited for again."""
        self._waiting: list[tuple[int, asyncio.Future[bool]]] = []
        self._write_soon()

    @property
    def id(self) -> str:
        """Of the record."""
        return self.record.id

    @property
    def is_over(self) -> bool:
        """Whether the session has ended, was left alive, or is another run's."""
        return self._over

    @property
    def is_on_record(self) -> bool:
        """Whether the next run finds it in the ledger, as far as can be seen."""
        return self._on_disk is not None and not self._lost

    @property
    def is_settled(self) -> bool:
        """Whether nothing of it is being written, or going to be."""
        return not self._writing and (self._lost or self._is_written or self._retry is not None)

    @property
    def _is_written(self) -> bool:
        return self._version == self._written and self._final is None

    # What happens to the session

    def begun(self) -> asyncio.Future[bool]:
        """Wait until the record is on the disk. Returns False where that cannot be, or takes more than
        :data:`PATIENCE` seconds: the session goes on all the same."""
        return self._wait(1)

    def answered(self, session_id: str, client_id: uuid.UUID | str = "") -> None:
        """StartSession has answered, or a session of another client is taken over."""
        phase = self.record.phase if self.record.phase is Phase.CLOSING else Phase.OPEN
        self._change(session_id=session_id, client_id=str(client_id), phase=phase)

    def learned(
        self,
        *,
        session_type: str | None = None,
        encrypted: bool | None = None,
        identity: str | None = None,
        idle_limit: float | None = None,
        time_limit: float | None = None,
    ) -> None:
        """What became known of the session; None: nothing new. ``identity`` is the ARN that AWS names as its owner."""
        given = {
            "session_type": session_type,
            "encrypted": encrypted,
            "begun_by" if self.record.foreign else "identity": identity,
            "idle_limit": idle_limit,
            "time_limit": time_limit,
        }
        self._change(**{name: value for name, value in given.items() if value is not None})

    def reserve(self, low: int, until: int | None, output: int = 0) -> asyncio.Future[bool]:
        """The agent's next expected number of input is ``low`` or higher, numbers below ``until``, with None any, are
        about to be given, and output below ``output`` was shown. Await the answer before they are: False means that
        they may be used although this could not be written, or not in time."""
        if not self._over and (ahead := self.record.ahead(low, until, output)) != self.record:
            self._put(ahead)
        answer = self._wait(self._version)
        if _passes(self.record, self._on_disk):
            # They are about to be used: the bound on the disk must not wait for the next attempt.
            self.hurry()
        return answer

    async def holds(self) -> bool:
        """Whether the record is still this run's, as far as can be seen: another run may have claimed it a moment
        ago."""
        if self._over or not self._written:
            return not self._lost
        try:
            async with asyncio.timeout(PATIENCE):
                found = await self._desk.reader.run(partial(self._desk.store.read, self.id))
        except (OSError, ValueError, SsmtuiError):
            return not self._lost
        if found is None or found.owner in ("", self._desk.store.owner_id):
            return not self._lost
        self.lose()
        return False

    def retitled(self, title: str) -> None:
        """Its tab has another name."""
        self._change(title=title)

    def recorded(self, path: Path | None) -> None:
        """What it prints is in this file; None: it is not recorded."""
        self._change(recording=str(path or ""))

    def closing(self) -> None:
        """The person ends it; AWS is yet to confirm that."""
        self._change(phase=Phase.CLOSING)

    def detached(self, low: int, high: int | None, output: int = 0, *, elsewhere: bool = False) -> None:
        """It is left alive, with its input and output between these bounds. ``elsewhere``: another client has taken it
        over, so ``high`` is no bound. One of another client that was not taken over is forgotten."""
        if self._over:
            return
        if self.record.foreign and self.record.phase is Phase.STARTING:
            self._finish(partial(self._desk.store.forget, self.id))
            return
        self._put(replace(self.record.ahead(low, high, output), phase=Phase.DETACHED, elsewhere=elsewhere))
        self._over = True

    def ended(self, how: Ending, exit_code: int | None = None, detail: str = "") -> None:
        """It is over: this goes into the journal, and the record out of the ledger. ``detail`` is what the node or the
        service said of it."""
        if not self._over:
            self._finish(self._end(how, exit_code, detail))

    def ended_without_loop(self, how: Ending) -> None:
        """The same at once, for a program whose event loop stands still. Blocks, in any thread; a disk that fails is
        logged."""
        if self._over:
            return
        try:
            self._end(how)()
        except OSError as error:
            log.warning("session %s: the journal cannot be written: %s", self.record.session_id, why(error))

    def _end(self, how: Ending, exit_code: int | None = None, detail: str = "") -> Callable[[], bool]:
        """What takes the record out of the ledger, and this end into the journal."""
        ended = self._desk.wall()
        duration = max(0.0, ended - self.record.started)
        if self._began is not None:
            duration = self._desk.clock() - self._began
        line = inert.line(detail, 500)
        entry = entry_of(self.record, how.value, ended=ended, duration=duration, exit_code=exit_code, detail=line)
        store = self._desk.store
        return lambda: store.finish(entry.id, entry, lambda record: record.owner == store.owner_id)

    # What the ledger does with it

    async def written(self) -> bool:
        """Wait until the record is on the disk as it is here. Returns False where that cannot be, or takes more than
        :data:`PATIENCE` seconds, and where the record is another run's or goes out of the ledger."""
        return await self._wait(self._version)

    def lose(self) -> None:
        """Another run has claimed the record: nothing more is written to it."""
        if not self._lost:
            self.drop()
            self._desk.lost(self)

    def drop(self) -> None:
        """Write nothing more: the record is another entry's."""
        self._lost = self._over = True
        self._final = None
        self._answer(self._version, False)
        self._stop_retrying()

    def hurry(self) -> None:
        """Write now what could not be written."""
        if self._retry is not None:
            self._stop_retrying()
            self._write_soon()

    # Writing

    def _finish(self, final: Callable[[], bool]) -> None:
        self._over = True
        self._final = final
        # What waits to be written of the record is not written any more.
        self._answer(self._version, False)
        self._write_soon()

    def _change(self, **facts: Any) -> None:
        if not self._over and (record := replace(self.record, **facts)) != self.record:
            self._put(record)

    def _put(self, record: LedgerRecord) -> None:
        self.record = record
        self._version += 1
        self._write_soon()

    def _wait(self, version: int) -> asyncio.Future[bool]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bool] = loop.create_future()
        is_failing = self._retry is not None or self._is_late
        if self._lost or self._final is not None or (is_failing and self._written < version):
            answer.set_result(False)
        elif self._written >= version:
            answer.set_result(True)
        else:
            self._waiting.append((version, answer))
            timer = loop.call_later(PATIENCE, self._too_late, answer)
            answer.add_done_callback(lambda _: timer.cancel())
        return answer

    def _too_late(self, answer: asyncio.Future[bool]) -> None:
        if not answer.done():
            self._is_late = True
            answer.set_result(False)
            self._say(f"the disk has not answered for {PATIENCE:g} s")

    def _answer(self, version: int, good: bool) -> None:
        waiting, self._waiting = self._waiting, []
        for wanted, answer in waiting:
            if wanted > version:
                self._waiting.append((wanted, answer))
            elif not answer.done():
                answer.set_result(good)

    def _write_soon(self) -> None:
        if self._writing or self._retry is not None or self._lost:
            return
        if self._version > self._written and self._final is None:
            work: Callable[[], LedgerRecord | None] = partial(_write, self._desk, self.record, self._on_disk)
            self._submit(work, partial(self._on_written, self._version))
        elif self._final is not None:
            self._submit(partial(_conclude, self._desk.store, self._final), self._on_finished)

    def _submit(self, work: Callable[[], Any], done: Callable[[asyncio.Future[Any]], None]) -> None:
        try:
            future = asyncio.wrap_future(self._desk.writer.submit(work))
        except SsmtuiError:
            return  # the program is closing, and has said what it could not write
        self._writing = True
        future.add_done_callback(done)

    def _on_written(self, version: int, future: asyncio.Future[LedgerRecord | None]) -> None:
        self._writing = self._is_late = False
        if (why := _failure(future)) is not None:
            if not future.cancelled() and isinstance(future.exception(), _Removed):
                self._on_disk = None
            self._failed(why)
            return
        written = future.result()
        if written is None:
            self.lose()
            return
        self._written, self._on_disk = version, written
        self.record = replace(self.record, owner=written.owner, seen=written.seen)
        self._say("")
        self._answer(version, True)
        self._write_soon()
        if self._over and self._is_written and not self._writing:
            self._desk.gone(self)

    def _on_finished(self, future: asyncio.Future[bool]) -> None:
        self._writing = self._is_late = False
        if (why := _failure(future)) is not None:
            self._failed(why)
            return
        self._final = None
        self._written = self._version
        self._say("")
        self._desk.gone(self)

    def _failed(self, why: str) -> None:
        self._say(why)
        self._answer(self._version, False)
        if not self._lost:
            self._retry = asyncio.get_running_loop().call_later(RETRY, self._again)

    def _again(self) -> None:
        self._retry = None
        self._write_soon()

    def _stop_retrying(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None

    def _say(self, why: str) -> None:
        if why and self._final is not None:
            notice = f"The journal cannot be written ({why}): the end of this session is not in it yet."
        elif why:
            notice = f"The ledger cannot be written ({why}): after a crash this session could not be brought back."
        else:
            notice = ""
        if notice != self.notice:
            if notice:
                log.warning("session %s: %s", self.record.session_id or self.record.request.target, notice)
            self.notice = notice
            self._broken.call(self.changed)


class _Removed(OSError):
    """A record could not be written, and the one that was there is gone."""


def _write(desk: Desk, record: LedgerRecord, before: LedgerRecord | None) -> LedgerRecord | None:
    """In the writer's thread: put ``record`` in the place of ``before``. Returns what was written; None where another
    run has the record."""
    store = desk.store
    store.open()
    owner = "" if record.phase is Phase.DETACHED else store.owner_id
    record = replace(record, owner=owner, seen=desk.wall())
    try:
        return record if store.write(record, store.owner_id) else None
    except OSError as error:
        # Numbers are used although they could not be written down. A client that believed the old bound would begin
        # too low, and the agent would swallow what is typed there; by its id alone the session is taken over well.
        if _passes(record, before) and _removed(store, record.id):
            raise _Removed(error.errno, error.strerror) from error
        raise


def _passes(record: LedgerRecord, before: LedgerRecord | None) -> bool:
    """Whether ``record`` allows numbers that ``before`` does not."""
    if before is None or before.high is None:
        return False
    return record.high is None or record.high > before.high


def _removed(store: RecordStore, record_id: str) -> bool:
    """Whether the record could be removed, for which a full disk has room."""
    with suppress(OSError, ValueError):
        return store.forget(record_id)
    return False


def _conclude(store: RecordStore, final: Callable[[], bool]) -> bool:
    store.open()
    return final()


def _failure(future: asyncio.Future[Any]) -> str | None:
    """Why the disk did not do it, in a few words; None where it did."""
    if future.cancelled():
        return "the program is closing"
    error = future.exception()
    if error is None:
        return None
    if not isinstance(error, OSError):
        report("the ledger: a defect in what is written", error)
    return why(error)


def why(error: BaseException) -> str:
    """``error`` in a few words for people."""
    text = error.strerror if isinstance(error, OSError) else str(error)
    return inert.line(text or str(error) or type(error).__name__, 200)


def _nothing() -> None:
    pass
