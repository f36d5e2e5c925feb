from dataclasses import replace

import pytest

from ssmtui.inventory.session_board import BoardState
from ssmtui.inventory.session_rows import Holder, SessionRow, SessionWhere
from ssmtui.inventory.states import ScopePhase
from ssmtui.model import Scope
from ssmtui.ui.control.words import TimeSpan, consequences, counts, heading, nothing, question, trouble, wanted
from ssmtui.ui.look.tones import Tone
from tests.support.fakes import NOW
from tests.support.sessions_listed import denied, record

PROD = Scope("prod", "eu-west-1")
STATE = BoardState(PROD, ScopePhase.COMPLETE, refreshed_at=NOW.timestamp() - 5)
MINE = SessionRow(record("jane", 0, 5), PROD, node_name="web-1", mine=True)
JOHNS = SessionRow(record("john", 1, 90), PROD, node_name="db-1")
NOBODYS = JOHNS._replace(record=JOHNS.record._replace(owner=""))


def text(pieces):
    return "".join(piece.text for piece in pieces)


def test_the_heading_says_how_far_back_the_history_goes():
    assert text(heading(TimeSpan.RUNNING, "")) == " Sessions running now   h  the last 30 days"
    assert "in the last 30 days" in text(heading(TimeSpan.PAST, ""))
    assert text(heading(TimeSpan.PAST, "web-1")).startswith(" Sessions on web-1, running or ended in the last 30 days")


def test_the_counts_say_how_old_they_are_and_that_a_filter_was_stopped():
    assert text(counts([STATE], "3 sessions", 2, NOW.timestamp())[0]) == " 3 sessions  2 marked  5 s ago "
    assert "incomplete" in text(counts([STATE], "3 of 9", 0, NOW.timestamp(), stopped=True)[-1])
    loading = replace(STATE, phase=ScopePhase.LOADING, listed=400)
    assert text(counts([loading], "3 sessions", 0, NOW.timestamp())[0]) == " 3 sessions  5 s ago  listing… 400 "


def test_a_denied_scope_is_one_sentence_with_its_name_among_several():
    refused = replace(STATE, phase=ScopePhase.DENIED, error=denied())
    assert trouble([STATE]) == ""
    alone, among = trouble([refused]), trouble([STATE, refused, refused])
    assert alone.startswith("Access denied. ")
    assert among.startswith("prod eu-west-1: Access denied (1 other account too). ")
    assert "\n" not in among


@pytest.mark.parametrize(
    ("phase", "side", "node", "loading", "said"),
    [
        (ScopePhase.LOADING, TimeSpan.RUNNING, "", False, "Listing the sessions …"),
        (ScopePhase.COMPLETE, TimeSpan.RUNNING, "", False, "Nobody has a session open"),
        (ScopePhase.COMPLETE, TimeSpan.PAST, "", False, "No session has ended in the last 30 days"),
        (ScopePhase.DENIED, TimeSpan.RUNNING, "", False, "The sessions cannot be listed"),
        (ScopePhase.COMPLETE, TimeSpan.RUNNING, "web-1", True, "Listing the sessions on web-1 …"),
        (ScopePhase.COMPLETE, TimeSpan.RUNNING, "web-1", False, "Nobody was on web-1 in the last 30 days"),
    ],
)
def test_an_empty_list_says_why(phase, side, node, loading, said):
    told = nothing([replace(STATE, phase=phase)], side, node=node, loading=loading, filtered=False)
    assert told[0].text == said


def test_a_filter_that_was_stopped_is_not_one_that_finds_nothing():
    told = [
        nothing([STATE], TimeSpan.RUNNING, node="", loading=False, filtered=True, stopped=on) for on in (True, False)
    ]
    assert "was stopped" in told[0][0].text
    assert told[0][0].tone is Tone.BAD
    assert told[1][0].text == "No session matches the filter"


def test_a_question_says_whose_sessions_are_ended():
    assert question([MINE]) == "End your session on web-1?"
    assert question([JOHNS]) == "End the session of Ops/john on db-1?"
    assert question([NOBODYS]) == "End the session of somebody else on db-1?"
    assert question([MINE, MINE]) == "End 2 sessions?"
    assert question([MINE, JOHNS]) == "End 2 sessions, 1 of them somebody else's?"
    assert question([JOHNS, JOHNS]) == "End 2 sessions, all of them somebody else's?"


def test_what_is_ended_is_named_with_where_it_is_open():
    here = MINE._replace(holder=Holder(SessionWhere.HERE, "web", tab=1))
    other = MINE._replace(holder=Holder(SessionWhere.OTHER, "web"))
    lines = consequences([here, other, *[JOHNS] * 6])
    assert lines[0] == "  yours on web-1, open in this app"
    assert lines[1] == "  yours on web-1, open in another ssmtui"
    assert lines[6:] == ["  … and 2 more", "What runs in them is ended too."]
    assert consequences([JOHNS]) == [
        "  Ops/john on db-1",
        f"  {JOHNS.id}",
        "What runs in it is ended too.",
    ]


def test_only_sessions_of_others_need_a_word():
    assert wanted([MINE, MINE]) == ("", "")
    assert wanted([MINE, JOHNS]) == ("john", "Type john, whose session it is")
    assert wanted([JOHNS, JOHNS, MINE]) == ("john", "Type john, whose sessions they are")
    assert wanted([JOHNS, NOBODYS, MINE])[0] == "2"
    assert wanted([NOBODYS]) == ("1", "Type 1 to end it")


def test_names_from_aws_are_inert():
    known = JOHNS.record._replace(owner="arn:aws:iam::1:user/\x1b]0;x\x07")
    odd = JOHNS._replace(node_name="\x1b[31mdb\n", record=known)
    for line in (question([odd]), *consequences([odd, odd]), wanted([odd])[1]):
        assert line.isprintable()
