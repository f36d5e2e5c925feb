"""Records of the ledger: what is kept of a session, and what a file that anybody may have written can do."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.ledger.record import (
    MAX_RECORD,
    MAX_SPAN,
    LedgerRecord,
    Phase,
    decoded,
    encoded,
    found_among,
)
from ssmtui.ledger.saved_request import kept
from ssmtui.model import Container, PaneOptions, Scope, SessionRecord, StartRequest, TerminalSize

ID = "0123456789abcdef0123456789abcdef"
TEXTS = st.text(max_size=12)
FILLED = st.text(min_size=1, max_size=12)
REQUESTS = st.builds(
    StartRequest,
    target=FILLED,
    document_name=st.none() | FILLED,
    parameters=st.dictionaries(TEXTS, st.lists(TEXTS, max_size=3).map(tuple), max_size=3),
    reason=st.none() | FILLED,
    title=TEXTS,
    scope=st.none() | st.builds(Scope, st.none() | TEXTS, FILLED),
    container=st.none() | st.builds(Container, TEXTS, TEXTS, TEXTS, TEXTS),
    command=TEXTS,
    options=st.builds(PaneOptions, profile=TEXTS, largest=st.none() | st.just(TerminalSize(80, 24)), guarded=TEXTS),
)
TIMES = st.floats(0, 1e11, allow_nan=False)
RECORDS = st.builds(
    LedgerRecord,
    id=st.just(ID),
    request=REQUESTS,
    title=FILLED,
    node_name=TEXTS,
    started=TIMES,
    seen=TIMES,
    phase=st.sampled_from(Phase),
    owner=st.just("") | st.just("f" * 32),
    session_id=st.just("") | st.from_regex(r"[a-z]{1,8}-[0-9a-f]{17}", fullmatch=True),
    identity=TEXTS,
    begun_by=TEXTS,
    endpoint=TEXTS,
    client_id=st.just("") | st.uuids().map(str),
    session_type=TEXTS,
    encrypted=st.none() | st.booleans(),
    port=st.booleans(),
    low=st.integers(0, 1 << 40),
    high=st.none(),
    output=st.integers(0, 1 << 40),
    recording=TEXTS,
    idle_limit=st.none() | st.floats(0, 1e7),
    time_limit=st.none() | st.floats(0, 1e7),
    elsewhere=st.booleans(),
    foreign=st.booleans(),
)


def a_record(**facts: object) -> LedgerRecord:
    given = {"request": StartRequest("i-1"), "title": "web-1", "started": 1.0, "seen": 1.0, "phase": Phase.OPEN}
    return LedgerRecord(id=ID, **{**given, **facts})  # type: ignore[arg-type]


@given(record=RECORDS, span=st.none() | st.integers(0, MAX_SPAN))
def test_what_is_written_is_what_is_read(record: LedgerRecord, span: int | None) -> None:
    record = replace(record, request=kept(record.request), high=None if span is None else record.low + span)
    assert decoded(ID, encoded(record)) == record


@given(
    value=st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists), data=st.data()
)
def test_any_value_of_any_fact_is_survived(value: object, data: st.DataObject) -> None:
    facts = json.loads(encoded(a_record()))
    facts[data.draw(st.sampled_from(sorted(facts)))] = value
    try:
        record = decoded(ID, json.dumps(facts).encode("utf-8", "surrogatepass"))
    except ValueError:
        return
    assert record.high is None or record.low <= record.high <= record.low + MAX_SPAN
    assert math.isfinite(record.started)
    assert math.isfinite(record.seen)
    assert encoded(record)


@given(content=st.binary(max_size=200))
def test_any_file_is_a_record_or_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decoded(ID, content)


def test_every_torn_file_is_refused() -> None:
    whole = encoded(a_record())
    for length in range(len(whole)):
        with pytest.raises(ValueError, match="it is not JSON"):
            decoded(ID, whole[:length])


def test_deep_nesting_and_long_numbers_are_refused() -> None:
    for content in (b"[" * 100_000, b'{"version": ' + b"9" * 10_000 + b"}"):
        with pytest.raises(ValueError, match="it is not JSON"):
            decoded(ID, content)


def test_a_newer_release_is_named() -> None:
    facts = json.loads(encoded(a_record()))
    facts["version"] = 2
    with pytest.raises(ValueError, match="its version is 2, and this release knows 1"):
        decoded(ID, json.dumps(facts).encode())


def test_a_file_under_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match="not of the session"):
        decoded("f" * 32, encoded(a_record()))


@pytest.mark.parametrize(("low", "high"), [(0, 1 << 50), (5, 4), (-1, 3), (True, 3), ("0", 3), (0, "3"), (0.5, 1)])
def test_absurd_bounds_are_unknown_bounds(low: object, high: object) -> None:
    facts = json.loads(encoded(a_record()))
    facts |= {"low": low, "high": high}
    record = decoded(ID, json.dumps(facts).encode())
    assert (record.low, record.high) == (0, None)


def test_what_a_file_does_not_say_is_not_taken_for_harmless() -> None:
    facts = json.loads(encoded(a_record(encrypted=False)))
    del facts["encrypted"], facts["port"]
    record = decoded(ID, json.dumps(facts).encode())
    assert record.encrypted is None
    assert record.port


def test_bounds_never_move_back() -> None:
    record = a_record(low=5, high=300)
    assert (record.ahead(2, 256).low, record.ahead(2, 256).high) == (5, 300)
    assert (record.ahead(9, 400).low, record.ahead(9, 400).high) == (9, 400)
    assert record.ahead(9, None).high is None
    assert a_record(low=0, high=None).ahead(3, 300).high == 300


def test_a_record_is_bounded_whatever_was_asked_for() -> None:
    values = {f"p{number}": ("\N{SNOWMAN}" * 4000,) * 50 for number in range(50)}
    record = decoded(ID, encoded(a_record(request=StartRequest("i-1", "Doc", values, "why"))))
    assert record.request == StartRequest("i-1", "Doc", {}, "why")
    huge = a_record(request=StartRequest("i-1", reason="y" * MAX_RECORD), title="t" * MAX_RECORD, session_id="s-1")
    assert len(encoded(huge)) <= MAX_RECORD
    assert decoded(ID, encoded(huge)).session_id == "s-1"


# Sessions whose start was not answered


def at_aws(session_id: str = "jane-1", **facts: object) -> SessionRecord:
    started = datetime.fromtimestamp(1_000_010, UTC)
    return SessionRecord(
        session_id, "i-1", "Active", "arn:jane", "SSM-SessionManagerRunShell", started=started
    )._replace(**facts)


def test_a_session_is_found_by_its_id() -> None:
    record = a_record(session_id="jane-2", started=0.0)
    found = found_among(record, [at_aws(), at_aws("jane-2")])
    assert found is not None
    assert found.session_id == "jane-2"
    assert found_among(record, [at_aws()]) is None


def test_one_whose_start_was_not_answered_is_the_only_one_like_it() -> None:
    record = a_record(phase=Phase.STARTING, started=1_000_000.0, identity="arn:jane")
    others = [
        at_aws("a", target="i-2"),
        at_aws("b", owner="arn:joe"),
        at_aws("c", reason="another"),
        at_aws("d", started=datetime.fromtimestamp(1_000_900, UTC)),
        at_aws("e", started=None),
    ]
    found = found_among(record, [*others, at_aws()])
    assert found is not None
    assert found.session_id == "jane-1"
    assert found_among(record, others) is None
    assert found_among(record, [at_aws(), at_aws("jane-2")]) is None, "which of two it is nobody can know"
