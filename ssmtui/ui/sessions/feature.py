"""All sessions at once: going to one by its name, closing those that are over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.look import words
from ssmtui.ui.panes.commands import TabCommand

if TYPE_CHECKING:
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.panes.panes import Panes


class GoToTabByName(TabCommand):
    """Choose a tab by its name, node or document, or by what it needs"""

    name = "tabs"
    leader_keys = ("s",)
    aliases = ("jump",)

    def run(self, argument: str = "") -> None:
        from ssmtui.ui.sessions.jump import JumpList, goals_of

        goals = goals_of(self._panes.tabs, self._panes.sessions)

        def chosen(answer: str | None) -> None:
            if answer is None:
                return
            goal = goals[int(answer)]
            # It may have been closed meanwhile.
            if goal.session is not None and goal.session in self._panes.tabs.sessions:
                self._panes.show(goal.session)
            elif goal.session is None and (tab := self._panes.tabs.with_id(goal.tab)) is not None:
                self._panes.show_tab(tab)

        self._panes.stage.push_screen(JumpList(goals, self._panes.tabs.shown.id, self._panes.tabs.session), chosen)


class CloseEnded(TabCommand):
    """Close the panes of all sessions that are over"""

    name = "close-ended"

    def disabled_reason(self) -> str | None:
        return None if self._ended else "No session is over"

    def run(self, argument: str = "") -> None:
        # Nothing is asked, because none of them runs.
        ended = self._ended
        for session in ended:
            self._panes.manager.remove(session.key)
        self._panes.refresh()
        alive = sum(session.left_alive for session in ended)
        goes_on = f", of which {alive} {'goes' if alive == 1 else 'go'} on at AWS" if alive else ""
        self._panes.stage.tell(f"Closed {words.count(len(ended), 'session')}{goes_on}")

    @property
    def _ended(self) -> list[SessionSnapshot]:
        return [session for session in self._panes.sessions if not session.live]


class SessionsFeature(Feature):
    """What is done with all sessions at once."""

    def __init__(self, panes: Panes) -> None:
        self.commands = (GoToTabByName(panes), CloseEnded(panes))
