"""Saved connections: their view, opening them, and saving how a session was started."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ssmtui.ui.commands.base import NODES
from ssmtui.ui.commands.feature import Feature, Reaching
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.panes.commands import SessionCommand
from ssmtui.ui.profiles.view import commands
from ssmtui.ui.tunnels.commands import TunnelsCommand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssmtui.forwards.tunnel import TunnelSnapshot
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.nodes.view import NodesView
    from ssmtui.ui.ports import Keys
    from ssmtui.ui.profiles.context import ProfilesContext
    from ssmtui.ui.profiles.view.view import ProfilesView
    from ssmtui.ui.services import Clock, Services
    from ssmtui.ui.start.starting import Starting
    from ssmtui.ui.tunnels.feature import TunnelFeature
    from ssmtui.ui.tunnels.view import TunnelsView


class ProfileCommand(Reaching):
    """A command on saved profiles, which are read before AWS is reached, and opened after."""

    place = NODES

    def __init__(self, profiles: ProfileFeature) -> None:
        super().__init__(profiles)
        self._profiles = profiles


class ShowProfiles(ProfileCommand):
    """Show the saved connections: open, edit, make, move, delete them"""

    name = "connections"
    aliases = ("profiles",)
    keys = ("p",)
    leader_keys = ("P",)
    hint = "connections"
    argument = "[words]"

    def run(self, argument: str = "") -> None:
        self._profiles.show(argument)


class OpenProfile(ProfileCommand):
    """Open a saved connection by its name"""

    name = "connection"
    aliases = ("open", "profile")
    argument = "NAME"

    def run(self, argument: str = "") -> None:
        from ssmtui.ui.profiles import actions

        if argument:
            actions.open_named(self._profiles.context, argument)
        else:
            self._profiles.show()


class SaveProfile(SessionCommand):
    """Save how the session was started as a connection"""

    name = "save-connection"

    aliases = ("save-profile",)
    leader_keys = ("S",)
    ended_keys = ("S",)
    argument = "[name]"

    def __init__(self, profiles: ProfileFeature) -> None:
        super().__init__(profiles.starting.panes)
        self._profiles = profiles

    def reason_against(self, session: SessionSnapshot) -> str | None:
        return "Connections are for nodes, not for containers" if session.request.container is not None else None

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        from ssmtui.ui.profiles import edits

        edits.save_session(self._profiles.context, session, argument)


class SaveTunnels(TunnelsCommand):
    """Save the tunnels as a connection that opens them, without a shell"""

    name = "tunnel-save"
    keys = ("s",)
    argument = "[name]"

    def __init__(self, profiles: ProfileFeature) -> None:
        super().__init__(profiles.tunnels)
        self._profiles = profiles

    def reason_against_all(self, tunnels: Sequence[TunnelSnapshot]) -> str | None:
        known = self._tunnels.services.tunnels
        places = {(one.target, known.request(one.key).scope) for one in tunnels}
        if len(places) > 1:
            return "They lead through several nodes, and a connection opens tunnels through one"
        return "Connections are for nodes, not for containers" if tunnels[0].target.startswith("ecs:") else None

    def run_on(self, view: TunnelsView, argument: str) -> None:
        from ssmtui.ui.profiles import edits

        edits.save_tunnels(self._profiles.context, view.chosen_all, argument)


class ProfileFeature(Feature):
    """Saved connections."""

    styles = dialog_sheets("forms", "profiles")
    context: ProfilesContext
    """What they stand on; there from :meth:`connect` on."""

    def __init__(self, starting: Starting, tunnels: TunnelFeature, nodes: NodesView, keys: Keys, clock: Clock) -> None:
        self.starting = starting
        self.tunnels = tunnels
        self._nodes = nodes
        self._keys = keys
        self._clock = clock
        self.commands = (
            ShowProfiles(self),
            OpenProfile(self),
            SaveProfile(self),
            SaveTunnels(self),
            *(command(self._in_front) for command in commands.ALL),
        )

    def show(self, text: str = "") -> None:
        """Open the view as it was left, or searching for ``text``."""
        from ssmtui.ui.profiles.view.view import ProfilesView

        if text:
            self.context.state.text = text
        panes = self.starting.panes
        panes.open_view(
            commands.PROFILES, lambda: ProfilesView(self.context, lambda: panes.close_view(commands.PROFILES))
        )
        view = self._in_front()
        if text and view is not None:  # it was open
            view.search_for(text)

    def _in_front(self) -> ProfilesView | None:
        panes = self.starting.panes
        return cast("ProfilesView", panes.front) if panes.place is commands.PROFILES else None

    def connect(self, services: Services) -> None:
        super().connect(services)
        from ssmtui.ui.profiles.context import ProfilesContext
        from ssmtui.ui.profiles.problem_teller import ProblemTeller

        self.context = context = ProfilesContext(
            services, self.starting, self.tunnels, self._nodes, self._clock, self._keys
        )
        ProblemTeller(
            services.profiles,
            lambda text: context.stage.tell(text, severity="warning", seconds=10),
            key=context.key("connections"),
        )
