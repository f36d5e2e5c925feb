"""Commands on what a session has printed: scrolling, searching, copying, links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import Command
from ssmtui.ui.copying import actions as copy_flows
from ssmtui.ui.panes.commands import SessionCommand, TabCommand

if TYPE_CHECKING:
    pass


class CopyMode(SessionCommand):
    """Move over the output, select, search and copy with vi's keys; q or esc leaves"""

    name = "copy-mode"
    leader_keys = ("left_square_bracket", "pageup")
    takes_key = True
    ended_keys = ("pageup", "up", "k")
    hint = "scroll"
    aliases = ("scroll",)

    def run(self, argument: str = "") -> None:
        view = self.app.panes.view
        assert view is not None
        view.copy_mode.enter("" if argument in self.leader_keys[:1] else argument)


class Search(SessionCommand):
    """Search the output backwards from the bottom as you type (in copy mode / and ?, n and N)"""

    name = "search"
    leader_keys = ("slash",)
    ended_keys = ("slash",)
    hint = "search"

    def run(self, argument: str = "") -> None:
        self.app.main.open_search(backward=True)


class CopySelection(SessionCommand):
    """Copy what is selected"""

    name = "copy-selection"
    leader_keys = ("Y",)

    def run(self, argument: str = "") -> None:
        view = self.app.panes.view
        assert view is not None
        copy_flows.copy_selection(self.app, view)


class CopyOutput(SessionCommand):
    """Copy what the last command printed, where the shell marks its prompts (OSC 133)"""

    name = "copy-output"
    leader_keys = ("y",)
    ended_keys = ("y",)

    def run(self, argument: str = "") -> None:
        view = self.app.panes.view
        assert view is not None
        copy_flows.copy_output(self.app, view)


class Links(SessionCommand):
    """List the links in sight, to see, open or copy their addresses"""

    name = "links"
    leader_keys = ("u",)
    ended_keys = ("u",)

    def run(self, argument: str = "") -> None:
        view = self.app.panes.view
        assert view is not None
        copy_flows.list_links(self.app, view)


class SearchAll(TabCommand):
    """Search the output of all sessions, and go to one of them"""

    name = "search-all"
    leader_keys = ("asterisk",)

    def disabled_reason(self) -> str | None:
        return None if self.app.services and self.app.panes.manager.snapshots() else "There is no session to search"

    def run(self, argument: str = "") -> None:
        copy_flows.search_all(self.app)


class AnswerClipboard(SessionCommand):
    """See what the node would put into your clipboard, and say whether it may"""

    name = "clipboard"
    leader_keys = ("w",)
    ended_keys = ("w",)

    def disabled_reason(self) -> str | None:
        session = self.app.panes.session
        if session is None:
            return "This tab holds no session"
        return None if session.clipboard else "The node would put nothing into your clipboard"

    def run(self, argument: str = "") -> None:
        copy_flows.answer_clipboard(self.app)


COMMANDS: tuple[type[Command], ...] = (CopyMode, Search, SearchAll, CopySelection, CopyOutput, Links, AnswerClipboard)
