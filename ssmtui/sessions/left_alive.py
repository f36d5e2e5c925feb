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
from ssmtui.sessions.plain_command import SESSION_TYPE as PLAIN_COMMAND
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.sessions.states import SessionState

NAMED = 3
"""Sessions that a sentence names."""
UNREAD = "Until then the nodes keep what is printed, or let the programs wait."
"""What being left alive means for what runs there; of one :data:`UNREAD_OF_ONE`."""
UNREAD_OF_ONE = "Until then its node keeps what it prints, or lets the program wait."

KEPT_ON = "`ssmtui keep` goes on reading the output; `ssmtui attach` brings {} back."
"""What being kept means."""


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


def may_fail(sessions: Sequence[SessionSnapshot]) -> str:
    """A sentence on those of ``sessions`` that run a command without a terminal: where the service pauses the agent,
    that command fails (protocol.md section 4.5). Empty where there are none."""
    names = [one.title for one in sessions if one.session_type == PLAIN_COMMAND]
    if not names:
        return ""
    if len(names) == 1:
        return f"{_name(names[0])} runs a command without a terminal, which may fail while nobody reads its output."
    return f"{_named(names)} run commands without a terminal, which may fail while nobody reads their output."


def not_sent(sessions: Sequence[SessionSnapshot]) -> str:
    """A sentence on those of ``sessions``, which have been left, whose nodes have not acknowledged all that was typed
    or pasted. Empty where there are none."""
    names = [one.title for one in sessions if one.left_alive and one.unacknowledged_bytes]
    if not names:
        return ""
    those = "its node" if len(names) == 1 else "their nodes"
    return f"What was typed last into {_named(names)} may not have reached {those}, and is not sent again."


def farewell(
    stayed: Sequence[SessionSnapshot],
    ended: Sequence[SessionSnapshot],
    now: datetime,
    left: Sequence[SessionSnapshot] = (),
    kept: Sequence[SessionSnapshot] = (),
) -> str:
    """What to say once the program is gone: these sessions ``stayed`` alive, those ``ended`` with it because they could
    not, and a keeper has those that are ``kept``. The snapshots are those from before the end, whose clocks still run;
    ``left`` are those that are still alive as they are after it. A line for each kind of thing that is to know; empty
    where there is nothing to say."""
    lines = []
    if kept:
        one = len(kept) == 1
        those = _name(kept[0].title) if one else f"{len(kept)} sessions"
        lines.append(f"{those} {'is' if one else 'are'} kept{_at_most(kept, now)}. {KEPT_ON.format(_it(kept))}")
    if stayed:
        one = len(stayed) == 1
        those = _name(stayed[0].title) if one else f"{len(stayed)} sessions"
        stay = f"{those} {'stays' if one else 'stay'} alive {until_when(stayed, now)}."
        keys = {session.key for session in stayed}
        lines.append(f"{stay} {way_back([session for session in left if session.key in keys] or stayed)}")
        lines.append(UNREAD_OF_ONE if one else UNREAD)
    lines += filter(None, (may_fail(stayed), not_sent(left)))
    if ended:
        named = [f"{_name(session.title)} ({cannot_stay(session)})" for session in ended[:NAMED]]
        lines.append(f"Not left alive, but terminated: {', '.join(named)}{_more(len(ended))}.")
    return "\n".join(lines)


def way_back(sessions: Sequence[SessionSnapshot]) -> str:
    """A sentence on how ``sessions`` that are left alive come back: those that the ledger could not keep by their
    ids."""
    unrecorded = [one.session_id for one in sessions if one.record and not one.is_on_record]
    it = _it(sessions)
    if not unrecorded:
        return f"`ssmtui attach` brings {it} back."
    by_id = f"`ssmtui attach {' '.join(unrecorded)}`"
    if len(unrecorded) == len(sessions):
        return f"The ledger could not be written: {by_id} brings {it} back."
    return f"`ssmtui attach` brings them back, but {len(unrecorded)} that the ledger could not keep: {by_id} does that."


def one(session_id: str, *, unsent: int = 0) -> str:
    """What to say of a single session whose limits are not known, and whose node has not acknowledged ``unsent`` bytes
    that were typed."""
    until = until_when((), datetime.now().astimezone())
    told = f"The session {session_id} stays alive {until}. `ssmtui attach {session_id}` goes on with it."
    if unsent:
        told += " What was typed last may not have reached its node, and is not sent again."
    return told


def _named(titles: Sequence[str]) -> str:
    return ", ".join(map(_name, titles[:NAMED])) + _more(len(titles))


def _more(number: int) -> str:
    return f" and {number - NAMED} more" if number > NAMED else ""


def _it(sessions: Sequence[SessionSnapshot]) -> str:
    return "it" if len(sessions) == 1 else "them"


def _at_most(sessions: Sequence[SessionSnapshot], now: datetime) -> str:
    """When the first of them ends although it is kept alive."""
    left = [session.time_left for session in sessions if session.time_left is not None]
    return f", until {_at(now + timedelta(seconds=min(left)))} at most" if left else ""


def _name(title: str) -> str:
    return inert.line(title, 40)


def _at(moment: datetime) -> str:
    return moment.astimezone().strftime("%H:%M")
