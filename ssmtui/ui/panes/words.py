"""What the screen says of a session: its line, its progress, its end. Pure functions of the snapshot."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

from rich.cells import cell_len

from ssmtui import inert
from ssmtui.model import PaneOptions
from ssmtui.sessions.activity import WORTH_DONE, Activity
from ssmtui.sessions.clocks import LITTLE_LEFT, warned_at
from ssmtui.sessions.end_cause import EndCause
from ssmtui.sessions.paste import PasteProgress
from ssmtui.sessions.snapshots import SessionMemory, SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.terminal.marks import Shape
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import DEFAULT_SHELL
from ssmtui.ui.terminals.facts import FOLLOWING, ViewFacts
from ssmtui.ui.terminals.words import matches

if TYPE_CHECKING:
    from ssmtui.ui.panes.broadcast import Broadcast

SLOW_ROUND_TRIP = 0.5
"""Seconds from which a round trip is worth a warning."""

MUCH_UNACKNOWLEDGED = 4096
"""Bytes that the node has not confirmed, from which typing outruns it."""

WIDE = 100
"""Cells of a pane's line from which it tells what is only good to know."""

MIDDLING = 60
"""Cells of a pane's line from which it says why the session is left out of a broadcast."""

DAYS = 7
"""Days ahead from which a day is named by its date."""

NARROW = 40
"""Cells below which a sign stands for a word."""

NAME_ROOM, LONG_NAME = 12, 26
"""Cells of a line that are left to the node's name where its length does not matter, and at most."""


LASTING = (Activity.RUNNING, Activity.SILENT)
"""Activities of which the line says for how long."""

_S = SessionState
_STATES = {
    _S.AWAITING_APPROVAL: Cell("awaiting approval", Tone.WARN),
    _S.STARTING: Cell("starting", Tone.WARN),
    _S.CONNECTING: Cell("connecting", Tone.WARN),
    _S.WAITING: Cell("waiting", Tone.WARN),
    _S.OPEN: Cell("open", Tone.GOOD),
    _S.LOST: Cell("lost", Tone.BAD),
    _S.RESUMING: Cell("resuming", Tone.WARN),
    _S.SIGNED_OUT: Cell("sign in", Tone.BAD),
    _S.CLOSING: Cell("closing", Tone.WARN),
    _S.ENDED: Cell("ended", Tone.DIM),
    _S.FAILED: Cell("failed", Tone.BAD),
    _S.DETACHED: Cell("detached", Tone.ACCENT),
}
_LEFT: dict[EndCause | None, tuple[str, str]] = {
    EndCause.LEFT: ("The session is detached", "It goes on at AWS until its idle timeout, and can be attached again."),
    EndCause.TAKEN: ("Another client has taken the session over", "It goes on there, and can be taken back."),
}
_NOT_TAKEN = ("The session was not taken over", "It goes on at AWS as before.")
"""What is said of sessions that go on without this client."""
_CAUSES = {
    EndCause.PERSON: "You ended it.",
    EndCause.CLOSED: "Its shell exited or was terminated.",
}
"""What is said of an end for which nobody has given a reason."""
_MODES = {
    None: "COPY",
    Shape.CHARACTER: "COPY characters",
    Shape.WORD: "COPY words",
    Shape.LINE: "COPY lines",
    Shape.BLOCK: "COPY block",
}
_APPROVAL = ((_S.AWAITING_APPROVAL, "Somebody approves the access"),)
_STEPS = (
    (_S.STARTING, "Systems Manager starts the session"),
    (_S.CONNECTING, "The data channel opens"),
    (_S.WAITING, "The agent on the node answers"),
)
_TAKING = (
    (_S.STARTING, "Systems Manager lets the session be taken over"),
    (_S.CONNECTING, "The data channel opens"),
    (_S.WAITING, "It is found where its input and output stand"),
)


def node_name(snapshot: SessionSnapshot) -> str:
    """The node as its pane calls it."""
    label = snapshot.node.label if snapshot.node else snapshot.request.target
    return inert.line(label, 60)


def what(snapshot: SessionSnapshot) -> list[str]:
    """Node, document, reason, and what the remote program calls its window: the most telling first."""
    request = snapshot.request
    parts = [node_name(snapshot), inert.line(request.document_name or DEFAULT_SHELL, 60)]
    if request.reason:
        parts.append(f"“{inert.line(request.reason, 60)}”")
    if snapshot.node and snapshot.node.name:
        parts.insert(1, inert.line(snapshot.node.id, 60))
    if snapshot.terminal_title:
        parts.append(f"‹{inert.line(snapshot.terminal_title, 60)}›")
    return parts


def facts(
    snapshot: SessionSnapshot, view: ViewFacts = FOLLOWING, width: int = WIDE, *, name_room: int = NAME_ROOM
) -> list[Cell]:
    """How the session goes: where the view is, what is under way, how long it may last, round trip, state. ``width`` is
    that of the whole line, of which ``name_room`` cells are left to the node's name: what is least important goes first
    where it is narrow, a state that needs somebody never."""
    found: list[tuple[int, Cell]] = [(2, cell) for cell in looking(view)]
    if snapshot.is_recorded:
        found.append((1, Cell("● recording", Tone.BAD)))
    if snapshot.watch:
        found.append((5, Cell("watched", Tone.ACCENT)))
    if snapshot.clipboard is not None:
        found.append((1, Cell("wants your clipboard", Tone.NOTICE)))
    if snapshot.paste is not None:
        found.append((1, _pasting(snapshot, snapshot.paste)))
    elif snapshot.unacknowledged_bytes:
        much = snapshot.unacknowledged_bytes > MUCH_UNACKNOWLEDGED
        kept = "kept" if snapshot.state.cut_off else "unacked"
        text = f"{words.size(snapshot.unacknowledged_bytes)} {kept}"
        found.append((4, Cell(text, Tone.WARN if much else Tone.DIM)))
    left, access = _time_left(snapshot), access_window(snapshot)
    # Of two clocks that run for long, the one of the access is seldom known otherwise, and the reason needs its room.
    if left is not None and (left.tone is Tone.WARN or (width >= WIDE and not snapshot.notice and access is None)):
        found.append((3 if left.tone is Tone.WARN else 7, left))
    if access is not None:
        found.append((3 if access.tone is Tone.WARN else 5, access))
    if snapshot.round_trip is not None and snapshot.state is _S.OPEN:
        slow = snapshot.round_trip > SLOW_ROUND_TRIP
        found.append((6, Cell(f"{snapshot.round_trip * 1000:.0f} ms", Tone.WARN if slow else Tone.DIM)))
    if snapshot.kept_alive:
        found.append((8, Cell("kept alive", Tone.DIM)))
    if snapshot.encrypted:
        found.append((5, Cell("encrypted", Tone.GOOD)))
    if (cell := doing(snapshot)) is not None:
        found.append((1 if cell.tone is not Tone.DIM else 4, cell))
    found.append((5 if snapshot.state is _S.OPEN else 0, _state(snapshot)))
    while found and sum(cell_len(cell.text) + 2 for _, cell in found) > width - name_room:
        least = max(found, key=lambda ranked: ranked[0])
        if not least[0]:
            break
        found.remove(least)
    return [cell for _, cell in found]


def doing(snapshot: SessionSnapshot) -> Cell | None:
    """What the session is doing, where that is worth a word: nothing at a prompt. It changes with time."""
    activity, code, took = snapshot.activity, snapshot.doing.code, snapshot.doing.took
    if snapshot.state is not _S.OPEN:
        return None
    match activity:
        case Activity.RUNNING | Activity.SILENT:  # LASTING
            tone = Tone.DIM if activity is Activity.RUNNING else Tone.WARN
            return Cell(f"{activity.value} {words.age(snapshot.doing_for)}", tone)
        case Activity.INPUT | Activity.PASSWORD:
            return Cell(activity.value, Tone.NOTICE)
        case Activity.DONE:
            end = activity.value if code is None else f"exit {code}"
            after = f" after {words.age(took)}" if took >= WORTH_DONE else ""
            return Cell(end + after, Tone.BAD if code else Tone.DIM)
    return None


def _state(snapshot: SessionSnapshot) -> Cell:
    """The word for its state."""
    if snapshot.is_being_taken_over and snapshot.state in (_S.STARTING, _S.CONNECTING, _S.WAITING):
        return Cell("taking over", Tone.WARN)
    return _STATES[snapshot.state]


def going(snapshot: SessionSnapshot) -> str:
    """How the session goes, in a word or a few: what it is doing where that is known, else its state."""
    cell = doing(snapshot)
    if cell is not None:
        return cell.text
    at_prompt = snapshot.state is _S.OPEN and snapshot.activity in (Activity.PROMPT, Activity.DONE)
    return Activity.PROMPT.value if at_prompt else _state(snapshot).text


def warning(keys: str) -> str:
    """That there is something to read, and what is typed to do so."""
    return f" Policy warning: {keys or ':warning'} "


def guarded(snapshot: SessionSnapshot, width: int) -> str:
    """The word for a session to be careful with, and why where there is room; nothing for others."""
    why = snapshot.request.options.guarded
    if not why:
        return ""
    return f"GUARDED {inert.line(why, 30)}" if width >= WIDE else "GUARDED"


def cut_off(snapshot: SessionSnapshot) -> str:
    """Why nothing moves, in a line, where the session has no connection now; else empty."""
    if not snapshot.state.cut_off:
        return ""
    return inert.line(f" {node_name(snapshot)}: {snapshot.notice or _STATES[snapshot.state].text} ", 200)


def looking(view: ViewFacts) -> list[Cell]:
    """Where the view is, and what is marked in it; nothing for one that follows the output."""
    found = []
    if view.copying:
        found.append(Cell(" ".join(filter(None, [_MODES[view.shape], view.pending])), Tone.NOTICE))
    if view.found is not None:
        found.append(matches(view.found))
    if view.below:
        new = f", {view.new:,} new" if view.new else ""
        found.append(Cell(f"↓ {words.count(view.below, 'line')} below{new}", Tone.WARN))
    return found


def _pasting(snapshot: SessionSnapshot, paste: PasteProgress) -> Cell:
    if snapshot.state is not _S.OPEN:
        return Cell(f"paste waits at {paste.percent} %", Tone.WARN)
    stop = "  ^C stops it" if paste.waiting else ""
    return Cell(f"pasting {paste.percent} %{stop}", Tone.ACCENT)


def _time_left(snapshot: SessionSnapshot) -> Cell | None:
    """The clock that runs out first: a warning where little is left, by the minutes or by its own measure."""
    if not snapshot.clocks:
        return None
    left, limit, is_idle = min(snapshot.clocks)
    before = "idle " if is_idle else ""
    little = left < warned_at(limit)
    return Cell(f"{before}{words.age(left)} left", Tone.WARN if little else Tone.DIM)


def access_window(snapshot: SessionSnapshot) -> Cell | None:
    """Until when approved access lasts, in local time; nothing where that is not known. It changes once a minute at
    most."""
    if snapshot.access_until is None or snapshot.access_left is None:
        return None
    left = snapshot.access_left
    if left <= 0:
        again = "" if snapshot.live else "; request it again"
        return Cell(f"access ended{again}", Tone.WARN)
    if left <= LITTLE_LEFT:
        return Cell(f"access ends in {math.ceil(left / words.MINUTE)} min", Tone.WARN)
    end = snapshot.access_until.astimezone()
    today = (end - timedelta(seconds=left)).date()
    day = "" if end.date() == today else f"{end:%a} " if (end.date() - today).days < DAYS else f"{end:%d %b} "
    return Cell(f"access until {day}{end:%H:%M}", Tone.DIM)


def progress(snapshot: SessionSnapshot) -> list[Cell]:
    """The steps on the way to an open session, and what holds it up; nothing once it is open or over."""
    asked = snapshot.access_request or snapshot.state is _S.AWAITING_APPROVAL
    steps = _TAKING if snapshot.is_being_taken_over else _APPROVAL + _STEPS if asked else _STEPS
    states = [state for state, _ in steps]
    if snapshot.state not in states:
        return []
    reached = states.index(snapshot.state)
    lines = [Cell("")]
    for place, (_, text) in enumerate(steps):
        if place < reached:
            lines.append(Cell(f"   ✓ {text}", Tone.GOOD))
        elif place == reached:
            lines.append(Cell(f"   ● {text} …", Tone.STRONG))
        else:
            lines.append(Cell(f"   · {text}", Tone.DIM))
    if snapshot.notice:
        lines += [Cell(""), Cell(f"   {inert.line(snapshot.notice, 200)}", Tone.WARN)]
    if snapshot.state is _S.AWAITING_APPROVAL:
        return lines + _awaiting(snapshot)
    if not snapshot.accepts_input:
        return lines
    return [*lines, Cell(""), Cell("   What you type now is kept until then.", Tone.DIM)]


def _awaiting(snapshot: SessionSnapshot) -> list[Cell]:
    """For how long approval is waited for, whom to tell, and what ends it."""
    if not snapshot.access_request:
        return []
    asked = "" if snapshot.access_waits is None else f"Asked {words.ago(snapshot.access_waits)}, b"
    texts = [
        f"{asked or 'B'}ecause “{inert.line(snapshot.access_reason, 60)}”.",
        f"Give your approvers {inert.line(snapshot.access_request, 40)}: it is in Systems Manager's console,",
        "under Manage node access, Access requests.",
        "",
        "Once it is approved the session starts by itself. The waiting ends when it is",
        "rejected or expires, and when this tab is closed.",
    ]
    return [Cell(""), *(Cell(f"   {text}", Tone.DIM) for text in texts)]


def ending(snapshot: SessionSnapshot) -> list[Cell]:
    """Why the session is over, without its error, and when that was; nothing while it lives."""
    when = ended_when(snapshot)
    return [*ended_why(snapshot), *([Cell(when, Tone.DIM)] if when else [])]


def ended_why(snapshot: SessionSnapshot) -> list[Cell]:
    """Why the session is over, without its error; nothing while it lives."""
    if snapshot.live:
        return []
    if snapshot.left_alive:
        head, reason = _LEFT.get(snapshot.end_cause, _NOT_TAKEN)
        return [Cell(head, Tone.STRONG), Cell(reason, Tone.PLAIN)]
    exit_words = "" if snapshot.exit_code is None else f" with status {snapshot.exit_code}"
    head = f"The session is over{exit_words}" if snapshot.session_id else f"No session on {node_name(snapshot)}"
    # An error that came as the reason has its own lines.
    told = snapshot.error is not None and snapshot.error.detail == snapshot.end_reason
    reasons = [] if told else [inert.line(line, 200) for line in snapshot.end_reason.splitlines() if line.strip()]
    if not reasons and snapshot.end_cause in _CAUSES and snapshot.exit_code is None:
        reasons = [_CAUSES[snapshot.end_cause]]
    return [Cell(head, Tone.STRONG), *(Cell(line, Tone.PLAIN) for line in reasons[:4])]


def ended_when(snapshot: SessionSnapshot) -> str:
    """When the session ended, in local time, and how long it had lasted; empty while it lives. It changes with
    time."""
    if snapshot.live or snapshot.ended_at is None:
        return ""
    now = snapshot.ended_at + snapshot.ended_for
    after = f", after {words.lasting(snapshot.lasted)}" if snapshot.lasted is not None else ""
    if snapshot.left_alive:
        verb = "Detached" if snapshot.end_cause in _LEFT else "Tried"
    else:
        verb = "Ended" if snapshot.session_id else "Tried"
    return f"{verb} at {words.moment(snapshot.ended_at, now)}, {words.ago(snapshot.ended_for)}{after}"


def memory(told: SessionMemory) -> str:
    """What a session's scrollback takes."""
    kept = (
        f"{words.count(told.lines, 'line')} kept above the screen, {words.size(told.size)} before they are compressed"
    )
    process = f"; the terminals of all sessions take {words.size(told.process)}" if told.process else ""
    return kept + process


def failed_at_start(session: SessionSnapshot) -> bool:
    """Whether the service refused to start it, so that the request itself may be wrong."""
    return session.state is SessionState.FAILED and not session.session_id


def broadcasting(broadcast: Broadcast, session: int, width: int) -> Cell | None:
    """The part of ``session`` in the broadcast, for a line of ``width`` cells; None where it has none."""
    member = broadcast.members.get(session)
    if member is None:
        return None
    if member.absence is None:
        count = f"{'BROADCAST' if width >= NARROW else '»'} {len(broadcast.present)}"
        return Cell(f"DIFFERS · {count}" if member.differs else count, Tone.DANGER)
    why = member.absence.value if width >= MIDDLING else ""
    missed = f"{words.count(member.missed, 'key')} missed" if member.missed and width >= WIDE else ""
    return Cell(": ".join(filter(None, ("LEFT OUT", ", ".join(filter(None, (why, missed)))))), Tone.NOTICE)


def keeps_line(options: PaneOptions, *, read_only: bool) -> bool:
    """Whether a pane keeps its own line where others have none: it says what must not be overlooked."""
    return bool(options.guarded or read_only)


def speaks_up(session: SessionSnapshot) -> bool:
    """Whether a line that is hidden has something to say, for which it is shown over the first row of the terminal."""
    wants = session.notice or session.warning or session.clipboard or session.paste
    return session.state is not SessionState.OPEN or bool(wants)


def frame_of(session: SessionSnapshot) -> str:
    """How a session is set off from others: ``guarded`` before all, then the colour of its profile, then that of its
    account, or nothing."""
    options = session.request.options
    return "guarded" if options.guarded else options.color or options.account_color
