"""The command that records a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import Command
from ssmtui.ui.panes.commands import LiveSessionCommand
from ssmtui.ui.recordings import actions

if TYPE_CHECKING:
    pass


class Record(LiveSessionCommand):
    """Record what the node prints in a file that asciinema plays, or stop that; nothing typed is in it"""

    name = "record"
    leader_keys = ("R",)

    def disabled_reason(self) -> str | None:
        session = self.app.panes.session
        has_begun = session is not None and session.session_id
        return super().disabled_reason() or (None if has_begun else "The session has not begun yet")

    def run(self, argument: str = "") -> None:
        actions.toggle(self.app)


COMMANDS: tuple[type[Command], ...] = (Record,)
