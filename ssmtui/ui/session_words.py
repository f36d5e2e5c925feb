"""What the screen says of a session: its line, its progress, its end. Pure functions of the snapshot."""

from __future__ import annotations

from ssmtui import inert
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.ui import words
from ssmtui.ui.columns import Cell
from ssmtui.ui.tones import Tone

SLOW_ROUND_TRIP = 0.5
"""Seconds from which a round trip is worth a warning."""

MUCH_UNACKNOWLEDGED = 4096
"""Bytes that the node has not confirmed, from which typing outruns it."""

DEFAULT_SHELL = "default shell"

_S = SessionState
_STATES = {
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
}
_STEPS = (
    (_S.STARTING, "Systems Manager starts the session"),
    (_S.CONNECTING, "The data channel opens"),
    (_S.WAITING, "The agent on the node answers"),
)


def node_name(snapshot: SessionSnapshot) -> str:
    """The node as its pane calls it."""
    label = snapshot.node.label if snapshot.node else snapshot.request.target
    return inert.line(label, 60)


def what(snapshot: SessionSnapshot) -> list[str]:
    """Node, document, reason: the most telling first."""
    request = snapshot.request
    parts = [node_name(snapshot), inert.line(request.document_name or DEFAULT_SHELL, 60)]
    if request.reason:
        parts.append(f"“{inert.line(request.reason, 60)}”")
    if snapshot.node and snapshot.node.name:
        parts.insert(1, inert.line(snapshot.node.id, 60))
    return parts


def facts(snapshot: SessionSnapshot, scrolled_back: int) -> list[Cell]:
    """How the session goes: where the view is, what is under way, round trip, state."""
    found: list[Cell] = []
    if scrolled_back:
        found.append(Cell(f"↑ {words.count(scrolled_back, 'line')}", Tone.WARN))
    if snapshot.unacknowledged_bytes:
        much = snapshot.unacknowledged_bytes > MUCH_UNACKNOWLEDGED
        kept = "kept" if snapshot.state.cut_off else "unacked"
        found.append(Cell(f"{words.size(snapshot.unacknowledged_bytes)} {kept}", Tone.WARN if much else Tone.DIM))
    if snapshot.round_trip is not None and snapshot.state is _S.OPEN:
        slow = snapshot.round_trip > SLOW_ROUND_TRIP
        found.append(Cell(f"{snapshot.round_trip * 1000:.0f} ms", Tone.WARN if slow else Tone.DIM))
    if snapshot.encrypted:
        found.append(Cell("encrypted", Tone.GOOD))
    return [*found, _STATES[snapshot.state]]


def progress(snapshot: SessionSnapshot) -> list[Cell]:
    """The steps on the way to an open session, and what holds it up; nothing once it is open or over."""
    states = [state for state, _ in _STEPS]
    if snapshot.state not in states:
        return []
    reached = states.index(snapshot.state)
    lines = [Cell("")]
    for place, (_, text) in enumerate(_STEPS):
        if place < reached:
            lines.append(Cell(f"   ✓ {text}", Tone.GOOD))
        elif place == reached:
            lines.append(Cell(f"   ● {text} …", Tone.STRONG))
        else:
            lines.append(Cell(f"   · {text}", Tone.DIM))
    if snapshot.notice:
        lines += [Cell(""), Cell(f"   {inert.line(snapshot.notice, 200)}", Tone.WARN)]
    if snapshot.read_only:
        return lines
    return [*lines, Cell(""), Cell("   What you type now is kept until then.", Tone.DIM)]


def ending(snapshot: SessionSnapshot) -> list[Cell]:
    """Why the session is over, without its error; nothing while it lives."""
    if snapshot.live:
        return []
    exit_words = "" if snapshot.exit_code is None else f" with status {snapshot.exit_code}"
    head = f"The session is over{exit_words}" if snapshot.session_id else f"No session on {node_name(snapshot)}"
    # An error that came as the reason has its own lines.
    told = snapshot.error is not None and snapshot.error.detail == snapshot.end_reason
    reasons = [] if told else [inert.line(line, 200) for line in snapshot.end_reason.splitlines() if line.strip()]
    return [Cell(head, Tone.STRONG), *(Cell(line, Tone.PLAIN) for line in reasons[:4])]
