"""The commands of broadcasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import AFTER_LEADER
from ssmtui.ui.commands.feature import Reaching
from ssmtui.ui.panes.commands import LiveSessionCommand

if TYPE_CHECKING:
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.broadcast.broadcasting import Broadcasting

READ_ONLY = "Nothing can be typed in a read-only run"
OFF = "No broadcast is on"


class BroadcastCommand(Reaching):
    """A command on broadcasts."""

    place = AFTER_LEADER

    def __init__(self, feature: Broadcasting) -> None:
        super().__init__(feature)
        self._broadcasts = feature


class ToggleBroadcast(BroadcastCommand):
    """Type into all sessions of this tab (in the list: of the marked nodes) at once, or end that"""

    name = "broadcast"
    leader_keys = ("b",)
    hint = "broadcast"
    is_minor = True
    argument = "[tab|all|marked|FILTER]"

    def disabled_reason(self) -> str | None:
        return super().disabled_reason() or (READ_ONLY if self._broadcasts.is_read_only else None)

    def run(self, argument: str = "") -> None:
        self._broadcasts.begin_or_end(argument.strip())


class ToggleMember(LiveSessionCommand):
    """Take this session into the broadcast, or out of it; one that has missed keys is taken back"""

    name = "broadcast-pane"
    leader_keys = ("B",)

    def __init__(self, feature: Broadcasting) -> None:
        super().__init__(feature.panes)
        self._broadcasts = feature

    def reason_against(self, session: SessionSnapshot) -> str | None:
        return super().reason_against(session) or (READ_ONLY if session.read_only else None)

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        self._broadcasts.members.toggle(session.key)


class TakeBack(BroadcastCommand):
    """Take back the sessions that were left out of the broadcast and have missed keys"""

    name = "broadcast-back"
    leader_keys = ("J",)

    def disabled_reason(self) -> str | None:
        return super().disabled_reason() or (None if self._broadcasts.can_take_back else "No session waits for that")

    def run(self, argument: str = "") -> None:
        self._broadcasts.members.take_back()


class ComposeLine(BroadcastCommand):
    """Write one line for all sessions of the broadcast, see who gets it, and send it with Enter"""

    name = "compose"
    leader_keys = ("C",)
    argument = "[line]"

    def disabled_reason(self) -> str | None:
        return super().disabled_reason() or (None if self._broadcasts.is_on else OFF) or self._broadcasts.nobody

    def run(self, argument: str = "") -> None:
        self._broadcasts.compose(argument)


class AnswerPassword(BroadcastCommand):
    """Send a password to all sessions of the broadcast that ask for one; it is not shown and not kept"""

    name = "broadcast-password"
    leader_keys = ("K",)

    def disabled_reason(self) -> str | None:
        nobody = None if self._broadcasts.asks_for_password else "No session of the broadcast asks for a password"
        return super().disabled_reason() or (None if self._broadcasts.is_on else OFF) or nobody

    def run(self, argument: str = "") -> None:
        self._broadcasts.answer_password()


class EndBroadcast(BroadcastCommand):
    """End the broadcast everywhere; Esc Esc in a session that takes part does so, too"""

    name = "broadcast-end"

    def disabled_reason(self) -> str | None:
        return super().disabled_reason() or (None if self._broadcasts.is_on else OFF)

    def run(self, argument: str = "") -> None:
        self._broadcasts.end()
