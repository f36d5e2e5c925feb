"""The columns of tunnels: what each shows, and how wide it is. Pure functions."""

from __future__ import annotations

from ssmtui.forwards.tunnel import TunnelState
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.table.columns import NOTHING, CellOf, ColumnFacts, ColumnSet, ColumnShape
from ssmtui.ui.tunnels import amounts
from ssmtui.ui.tunnels.rows import TUNNEL_ROWS, TunnelRow

BARS = 15
"""Bars of the column, one for each of the last periods."""

MARKS = {
    TunnelState.STARTING: Cell("◌", Tone.WARN),
    TunnelState.OPEN: Cell("●", Tone.GOOD),
    TunnelState.LOST: Cell("◍", Tone.BAD),
    TunnelState.RETRYING: Cell("◌", Tone.BAD),
    TunnelState.IDLE: Cell("○", Tone.ACCENT),
    TunnelState.FAILED: Cell("✕", Tone.BAD),
    TunnelState.CLOSED: Cell("■", Tone.DIM),
}


def state(row: TunnelRow, facts: ColumnFacts) -> Cell:
    """Where it stands; of a group how many stand there."""
    mark, word = MARKS[row.state], row.state.value
    if row.is_folded:
        return Cell(f"{mark.text} {sum(one.state is row.state for one in row.members)} {word}", mark.tone)
    if row.state is TunnelState.RETRYING and row.first.retry_in is not None:
        return Cell(f"{mark.text} in {words.age(row.first.retry_in)}", mark.tone)
    return Cell(f"{mark.text} {word}", mark.tone)


def local(row: TunnelRow, facts: ColumnFacts) -> Cell:
    """What is listened on, with a warning where other machines may connect."""
    if row.is_folded:
        return Cell(words.count(len(row.members), "tunnel"), Tone.DIM)
    if not row.first.address:
        return NOTHING
    return Cell(
        row.first.address, Tone.WARN if row.first.forward.is_exposed else Tone.STRONG if row.is_live else Tone.PLAIN
    )


def leads(row: TunnelRow, facts: ColumnFacts) -> Cell:
    """The destination; of a group its name."""
    return Cell(tidy(row.group), Tone.STRONG) if row.is_folded else Cell(tidy(row.first.forward.destination))


def name(row: TunnelRow, facts: ColumnFacts) -> Cell:
    """The node, or how many there are."""
    nodes = row.nodes
    return Cell(tidy(nodes[0])) if len(nodes) == 1 else Cell(words.count(len(nodes), "node"))


def group(row: TunnelRow, facts: ColumnFacts) -> Cell:
    """What it belongs to."""
    return Cell(tidy(row.group), Tone.DIM)


def connections(row: TunnelRow, facts: ColumnFacts) -> Cell:
    """Open ones."""
    return Cell(f"{row.connections:>4}", Tone.PLAIN if row.connections else Tone.DIM)


def rate(row: TunnelRow, facts: ColumnFacts) -> Cell:
    """Bytes a second each way: what comes, what goes."""
    up, down = row.rates
    if not up and not down:
        return NOTHING if row.is_live else Cell("")
    text = f"↓{amounts.brief_rate(down):>5} ↑{amounts.brief_rate(up):>5}"
    return Cell(text)


def bars(row: TunnelRow, facts: ColumnFacts) -> Cell:
    """Both ways together."""
    moved = amounts.totals(row.history)[-BARS:]
    return Cell(amounts.spark(moved, BARS), Tone.GOOD if any(moved) else Tone.FAINT)


def error(row: TunnelRow, facts: ColumnFacts) -> Cell:
    """What went wrong last; one that is over it is grey."""
    text = tidy(TUNNEL_ROWS.fields["error"].text(row))
    return Cell(text, Tone.BAD if any(one.error is not None for one in row.members) else Tone.DIM)


def started(row: TunnelRow, facts: ColumnFacts) -> Cell:
    """How long ago it was opened."""
    if not row.first.started:
        return NOTHING
    return Cell(words.age(facts.now.timestamp() - row.first.started))


def right_aligned(name: str, width: int) -> CellOf[TunnelRow]:
    """A cell with a number."""
    text = TUNNEL_ROWS.fields[name].text
    return lambda row, facts: Cell(text(row).rjust(width))


_CELLS: dict[str, CellOf[TunnelRow]] = {
    "state": state,
    "local": local,
    "leads": leads,
    "name": name,
    "group": group,
    "connections": connections,
    "rate": rate,
    "traffic": bars,
    "error": error,
    "started": started,
    **{
        each: right_aligned(each, 8)
        for each in ("received", "sent", "bytes", "sessions", "made", "restarts", "refused")
    },
}

_SHAPES = {
    "local": ColumnShape(16, 20, 0),
    "state": ColumnShape(10, 11, 0.5),
    "leads": ColumnShape(18, 64, 1),
    "name": ColumnShape(10, 16, 2),
    "connections": ColumnShape(4, 5, 3.5),
    "rate": ColumnShape(13, 13, 3),
    "traffic": ColumnShape(BARS, BARS, 4),
    "group": ColumnShape(10, 14, 5),
    "received": ColumnShape(8, 8, 6),
    "sent": ColumnShape(8, 8, 6.1),
    "bytes": ColumnShape(8, 8, 6),
    "service": ColumnShape(12, 30, 7),
    "error": ColumnShape(30, 80, 8),
    "started": ColumnShape(7, 8, 7),
    "sessions": ColumnShape(8, 8, 6.5),
    "made": ColumnShape(8, 8, 9),
    "restarts": ColumnShape(8, 8, 9),
    "refused": ColumnShape(8, 8, 9),
    "target": ColumnShape(19, 24, 9),
    "url": ColumnShape(20, 40, 9),
}

TUNNEL_COLUMNS: ColumnSet[TunnelRow] = ColumnSet(
    TUNNEL_ROWS,
    cells=_CELLS,
    shapes=_SHAPES,
    # Not more: what a wide screen has room for is better spent on where each leads to, whose names are long.
    default=("state", "local", "leads", "name", "connections", "rate", "traffic", "group", "error"),
    aging=frozenset({"started"}),
    is_greyed=lambda row: row.state is TunnelState.CLOSED,
)
"""Those of the list of tunnels."""
