"""Commands on what a session has printed: scrolling, searching, copying, links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.panes.commands import SessionCommand, TabCommand

if TYPE_CHECKING:
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.copying.actions import CopyActions


class OutputCommand(SessionCommand):
    """A command on what the session of the shown tab has printed."""

    def __init__(self, copying: CopyActions) -> None:
        super().__init__(copying.panes)
        self._copying = copying


class CopyMode(SessionCommand):
    """Move over the output, select, search and copy with vi's keys; q or esc leaves"""

    name = "copy-mode"
    leader_keys = ("left_square_bracket", "pageup")
    takes_key = True
    ended_keys = ("pageup", "up", "k")
    hint = "scroll"
    aliases = ("scroll",)

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        self._panes.view_of(session.key).copy_mode.enter("" if argument in self.leader_keys[:1] else argument)


class SearchOutput(SessionCommand):
    """Search the output backwards from the bottom as you type (in copy mode / and ?, n and N)"""

    name = "search"
    leader_keys = ("slash",)
    ended_keys = ("slash",)
    hint = "search"

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        self._panes.open_search(session.key, backward=True)


class CopySelection(OutputCommand):
    """Copy what is selected"""

    name = "copy-selection"
    leader_keys = ("Y",)

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        self._copying.copy_selection(self._panes.view_of(session.key))


class CopyOutput(OutputCommand):
    """Copy what the last command printed, where the shell marks its prompts (OSC 133)"""

    name = "copy-output"
    leader_keys = ("y",)
    ended_keys = ("y",)

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        self._copying.copy_output(self._panes.view_of(session.key))


class Links(OutputCommand):
    """List the links in sight, to see, open or copy their addresses"""

    name = "links"
    leader_keys = ("u",)
    ended_keys = ("u",)

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        self._copying.list_links(self._panes.view_of(session.key))


class SearchAllOutput(TabCommand):
    """Search the output of all sessions, and go to one of them"""

    name = "search-all"
    leader_keys = ("asterisk",)

    def __init__(self, copying: CopyActions) -> None:
        super().__init__(copying.panes)
        self._copying = copying

    def disabled_reason(self) -> str | None:
        return None if self._panes.sessions else "There is no session to search"

    def run(self, argument: str = "") -> None:
        self._copying.search_all()


class AnswerClipboard(OutputCommand):
    """See what the node would put into your clipboard, and say whether it may"""

    name = "clipboard"
    leader_keys = ("w",)
    ended_keys = ("w",)

    def reason_against(self, session: SessionSnapshot) -> str | None:
        return None if session.clipboard else "The node would put nothing into your clipboard"

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        self._copying.answer_clipboard(session)
