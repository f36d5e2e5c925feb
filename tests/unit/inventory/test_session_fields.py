"""How sessions are found and ordered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.inventory.field_sets import SortKey
from ssmtui.inventory.index import RowIndex
from ssmtui.inventory.query.completion import complete
from ssmtui.inventory.query.errors import QueryError
from ssmtui.inventory.query.row_query import parse_for
from ssmtui.inventory.query.session_language import SESSION_LANGUAGE
from ssmtui.inventory.query.vocabulary import Counting, Vocabulary
from ssmtui.inventory.session_fields import SESSION_FIELDS, SESSION_ROWS, duration_words, lasted
from ssmtui.inventory.session_rows import Holder, SessionRow, SessionWhere
from ssmtui.inventory.store import Delta
from ssmtui.model import Scope, SessionRecord

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
PROD = Scope("prod", "eu-west-1")
OPS = "arn:aws:sts::111122223333:assumed-role/Ops"


def session(name: str, minutes: int = 5, **changes: object) -> SessionRow:
    """A session of john's on the node ``name`` that began so many minutes ago."""
    record = SessionRecord(
        f"john-{name}",
        f"i-0{name.encode().hex()}",
        "Connected",
        f"{OPS}/john",
        started=NOON - timedelta(minutes=minutes),
    )
    row = SessionRow(record, PROD, "111122223333", name)
    for field, value in changes.items():
        if field in SessionRecord._fields:
            row = row._replace(record=row.record._replace(**{field: value}))
        else:
            row = row._replace(**{field: value})
    return row


WEB = session("web-1", 5, reason="deploy 7", document_name="SSM-SessionManagerRunShell")
DB = session("db", 90, owner=f"{OPS}/jane", mine=True, holder=Holder(SessionWhere.DETACHED, "primary", "0f"))
LOST = session("cache", 200, owner=f"{OPS}/jane", mine=True, status="Disconnected")
PORT = session("api", 30, document_name="AWS-StartPortForwardingSession", access_type="JustInTime")
DONE = session("old", 3000, status="Terminated", ended=NOON - timedelta(minutes=2940), details="idle")
ALL = (WEB, DB, LOST, PORT, DONE)


def found(text: str, rows: Iterable[SessionRow] = ALL, **known: dict[str, str]) -> list[str]:
    query = parse_for(SESSION_LANGUAGE, text, now=NOON, **known)
    return [row.item.node_name for row in query.select([SESSION_ROWS.row(one) for one in rows])]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["web-1", "db", "cache", "api", "old"]),
        ("jane", ["db", "cache"]),
        ("owner:jane", ["db", "cache"]),
        ("owner:assumed-role/Ops/john", ["web-1", "api", "old"]),
        ("who:ops/john deploy", ["web-1"]),
        ("primary", ["db"]),
        ("tab:prim", ["db"]),
        ("reason:deploy", ["web-1"]),
        ("runshell", ["web-1"]),
        ("doc:*PortForwarding*", ["api"]),
        ("name:web*", ["web-1"]),
        ("node:db", ["db"]),
        ("john-web", ["web-1"]),
        ("id:john-web-1", ["web-1"]),
        ("111122223333", ["web-1", "db", "cache", "api", "old"]),
        ("since:<10m", ["web-1"]),
        ("started:>1h !over", ["db", "cache", "old"]),
        ("started:>1h !is:over", ["db", "cache"]),
        ("ended:<3d", ["old"]),
        ("ended:>3d", []),
        ("lasted:>59m", ["old"]),
        ("lasted:59m", ["old"]),
        ("duration:>1h", []),
        ("duration:>=1h", ["old"]),
        ("lasted:<1h", []),
        ("lasted:<=60", ["old"]),
        ("!lasted:<1w", ["web-1", "db", "cache", "api"]),
        ("lasted:", ["web-1", "db", "cache", "api", "old"]),
        ("status:disc", ["cache"]),
        ("status:connected", ["web-1", "db", "api"]),
        ("where:detached", ["db"]),
        ("access:just", ["api"]),
        ("is:mine", ["db", "cache"]),
        ("is:others is:running", ["web-1", "api"]),
        ("is:leftover", ["db", "cache"]),
        ("is:port", ["api"]),
        ("is:jit", ["api"]),
        ("is:detached|is:over", ["db", "old"]),
        ("region:eu-* profile:prod", ["web-1", "db", "cache", "api", "old"]),
        ("/^we?b/", ["web-1"]),
        ("tag:env=prod", []),
        ("details:idle", ["old"]),
    ],
)
def test_a_filter_finds(text: str, names: list[str]) -> None:
    assert found(text) == names


def test_an_account_is_found_by_its_alias() -> None:
    assert found("account:acme", aliases={"111122223333": "acme-prod"}) == [row.node_name for row in ALL]


@pytest.mark.parametrize(
    "text", ["status:asleep", "where:nowhere", "is:asleep", "started:soon", "lasted:long", "lasted:never", "ownr:jane"]
)
def test_what_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(QueryError):
        found(text)


def test_the_newest_come_first_and_those_without_a_time_last() -> None:
    timeless = session("unknown", started=None)
    index = index_of([LOST, timeless, WEB, DONE, DB])
    assert [row.item.node_name for row in index.shown] == ["web-1", "db", "cache", "old", "unknown"]


def index_of(rows: Iterable[SessionRow], *keys: SortKey) -> RowIndex[SessionRow]:
    index = RowIndex(SESSION_ROWS)
    for steps in (index.apply(Delta(list(rows))), index.sort(keys) if keys else iter(())):
        for _ in steps:
            pass
    return index


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("owner", ["db", "cache", "web-1", "api", "old"]),
        ("name", ["api", "cache", "db", "old", "web-1"]),
        ("started", ["old", "cache", "db", "api", "web-1"]),
        ("status", ["web-1", "api", "db", "cache", "old"]),
        ("lasted", ["old", "web-1", "api", "db", "cache"]),
    ],
)
def test_they_are_sorted(field: str, names: list[str]) -> None:
    assert [row.item.node_name for row in index_of(ALL, SortKey(field)).shown] == names


@pytest.mark.parametrize("name", list(SESSION_FIELDS))
def test_each_field_can_be_sorted_by_either_way(name: str) -> None:
    up, down = (
        [row.item.key for row in index_of(ALL, SortKey(name, descending)).shown] for descending in (False, True)
    )
    assert sorted(up) == sorted(down) == sorted(row.key for row in ALL)


def test_a_change_of_any_searched_text_is_found() -> None:
    index = index_of(ALL)
    renamed = WEB._replace(node_name="other", holder=Holder(SessionWhere.HERE, "mytab"))
    for steps in (index.warm(), index.apply(Delta([renamed])), index.select(parse("mytab other"))):
        for _ in steps:
            pass
    assert [row.item for row in index.shown] == [renamed]


def parse(text: str):  # type: ignore[no-untyped-def]
    return parse_for(SESSION_LANGUAGE, text, now=NOON)


def test_values_are_counted_for_completion() -> None:
    counting = Counting(SESSION_LANGUAGE, list(ALL))
    for _ in counting.steps():
        pass
    assert [value.text for value in counting.vocabulary.values("owner")] == ["Ops/john", "Ops/jane"]


@pytest.mark.parametrize(
    ("text", "offers"),
    [
        ("lasted:>", [">1h", ">1d"]),
        ("lasted:n", []),
        ("ended:n", ["never"]),
        ("status:term", ["terminating", "terminated"]),
    ],
)
def test_what_a_field_can_be_compared_with_is_offered(text: str, offers: list[str]) -> None:
    found = complete(text, len(text), SESSION_LANGUAGE, Vocabulary(), {})
    key = text[: text.index(":") + 1]
    assert [offer.applied(text)[0] for offer in found.offers] == [f"{key}{offer}" for offer in offers]


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (None, ""),
        (timedelta(), "0:00:00"),
        (timedelta(minutes=7, milliseconds=900), "0:07:00"),
        (timedelta(days=2, seconds=5), "48:00:05"),
    ],
)
def test_durations(duration: timedelta | None, words: str) -> None:
    assert duration_words(duration) == words


def test_a_session_that_ended_before_it_began_lasted_for_nothing() -> None:
    assert lasted(session("x", 0, ended=NOON - timedelta(hours=1))) == timedelta()
    assert lasted(WEB) is None


TEXTS = st.text(max_size=30)


@given(owner=TEXTS, target=TEXTS, reason=TEXTS, status=TEXTS, name=TEXTS, text=st.text(max_size=12))
def test_whatever_the_service_sends_can_be_shown_searched_and_sorted(
    owner: str, target: str, reason: str, status: str, name: str, text: str
) -> None:
    row = session("x", owner=owner, target=target, reason=reason, status=status, node_name=name)
    for field in SESSION_FIELDS.values():
        field.text(row), field.sort_key(row), field.searched(row)
    filled = SESSION_ROWS.row(row)
    assert 0 <= filled.hard <= filled.loose <= filled.tags < len(filled.text)
    try:
        query = parse(text)
    except QueryError:
        return
    query.select([filled])
