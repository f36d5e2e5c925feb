"""Forwarded ports: their list, and opening those that people, profiles and workspaces want."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.tunnels.actions import NodeSource, TunnelActions
from ssmtui.ui.tunnels.commands import commands_on

if TYPE_CHECKING:
    from ssmtui.browser import Browser
    from ssmtui.ui.ports import Keys
    from ssmtui.ui.services import Clock, Services
    from ssmtui.ui.start.starting import Starting
    from ssmtui.ui.tunnels.watch import TunnelWatch


class TunnelFeature(TunnelActions):
    """The tunnels of this program."""

    styles = dialog_sheets("forms", "table", "tunnels")
    _watch: TunnelWatch | None = None

    def __init__(self, starting: Starting, nodes: NodeSource, keys: Keys, browser: Browser, clock: Clock) -> None:
        super().__init__(starting, nodes, keys, browser, clock)
        self.commands = commands_on(self)

    def connect(self, services: Services) -> None:
        super().connect(services)
        from ssmtui.ui.tunnels.watch import TunnelWatch

        self._watch = TunnelWatch(self.panes, services.tunnels)

    async def close(self) -> None:
        if self._watch is not None:
            self._watch.close()
        if self._state is not None:
            await self._state.filters.close()
