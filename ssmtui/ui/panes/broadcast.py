"""Which sessions are typed into at once, and which of them get nothing now. Pure state: no widget, no clock.

A *member* takes part from when it is added until it is taken out, its session ends, or the broadcast does. One in which
a key could do harm, or that cannot follow, is *left out*: it gets nothing while the reason holds (:class:`Absence`). It
comes back by itself if nothing was typed into the others meanwhile. One that has missed keys is in another state than
the others, so it stays left out, with their number, until a person takes it back.

A broadcast begins in a pane that takes part. What is typed into a pane that is no member, or is left out, is for that
pane alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from ssmtui.sessions.activity import Activity
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.sessions.states import SessionState


class Absence(Enum):
    """Why a member gets nothing, in words for its line."""

    ENDED = "ended"
    """It leaves the broadcast for good."""
    READ_ONLY = "read-only"
    CUT_OFF = "cut off"
    NOT_OPEN = "not open yet"
    FULL_SCREEN = "full-screen program"
    """An editor or a pager: ``dd`` means something else in each of them."""
    PASSWORD = "password prompt"  # noqa: S105
    """Its last line asks for a secret."""
    NO_ECHO = "no echo"
    """It prints nothing of what is typed, and the others do: it waits for a password, or for what is not a line."""


def absence_of(session: SessionSnapshot) -> Absence | None:
    """Why ``session`` must not be typed into along with others; None when it can be."""
    if not session.live or session.state is SessionState.CLOSING:
        return Absence.ENDED
    if session.read_only:
        return Absence.READ_ONLY
    if session.state.cut_off:
        return Absence.CUT_OFF
    if session.state is not SessionState.OPEN:
        return Absence.NOT_OPEN
    if session.modes.alternate_screen:
        return Absence.FULL_SCREEN
    return Absence.PASSWORD if session.activity is Activity.PASSWORD else None


@dataclass(slots=True)
class Member:
    """One session's part in a broadcast."""

    absence: Absence | None = None
    """Why it gets nothing; None while it gets all."""
    missed: int = 0
    """Keys, and characters of pastes, that the others have had since it was left out."""
    is_silent: bool = False
    """Whether it was found not to echo, and has printed nothing since."""
    differs: bool = False
    """Whether it has printed something else than most."""
    told: set[Absence] = field(default_factory=set)
    """The reasons that were reported: a program can come and go a thousand times."""


class DroppedMember(NamedTuple):
    """A member that gets nothing from now on."""

    session: int
    absence: Absence


class Broadcast:
    """The members, by the keys of their sessions, in the order in which they were added. Off while there are none."""

    def __init__(self, absence: Callable[[int], Absence | None]) -> None:
        """``absence`` returns why a session must not be typed into now, and :attr:`Absence.ENDED` for one that is gone.
        It is asked with each key."""
        self._absence = absence
        self._members: dict[int, Member] = {}
        self.on_change: Callable[[Sequence[DroppedMember]], object] = lambda dropped: None
        """Called when the members, or which of them are left out, have changed; with those to report."""

    @property
    def members(self) -> Mapping[int, Member]:
        """All of them. A live view."""
        return self._members

    @property
    def is_on(self) -> bool:
        """Whether there is a member."""
        return bool(self._members)

    @property
    def present(self) -> list[int]:
        """The members that get what is typed."""
        return [key for key, member in self._members.items() if member.absence is None]

    def takes_part(self, session: int) -> bool:
        """Whether ``session`` is a member that gets what is typed, and so one that a broadcast can begin in."""
        member = self._members.get(session)
        return member is not None and member.absence is None

    def reason(self, session: int) -> Absence | None:
        """Why the member ``session`` could get nothing now, whatever it has missed; None when it could."""
        return self._reason(session, self._members[session])

    def can_return(self, session: int) -> bool:
        """Whether ``session`` is left out only for what it has missed."""
        member = self._members.get(session)
        return member is not None and member.absence is not None and self._reason(session, member) is None

    # Who

    def add(self, sessions: Iterable[int]) -> None:
        """Make ``sessions`` members, or take them back: what they have missed is forgotten. Those that are over do not
        join."""
        for key in sessions:
            if self._absence(key) is not Absence.ENDED:
                member = self._members.setdefault(key, Member())
                member.missed, member.is_silent = 0, False
        # Nothing is said of those that are left out from the start: the answer to the command says it.
        self._follow()
        self.on_change(())

    def remove(self, sessions: Iterable[int]) -> None:
        """Take ``sessions`` out."""
        for key in sessions:
            self._members.pop(key, None)
        self.on_change(())

    def end(self) -> None:
        """Take all of them out."""
        self._members.clear()
        self.on_change(())

    # What happens to them

    def follow(self, sessions: Iterable[int] | None = None) -> None:
        """Look at these sessions again, which have changed; None: at all."""
        before = self.present
        dropped = self._follow(sessions)
        if dropped or before != self.present:
            self.on_change(dropped)

    def mark_silent(self, sessions: Collection[int]) -> None:
        """``sessions`` do not echo what is typed."""
        for key in sessions:
            if (member := self._members.get(key)) is not None:
                member.is_silent = True
        self.follow(sessions)

    def mark_differing(self, sessions: Collection[int]) -> None:
        """``sessions``, and no others, print something else than most."""
        before = self.differing
        for key, member in self._members.items():
            member.differs = key in sessions
        if self.differing != before:
            self.on_change(())

    @property
    def differing(self) -> list[int]:
        """The members that print something else than most."""
        return [key for key, member in self._members.items() if member.differs]

    def heard(self, session: int) -> None:
        """``session`` has printed something."""
        member = self._members.get(session)
        if member is not None and member.is_silent:
            member.is_silent = False
            self.follow([session])

    def receivers(self, source: int, amount: int = 1) -> list[int]:
        """The sessions that get ``amount`` keys which are typed into the pane of ``source``: itself first. The members
        that are left out have missed them, if it takes part."""
        self.follow()
        if not self.takes_part(source):
            return [source]
        missed = [member for member in self._members.values() if member.absence is not None]
        for member in missed:
            member.missed += amount
        if missed and amount:
            self.on_change(())
        return [source, *(key for key in self.present if key != source)]

    def _follow(self, sessions: Iterable[int] | None = None) -> list[DroppedMember]:
        dropped = []
        looked_at = [key for key in (self._members if sessions is None else sessions) if key in self._members]
        for key in looked_at:
            member = self._members[key]
            absence = self._reason(key, member)
            if absence is Absence.ENDED:
                del self._members[key]
                dropped.append(DroppedMember(key, absence))
            elif absence is None:
                if not member.missed:
                    member.absence = None
            elif absence is not member.absence:
                member.absence = absence
                if absence not in member.told:
                    member.told.add(absence)
                    dropped.append(DroppedMember(key, absence))
        return dropped

    def _reason(self, session: int, member: Member) -> Absence | None:
        return self._absence(session) or (Absence.NO_ECHO if member.is_silent else None)
