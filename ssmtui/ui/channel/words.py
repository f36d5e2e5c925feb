"""What the screen says of a channel and its events. Pure functions of the snapshot and the log."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.sessions.channel_log import ChannelEvent, ChannelLog, EventKind
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.panes import words as session_words

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_TOLD = 1000
"""Characters of an error's sentence: the pane itself may have room for less."""
TONES = {
    EventKind.STEP: Tone.PLAIN,
    EventKind.GOOD: Tone.GOOD,
    EventKind.TROUBLE: Tone.WARN,
    EventKind.BAD: Tone.BAD,
    EventKind.END: Tone.STRONG,
}
"""How what happened is drawn."""


def heading(snapshot: SessionSnapshot, log: ChannelLog, now: float) -> list[Cell]:
    """What is worth knowing beside the events: which session it is, since when or from when to when, by which agent,
    and how it ended. ``now`` is wall time, in seconds since the epoch."""
    identity = " · ".join(filter(None, [*session_words.what(snapshot)[:3], snapshot.session_id]))
    lines = [Cell(identity, Tone.STRONG), Cell(_course(snapshot, now), Tone.DIM)]
    if agent := _agent(snapshot):
        lines.append(Cell(agent, Tone.DIM))
    lines += session_words.ended_why(snapshot)
    if snapshot.error is not None:
        told = (snapshot.error.title, Tone.BAD), (snapshot.error.detail, Tone.PLAIN), (snapshot.error.remedy, Tone.DIM)
        lines += [Cell(inert.line(text, MOST_TOLD), tone) for text, tone in told if text]
    if snapshot.notice:
        lines.append(Cell(inert.line(snapshot.notice, MOST_TOLD), Tone.WARN))
    if not log.count:
        return [*lines, Cell(""), Cell("Nothing has happened to its channel yet.", Tone.DIM)]
    kept = len(log.events)
    shown = words.count(kept, "event") if kept == log.count else f"The last {kept} of {words.count(log.count, 'event')}"
    return [*lines, Cell(""), Cell(f"{shown}, the latest first", Tone.DIM)]


def _course(snapshot: SessionSnapshot, now: float) -> str:
    """When it began, came here and ended, as far as is known."""
    parts = []
    if snapshot.started_at is not None:
        parts.append(f"started at {words.moment(snapshot.started_at, now)}")
    if snapshot.taken_over is not None:
        parts.append(f"taken over at {words.moment(snapshot.taken_over, now)}")
    if snapshot.ended_at is None:
        since = snapshot.started_at if snapshot.started_at is not None else snapshot.taken_over
        ago = [] if since is None else [f"{words.lasting(now - since)} ago"]
        text = ", ".join([*parts[:1], *ago, *parts[1:]]) or "not started yet"
    else:
        verb = "tried" if not parts else "detached" if snapshot.left_alive else "ended"
        after = f" after {words.lasting(snapshot.lasted)}" if snapshot.lasted is not None else ""
        text = ", ".join([*parts, f"{verb} at {words.moment(snapshot.ended_at, now)}{after}"])
    return text[0].upper() + text[1:]


def _agent(snapshot: SessionSnapshot) -> str:
    times = {0: "never resumed", 1: "resumed once"}
    resumed = times.get(snapshot.resumes, f"resumed {snapshot.resumes:,} times")
    facts = [
        f"agent {inert.line(snapshot.agent_version, 30)}" if snapshot.agent_version else "",
        inert.line(snapshot.session_type, 40),
        "encrypted" if snapshot.encrypted else "",
        resumed if snapshot.session_id else "",
        f"round trip {snapshot.round_trip * 1000:.0f} ms" if snapshot.round_trip is not None else "",
    ]
    told = ", ".join(filter(None, facts))
    return told[:1].upper() + told[1:]


def when(event: ChannelEvent, now: float) -> str:
    """The time of an event, in local time."""
    return words.moment(event.at, now, seconds=True)


def more(event: ChannelEvent, now: float) -> str:
    """What is said of an event beside what happened: how often, and why."""
    times = f"{event.times:,} times since {words.moment(event.since, now, seconds=True)}" if event.times > 1 else ""
    return " · ".join(filter(None, (times, event.detail)))


def text(snapshot: SessionSnapshot, log: ChannelLog, now: float) -> str:
    """All of it as text, to be copied: full dates, because it is read elsewhere and later."""
    return "\n".join([*(cell.text for cell in heading(snapshot, log, now)), *map(_line, reversed(log.events))])


def _line(event: ChannelEvent) -> str:
    times = f"{event.times:,} times since {_date(event.since)}" if event.times > 1 else ""
    return ": ".join(filter(None, (f"{_date(event.at)} {event.what}", ", ".join(filter(None, (times, event.detail))))))


def _date(at: float) -> str:
    try:
        return datetime.fromtimestamp(at).astimezone().isoformat(" ", "seconds")
    except (OverflowError, OSError, ValueError):
        return "?"


def widest(events: Sequence[ChannelEvent], now: float) -> int:
    """Cells of the longest time."""
    return max((len(when(event, now)) for event in events), default=0)
