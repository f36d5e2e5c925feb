"""The list of all tabs and their sessions, to go to one by its name or by what it needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.ui.kit.dialog import Key
from ssmtui.ui.kit.pick import Offer, Pick
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.panes import words as session_words
from ssmtui.ui.panes.needs import TabMark, rank
from ssmtui.ui.panes.tabs import Tabs


class Goal(NamedTuple):
    """What the list offers: a session, or the tab of a view."""

    tab: int
    """The tab's id."""
    session: int | None
    """The session's key; None for a view."""
    mark: TabMark
    """What it needs."""
    name: str
    about: str = ""


def goals_of(tabs: Tabs, sessions: Iterable[SessionSnapshot]) -> list[Goal]:
    """All there are, in the order of the tabs. ``sessions`` are those of now; one that has just come has no tab yet,
    one that has just gone still has."""
    known = {session.key: session for session in sessions}
    goals = []
    for number, label in enumerate(tabs.labels(), 1):
        tab = tabs.with_id(label.tab)
        assert tab is not None
        if tab.session is None:
            goals.append(Goal(tab.id, None, label.mark, f"{label.mark.value} {number} {tidy(label.title, 40)}"))
        for session in [known[key] for key in tab.sessions if key in known]:
            mark = tabs.need(session.key)
            # A tab with several sessions has the name of one of them, or one of its own, by which each is found too.
            is_one = len(tab.sessions) == 1
            title = label.title if is_one else session.title
            of_tab = [] if is_one or not tab.title else [tidy(tab.title, 40)]
            about = [*of_tab, session_words.going(session), *session_words.what(session)]
            goals.append(Goal(tab.id, session.key, mark, f"{mark.value} {number} {tidy(title, 40)}", " · ".join(about)))
    return goals


def by_need(goals: Sequence[tuple[Goal, Offer]]) -> list[tuple[Goal, Offer]]:
    """``goals``, the one first that needs the person most; those that need the same stay in their order."""
    return sorted(goals, key=lambda goal: rank(goal[0].mark))


class JumpList(Pick):
    """A list of goals, in the order of the tabs or by need."""

    KEYS = (Key("ctrl+o", "reorder", "by need", priority=True),)

    def __init__(self, goals: Sequence[Goal], tab: int, session: int | None) -> None:
        """``tab`` and ``session`` are what is shown; the answer is the number of the chosen goal."""
        self._goals = [(goal, Offer(str(number), goal.name, goal.about)) for number, goal in enumerate(goals)]
        super().__init__(
            "Go to a tab",
            [offer for _, offer in self._goals],
            next((offer.value for goal, offer in self._goals if (goal.tab, goal.session) == (tab, session)), ""),
            placeholder="type a name, node or document",
            verb="go there",
            now_note="shown now",
        )
        self._is_by_need = False

    def hint(self, key: Key) -> str:
        """The key that reorders says how."""
        if key.keys == "ctrl+o":
            return "by tab" if self._is_by_need else "by need"
        return super().hint(key)

    def action_reorder(self) -> None:
        """Sort by need, or as the tabs are."""
        self._is_by_need = not self._is_by_need
        goals = by_need(self._goals) if self._is_by_need else self._goals
        self.replace([offer for _, offer in goals])
        self.show_hints()
