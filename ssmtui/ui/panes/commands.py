"""Commands on tabs and the sessions in them: the letters after the leader are tmux's."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import Command, Group
from ssmtui.ui.panes import actions

if TYPE_CHECKING:
    from ssmtui.ui.frame.app import SsmtuiApp


class TabCommand(Command):
    """A command that works on any tab."""

    group = Group.TABS


class SessionCommand(TabCommand):
    """A command on the session of the shown tab."""

    def disabled_reason(self, app: SsmtuiApp) -> str | None:
        """The nodes' tab has no session."""
        return None if app.panes.session else "This tab holds no session"


class LiveSessionCommand(SessionCommand):
    """A command on the session of the shown tab that must not be over."""

    def disabled_reason(self, app: SsmtuiApp) -> str | None:
        """There must be a session, and it must live."""
        session = app.panes.session
        if session is None or session.live:
            return super().disabled_reason(app)
        return "The session is over"


class ReadWarning(SessionCommand):
    """What the tab's own line has no room for."""

    name = "warning"
    help = "Read in full what this tab warns of, and copy it"
    leader_keys = ("W",)

    def disabled_reason(self, app: SsmtuiApp) -> str | None:
        """There must be a warning."""
        session = app.panes.session
        if session is None:
            return "This tab holds no session"
        return None if session.warning else "This tab warns of nothing"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Show it; once it was there to be read, no tab repeats it."""
        from ssmtui.ui.kit.warning import WarningScreen

        session = app.panes.session
        assert session is not None
        assert session.warning is not None
        app.push_screen(WarningScreen(session.warning))
        app.panes.manager.warning_read(session.key)


class ShowNodes(TabCommand):
    """Back to the list."""

    name = "nodes"
    help = "Show the nodes; sessions go on"
    leader_keys = ("d", "c")
    hint = "nodes"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Show the first tab."""
        app.panes.show(None)


class NextTab(TabCommand):
    """One to the right."""

    name = "next"
    help = "Show the next tab"
    leader_keys = ("n",)
    hint = "next"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Go round after the last."""
        app.panes.show(app.panes.tabs.after(1))


class PreviousTab(TabCommand):
    """One to the left."""

    name = "previous"
    help = "Show the tab to the left"
    leader_keys = ("p",)
    hint = "previous"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Go round before the first."""
        app.panes.show(app.panes.tabs.after(-1))


class LastTab(TabCommand):
    """To and fro."""

    name = "last"
    help = "Show the tab that was shown before"
    leader_keys = ("l", "tab")

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Swap with the previous one."""
        app.panes.show(app.panes.tabs.previous)


class GoToTab(TabCommand):
    """By number."""

    name = "tab"
    help = "Show the tab with that number (0 and 1 are the nodes)"
    leader_keys = tuple("0123456789")
    takes_key = True
    argument = "NUMBER"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Show it, or say that there is none."""
        try:
            app.panes.show(app.panes.tabs.numbered(int(argument)))
        except (ValueError, IndexError):
            app.tell(f"There is no tab {argument or 'without a number'}", severity="warning")


class NextWanting(TabCommand):
    """Where something happened."""

    name = "attention"
    help = "Show the next tab that rang, failed, ended or printed something"
    leader_keys = ("a",)
    hint = "attention"

    def disabled_reason(self, app: SsmtuiApp) -> str | None:
        """Something must have happened."""
        return "No other tab wants attention" if app.panes.tabs.wanting() is None else None

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Show it."""
        app.panes.show(app.panes.tabs.wanting())


class ZoomNative(LiveSessionCommand):
    """The whole terminal for one session."""

    name = "zoom"
    help = "Give the whole terminal to the session, with nothing in between; the leader comes back"
    leader_keys = ("Z",)

    def disabled_reason(self, app: SsmtuiApp) -> str | None:
        """The session must live, and the terminal be one of Unix."""
        if reason := super().disabled_reason(app):
            return reason
        if sys.platform == "win32" or not app.can_hand_over:
            return "This terminal cannot be handed over"
        return None

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Ask the first time."""
        actions.zoom(app)


class ShowMemory(SessionCommand):
    """What the scrollback takes."""

    name = "memory"
    help = "Tell how many lines are kept above the screen, and the memory they take"
    leader_keys = ("i",)

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Ask the engines."""
        actions.show_memory(app)


class ResetTerminal(LiveSessionCommand):
    """After a program that was killed."""

    name = "reset"
    help = "Reset the terminal after a program that was killed: keyboard, mouse, colors, screen; nothing is erased"
    leader_keys = ("e",)

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """The node is not asked."""
        session = app.panes.session
        assert session is not None
        app.panes.manager.reset_terminal(session.key)


class RenameTab(SessionCommand):
    """The tab's name."""

    name = "rename"
    help = "Rename the tab"
    leader_keys = ("comma",)
    hint = "rename"
    argument = "[name]"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Ask for a name, or take ``argument``."""
        actions.rename_tab(app, argument)


class MoveTab(SessionCommand):
    """The order of the tabs."""

    name = "move"
    help = "Move the tab to the left (<) or right (>)"
    leader_keys = ("less_than_sign", "greater_than_sign")
    takes_key = True
    argument = "left|right"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Move by one place."""
        session = app.panes.session
        assert session is not None
        app.panes.manager.move(session.key, -1 if argument in ("less_than_sign", "left") else 1)


class ResumeNow(SessionCommand):
    """The next attempt to come back."""

    name = "resume"
    help = "Try to reconnect a session that is cut off now, without waiting"
    leader_keys = ("r",)

    def disabled_reason(self, app: SsmtuiApp) -> str | None:
        """The session must be cut off."""
        session = app.panes.session
        if session is None:
            return "This tab holds no session"
        return None if session.state.cut_off else "The session is not cut off"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Try at once."""
        session = app.panes.session
        assert session is not None
        app.panes.manager.resume_now(session.key)


class CloseTab(SessionCommand):
    """The end of a session."""

    name = "close"
    help = "End the session (asks first while it lives) and close its tab"
    leader_keys = ("x", "ampersand")
    ended_keys = ("x",)
    hint = "close"

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Ask when it lives."""
        actions.close_tab(app)


class SendLeader(SessionCommand):
    """The leader itself."""

    name = "send-leader"
    help = "Send the leader key itself to the node"
    takes_key = True
    in_palette = False

    def run(self, app: SsmtuiApp, argument: str = "") -> None:
        """Type it into the shown session."""
        view = app.panes.view
        assert view is not None
        view.type_key(argument, None)


COMMANDS: tuple[Command, ...] = (
    ShowNodes(),
    NextTab(),
    PreviousTab(),
    LastTab(),
    GoToTab(),
    NextWanting(),
    ResumeNow(),
    ReadWarning(),
    CloseTab(),
    ShowMemory(),
    ResetTerminal(),
    RenameTab(),
    ZoomNative(),
    MoveTab(),
    SendLeader(),
)
