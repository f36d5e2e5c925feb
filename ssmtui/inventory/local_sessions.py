"""What this machine knows of sessions, from its ledger and journal, in the words of the lists of sessions. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from ssmtui.inventory.session_rows import Holder, SessionRow, SessionWhere
from ssmtui.ledger.journal import JournalEntry
from ssmtui.ledger.record import Ending, LedgerRecord, Phase
from ssmtui.model import DEFAULT_SHELL, Scope, SessionRecord

_FAILURES = frozenset({Ending.FAILED.value, Ending.NOT_STARTED.value})
_STATUSES = {Phase.STARTING.value: "Connecting", Phase.OPEN.value: "Connected", Phase.CLOSING.value: "Terminating"}
_HELD = frozenset(_STATUSES)
"""What the journal says of sessions that a running program holds."""


def record_holders(records: Iterable[LedgerRecord], is_running: Callable[[str], bool]) -> dict[str, Holder]:
    """Who on this machine has which session, by session id. ``is_running`` says of an owner's id whether that program
    runs. Nothing of the program that asks is known here: its own sessions are in another ssmtui."""
    running: dict[str, bool] = {}
    holders = {}
    for record in records:
        if not record.session_id:
            continue
        owner = record.owner if record.phase is not Phase.DETACHED else ""
        if owner and owner not in running:
            running[owner] = is_running(owner)
        where = SessionWhere.OTHER if owner and running[owner] else SessionWhere.DETACHED
        holders[record.session_id] = Holder(where, record.title, record.id, scope=record.scope)
    return holders


def local_row(entry: JournalEntry) -> SessionRow:
    """A session of the ledger or the journal as DescribeSessions would list it; how it ended is in the details."""
    status = "Failed" if entry.how in _FAILURES else "Terminated"
    ended = entry.ended
    if entry.live:
        status, ended = _STATUSES.get(entry.how, "Disconnected"), None
    elif entry.duration is not None:
        ended = entry.started + entry.duration  # by a clock that does not jump
    record = SessionRecord(
        session_id=entry.session_id,
        target=entry.node,
        status=status,
        owner=entry.who,
        document_name=entry.document or (DEFAULT_SHELL if entry.access == "shell" else ""),
        reason=entry.reason,
        started=_moment(entry.started),
        ended=_moment(ended),
        details=f"{entry.how}: {entry.detail}" if entry.detail else entry.how,
    )
    where = SessionWhere.OTHER if entry.how in _HELD else SessionWhere.DETACHED
    holder = Holder(where if entry.live else SessionWhere.FOREIGN, entry.title, entry.id)
    scope = Scope(entry.aws_profile or None, entry.region)
    return SessionRow(record, scope, entry.account, entry.node_name, mine=True, holder=holder)


def _moment(at: float | None) -> datetime | None:
    if at is None:
        return None
    try:
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=at)
    except OverflowError:
        return None
