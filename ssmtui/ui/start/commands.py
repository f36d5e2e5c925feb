"""Commands in the tab of a session that is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.panes.commands import EndedCommand
from ssmtui.ui.panes.words import failed_at_start

if TYPE_CHECKING:
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.start.starting import Starting


class StartingCommand(EndedCommand):
    """A command that starts something in the place of what is over."""

    def __init__(self, starting: Starting) -> None:
        super().__init__(starting.panes)
        self._starting = starting


class TryAgain(StartingCommand):
    """Start it again; a start that was refused is edited first"""

    name = "again"
    keys = ("enter",)
    hint = "again"

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        if failed_at_start(session):
            self._starting.edit_request(session)
        else:
            self._starting.restart(session)


class StartAgain(StartingCommand):
    """Start a new session with the same document, parameters and reason"""

    name = "restart"
    keys = ("r",)
    hint = "restart"

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        self._starting.restart(session)


class EditRequest(StartingCommand):
    """Change document, parameters or reason, then start again"""

    name = "edit"
    keys = ("e",)
    hint = "edit"

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        self._starting.edit_request(session)
