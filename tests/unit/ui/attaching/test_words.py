"""What is said of sessions that still live, and what a name means."""

import pytest

from ssmtui.ledger.record import Phase
from ssmtui.ui.attaching.words import facts, heading, sentence, wanted
from ssmtui.ui.start.survivors import Survivor, launch_of
from tests.support.fake_ledger import record
from tests.support.fakes import NOW, SCOPE


def survivor(number, title="", doubt="", *, is_kept=False, **facts_of):
    left = record(number, title, **facts_of)
    return Survivor(left, launch_of(left, SCOPE, {}), doubt, is_kept)


def test_the_heading_says_whether_they_were_left_on_purpose():
    detached = survivor(1, phase=Phase.DETACHED)
    assert heading([detached]) == "1 session that you left alive"
    assert heading([detached, survivor(2)]) == "2 sessions of an earlier run are still alive"
    assert heading([survivor(2)]) == "1 session of an earlier run is still alive"
    assert heading([survivor(2, is_kept=True), detached]) == "2 sessions that you left alive"


def test_what_a_keeper_has_has_not_ended_for_want_of_input():
    told = facts(survivor(1, is_kept=True, idle_limit=1200.0), NOW)[-1].text
    assert told.endswith("`ssmtui keep` has it, with all that it prints")


def test_facts_are_inert_and_a_clock_that_jumped_is_no_defect():
    told = facts(survivor(1, "\x1b[2J", started=1e300, seen=-1e300, request={"reason": "\x1b]0;x\x07"}), NOW)
    assert not any("\x1b" in cell.text for cell in told)
    assert any("at a time that is not known" in cell.text for cell in told)


def test_the_last_fact_is_why_it_cannot_be_taken_over_or_why_nobody_knows():
    assert "cannot be taken over" in facts(survivor(1, encrypted=True, doubt="x"), NOW)[-1].text
    assert facts(survivor(1, doubt="AWS has not answered"), NOW)[-1].text.endswith("AWS has not answered.")


def test_the_sentence_names_some():
    many = [survivor(n, f"web-{n}") for n in range(5)]
    told = sentence(many, "B")
    assert told == "5 sessions of an earlier run are still alive: web-0, web-1, web-2 and 2 more. B brings them back"


MANY = [survivor(1, "web"), survivor(2, "db"), survivor(3, "web"), survivor(4, "staging web")]


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("web", [0, 2]),
        ("WEB", [0, 2]),
        ("db", [1]),
        ("web-4", [3]),
        (record(2).session_id, [1]),
        (record(2).id, [1]),
        (record(1).request.target, [0]),
        ("stag", [3]),
        ("we", []),
        ("", []),
        ("nothing", []),
    ],
)
def test_a_name_means_a_tab_a_node_or_an_id(name, places):
    assert wanted([name], MANY) == (places, [] if places else [name])


def test_each_is_meant_once():
    assert wanted(["web", "web-1", "x"], MANY) == ([0, 2], ["x"])
