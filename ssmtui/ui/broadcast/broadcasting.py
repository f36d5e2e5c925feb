"""What is done with broadcasts, and what is drawn and said while one is on."""

from __future__ import annotations

from asyncio import TimerHandle, get_running_loop
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from ssmtui.contained import Contained
from ssmtui.inventory.query.errors import QueryError
from ssmtui.inventory.states import aliases
from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.look.cells import Cell
from ssmtui.ui.look.tones import Tone

if TYPE_CHECKING:
    from ssmtui.ui.broadcast.members import Marked, Members
    from ssmtui.ui.broadcast.watching import Watching
    from ssmtui.ui.panes.broadcast import Broadcast, DroppedMember
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.ports import Keys
    from ssmtui.ui.services import Clock, Services

NOTHING = Cell("", Tone.NOTICE)
TOLD_AFTER = 0.2
"""Seconds for which those that drop out are collected: a link that is cut drops many, one after the other."""


class Broadcasting(Feature):
    """Typing into several sessions at once. What is typed goes its way in :mod:`ssmtui.ui.panes.inputs`."""

    def __init__(self, panes: Panes, marked: Marked, keys: Keys, clock: Clock) -> None:
        self.panes = panes
        self._marked = marked
        self._keys = keys
        self._clock = clock
        self._was_on = False
        self._is_due = False
        self._dropped: list[DroppedMember] = []
        """Those to report."""
        self._watching: Watching | None = None
        self._telling: TimerHandle | None = None

    def connect(self, services: Services) -> None:
        """What becomes of broadcasts is drawn and said from here on."""
        super().connect(services)
        # It is called in the middle of a key: what goes wrong here must not keep that from the members.
        contained = Contained("broadcast")
        self._broadcast.on_change = lambda dropped: contained.call(self._changed, dropped)

    @property
    def members(self) -> Members:
        """Those who take part, and others who could."""
        from ssmtui.ui.broadcast.members import Members

        return Members(self.panes, self.services, self._keys, self._clock)

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be typed in this run."""
        sessions = self.panes.sessions
        return bool(sessions) and all(session.read_only for session in sessions)

    @property
    def is_on(self) -> bool:
        """Whether there is a broadcast."""
        return self.is_connected and self._broadcast.is_on

    @property
    def can_take_back(self) -> bool:
        """Whether a member is left out only for what it has missed."""
        return self.is_on and any(self._broadcast.can_return(key) for key in self._broadcast.members)

    @property
    def _broadcast(self) -> Broadcast:
        return self.panes.inputs.broadcast

    def begin_or_end(self, wanted: str) -> None:
        """Without words begin with the shown tab, or end; with them add those who are ``wanted``."""
        if not wanted and self.is_on:
            self.end()
            return
        try:
            found = self._found(wanted)
        except QueryError as error:
            self.panes.stage.tell(f"This filter finds nothing: {error.detail}", severity="warning", seconds=8)
            return
        if found:
            self.members.join(found)
        else:
            self.panes.stage.tell(_nobody(wanted, in_view=self.panes.session is None), severity="warning")

    @property
    def nobody(self) -> str | None:
        """Why nothing can be sent now: all members are left out."""
        return None if self._broadcast.present else "All sessions of the broadcast are left out"

    def compose(self, line: str) -> None:
        """Have a line written for all members, or review ``line``, which is written."""
        from ssmtui.ui.broadcast.composing import Composing

        composing = Composing(self.panes, self.services)
        if line.strip():
            composing.review(line)
        else:
            composing.write()

    @property
    def asks_for_password(self) -> bool:
        """Whether a member does."""
        from ssmtui.ui.panes.broadcast import Absence

        return self.is_on and any(self._broadcast.reason(key) is Absence.PASSWORD for key in self._broadcast.members)

    def answer_password(self) -> None:
        """Have a password typed for all members that ask for one."""
        from ssmtui.ui.broadcast import password

        password.ask(self.panes)

    def end(self) -> None:
        """End the broadcast."""
        self._broadcast.end()

    def _found(self, wanted: str) -> Sequence[int]:
        members = self.members
        if wanted == "all":
            return members.all
        if wanted == "marked" or (not wanted and self.panes.session is None):
            front = self.panes.front
            marked = front.marked_sessions if front is not None else ()
            return marked or members.on_nodes(self._marked())
        if wanted in ("", "tab"):
            return self._of_tab
        return members.matching(wanted)

    @property
    def _of_tab(self) -> list[int]:
        return list(self.panes.tabs.shown.sessions)

    def footer(self, width: int) -> Cell:
        """What the footer says first while a broadcast is on, in at most ``width`` cells."""
        if not self.is_on:
            return NOTHING
        from ssmtui.ui.broadcast import words

        manager, there = self.panes.manager, set(self.panes.tabs.sessions)
        sessions = {key: manager.snapshot(key) for key in self._broadcast.members if key in there}
        known = aliases(self.services.fleet.states.values())
        return words.banner(self._broadcast, sessions, self.panes.tabs.session, known, width)

    @property
    def ends_by_escape(self) -> bool:
        """Whether Escape pressed twice in the shown session ends the broadcast."""
        session = self.panes.tabs.session
        return self.is_on and session is not None and self._broadcast.takes_part(session)

    # Changes

    def _changed(self, dropped: Collection[DroppedMember]) -> None:
        if dropped and not self._dropped:
            self._telling = get_running_loop().call_later(TOLD_AFTER, self._tell_dropped)
        self._dropped += dropped
        if self._broadcast.is_on and self._watching is None:
            from ssmtui.ui.broadcast.watching import Watching

            self._watching = Watching(self.panes)
        if self._watching is not None:
            self._watching.follow()
        if self._was_on and not self._broadcast.is_on:
            self.panes.stage.tell("The broadcast is over: what you type goes to one session")
        self._was_on = self._broadcast.is_on
        if not self._is_due:
            # Once, however many have changed: this comes in the middle of a key, or of a session's own doings.
            self._is_due = True
            self.panes.stage.call_later(self._draw)

    def _tell_dropped(self) -> None:
        from ssmtui.ui.broadcast import words

        dropped, self._dropped = self._dropped, []
        answers = self._keys.leader_keys_of("broadcast-password") or ":broadcast-password"
        sessions = {one.key: one for one in self.panes.sessions}
        self.panes.stage.tell(words.dropped(dropped, sessions, answers), severity="warning", seconds=8)

    async def close(self) -> None:
        """Say nothing any more."""
        if self._telling is not None:
            self._telling.cancel()
        if self._watching is not None:
            self._watching.close()

    def _draw(self) -> None:
        from ssmtui.ui.broadcast import words

        self._is_due = False
        self.panes.badge("broadcast-end", words.badge(self._broadcast), Tone.DANGER)
        self.panes.show_broadcast()


def _nobody(wanted: str, *, in_view: bool) -> str:
    if wanted == "all":
        return "There is no session to broadcast to"
    if wanted == "marked" or (not wanted and in_view):
        return "There is no session on a marked node: mark some, or say :broadcast all"
    if wanted in ("", "tab"):
        return "This tab holds no session"
    return "The filter finds no node with a session"
