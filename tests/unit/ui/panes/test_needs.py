"""What a session needs of the person, and which need comes first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ssmtui.model import StartRequest
from ssmtui.sessions.activity import Activity, Doing
from ssmtui.sessions.snapshots import SessionChange, SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.ui.panes.needs import RANKED, TabMark, most_wanted, need_of, wanted, worst

OPEN = SessionSnapshot(1, "web", StartRequest("i-1"), None, SessionState.OPEN)
CHANGES = st.frozensets(st.sampled_from(SessionChange))


def doing(activity: Activity, code: int | None = None) -> SessionSnapshot:
    return replace(OPEN, doing=Doing(activity, 1.0, code))


def test_every_mark_has_a_rank_and_a_cell_of_its_own() -> None:
    assert sorted(RANKED, key=lambda mark: mark.name) == sorted(TabMark, key=lambda mark: mark.name)
    assert len({mark.value for mark in TabMark}) == len(TabMark)
    assert all(cell_len(mark.value) == 1 for mark in TabMark)


@pytest.mark.parametrize(
    ("session", "seen", "news"),
    [
        (OPEN, TabMark.QUIET, TabMark.QUIET),
        (doing(Activity.PROMPT), TabMark.QUIET, TabMark.QUIET),
        (doing(Activity.RUNNING), TabMark.RUNNING, TabMark.RUNNING),
        (doing(Activity.SILENT), TabMark.RUNNING, TabMark.SILENT),
        (doing(Activity.INPUT), TabMark.ASKS, TabMark.ASKS),
        (doing(Activity.PASSWORD), TabMark.ASKS, TabMark.ASKS),
        (doing(Activity.DONE), TabMark.QUIET, TabMark.DONE),
        (doing(Activity.DONE, 0), TabMark.QUIET, TabMark.DONE),
        (doing(Activity.DONE, 1), TabMark.QUIET, TabMark.WRONG),
        (replace(doing(Activity.INPUT), state=SessionState.LOST), TabMark.LOST, TabMark.LOST),
        (replace(OPEN, idle_left=10.0, idle_limit=1200.0), TabMark.LIMIT, TabMark.LIMIT),
    ],
)
def test_activities_have_marks(session: SessionSnapshot, seen: TabMark, news: TabMark) -> None:
    assert need_of(session) is seen
    assert need_of(session, {SessionChange.ACTIVITY}) is news


def test_a_question_that_was_seen_is_marked_and_wants_nobody_again() -> None:
    asks = doing(Activity.INPUT)
    assert wanted(asks, {SessionChange.ACTIVITY}) is TabMark.ASKS
    assert wanted(asks, {SessionChange.STATE}) is None
    # It rings for another reason.
    assert wanted(asks, {SessionChange.BELL}) is TabMark.BELL
    assert need_of(asks, {SessionChange.BELL}) is TabMark.ASKS


def test_what_is_cut_off_comes_back_by_itself_unless_one_has_to_sign_in() -> None:
    assert wanted(replace(OPEN, state=SessionState.LOST), {SessionChange.STATE}) is None
    assert wanted(replace(OPEN, state=SessionState.SIGNED_OUT), {SessionChange.STATE}) is TabMark.LOST


@given(st.sampled_from(SessionState), st.sampled_from(Activity), st.sampled_from([None, 0, 1]), CHANGES)
def test_what_wants_somebody_is_marked_by_no_less(
    state: SessionState, activity: Activity, code: int | None, unseen: frozenset[SessionChange]
) -> None:
    session = replace(doing(activity, code), state=state)
    want = wanted(session, unseen)
    assert wanted(session, frozenset()) is None
    if want is not None:
        assert RANKED.index(need_of(session, unseen)) <= RANKED.index(want)


@given(st.lists(st.sampled_from(TabMark), min_size=1))
def test_the_worst_is_the_first_of_the_ranking(marks: list[TabMark]) -> None:
    assert RANKED.index(worst(marks)) == min(RANKED.index(mark) for mark in marks)


def test_the_first_of_those_that_need_one_most_is_chosen() -> None:
    needs = {4: TabMark.ACTIVITY, 2: None, 3: TabMark.BELL, 1: TabMark.BELL}
    assert most_wanted(needs) == 3
    assert most_wanted({2: None}) is None


def test_one_that_another_client_has_taken_over_wants_somebody_to_know() -> None:
    detached = replace(OPEN, state=SessionState.DETACHED)
    assert wanted(detached, {SessionChange.STATE}) is TabMark.DETACHED
    assert wanted(detached, {SessionChange.SCREEN}) is None
