"""All sessions at once: going to one by its name, closing those that are over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.panes import words as session_words
from ssmtui.ui.panes.commands import TabCommand

if TYPE_CHECKING:
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.panes.tabs import TabLabel


class GoToTabByName(TabCommand):
    """Choose a tab by its name, node or document"""

    name = "tabs"
    leader_keys = ("s",)
    aliases = ("sessions", "jump")

    def run(self, argument: str = "") -> None:
        from ssmtui.ui.kit.pick import Offer, Pick

        labels = self._panes.tabs.labels()
        shown = next(label.tab for label in labels if label.active)
        sessions = {session.key: session for session in self._panes.sessions}

        def offer(number: int, label: TabLabel) -> Offer:
            tab = self._panes.tabs.with_id(label.tab)
            session = sessions.get(tab.session) if tab is not None and tab.session is not None else None
            about = [*session_words.what(session), session.state.value] if session is not None else []
            return Offer(str(label.tab), f"{label.mark.value} {number} {tidy(label.title, 40)}", " · ".join(about))

        def chosen(answer: str | None) -> None:
            # It may have been closed meanwhile.
            if answer is not None and (tab := self._panes.tabs.with_id(int(answer))) is not None:
                self._panes.show_tab(tab)

        placeholder = "type a name, node or document"
        offers = [offer(number, label) for number, label in enumerate(labels, 1)]
        pick = Pick("Go to a tab", offers, str(shown), placeholder=placeholder, verb="go there", now_note="shown now")
        self._panes.stage.push_screen(pick, chosen)


class CloseEnded(TabCommand):
    """Close the tabs of all sessions that are over"""

    name = "close-ended"

    def disabled_reason(self) -> str | None:
        return None if self._ended else "No session is over"

    def run(self, argument: str = "") -> None:
        # Nothing is asked, because none of them runs.
        ended = self._ended
        for key in ended:
            self._panes.manager.remove(key)
        self._panes.refresh()
        self._panes.stage.tell(f"Closed {words.count(len(ended), 'tab')}")

    @property
    def _ended(self) -> list[int]:
        return [session.key for session in self._panes.sessions if not session.live]


class SessionsFeature(Feature):
    """What is done with all sessions at once."""

    def __init__(self, panes: Panes) -> None:
        self.commands = (GoToTabByName(panes), CloseEnded(panes))
