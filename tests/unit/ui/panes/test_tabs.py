import pytest

from ssmtui.model import StartRequest
from ssmtui.sessions.snapshots import SessionChange, SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.ui.panes.tabs import TabMark, Tabs


def session(key: int, state: SessionState = SessionState.OPEN) -> SessionSnapshot:
    return SessionSnapshot(key, f"tab {key}", StartRequest("i-1"), None, state)


def tabs(*sessions: SessionSnapshot) -> Tabs:
    made = Tabs()
    made.update(sessions or (session(1), session(2), session(3)))
    return made


def mark(of: Tabs, key: int) -> TabMark:
    tab = of.of(key)
    return next(label.mark for label in of.labels() if label.tab == tab.id)


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (SessionState.STARTING, TabMark.STARTING),
        (SessionState.CONNECTING, TabMark.STARTING),
        (SessionState.WAITING, TabMark.STARTING),
        (SessionState.CLOSING, TabMark.STARTING),
        (SessionState.OPEN, TabMark.QUIET),
        (SessionState.ENDED, TabMark.ENDED),
        (SessionState.FAILED, TabMark.FAILED),
    ],
)
def test_each_state_has_its_mark(state, shown):
    assert mark(tabs(session(1, state)), 1) is shown


def test_what_a_hidden_tab_did_is_marked_until_it_is_shown():
    some = tabs()
    some.note(1, {SessionChange.SCREEN})
    assert mark(some, 1) is TabMark.ACTIVITY
    some.note(1, {SessionChange.BELL})
    assert mark(some, 1) is TabMark.BELL
    some.show(some.of(1))
    assert mark(some, 1) is TabMark.QUIET


def test_the_shown_tab_is_not_marked():
    some = tabs()
    some.show(some.of(1))
    some.note(1, {SessionChange.SCREEN, SessionChange.BELL})
    assert mark(some, 1) is TabMark.QUIET


def test_going_right_and_left_goes_round():
    some = tabs()
    assert some.after(-1).session == 3
    some.show(some.of(3))
    assert some.after(1) is some.nodes
    assert some.after(-1).session == 2


def test_tabs_are_numbered_from_the_nodes_and_zero_is_the_nodes_too():
    some = tabs()
    assert [some.numbered(number).session for number in (0, 1, 2, 4)] == [None, None, 1, 3]
    with pytest.raises(IndexError):
        some.numbered(5)


def test_a_shown_tab_that_goes_gives_way_to_the_one_left_of_it():
    some = tabs()
    some.show(some.of(2))
    some.update([session(1), session(3)])
    assert some.session == 1
    some.update([session(3)])
    assert some.shown is some.nodes


def test_the_previous_tab_is_forgotten_when_it_goes():
    some = tabs()
    some.show(some.of(1))
    some.show(some.of(2))
    assert some.previous.session == 1
    some.update([session(2), session(3)])
    assert some.previous is some.nodes


def test_a_view_that_was_closed_leaves_the_previous_tab_as_it_was():
    some = tabs()
    some.show(some.of(2))
    some.show(some.of(1))
    view = some.open("Profiles")
    some.show(view)
    some.close(view)
    assert (some.session, some.previous.session) == (1, 2)


def test_attention_goes_to_a_bell_before_an_end_before_activity_and_round_to_the_right():
    some = tabs(session(1), session(2, SessionState.ENDED), session(3), session(4))
    assert some.wanting() is None
    for key, change in (
        (1, SessionChange.SCREEN),
        (2, SessionChange.STATE),
        (3, SessionChange.BELL),
        (4, SessionChange.SCREEN),
    ):
        some.note(key, {change})
    order = []
    while (tab := some.wanting()) is not None:
        order.append(tab.session)
        some.show(tab)
    assert order == [3, 2, 4, 1]


def test_an_end_that_was_seen_wants_nothing():
    some = tabs(session(1), session(2, SessionState.ENDED))
    assert some.wanting() is None
    some.note(2, ())
    assert some.wanting() is None


def test_a_tab_moves_among_the_others_and_the_nodes_stay_first():
    some = tabs()
    some.move(1)
    assert some.sessions == [1, 2, 3]
    some.show(some.of(3))
    some.move(-5)
    assert (some.sessions, some.numbered(1)) == ([3, 1, 2], some.nodes)
    some.move(1)
    some.update([session(1), session(2), session(3), session(4)])
    assert some.sessions == [1, 3, 2, 4]
    some.move(9)
    assert some.sessions == [1, 2, 4, 3]


def test_a_tab_keeps_its_place_and_its_id_when_another_session_takes_it():
    some = tabs()
    some.show(some.of(2))
    some.show(some.of(1))
    tab = some.of(1)
    some.note(3, {SessionChange.BELL})
    some.take_place(session(9), 1)
    assert (some.of(9), some.shown, some.session, some.previous.session) == (tab, tab, 9, 2)
    some.update([session(2), session(3), session(9)])
    assert some.sessions == [9, 2, 3]
    assert mark(some, 3) is TabMark.BELL


def test_a_session_that_has_a_tab_leaves_it_for_the_one_that_it_takes():
    some = tabs()
    some.show(some.of(3))
    some.take_place(session(3), 1)
    some.update([session(2), session(3)])
    assert (some.sessions, some.session) == ([3, 2], 3)


def test_what_takes_the_place_of_no_tab_comes_last():
    some = tabs()
    some.take_place(session(9), 8)
    some.update([session(1), session(2), session(3), session(9)])
    assert some.sessions == [1, 2, 3, 9]


def test_ids_name_tabs_and_are_never_used_again():
    some = tabs()
    first = [label.tab for label in some.labels()]
    assert [some.with_id(number) for number in first] == [some.numbered(number) for number in (1, 2, 3, 4)]
    some.update([])
    some.update([session(4)])
    second = [label.tab for label in some.labels()]
    assert second[0] == first[0]
    assert second[1] not in first
    assert some.with_id(first[1]) is None
