"""Which tabs there are, in which order, which one is shown and which want attention. Pure state; the tab bar draws it,
the deck obeys it.

A tab is not its session: it has an id of its own, and keeps its place when another session takes the old one's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum
from itertools import count
from typing import NamedTuple

from ssmtui.sessions.snapshots import SessionChange, SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.ui.panes.words import frame_of


class TabMark(Enum):
    """What a tab says about its session."""

    NONE = " "
    STARTING = "◌"
    QUIET = "○"
    ACTIVITY = "●"
    """It printed something since it was last looked at."""
    BELL = "▲"
    LOST = "◍"
    """Cut off; it tries to come back by itself."""
    ENDED = "■"
    FAILED = "✕"


@dataclass(eq=False, slots=True)
class Tab:
    """A place among the tabs and what it holds."""

    id: int
    """Never used twice in a run."""
    session: int | None = None
    """The key of the session that it holds; None for a view."""
    title: str = ""
    """Of a view."""


class TabLabel(NamedTuple):
    """One tab as the bar draws it."""

    tab: int
    """Its id."""
    title: str
    mark: TabMark
    active: bool
    icon: str = ""
    """Before its title; untrusted."""
    frame: str = ""
    """``guarded``, the name of a colour, or nothing."""


_WANTS_ATTENTION = (TabMark.BELL, TabMark.FAILED, TabMark.ENDED, TabMark.ACTIVITY)
_UNSETTLED = (
    SessionState.AWAITING_APPROVAL,
    SessionState.STARTING,
    SessionState.CONNECTING,
    SessionState.WAITING,
    SessionState.CLOSING,
)


class Tabs:
    """The nodes' tab, one for each session, then those of the views that are open, from left to right."""

    def __init__(self) -> None:
        self._ids = count()
        self.nodes = Tab(next(self._ids), title="Nodes")
        self.shown = self.nodes
        self._tabs = [self.nodes]
        self._seen = [self.nodes]
        """The tabs that were shown, the latest last."""
        self._sessions: dict[int, SessionSnapshot] = {}
        self._unseen: dict[int, set[SessionChange]] = {}
        """What sessions did while their tabs were not shown."""

    @property
    def session(self) -> int | None:
        """The key of the shown tab's session; None where it holds none."""
        return self.shown.session

    @property
    def sessions(self) -> list[int]:
        """The keys of all sessions, in the order of their tabs."""
        return [tab.session for tab in self._tabs if tab.session is not None]

    @property
    def previous(self) -> Tab:
        """The tab that was shown before this one, or the one before that if it is gone; at last the nodes'."""
        before = (tab for tab in reversed(self._seen) if tab is not self.shown and tab in self._tabs)
        return next(before, self.nodes)

    def of(self, session: int | None) -> Tab:
        """The tab that holds ``session``; None: the nodes' tab. Raises ``KeyError`` when there is none."""
        for tab in self._tabs:
            if tab.session == session:
                return tab
        raise KeyError(session)

    def with_id(self, number: int) -> Tab | None:
        """The tab with this id; None once it is gone."""
        return next((tab for tab in self._tabs if tab.id == number), None)

    def update(self, sessions: Iterable[SessionSnapshot]) -> None:
        """Take in all sessions as they are now: new ones get a tab at the right end, tabs of those that are gone go. If
        the shown one goes, the tab left of it is shown."""
        self._sessions = {session.key: session for session in sessions}
        before, there = self._tabs, set(self.sessions)
        kept = [tab for tab in before if tab.session is None or tab.session in self._sessions]
        new = [Tab(next(self._ids), key) for key in self._sessions if key not in there]
        # Before the views: the numbers of sessions do not change with what is opened beside them.
        place = len(kept) - sum(tab.session is None for tab in kept[1:])
        self._tabs = [*kept[:place], *new, *kept[place:]]
        if self.shown not in self._tabs:
            self.shown = [tab for tab in before[: before.index(self.shown)] if tab in self._tabs][-1]
        for key in self._unseen.keys() - self._sessions.keys():
            del self._unseen[key]

    def open(self, title: str) -> Tab:
        """A new tab for a view, at the right end."""
        self._tabs.append(Tab(next(self._ids), title=title))
        return self._tabs[-1]

    def close(self, tab: Tab) -> None:
        """Take the tab of a view away; if it is shown, the one before it is shown again."""
        self._tabs.remove(tab)
        if self.shown is tab:
            self.show(self.previous)

    def take_place(self, session: SessionSnapshot, old: int) -> None:
        """Put ``session`` into the tab of the session ``old``. A tab that ``session`` already has is removed."""
        tab, own = (next((tab for tab in self._tabs if tab.session == key), None) for key in (old, session.key))
        if tab is None:
            return
        if own is not None:
            self._tabs.remove(own)
        if self.shown is own:
            self.shown = tab
        tab.session = session.key
        self._sessions[session.key] = session

    def move(self, offset: int) -> None:
        """Move the shown tab by ``offset`` places, within the sessions' tabs. The nodes stay first, views last."""
        if self.shown.session is not None:
            place = self._tabs.index(self.shown)
            self._tabs.remove(self.shown)
            self._tabs.insert(max(1, min(place + offset, len(self.sessions) + 1)), self.shown)

    def note(self, key: int, changes: Collection[SessionChange]) -> None:
        """Remember what a session did whose tab is not shown."""
        if changes and key != self.session and key in self._sessions:
            self._unseen.setdefault(key, set()).update(changes)

    def show(self, tab: Tab) -> None:
        """Make this tab the shown one: this clears its marks."""
        self._seen = [*(seen for seen in self._seen if seen is not tab and seen in self._tabs), tab]
        self.shown = tab
        if tab.session is not None:
            self._unseen.pop(tab.session, None)

    def after(self, offset: int) -> Tab:
        """The tab ``offset`` places to the right of the shown one, going round."""
        return self._tabs[(self._tabs.index(self.shown) + offset) % len(self._tabs)]

    def numbered(self, number: int) -> Tab:
        """The tab with that number on the bar; 0 is the nodes as well. Raises ``IndexError``."""
        return self._tabs[max(0, number - 1)]

    def wanting(self) -> Tab | None:
        """The tab that wants attention most, the nearest to the right first; None when none does."""
        place = self._tabs.index(self.shown)
        unseen = [tab for tab in self._tabs[place:] + self._tabs[:place] if tab.session in self._unseen]
        marks = {tab: self._label(tab).mark for tab in unseen}
        return next((tab for mark in _WANTS_ATTENTION for tab in unseen if marks[tab] is mark), None)

    def labels(self) -> list[TabLabel]:
        """All tabs as the bar draws them."""
        return [self._label(tab) for tab in self._tabs]

    def _label(self, tab: Tab) -> TabLabel:
        is_shown = tab is self.shown
        if tab.session is None:
            return TabLabel(tab.id, tab.title, TabMark.NONE, is_shown)
        session = self._sessions[tab.session]
        icon = session.request.options.icon
        return TabLabel(tab.id, session.title, self._mark(session), is_shown, icon, frame_of(session))

    def _mark(self, session: SessionSnapshot) -> TabMark:
        unseen = self._unseen.get(session.key, set())
        if session.state is SessionState.FAILED:
            return TabMark.FAILED
        if session.state is SessionState.ENDED:
            return TabMark.ENDED
        if session.state.cut_off:
            return TabMark.LOST
        if session.state in _UNSETTLED:
            return TabMark.STARTING
        if SessionChange.BELL in unseen:
            return TabMark.BELL
        return TabMark.ACTIVITY if SessionChange.SCREEN in unseen else TabMark.QUIET
