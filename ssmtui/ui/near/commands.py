"""Commands on what is near a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import NODES, CommandOn
from ssmtui.ui.commands.feature import Reaching

if TYPE_CHECKING:
    from ssmtui.ui.near.actions import NearActions
    from ssmtui.ui.start.launch import Launch


class ShowDatabases(Reaching, CommandOn["Launch"]):
    """Show the databases and caches near the node, and make a tunnel to one"""

    name = "databases"
    place = NODES
    keys = ("D",)
    argument = "[words]"
    missing = "There is no node under the cursor"

    def __init__(self, near: NearActions) -> None:
        super().__init__(near)
        self._near = near

    def subject(self) -> Launch | None:
        return self._near.launch

    def run_on(self, launch: Launch, argument: str) -> None:
        self._near.show(launch, argument)
