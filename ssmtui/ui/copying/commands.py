"""Commands on what a session has printed: scrolling, searching, copying, links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssmtui.ui.copying import actions as copy_flows
from ssmtui.ui.panes.commands import SessionCommand, TabCommand

if TYPE_CHECKING:
    from ssmtui.ui.frame.app import SsmtuiApp


class CopyMode(SessionCommand):
    """The scrollback, and a cursor in it."""

    name = "copy-mode"
    help = "Move over the output, select, search and copy with vi's keys; q or esc leaves"
    leader_keys = ("left_square_bracket", "pageup")
    takes_key = True
    ended_keys = ("pageup", "up", "k")
    hint = "scroll"
    aliases = ("scroll",)

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Enter it, already moved when the key was one that moves."""
        view = app.panes.view
        assert view is not None
        view.copy_mode.enter("" if argument in self.leader_keys[:1] else argument)


class Search(SessionCommand):
    """Backwards, for the newest is what people look for."""

    name = "search"
    help = "Search the output backwards from the bottom as you type (in copy mode / and ?, n and N)"
    leader_keys = ("slash",)
    ended_keys = ("slash",)
    hint = "search"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Open the line to search with, in copy mode."""
        app.main.open_search(backward=True)


class CopySelection(SessionCommand):
    """What the mouse or copy mode selected."""

    name = "copy-selection"
    help = "Copy what is selected"
    leader_keys = ("Y",)

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Copy it, and leave copy mode."""
        view = app.panes.view
        assert view is not None
        copy_flows.copy_selection(app, view)


class CopyOutput(SessionCommand):
    """Of the last command."""

    name = "copy-output"
    help = "Copy what the last command printed, where the shell marks its prompts (OSC 133)"
    leader_keys = ("y",)
    ended_keys = ("y",)

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Copy it, or say how prompts are marked."""
        view = app.panes.view
        assert view is not None
        copy_flows.copy_output(app, view)


class Links(SessionCommand):
    """What a node printed as a link, and what looks like one."""

    name = "links"
    help = "List the links in sight, to see, open or copy their addresses"
    leader_keys = ("u",)
    ended_keys = ("u",)

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Have one chosen."""
        view = app.panes.view
        assert view is not None
        copy_flows.list_links(app, view)


class SearchAll(TabCommand):
    """In every tab at once."""

    name = "search-all"
    help = "Search the output of all sessions, and go to one of them"
    leader_keys = ("asterisk",)

    def disabled_reason(self, app: SsmtuiApp) -> str | None:
        """There must be some."""
        return None if app.services and app.panes.manager.snapshots() else "There is no session to search"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Type, and choose."""
        copy_flows.search_all(app)


class AnswerClipboard(SessionCommand):
    """What the node would copy."""

    name = "clipboard"
    help = "See what the node would put into your clipboard, and say whether it may"
    leader_keys = ("w",)
    ended_keys = ("w",)

    def disabled_reason(self, app: SsmtuiApp) -> str | None:
        """The node must have asked."""
        session = app.panes.session
        if session is None:
            return "This tab holds no session"
        return None if session.clipboard else "The node would put nothing into your clipboard"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Show it."""
        copy_flows.answer_clipboard(app)


COMMANDS = (CopyMode(), Search(), SearchAll(), CopySelection(), CopyOutput(), Links(), AnswerClipboard())
