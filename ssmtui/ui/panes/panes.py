"""The sessions as tabs with a pane each: which one is shown, and how others come and go. What features ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from ssmtui.ui.commands.base import NODES
from ssmtui.ui.panes.tabs import Tab, Tabs

if TYPE_CHECKING:
    from ssmtui.model import Node, StartRequest, TerminalSize
    from ssmtui.sessions.manager import SessionManager
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.commands.base import Place
    from ssmtui.ui.look.tones import Tone
    from ssmtui.ui.panes.deck import Deck
    from ssmtui.ui.panes.view import TabView
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

    def __init__(self, stage: Stage, nodes: TabView, deck: Deck, around: Surroundings) -> None:
        self.stage = stage
        """Where questions and messages about panes are shown."""
        self.tabs = Tabs()
        self.deck = deck
        self._around = around
        self._manager: SessionManager | None = None
        self._movers: list[Callable[[], None]] = []
        self._views: dict[int, tuple[Place, TabView]] = {self.tabs.nodes.id: (NODES, nodes)}
        """By the ids of their tabs."""
        self._opening: set[Place] = set()
        """Those of views that are on their way."""

    def connect(self, manager: SessionManager) -> None:
        """AWS is reached: sessions can start."""
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
        """All of them as they are now, in the order of their tabs; none before AWS is reached."""
        found = {one.key: one for one in self._manager.snapshots()} if self._manager is not None else {}
        # The newest have no tabs yet, those just closed still have theirs.
        placed = [found.pop(key) for key in self.tabs.sessions if key in found]
        return (*placed, *found.values())

    @property
    def session(self) -> SessionSnapshot | None:
        """The shown tab's session."""
        key = self.tabs.session
        return None if key is None else self.manager.snapshot(key)

    @property
    def view(self) -> TerminalView | None:
        """The shown tab's terminal."""
        key = self.tabs.session
        return None if key is None else self.view_of(key)

    def view_of(self, key: int) -> TerminalView:
        """The terminal of a session."""
        return self.deck.pane(key).view

    @property
    def place(self) -> Place | None:
        """The place of the view that the shown tab holds; None where it holds a session."""
        place, _ = self._views.get(self.tabs.shown.id, (None, None))
        return place

    @property
    def front(self) -> TabView | None:
        """The view that the shown tab holds."""
        _, view = self._views.get(self.tabs.shown.id, (None, None))
        return view

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

    def show(self, session: int | None) -> None:
        """Bring the tab of a session to the front, or the nodes."""
        self.show_tab(self.tabs.of(session))

    def show_tab(self, tab: Tab) -> None:
        """Bring a tab to the front."""
        self.tabs.show(tab)
        self.deck.show(tab.session, self.front)
        self._around.tab_shown()

    def move(self, offset: int) -> None:
        """Move the shown tab by ``offset`` places."""
        self.tabs.move(offset)
        self.refresh()
        for moved in self._movers:
            moved()

    def when_moved(self, moved: Callable[[], None]) -> Callable[[], None]:
        """Call ``moved`` whenever tabs are in another order, until the returned function is called."""
        self._movers.append(moved)
        return lambda: self._movers.remove(moved)

    # Views

    def open_view(self, place: Place, make: Callable[[], TabView]) -> None:
        """Show the view whose keys are those of ``place``, made anew in a tab of its own unless it is open."""
        for number, (there, _) in self._views.items():
            if there is place and (tab := self.tabs.with_id(number)) is not None:
                self.show_tab(tab)
                return
        if place in self._opening:  # clicks are not held
            return
        self._opening.add(place)
        # Reading the styles and mounting the view take several turns of the loop. A key typed meanwhile is meant for
        # the view, and must not act on the tab that is still in front.
        release = self.stage.hold_keys()

        async def open_it() -> None:
            try:
                view = make()
                await self.stage.read_styles(*view.STYLES)
                await self.deck.add_view(view)
                tab = self.tabs.open(view.TITLE)
                self._views[tab.id] = place, view
                self.show_tab(tab)
            finally:
                self._opening.discard(place)
                release()

        self.stage.run_worker(open_it(), name=f"open a tab: {place.heading}")

    def close_view(self, place: Place) -> None:
        """Close the tab of a view, if it is open."""
        for number, (there, view) in list(self._views.items()):
            if there is place and (tab := self.tabs.with_id(number)) is not None:
                is_shown = tab is self.tabs.shown
                del self._views[number]
                self.tabs.close(tab)
                if is_shown:
                    # Before the view goes: Textual gives the focus of a removed widget to another one, and with it the
                    # next key.
                    self.show_tab(self.tabs.shown)
                else:  # the focused widget keeps the focus: a search line, too
                    self._around.tab_shown()
                self.deck.remove_view(view)

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
        sessions = self.sessions
        shown_before = self.tabs.shown
        self.tabs.update(sessions)
        self.deck.replace(sessions)
        if self.tabs.shown is not shown_before:
            self.show_tab(self.tabs.shown)
        self._around.sessions_shown(sessions)

    # Starting and ending

    def start(self, request: StartRequest, node: Node | None) -> None:
        """Start a session in a new tab and show it."""
        self.show_new(self.start_unseen(request, node))

    def start_unseen(self, request: StartRequest, node: Node | None) -> int:
        """Start a session in a new tab, which is not shown; its key."""
        return self.manager.start(request, self.terminal_size, node)

    def restart_unseen(self, key: int) -> int:
        """Start an ended session again, in its tab, which need not be shown; the new key. Raises ``KeyError`` when
        there is no such session any more."""
        return self._put(self.manager.restart(key), key)

    def replace_unseen(self, key: int, request: StartRequest, node: Node | None) -> int:
        """Start another session in the tab of an ended one, which need not be shown; its key."""
        return self.take_place(self.start_unseen(request, node), key)

    def request_access(self, request: StartRequest, reason: str, node: Node | None, replaced: int | None) -> int:
        """Ask for access to a node in a new tab, or in the place of an ended session, and show it; the tab's key."""
        new = self.manager.request_access(request, reason, self.terminal_size, node)
        self.show_new(new if replaced is None else self.take_place(new, replaced))
        return new

    def take_place(self, new: int, key: int) -> int:
        """Put ``new`` into the tab of the session ``key``, and remove ``key``."""
        self.manager.remove(key)
        return self._put(new, key)

    def _put(self, new: int, key: int) -> int:
        # Before anything else may ask what the tab holds: its old session is gone.
        is_shown = self.tabs.session in (new, key)
        self.tabs.take_place(self.manager.snapshot(new), key)
        if is_shown:
            self.show_new(new)
        return new

    def remove(self, key: int) -> None:
        """Close a tab, ending its session."""
        self.manager.remove(key)
        self.refresh()
