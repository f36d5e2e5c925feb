"""What is said around the tunnels, of the one under the cursor, and before they are stopped. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from ssmtui import inert
from ssmtui.documents.port_forwards import Forward
from ssmtui.errors import SsmtuiError
from ssmtui.forwards.traffic import PERIODS
from ssmtui.forwards.tunnel import TunnelSnapshot, TunnelState
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.pieces import Piece
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.tunnels import amounts
from ssmtui.ui.tunnels.addresses import service_of, url_of
from ssmtui.ui.tunnels.columns import MARKS
from ssmtui.ui.tunnels.rows import SEVERITY, TunnelRow

LABEL_WIDTH = 12
VALUE_LIMIT = 600
HISTORY = PERIODS
"""Periods that the details show: the last minute."""
MOST_LINES = 6
"""Lines that one value is wrapped into."""
NAMED = 6
"""Tunnels that a question names."""

_SHOWN_FIRST = (TunnelState.OPEN, *(state for state in SEVERITY if state is not TunnelState.OPEN))

_MEANINGS = {
    TunnelState.STARTING: "The session is being started; connections wait for it.",
    TunnelState.OPEN: "",
    TunnelState.LOST: "The connection to the node is lost. It resumes by itself; connections wait.",
    TunnelState.RETRYING: "The session could not be started, or has ended. It is started again by itself.",
    TunnelState.IDLE: "The session has ended. The next connection starts another one.",
    TunnelState.FAILED: "",
    TunnelState.CLOSED: "Closed. Nothing listens any more.",
}


def place(tunnel: TunnelSnapshot) -> str:
    """Where it leads to, as a sentence says it."""
    between = "through" if tunnel.forward.host or tunnel.forward.socks else "of"
    return f"{tidy(tunnel.forward.destination, 60)} {between} {tidy(tunnel.title, 40)}"


def heading(rows: Sequence[TunnelRow]) -> list[list[Piece]]:
    """How all of them fare, from the fullest form to the tersest."""
    tunnels = [one for row in rows for one in row.members]
    states = [one.state for one in tunnels]
    title = [Piece(" Tunnels ", Tone.STRONG)]
    if not tunnels:
        return [title]
    told = [
        Piece(f"  {MARKS[state].text} {states.count(state)} {state.value}", MARKS[state].tone)
        for state in sorted(set(states), key=_SHOWN_FIRST.index)
    ]
    connections = sum(one.connections for one in tunnels)
    up, down = sum(one.rate_sent for one in tunnels), sum(one.rate_received for one in tunnels)
    moving = Piece(f"   ↓ {amounts.octets(down)}/s  ↑ {amounts.octets(up)}/s", Tone.ACCENT if up or down else Tone.DIM)
    carried = Piece(f"   {words.count(connections, 'connection')}", Tone.PLAIN if connections else Tone.DIM)
    exposed = sum(one.forward.is_exposed and one.state.live for one in tunnels)
    warning = [Piece(f"   {exposed} exposed", Tone.WARN)] if exposed else []
    return [
        [*title, *told, carried, moving, *warning],
        [*title, *told, moving, *warning],
        [*title, *told, *warning],
        [*title, *told],
    ]


def nothing(*, filtered: bool, stopped: bool, forward_key: str, new_key: str) -> Sequence[Cell]:
    """What an empty list says. The keys open the form of a new tunnel: on a node of the list, and here."""
    if stopped:
        return [
            Cell("The filter was stopped before it had looked at every tunnel", Tone.BAD),
            Cell("/  change it     esc  clear it", Tone.DIM),
        ]
    if filtered:
        return [Cell("No tunnel matches the filter"), Cell("esc  clears it", Tone.DIM)]
    return [
        Cell("There are none.", Tone.STRONG),
        Cell(f"{new_key}  makes one; in the list of nodes {forward_key} makes one to the node", Tone.ACCENT),
        Cell("A saved connection opens those that it forwards:", Tone.DIM),
        Cell('forwards = ["5432:db.internal:5432", "8080:80"]', Tone.DIM),
    ]


# The one under the cursor


def title(row: TunnelRow) -> tuple[str, str]:
    """Its name, and what stands beside that."""
    if row.is_folded:
        return row.group, f"{words.count(len(row.members), 'tunnel')}, folded"
    return row.first.address or "no port yet", _joined((f"leads to {row.first.forward.destination}", row.group))


def brief(row: TunnelRow, now: float, width: int) -> list[Cell]:
    """It in a few lines; ``now`` is in seconds since the epoch. What went wrong is wrapped to ``width`` cells."""
    found = [*_standing(row, width), _traffic(row, width), _connections(row)]
    if not row.is_folded:
        found.append(_address(row.first))
        found.append(_session(row, now))
    return [cell for cell in found if cell.text]


def full(row: TunnelRow, now: float, width: int) -> list[Cell]:
    """All that is known, a line each; what is longer than ``width`` cells is wrapped."""
    if row.is_folded:
        return [*brief(row, now, width), *(_member(one) for one in row.members)]
    one = row.first
    up, down = row.rates
    error = one.error or one.last_error
    labelled = [
        ("state", " ".join(filter(None, (one.state.value, _retry(one))))),
        ("waits for" if one.state.live else "notice", one.notice),
        ("warning", f"{one.warning.title}. {one.warning.detail}" if one.warning is not None else ""),
        ("error" if one.error is not None else "last error", f"{error.title}: {error.detail}" if error else ""),
        ("", error.remedy if error is not None else ""),
        ("listens on", f"{one.address}{', open to other machines' if one.forward.is_exposed else ''}"),
        ("url", url_of(one)),
        ("leads to", tidy(one.forward.destination, 200)),
        ("service", f"{service_of(one.forward).name}, by its port" if service_of(one.forward).name else ""),
        ("node", _joined((one.title, one.target))),
        ("group", one.options.group),
        ("aws profile", (row.scope.aws_profile or "default credentials") if row.scope is not None else ""),
        ("region", row.scope.region if row.scope is not None else ""),
        ("document", one.forward.document),
        ("opened", words.ago(now - one.started) if one.started else ""),
        ("sessions", _sessions(one)),
        ("keep alive", "yes" if one.options.keep_alive else "no: an idle session ends; the next connection starts one"),
        ("user", one.options.database_user),
        ("connections", f"{one.connections:,} open, {one.connections_made:,} so far, {_refused([one])}"),
        ("received", f"{amounts.octets(one.received)}   {amounts.octets(down)}/s"),
        ("sent", f"{amounts.octets(one.sent)}   {amounts.octets(up)}/s"),
        ("last minute", f"↓ {amounts.spark([received for _, received in one.history], HISTORY)}"),
        ("", f"↑ {amounts.spark([sent for sent, _ in one.history], HISTORY)}"),
    ]
    found = []
    for label, value in labelled:
        lines = words.wrap(inert.line(value, VALUE_LIMIT), width - LABEL_WIDTH - 2, MOST_LINES) if value.strip() else []
        for head, line in zip([label, *[""] * (MOST_LINES - 1)], lines, strict=False):
            found.append(Cell(f"{head:<{LABEL_WIDTH}}  {line}", _TONES.get(label, Tone.PLAIN)))
    return found


_TONES = {"error": Tone.BAD, "last error": Tone.WARN, "warning": Tone.WARN, "waits for": Tone.WARN}


def _standing(row: TunnelRow, width: int) -> list[Cell]:
    """What is the matter, and what to do."""
    one = min(row.members, key=lambda member: SEVERITY.index(member.state))
    which = f"{tidy(one.address or one.forward.destination, 40)}: " if row.is_folded else ""
    if one.error is not None:
        return _told(which, one.error, Tone.BAD, width)
    told: list[Cell] = []
    trouble = one.last_error if one.state in (TunnelState.RETRYING, TunnelState.LOST) else None
    if trouble is not None and one.state is TunnelState.RETRYING:
        # What is wrong comes first: on a small screen there are two lines.
        why = f"{which}{trouble.title}: {trouble.detail.rstrip('.')}. {_retry(one)}"
        told += [*_wrapped(why, Tone.WARN, width), *_wrapped(trouble.remedy, Tone.DIM, width)]
    elif meaning := one.notice or _MEANINGS[one.state]:
        tone = Tone.DIM if one.state in (TunnelState.IDLE, TunnelState.CLOSED) else Tone.WARN
        told += _wrapped(" ".join(filter(None, (which + meaning, _retry(one)))), tone, width)
        told += _told("", trouble, Tone.WARN, width) if trouble is not None else []
    if one.warning is not None:
        told += _wrapped(f"Warning (W): {one.warning.title}.", Tone.WARN, width)
    return told


def _told(which: str, error: SsmtuiError, tone: Tone, width: int) -> list[Cell]:
    return [
        *_wrapped(f"{which}{error.title}: {error.detail}", tone, width),
        *_wrapped(error.remedy, Tone.DIM, width),
    ]


def _wrapped(text: str, tone: Tone, width: int) -> list[Cell]:
    return [Cell(line, tone) for line in words.wrap(inert.line(text, VALUE_LIMIT), width, MOST_LINES)]


def _retry(one: TunnelSnapshot) -> str:
    if one.state is not TunnelState.RETRYING or one.retry_in is None:
        return ""
    return f"The next try is in {words.age(one.retry_in)}; r tries now."


def _traffic(row: TunnelRow, width: int) -> Cell:
    up, down = row.rates
    told = f"↓ {amounts.octets(down)}/s, {amounts.octets(row.received)} received"
    told += f"   ↑ {amounts.octets(up)}/s, {amounts.octets(row.sent)} sent"
    moved = amounts.totals(row.history)
    # The latest bars are the last ones: what does not fit must not cut them off.
    room = min(HISTORY, width - len(told) - 3)
    bars = amounts.spark(moved, room).strip() if any(moved) and room > 0 else ""
    return Cell(f"{told}   {bars}".rstrip(), Tone.PLAIN if up or down else Tone.DIM)


def _connections(row: TunnelRow) -> Cell:
    made = sum(one.connections_made for one in row.members)
    refused = any(one.refused for one in row.members)
    restarts = sum(one.restarts for one in row.members)
    parts = [
        f"{words.count(row.connections, 'connection')} open",
        f"{made:,} so far",
        _refused(row.members) if refused else "",
        words.count(row.sessions, "session") if row.is_live else "",
        f"started anew {words.count(restarts, 'time')}" if restarts else "",
    ]
    return Cell(_joined(parts), Tone.DIM)


def _refused(tunnels: Sequence[TunnelSnapshot]) -> str:
    """How many connections had no way through. A client of a proxy is given a refusal, others see a reset."""
    word = "refused" if all(one.forward.socks for one in tunnels) else "reset"
    return f"{sum(one.refused for one in tunnels):,} {word}"


def _address(one: TunnelSnapshot) -> Cell:
    url, service = url_of(one), service_of(one.forward)
    parts = [url, service.name if url or service.name else ""]
    if service.scheme == "https" and one.forward.host:
        parts.append(f"its certificate is for {tidy(one.forward.host, 60)}")
    if one.forward.is_exposed:
        parts.append("other machines may connect")
    return Cell(_joined(parts), Tone.WARN if one.forward.is_exposed else Tone.DIM)


def _session(row: TunnelRow, now: float) -> Cell:
    one = row.first
    scope = _joined(((row.scope.aws_profile or ""), row.scope.region)) if row.scope is not None else ""
    return Cell(_joined((f"through {one.title}", one.target, scope, one.options.group, _since(one, now))), Tone.DIM)


def _sessions(one: TunnelSnapshot) -> str:
    wanted = words.count(one.options.sessions, "session") if one.options.sessions else "as many as the load needs"
    return f"{one.sessions:,} now; {wanted}"


def _since(one: TunnelSnapshot, now: float) -> str:
    return f"opened {words.ago(now - one.started)}" if one.started else ""


def _member(one: TunnelSnapshot) -> Cell:
    mark = MARKS[one.state]
    return Cell(f"{mark.text} {one.address or '-':<22} {place(one)}", mark.tone)


def _joined(parts: Sequence[str]) -> str:
    return " · ".join(tidy(part, 120) for part in parts if part)


# Questions


def stopping(tunnels: Sequence[TunnelSnapshot], verb: str) -> tuple[str, list[str]]:
    """Whether to stop these, or start them anew, as ``verb`` says; and what that costs."""
    one = tunnels[0]
    what = tidy(one.address or place(one), 40) if len(tunnels) == 1 else words.count(len(tunnels), "tunnel")
    lines = words.indented(tunnels, NAMED, _line) if len(tunnels) > 1 else [f"It leads to {place(one)}."]
    connections = sum(each.connections for each in tunnels)
    if connections:
        lines.append(f"{words.count(connections, 'open connection')} will be reset.")
    return f"{verb} {what}?", lines


def _line(one: TunnelSnapshot) -> str:
    carried = f", {words.count(one.connections, 'connection')}" if one.connections else ""
    return f"{one.address or '-'}, which leads to {place(one)}{carried}"


def exposure(listened: Sequence[str]) -> tuple[str, list[str]]:
    """Whether to let other machines connect, and what that means. ``listened`` says of each tunnel where it listens and
    where it leads."""
    these = "this tunnel" if len(listened) == 1 else f"these {len(listened)} tunnels"
    meaning = (
        "Every machine that reaches this one can connect, without a password, and reaches the destination with your "
        "access to the node."
    )
    return f"Let other machines connect to {these}?", [*words.indented(listened, NAMED, str), meaning]


def listening(forward: Forward) -> str:
    """Where a forward would listen, and where it leads."""
    host = f"[{forward.bind}]" if ":" in forward.bind else forward.bind
    port = forward.port if forward.local is None else forward.local
    where = f"{host}:{port}" if port else f"{host}, on any free port,"
    return f"{where} leads to {tidy(forward.destination, 50)}"
