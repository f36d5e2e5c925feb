"""What the dialog of a channel says, as text."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ssmtui.errors import AccessDenied, ConnectionFailed
from ssmtui.model import StartRequest
from ssmtui.sessions.channel_log import MOST_EVENTS, ChannelLog, EventKind
from ssmtui.sessions.end_cause import EndCause
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.ui.channel import words as channel_words
from tests.support.fakes import make_node

NOON = datetime(2026, 1, 15, 12, 0).timestamp()
OPEN = SessionSnapshot(1, "web", StartRequest("i-1"), make_node(0), SessionState.OPEN, session_id="ops-1")


def log_of(*events: str) -> ChannelLog:
    log = ChannelLog(lambda: NOON)
    for event in events:
        log.note(EventKind.STEP, event)
    return log


def heading(snapshot: SessionSnapshot, log: ChannelLog | None = None) -> list[str]:
    return [cell.text for cell in channel_words.heading(snapshot, log or log_of(), NOON)]


def test_a_live_session_says_since_when_it_lives_and_by_which_agent() -> None:
    live = replace(OPEN, started_at=NOON - 3700, agent_version="3.3.1", encrypted=True, resumes=2, round_trip=0.0234)
    assert heading(live)[:3] == [
        f"web-1 · {make_node(0).id} · default shell · ops-1",
        "Started at 10:58, 1 h 1 min ago",
        "Agent 3.3.1, encrypted, resumed 2 times, round trip 23 ms",
    ]


def test_one_that_was_never_started_has_no_agent() -> None:
    refused = replace(OPEN, session_id="", state=SessionState.FAILED, ended_at=NOON, error=AccessDenied("no"))
    assert heading(refused)[1:4] == ["Tried at 12:00", "No session on web-1", "Access denied"]


def test_an_end_says_when_it_was_and_how_long_it_took() -> None:
    over = replace(
        OPEN, state=SessionState.ENDED, started_at=NOON - 86400, ended_at=NOON - 600, end_cause=EndCause.PERSON
    )
    assert heading(over)[1:5] == [
        "Started at Wed 12:00, ended at 11:50 after 23 h 50 min",
        "Never resumed",
        "The session is over",
        "You ended it.",
    ]


def test_it_is_said_how_many_events_are_not_shown() -> None:
    assert heading(OPEN, log_of())[-1] == "Nothing has happened to its channel yet."
    assert heading(OPEN, log_of("a"))[-1] == "1 event, the latest first"
    many = log_of(*(str(number) for number in range(MOST_EVENTS + 4)))
    assert heading(OPEN, many)[-1] == f"The last {MOST_EVENTS} of {MOST_EVENTS + 4} events, the latest first"


def test_what_happened_several_times_says_since_when() -> None:
    times = iter([NOON - 90000, NOON])
    log = ChannelLog(lambda: next(times))
    for why in ("first", "last"):
        log.lost(SessionState.RESUMING, ConnectionFailed(why))
    (event,) = log.events
    assert channel_words.when(event, NOON) == "12:00:00"
    assert channel_words.more(event, NOON) == "2 times since Wed 11:00:00 · last"
    copied = channel_words.text(OPEN, log, NOON).splitlines()[-1]
    assert copied.startswith("2026-01-15 12:00:00")
    assert "2 times since 2026-01-14 11:00:00" in copied
    assert copied.endswith(", last")


def test_a_session_that_was_taken_over_says_when_it_came_here() -> None:
    taken = replace(OPEN, taken_over=NOON - 60)
    assert heading(taken)[1] == "Taken over at 11:59, 1 min ago"
    known = replace(taken, started_at=NOON - 7200)
    assert heading(known)[1] == "Started at 10:00, 2 h ago, taken over at 11:59"
    left = replace(known, state=SessionState.DETACHED, left_alive=True, ended_at=NOON, end_cause=EndCause.LEFT)
    assert heading(left)[1] == "Started at 10:00, taken over at 11:59, detached at 12:00 after 2 h"
