"""The state of a search in words, without textual."""

from __future__ import annotations

from ssmtui import inert
from ssmtui.terminal.marks import SearchStatus
from ssmtui.ui.look.cells import Cell
from ssmtui.ui.look.tones import Tone


def matches(found: SearchStatus) -> Cell:
    """How many matches there are, and which one the search is on. "+" when not everything was counted yet."""
    if found.error:
        return Cell(inert.line(found.error, 60), Tone.BAD)
    more = "" if found.complete else "+"
    if not found.total:
        return Cell("no match" if found.complete else "searching", Tone.WARN)
    if found.index:
        return Cell(f"match {found.index:,}/{found.total:,}{more}", Tone.ACCENT)
    return Cell(f"{found.total:,}{more} match{'' if found.total == 1 else 'es'}", Tone.ACCENT)
