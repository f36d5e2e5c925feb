"""Commands on tabs and the sessions in them: the letters after the leader are tmux's."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ssmtui.ui.commands.base import Command, Group
from ssmtui.ui.panes import actions

if TYPE_CHECKING:
    pass


class TabCommand(Command):
    """A command that works on any tab."""

    group = Group.TABS


class SessionCommand(TabCommand):
    """A command on the session of the shown tab."""

    def disabled_reason(self) -> str | None:
        return None if self.app.panes.session else "This tab holds no session"


class LiveSessionCommand(SessionCommand):
    """A command on the session of the shown tab that must not be over."""

    def disabled_reason(self) -> str | None:
        session = self.app.panes.session
        if session is None or session.live:
            return super().disabled_reason()
        return "The session is over"


class ReadWarning(SessionCommand):
    """Read in full what this tab warns of, and copy it"""

    name = "warning"
    leader_keys = ("W",)

    def disabled_reason(self) -> str | None:
        session = self.app.panes.session
        if session is None:
            return "This tab holds no session"
        return None if session.warning else "This tab warns of nothing"

    def run(self, argument: str = "") -> None:
        from ssmtui.ui.kit.warning import WarningScreen

        session = self.app.panes.session
        assert session is not None
        assert session.warning is not None
        self.app.push_screen(WarningScreen(session.warning))
        self.app.panes.manager.warning_read(session.key)


class ShowNodes(TabCommand):
    """Show the nodes; sessions go on"""

    name = "nodes"
    leader_keys = ("d", "c")
    hint = "nodes"

    def run(self, argument: str = "") -> None:
        self.app.panes.show(None)


class NextTab(TabCommand):
    """Show the next tab"""

    name = "next"
    leader_keys = ("n",)
    hint = "next"

    def run(self, argument: str = "") -> None:
        self.app.panes.show(self.app.panes.tabs.after(1))


class PreviousTab(TabCommand):
    """Show the tab to the left"""

    name = "previous"
    leader_keys = ("p",)
    hint = "previous"

    def run(self, argument: str = "") -> None:
        self.app.panes.show(self.app.panes.tabs.after(-1))


class LastTab(TabCommand):
    """Show the tab that was shown before"""

    name = "last"
    leader_keys = ("l", "tab")

    def run(self, argument: str = "") -> None:
        self.app.panes.show(self.app.panes.tabs.previous)


class GoToTab(TabCommand):
    """Show the tab with that number (0 and 1 are the nodes)"""

    name = "tab"
    leader_keys = tuple("0123456789")
    takes_key = True
    argument = "NUMBER"

    def run(self, argument: str = "") -> None:
        try:
            self.app.panes.show(self.app.panes.tabs.numbered(int(argument)))
        except (ValueError, IndexError):
            self.app.tell(f"There is no tab {argument or 'without a number'}", severity="warning")


class NextWanting(TabCommand):
    """Show the next tab that rang, failed, ended or printed something"""

    name = "attention"
    leader_keys = ("a",)
    hint = "attention"

    def disabled_reason(self) -> str | None:
        return "No other tab wants attention" if self.app.panes.tabs.wanting() is None else None

    def run(self, argument: str = "") -> None:
        self.app.panes.show(self.app.panes.tabs.wanting())


class ZoomNative(LiveSessionCommand):
    """Give the whole terminal to the session, with nothing in between; the leader comes back"""

    name = "zoom"
    leader_keys = ("Z",)

    def disabled_reason(self) -> str | None:
        if reason := super().disabled_reason():
            return reason
        if sys.platform == "win32" or not self.app.can_hand_over:
            return "This terminal cannot be handed over"
        return None

    def run(self, argument: str = "") -> None:
        actions.zoom(self.app)


class ShowMemory(SessionCommand):
    """Tell how many lines are kept above the screen, and the memory they take"""

    name = "memory"
    leader_keys = ("i",)

    def run(self, argument: str = "") -> None:
        actions.show_memory(self.app)


class ResetTerminal(LiveSessionCommand):
    """Reset the terminal after a program that was killed: keyboard, mouse, colors, screen; nothing is erased"""

    name = "reset"
    leader_keys = ("e",)

    def run(self, argument: str = "") -> None:
        session = self.app.panes.session
        assert session is not None
        self.app.panes.manager.reset_terminal(session.key)


class RenameTab(SessionCommand):
    """Rename the tab"""

    name = "rename"
    leader_keys = ("comma",)
    hint = "rename"
    argument = "[name]"

    def run(self, argument: str = "") -> None:
        actions.rename_tab(self.app, argument)


class MoveTab(SessionCommand):
    """Move the tab to the left (<) or right (>)"""

    name = "move"
    leader_keys = ("less_than_sign", "greater_than_sign")
    takes_key = True
    argument = "left|right"

    def run(self, argument: str = "") -> None:
        session = self.app.panes.session
        assert session is not None
        self.app.panes.manager.move(session.key, -1 if argument in ("less_than_sign", "left") else 1)


class ResumeNow(SessionCommand):
    """Try to reconnect a session that is cut off now, without waiting"""

    name = "resume"
    leader_keys = ("r",)

    def disabled_reason(self) -> str | None:
        session = self.app.panes.session
        if session is None:
            return "This tab holds no session"
        return None if session.state.cut_off else "The session is not cut off"

    def run(self, argument: str = "") -> None:
        session = self.app.panes.session
        assert session is not None
        self.app.panes.manager.resume_now(session.key)


class CloseTab(SessionCommand):
    """End the session (asks first while it lives) and close its tab"""

    name = "close"
    leader_keys = ("x", "ampersand")
    ended_keys = ("x",)
    hint = "close"

    def run(self, argument: str = "") -> None:
        actions.close_tab(self.app)


class SendLeader(SessionCommand):
    """Send the leader key itself to the node"""

    name = "send-leader"
    takes_key = True
    in_palette = False

    def run(self, argument: str = "") -> None:
        view = self.app.panes.view
        assert view is not None
        view.type_key(argument, None)


COMMANDS: tuple[type[Command], ...] = (
    ShowNodes,
    NextTab,
    PreviousTab,
    LastTab,
    GoToTab,
    NextWanting,
    ResumeNow,
    ReadWarning,
    CloseTab,
    ShowMemory,
    ResetTerminal,
    RenameTab,
    ZoomNative,
    MoveTab,
    SendLeader,
)
