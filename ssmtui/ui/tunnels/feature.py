"""Forwarded ports: their list, and opening those that profiles and workspaces want."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import NODES
from ssmtui.ui.commands.feature import Feature, Reaching
from ssmtui.ui.look.sheets import dialog_sheets

if TYPE_CHECKING:
    from ssmtui.ui.services import Services
    from ssmtui.ui.start.starting import Starting
    from ssmtui.ui.tunnels.actions import TunnelActions, TunnelWatch, Wanted


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
        """Open the list."""
        self._tunnels.actions.show()


class TunnelFeature(Feature):
    """The tunnels of this program."""

    styles = dialog_sheets("tunnels")
    _watch: TunnelWatch | None = None

    def __init__(self, starting: Starting) -> None:
        self._starting = starting
        self.commands = (ShowTunnels(self),)

    def connect(self, services: Services) -> None:
        super().connect(services)
        from ssmtui.ui.tunnels.actions import TunnelWatch

        self._watch = TunnelWatch(self._starting.panes, services.tunnels)

    @property
    def actions(self) -> TunnelActions:
        """What is done with them."""
        from ssmtui.ui.tunnels.actions import TunnelActions

        return TunnelActions(self._starting.panes.stage, self.services.tunnels, self._starting.gate.approvals)

    def start(self, wanted: Sequence[Wanted]) -> None:
        """Open what is wanted beside sessions that have just been started."""
        self.actions.start(wanted)

    async def close(self) -> None:
        if self._watch is not None:
            self._watch.close()
