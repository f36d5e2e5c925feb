"""Commands on saved connections. What they do is imported when it is first done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import Command, Group

if TYPE_CHECKING:
    pass

NOT_YET = "AWS has not been reached yet"


class Profiles(Command):
    """Show the saved profiles: open, edit, make, move, delete them"""

    name = "profiles"
    group = Group.NODES
    keys = ("p",)
    leader_keys = ("P",)
    hint = "profiles"
    argument = "[words]"

    def disabled_reason(self) -> str | None:
        return NOT_YET if self.app.services is None else None

    def run(self, argument: str = "") -> None:
        from ssmtui.ui.profiles import actions as profile_flows

        profile_flows.show(self.app, argument)


class OpenProfile(Command):
    """Open a saved profile by its name"""

    name = "profile"
    group = Group.NODES
    aliases = ("open",)
    argument = "NAME"

    def disabled_reason(self) -> str | None:
        return NOT_YET if self.app.services is None else None

    def run(self, argument: str = "") -> None:
        from ssmtui.ui.profiles import actions as profile_flows

        if argument:
            profile_flows.open_named(self.app, argument)
        else:
            profile_flows.show(self.app)


class SaveProfile(Command):
    """Save how the session was started as a profile"""

    name = "save-profile"
    group = Group.TABS
    leader_keys = ("S",)
    ended_keys = ("S",)
    argument = "[name]"

    def disabled_reason(self) -> str | None:
        session = self.app.panes.session
        if session is None:
            return "This tab holds no session"
        return "Profiles are for nodes, not for containers" if session.request.container is not None else None

    def run(self, argument: str = "") -> None:
        from ssmtui.ui.profiles import edits as profile_edits

        profile_edits.save_session(self.app, argument)


COMMANDS: tuple[type[Command], ...] = (Profiles, OpenProfile, SaveProfile)
