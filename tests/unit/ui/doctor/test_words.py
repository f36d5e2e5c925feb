"""The rows of the doctor's view, where its cursor begins, and what is said of a result."""

from __future__ import annotations

import json

import pytest

from ssmtui.checkup.results import CheckupArea, Result
from ssmtui.diagnosis.findings import Verdict
from ssmtui.ui.doctor import words
from ssmtui.ui.look.tones import Tone

WELL = Result(CheckupArea.PROGRAM, "ssmtui", Verdict.OK, "1.0")
BAD = Result(CheckupArea.NETWORK, "ssm", Verdict.BAD, "It cannot be reached", "Nobody answers.", "Check the network.")
NOTE = Result(CheckupArea.PERMISSIONS, "x:Y", Verdict.WARN, "It is denied", is_note=True)
POLICY = NOTE._replace(statement={"Version": "2012-10-17"})
FOUND = {CheckupArea.PROGRAM: [WELL], CheckupArea.NETWORK: [BAD, WELL], CheckupArea.PERMISSIONS: [NOTE]}
EXPECTED = (CheckupArea.NETWORK, CheckupArea.CLOCK, CheckupArea.PERMISSIONS, CheckupArea.PROGRAM)


def test_areas_come_in_order_and_those_that_are_waited_for_say_so() -> None:
    rows = words.rows_of(FOUND, EXPECTED, only_problems=False)
    assert [row.area for row in rows if row.result is None] == list(EXPECTED)
    assert [row.area for row in rows if row.is_waited_for] == [CheckupArea.CLOCK]
    assert [row.result for row in rows if row.result] == [BAD, WELL, NOTE, WELL]


def test_only_problems() -> None:
    rows = words.rows_of(FOUND, EXPECTED, only_problems=True)
    assert [row.result for row in rows if row.result] == [BAD, NOTE]
    assert CheckupArea.PROGRAM not in [row.area for row in rows]


def test_the_cursor_begins_on_what_explains_the_rest() -> None:
    rows = words.rows_of(FOUND | {CheckupArea.NETWORK: [WELL, BAD]}, EXPECTED, only_problems=False)
    assert rows[words.first_problem(rows)].result == BAD
    rows = words.rows_of({CheckupArea.PERMISSIONS: [NOTE, NOTE._replace(is_note=False)]}, EXPECTED, only_problems=False)
    found = rows[words.first_problem(rows)].result
    assert found is not None
    assert not found.is_note
    assert words.first_problem([]) == 0


def test_the_head_says_what_is_bad_at_once_and_all_else_in_the_end() -> None:
    assert words.head(FOUND, EXPECTED, 80)[0] == ("✗ Network, ssm: it cannot be reached.", Tone.BAD)
    waiting = words.head({CheckupArea.PROGRAM: [WELL]}, EXPECTED, 80)
    assert waiting == [("Looking: Network, Clock, Permissions …", Tone.DIM)]
    assert words.head({CheckupArea.PROGRAM: [WELL]}, (CheckupArea.PROGRAM,), 80) == [
        ("✓ No problem was found.", Tone.GOOD)
    ]


@pytest.mark.parametrize("width", [20, 40, 200])
def test_lines_fit(width: int) -> None:
    long = BAD._replace(what="word " * 50, evidence="more " * 50, fix="do " * 50)
    assert all(len(cell.text) <= width for cell in words.details(long, width))
    assert len(words.head({CheckupArea.NETWORK: [long]}, EXPECTED, width)) <= words.HEAD_LINES


def test_what_is_copied() -> None:
    text, what = words.to_copy(BAD)
    assert (text, what) == ("ssm: It cannot be reached.\nNobody answers.\nCheck the network.\n", "the result")
    text, what = words.to_copy(POLICY)
    assert json.loads(text) == POLICY.statement
    assert what == "the policy"


def test_what_others_said_is_inert() -> None:
    evil = BAD._replace(name="\x1b[2J", what="\x1b]0;x\x07", evidence="a\nb\x9b", fix="\x00")
    assert not any("\x1b" in cell.text or "\x00" in cell.text for cell in words.details(evil, 80))
    assert "\x1b" not in words.to_copy(evil)[0]
    assert "\x1b" not in words.head({CheckupArea.NETWORK: [evil]}, EXPECTED, 80)[0].text
