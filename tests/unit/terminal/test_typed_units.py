"""What a terminal sends is the same keys and reports, wherever a read has cut it."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.terminal.typed_units import ESCAPE_WAIT, LONGEST, REPORT_WAIT, TypedPiece, TypedUnits, Unit
from tests.support.terminal_reports import REPORTS

_ALPHABET = "\x1b\x1b\x1b[[[]OPMX_^<?:;0123~uAR$\\\x07\x00\x18\r é中"


def joined(found: list[TypedPiece]) -> list[TypedPiece]:
    """Without the places at which one text, answer or paste was cut."""
    runs = groupby(found, key=lambda typed: typed.unit)
    long = (Unit.TEXT, Unit.ANSWER, Unit.PASTE)
    return [
        one
        for unit, run in runs
        for one in ([TypedPiece(unit, "".join(typed.text for typed in run))] if unit in long else run)
    ]


def units_of(*chunks: str) -> list[TypedPiece]:
    units = TypedUnits()
    found = [one for chunk in chunks for one in units.feed(chunk)]
    assert units.held == ""
    return joined(found)


@pytest.mark.parametrize("name", REPORTS)
def test_fault_2_a_report_cut_anywhere_is_the_same_report(name: str) -> None:
    report = REPORTS[name]
    whole = units_of(report, "z")
    assert "".join(one.text for one in whole) == report + "z"
    for place in range(1, len(report)):
        assert units_of(report[:place], report[place:] + "z") == whole, place
    assert units_of(*report, "z") == whole


@given(st.lists(st.sampled_from([*REPORTS.values()]), min_size=1, max_size=5), st.data())
def test_fault_2_any_stream_of_reports_may_be_cut_anywhere(reports: list[str], data: st.DataObject) -> None:
    stream = "".join(reports)
    places = sorted(data.draw(st.sets(st.integers(1, len(stream)), max_size=6)))
    chunks = [stream[start:end] for start, end in zip([0, *places], [*places, len(stream)], strict=True)]
    assert units_of(*chunks) == units_of(stream)


@given(st.lists(st.text(alphabet=_ALPHABET, max_size=200), max_size=8))
def test_fault_2_garbage_is_bounded_and_nothing_of_it_is_lost(chunks: list[str]) -> None:
    units = TypedUnits()
    found = []
    for chunk in chunks:
        found += units.feed(chunk)
        assert len(units.held) <= LONGEST
    found += units.expire()
    assert "".join(one.text for one in found) + units.held == "".join(chunks)


@pytest.mark.parametrize("begun", ["\x1b]11;", "\x1bP>|", "\x1b[", "\x1b[1;", "\x1bPxyz", "\x1b]x"])
def test_fault_2_what_never_ends_is_not_held(begun: str) -> None:
    units = TypedUnits()
    units.feed(begun)
    for _ in range(100):
        units.feed("1" * 100_000)
        assert len(units.held) <= LONGEST
    units.expire()
    assert units.feed("\rz") == [TypedPiece(Unit.TEXT, "\rz")]


@pytest.mark.parametrize("begun", ["\x1b]11;rgb:", "\x1bP>|", "\x1b[1;", "\x1b[" + "1" * 200])
@pytest.mark.parametrize("way_out", ["\r", "\x03", "\x1b[A"])
def test_fault_2_a_person_gets_out_of_a_report_without_end(begun: str, way_out: str) -> None:
    units = TypedUnits()
    found = units.feed(begun) + units.feed(way_out)
    assert {one.unit for one in found[:-1]} == {Unit.ANSWER}
    assert found[-1].text == way_out
    assert found[-1].unit in (Unit.TEXT, Unit.SEQUENCE)


@pytest.mark.parametrize(
    ("begun", "wait", "then"),
    [
        ("\x1b", ESCAPE_WAIT, Unit.KEYS),
        ("\x1b[", ESCAPE_WAIT, Unit.KEYS),
        ("\x1bO", ESCAPE_WAIT, Unit.KEYS),
        ("\x1b]", ESCAPE_WAIT, Unit.KEYS),
        ("\x1bPaste", ESCAPE_WAIT, Unit.KEYS),
        ("\x1b[1", REPORT_WAIT, Unit.ANSWER),
        ("\x1b[<0;1", REPORT_WAIT, Unit.ANSWER),
        ("\x1b]11;rgb", REPORT_WAIT, None),
        ("\x1b]11;rgb:\x1b", REPORT_WAIT, Unit.KEYS),
        ("\x1b[200~text\x1b[20", None, None),
        ("text", None, None),
    ],
)
def test_only_what_can_be_nothing_else_is_waited_for_longer_than_an_escape(
    begun: str, wait: float | None, then: Unit | None
) -> None:
    units = TypedUnits()
    units.feed(begun)
    assert units.wait == wait
    assert [one.unit for one in units.expire()] == ([] if then is None else [then])
