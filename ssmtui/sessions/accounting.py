"""What the ledger is told of a session, and which numbers of input the session may give because they are written down:
the client that takes it over after a crash must know how far its input may have come (protocol.md section 12)."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

from ssmtui.errors import SsmtuiError
from ssmtui.ledger.entry import Entry
from ssmtui.ledger.record import BLOCK, Ending, LedgerRecord
from ssmtui.protocol import DataChannel, InputBounds
from ssmtui.sessions.end_cause import EndCause

AHEAD = BLOCK // 2
"""Numbers that are left when the next block is written: what is typed meanwhile does not wait for the disk."""

_ENDINGS = {
    EndCause.PERSON: Ending.PERSON,
    EndCause.CLOSED: Ending.NODE,
    EndCause.TOLD: Ending.SERVICE,
    EndCause.GONE: Ending.SERVICE,
}
Begin = Callable[[], Awaitable[Entry]]
"""Begins the session's record, or claims the one it has. Raises :class:`ssmtui.errors.SsmtuiError` where the session
must not be had."""


class Accounting:
    """One session's place in the ledger; without a ledger, none, and the channel's numbers are not limited."""

    def __init__(
        self, begin: Begin | None, channel: DataChannel, wake: Callable[[], None], changed: Callable[[], None]
    ) -> None:
        """``wake`` is called when the channel may give more numbers, ``changed`` when :attr:`notice` is another one."""
        self._begin = begin
        self._channel = channel
        self._wake = wake
        self._changed = changed
        self._entry: Entry | None = None
        self._until = 0
        """The channel's numbers below this are asked for."""
        self._asking = False
        self._is_counted = False

    @property
    def record_id(self) -> str:
        """Of its record; empty before there is one."""
        return self._entry.id if self._entry is not None else ""

    @property
    def is_on_record(self) -> bool:
        """Whether the next run finds it in the ledger."""
        return self._entry is not None and self._entry.is_on_record

    @property
    def record(self) -> LedgerRecord | None:
        """As it was written last; None before there is one."""
        return self._entry.record if self._entry is not None else None

    @property
    def notice(self) -> str:
        """Why it could not be brought back after a crash; empty where it could."""
        return self._entry.notice if self._entry is not None else ""

    async def begun(self) -> None:
        """Have the record on the disk, for a moment at most. Call this before AWS is called for the session. Raises
        what ``begin`` raises."""
        if self._begin is None or self._entry is not None:
            return
        self._entry = entry = await self._begin()
        entry.changed = self._changed
        record, at = entry.record, self._channel.bounds
        if record.port:
            # Nobody can take it over, so nobody needs its numbers, of which it may use thousands a second.
            await entry.begun()
            return
        self._is_counted = True
        if at.high is None:
            # How far its input may come is not known until it is found, and the record says so.
            await entry.reserve(at.low, None, at.output)
            return
        self._until, written = record.high or BLOCK, entry.begun()
        if at.high:
            # Getting past what the client before may have typed takes all numbers of its block.
            self._until = max(self._until, at.high) + BLOCK
            written = entry.reserve(at.low, self._until, at.output)
        # A disk that fails must keep nobody from working, here and below: the record says what it could not write.
        await written
        self._channel.reserve(self._until)

    def look(self) -> None:
        """The channel is about to be asked for frames: have the next block written where few numbers are left."""
        if self._is_counted and ((left := self._channel.unreserved) is None or left < AHEAD) and not self._asking:
            self._ask()

    def _ask(self) -> None:
        entry, bounds = self._entry, self._channel.bounds
        assert entry is not None
        # While a session of which nothing is known is taken over, how far its input has come is yet to be found.
        if bounds.high is None or bounds.high + AHEAD <= self._until or entry.is_over:
            return
        self._asking = True
        until = bounds.high + BLOCK
        if self._channel.unreserved is None:
            # What is given meanwhile must not exceed what is being written.
            self._channel.reserve(until)
        answer = entry.reserve(bounds.low, until, bounds.output)
        answer.add_done_callback(lambda _: self._answered_for(until))

    def _answered_for(self, until: int) -> None:
        self._asking = False
        self._until = until
        self._channel.reserve(until)
        self._wake()

    def answered(self, session_id: str, client_id: uuid.UUID) -> None:
        """AWS has named the session, or let it be taken over."""
        if self._entry is not None:
            self._entry.answered(session_id, client_id)

    def learned(
        self,
        *,
        session_type: str | None = None,
        encrypted: bool | None = None,
        identity: str | None = None,
        idle_limit: float | None = None,
        time_limit: float | None = None,
    ) -> None:
        """What became known of it; None: nothing new."""
        if self._entry is not None:
            self._entry.learned(
                session_type=session_type or None,
                encrypted=encrypted,
                identity=identity or None,
                idle_limit=idle_limit,
                time_limit=time_limit,
            )

    def retitled(self, title: str) -> None:
        """Its tab has another name."""
        if self._entry is not None:
            self._entry.retitled(title)

    def recorded(self, path: Path | None) -> None:
        """What it prints is in this file; None: not any more."""
        if self._entry is not None:
            self._entry.recorded(path)

    async def holds(self) -> bool:
        """Whether no other run has claimed its record."""
        return self._entry is None or await self._entry.holds()

    def closing(self) -> None:
        """The person ends it."""
        if self._entry is not None:
            self._entry.closing()

    def left(self, at: InputBounds, *, elsewhere: bool) -> None:
        """It is left alive, with its input and output ``at`` these bounds, or another client has it."""
        if self._entry is not None:
            self._entry.detached(at.low, None if elsewhere else at.high, at.output, elsewhere=elsewhere)

    def ended(self, cause: EndCause | None, exit_code: int | None, detail: str) -> None:
        """It is over, and the service knows. ``cause`` is None where it was gone when it was to be taken over."""
        entry = self._entry
        if entry is None:
            return
        if cause is None:
            how = Ending.DETACHED
        elif not entry.record.session_id:
            how = Ending.NOT_STARTED
        else:
            how = _ENDINGS.get(cause, Ending.FAILED)
        entry.ended(how, exit_code, detail)

    def ended_without_loop(self) -> None:
        """The program ends it, whose event loop stands still. Blocks; any thread may call this."""
        if self._entry is not None:
            self._entry.ended_without_loop(Ending.PERSON)


def why_it_failed(error: SsmtuiError | None) -> str:
    """The journal's words for ``error``."""
    return "" if error is None else f"{error.title}: {error.detail}".rstrip(": ")
