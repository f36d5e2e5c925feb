from dataclasses import replace
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ssmtui.layout import Arrangement, Axis, Layout, PaneArea
from ssmtui.model import PaneOptions, StartRequest
from ssmtui.sessions.snapshots import SessionChange, SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.ui.panes.needs import TabMark
from ssmtui.ui.panes.tabs import Tabs


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
        (SessionState.DETACHED, TabMark.DETACHED),
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
    some.see([1])
    assert mark(some, 1) is TabMark.QUIET


def test_what_is_in_sight_is_not_marked():
    some = tabs()
    some.see([1])
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


def test_a_new_session_comes_before_the_views_so_that_numbers_of_sessions_stay():
    some = tabs(session(1))
    views = [some.open("Profiles"), some.open("Tunnels")]
    some.update([session(1), session(2), session(3)])
    assert [label.title for label in some.labels()] == ["Nodes", "tab 1", "tab 2", "tab 3", "Profiles", "Tunnels"]
    some.update([session(3), session(4)])
    assert [some.numbered(number) for number in (2, 3, 4, 5)] == [some.of(3), some.of(4), *views]


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
    while (key := some.wanting()) is not None:
        order.append(key)
        some.show(some.of(key))
        some.see([key])
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


# Several sessions in a tab


def split_tabs() -> Tabs:
    """1 and 2 side by side in the shown tab, where 2 has the focus; 3 in a tab of its own."""
    some = tabs()
    some.show(some.of(1))
    some.lay_out(some.of(1), Layout.of([1]).split(1, 2, Axis.ROW))
    return some


def test_a_session_that_comes_into_a_tab_leaves_its_own():
    some = split_tabs()
    assert [tab.sessions for tab in some.of_sessions] == [(1, 2), (3,)]
    assert (some.session, some.of(1), some.sessions) == (2, some.of(2), [1, 2, 3])


def test_a_tab_says_how_many_more_it_holds_and_the_worst_of_them():
    some = split_tabs()
    some.update([session(1, SessionState.FAILED), session(2), session(3)])
    label = some.labels()[1]
    assert (label.title, label.others, label.mark) == ("tab 2", " +1", TabMark.FAILED)
    some.of(1).title = "both"
    assert some.labels()[1].title == "both"


def test_a_tab_is_framed_as_guarded_whichever_pane_has_the_focus():
    some = split_tabs()
    guarded = StartRequest("i-1", options=PaneOptions(guarded="production"))
    coloured = StartRequest("i-2", options=PaneOptions(color="green"))
    some.update([replace(session(1), request=guarded), replace(session(2), request=coloured), session(3)])
    assert some.session == 2
    assert some.labels()[1].frame == "guarded"
    some.break_out(1)
    assert [label.frame for label in some.labels()[1:3]] == ["green", "guarded"]


def test_a_session_that_ends_leaves_the_others_in_their_tab():
    some = split_tabs()
    some.update([session(1), session(3)])
    assert (some.session, some.shown.sessions) == (1, (1,))
    some.update([session(3)])
    assert some.shown is some.nodes


def test_a_named_tab_goes_with_its_last_session():
    some = split_tabs()
    some.of(1).title = "both"
    some.update([session(3)])
    assert [label.title for label in some.labels()] == ["Nodes", "tab 3"]


def test_another_session_takes_its_place_in_the_layout():
    some = split_tabs()
    some.take_place(session(9), 1)
    assert some.shown.sessions == (9, 2)
    assert some.session == 2
    some.undo()
    assert [tab.sessions for tab in some.of_sessions] == [(9,), (2,), (3,)]


def test_a_pane_that_breaks_out_gets_the_next_tab():
    some = split_tabs()
    new = some.break_out(1)
    assert (new.sessions, [tab.sessions for tab in some.of_sessions]) == ((1,), [(2,), (1,), (3,)])


def test_undo_brings_back_tabs_and_their_names():
    some = tabs()
    some.of(2).title = "second"
    some.show(some.of(1))
    before = [(tab, tab.sessions, tab.title) for tab in some.of_sessions]
    some.lay_out(some.of(1), Layout.of([1, 2, 3]))
    assert len(some.of_sessions) == 1
    assert some.undo()
    assert [(tab, tab.sessions, tab.title) for tab in some.of_sessions] == before
    assert not some.undo()


def test_undo_gives_those_that_came_since_a_tab_of_their_own():
    some = split_tabs()
    some.update([session(1), session(2), session(3), session(4)])
    some.lay_out(some.of(1), some.of(1).layout.split(2, 4, Axis.COLUMN))
    view = some.open("Profiles")
    assert some.undo()
    assert [tab.sessions for tab in some.of_sessions] == [(1, 2), (3,), (4,)]
    assert some.labels()[-1].tab == view.id
    assert some.session == 4, "the focus stays with its session"


def test_undo_leaves_together_what_was_opened_together():
    some = split_tabs()
    some.update([session(1), session(2), session(3), session(4), session(5)])
    some.open_together(Layout.of([4, 5]), "web")
    assert some.undo(), "the split before"
    assert [(tab.sessions, tab.title) for tab in some.of_sessions] == [
        ((1,), ""),
        ((2,), ""),
        ((3,), ""),
        ((4, 5), "web"),
    ]
    assert not some.undo()


def test_undo_passes_over_what_would_change_nothing():
    some = split_tabs()
    some.lay_out(some.of(1), some.of(1).layout)
    some.relay(some.of(1), some.of(1).layout.toggle_alone())
    assert some.undo()
    assert [tab.sessions for tab in some.of_sessions] == [(1,), (2,), (3,)]


def test_undo_takes_back_a_move_and_nothing_else():
    some = split_tabs()
    some.lay_out(some.of(1), some.of(1).layout.swap(1, 2))
    some.move(-1)
    some.move(1)
    assert some.sessions == [3, 2, 1]
    assert some.undo()
    assert some.sessions == [2, 1, 3]
    assert some.undo()
    assert some.sessions == [1, 2, 3]


def test_undo_leaves_the_focus_of_every_tab_where_it_is():
    some = split_tabs()
    some.show(some.of(3))
    some.break_out(2)
    some.lay_out(some.of(1), Layout.of([1]).split(1, 2, Axis.ROW))
    some.lay_out(some.of(3), some.of(3).layout)  # changes nothing
    some.focus(1)
    assert some.undo()
    assert [tab.sessions for tab in some.of_sessions] == [(1,), (2,), (3,)]
    assert some.undo()
    assert (some.of(1).sessions, some.of(1).session) == ((1, 2), 1)


def test_those_that_a_layout_leaves_out_get_tabs_in_their_order():
    some = tabs()
    some.lay_out(some.of(1), Layout.of([1, 3, 2]))
    some.lay_out(some.of(1), Layout.of([1]))
    assert [tab.sessions for tab in some.of_sessions] == [(1,), (3,), (2,)]


def test_only_those_in_sight_are_seen():
    some = split_tabs()
    some.see([2])
    some.note(1, {SessionChange.BELL})
    assert mark(some, 1) is TabMark.BELL
    assert some.wanting() == 1


class TabsMachine(RuleBasedStateMachine):
    """Sessions come, go and change places; every one of them is in one tab, and undo brings back what was."""

    @initialize()
    def begin(self) -> None:
        self.tabs, self.keys, self.next = Tabs(), set[int](), 1
        self.area = PaneArea(0, 0, 300, 100)

    def places(self) -> list[tuple[int, Any]]:
        return [(tab.id, tab.layout.place(self.area)) for tab in self.tabs.of_sessions]

    def update(self) -> None:
        self.tabs.update([session(key) for key in sorted(self.keys)])

    @rule()
    @precondition(lambda self: len(self.keys) < 8)
    def come(self) -> None:
        self.keys.add(self.next)
        self.next += 1
        self.update()

    @rule()
    @precondition(lambda self: len(self.keys) < 7)
    def come_together(self) -> None:
        both = (self.next, self.next + 1)
        self.next += 2
        self.keys.update(both)
        self.update()
        self.tabs.open_together(Layout.of(both), "both")
        self.tabs.undo()
        assert (self.tabs.of(both[0]).sessions, self.tabs.of(both[1]).title) == (both, "both")

    @rule(data=st.data())
    @precondition(lambda self: self.keys)
    def go(self, data: Any) -> None:
        self.keys.remove(data.draw(st.sampled_from(sorted(self.keys))))
        self.update()

    @rule(data=st.data())
    @precondition(lambda self: self.keys)
    def show(self, data: Any) -> None:
        key = data.draw(st.sampled_from(sorted(self.keys)))
        self.tabs.focus(key)
        self.tabs.show(self.tabs.of(key))
        assert self.tabs.session == key

    @rule(data=st.data())
    def open_and_close(self, data: Any) -> None:
        tab = self.tabs.open("view")
        self.tabs.show(tab)
        if data.draw(st.booleans()):
            self.tabs.close(tab)

    @rule(offset=st.integers(-3, 3))
    def move(self, offset: int) -> None:
        self.tabs.move(offset)

    @rule(data=st.data(), arrangement=st.sampled_from(Arrangement))
    @precondition(lambda self: self.keys)
    def gather(self, data: Any, arrangement: Arrangement) -> None:
        some = data.draw(st.lists(st.sampled_from(sorted(self.keys)), unique=True, min_size=1))
        before = self.places()
        self.tabs.gather(Layout.of(some, arrangement))
        assert self.tabs.of(some[0]).sessions == tuple(some) or set(self.tabs.of(some[0]).sessions) == set(some)
        if self.places() != before:
            assert self.tabs.undo()
            assert self.places() == before
            self.tabs.gather(Layout.of(some, arrangement))

    @rule(data=st.data())
    @precondition(lambda self: any(len(tab.sessions) > 1 for tab in self.tabs.of_sessions))
    def break_out(self, data: Any) -> None:
        several = [tab for tab in self.tabs.of_sessions if len(tab.sessions) > 1]
        before = self.places()
        self.tabs.break_out(data.draw(st.sampled_from([key for tab in several for key in tab.sessions])))
        assert self.tabs.undo()
        after = [(number, placed.panes) for number, placed in self.places()]
        assert after == [(number, placed.panes) for number, placed in before] or any(
            tab.layout.alone for tab in self.tabs.of_sessions
        )

    @rule(data=st.data())
    @precondition(lambda self: self.keys)
    def restart(self, data: Any) -> None:
        old = data.draw(st.sampled_from(sorted(self.keys)))
        self.keys.remove(old)
        self.keys.add(self.next)
        place = self.tabs.sessions.index(old)
        self.tabs.take_place(session(self.next), old)
        assert self.tabs.sessions.index(self.next) == place
        self.next += 1
        self.update()

    @rule()
    def undo(self) -> None:
        self.tabs.undo()

    @invariant()
    def every_session_is_in_one_tab(self) -> None:
        assert sorted(self.tabs.sessions) == sorted(self.keys)

    @invariant()
    def nodes_are_first_and_views_last(self) -> None:
        kinds = [self.tabs.with_id(label.tab).layout is not None for label in self.tabs.labels()]
        assert kinds == [False, *[True] * len(self.tabs.of_sessions), *[False] * (len(kinds) - kinds.count(True) - 1)]

    @invariant()
    def one_tab_is_shown(self) -> None:
        assert [label.active for label in self.tabs.labels()].count(True) == 1
        if self.tabs.session is not None:
            assert self.tabs.session in self.keys


TestTabs = TabsMachine.TestCase
