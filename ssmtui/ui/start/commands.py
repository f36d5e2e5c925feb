"""Commands in the tab of a session that is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import Command, Group
from ssmtui.ui.panes.words import failed_at_start
from ssmtui.ui.start import form_actions, launching

if TYPE_CHECKING:
    pass


class EndedCommand(Command):
    """A command on a session that is over."""

    group = Group.ENDED

    def disabled_reason(self) -> str | None:
        session = self.app.panes.session
        if session is None:
            return "This tab holds no session"
        return "The session still lives" if session.live else None


class TryAgain(EndedCommand):
    """Start it again; a start that was refused is edited first"""

    name = "again"
    keys = ("enter",)
    hint = "again"

    def run(self, argument: str = "") -> None:
        session = self.app.panes.session
        assert session is not None
        if failed_at_start(session):
            form_actions.edit_request(self.app)
        else:
            launching.restart(self.app)


class StartAgain(EndedCommand):
    """Start a new session with the same document, parameters and reason"""

    name = "restart"
    keys = ("r",)
    hint = "restart"

    def run(self, argument: str = "") -> None:
        launching.restart(self.app)


class EditRequest(EndedCommand):
    """Change document, parameters or reason, then start again"""

    name = "edit"
    keys = ("e",)
    hint = "edit"

    def run(self, argument: str = "") -> None:
        form_actions.edit_request(self.app)


COMMANDS: tuple[type[Command], ...] = (TryAgain, StartAgain, EditRequest)
