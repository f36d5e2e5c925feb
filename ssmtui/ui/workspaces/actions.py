"""Tabs and tunnels that come back: keeping up the last ones, saving them under a name, and starting them again."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from ssmtui.config.settings import nearest
from ssmtui.errors import SsmtuiError, UsageError
from ssmtui.ledger.saved_request import SavedSession
from ssmtui.model import Node, StartRequest
from ssmtui.profiles.planned_tabs import PlannedTab, narrowed
from ssmtui.profiles.restoring import Return, WorkspaceFacts
from ssmtui.profiles.workspaces import LAST, PREVIOUS, Workspace, Workspaces, saved, without
from ssmtui.sessions.snapshots import SessionChange
from ssmtui.ui.kit.turns import Throttle
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.start.launch import Launch
from ssmtui.ui.tunnels.actions import Wanted
from ssmtui.ui.workspaces import tunnels as kept_tunnels

if TYPE_CHECKING:
    from ssmtui.forwards.tunnels import Tunnels
    from ssmtui.profiles.guards import Guards
    from ssmtui.profiles.restoring import TunnelReturn
    from ssmtui.profiles.saved_tunnels import SavedTunnel
    from ssmtui.sessions.manager import SessionManager
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.services import Clock, Services
    from ssmtui.ui.start.starting import Starting
    from ssmtui.ui.start.survivors import Survivor
    from ssmtui.ui.tunnels.feature import TunnelFeature

PAUSE = 1.0
"""Seconds between two writings of the last tabs at least."""

COUNTDOWN = 3.0
"""Seconds that the list of what is started stands before it is, where the settings have it always started."""

_OF_TABS = frozenset({SessionChange.ADDED, SessionChange.REMOVED, SessionChange.STATE})


FindAlive = Callable[[Collection[str]], Awaitable["Sequence[Survivor]"]]
"""Which of the records of these ids are of sessions that nobody has and that still live."""


class LastTabs:
    """Keeps ``last`` as tabs and tunnels are, so that a crash leaves it. What an earlier run left becomes ``previous``
    when this one opens its first tab or tunnel."""

    def __init__(self, panes: Panes, manager: SessionManager, tunnels: Tunnels, workspaces: Workspaces) -> None:
        self._panes = panes
        self._tunnels = tunnels
        self._workspaces = workspaces
        self._begun = False
        self._saved: _Kept | None = None
        self._throttle = Throttle(self._save, PAUSE)
        self._leave = (
            manager.subscribe(self._changed),
            panes.when_moved(self._throttle.request),
            tunnels.subscribe(self._throttle.request),
        )

    def close(self) -> None:
        """Sessions end from here on because the program does."""
        for leave in self._leave:
            leave()
        if self._begun or self._throttle.armed:  # also for what was shown last
            self._throttle.cancel()
            self._save()

    def _changed(self, key: int, change: SessionChange) -> None:
        if change in _OF_TABS:
            self._throttle.request()

    def _save(self) -> None:
        kept = _kept(self._panes, self._tunnels)
        if not self._begun:
            if not (kept.sessions or kept.tunnels):
                return
            self._begun = True
            self._workspaces.keep_previous()
        elif self._saved == kept:
            return
        self._saved = kept
        self._workspaces.save(LAST, *kept)


class _Kept(NamedTuple):
    """What is kept of tabs and tunnels as they are now."""

    sessions: Sequence[SavedSession]
    shown: int | None
    tabs: Sequence[PlannedTab]
    tunnels: Sequence[SavedTunnel]


def _kept(panes: Panes, tunnels: Tunnels) -> _Kept:
    keys = [session.key for session in panes.sessions]
    tabs = [PlannedTab(tab.layout, tab.title) for tab in panes.tabs.of_sessions if tab.layout is not None]
    sessions, kept_tabs = saved(panes.sessions, tabs)
    shown = panes.tabs.session
    place = keys.index(shown) if shown in keys[: len(sessions)] else None
    return _Kept(sessions, place, kept_tabs, kept_tunnels.saved(tunnels))


def _guarded(back: Return, known: WorkspaceFacts, guards: Guards) -> Return:
    """``back`` with the reason why its node is guarded now, or, for a node that is not listed yet, with the saved
    one."""
    options = back.request.options
    node = back.node or _as_it_was(back)
    reason = guards.reason(node, known.profiles.get(options.profile))
    if not reason and back.node is None:
        reason = options.guarded
    return back._replace(node=node, request=replace(back.request, options=replace(options, guarded=reason)))


def _front(places: Sequence[int], shown: int | None) -> int | None:
    return places.index(shown) if shown in places else None


def _as_it_was(back: Return) -> Node | None:
    """A stand-in, from the saved tab, for a node that is not listed yet: guards and questions need one."""
    request, scope = back.request, back.request.scope
    if not back.node_name or scope is None:
        return None
    node = Node(request.target, back.node_name, container=request.container)
    return node._replace(aws_profile=scope.aws_profile or "", region=scope.region)


class WorkspaceActions:
    """Keeps tabs under names, and starts them again."""

    def __init__(
        self,
        starting: Starting,
        services: Services,
        tunnels: TunnelFeature,
        find_alive: FindAlive,
        clock: Clock,
    ) -> None:
        self._panes = starting.panes
        self._stage = starting.panes.stage
        self._starting = starting
        self._services = services
        self._tunnels = tunnels
        self._find_alive = find_alive
        self._clock = clock
        self._left = services.workspaces.workspaces.get(LAST)
        """The tabs and tunnels that the run before had; soon ``last`` holds those of this one."""
        self._reopened: list[SavedTunnel] = []
        """Those of its tunnels that came back with shells."""

    def save(self, name: str) -> None:
        """Keep the tabs under ``name``, or ask for it."""
        from ssmtui.ui.kit.prompt import Prompt

        def answered(answer: str | None) -> None:
            if answer:
                self._save(answer)

        if name:
            self._save(name)
            return
        kept = _kept(self._panes, self._services.tunnels)
        note = f"Keeps what {kept_tunnels.held(len(kept.tabs), len(kept.tunnels))} would start again."
        self._stage.push_screen(Prompt("Name of the workspace", "", note), answered)

    def _save(self, name: str) -> None:
        workspaces = self._services.workspaces
        replaced = name.strip() in workspaces.workspaces
        try:
            if name.strip() in (LAST, PREVIOUS):
                raise UsageError(f"{name.strip()} is kept up by itself", remedy="Choose another name.")
            workspace = workspaces.save(name, *_kept(self._panes, self._services.tunnels))
        except UsageError as error:
            self._stage.tell_error(error, severity="warning")
            return
        held = kept_tunnels.held(len(workspace.tabs), len(workspace.tunnels or ()))
        self._stage.tell(f"The workspace {tidy(workspace.name, 40)} {'now has' if replaced else 'keeps'} {held}")

    def choose(self, name: str) -> None:
        """Bring back the workspace of that name, or ask which."""
        from ssmtui.ui.workspaces.dialog import WorkspacesScreen

        workspaces = self._services.workspaces
        if name:
            workspace = workspaces.workspaces.get(name.strip())
            if name.strip() in workspaces.newer:
                self._stage.tell(
                    f"The workspace {tidy(name, 40)} was saved by a newer release of ssmtui, which can bring it back",
                    severity="warning",
                    seconds=8,
                )
            elif workspace is None:
                known = [each for each, kept in workspaces.workspaces.items() if not kept.is_empty]
                there = nearest(name, known) if known else "There is none yet; :workspace-save NAME makes one."
                self._stage.tell(f"There is no workspace {tidy(name, 40)}. {there}", severity="warning", seconds=8)
            else:
                self.restore(workspace)
            return

        def chosen(answer: str | None) -> None:
            if answer is not None and (kept := workspaces.workspaces.get(answer)) is not None:
                self.restore(kept)

        self._stage.push_screen(WorkspacesScreen(workspaces, self._clock.now().timestamp), chosen)

    def restore(self, workspace: Workspace, *, starts_in: float | None = None) -> None:
        """Show what would be started, then start it; after ``starts_in`` seconds unless somebody says otherwise."""
        if workspace.is_empty:
            self._stage.tell(
                f"The workspace {tidy(workspace.name, 40)} holds no tabs and no tunnels", severity="warning"
            )
            return
        # Called within the worker: Textual 8.2.8 leaves a coroutine that it is given to the garbage where another takes
        # its place at once, of which Python warns.
        work = partial(self._restore, workspace, starts_in)
        self._stage.run_worker(work, name="restore a workspace", group="workspace", exclusive=True)

    async def _restore(self, workspace: Workspace, starts_in: float | None) -> None:
        from ssmtui.profiles.restoring import returning
        from ssmtui.ui.workspaces.restore import Restore

        services = self._services
        known = await self._facts(workspace)
        guards = self._starting.gate.guards()
        returns = [_guarded(returning(session, known), known, guards) for session in workspace.sessions]
        here = {session.record for session in self._panes.sessions if session.live} - {""}
        left_out = [place for place, session in enumerate(workspace.sessions) if session.record in here]
        for place in left_out:
            returns[place] = returns[place]._replace(note="its shell is in a tab here; chosen, another one is started")
        tunnels = self._returning(workspace.tunnels or (), known)
        listen = kept_tunnels.live(services.tunnels)
        for number, each in enumerate(tunnels):
            if each.identity in listen:
                tunnels[number] = each._replace(back=each.back._replace(note="it is open here"))
            if each.identity in listen or each.saved.lacks or not each.saved.was_open:
                left_out.append(len(returns) + number)
        alive = await self._alive(workspace)

        def chosen(places: list[int] | None) -> None:
            if not places:
                return
            shells = [place for place in places if place < len(returns)]
            chosen_tunnels = [tunnels[place - len(returns)] for place in places if place >= len(returns)]
            tabs, front = narrowed(workspace.tabs, shells), _front(shells, workspace.shown)
            living = {number: alive[place] for number, place in enumerate(shells) if place in alive}
            chosen_returns = [returns[place] for place in shells]
            beside = kept_tunnels.wanted(chosen_tunnels)
            if workspace.tunnels is None:
                beside = _of_profiles(chosen_returns)
            self._start(chosen_returns, tabs, front, living, beside)

        question = Restore(workspace, returns, tunnels, starts_in=starts_in, left_out=left_out, alive=alive)
        self._stage.push_screen(question, chosen)

    async def _facts(self, workspace: Workspace) -> WorkspaceFacts:
        services = self._services
        aws_profiles = None
        saved_sessions = [*workspace.sessions, *(one.session for one in workspace.tunnels or ())]
        if any(one.request.scope is not None and one.request.scope.aws_profile for one in saved_sessions):
            try:
                aws_profiles = {profile.name for profile in await services.gateways.aws_profiles()}
            except SsmtuiError:
                aws_profiles = None  # each session will say it for itself
        return WorkspaceFacts(
            services.profiles.profiles.profiles, services.fleet.nodes, services.scope, os.environ, aws_profiles
        )

    def _returning(self, saved_tunnels: Sequence[SavedTunnel], known: WorkspaceFacts) -> list[TunnelReturn]:
        from ssmtui.profiles.restoring import returning_tunnel

        guards = self._starting.gate.guards()
        backs = [returning_tunnel(one, known) for one in saved_tunnels]
        return [each._replace(back=_guarded(each.back, known, guards)) for each in backs]

    # Tunnels of the run before, as LostTunnels of the room of sessions that still live

    def count(self, survivors: Sequence[Survivor]) -> int:
        """How many tunnels come back with these."""
        return len(self._beside(survivors))

    def is_revived(self, survivor: Survivor) -> bool:
        """Whether it is a session of a tunnel that comes back."""
        return survivor.record.port and any(self._is_of(survivor, one) for one in self._beside([survivor]))

    def reopen(self, survivors: Sequence[Survivor]) -> None:
        """Open the tunnels that were open beside these, after what has to be asked."""
        lost = self._beside(survivors)
        workspace = self._left
        if not lost or workspace is None:
            return
        self._reopened += lost

        async def opened() -> None:
            backs = self._returning(lost, await self._facts(workspace))
            self._tunnels.open(kept_tunnels.wanted(backs))

        self._stage.run_worker(opened, name="open tunnels again", group="workspace")

    def _beside(self, survivors: Sequence[Survivor]) -> list[SavedTunnel]:
        """The tunnels of the run before, open then and not now, to the nodes of ``survivors`` or of their profiles."""
        requests = [each.launch.request for each in survivors]
        places = {self._place(one) for one in requests}
        profiles = {one.options.profile for one in requests} - {""}
        here = {(forward, target) for forward, target, _ in kept_tunnels.live(self._services.tunnels)}
        return [
            one
            for one in (kept_tunnels.opened(self._left) if self._left is not None else ())
            if not one.lacks
            and one not in self._reopened
            and (one.forward, one.session.request.target) not in here
            and (self._place(one.session.request) in places or one.group in profiles)
        ]

    def _place(self, request: StartRequest) -> tuple[str, str | None, str]:
        """Target, AWS profile and region."""
        scope = request.scope or self._services.scope
        return request.target, scope.aws_profile, scope.region

    def _is_of(self, survivor: Survivor, tunnel: SavedTunnel) -> bool:
        asked, forward = survivor.record.request, tunnel.forward
        if self._place(survivor.launch.request) != self._place(tunnel.session.request):
            return False
        if forward.socks:  # each of its clients named a host
            return asked.document_name == forward.document
        says = forward.parameters(0)
        same = all(asked.parameters.get(name, ()) == says.get(name, ()) for name in ("host", "portNumber"))
        return asked.document_name == forward.document and same

    async def _alive(self, workspace: Workspace) -> Mapping[int, Survivor]:
        """The sessions of ``workspace`` that outlived the program which started them and can be taken over, by
        place."""
        records = {session.record: place for place, session in enumerate(workspace.sessions) if session.record}
        if not records:
            return {}
        survivors = await self._find_alive(records)
        return {records[each.record.id]: each for each in survivors if each.refusal is None}

    def _start(
        self,
        returns: Sequence[Return],
        tabs: Sequence[PlannedTab],
        front: int | None,
        alive: Mapping[int, Survivor],
        tunnels: Sequence[Wanted],
    ) -> None:
        launches = [Launch(each.request, each.node) for each in returns]
        asked_about = {(each.request.target, each.request.scope) for each in returns}
        # Guarded nodes are asked about once: for the shells there, or for the tunnels.
        beside = [one for one in tunnels if (one.request.target, one.request.scope) in asked_about]
        alone = [one for one in tunnels if one not in beside]

        def then() -> None:
            self._tunnels.start(beside)
            if alone:
                self._tunnels.open(alone)

        if launches:
            self._starting.launch(launches, tabs, were_listed=True, front=front, then=then, alive=alive)
        else:
            self._tunnels.open(alone)

    def offer(self, restores: str, key: str, alive: Collection[str] = ()) -> None:
        """At the start: the last tabs and tunnels, as ``restores`` says, the setting ``restore``; ``key`` brings them
        back. The sessions of the records ``alive`` are left out."""
        kept = self._left
        last = without(kept, alive) if kept is not None else None
        if last is None or restores == "never":
            return
        here = {(forward, target) for forward, target, _ in kept_tunnels.live(self._services.tunnels)}
        opened = kept_tunnels.opened(last)
        tunnels = [
            one for one in opened if one not in self._reopened and (one.forward, one.session.request.target) not in here
        ]
        if not (last.sessions or tunnels):
            return
        if restores == "always":
            self.restore(last, starts_in=COUNTDOWN)
            return
        held = kept_tunnels.held(len(last.tabs), len(tunnels))
        if last is kept:
            self._stage.tell(f"{key} brings back the {held} of the last time", seconds=6)
        else:
            self._stage.tell(f"{key} starts the other {held} of the last time again", seconds=6)


def _of_profiles(returns: Sequence[Return]) -> list[Wanted]:
    """What the profiles of these sessions forward, for a workspace of a release that kept no tunnels."""
    # A local port leads to one place: of a profile's sessions the first one has its tunnels.
    first = {each.request.options.profile: each for each in reversed(returns) if each.forwards}
    return [Wanted(each.forwards, each.request, each.node) for each in first.values()]
