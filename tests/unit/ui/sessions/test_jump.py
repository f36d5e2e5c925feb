"""What the list of tabs offers: each session, also where several are in one tab."""

from __future__ import annotations

from dataclasses import replace

from ssmtui.layout import Layout
from ssmtui.model import StartRequest
from ssmtui.sessions.activity import Activity, Doing
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.ui.panes.needs import TabMark
from ssmtui.ui.panes.tabs import Tabs
from ssmtui.ui.sessions.jump import goals_of


def test_each_session_of_a_tab_is_a_goal_with_its_own_mark() -> None:
    one, two, three = (
        SessionSnapshot(key, f"web {key}", StartRequest(f"i-{key}"), None, SessionState.OPEN) for key in (1, 2, 3)
    )
    two = replace(two, doing=Doing(Activity.INPUT))
    tabs = Tabs()
    tabs.update([one, two, three])
    tabs.gather(Layout.of([1, 2]))
    goals = goals_of(tabs, [one, two])  # the third has just gone
    assert [(goal.session, goal.name) for goal in goals] == [(None, "  1 Nodes"), (1, "○ 2 web 1"), (2, "? 2 web 2")]
    assert goals[2].about.startswith("waits for input · i-2")
    assert [label.mark for label in tabs.labels()] == [TabMark.NONE, TabMark.ASKS, TabMark.QUIET]


def test_each_session_of_a_tab_that_has_a_name_is_found_by_that() -> None:
    sessions = [
        SessionSnapshot(key, f"web {key}", StartRequest(f"i-{key}"), None, SessionState.OPEN) for key in (1, 2, 3)
    ]
    tabs = Tabs()
    tabs.update(sessions)
    tabs.gather(Layout.of([1, 2]))
    tabs.of(1).title = tabs.of(3).title = "front"
    _, one, two, three = goals_of(tabs, sessions)
    assert (one.about.startswith("front · "), two.about.startswith("front · ")) == (True, True)
    assert ("front" in three.name, "front" in three.about) == (True, False)
