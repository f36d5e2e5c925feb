"""Forwarded ports: their list, and opening those that profiles and workspaces want."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from ssmtui.ui.commands.base import LISTS, NODES, Command, CommandOn, Place
from ssmtui.ui.commands.feature import Feature, Reaching
from ssmtui.ui.look.sheets import dialog_sheets

if TYPE_CHECKING:
    from ssmtui.forwards.tunnel import TunnelSnapshot
    from ssmtui.ui.services import Services
    from ssmtui.ui.start.starting import Starting
    from ssmtui.ui.tunnels.actions import TunnelActions, TunnelWatch, Wanted
    from ssmtui.ui.tunnels.view import TunnelsView

TUNNELS = Place("In the list of tunnels", LISTS)


class ShowTunnels(Reaching):
    """Show the forwarded ports: copy their addresses, close them, open them again"""

    name = "tunnels"
    place = NODES
    keys = ("T",)
    leader_keys = ("T",)

    def __init__(self, feature: TunnelFeature) -> None:
        super().__init__(feature)
        self._tunnels = feature

    def run(self, argument: str = "") -> None:
        self._tunnels.show()


class TunnelCommand(CommandOn["TunnelSnapshot"]):
    """A command on the chosen tunnel of the list."""

    place = TUNNELS
    missing = "No tunnel is chosen"

    def __init__(self, feature: TunnelFeature) -> None:
        self._tunnels = feature

    def subject(self) -> TunnelSnapshot | None:
        return self._tunnels.chosen


class CopyAddress(TunnelCommand):
    """Copy the tunnel's address on this machine"""

    name = "tunnel-copy"
    keys = ("enter",)
    hint = "copy address"

    def reason_against(self, tunnel: TunnelSnapshot) -> str | None:
        return None if tunnel.address else "The tunnel has no address yet"

    def run_on(self, tunnel: TunnelSnapshot, argument: str) -> None:
        self._tunnels.panes.stage.copy_to_clipboard(tunnel.address, tunnel.address)


class CloseTunnel(TunnelCommand):
    """Close the tunnel; one that is over is forgotten"""

    name = "tunnel-close"
    keys = ("x", "delete")
    hint = "close"

    def run_on(self, tunnel: TunnelSnapshot, argument: str) -> None:
        tunnels = self._tunnels.services.tunnels
        if tunnel.state.live:
            tunnels.end(tunnel.key)
        else:
            tunnels.remove(tunnel.key)


class ReopenTunnel(TunnelCommand):
    """Open a tunnel that is over again"""

    name = "tunnel-reopen"
    keys = ("r",)
    hint = "open again"

    def reason_against(self, tunnel: TunnelSnapshot) -> str | None:
        return "The tunnel is still open" if tunnel.state.live else None

    def run_on(self, tunnel: TunnelSnapshot, argument: str) -> None:
        self._tunnels.actions.reopen(tunnel.key)


class ReadTunnelWarning(TunnelCommand):
    """Read in full what the tunnel warns of, and copy it"""

    name = "tunnel-warning"
    keys = ("W",)
    hint = "read the warning"

    def reason_against(self, tunnel: TunnelSnapshot) -> str | None:
        return None if tunnel.warning else "The tunnel warns of nothing"

    def run_on(self, tunnel: TunnelSnapshot, argument: str) -> None:
        from ssmtui.ui.kit.warning import WarningScreen

        if tunnel.warning is not None:
            self._tunnels.panes.stage.push_screen(WarningScreen(tunnel.warning))


class LeaveTunnels(Command):
    """Close the list; all tunnels go on"""

    name = "tunnel-back"
    place = TUNNELS
    keys = ("escape", "q")
    hint = "back"
    in_palette = False

    def __init__(self, feature: TunnelFeature) -> None:
        self._tunnels = feature

    def run(self, argument: str = "") -> None:
        self._tunnels.panes.close_view(TUNNELS)


class TunnelFeature(Feature):
    """The tunnels of this program."""

    styles = dialog_sheets("tunnels")
    _watch: TunnelWatch | None = None

    def __init__(self, starting: Starting) -> None:
        self._starting = starting
        self.panes = starting.panes
        self.commands = (
            ShowTunnels(self),
            CopyAddress(self),
            CloseTunnel(self),
            ReopenTunnel(self),
            ReadTunnelWarning(self),
            LeaveTunnels(self),
        )

    def connect(self, services: Services) -> None:
        super().connect(services)
        from ssmtui.ui.tunnels.actions import TunnelWatch

        self._watch = TunnelWatch(self.panes, services.tunnels)

    @property
    def view(self) -> TunnelsView | None:
        """The list, where it is in front."""
        return cast("TunnelsView", self.panes.front) if self.panes.place is TUNNELS else None

    @property
    def chosen(self) -> TunnelSnapshot | None:
        """The tunnel under the list's cursor."""
        view = self.view
        return view.chosen if view is not None else None

    @property
    def actions(self) -> TunnelActions:
        """What is done with them."""
        from ssmtui.ui.tunnels.actions import TunnelActions

        return TunnelActions(self.panes.stage, self.services.tunnels, self._starting.gate.approvals)

    def show(self) -> None:
        """Open the list."""
        from ssmtui.ui.tunnels.view import TunnelsView

        self.panes.open_view(TUNNELS, lambda: TunnelsView(self.services.tunnels))

    def start(self, wanted: Sequence[Wanted]) -> None:
        """Open what is wanted beside sessions that have just been started."""
        self.actions.start(wanted)

    async def close(self) -> None:
        if self._watch is not None:
            self._watch.close()
