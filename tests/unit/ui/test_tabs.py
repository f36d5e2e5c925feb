import pytest

from ssmtui.model import StartRequest
from ssmtui.sessions.snapshots import Change, SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.ui.panes.tabs import NODES, Mark, Tabs


def session(key: int, state: SessionState = SessionState.OPEN) -> SessionSnapshot:
    return SessionSnapshot(key, f"tab {key}", StartRequest("i-1"), None, state)


def tabs(*sessions: SessionSnapshot) -> Tabs:
    made = Tabs()
    made.replace(sessions or (session(1), session(2), session(3)))
    return made


def mark(of: Tabs, key: int) -> Mark:
    return next(tab.mark for tab in of.tabs() if tab.key == key)


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (SessionState.STARTING, Mark.STARTING),
        (SessionState.CONNECTING, Mark.STARTING),
        (SessionState.WAITING, Mark.STARTING),
        (SessionState.CLOSING, Mark.STARTING),
        (SessionState.OPEN, Mark.QUIET),
        (SessionState.ENDED, Mark.ENDED),
        (SessionState.FAILED, Mark.FAILED),
    ],
)
def test_each_state_has_its_mark(state, shown):
    assert mark(tabs(session(1, state)), 1) is shown


def test_what_a_hidden_tab_did_is_marked_until_it_is_shown():
    some = tabs()
    some.note(1, {Change.SCREEN})
    assert mark(some, 1) is Mark.ACTIVITY
    some.note(1, {Change.BELL})
    assert mark(some, 1) is Mark.BELL
    some.show(1)
    assert mark(some, 1) is Mark.QUIET


def test_the_shown_tab_is_not_marked():
    some = tabs()
    some.show(1)
    some.note(1, {Change.SCREEN, Change.BELL})
    assert mark(some, 1) is Mark.QUIET


def test_going_right_and_left_goes_round():
    some = tabs()
    assert some.after(-1) == 3
    some.show(3)
    assert some.after(1) is NODES
    assert some.after(-1) == 2


def test_tabs_are_numbered_from_the_nodes_and_zero_is_the_nodes_too():
    some = tabs()
    assert [some.numbered(number) for number in (0, 1, 2, 4)] == [NODES, NODES, 1, 3]
    with pytest.raises(IndexError):
        some.numbered(5)


def test_a_shown_tab_that_goes_gives_way_to_the_one_left_of_it():
    some = tabs()
    some.show(2)
    some.replace([session(1), session(3)])
    assert some.active == 1
    some.replace([session(3)])
    assert some.active is NODES


def test_the_previous_tab_is_forgotten_when_it_goes():
    some = tabs()
    some.show(1)
    some.show(2)
    assert some.previous == 1
    some.replace([session(2), session(3)])
    assert some.previous is NODES


def test_attention_goes_to_a_bell_before_an_end_before_activity_and_round_to_the_right():
    some = tabs(session(1), session(2, SessionState.ENDED), session(3), session(4))
    assert some.wanting() is NODES
    for key, change in ((1, Change.SCREEN), (2, Change.STATE), (3, Change.BELL), (4, Change.SCREEN)):
        some.note(key, {change})
    order = []
    while (key := some.wanting()) is not NODES:
        order.append(key)
        some.show(key)
    assert order == [3, 2, 4, 1]


def test_an_end_that_was_seen_wants_nothing():
    some = tabs(session(1), session(2, SessionState.ENDED))
    assert some.wanting() is NODES
    some.note(2, ())
    assert some.wanting() is NODES
