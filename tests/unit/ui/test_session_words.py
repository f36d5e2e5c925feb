from dataclasses import replace

import pytest

from ssmtui.errors import SsmtuiError
from ssmtui.model import StartRequest
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.ui import session_words
from ssmtui.ui.tones import Tone
from tests.support.fakes import make_node

OPEN = SessionSnapshot(1, "web", StartRequest("i-1"), make_node(0), SessionState.OPEN, session_id="ops-1")


def texts(cells: list) -> list[str]:
    return [cell.text for cell in cells]


def test_the_line_names_node_id_document_and_reason():
    snapshot = replace(OPEN, request=StartRequest("i-1", "Acme-Debug", reason="disk\x1b full"))
    assert session_words.what(snapshot) == ["web-1", make_node(0).id, "Acme-Debug", "“disk\ufffd full”"]


def test_a_session_on_an_unknown_node_is_called_by_its_target():
    assert session_words.what(replace(OPEN, node=None)) == ["i-1", "default shell"]


def test_facts_are_few_when_all_is_well():
    assert texts(session_words.facts(replace(OPEN, round_trip=0.0234), 0)) == ["23 ms", "open"]


def test_facts_warn_of_what_is_slow_or_much():
    snapshot = replace(OPEN, round_trip=0.9, unacknowledged_bytes=5000)
    facts = session_words.facts(snapshot, 40)
    assert texts(facts) == ["↑ 40 lines", "5.0 kB unacked", "900 ms", "open"]
    assert [fact.tone for fact in facts[:3]] == [Tone.WARN] * 3


@pytest.mark.parametrize(
    ("state", "word"),
    [(SessionState.LOST, "lost"), (SessionState.RESUMING, "resuming"), (SessionState.SIGNED_OUT, "sign in")],
)
def test_a_session_that_is_cut_off_says_how_much_it_keeps(state, word):
    assert texts(session_words.facts(replace(OPEN, state=state, unacknowledged_bytes=12), 0)) == ["12 B kept", word]


def test_an_encrypted_session_says_so():
    assert texts(session_words.facts(replace(OPEN, encrypted=True), 0)) == ["encrypted", "open"]


def test_the_round_trip_of_a_session_that_is_over_is_not_shown():
    assert texts(session_words.facts(replace(OPEN, round_trip=0.1, state=SessionState.ENDED), 0)) == ["ended"]


@pytest.mark.parametrize(
    ("state", "reached"), [(SessionState.STARTING, 0), (SessionState.CONNECTING, 1), (SessionState.WAITING, 2)]
)
def test_progress_ticks_off_the_steps(state, reached):
    lines = texts(session_words.progress(replace(OPEN, state=state)))[1:4]
    assert [line.strip()[0] for line in lines] == ["✓"] * reached + ["●"] + ["·"] * (2 - reached)


def test_progress_promises_nothing_to_a_read_only_pane():
    lines = texts(session_words.progress(replace(OPEN, state=SessionState.STARTING, read_only=True)))
    assert not any("type" in line for line in lines)


def test_there_is_no_progress_once_it_is_open_and_no_ending_while_it_lives():
    assert session_words.progress(OPEN) == []
    assert session_words.ending(OPEN) == []


def test_the_ending_tells_status_and_reason():
    over = replace(OPEN, state=SessionState.ENDED, exit_code=3, end_reason="The shell exited.\n\nBye\x1b")
    assert texts(session_words.ending(over)) == ["The session is over with status 3", "The shell exited.", "Bye\ufffd"]


def test_a_refused_start_is_no_session():
    refused = replace(OPEN, state=SessionState.FAILED, session_id="")
    assert texts(session_words.ending(refused)) == ["No session on web-1"]


def test_a_reason_that_is_the_error_is_told_once():
    error = SsmtuiError("No access to the key", title="The session ended before it began")
    over = replace(OPEN, state=SessionState.FAILED, end_reason="No access to the key", error=error)
    assert texts(session_words.ending(over)) == ["The session is over"]


def test_what_holds_a_start_up_is_told_in_full():
    waiting = replace(OPEN, state=SessionState.WAITING, notice="The node's agent has not answered yet.")
    assert "   The node's agent has not answered yet." in texts(session_words.progress(waiting))
