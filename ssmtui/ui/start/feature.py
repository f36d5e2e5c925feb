"""Starting sessions, with its commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.start import commands
from ssmtui.ui.start.starting import Starting

if TYPE_CHECKING:
    from ssmtui.config.settings import Settings
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.services import Clock


class StartFeature(Starting):
    """What is started beside a session or in the place of one that is over; other features start theirs here."""

    styles = dialog_sheets("forms", "start")

    def __init__(self, panes: Panes, settings: Settings, clock: Clock) -> None:
        super().__init__(panes, settings, clock)
        self.commands = (
            commands.SplitRight(self),
            commands.SplitBelow(self),
            commands.TryAgain(self),
            commands.StartAgain(self),
            commands.StartAllAgain(self),
            commands.EditRequest(self),
        )
