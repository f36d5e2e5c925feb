"""What is done with the sessions of several tiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.layout import Arrangement, Layout
from ssmtui.ui.look import words
from ssmtui.ui.panes import actions as pane_actions

if TYPE_CHECKING:
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.panes.panes import Panes

NAMED = 8
"""Sessions that a question names."""


def end(panes: Panes, sessions: Sequence[SessionSnapshot], ended: Callable[[], None]) -> None:
    """End ``sessions`` and close their tabs, asking first where some of them live. ``ended`` is called when several
    are gone."""
    from ssmtui.ui.kit.confirm import Confirm

    if len(sessions) == 1:
        pane_actions.close_tab(panes, sessions[0])
        return
    keys = [session.key for session in sessions]
    live = [session for session in sessions if session.live]

    def remove() -> None:
        # Some may have gone while the question was open.
        there = {session.key for session in panes.manager.snapshots()}
        for key in keys:
            if key in there:
                panes.manager.remove(key)
        panes.refresh()
        ended()

    def answered(yes: bool | None) -> None:
        if yes:
            remove()

    if not live:
        remove()
        return
    lines = words.indented(live, NAMED, lambda session: inert.line(session.title, 40), "session")
    over = len(sessions) - len(live)
    if over:
        lines.append(f"{words.count(over, 'tab')} of sessions that are over {'is' if over == 1 else 'are'} closed too.")
    guarded = sum(bool(session.request.options.guarded) for session in live)
    note = f"{guarded} of them {'is' if guarded == 1 else 'are'} guarded." if guarded else ""
    question = f"End {words.count(len(live), 'session')}?"
    panes.stage.push_screen(Confirm(question, lines, "End them", note), answered)


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
