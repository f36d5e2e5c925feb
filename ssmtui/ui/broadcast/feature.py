"""Typing into several sessions at once, with its commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.broadcast import commands
from ssmtui.ui.broadcast.broadcasting import Broadcasting
from ssmtui.ui.look.sheets import dialog_sheets

if TYPE_CHECKING:
    from ssmtui.ui.broadcast.members import Marked
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.ports import Keys
    from ssmtui.ui.services import Clock


class BroadcastFeature(Broadcasting):
    """Who takes part, and the end of it."""

    styles = dialog_sheets("broadcast")

    def __init__(self, panes: Panes, marked: Marked, keys: Keys, clock: Clock) -> None:
        super().__init__(panes, marked, keys, clock)
        self.commands = (
            commands.ToggleBroadcast(self),
            commands.ToggleMember(self),
            commands.TakeBack(self),
            commands.ComposeLine(self),
            commands.AnswerPassword(self),
            commands.EndBroadcast(self),
        )
