"""The columns of sessions: what each shows, and how wide it is. Pure functions."""

from __future__ import annotations

from ssmtui.inventory.session_fields import SESSION_ROWS, duration_words
from ssmtui.inventory.session_rows import SessionRow, SessionWhere
from ssmtui.model import DEFAULT_SHELL
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.table.columns import NOTHING, CellOf, ColumnFacts, ColumnSet, ColumnShape

_STATUS = {
    "Connected": Cell("● connected", Tone.GOOD),
    "Connecting": Cell("◌ connecting", Tone.WARN),
    "Disconnected": Cell("○ disconnected", Tone.WARN),
    "Terminating": Cell("◌ terminating", Tone.DIM),
    "Terminated": Cell("■ terminated", Tone.DIM),
    "Failed": Cell("✕ failed", Tone.BAD),
}
"""By the status of DescribeSessions."""

_WHERE = {
    SessionWhere.HERE: Cell("this app", Tone.GOOD),
    SessionWhere.OTHER: Cell("another ssmtui", Tone.ACCENT),
    SessionWhere.DETACHED: Cell("detached", Tone.WARN),
    SessionWhere.FOREIGN: Cell("elsewhere", Tone.DIM),
}


def owner(row: SessionRow, facts: ColumnFacts) -> Cell:
    """Who started it; the person's own stand out."""
    return Cell(tidy(row.owner), Tone.STRONG if row.mine else Tone.PLAIN) if row.owner else NOTHING


def name(row: SessionRow, facts: ColumnFacts) -> Cell:
    """The node's name; the id of one without, or one that is not listed."""
    return Cell(tidy(row.node_name)) if row.node_name else Cell(tidy(row.record.target), Tone.DIM)


def target(row: SessionRow, facts: ColumnFacts) -> Cell:
    """The node's id."""
    return Cell(tidy(row.record.target), Tone.DIM)


def document(row: SessionRow, facts: ColumnFacts) -> Cell:
    """The document; the account's own shell as such."""
    if row.record.document_name in ("", DEFAULT_SHELL):
        return Cell(words.DEFAULT_SHELL, Tone.DIM)
    return Cell(tidy(row.record.document_name))


def started(row: SessionRow, facts: ColumnFacts) -> Cell:
    """How long ago it began."""
    when = row.record.started
    return NOTHING if when is None else Cell(words.age((facts.now - when).total_seconds()))


def ended(row: SessionRow, facts: ColumnFacts) -> Cell:
    """How long ago it ended; nothing of one that runs."""
    when = row.record.ended
    return Cell("") if when is None else Cell(words.age((facts.now - when).total_seconds()))


def lasted(row: SessionRow, facts: ColumnFacts) -> Cell:
    """How long it ran, or has run by now."""
    return Cell(duration_words(row.duration(facts.now)), Tone.PLAIN if row.is_over else Tone.DIM)


def status(row: SessionRow, facts: ColumnFacts) -> Cell:
    """What the service says of it."""
    return _STATUS.get(row.record.status) or Cell(tidy(row.record.status.lower(), 20), Tone.WARN)


def where(row: SessionRow, facts: ColumnFacts) -> Cell:
    """Which program has it; nothing of one that is over."""
    return Cell("") if row.is_over else _WHERE[row.where]


def access(row: SessionRow, facts: ColumnFacts) -> Cell:
    """Standard access, or just-in-time."""
    just_in_time = row.record.access_type == "JustInTime"
    return Cell("just-in-time", Tone.ACCENT) if just_in_time else Cell(tidy(row.record.access_type.lower()))


def account(row: SessionRow, facts: ColumnFacts) -> Cell:
    """The account's alias where one is known, else its id."""
    return Cell(tidy(facts.aliases.get(row.account) or row.account))


_CELLS: dict[str, CellOf[SessionRow]] = {
    "owner": owner,
    "name": name,
    "target": target,
    "document": document,
    "started": started,
    "ended": ended,
    "lasted": lasted,
    "status": status,
    "where": where,
    "access": access,
    "account": account,
}

_SHAPES = {
    "owner": ColumnShape(16, 30, 0),
    "name": ColumnShape(14, 20, 1),
    "started": ColumnShape(9, 9, 2),
    "status": ColumnShape(14, 14, 2.2),
    "account": ColumnShape(12, 18, 2.4),
    "region": ColumnShape(9, 14, 2.5),
    "profile": ColumnShape(11, 20, 2.6),
    "where": ColumnShape(14, 14, 3),
    "reason": ColumnShape(12, 30, 4),
    "target": ColumnShape(19, 20, 6),
    "lasted": ColumnShape(8, 9, 2.3),
    "document": ColumnShape(13, 28, 5),
    "ended": ColumnShape(7, 7, 2.1),
    "access": ColumnShape(12, 12, 8),
    "id": ColumnShape(24, 40, 8),
    "limit": ColumnShape(8, 9, 8),
}

OF_THE_PAST = frozenset({"ended", "lasted"})
"""Columns that come by themselves with sessions that are over."""
OF_NOW = frozenset({"where"})
"""Columns that come by themselves with sessions that run."""

SESSION_COLUMNS: ColumnSet[SessionRow] = ColumnSet(
    SESSION_ROWS,
    cells=_CELLS,
    shapes=_SHAPES,
    default=("owner", "name", "started", "status", "reason", "document", "target"),
    by_scope=("account", "region", "profile", "ended", "lasted", "where"),
    scopes_after="started",
    aging=frozenset({"started", "ended", "lasted"}),
)
"""Those of the table of sessions."""
