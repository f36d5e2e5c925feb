"""The databases and caches near a node, tunnels to them, and the tokens that open databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.near import commands
from ssmtui.ui.near.actions import NearActions

if TYPE_CHECKING:
    from ssmtui.model import Node
    from ssmtui.ui.tunnels.actions import TunnelActions


class NearFeature(NearActions):
    """The commands on them. It is what the form of a tunnel asks for places."""

    styles = dialog_sheets("near")

    def __init__(self, tunnels: TunnelActions, selected: Callable[[], Node | None]) -> None:
        super().__init__(tunnels, selected)
        self.commands = (commands.ShowDatabases(self), commands.CopyClientLine(self), commands.CopyToken(self))
        tunnels.places = self
