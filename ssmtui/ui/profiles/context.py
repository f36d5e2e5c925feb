"""What the view, the form and the opening of profiles stand on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssmtui.ui.profiles.view.state import ViewState

if TYPE_CHECKING:
    from ssmtui.inventory.rows import IndexRow
    from ssmtui.model import Node
    from ssmtui.ui.nodes.view import NodesView
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.ports import Keys, Stage
    from ssmtui.ui.services import Clock, Services
    from ssmtui.ui.start.starting import Starting
    from ssmtui.ui.tunnels.feature import TunnelFeature


@dataclass(frozen=True, slots=True)
class ProfilesContext:
    """Made once AWS is reached."""

    services: Services
    starting: Starting
    tunnels: TunnelFeature
    nodes: NodesView
    clock: Clock
    keys: Keys
    state: ViewState = field(default_factory=ViewState)
    """How the view was left, and what can be taken back."""

    def key(self, command: str) -> str:
        """How a message names what runs a command: its key as it is now, or its name."""
        return self.keys.shown_key(command) or f":{command}"

    @property
    def panes(self) -> Panes:
        """The tabs."""
        return self.starting.panes

    @property
    def stage(self) -> Stage:
        """Where messages and questions are shown."""
        return self.starting.panes.stage

    @property
    def listed(self) -> Sequence[IndexRow[Node]]:
        """All nodes of the list."""
        return self.nodes.index.rows

    @property
    def shown(self) -> Sequence[IndexRow[Node]]:
        """Those that its filter lets through."""
        return self.nodes.index.shown
