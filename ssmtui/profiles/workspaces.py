"""Tabs that can be brought back: what is kept of them, in a file of their own that any release may have written.

Kept is what StartSession would be asked again but for what may be a secret, never what was typed or printed. What a
profile gives is taken from the profile when the session comes back, as far as there still is one of that name.

In the file a workspace has a ``version``. Version 1, which said none, had each session in a tab of its own. Version 2
has ``layouts`` beside the sessions: those of the tabs, with the names that tabs were given. The sessions are where
version 1 had them, so that an older release brings them back. What a newer release wrote is left as it is, and not
brought back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple, TypeGuard, TypeVar

from ssmtui.config.memory import Memory
from ssmtui.documents.secrets import is_secret
from ssmtui.errors import UsageError
from ssmtui.inventory.remembered import Remembered
from ssmtui.model import Container, PaneOptions, Scope, StartRequest, TerminalSize
from ssmtui.profiles import planned_tabs
from ssmtui.profiles.planned_tabs import PlannedTab
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
MAX_TEXT = 4_000
"""Characters of one text that is kept; a session with longer ones is not."""
MAX_PARAMETERS = 50
MAX_VALUES = 50


class SavedSession(NamedTuple):
    """What is kept of one session."""

    request: StartRequest
    title: str
    """The name that its tab had."""
    node_name: str = ""
    """What the node was called; empty where nobody had listed it."""


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
    damage: str = ""
    """What of it could not be read, as a sentence; empty where all was."""


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
    kept = sessions[:MAX_SESSIONS]
    return (
        tuple(
            SavedSession(_kept(session.request), session.title, session.node.name if session.node else "")
            for session in kept
        ),
        planned_tabs.narrowed(tabs, [session.key for session in kept]),
    )


def _kept(request: StartRequest) -> StartRequest:
    # What is typed at the start comes from the profile and is not kept; that a possible secret was left out is kept, so
    # that it can be reported.
    parameters = {name: () if is_secret(name) else values for name, values in request.parameters.items()}
    return replace(request, parameters=MappingProxyType(parameters), options=replace(request.options, on_connect=""))


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
        self, name: str, sessions: Sequence[SavedSession], shown: int | None, tabs: Sequence[PlannedTab] | None = None
    ) -> Workspace:
        """Keep these sessions under ``name``, in the place of those it had; without ``tabs`` each in a tab of its
        own. Raises :class:`ssmtui.errors.UsageError` for a name that cannot be used, or that a newer release has."""
        name = checked_name(name)
        if name != LAST:  # which is kept up by whichever release runs
            self._refuse_newer(name)
        planned = planned_tabs.own_tabs(range(len(sessions))) if tabs is None else tuple(tabs)
        workspace = Workspace(name, tuple(sessions), planned, shown, self._clock())
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
        "tabs": [_session_json(session) for session in workspace.sessions],
        "layouts": [planned_tabs.as_json(tab) for tab in workspace.tabs],
        "shown": workspace.shown,
        "saved_at": workspace.saved_at,
    }


def from_json(name: str, value: object) -> Workspace | None:
    """The workspace under ``name`` in the file; None where that is none, or of a newer release. Sessions that are
    invalid are left out, and layouts are repaired: :attr:`Workspace.damage` says so."""
    if not isinstance(value, dict) or not isinstance(value.get("tabs"), list) or not _is_name(name):
        return None
    version = _version(value)
    if version > VERSION:
        return None
    found = {place: one for place, entry in enumerate(value["tabs"]) if (one := _session(entry)) is not None}
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
    shown, saved_at = value.get("shown"), value.get("saved_at")
    return Workspace(
        name,
        tuple(found[place] for place in places),
        tabs,
        places.get(shown) if isinstance(shown, int) and not isinstance(shown, bool) else None,
        float(saved_at) if isinstance(saved_at, int | float) and 0 <= saved_at < 1e11 else 0.0,
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


def _session_json(session: SavedSession) -> dict[str, Any]:
    request, options = session.request, session.request.options
    scope, container = request.scope, request.container
    facts: dict[str, Any] = {
        "target": request.target,
        "title": session.title,
        "name": request.title,
        "node_name": session.node_name,
        "document": request.document_name,
        "parameters": {name: list(values) for name, values in request.parameters.items()},
        "reason": request.reason,
        "command": request.command,
        "scope": [scope.aws_profile, scope.region] if scope else None,
        "container": list(container) if container else None,
        "profile": options.profile,
        "size": [options.largest.cols, options.largest.rows] if options.largest else None,
        "scrollback_lines": options.scrollback_lines,
        "clipboard": options.clipboard,
        "keep_alive": options.keep_alive,
        "recording": options.recording,
        "guarded": options.guarded,
        "color": options.color,
        "icon": options.icon,
    }
    return {name: value for name, value in facts.items() if value or (value == 0 and value is not False)}


def _session(entry: object) -> SavedSession | None:
    if not isinstance(entry, dict):
        return None
    reader = _EntryReader(entry)
    target = reader.text("target")
    if not target:
        return None
    options = PaneOptions(
        profile=reader.text("profile"),
        largest=reader.size(),
        scrollback_lines=reader.whole("scrollback_lines", 0, 1_000_000),
        clipboard=reader.one_of("clipboard", "ask", "allow", "never"),
        keep_alive=reader.switch("keep_alive"),
        recording=reader.switch("recording"),
        guarded=reader.text("guarded"),
        color=reader.text("color"),
        icon=reader.text("icon"),
    )
    request = StartRequest(
        target=target,
        document_name=reader.text("document") or None,
        parameters=reader.parameters(),
        reason=reader.text("reason") or None,
        title=reader.text("name"),
        scope=reader.scope(),
        container=reader.container(),
        command=reader.text("command"),
        options=options,
    )
    return SavedSession(request, reader.text("title") or request.label, reader.text("node_name"))


class _EntryReader:
    """One entry of the file, of which nothing is trusted."""

    def __init__(self, entry: Mapping[str, object]) -> None:
        self._entry = entry

    def text(self, name: str) -> str:
        value = self._entry.get(name)
        return value if _is_text(value) else ""

    def one_of(self, name: str, *choices: str) -> str:
        value = self.text(name)
        return value if value in choices else ""

    def switch(self, name: str) -> bool:
        return self._entry.get(name) is True

    def whole(self, name: str, low: int, high: int) -> int | None:
        value = self._entry.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high else None

    def parameters(self) -> Mapping[str, tuple[str, ...]]:
        given = self._entry.get("parameters")
        if not isinstance(given, dict):
            return MappingProxyType({})
        return MappingProxyType(
            {
                name: tuple(values)
                for name, values in list(given.items())[:MAX_PARAMETERS]
                if isinstance(values, list) and len(values) <= MAX_VALUES and all(map(_is_text, values))
            }
        )

    def scope(self) -> Scope | None:
        match self._entry.get("scope"):
            case [str() | None as aws_profile, str(region)] if region:
                return Scope(aws_profile, region)
        return None

    def container(self) -> Container | None:
        match self._entry.get("container"):
            case [str(cluster), str(task), str(name), str(runtime_id)]:
                return Container(cluster, task, name, runtime_id)
        return None

    def size(self) -> TerminalSize | None:
        match self._entry.get("size"):
            case [int(cols), int(rows)]:
                return TerminalSize(cols, rows)
        return None


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) <= MAX_TEXT
