"""Commands that start another session: in the pane of one that is over, or in half of a pane."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ssmtui.layout import MIN_COLS, MIN_ROWS, Axis
from ssmtui.sessions.states import SessionState
from ssmtui.ui.panes.commands import EndedCommand, SessionCommand, TabCommand
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


class StartAllAgain(TabCommand):
    """Start all sessions that are over again, each in its pane"""

    name = "restart-ended"

    def __init__(self, starting: Starting) -> None:
        super().__init__(starting.panes)
        self._starting = starting

    def disabled_reason(self) -> str | None:
        return None if self._over else "No session is over"

    def run(self, argument: str = "") -> None:
        self._starting.restart_all(self._over)

    @property
    def _over(self) -> list[SessionSnapshot]:
        over = (SessionState.ENDED, SessionState.FAILED)
        return [session for session in self._panes.sessions if session.state in over]


class EditRequest(StartingCommand):
    """Change document, parameters or reason, then start again"""

    name = "edit"
    keys = ("e",)
    hint = "edit"

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        self._starting.edit_request(session)


class SplitCommand(SessionCommand):
    """A command that starts another session in half of the pane that has the focus."""

    axis: ClassVar[Axis]

    def __init__(self, starting: Starting) -> None:
        super().__init__(starting.panes)
        self._starting = starting

    def reason_against(self, session: SessionSnapshot) -> str | None:
        if self._panes.has_room_beside(session.key, self.axis):
            return None
        return f"There is no room for another pane: each needs {MIN_COLS} by {MIN_ROWS} cells"

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        self._starting.split(session, self.axis)


class SplitRight(SplitCommand):
    """Start the same again in the right half of this pane"""

    name = "split-right"
    leader_keys = ("percent_sign",)
    hint = "split"
    axis = Axis.ROW


class SplitBelow(SplitCommand):
    """Start the same again in the lower half of this pane"""

    name = "split-below"
    leader_keys = ("quotation_mark",)
    axis = Axis.COLUMN
