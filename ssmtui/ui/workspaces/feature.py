"""Tabs and tunnels that come back: after a crash, the next morning, or under a name."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import AFTER_LEADER, NODES
from ssmtui.ui.commands.feature import Feature, Reaching
from ssmtui.ui.look.sheets import dialog_sheets

if TYPE_CHECKING:
    from ssmtui.config.settings import Settings
    from ssmtui.ui.attaching.feature import AttachingFeature
    from ssmtui.ui.ports import Keys
    from ssmtui.ui.services import Clock, Services
    from ssmtui.ui.start.starting import Starting
    from ssmtui.ui.tunnels.feature import TunnelFeature
    from ssmtui.ui.workspaces.actions import LastTabs, WorkspaceActions


class WorkspaceCommand(Reaching):
    """A command on workspaces."""

    def __init__(self, workspaces: WorkspaceFeature) -> None:
        super().__init__(workspaces)
        self._workspaces = workspaces


class RestoreWorkspace(WorkspaceCommand):
    """Start the tabs and tunnels of the last run again, or of a workspace; shows them first"""

    name = "workspace"
    place = NODES
    keys = ("t",)
    leader_keys = ("t",)
    argument = "[name]"

    def run(self, argument: str = "") -> None:
        self._workspaces.actions.choose(argument)


class SaveWorkspace(WorkspaceCommand):
    """Keep the tabs, their names and their order, and the tunnels, under a name"""

    name = "workspace-save"
    place = AFTER_LEADER
    argument = "[name]"

    def disabled_reason(self) -> str | None:
        if reason := super().disabled_reason():
            return reason
        feature = self._workspaces
        is_empty = not (feature.panes.sessions or feature.services.tunnels.snapshots())
        return "No session is open, and no tunnel" if is_empty else None

    def run(self, argument: str = "") -> None:
        self._workspaces.actions.save(argument)


class WorkspaceFeature(Feature):
    """Workspaces, and the tabs and tunnels of the last run."""

    styles = dialog_sheets("workspaces")
    actions: WorkspaceActions
    """What is done with them; there from :meth:`connect` on."""
    _last_tabs: LastTabs | None = None

    def __init__(
        self,
        starting: Starting,
        tunnels: TunnelFeature,
        attaching: AttachingFeature,
        keys: Keys,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self.panes = starting.panes
        self._starting = starting
        self._tunnels = tunnels
        self._attaching = attaching
        self._keys = keys
        self._settings = settings
        self._clock = clock
        self.commands = (RestoreWorkspace(self), SaveWorkspace(self))

    def connect(self, services: Services) -> None:
        super().connect(services)
        from ssmtui.ui.workspaces.actions import LastTabs, WorkspaceActions

        stage, workspaces = self.panes.stage, services.workspaces
        self.actions = WorkspaceActions(self._starting, services, self._tunnels, self._attaching.alive, self._clock)
        self._attaching.lost = self.actions
        self._last_tabs = LastTabs(self.panes, services.manager, services.tunnels, workspaces)
        if workspaces.trouble:
            stage.tell(workspaces.trouble, severity="warning", seconds=10)
        workspaces.on_failure = lambda error: stage.tell_error(error, severity="warning")

    def choose(self, name: str) -> None:
        """At the start: the workspace that the command line names."""
        self.actions.choose(name)

    def records_of(self, name: str) -> frozenset[str]:
        """The records in the ledger of the sessions of the workspace of that name."""
        workspace = self.services.workspaces.workspaces.get(name.strip())
        return frozenset(session.record for session in workspace.sessions) if workspace is not None else frozenset()

    def offer(self, alive: Collection[str]) -> None:
        """At the start: the last tabs, as the settings say, without the sessions of the records ``alive``: these need
        not be started again."""
        key = self._keys.shown_key("workspace") or ":workspace"
        self.actions.offer(self._settings.restore, key, alive)

    async def close(self) -> None:
        if self._last_tabs is not None:
            self._last_tabs.close()
