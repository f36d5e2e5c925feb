"""The events of the channel of the session in front."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.panes.commands import SessionCommand

if TYPE_CHECKING:
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.services import Clock


class ShowEvents(SessionCommand):
    """Show the last events of the session's channel: starts, losses, resumes, gaps, stalls, its end"""

    name = "events"
    leader_keys = ("L",)
    ended_keys: ClassVar[tuple[str, ...]] = ("L",)
    aliases = ("log",)

    def __init__(self, panes: Panes, clock: Clock) -> None:
        super().__init__(panes)
        self._clock = clock

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        from ssmtui.ui.channel.dialog import ChannelEvents

        self._panes.stage.push_screen(ChannelEvents(self._panes.manager, session.key, self._clock))


class ChannelFeature(Feature):
    """What has happened to a session's channel."""

    styles = dialog_sheets("channel")

    def __init__(self, panes: Panes, clock: Clock) -> None:
        self.commands = (ShowEvents(panes, clock),)
