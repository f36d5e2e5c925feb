"""Sessions that are left alive when the program goes: which can be, until when they stay, and what is said of it. Pure
functions of snapshots.

The service keeps a session that no client has for as long as it may go without input, and no longer than it may last
(protocol.md sections 1.1 and 12). What its node prints meanwhile is kept by the agent, up to 100,000 frames; where the
service pauses the agent, the program that prints waits, and a command without a terminal fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from ssmtui import inert
from ssmtui.sessions.clocks import DEFAULT_IDLE_MINUTES
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.sessions.states import SessionState

NAMED = 3
"""Sessions that a sentence names."""
UNREAD = "Until then the nodes keep what is printed, or let the programs wait."
"""What being left alive means for what runs there; of one :data:`UNREAD_OF_ONE`."""
UNREAD_OF_ONE = "Until then its node keeps what it prints, or lets the program wait."


def cannot_stay(session: SessionSnapshot) -> str:
    """Why this session, which is live, ends with the program, in a few words; empty where it can be left alive."""
    if session.encrypted:
        return "encrypted with a KMS key that only this run has"
    if session.state is SessionState.AWAITING_APPROVAL:
        return "not started: nobody has approved it yet"
    if not session.session_id:
        return "still being started"
    if session.state is SessionState.CLOSING:
        return "being terminated"
    return ""


def stays_until(session: SessionSnapshot, now: datetime) -> datetime | None:
    """When the service ends it if nobody comes back; None where its limits are not known. ``now`` has a time zone."""
    left = [seconds for seconds in (session.idle_left, session.time_left) if seconds is not None]
    return now + timedelta(seconds=min(left)) if left else None


def until_when(sessions: Sequence[SessionSnapshot], now: datetime) -> str:
    """Until when they stay, as the end of a sentence: ``until 14:22`` or, where their times differ, ``until 14:07
    (db-1) to 14:22 (web-1)``; by the local time of day. What is not known is not guessed."""
    found = [(until, session.title) for session in sessions if (until := stays_until(session, now)) is not None]
    usual = f"as long as AWS keeps sessions without input, usually {DEFAULT_IDLE_MINUTES} minutes"
    if not found:
        return usual
    (first, first_title), (last, last_title) = min(found), max(found)
    if _at(first) == _at(last):
        told = f"until {_at(first)}"
    else:
        told = f"until {_at(first)} ({_name(first_title)}) to {_at(last)} ({_name(last_title)})"
    return told if len(found) == len(sessions) else f"{told}, or where no limit could be read {usual}"


def farewell(stayed: Sequence[SessionSnapshot], ended: Sequence[SessionSnapshot], now: datetime) -> str:
    """What to say once the program is gone: these sessions ``stayed`` alive, those ``ended`` with it because they could
    not. The snapshots are those from before the end, whose clocks still run. At most three lines; empty
    where there is nothing to say."""
    lines = []
    if stayed:
        one = len(stayed) == 1
        those = _name(stayed[0].title) if one else f"{len(stayed)} sessions"
        stay = f"{those} {'stays' if one else 'stay'} alive {until_when(stayed, now)}."
        lines.append(f"{stay} `ssmtui attach` brings {'it' if one else 'them'} back.")
        lines.append(UNREAD_OF_ONE if one else UNREAD)
    if ended:
        named = [f"{_name(session.title)} ({cannot_stay(session)})" for session in ended[:NAMED]]
        more = f" and {len(ended) - NAMED} more" if len(ended) > NAMED else ""
        lines.append(f"Not left alive, but terminated: {', '.join(named)}{more}.")
    return "\n".join(lines)


def one(session_id: str) -> str:
    """What to say of a single session whose limits are not known."""
    until = until_when((), datetime.now().astimezone())
    return f"The session {session_id} stays alive {until}. `ssmtui attach {session_id}` goes on with it."


def _name(title: str) -> str:
    return inert.line(title, 40)


def _at(moment: datetime) -> str:
    return moment.astimezone().strftime("%H:%M")
