"""How the person left the list of tunnels: kept until the program ends, so that it opens as it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssmtui.inventory.filters import Filters

if TYPE_CHECKING:
    from ssmtui.config.memory import Memory
    from ssmtui.ui.ports import Stage
    from ssmtui.ui.table.preferences import Preferences

SECTION = "tunnel filters"
"""Where in the memory the filters are kept."""


@dataclass(slots=True)
class TunnelsState:
    """One for the app."""

    filters: Filters
    """What was filtered by before."""
    text: str = ""
    """The filter in force."""
    folds: set[str] = field(default_factory=set)
    """Groups of which one line is shown."""
    preferences: Preferences | None = None
    """Columns and order; None until the list was closed for the first time."""


def recalled(memory: Memory, stage: Stage) -> TunnelsState:
    """As at first; what was filtered by in earlier runs follows."""
    filters = Filters(memory, SECTION)
    stage.run_worker(filters.load(), name="filters of tunnels")
    return TunnelsState(filters)
