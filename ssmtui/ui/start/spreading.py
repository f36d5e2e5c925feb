"""How sessions that are started together are spread over tabs: one each, one that they share, or as somebody says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

from ssmtui.inventory.remembered import Remembered
from ssmtui.layout import Arrangement, Layout, PaneArea
from ssmtui.profiles.planned_tabs import PlannedTab, narrowed

if TYPE_CHECKING:
    from ssmtui.config.memory import Memory

MOST_SHARED = 16
"""Sessions that are put into one tab at most: with more of them none could be read."""
SECTION = "starts"


class Spread(Enum):
    """A tab for each, or a question that ends in this or in tiles."""

    TABS = "tabs"
    ASKED = "asked"


Spreading = Spread | Arrangement | Sequence[PlannedTab]
"""An arrangement is that of one tab. Tabs are over the places of what is started; a place that is in none of them gets
one of its own."""


def spreading_of(layout: str) -> Spreading:
    """What a saved connection's ``layout`` means."""
    if layout in ("", Spread.TABS.value):
        return Spread.TABS if layout else Spread.ASKED
    return Arrangement(layout)


def may_share(number: int) -> bool:
    """Whether so many sessions may be put into one tab."""
    return 1 < number <= MOST_SHARED


def tabs_of(spreading: Spreading, number: int, area: PaneArea | None = None) -> tuple[PlannedTab, ...]:
    """The tabs of ``number`` sessions, over their places, each of which is in one of them. Tiles are made to fit into
    ``area``. More than :data:`MOST_SHARED` sessions share no tab, unless their tabs are given."""
    if isinstance(spreading, Arrangement):
        shares = may_share(number)
        return narrowed([PlannedTab(Layout.of(range(number), spreading, area))] if shares else (), range(number))
    return narrowed(() if isinstance(spreading, Spread) else spreading, range(number))


class LastSpread(Remembered):
    """What was answered the last time: here at once, in the memory's file a little later. Loop-bound."""

    def __init__(self, memory: Memory) -> None:
        self.answer: Spread | Arrangement = Spread.TABS
        super().__init__(memory, SECTION, self._take)

    def note(self, answer: Spread | Arrangement) -> None:
        """This is what the next question begins with."""
        if answer is not self.answer:
            self.answer = answer
            self.change(lambda held: {**held, "spread": answer.value})

    def _take(self, held: Mapping[str, Any]) -> None:
        self.answer = Arrangement.TILED if held.get("spread") == Arrangement.TILED.value else Spread.TABS
