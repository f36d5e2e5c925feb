"""Recording what a session prints, from the shown tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.errors import ConfigurationError
from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.panes.commands import LiveSessionCommand

if TYPE_CHECKING:
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.panes.panes import Panes

TOLD = 10.0
"""Seconds for which a file's path is shown."""


class Record(LiveSessionCommand):
    """Record what the node prints in a file that asciinema plays, or stop that; nothing typed is in it"""

    name = "record"
    leader_keys = ("R",)

    def reason_against(self, session: SessionSnapshot) -> str | None:
        return super().reason_against(session) or (None if session.session_id else "The session has not begun yet")

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        if not session.is_recorded:
            self._panes.stage.run_worker(self._begin(session.key), name=f"record session {session.key}")
            return
        path = self._panes.manager.session(session.key).stop_recording()
        if path is not None:
            self._tell(f"Recorded in {inert.line(str(path), 300)}: `asciinema play` plays it")

    async def _begin(self, key: int) -> None:
        try:
            path = await self._panes.manager.session(key).record()
        except ConfigurationError as error:
            self._panes.stage.tell_error(error)
        except KeyError:
            return  # its tab has been closed meanwhile
        else:
            self._tell(f"What the node prints is recorded in {inert.line(str(path), 300)}")

    def _tell(self, text: str) -> None:
        self._panes.stage.tell(text, seconds=TOLD)


class RecordingFeature(Feature):
    """Recordings of single sessions."""

    def __init__(self, panes: Panes) -> None:
        self.commands = (Record(panes),)
