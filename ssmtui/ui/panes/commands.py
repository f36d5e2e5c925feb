"""Commands on tabs and the sessions in them: the letters after the leader are tmux's."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ssmtui.ui.commands.base import AFTER_LEADER, ENDED, NODES, Command, CommandOn
from ssmtui.ui.panes import actions

if TYPE_CHECKING:
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.panes.zooming import Zooming


class TabCommand(Command):
    """A command that works on any tab."""

    place = AFTER_LEADER

    def __init__(self, panes: Panes) -> None:
        self._panes = panes


class SessionCommand(TabCommand, CommandOn["SessionSnapshot"]):
    """A command on the session of the shown tab."""

    missing = "This tab holds no session"

    def subject(self) -> SessionSnapshot | None:
        return self._panes.session


class LiveSessionCommand(SessionCommand):
    """A command on the session of the shown tab that must not be over."""

    def reason_against(self, session: SessionSnapshot) -> str | None:
        return None if session.live else "The session is over"


class EndedCommand(SessionCommand):
    """A command on the session of the shown tab that must be over."""

    place = ENDED

    def reason_against(self, session: SessionSnapshot) -> str | None:
        return "The session still lives" if session.live else None


class ReadWarning(SessionCommand):
    """Read in full what this tab warns of, and copy it"""

    name = "warning"
    leader_keys = ("W",)

    def reason_against(self, session: SessionSnapshot) -> str | None:
        return None if session.warning else "This tab warns of nothing"

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        actions.read_warning(self._panes, session)


class ShowNodes(TabCommand):
    """Show the nodes; sessions go on"""

    name = "nodes"
    leader_keys = ("d", "c")
    hint = "nodes"

    def run(self, argument: str = "") -> None:
        self._panes.show(None)


class NextTab(TabCommand):
    """Show the next tab"""

    name = "next"
    leader_keys = ("n",)
    hint = "next"

    def run(self, argument: str = "") -> None:
        self._panes.show_tab(self._panes.tabs.after(1))


class PreviousTab(TabCommand):
    """Show the tab to the left"""

    name = "previous"
    leader_keys = ("p",)
    hint = "previous"

    def run(self, argument: str = "") -> None:
        self._panes.show_tab(self._panes.tabs.after(-1))


class LastTab(TabCommand):
    """Show the tab that was shown before"""

    name = "last"
    leader_keys = ("l", "tab")

    def run(self, argument: str = "") -> None:
        self._panes.show_tab(self._panes.tabs.previous)


class GoToTab(TabCommand):
    """Show the tab with that number (0 and 1 are the nodes)"""

    name = "tab"
    leader_keys = tuple("0123456789")
    takes_key = True
    argument = "NUMBER"

    def run(self, argument: str = "") -> None:
        try:
            self._panes.show_tab(self._panes.tabs.numbered(int(argument)))
        except (ValueError, IndexError):
            self._panes.stage.tell(f"There is no tab {argument or 'without a number'}", severity="warning")


class NextWanting(TabCommand):
    """Show the tab that needs you most: one that asks, rang, failed, ended, finished or printed something"""

    name = "attention"
    leader_keys = ("a",)
    hint = "attention"

    def disabled_reason(self) -> str | None:
        return "No other tab wants attention" if self._panes.tabs.wanting() is None else None

    def run(self, argument: str = "") -> None:
        self._panes.show(self._panes.tabs.wanting())


class ZoomNative(LiveSessionCommand):
    """Give the whole terminal to the session, with nothing in between; the leader comes back"""

    name = "zoom"
    leader_keys = ("Z",)

    def __init__(self, panes: Panes, zooming: Zooming) -> None:
        super().__init__(panes)
        self._zooming = zooming

    def reason_against(self, session: SessionSnapshot) -> str | None:
        if session.key in self._panes.inputs.broadcast.members:
            return "It takes part in a broadcast, and a zoom is for one session alone: end the broadcast first"
        return super().reason_against(session) or self._zooming.reason_against

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        self._zooming.ask(session)


class ShowMemory(SessionCommand):
    """Tell how many lines are kept above the screen, and the memory they take"""

    name = "memory"
    leader_keys = ("i",)

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        actions.show_memory(self._panes, session)


class ResetTerminal(LiveSessionCommand):
    """Reset the terminal after a program that was killed: keyboard, mouse, colors, screen; nothing is erased"""

    name = "reset"
    leader_keys = ("e",)

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        self._panes.manager.session(session.key).terminal.reset()


class RenameTab(SessionCommand):
    """Rename the tab"""

    name = "rename"
    leader_keys = ("comma",)
    hint = "rename"
    argument = "[name]"

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        actions.rename_tab(self._panes, session, argument)


class MoveTab(SessionCommand):
    """Move the tab to the left (<) or right (>)"""

    name = "move"
    leader_keys = ("less_than_sign", "greater_than_sign")
    takes_key = True
    argument = "left|right"

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        self._panes.move(-1 if argument in ("less_than_sign", "left") else 1)


class ResumeNow(SessionCommand):
    """Try to reconnect a session that is cut off now, without waiting"""

    name = "resume"
    leader_keys = ("r",)

    def reason_against(self, session: SessionSnapshot) -> str | None:
        return None if session.state.cut_off else "The session is not cut off"

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        self._panes.manager.session(session.key).resume_now()


class ClosePane(SessionCommand):
    """End the session (asks first while it lives) and close its pane, and the tab with the last one"""

    name = "close"
    leader_keys = ("x",)
    ended_keys: ClassVar[tuple[str, ...]] = ("x",)
    hint = "close"

    def disabled_reason(self) -> str | None:
        return None if self._panes.place not in (None, NODES) else super().disabled_reason()

    def run(self, argument: str = "") -> None:
        place = self._panes.place
        if place is None:
            super().run(argument)
        else:
            self._panes.close_view(place)

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        actions.close_pane(self._panes, session)


class CloseTab(ClosePane):
    """End all sessions of this tab (asks first while they live) and close it"""

    name = "close-tab"
    leader_keys = ("ampersand",)
    ended_keys = ()
    hint = ""

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        sessions = [self._panes.manager.snapshot(key) for key in self._panes.tabs.shown.sessions]
        if len(sessions) == 1:
            actions.close_pane(self._panes, session)
        else:
            actions.close_panes(self._panes, sessions)


class SendLeader(SessionCommand):
    """Send the leader key itself to the node"""

    name = "send-leader"
    takes_key = True
    in_palette = False

    def run_on(self, session: SessionSnapshot, argument: str) -> None:
        self._panes.view_of(session.key).type_key(argument, None)
