"""What is known of a session, field by field, and how a list of sessions is searched and ordered.

The columns of such a list, the filter's keys and the command line's help are all made from these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from struct import Struct

from ssmtui.inventory.field_sets import Field, FieldKind, FieldSet, SortKey, WordSearch, natural, sorted_by
from ssmtui.inventory.rows import IndexRow, RowKind, folded, initials, shared
from ssmtui.inventory.session_rows import SessionRow, SessionWhere

_double = Struct(">d").pack

WHERE_WORDS: Mapping[SessionWhere, str] = {
    SessionWhere.HERE: "here",
    SessionWhere.OTHER: "other",
    SessionWhere.DETACHED: "detached",
    SessionWhere.FOREIGN: "elsewhere",
}
"""What ``where:`` takes."""

STATUSES = ("connected", "connecting", "disconnected", "terminating", "terminated", "failed")
"""DescribeSessions' statuses in lower case, those of sessions that run first."""
_STATUS_ORDER = {status: str(place) for place, status in enumerate(STATUSES)}

_HEX_ID = re.compile("(?:mi|i)-[0-9a-f]+")
_LATEST = 10**14
"""More milliseconds than any time has since the epoch."""


def duration_words(duration: timedelta | None) -> str:
    """Hours, minutes and seconds: ``1:02:03``; empty for None."""
    if duration is None:
        return ""
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


def lasted(row: SessionRow) -> timedelta | None:
    """How long a session ran that is over; None of one that runs, whose age says it, and where nobody knows."""
    record = row.record
    if record.started is None or record.ended is None:
        return None
    return max(timedelta(), record.ended - record.started)


def _lasted_key(row: SessionRow) -> str:
    duration = lasted(row)
    return _double(duration.total_seconds()).decode("latin-1") if duration is not None else ""


def _time(value: Callable[[SessionRow], datetime | None]) -> Callable[[SessionRow], str]:
    def text(row: SessionRow) -> str:
        moment = value(row)
        return moment.astimezone(UTC).isoformat(timespec="seconds") if moment is not None else ""

    return text


def _time_key(value: Callable[[SessionRow], datetime | None]) -> Callable[[SessionRow], str]:
    def key(row: SessionRow) -> str:
        moment = value(row)
        # The bytes of a double that is not negative order as it does.
        return _double(max(0.0, moment.timestamp())).decode("latin-1") if moment is not None else ""

    return key


def _age(
    name: str, title: str, help: str, value: Callable[[SessionRow], datetime | None], *aliases: str
) -> Field[SessionRow]:
    text = _time(value)
    return Field(name, title, help, text, _time_key(value), text, FieldKind.AGE, aliases=aliases, moment=value)


def _plain(
    name: str,
    title: str,
    help: str,
    value: Callable[[SessionRow], str],
    *aliases: str,
    words: WordSearch = WordSearch.NEVER,
    shared: bool = True,
) -> Field[SessionRow]:
    """A field that is shown as it is; ``shared``: many sessions have the same value."""
    return Field(name, title, help, value, sorted_by(value, shared=shared), value, aliases=aliases, words=words)


def _status(row: SessionRow) -> str:
    return row.record.status.lower()


def _where(row: SessionRow) -> str:
    return WHERE_WORDS[row.where]


def _owner_texts(row: SessionRow) -> tuple[str, ...]:
    return (row.owner, row.record.owner)


def _limit(row: SessionRow) -> str:
    return "" if row.record.max_minutes is None else f"{row.record.max_minutes} min"


_ALL: tuple[Field[SessionRow], ...] = (
    Field(
        "owner",
        "OWNER",
        "who started it: user, or role and session",
        attrgetter("owner"),
        sorted_by(attrgetter("owner"), shared=True),
        _owner_texts,
        aliases=("who", "user"),
        words=WordSearch.PIECES,
    ),
    _plain("name", "NODE", "the node's name", attrgetter("node_name"), "node", words=WordSearch.PIECES),
    # Digits in an id are not numbers.
    Field(
        "target",
        "NODE ID",
        "i-…, mi-… or ecs:…",
        attrgetter("record.target"),
        attrgetter("record.target"),
        attrgetter("record.target"),
        aliases=("node-id", "instance"),
        words=WordSearch.ID,
    ),
    _plain(
        "document", "DOCUMENT", "the session document", attrgetter("record.document_name"), "doc",
        words=WordSearch.WHOLE,
    ),
    _plain("reason", "REASON", "why it was started", attrgetter("record.reason"), words=WordSearch.WHOLE),
    _age("started", "STARTED", "how long ago it began", attrgetter("record.started"), "since", "began"),
    _age("ended", "ENDED", "how long ago it ended", attrgetter("record.ended")),
    Field(
        "lasted",
        "LASTED",
        "how long it ran, once it is over",
        lambda row: duration_words(lasted(row)),
        _lasted_key,
        lambda row: duration_words(lasted(row)),
        FieldKind.LENGTH,
        aliases=("duration",),
        length=lasted,
    ),
    Field(
        "status",
        "STATUS",
        "connected, disconnected, terminated, failed …",
        _status,
        lambda row: _STATUS_ORDER.get(_status(row), ""),
        _status,
        FieldKind.CHOICE,
        STATUSES,
        STATUSES,
        aliases=("state",),
        no_order="Write status:VALUE.",
    ),
    Field(
        "where",
        "WHERE",
        "here, in another ssmtui, detached, or elsewhere",
        lambda row: row.where.value,
        lambda row: str(list(WHERE_WORDS).index(row.where)),
        _where,
        FieldKind.CHOICE,
        tuple(WHERE_WORDS.values()),
        tuple(WHERE_WORDS.values()),
        no_order="Write where:VALUE.",
    ),
    _plain("tab", "TAB", "what its tab is or was called", attrgetter("holder.title"), "title", words=WordSearch.PIECES),
    Field(
        "access",
        "ACCESS",
        "standard, or just-in-time",
        attrgetter("record.access_type"),
        lambda row: natural(row.record.access_type),
        lambda row: row.record.access_type.lower(),
        FieldKind.CHOICE,
        ("standard", "just-in-time"),
        ("standard", "justintime"),
        aliases=("jit",),
        no_order="Write access:VALUE.",
    ),
    _plain("limit", "LIMIT", "the longest that it may run", _limit, "max"),
    Field(
        "account",
        "ACCOUNT",
        "the account's id or alias, or the AWS profile",
        attrgetter("account"),
        sorted_by(attrgetter("account"), shared=True),
        lambda row: (row.account, row.scope.aws_profile or ""),
        words=WordSearch.ID,
        no_order="Write account:VALUE.",
    ),
    _plain("profile", "AWS PROFILE", "the AWS profile that lists it", lambda row: row.scope.aws_profile or ""),
    _plain("region", "REGION", "the AWS region", attrgetter("scope.region")),
    _plain(
        "id", "SESSION ID", "the session's id", attrgetter("record.session_id"), "session",
        words=WordSearch.WHOLE, shared=False,
    ),
    _plain("details", "DETAILS", "what the service says of its end", attrgetter("record.details")),
)  # fmt: skip

SESSION_FIELDS: FieldSet[SessionRow] = FieldSet(_ALL)
"""All of them, in the order of a menu."""


def _tie_of(row: SessionRow) -> str:
    """The newest first."""
    started = row.record.started
    age = _LATEST - int(started.timestamp() * 1000) if started is not None else _LATEST * 9
    return f"{age:015}\0{row.record.session_id}\0{row.scope.aws_profile or ''}\0{row.scope.region}"


def _fill(row: IndexRow[SessionRow]) -> None:
    """Make what is searched: the node's id and the account; then session, document and reason; then the names of node,
    owner and tab."""
    session = row.item
    record = session.record
    name, target = folded(session.node_name), folded(record.target)
    digits, rest = "\n", []
    if _HEX_ID.fullmatch(target):
        digits += f"{target}\n"
    else:
        rest.append(target)
    if session.account.isdigit():
        digits += f"{session.account}\n"
    text = digits + "".join([f"{value}\n" for value in rest if value])
    text += f"{folded(record.session_id)}\n{_shared_text(record.document_name, record.reason)}"
    loose = len(text) - 1
    lines, letters = _names(session.owner, session.holder.title)
    own = f"{name}\n" if name else ""
    row.name, row.text, row.hard, row.loose = name, text + own + lines, len(digits) - 1, loose
    row.tags = len(row.text) - 1
    row.letters = shared(letters | initials(own))


@lru_cache(1 << 12)
def _shared_text(document: str, reason: str) -> str:
    return "".join([f"{folded(value)}\n" for value in (document, reason) if value])


@lru_cache(1 << 12)
def _names(owner: str, title: str) -> tuple[str, int]:
    lines = "".join([f"{folded(value)}\n" for value in (owner, title) if value])
    return lines, initials(lines)


SESSION_ROWS: RowKind[SessionRow] = RowKind(
    fields=SESSION_FIELDS,
    fill=_fill,
    searched=lambda row: (row.record, row.node_name, row.account, row.holder.title),
    tie_of=_tie_of,
    tie_source=attrgetter("record.started"),
    order=(SortKey("started", descending=True),),
)
"""Those of an index of sessions: the newest first until another order is chosen."""


def is_leftover(row: SessionRow) -> bool:
    """Whether it seems to be forgotten: the caller's own, still alive, and no client has it."""
    if row.is_over or not row.mine:
        return False
    return row.where is SessionWhere.DETACHED or (
        row.where is SessionWhere.FOREIGN and row.record.status == "Disconnected"
    )


def is_port(row: SessionRow) -> bool:
    """Whether it forwards a port or carries ssh, by AWS's own documents."""
    return row.record.document_name.startswith(("AWS-StartPortForwarding", "AWS-StartSSH"))
