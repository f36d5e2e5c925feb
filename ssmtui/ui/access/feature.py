"""Nodes that cannot be connected to: why not, and asking for access."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ssmtui.ui.access import commands
from ssmtui.ui.access.actions import AccessActions
from ssmtui.ui.look.sheets import dialog_sheets

if TYPE_CHECKING:
    from ssmtui.model import Node
    from ssmtui.ui.services import Clock
    from ssmtui.ui.start.starting import Starting


class AccessFeature(AccessActions):
    """The commands on them."""

    styles = dialog_sheets("access")

    def __init__(
        self,
        starting: Starting,
        clock: Clock,
        selected: Callable[[], Node | None],
        message_endpoints: Sequence[str] = (),
    ) -> None:
        super().__init__(starting, clock, selected, message_endpoints)
        self.commands = (commands.Why(self), commands.RequestAccess(self))
