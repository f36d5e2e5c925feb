"""Commands of the tabs that come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import Command, Group

if TYPE_CHECKING:
    pass

NOT_YET = "AWS has not been reached yet"


class RestoreWorkspace(Command):
    """Start the tabs of the last run again, or of a workspace; shows them first"""

    name = "workspace"
    group = Group.NODES
    keys = ("t",)
    leader_keys = ("t",)
    argument = "[name]"

    def disabled_reason(self) -> str | None:
        return NOT_YET if self.app.services is None else None

    def run(self, argument: str = "") -> None:
        from ssmtui.ui.workspaces import actions as workspace_flows

        workspace_flows.choose(self.app, argument)


class SaveWorkspace(Command):
    """Keep the tabs, their names and their order under a name"""

    name = "workspace-save"
    group = Group.TABS
    argument = "[name]"

    def disabled_reason(self) -> str | None:
        return (
            NOT_YET
            if self.app.services is None
            else None
            if self.app.panes.manager.snapshots()
            else "No session is open"
        )

    def run(self, argument: str = "") -> None:
        from ssmtui.ui.workspaces import actions as workspace_flows

        workspace_flows.save(self.app, argument)


COMMANDS: tuple[type[Command], ...] = (RestoreWorkspace, SaveWorkspace)
