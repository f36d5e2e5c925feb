"""What is done with the sessions of several tiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ssmtui.layout import Arrangement, Layout
from ssmtui.ui.look import words

if TYPE_CHECKING:
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.panes.panes import Panes


def tile(panes: Panes, sessions: Sequence[SessionSnapshot]) -> bool:
    """Put ``sessions`` into one tab, tiled, the first of them with the focus. Returns whether there was room: no pane
    is put where it cannot be seen."""
    keys = [session.key for session in sessions]

    def tiled(count: int) -> Layout:
        return Layout.of(keys[:count], Arrangement.TILED, panes.area)

    most = next((count for count in range(len(keys), 1, -1) if tiled(count).fits(panes.area)), 1)
    if most < len(keys):
        room = f"There is no room for {len(keys)} panes here, but for {words.count(most, 'pane')}."
        panes.stage.tell(f"{room} Mark fewer sessions.", severity="warning", seconds=8)
        return False
    panes.gather(tiled(most))
    return True
