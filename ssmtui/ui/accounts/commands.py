"""Commands on the AWS profiles and regions that are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.accounts import actions
from ssmtui.ui.commands.base import Command, Group

if TYPE_CHECKING:
    pass


class Scopes(Command):
    """Choose the AWS profiles and regions whose nodes are listed"""

    name = "scopes"
    group = Group.NODES
    keys = ("A",)
    hint = "accounts"
    aliases = ("aws-profiles", "regions")

    def disabled_reason(self) -> str | None:
        return None if self.app.services is not None else "AWS has not been reached yet"

    def run(self, argument: str = "") -> None:
        actions.choose_scopes(self.app)


class Errors(Command):
    """Show in full what could not be listed, of each AWS profile and region"""

    name = "errors"
    group = Group.NODES
    keys = ("e",)

    def disabled_reason(self) -> str | None:
        return None if self.app.main.nodes.states else "Nothing has been listed yet"

    def run(self, argument: str = "") -> None:
        actions.show_troubles(self.app)


COMMANDS: tuple[type[Command], ...] = (Scopes, Errors)
