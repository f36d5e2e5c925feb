import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ssmtui.errors import SsmtuiError
from ssmtui.model import PaneOptions, StartRequest
from ssmtui.sessions.activity import Activity, Doing
from ssmtui.sessions.end_cause import EndCause
from ssmtui.sessions.paste import PasteProgress
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.terminal.marks import SearchStatus, Shape
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.panes import words as session_words
from ssmtui.ui.terminals.facts import FOLLOWING, ViewFacts
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
    assert texts(session_words.facts(replace(OPEN, round_trip=0.0234))) == ["23 ms", "open"]


def test_facts_warn_of_what_is_slow_or_much():
    snapshot = replace(OPEN, round_trip=0.9, unacknowledged_bytes=5000)
    facts = session_words.facts(snapshot, ViewFacts(below=40))
    assert texts(facts) == ["↓ 40 lines below", "5.0 kB unacked", "900 ms", "open"]
    assert [fact.tone for fact in facts[:3]] == [Tone.WARN] * 3


@pytest.mark.parametrize(
    ("state", "word"),
    [(SessionState.LOST, "lost"), (SessionState.RESUMING, "resuming"), (SessionState.SIGNED_OUT, "sign in")],
)
def test_a_session_that_is_cut_off_says_how_much_it_keeps(state, word):
    assert texts(session_words.facts(replace(OPEN, state=state, unacknowledged_bytes=12))) == ["12 B kept", word]


def test_a_paste_under_way_tells_how_far_it_is_and_how_to_stop_it():
    snapshot = replace(OPEN, paste=PasteProgress(34_500, 100_000, 1), unacknowledged_bytes=65_536)
    assert texts(session_words.facts(snapshot)) == ["pasting 34 %  ^C stops it", "open"]
    nothing_left = replace(snapshot, paste=PasteProgress(99_999, 100_000, 0))
    assert texts(session_words.facts(nothing_left)) == ["pasting 99 %", "open"]
    lost = replace(snapshot, state=SessionState.LOST)
    assert texts(session_words.facts(lost)) == ["paste waits at 34 %", "lost"]


@pytest.mark.parametrize(
    ("idle", "time", "told"),
    [
        ((None, None), (None, None), None),
        ((1140, 1200), (None, None), ("idle 19 min left", Tone.DIM)),
        ((299, 1200), (None, None), ("idle 4 min left", Tone.WARN)),
        ((301, 1200), (None, None), ("idle 5 min left", Tone.DIM)),
        ((80, 300), (None, None), ("idle 1 min left", Tone.DIM)),
        ((59, 300), (None, None), ("idle 59 s left", Tone.WARN)),
        ((0.0, 300), (None, None), ("idle 0 s left", Tone.WARN)),
        ((1140, 1200), (250, 28_800), ("4 min left", Tone.WARN)),
        ((1140, 1200), (7000, 28_800), ("idle 19 min left", Tone.DIM)),
        ((None, 1200), (7300, 28_800), ("2 h left", Tone.DIM)),
    ],
)
def test_the_clock_that_runs_out_first_is_told(idle, time, told):
    snapshot = replace(OPEN, idle_left=idle[0], idle_limit=idle[1], time_left=time[0], time_limit=time[1])
    cells = session_words.facts(snapshot)[:-1]
    assert [(cell.text, cell.tone) for cell in cells] == ([told] if told else [])


def test_a_clock_with_time_on_it_waits_for_room():
    snapshot = replace(OPEN, idle_left=1140, idle_limit=1200)
    assert texts(session_words.facts(snapshot, FOLLOWING, 99)) == ["open"]
    assert texts(session_words.facts(snapshot, FOLLOWING, 100)) == ["idle 19 min left", "open"]
    assert texts(session_words.facts(replace(snapshot, notice="said"), FOLLOWING, 120)) == ["open"]
    assert texts(session_words.facts(replace(snapshot, idle_left=60), FOLLOWING, 80)) == ["idle 1 min left", "open"]


@pytest.fixture
def local_time(monkeypatch):
    monkeypatch.setenv("TZ", "UTC-2")  # two hours ahead of UTC
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("local_time")
@pytest.mark.parametrize(
    ("until", "left", "told"),
    [
        (None, None, None),
        ("2026-01-15T12:05+00:00", 3900, ("access until 14:05", Tone.DIM)),
        ("2026-01-15T21:55+00:00", 3900, ("access until 23:55", Tone.DIM)),
        ("2026-01-15T22:05+00:00", 36_000, ("access until Fri 00:05", Tone.DIM)),
        ("2026-01-28T12:05+00:00", 336 * 3600, ("access until 28 Jan 14:05", Tone.DIM)),
        ("2026-01-15T12:05+00:00", 301, ("access until 14:05", Tone.DIM)),
        ("2026-01-15T12:05+00:00", 240, ("access ends in 4 min", Tone.WARN)),
        ("2026-01-15T12:05+00:00", 181, ("access ends in 4 min", Tone.WARN)),
        ("2026-01-15T12:05+00:00", 1, ("access ends in 1 min", Tone.WARN)),
        ("2026-01-15T12:05+00:00", 0, ("access ended", Tone.WARN)),
    ],
)
def test_d9_the_end_of_approved_access_is_told_in_local_time(until, left, told):
    end = None if until is None else datetime.fromisoformat(until)
    snapshot = replace(OPEN, access_until=end, access_left=left, round_trip=0.1)
    for width in (100, 80):
        cells = session_words.facts(snapshot, FOLLOWING, width)[:-2]
        assert [(cell.text, cell.tone) for cell in cells] == ([told] if told else [])


def test_d9_a_session_that_is_over_says_that_access_has_to_be_requested_again():
    end = datetime(2026, 1, 15, 12, 5, tzinfo=UTC)
    snapshot = replace(OPEN, state=SessionState.ENDED, access_until=end, access_left=0.0)
    assert texts(session_words.facts(snapshot, FOLLOWING, 80)) == ["access ended; request it again", "ended"]


def test_a_session_that_is_kept_alive_has_no_clock_while_that_can_be_done():
    snapshot = replace(OPEN, idle_left=60, idle_limit=1200, kept_alive=True)
    assert texts(session_words.facts(snapshot)) == ["kept alive", "open"]
    lost = replace(snapshot, state=SessionState.LOST)
    assert texts(session_words.facts(lost)) == ["idle 1 min left", "kept alive", "lost"]


def test_a_recording_is_told_before_the_clocks():
    snapshot = replace(OPEN, is_recorded=True, idle_left=1140, idle_limit=1200)
    assert texts(session_words.facts(snapshot)) == ["● recording", "idle 19 min left", "open"]


@pytest.mark.parametrize(("width", "words"), [(100, "GUARDED tag:\ufffd[2J=prod"), (99, "GUARDED")])
def test_a_guarded_session_has_its_word_and_why_where_there_is_room(width, words):
    options = PaneOptions(guarded="tag:\x1b[2J=prod")
    assert session_words.guarded(replace(OPEN, request=StartRequest("i-1", options=options)), width) == words
    assert session_words.guarded(OPEN, width) == ""


@pytest.mark.parametrize("width", range(0, 160, 5))
def test_a_narrow_line_gives_up_what_matters_least(width):
    snapshot = replace(
        OPEN,
        paste=PasteProgress(1, 3, 1),
        idle_left=60,
        idle_limit=1200,
        round_trip=0.9,
        encrypted=True,
    )
    shown = texts(session_words.facts(snapshot, ViewFacts(below=40), width))
    assert sum(len(text) + 2 for text in shown) <= max(0, width - session_words.NAME_ROOM)
    all_of_it = texts(session_words.facts(snapshot, ViewFacts(below=40)))
    assert shown == [text for text in all_of_it if text in shown]
    ranked = ["pasting 33 %  ^C stops it", "↓ 40 lines below", "idle 1 min left", "open", "encrypted", "900 ms"]
    assert sorted(shown, key=ranked.index) == ranked[: len(shown)]


@pytest.mark.parametrize("width", range(0, 160, 5))
def test_a_narrow_line_keeps_a_state_that_needs_somebody(width):
    snapshot = replace(OPEN, state=SessionState.LOST, idle_left=60, idle_limit=1200, encrypted=True)
    assert texts(session_words.facts(snapshot, ViewFacts(below=40), width))[-1] == "lost"


def test_an_encrypted_session_says_so():
    assert texts(session_words.facts(replace(OPEN, encrypted=True))) == ["encrypted", "open"]


def test_the_round_trip_of_a_session_that_is_over_is_not_shown():
    assert texts(session_words.facts(replace(OPEN, round_trip=0.1, state=SessionState.ENDED))) == ["ended"]


@pytest.mark.parametrize(
    ("state", "reached"), [(SessionState.STARTING, 0), (SessionState.CONNECTING, 1), (SessionState.WAITING, 2)]
)
def test_progress_ticks_off_the_steps(state, reached):
    lines = texts(session_words.progress(replace(OPEN, state=state)))[1:4]
    assert [line.strip()[0] for line in lines] == ["✓"] * reached + ["●"] + ["·"] * (2 - reached)


def test_progress_begins_with_the_approval_where_access_was_asked_for():
    waiting = replace(OPEN, state=SessionState.AWAITING_APPROVAL, access_request="oi-1", notice="Somebody has to.")
    lines = [line.strip() for line in texts(session_words.progress(waiting))]
    assert [line[:1] for line in lines[1:5]] == ["●", "·", "·", "·"]
    assert "approves" in lines[1]
    assert "Somebody has to." in lines
    assert not any("type" in line for line in lines), "what is typed is not kept"
    lines = texts(session_words.progress(replace(waiting, state=SessionState.STARTING)))
    assert [line.strip()[0] for line in lines[1:5]] == ["✓", "●", "·", "·"]


def test_who_waits_for_approval_is_told_for_how_long_whom_to_tell_and_what_ends_it():
    waiting = replace(OPEN, state=SessionState.AWAITING_APPROVAL, access_reason="disk\x1b full")
    assert len(session_words.progress(waiting)) == 5, "nothing of a request that is not made yet"
    asked = replace(waiting, access_request="oi-0123", access_waits=150.0)
    told = "\n".join(texts(session_words.progress(asked)))
    assert "Asked 2 min ago, because “disk\ufffd full”." in told
    assert "approvers oi-0123" in told
    assert "rejected or expires" in told


def test_progress_promises_nothing_to_a_read_only_pane():
    lines = texts(session_words.progress(replace(OPEN, state=SessionState.STARTING, read_only=True)))
    assert not any("type" in line for line in lines)


def test_the_way_to_a_session_that_is_taken_over_is_another_one():
    taking = replace(OPEN, state=SessionState.CONNECTING, is_being_taken_over=True)
    told = "\n".join(texts(session_words.progress(taking)))
    assert "✓ Systems Manager lets the session be taken over" in told
    assert "starts the session" not in told
    assert texts(session_words.facts(taking)) == ["taking over"]
    assert session_words.going(taking) == "taking over"
    lost = replace(taking, state=SessionState.LOST)
    assert texts(session_words.facts(lost)) == ["lost"]


def test_there_is_no_progress_once_it_is_open_and_no_ending_while_it_lives():
    assert session_words.progress(OPEN) == []
    assert session_words.ending(OPEN) == []


def test_the_ending_tells_status_and_reason():
    over = replace(OPEN, state=SessionState.ENDED, exit_code=3, end_reason="The shell exited.\n\nBye\x1b")
    assert texts(session_words.ending(over)) == ["The session is over with status 3", "The shell exited.", "Bye\ufffd"]


@pytest.mark.parametrize(
    ("cause", "facts", "told"),
    [
        (EndCause.PERSON, {}, ["You ended it."]),
        (EndCause.CLOSED, {}, ["Its shell exited or was terminated."]),
        (EndCause.CLOSED, {"exit_code": 0}, []),
        (EndCause.TOLD, {"end_reason": "It timed out."}, ["It timed out."]),
        (EndCause.FAILED, {}, []),
    ],
)
def test_an_end_without_a_reason_says_what_it_can_be(cause, facts, told):
    over = replace(OPEN, state=SessionState.ENDED, end_cause=cause, **facts)
    assert texts(session_words.ending(over))[1:] == told


@pytest.mark.parametrize(
    ("state", "cause", "head", "when"),
    [
        (SessionState.DETACHED, EndCause.LEFT, "The session is detached", "Detached at"),
        (SessionState.DETACHED, EndCause.TAKEN, "Another client has taken the session over", "Detached at"),
        (SessionState.FAILED, EndCause.FAILED, "The session was not taken over", "Tried at"),
    ],
)
def test_a_session_that_goes_on_elsewhere_is_not_called_over(state, cause, head, when):
    gone = replace(OPEN, state=state, end_cause=cause, left_alive=True, ended_at=time.time())
    told = texts(session_words.ending(gone))
    assert told[0] == head
    assert "goes on" in told[1]
    assert told[2].startswith(when)


def test_the_ending_says_when_and_how_long_it_lasted():
    end = datetime(2026, 1, 15, 14, 2).timestamp()
    over = replace(OPEN, state=SessionState.ENDED, started_at=end - 7980, ended_at=end, ended_for=250.0)
    assert texts(session_words.ending(over))[-1] == "Ended at 14:02, 4 min ago, after 2 h 13 min"
    days_ago = replace(over, ended_for=3.5 * 86400)
    assert session_words.ended_when(days_ago) == "Ended at Thu 14:02, 3 d ago, after 2 h 13 min"


def test_a_refused_start_has_no_duration():
    end = datetime(2026, 1, 15, 14, 2).timestamp()
    refused = replace(OPEN, state=SessionState.FAILED, session_id="", ended_at=end, ended_for=0.2)
    assert texts(session_words.ending(refused)) == ["No session on web-1", "Tried at 14:02, just now"]


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


@pytest.mark.parametrize(
    ("view", "told"),
    [
        (FOLLOWING, []),
        (ViewFacts(below=1), ["↓ 1 line below"]),
        (ViewFacts(below=1234, new=12), ["↓ 1,234 lines below, 12 new"]),
        (ViewFacts(copying=True), ["COPY"]),
        (ViewFacts(copying=True, shape=Shape.BLOCK, pending="12f"), ["COPY block 12f"]),
        (ViewFacts(found=SearchStatus(0, 0, False)), ["searching"]),
        (ViewFacts(found=SearchStatus(0, 0, True)), ["no match"]),
        (ViewFacts(found=SearchStatus(41, 3, True), copying=True, below=9), ["COPY", "match 3/41", "↓ 9 lines below"]),
        (ViewFacts(found=SearchStatus(1041, 0, False)), ["1,041+ matches"]),
        (ViewFacts(found=SearchStatus(0, 0, True, "missing )\x1b at 3")), ["missing )\ufffd at 3"]),
    ],
)
def test_the_line_tells_where_the_view_is_and_what_is_marked(view, told):
    assert texts(session_words.looking(view)) == told


@pytest.mark.parametrize(
    ("doing", "seconds", "told"),
    [
        (Doing(), 0, None),
        (Doing(Activity.PROMPT), 5, None),
        (Doing(Activity.RUNNING), 190, ("running 3 min", Tone.DIM)),
        (Doing(Activity.SILENT), 40, ("silent 40 s", Tone.WARN)),
        (Doing(Activity.INPUT), 40, ("waits for input", Tone.NOTICE)),
        (Doing(Activity.PASSWORD), 40, ("waits for a password", Tone.NOTICE)),
        (Doing(Activity.DONE, 1.0, 0, 75.0), 1, ("exit 0 after 1 min", Tone.DIM)),
        (Doing(Activity.DONE, 1.0, None, 75.0), 1, ("done after 1 min", Tone.DIM)),
        (Doing(Activity.DONE, 1.0, 130, 0.5), 1, ("exit 130", Tone.BAD)),
    ],
)
def test_the_line_says_what_a_session_does(doing, seconds, told):
    snapshot = replace(OPEN, doing=doing, doing_for=seconds)
    cells = session_words.facts(snapshot)[:-1]
    assert [(cell.text, cell.tone) for cell in cells] == ([told] if told else [])
    assert texts(session_words.facts(replace(snapshot, state=SessionState.LOST))) == ["lost"]


def test_a_word_for_how_a_session_goes():
    assert session_words.going(OPEN) == "open"
    assert session_words.going(replace(OPEN, doing=Doing(Activity.PROMPT))) == "prompt"
    assert session_words.going(replace(OPEN, doing=Doing(Activity.RUNNING), doing_for=9)) == "running 9 s"
    assert session_words.going(replace(OPEN, doing=Doing(Activity.RUNNING), state=SessionState.ENDED)) == "ended"
