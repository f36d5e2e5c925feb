"""Which tabs there are, in which order, which one is shown and which want attention. Pure state; the tab bar draws it,
the deck obeys it.

A tab is not its session: it has an id of its own, and keeps its place when another session takes the old one's. It
holds one session or several, in a layout; a session is in one tab.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

from ssmtui.layout import Branch, Layout
from ssmtui.sessions.snapshots import SessionChange, SessionSnapshot
from ssmtui.ui.panes.needs import NOTHING_UNSEEN, TabMark, most_wanted, need_of, wanted, worst
from ssmtui.ui.panes.words import frame_of


@dataclass(eq=False, slots=True)
class Tab:
    """A place among the tabs and what it holds: sessions in a layout, or a view."""

    id: int
    """Never used twice in a run."""
    layout: Layout | None = None
    """Of the sessions' keys; None for a view."""
    title: str = ""
    """Of a view; or what a person has called a tab, empty where it has the names of its sessions."""

    @property
    def session(self) -> int | None:
        """The key of the session that has the focus in it; None for a view."""
        return None if self.layout is None else self.layout.focused

    @property
    def sessions(self) -> tuple[int, ...]:
        """The keys of all its sessions, from left to right and from top to bottom."""
        return () if self.layout is None else self.layout.leaves


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
    others: str = ""
    """How many more sessions it holds; empty for none."""
    broadcast: str = ""
    """That a session in it takes part in the broadcast, and that one prints something else than most."""


BROADCASTS, DIFFERS = "»", "»!"
"""Marks of a tab with a session that takes part in the broadcast, and with one that prints something else than most."""

MAX_TITLE = 60
"""Characters of the name that a person gives a tab."""

KEPT_LAYOUTS = 50
"""Changes of layouts that can be undone."""


class Tabs:
    """The nodes' tab, those of sessions, then those of the views that are open, from left to right."""

    def __init__(self) -> None:
        self._ids = count()
        self.nodes = Tab(next(self._ids), title="Nodes")
        self.shown = self.nodes
        self._tabs = [self.nodes]
        self._seen = [self.nodes]
        """The tabs that were shown, the latest last."""
        self._sessions: dict[int, SessionSnapshot] = {}
        self._in_sight: frozenset[int] = frozenset()
        self.broadcast: frozenset[int] = frozenset()
        """The keys of the sessions that take part in the broadcast."""
        self.differing: frozenset[int] = frozenset()
        """Those of them that print something else than most."""
        self._unseen: dict[int, set[SessionChange]] = {}
        """What sessions did while they were out of sight."""
        self._layouts: deque[tuple[tuple[Tab, Layout], ...]] = deque(maxlen=KEPT_LAYOUTS)
        """How the sessions lay in their tabs before each change of that, the latest last."""

    @property
    def session(self) -> int | None:
        """The key of the session that has the focus; None where the shown tab holds none."""
        return self.shown.session

    @property
    def sessions(self) -> list[int]:
        """The keys of all sessions, in the order of their tabs."""
        return [key for tab in self._tabs for key in tab.sessions]

    @property
    def previous(self) -> Tab:
        """The tab that was shown before this one, or the one before that if it is gone; at last the nodes'."""
        before = (tab for tab in reversed(self._seen) if tab is not self.shown and tab in self._tabs)
        return next(before, self.nodes)

    @property
    def of_sessions(self) -> list[Tab]:
        """The tabs that hold sessions, in their order."""
        return [tab for tab in self._tabs if tab.layout is not None]

    def of(self, session: int | None) -> Tab:
        """The tab that holds ``session``; None: the nodes' tab. Raises ``KeyError`` when there is none."""
        if session is None:
            return self.nodes
        for tab in self._tabs:
            if session in tab.sessions:
                return tab
        raise KeyError(session)

    def with_id(self, number: int) -> Tab | None:
        """The tab with this id; None once it is gone."""
        return next((tab for tab in self._tabs if tab.id == number), None)

    def update(self, sessions: Iterable[SessionSnapshot]) -> None:
        """Take in all sessions as they are now: new ones get a tab at the right end, those that are gone leave theirs.
        If the shown tab goes, the one left of it is shown."""
        self._sessions = {session.key: session for session in sessions}
        before, there = self._tabs, set(self.sessions)
        gone = there - self._sessions.keys()
        left_empty = []
        for tab in self.of_sessions:
            if gone.intersection(tab.sessions):
                assert tab.layout is not None
                tab.layout = tab.layout.only(self._sessions)
                left_empty += [tab] if tab.layout is None else []
        kept = [tab for tab in before if tab not in left_empty]
        new = [self._new(key) for key in self._sessions if key not in there]
        self._tabs = self._before_views(kept, new)
        if self.shown not in self._tabs:
            self.shown = [tab for tab in before[: before.index(self.shown)] if tab in self._tabs][-1]
        for key in self._unseen.keys() - self._sessions.keys():
            del self._unseen[key]

    def _new(self, key: int) -> Tab:
        return Tab(next(self._ids), Layout.of([key]))

    @staticmethod
    def _before_views(tabs: Sequence[Tab], new: Sequence[Tab]) -> list[Tab]:
        """``new`` behind the tabs of sessions: their numbers do not change with what is opened beside them."""
        place = len(tabs) - sum(tab.layout is None for tab in tabs[1:])
        return [*tabs[:place], *new, *tabs[place:]]

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
        """Put ``session`` where the session ``old`` is. Where ``session`` has been before is given up."""
        try:
            tab = self.of(old)
        except KeyError:
            return
        assert tab.layout is not None
        with suppress(KeyError):
            self._leave(session.key, heir=tab)
        tab.layout = tab.layout.renamed({old: session.key})
        # What is undone brings the new one back to where the old one was.
        self._layouts = deque(
            (tuple((each, _taken(layout, old, session.key)) for each, layout in kept) for kept in self._layouts),
            KEPT_LAYOUTS,
        )
        self._sessions[session.key] = session

    def _leave(self, key: int, heir: Tab) -> None:
        """Take a session out of its tab. If that was its only one, the tab goes, and ``heir`` is shown in its place."""
        tab = self.of(key)
        assert tab.layout is not None
        left = tab.layout.remove(key)
        if left is None:
            self._tabs.remove(tab)
            if self.shown is tab:
                self.shown = heir
        else:
            tab.layout = left

    def move(self, offset: int) -> None:
        """Move the shown tab by ``offset`` places, within the sessions' tabs. The nodes stay first, views last. The
        change can be undone."""
        if self.shown.session is None:
            return
        place = self._tabs.index(self.shown)
        moved = max(1, min(place + offset, len(self.of_sessions)))
        if moved != place:
            self.remember()
            self._tabs.remove(self.shown)
            self._tabs.insert(moved, self.shown)

    def note(self, key: int, changes: Collection[SessionChange]) -> None:
        """Remember what a session did that is out of sight."""
        if changes and key not in self._in_sight and key in self._sessions:
            self._unseen.setdefault(key, set()).update(changes)

    def see(self, sessions: Iterable[int]) -> None:
        """These sessions are in sight now: what they did before has been seen."""
        self._in_sight = frozenset(sessions)
        for key in self._in_sight:
            self._unseen.pop(key, None)

    def show(self, tab: Tab) -> None:
        """Make this tab the shown one."""
        self._seen = [*(seen for seen in self._seen if seen is not tab and seen in self._tabs), tab]
        self.shown = tab

    def after(self, offset: int) -> Tab:
        """The tab ``offset`` places to the right of the shown one, going round."""
        return self._tabs[(self._tabs.index(self.shown) + offset) % len(self._tabs)]

    def numbered(self, number: int) -> Tab:
        """The tab with that number on the bar; 0 is the nodes as well. Raises ``IndexError``."""
        return self._tabs[max(0, number - 1)]

    def wanting(self) -> int | None:
        """The session out of sight that wants attention most, the nearest to the right first; None when none does."""
        place = self._tabs.index(self.shown)
        around = [key for tab in self._tabs[place:] + self._tabs[:place] for key in tab.sessions]
        return most_wanted({key: wanted(self._sessions[key], self._unseen.get(key, NOTHING_UNSEEN)) for key in around})

    # Layouts

    def focus(self, session: int) -> None:
        """Give a session the focus in its tab."""
        tab = self.of(session)
        assert tab.layout is not None
        tab.layout = tab.layout.focus(session)

    def lay_out(self, tab: Tab, layout: Layout) -> None:
        """Give the sessions of ``tab`` another layout, which may hold the sessions of other tabs too: they leave those.
        The change can be undone."""
        self.remember()
        self._put(tab, layout)

    def remember(self) -> None:
        """The layouts are about to change: :meth:`undo` brings back what they are now."""
        self._layouts.append(tuple((tab, tab.layout) for tab in self._tabs if tab.layout is not None))

    def relay(self, tab: Tab, layout: Layout) -> None:
        """As :meth:`lay_out`, as one more step of the change that was remembered last."""
        self._put(tab, layout)

    def break_out(self, session: int) -> Tab:
        """Put a session into a tab of its own, behind the one that it leaves, which must hold others too. Returns the
        new tab."""
        self.remember()
        old = self.of(session)
        new = self._new(session)
        self._leave(session, heir=new)
        self._tabs.insert(self._tabs.index(old) + 1, new)
        return new

    def gather(self, layout: Layout) -> Tab:
        """Put the sessions of ``layout`` into one tab, where the first of them is. Returns that tab."""
        tab = self.of(layout.leaves[0])
        self.lay_out(tab, layout)
        return tab

    def open_together(self, layout: Layout, title: str) -> None:
        """Put the sessions of ``layout``, which were started just now, into one tab, where the first of them is, and
        call it ``title``. That is how they begin and no change of layouts, so :meth:`undo` leaves them together."""
        tab = self.of(layout.leaves[0])
        self._put(tab, layout)
        tab.title = title

    def undo(self) -> bool:
        """Take back the last change of layouts. Sessions that came since have tabs without any that were there
        before, and those that are gone stay gone. Returns whether there was anything to take back."""
        while self._layouts:
            before = self._lies
            self._restore(self._layouts.pop())
            if before != self._lies:
                return True
        return False

    @property
    def _lies(self) -> list[tuple[Tab, Branch]]:
        """Where each session is, whichever has the focus."""
        return [(tab, tab.layout.root) for tab in self._tabs if tab.layout is not None]

    @property
    def can_undo(self) -> bool:
        """Whether a change of layouts has been remembered."""
        return bool(self._layouts)

    @property
    def last_change(self) -> object:
        """Another object after each change that was remembered or undone; None where there was none."""
        return self._layouts[-1] if self._layouts else None

    def _restore(self, kept: Iterable[tuple[Tab, Layout]]) -> None:
        focused, left = self.session, set(self.sessions)
        # A tab that was shown then and is gone now comes back as itself: it has its number, name and place again.
        tabs: list[Tab] = []
        for tab, layout in kept:
            if (layout_now := layout.only(left)) is not None:
                here = tab.session
                tab.layout = layout_now.focus(here) if here in layout_now.leaves else layout_now
                left.difference_update(layout_now.leaves)
                tabs.append(tab)
        since = [key for key in self.sessions if key in left]
        # Those that were opened together since stay together.
        kept_tabs = [tab for tab in self.of_sessions if tab not in tabs and left.issuperset(tab.sessions)]
        settled = {key for tab in kept_tabs for key in tab.sessions}
        new = [*kept_tabs, *(self._new(key) for key in since if key not in settled)]
        views = [tab for tab in self._tabs[1:] if tab.layout is None]
        self._tabs = [self.nodes, *tabs, *new, *views]
        if focused is not None:
            self.shown = self.of(focused)
            self.focus(focused)

    def _put(self, tab: Tab, layout: Layout) -> None:
        for key in layout.leaves:
            if key not in tab.sessions:
                self._leave(key, heir=tab)
        left = [self._new(key) for key in tab.sessions if key not in layout.leaves]
        place = self._tabs.index(tab) + 1
        self._tabs[place:place] = left
        tab.layout = layout

    # Drawing

    def labels(self) -> list[TabLabel]:
        """All tabs as the bar draws them."""
        return [self._label(tab) for tab in self._tabs]

    def _label(self, tab: Tab) -> TabLabel:
        is_shown = tab is self.shown
        if tab.session is None:
            return TabLabel(tab.id, tab.title, TabMark.NONE, is_shown)
        sessions = [self._sessions[key] for key in tab.sessions]
        focused = self._sessions[tab.session]
        others = f" +{len(sessions) - 1}" if len(sessions) > 1 else ""
        title = tab.title or focused.title
        frames = [frame_of(session) for session in sessions]
        frame = "guarded" if "guarded" in frames else frame_of(focused)
        mark = worst(map(self.need, tab.sessions))
        takes_part = "" if self.broadcast.isdisjoint(tab.sessions) else BROADCASTS
        broadcast = takes_part if self.differing.isdisjoint(tab.sessions) else DIFFERS
        return TabLabel(tab.id, title, mark, is_shown, focused.request.options.icon, frame, others, broadcast)

    def need(self, session: int) -> TabMark:
        """What a session needs most. Raises ``KeyError`` for an unknown one."""
        return need_of(self._sessions[session], self._unseen.get(session, NOTHING_UNSEEN))


def _taken(layout: Layout, old: int, new: int) -> Layout:
    """``layout`` with the session ``new`` in the place of ``old``."""
    without = layout.remove(new) if new in layout.leaves and old in layout.leaves else layout
    assert without is not None  # the old one is still there
    return without.renamed({old: new})
