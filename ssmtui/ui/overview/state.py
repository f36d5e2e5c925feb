"""How the person left the overview: kept until the program ends, so that it opens as it was."""

from __future__ import annotations

from dataclasses import dataclass

from ssmtui.ui.overview.listing import TileOrder


@dataclass(slots=True)
class OverviewState:
    """One for the app."""

    order: TileOrder = TileOrder.TABS
    text: str = ""
    """The filter in force."""
    cursor: int | None = None
    """The key of the session under the cursor."""
