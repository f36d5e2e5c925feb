"""What a session needs of the person, as one mark, and which need comes first. Pure functions of the snapshot and of
what the session did out of sight."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import Enum
from typing import TypeVar

from ssmtui.sessions.activity import Activity
from ssmtui.sessions.snapshots import SessionChange, SessionSnapshot
from ssmtui.sessions.states import SessionState

Key = TypeVar("Key")


class TabMark(Enum):
    """What a tab says about its sessions: one cell each."""

    NONE = " "
    STARTING = "◌"
    QUIET = "○"
    RUNNING = "▸"
    ACTIVITY = "●"
    """It printed something since it was last looked at."""
    DONE = "✓"
    """A command has ended since then."""
    SILENT = "◦"
    """It printed for some time, and then no more, since then."""
    LIMIT = "◔"
    """It has little time left."""
    WRONG = "!"
    """A command has failed since then."""
    WATCHED = "◆"
    """Something has happened since then that it is watched for."""
    BELL = "▲"
    ASKS = "?"
    """It waits for input or a password."""
    LOST = "◍"
    """Cut off; it tries to come back by itself."""
    ENDED = "■"
    DETACHED = "□"
    """Over here, and alive at AWS."""
    FAILED = "✕"


RANKED = (
    TabMark.WATCHED,
    TabMark.ASKS,
    TabMark.BELL,
    TabMark.FAILED,
    TabMark.LOST,
    TabMark.WRONG,
    TabMark.DETACHED,
    TabMark.ENDED,
    TabMark.LIMIT,
    TabMark.DONE,
    TabMark.SILENT,
    TabMark.ACTIVITY,
    TabMark.RUNNING,
    TabMark.STARTING,
    TabMark.QUIET,
    TabMark.NONE,
)
"""All marks, the one first that needs the person most: what stands still until somebody comes is before what is
over."""

_RANKS = {mark: rank for rank, mark in enumerate(RANKED)}
_UNSETTLED = (
    SessionState.AWAITING_APPROVAL,
    SessionState.STARTING,
    SessionState.CONNECTING,
    SessionState.WAITING,
    SessionState.CLOSING,
)
_NEWS = {
    TabMark.WATCHED: SessionChange.WATCHED,
    TabMark.ASKS: SessionChange.ACTIVITY,
    TabMark.BELL: SessionChange.BELL,
    TabMark.FAILED: SessionChange.STATE,
    TabMark.WRONG: SessionChange.ACTIVITY,
    TabMark.ENDED: SessionChange.STATE,
    TabMark.DETACHED: SessionChange.STATE,
    TabMark.LIMIT: SessionChange.ACTIVITY,
    TabMark.DONE: SessionChange.ACTIVITY,
    TabMark.SILENT: SessionChange.ACTIVITY,
    TabMark.ACTIVITY: SessionChange.SCREEN,
}
"""The marks that want the person to come, each with the change by which it became news. A session that is cut off
comes back by itself, unless somebody has to sign in."""

NOTHING_UNSEEN: frozenset[SessionChange] = frozenset()


def need_of(session: SessionSnapshot, unseen: Collection[SessionChange] = NOTHING_UNSEEN) -> TabMark:
    """What the session needs most; ``unseen`` is what it did while it was out of sight."""
    return worst(_marks(session, unseen))


def wanted(session: SessionSnapshot, unseen: Collection[SessionChange]) -> TabMark | None:
    """What the session needs most of what is news; None where that is nothing."""
    news = [mark for mark in _marks(session, unseen) if _NEWS.get(mark) in unseen]
    if session.state is SessionState.SIGNED_OUT and SessionChange.STATE in unseen:
        news.append(TabMark.LOST)
    return worst(news) if news else None


def worst(marks: Iterable[TabMark]) -> TabMark:
    """The mark that needs the person most; NONE of no marks."""
    return min(marks, key=rank, default=TabMark.NONE)


def rank(mark: TabMark) -> int:
    """The place of ``mark`` in :data:`RANKED`."""
    return _RANKS[mark]


def most_wanted(needs: Mapping[Key, TabMark | None]) -> Key | None:
    """The first of those that need the person most; None where none does."""
    wanting = {key: mark for key, mark in needs.items() if mark is not None}
    return min(wanting, key=lambda key: rank(wanting[key]), default=None)


def _marks(session: SessionSnapshot, unseen: Collection[SessionChange]) -> list[TabMark]:
    """All marks that hold."""
    watched = [TabMark.WATCHED] if SessionChange.WATCHED in unseen else []
    return [*watched, *_of_state(session, unseen)]


def _of_state(session: SessionSnapshot, unseen: Collection[SessionChange]) -> list[TabMark]:
    state = session.state
    if state is SessionState.FAILED:
        return [TabMark.FAILED]
    if state is SessionState.ENDED:
        return [TabMark.ENDED]
    if state is SessionState.DETACHED:
        return [TabMark.DETACHED]
    if state.cut_off:
        return [TabMark.LOST]
    if state in _UNSETTLED:
        return [TabMark.STARTING]
    marks = [TabMark.QUIET]
    if SessionChange.BELL in unseen:
        marks.append(TabMark.BELL)
    if SessionChange.SCREEN in unseen:
        marks.append(TabMark.ACTIVITY)
    if session.near_limit:
        marks.append(TabMark.LIMIT)
    if (mark := _of_activity(session, is_news=SessionChange.ACTIVITY in unseen)) is not None:
        marks.append(mark)
    return marks


def _of_activity(session: SessionSnapshot, *, is_news: bool) -> TabMark | None:
    match session.activity:
        case Activity.INPUT | Activity.PASSWORD:
            return TabMark.ASKS
        case Activity.RUNNING:
            return TabMark.RUNNING
        case Activity.SILENT:
            return TabMark.SILENT if is_news else TabMark.RUNNING
        case Activity.DONE if is_news:
            return TabMark.WRONG if session.doing.code else TabMark.DONE
    return None
