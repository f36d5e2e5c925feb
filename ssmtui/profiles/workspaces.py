"""Tabs and tunnels that can be brought back: what is kept of them, in a file of their own that any release may have
written.

Kept is what StartSession would be asked again but for what may be a secret, never what was typed or printed. What a
profile gives is taken from the profile when the session comes back, as far as there still is one of that name.

In the file a workspace has a ``version``. Version 1, which said none, had each session in a tab of its own. Version 2
has ``layouts`` beside the sessions: those of the tabs, with the names that tabs were given. The sessions are where
version 1 had them, so that an older release brings them back. ``tunnels`` are beside them, which an older release does
not look at, and does not save. What a newer release wrote is left as it is, and not
brought back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from ssmtui.config.memory import Memory
from ssmtui.errors import UsageError
from ssmtui.inventory.remembered import Remembered
from ssmtui.ledger import saved_request
from ssmtui.ledger.saved_request import SavedSession, kept
from ssmtui.profiles import planned_tabs, saved_tunnels
from ssmtui.profiles.planned_tabs import PlannedTab
from ssmtui.profiles.saved_tunnels import MAX_TUNNELS, SavedTunnel
from ssmtui.sessions.snapshots import SessionSnapshot

Kept = TypeVar("Kept")

SECTION = "workspaces"
LAST = "last"
"""The name of the workspace that is kept up by itself."""

PREVIOUS = "previous"
"""What ``last`` was before this run."""

VERSION = 2
"""Of what is written."""

MAX_WORKSPACES = 50
MAX_SESSIONS = 100
MAX_NAME = 80


@dataclass(frozen=True, slots=True)
class Workspace:
    """Sessions in the order of their tabs, and what these looked like."""

    name: str
    sessions: tuple[SavedSession, ...]
    tabs: tuple[PlannedTab, ...]
    """In their order, over places in :attr:`sessions`, each of which is in one of them."""
    shown: int | None = None
    """Place of the session that had the focus in the tab in front; None: the nodes were there."""
    saved_at: float = 0.0
    """Wall time, in seconds since the epoch."""
    tunnels: tuple[SavedTunnel, ...] | None = None
    """None: a release saved it that kept no tunnels."""
    damage: str = ""
    """What of it could not be read, as a sentence; empty where all was."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to bring back."""
        return not (self.sessions or self.tunnels)


def checked_name(name: str) -> str:
    """``name`` without spaces at its ends; raises :class:`ssmtui.errors.UsageError` for one that cannot be used."""
    name = name.strip()
    if 0 < len(name) <= MAX_NAME and name.isprintable():
        return name
    raise UsageError(f"a workspace's name has 1 to {MAX_NAME} characters, none of which controls a terminal")


def saved(
    sessions: Sequence[SessionSnapshot], tabs: Iterable[PlannedTab]
) -> tuple[tuple[SavedSession, ...], tuple[PlannedTab, ...]]:
    """What is kept of these sessions, in their order, those that await an approval among them, and of their ``tabs``,
    which are over keys of sessions."""
    first = sessions[:MAX_SESSIONS]
    return (
        tuple(
            SavedSession(
                kept(session.request), session.title, session.node.name if session.node else "", session.record
            )
            for session in first
        ),
        planned_tabs.narrowed(tabs, [session.key for session in first]),
    )


def without(workspace: Workspace, records: Collection[str]) -> Workspace:
    """``workspace`` without the sessions of these ``records``; itself where it has none of them."""
    places = [place for place, session in enumerate(workspace.sessions) if session.record not in records]
    if len(places) == len(workspace.sessions):
        return workspace
    return replace(
        workspace,
        sessions=tuple(workspace.sessions[place] for place in places),
        tabs=planned_tabs.narrowed(workspace.tabs, places),
        shown=places.index(workspace.shown) if workspace.shown in places else None,
    )


class Workspaces(Remembered):
    """All workspaces, here at once and in their file a little later. Loop-bound.

    What two programs that run at once save under different names is kept; of ``last`` the later one's.
    """

    def __init__(self, memory: Memory, clock: Callable[[], float] = time.time) -> None:
        self.workspaces: Mapping[str, Workspace] = {}
        """By name, the one that was saved last at the end. Replaced at each change."""
        self.newer: Mapping[str, int] = {}
        """Versions of those that a newer release wrote, by name."""
        self._clock = clock
        super().__init__(memory, SECTION, self._take)

    def save(
        self,
        name: str,
        sessions: Sequence[SavedSession],
        shown: int | None,
        tabs: Sequence[PlannedTab] | None = None,
        tunnels: Sequence[SavedTunnel] | None = None,
    ) -> Workspace:
        """Keep these sessions and tunnels under ``name``, in the place of those it had; without ``tabs`` each session
        in a tab of its own. Raises :class:`ssmtui.errors.UsageError` for a name that cannot be used, or that a newer
        release has."""
        name = checked_name(name)
        if name != LAST:  # which is kept up by whichever release runs
            self._refuse_newer(name)
        planned = planned_tabs.own_tabs(range(len(sessions))) if tabs is None else tuple(tabs)
        kept = tuple(saved_tunnels.kept(one) for one in tunnels[:MAX_TUNNELS]) if tunnels is not None else None
        workspace = Workspace(name, tuple(sessions), planned, shown, self._clock(), kept)
        self._put(workspace)
        return workspace

    def keep_previous(self) -> None:
        """What an earlier run left as ``last`` becomes ``previous``, whichever release wrote it."""
        last = self.workspaces.get(LAST)
        if last is not None:
            self.workspaces = {**self.workspaces, PREVIOUS: replace(last, name=PREVIOUS)}
        self.change(_with_previous)

    def delete(self, name: str) -> Workspace:
        """Forget a workspace, and return what it was, for :meth:`restore`. Raises KeyError."""
        workspace = self.workspaces[name]
        self.workspaces = {other: each for other, each in self.workspaces.items() if other != name}
        self.change(partial(_without, name))
        return workspace

    def restore(self, workspace: Workspace) -> None:
        """Bring a deleted workspace back."""
        self._put(workspace)

    def rename(self, old: str, new: str) -> None:
        """Rename a workspace. Raises KeyError, and :class:`ssmtui.errors.UsageError` where there is one of that
        name."""
        name = checked_name(new)
        if name == old:
            return
        self._refuse_newer(name)
        if name in self.workspaces:
            raise UsageError(f"there is a workspace {name} already")
        workspace = self.delete(old)
        self._put(replace(workspace, name=name))

    def _refuse_newer(self, name: str) -> None:
        if name in self.newer:
            raise UsageError(
                f"the workspace {name} was saved by a newer release of ssmtui", remedy="Choose another name."
            )

    def _put(self, workspace: Workspace) -> None:
        others = {name: each for name, each in self.workspaces.items() if name != workspace.name}
        self.workspaces = _newest({**others, workspace.name: workspace})
        self.change(partial(_with, workspace.name, as_json(workspace)))

    def _take(self, held: Mapping[str, Any]) -> None:
        found = (from_json(name, value) for name, value in held.items())
        self.workspaces = _newest({workspace.name: workspace for workspace in found if workspace is not None})
        self.newer = {name: version for name, value in held.items() if (version := _version(value)) > VERSION}


def _newest(workspaces: dict[str, Kept]) -> dict[str, Kept]:
    """At most as many as are kept, without the oldest; those that are kept up by themselves, or that a newer release
    wrote, always stay."""
    stay = {LAST, PREVIOUS, *(name for name, each in workspaces.items() if _version(each) > VERSION)}
    names = list(workspaces)
    dropped = [name for name in names if name not in stay][: max(0, len(names) - MAX_WORKSPACES)]
    return {name: each for name, each in workspaces.items() if name not in dropped}


def _with(name: str, value: Mapping[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    return _newest({**{other: each for other, each in held.items() if other != name}, name: value})


def _with_previous(held: dict[str, Any]) -> dict[str, Any]:
    return {**held, PREVIOUS: held[LAST]} if LAST in held else held


def _without(name: str, held: dict[str, Any]) -> dict[str, Any]:
    return {other: each for other, each in held.items() if other != name}


# The file's form


def as_json(workspace: Workspace) -> dict[str, Any]:
    """A workspace as it is in the file; its name is the key."""
    return {
        "version": VERSION,
        "tabs": [saved_request.as_json(session) for session in workspace.sessions],
        "layouts": [planned_tabs.as_json(tab) for tab in workspace.tabs],
        "shown": workspace.shown,
        "saved_at": workspace.saved_at,
        **({} if workspace.tunnels is None else {"tunnels": list(map(saved_tunnels.as_json, workspace.tunnels))}),
    }


def from_json(name: str, value: object) -> Workspace | None:
    """The workspace under ``name`` in the file; None where that is none, or of a newer release. Sessions that are
    invalid are left out, and layouts are repaired: :attr:`Workspace.damage` says so."""
    if not isinstance(value, dict) or not isinstance(value.get("tabs"), list) or not _is_name(name):
        return None
    version = _version(value)
    if version > VERSION:
        return None
    found = {
        place: one for place, entry in enumerate(value["tabs"]) if (one := saved_request.from_json(entry)) is not None
    }
    places = {place: number for number, place in enumerate(list(found)[:MAX_SESSIONS])}
    damage = []
    if missing := len(value["tabs"]) - len(places):
        damage.append(f"{missing} of its sessions could not be read and {'is' if missing == 1 else 'are'} left out")
    if version == 1:
        tabs = planned_tabs.own_tabs(places.values())
    else:
        tabs, whole = planned_tabs.from_json(value.get("layouts"), places)
        if not (whole or damage):
            damage.append("its layouts were damaged and have been repaired")
    tunnels = None
    if isinstance(entries := value.get("tunnels"), list):
        read = [saved_tunnels.from_json(entry) for entry in entries[:MAX_TUNNELS]]
        tunnels = tuple(one for one in read if one is not None)
        if missing := len(read) - len(tunnels):
            damage.append(f"{missing} of its tunnels could not be read and {'is' if missing == 1 else 'are'} left out")
    shown, saved_at = value.get("shown"), value.get("saved_at")
    return Workspace(
        name,
        tuple(found[place] for place in places),
        tabs,
        places.get(shown) if isinstance(shown, int) and not isinstance(shown, bool) else None,
        float(saved_at) if isinstance(saved_at, int | float) and 0 <= saved_at < 1e11 else 0.0,
        tunnels,
        "; ".join(damage),
    )


def _version(value: object) -> int:
    """Of an entry in the file; 1 where it says none."""
    version = value.get("version", 1) if isinstance(value, dict) else 1
    return version if isinstance(version, int) and version > 1 else 1


def _is_name(name: str) -> bool:
    try:
        return checked_name(name) == name
    except UsageError:
        return False
