"""Commands of the tabs that come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import Command, Group

if TYPE_CHECKING:
    from ssmtui.ui.frame.app import SsmtuiApp

NOT_YET = "AWS has not been reached yet"


class RestoreWorkspace(Command):
    """Yesterday's tabs."""

    name = "workspace"
    help = "Start the tabs of the last run again, or of a workspace; shows them first"
    group = Group.NODES
    keys = ("t",)
    leader_keys = ("t",)
    argument = "[name]"

    def disabled_reason(self, app: SsmtuiApp) -> str | None:
        """There must be somebody to start them."""
        return NOT_YET if app.services is None else None

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """The one that is named, or ask which."""
        from ssmtui.ui.workspaces import actions as workspace_flows

        workspace_flows.choose(app, argument)


class SaveWorkspace(Command):
    """A name for what is open."""

    name = "workspace-save"
    help = "Keep the tabs, their names and their order under a name"
    group = Group.TABS
    argument = "[name]"

    def disabled_reason(self, app: SsmtuiApp) -> str | None:
        """There must be tabs."""
        return NOT_YET if app.services is None else None if app.panes.manager.snapshots() else "No session is open"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Under ``argument``, or ask for the name."""
        from ssmtui.ui.workspaces import actions as workspace_flows

        workspace_flows.save(app, argument)


COMMANDS: tuple[Command, ...] = (RestoreWorkspace(), SaveWorkspace())
