"""What the panel under the table says of the session under the cursor. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from ssmtui.inventory.session_fields import duration_words
from ssmtui.inventory.session_rows import SessionRow, SessionWhere
from ssmtui.model import DEFAULT_SHELL
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.table.columns import ColumnFacts

LABEL_WIDTH = 14
VALUE_LIMIT = 400


def whereabouts(row: SessionRow, facts: ColumnFacts) -> Cell:
    """What can be done with it now, or how it ended."""
    if row.is_over:
        return Cell(_end(row, facts), Tone.BAD if row.record.status == "Failed" else Tone.DIM)
    title = f": {tidy(row.holder.title, 40)}" if row.holder.title else ""
    match row.where:
        case SessionWhere.HERE if row.holder.tab is None:
            return Cell(f"This app has it, in no tab{title}: it forwards a port.", Tone.GOOD)
        case SessionWhere.HERE:
            return Cell(f"A tab of this app has it{title}. Enter goes there.", Tone.GOOD)
        case SessionWhere.OTHER:
            told = f"Another ssmtui on this machine has it{title}. Enter takes it over."
            return Cell(told, Tone.ACCENT)
        case SessionWhere.DETACHED:
            return Cell(f"It was left alive{title}. Enter brings it back.", Tone.WARN)
        case SessionWhere.FOREIGN if row.mine:
            return Cell("It is yours, from another client or machine. Enter takes it over.", Tone.ACCENT)
    return Cell("It is somebody else's.", Tone.PLAIN)


def _end(row: SessionRow, facts: ColumnFacts) -> str:
    record = row.record
    when = "" if record.ended is None else f" {words.ago((facts.now - record.ended).total_seconds())}"
    length = duration_words(row.duration(facts.now))
    after = f" after {length}" if length else ""
    details = f": {tidy(record.details, 200)}" if record.details else ""
    return f"{tidy(record.status or 'Over', 20)}{when}{after}{details}"


def brief(row: SessionRow, facts: ColumnFacts, output: Sequence[str]) -> list[Cell]:
    """The session in a few lines. ``output`` says where that is kept."""
    record = row.record
    document = words.DEFAULT_SHELL if record.document_name in ("", DEFAULT_SHELL) else record.document_name
    limit = "" if record.max_minutes is None else f"{record.max_minutes} min at most"
    found = [
        whereabouts(row, facts),
        Cell(_joined((record.owner, _since(row)))),
        Cell(_joined((row.node_name, record.target, _account(row, facts), row.scope.region)), Tone.DIM),
        Cell(_joined((document, record.reason, _access(row), limit)), Tone.DIM),
        Cell(_joined(f"output: {place}" for place in output), Tone.DIM),
    ]
    return [cell for cell in found if cell.text]


def full(row: SessionRow, facts: ColumnFacts, output: Sequence[str]) -> list[Cell]:
    """All that is known, a line each. ``output`` says where that is kept."""
    record = row.record
    labelled = [
        ("session", record.session_id),
        ("owner", record.owner),
        ("node", _joined((row.node_name, record.target))),
        ("status", record.status),
        ("details", record.details),
        ("started", _moment(record.started, facts)),
        ("ended", _moment(record.ended, facts)),
        ("lasted" if row.is_over else "runs for", duration_words(row.duration(facts.now))),
        ("limit", "" if record.max_minutes is None else f"{record.max_minutes} min at most"),
        ("document", record.document_name),
        ("reason", record.reason),
        ("access", _access(row)),
        *(("" if number else "output", place) for number, place in enumerate(output)),
        ("account", _account(row, facts)),
        ("region", row.scope.region),
        ("AWS profile", row.scope.aws_profile or ""),
        ("tab", row.holder.title),
    ]
    lines = [whereabouts(row, facts)]
    lines += [Cell(f"{label:<{LABEL_WIDTH}}{tidy(text, VALUE_LIMIT)}") for label, text in labelled if text]
    return [line for line in lines if line.text]


def _since(row: SessionRow) -> str:
    began = row.record.started
    if began is None:
        return ""
    return f"{'began' if row.is_over else 'since'} {began.astimezone():%Y-%m-%d %H:%M}"


def _moment(moment: datetime | None, facts: ColumnFacts) -> str:
    if moment is None:
        return ""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}, {words.ago((facts.now - moment).total_seconds())}"


def _access(row: SessionRow) -> str:
    return {"": "", "Standard": "standard access", "JustInTime": "just-in-time access"}.get(
        row.record.access_type, row.record.access_type
    )


def _account(row: SessionRow, facts: ColumnFacts) -> str:
    alias = facts.aliases.get(row.account, "")
    return f"{alias} ({row.account})" if alias else row.account


def _joined(parts: Iterable[str]) -> str:
    return "  ·  ".join(tidy(part, VALUE_LIMIT) for part in parts if part)
