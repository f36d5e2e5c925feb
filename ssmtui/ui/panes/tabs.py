"""Which tab is shown and which want attention. Pure state; the tab bar draws it, the deck obeys it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import Enum
from typing import Final, NamedTuple

from ssmtui.sessions.snapshots import Change, SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.ui.panes.words import frame_of

NODES: Final = None
"""The first tab's key: the nodes."""


class Mark(Enum):
    """What a tab says of its session."""

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


class Tab(NamedTuple):
    """One tab as the bar shows it."""

    key: int | None
    title: str
    mark: Mark
    active: bool
    icon: str = ""
    """Before its title; untrusted."""
    frame: str = ""
    """``guarded``, the name of a colour, or nothing."""


_WANTS_ATTENTION = (Mark.BELL, Mark.FAILED, Mark.ENDED, Mark.ACTIVITY)
_UNSETTLED = (
    SessionState.AWAITING_APPROVAL,
    SessionState.STARTING,
    SessionState.CONNECTING,
    SessionState.WAITING,
    SessionState.CLOSING,
)


class Tabs:
    """The nodes' tab and one for each session."""

    def __init__(self) -> None:
        self.active: int | None = NODES
        self._sessions: tuple[SessionSnapshot, ...] = ()
        self._previous: int | None = NODES
        self._unseen: dict[int, set[Change]] = {}

    @property
    def keys(self) -> list[int | None]:
        """All tabs from left to right; the first is the nodes."""
        return [NODES, *(session.key for session in self._sessions)]

    @property
    def previous(self) -> int | None:
        """The tab that was shown before this one, if it is still there."""
        return self._previous if self._previous in self.keys else NODES

    def replace(self, sessions: Iterable[SessionSnapshot]) -> None:
        """Take the sessions in their order. A shown tab that is gone gives way to the one left of it."""
        before = self.keys
        self._sessions = tuple(sessions)
        if self.active not in self.keys:
            left = [key for key in before[: before.index(self.active)] if key in self.keys]
            self.active = left[-1]
        gone = self._unseen.keys() - set(self.keys)
        for key in gone:
            del self._unseen[key]

    def note(self, key: int, changes: Collection[Change]) -> None:
        """Remember what a tab that is not shown did meanwhile."""
        if changes and key != self.active and key in self.keys:
            self._unseen.setdefault(key, set()).update(changes)

    def show(self, key: int | None) -> None:
        """Make a tab the shown one; what it did has then been seen."""
        if key != self.active:
            self._previous = self.active
        self.active = key
        if key is not None:
            self._unseen.pop(key, None)

    def after(self, offset: int) -> int | None:
        """The tab ``offset`` places to the right of the shown one, going round."""
        keys = self.keys
        return keys[(keys.index(self.active) + offset) % len(keys)]

    def numbered(self, number: int) -> int | None:
        """The tab with that number on the bar; 0 is the nodes as well. Raises ``IndexError``."""
        return self.keys[max(0, number - 1)]

    def wanting(self) -> int | None:
        """The tab that wants attention most, the nearest to the right first; NODES when none does."""
        unseen = [tab for tab in self._from_the_shown() if tab.key in self._unseen]
        wanting = (tab.key for mark in _WANTS_ATTENTION for tab in unseen if tab.mark is mark)
        return next(wanting, NODES)

    def tabs(self) -> list[Tab]:
        """All tabs as the bar shows them."""
        nodes = Tab(NODES, "Nodes", Mark.NONE, self.active is NODES)
        return [nodes, *(self._tab(session) for session in self._sessions)]

    def _tab(self, session: SessionSnapshot) -> Tab:
        icon, active = session.request.options.icon, session.key == self.active
        return Tab(session.key, session.title, self._mark(session), active, icon, frame_of(session))

    def _from_the_shown(self) -> list[Tab]:
        tabs = self.tabs()
        place = self.keys.index(self.active)
        return tabs[place:] + tabs[:place]

    def _mark(self, session: SessionSnapshot) -> Mark:
        unseen = self._unseen.get(session.key, set())
        if session.state is SessionState.FAILED:
            return Mark.FAILED
        if session.state is SessionState.ENDED:
            return Mark.ENDED
        if session.state.cut_off:
            return Mark.LOST
        if session.state in _UNSETTLED:
            return Mark.STARTING
        if Change.BELL in unseen:
            return Mark.BELL
        return Mark.ACTIVITY if Change.SCREEN in unseen else Mark.QUIET
