"""What the start form says of the tunnel that a Port document makes. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ssmtui.documents import port_documents
from ssmtui.documents.port_documents import PortUse
from ssmtui.errors import DocumentError
from ssmtui.loopback import LOOPBACK
from ssmtui.model import SessionDocument
from ssmtui.ui.look.cells import Cell, tidy
from ssmtui.ui.look.tones import Tone

NOTHING: Sequence[Cell] = ()


def use_now(document: SessionDocument | None, parameters: Mapping[str, tuple[str, ...]]) -> PortUse | None:
    """The tunnel that ``document`` makes of what is entered; None while it makes none."""
    if document is None or not port_documents.is_port(document):
        return None
    try:
        return port_documents.use_of(document, parameters)
    except DocumentError:
        return None  # its fields say what is wrong, or the try to start it does


def lines(use: PortUse | None, taken: int | None = None) -> Sequence[Cell]:
    """Where it leads; ``taken`` is a local port that another program has."""
    if use is None:
        return NOTHING
    forward, told = use.forward, []
    if forward.local:
        here = f"{LOOPBACK}:{forward.local}"
    elif forward.port and forward.local is None:
        here = f"{LOOPBACK}:{forward.port}, or a free port,"
    else:
        here = f"a free port of {LOOPBACK}"
    told.append(Cell(f"{here} leads to {tidy(forward.destination, 60)}", Tone.ACCENT))
    if taken is not None and taken == forward.local:
        told.append(Cell(f"port {taken} is taken on this machine", Tone.WARN))
    if use.one_connection:
        told.append(Cell("Each of its sessions carries one connection, and ends with it.", Tone.DIM))
    return [*told, *(Cell(note, Tone.DIM) for note in use.notes)]
