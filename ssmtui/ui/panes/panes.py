"""The sessions as tabs with a pane each: which one is shown, and how others come and go. What features ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from ssmtui.ui.panes.tabs import NODES, Tabs

if TYPE_CHECKING:
    from ssmtui.model import Node, StartRequest, TerminalSize
    from ssmtui.sessions.manager import SessionManager
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.look.tones import Tone
    from ssmtui.ui.panes.deck import Deck
    from ssmtui.ui.ports import Stage
    from ssmtui.ui.terminals.view import TerminalView


class Surroundings(Protocol):
    """What is drawn around the panes, and follows them."""

    def sessions_shown(self, sessions: Sequence[SessionSnapshot]) -> None:
        """Sessions came, went or changed."""

    def tab_shown(self) -> None:
        """Another tab is in front."""

    def show_badge(self, command: str, text: str, tone: Tone) -> None:
        """A feature has something to say beside the tabs."""


class Panes:
    """All of them. Sessions can only be asked for once :meth:`connect` was called."""

    def __init__(self, stage: Stage, deck: Deck, around: Surroundings) -> None:
        self.stage = stage
        """Where what is done with panes is asked about and told."""
        self.tabs = Tabs()
        self.deck = deck
        self._around = around
        self._manager: SessionManager | None = None

    def connect(self, manager: SessionManager) -> None:
        """AWS is reached: there are sessions from here on."""
        self._manager = manager
        self.deck.connect(manager)

    # Looking

    @property
    def manager(self) -> SessionManager:
        """All sessions."""
        assert self._manager is not None
        return self._manager

    @property
    def sessions(self) -> Sequence[SessionSnapshot]:
        """All of them as they are now; none before AWS is reached."""
        return self._manager.snapshots() if self._manager is not None else ()

    @property
    def session(self) -> SessionSnapshot | None:
        """The shown tab's session."""
        key = self.tabs.active
        return None if key is NODES else self.manager.snapshot(key)

    @property
    def view(self) -> TerminalView | None:
        """The shown tab's terminal."""
        key = self.tabs.active
        return None if key is NODES else self.view_of(key)

    def view_of(self, key: int) -> TerminalView:
        """The terminal of a session."""
        return self.deck.pane(key).view

    @property
    def typed_into(self) -> TerminalView | None:
        """The terminal whose session gets what is typed now."""
        view = self.view
        focused = self.deck.screen.focused
        return view if view is not None and focused in (view, None) and view.snapshot.live else None

    @property
    def terminal_size(self) -> TerminalSize:
        """The size of a terminal in a pane, whether or not one is in sight."""
        return self.deck.terminal_size

    def badge(self, command: str, text: str, tone: Tone) -> None:
        """Say ``text`` beside the tabs, where a click runs ``command``; empty takes it back."""
        self._around.show_badge(command, text, tone)

    # Moving

    def show(self, key: int | None) -> None:
        """Bring a tab to the front."""
        self.tabs.show(key)
        self.deck.show(key)
        self._around.tab_shown()

    def open_search(self, key: int, *, backward: bool) -> None:
        """Open the line to search a session's tab with, which is shown."""
        self.deck.pane(key).open_search(backward=backward)
        self._around.tab_shown()

    def show_new(self, key: int) -> None:
        """Show a session that has just been started."""
        self.refresh()
        self.show(key)

    def refresh(self) -> None:
        """Take over all sessions as they are now."""
        sessions = self.manager.snapshots()
        shown_before = self.tabs.active
        self.tabs.replace(sessions)
        self.deck.replace(sessions)
        if self.tabs.active != shown_before:
            self.show(self.tabs.active)
        self._around.sessions_shown(sessions)

    # Starting and ending

    def start(self, request: StartRequest, node: Node | None) -> None:
        """Start a session in a new tab and show it."""
        self.show_new(self.start_unseen(request, node))

    def start_unseen(self, request: StartRequest, node: Node | None) -> int:
        """Start a session in a new tab, which is not shown; its key."""
        return self.manager.start(request, self.terminal_size, node)

    def restart(self) -> None:
        """Start the shown tab's session again, in its place."""
        session = self.session
        assert session is not None
        self.show_new(self.manager.restart(session.key))

    def replace_unseen(self, key: int, request: StartRequest, node: Node | None) -> int:
        """Start another session in the place of an ended one, which is not shown; its key."""
        return self.take_place(self.start_unseen(request, node), key)

    def request_access(self, request: StartRequest, reason: str, node: Node | None, replaced: int | None) -> int:
        """Ask for access to a node in a new tab, or in the place of an ended session, and show it; the tab's key."""
        new = self.manager.request_access(request, reason, self.terminal_size, node)
        self.show_new(new if replaced is None else self.take_place(new, replaced))
        return new

    def take_place(self, new: int, key: int) -> int:
        """Have a new session, now the last one, in the place of another."""
        keys = [session.key for session in self.manager.snapshots()]
        self.manager.move(new, keys.index(key) - keys.index(new))
        self.manager.remove(key)
        return new

    def remove(self, key: int) -> None:
        """Close a tab, ending its session."""
        self.manager.remove(key)
        self.refresh()
