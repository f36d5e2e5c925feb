"""How the person left the control room: kept until the program ends, so that it opens as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssmtui.inventory.filters import Filters
from ssmtui.ui.control.words import TimeSpan

if TYPE_CHECKING:
    from ssmtui.config.memory import Memory
    from ssmtui.errors import SsmtuiError
    from ssmtui.inventory.index import RowIndex
    from ssmtui.inventory.session_rows import SessionRow
    from ssmtui.model import Scope
    from ssmtui.ui.ports import Stage
    from ssmtui.ui.table.preferences import Preferences

SECTION = "session filters"
"""Where in the memory the filters are kept."""


@dataclass(slots=True)
class ControlState:
    """One for the app."""

    filters: Filters
    """What was filtered by before."""
    text: str = ""
    """The filter in force."""
    side: TimeSpan = TimeSpan.RUNNING
    preferences: Preferences | None = None
    """Columns and order; None until the list was closed for the first time."""
    indexes: dict[TimeSpan, RowIndex[SessionRow]] = field(default_factory=dict)
    """The rows of each side as they were shown last: a list of thousands opens at once."""
    node: str = ""
    """What the one node is called whose sessions are shown; empty: those of all are."""
    node_key: tuple[Scope, str] | None = None
    """Where that node is, and its id."""
    history: Sequence[SessionRow] | None = None
    """Its sessions; None while they are not known."""
    failure: SsmtuiError | None = None
    """Why these could not be listed."""


def recalled(memory: Memory, stage: Stage) -> ControlState:
    """As at first; what was filtered by in earlier runs follows."""
    filters = Filters(memory, SECTION)
    stage.run_worker(filters.load(), name="filters of sessions")
    return ControlState(filters)
