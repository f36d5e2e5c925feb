"""The sessions as panes in tabs: which are in sight, how they come and go, and their sizes. What features ask for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from ssmtui import inert
from ssmtui.layout import Axis, Border, Layout, PaneArea, PlacedPanes, Side
from ssmtui.model import TerminalSize
from ssmtui.ui.commands.base import NODES
from ssmtui.ui.panes import words as session_words
from ssmtui.ui.panes.chrome import Chrome
from ssmtui.ui.panes.tabs import MAX_TITLE, Tab, Tabs

if TYPE_CHECKING:
    from textual.geometry import Offset

    from ssmtui.model import Node, StartRequest
    from ssmtui.sessions.manager import SessionManager
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.commands.base import Place
    from ssmtui.ui.look.tones import Tone
    from ssmtui.ui.panes.deck import Deck
    from ssmtui.ui.panes.inputs import Inputs
    from ssmtui.ui.panes.view import TabView
    from ssmtui.ui.ports import Stage
    from ssmtui.ui.terminals.view import TerminalView


PANE_CHROME_ROWS = 1
"""Rows of a pane that are not the terminal's: its own line."""


class Surroundings(Protocol):
    """What is drawn around the panes, and follows them."""

    def sessions_shown(self, sessions: Sequence[SessionSnapshot]) -> None:
        """Sessions came, went or changed."""

    def tab_shown(self) -> None:
        """Another tab is in front, or another pane of it has the focus."""

    def show_badge(self, command: str, text: str, tone: Tone) -> None:
        """A feature has something to say beside the tabs."""


_DROPS = {
    Side.LEFT: "into the left half",
    Side.RIGHT: "into the right half",
    Side.UP: "into the upper half",
    Side.DOWN: "into the lower half",
}

_NEW = -1
"""Stands for a session that is yet to be started."""


def _terminal_in(area: PaneArea, *, has_line: bool = True) -> TerminalSize:
    return TerminalSize(area.cols, area.rows - PANE_CHROME_ROWS if has_line else area.rows)


class Panes:
    """All of them. Sessions can only be asked for once :meth:`connect` was called."""

    def __init__(self, stage: Stage, nodes: TabView, deck: Deck, around: Surroundings, *, escapes: bool) -> None:
        """``escapes`` looks for ssh's escapes in what is typed."""
        self.stage = stage
        """Where questions and messages about panes are shown."""
        self.tabs = Tabs()
        self.deck = deck
        deck.owner = self
        self.chrome = Chrome.FULL
        """Which lines are wanted; :meth:`show_chrome` draws others."""
        self._around = around
        self._escapes = escapes
        self._manager: SessionManager | None = None
        self._inputs: Inputs | None = None
        self._movers: list[Callable[[], None]] = []
        self._views: dict[int, tuple[Place, TabView]] = {self.tabs.nodes.id: (NODES, nodes)}
        """By the ids of their tabs."""
        self._placed = PlacedPanes({})
        self._dragged: Layout | None = None
        """What the panes looked like when a border was grasped."""
        self._opening: set[Place] = set()
        """Those of views that are on their way."""

    def connect(self, manager: SessionManager) -> None:
        """AWS is reached: sessions can start."""
        from ssmtui.ui.panes.inputs import Inputs  # the encoders need not be loaded for the first frame

        self._manager, self._inputs = manager, Inputs(manager, escapes=self._escapes)
        self.deck.connect(manager, self._inputs)

    # Looking

    @property
    def manager(self) -> SessionManager:
        """All sessions."""
        assert self._manager is not None
        return self._manager

    @property
    def inputs(self) -> Inputs:
        """What is typed into the sessions goes through these."""
        assert self._inputs is not None
        return self._inputs

    @property
    def sessions(self) -> Sequence[SessionSnapshot]:
        """All of them as they are now, in the order of their tabs; none before AWS is reached."""
        found = {one.key: one for one in self._manager.snapshots()} if self._manager is not None else {}
        # The newest have no tabs yet, those just closed still have theirs.
        placed = [found.pop(key) for key in self.tabs.sessions if key in found]
        return (*placed, *found.values())

    @property
    def session(self) -> SessionSnapshot | None:
        """The session that has the focus."""
        key = self.tabs.session
        return None if key is None else self.manager.snapshot(key)

    @property
    def view(self) -> TerminalView | None:
        """The terminal that has the focus."""
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
    def area(self) -> PaneArea:
        """What the panes of a tab share."""
        return PaneArea(0, 0, *self.deck.size)

    @property
    def terminal_size(self) -> TerminalSize:
        """The size of a terminal whose pane is the only one of its tab, whether or not one is in sight."""
        return _terminal_in(self.area, has_line=self.chrome_drawn is not Chrome.NONE)

    @property
    def in_sight(self) -> Sequence[int]:
        """The keys of the sessions whose panes are drawn now."""
        return tuple(self._placed.panes)

    def sizes_in(self, layout: Layout) -> Mapping[int, TerminalSize]:
        """The size of each terminal of a tab with this layout. One that is behind another, which is alone, has the size
        that it will have in its place; where there is room for one only, each has all of it."""
        if self._is_bare(layout):
            return {layout.focused: self.terminal_size}
        placed = replace(layout, alone=False).place(self.area).panes
        sizes = {leaf: _terminal_in(placed.get(leaf, self.area)) for leaf in layout.leaves}
        return {**sizes, layout.focused: _terminal_in(self.area)} if layout.alone else sizes

    def _is_bare(self, layout: Layout) -> bool:
        """Whether the one pane of a tab has no line of its own."""
        if self.chrome_drawn is not Chrome.NONE or len(layout.leaves) > 1:
            return False
        with suppress(KeyError):  # it has just been removed
            session = self.manager.snapshot(layout.focused)
            return not session_words.keeps_line(session.request.options, read_only=session.read_only)
        return True

    @property
    def chrome_drawn(self) -> Chrome:
        """Which lines are drawn now: all of them while a broadcast is on, for who takes part must be in sight."""
        return Chrome.FULL if self._inputs is not None and self._inputs.broadcast.is_on else self.chrome

    def badge(self, command: str, text: str, tone: Tone) -> None:
        """Say ``text`` beside the tabs, where a click runs ``command``; empty takes it back."""
        self._around.show_badge(command, text, tone)

    def show_broadcast(self) -> None:
        """Other sessions take part in the broadcast, or are left out: draw that."""
        was_on = bool(self.tabs.broadcast)
        broadcast = self.inputs.broadcast
        self.tabs.broadcast, self.tabs.differing = frozenset(broadcast.members), frozenset(broadcast.differing)
        self.deck.show_broadcast()
        if was_on != bool(self.tabs.broadcast) and self.chrome is not Chrome.FULL:
            self._place()
            self.deck.settle()
        self._around.tab_shown()

    # Moving

    def show(self, session: int | None) -> None:
        """Bring the tab of a session to the front and give its pane the focus; None: the nodes."""
        tab = self.tabs.of(session)
        before = tab.layout
        if session is not None:
            self.tabs.focus(session)
        self.show_tab(tab)
        if before is not None and before.alone and before != tab.layout:
            self.deck.settle()  # it has its place again

    def show_tab(self, tab: Tab) -> None:
        """Bring a tab to the front."""
        self.tabs.show(tab)
        self._place()
        self._around.tab_shown()

    def _place(self) -> None:
        """Put the panes of the shown tab where its layout has them."""
        tab = self.tabs.shown
        self._placed = PlacedPanes({}) if tab.layout is None else tab.layout.place(self.area)
        self.tabs.see(self._placed.panes)
        self.deck.show(self._placed, tab.session, self.front, bare=tab.layout is not None and self._is_bare(tab.layout))

    def move(self, offset: int) -> None:
        """Move the shown tab by ``offset`` places."""
        self.tabs.move(offset)
        self.refresh()
        self._tell_movers()

    def when_moved(self, moved: Callable[[], None]) -> Callable[[], None]:
        """Call ``moved`` whenever tabs have another order, layout or name, until the returned function is called."""
        self._movers.append(moved)
        return lambda: self._movers.remove(moved)

    # Layouts

    def lay_out(self, layout: Layout) -> None:
        """Give the panes of the shown tab another layout, which may hold sessions of other tabs: they come here. Each
        node hears of the size of its terminal once nothing has changed for a moment."""
        self.tabs.lay_out(self.tabs.shown, layout)
        self._laid_out()

    def relay(self, layout: Layout) -> None:
        """As :meth:`lay_out`, as one more step of the change that began last."""
        self.tabs.relay(self.tabs.shown, layout)
        self._laid_out()

    def bring(self, tab: Tab, beside: int, sides: Sequence[Side] = (Side.RIGHT, Side.DOWN)) -> bool:
        """Put all panes of ``tab`` into half of the pane of the session ``beside``, at the first of ``sides`` where
        there is room, and give them the focus. Returns whether there is room: panes that are all in sight are not
        hidden by others. Where they are not, the first side will do."""
        here = self.tabs.of(beside)
        found = self._joined(here, beside, tab, sides)
        if found is None:
            return False
        _, layout = found
        self.tabs.lay_out(here, layout)
        self.show_tab(here)
        self._laid_out()
        return True

    def _joined(self, here: Tab, beside: int, other: Tab, sides: Sequence[Side]) -> tuple[Side, Layout] | None:
        assert here.layout is not None
        assert other.layout is not None
        must_fit = here.layout.fits(self.area)
        for side in sides:
            layout = here.layout.join(beside, other.layout, side.axis, first=side.sign < 0)
            if layout.fits(self.area) or not must_fit:
                return side, layout
        return None

    def gather(self, layout: Layout) -> None:
        """Put all sessions of ``layout`` into one tab, that of the first of them, and show it."""
        self.refresh()
        self.show_tab(self.tabs.gather(layout))
        self._laid_out()

    def open_together(self, layout: Layout, title: str = "") -> None:
        """Put the sessions of ``layout``, which were started just now, into one tab, which is not shown."""
        self.refresh()
        self.tabs.open_together(layout, title)
        self._laid_out()

    def break_out(self, session: int) -> None:
        """Put a session into a tab of its own, and show it."""
        self.show_tab(self.tabs.break_out(session))
        self._laid_out()

    def undo(self) -> bool:
        """Take back the last change of layouts. Returns whether there was one."""
        if not self.tabs.undo():
            return False
        self.show_tab(self.tabs.shown)
        self._laid_out()
        return True

    def rename_tab(self, tab: Tab, title: str) -> None:
        """Call a tab ``title``; empty gives it the names of its sessions again."""
        tab.title = inert.line(title.strip(), MAX_TITLE)
        self.refresh()
        self._tell_movers()

    def _laid_out(self) -> None:
        self._place()
        self._around.sessions_shown(self.sessions)
        self._around.tab_shown()
        self.deck.settle()
        self._tell_movers()

    def _tell_movers(self) -> None:
        for moved in self._movers:
            moved()

    def show_chrome(self, chrome: Chrome) -> None:
        """Draw other lines from now on; terminals that get or lose one change their size."""
        self.chrome = chrome
        self._place()
        self.deck.settle()
        self._around.tab_shown()

    # What happens in the deck (deck.DeckOwner)

    def area_changed(self) -> None:
        """The window has another size: panes follow at once, their nodes when it has settled."""
        self._place()

    def pane_chosen(self, key: int) -> None:
        """A pane was clicked."""
        self.show(key)

    def border_dragged(self, border: Border, x: int, y: int, *, begins: bool) -> None:
        """Put a border where the mouse is; all steps of a drag are one change."""
        layout = self.tabs.shown.layout
        if layout is None:
            return
        if begins:
            self.tabs.remember()
            self._dragged = layout
        # A pane may come or go while the mouse is down: what was begun then fits no more.
        if self._dragged is not None and self._dragged.leaves == layout.leaves:
            self.relay(self._dragged.drag(border, x, y, self.area).focus(layout.focused))

    def sizes_settled(self) -> None:
        """Nothing has changed for a moment: every session gets the size that its terminal has now."""
        for tab in self.tabs.of_sessions:
            assert tab.layout is not None
            for key, size in self.sizes_in(tab.layout).items():
                with suppress(KeyError):  # it has just been removed
                    session = self.manager.session(key)
                    if session.resize(size):
                        self.deck.expect_redraw(key)

    # A tab that is dragged into a pane

    def drag_tab(self, tab: Tab, cell: Offset | None) -> None:
        """Show what dropping ``tab`` at that cell of the screen would do; None: it is over none."""
        if (at := self._drop_at(tab, cell)) is None:
            self.deck.show_drop(None)
            return
        key, sides = at
        found = self._joined(self.tabs.shown, key, tab, sides)
        self.deck.show_drop(key, "no room here" if found is None else _DROPS[found[0]])

    def drop_tab(self, tab: Tab, cell: Offset | None) -> None:
        """Put the panes of ``tab`` into the half of the pane at that cell of the screen that is nearest, of those that
        have room."""
        self.deck.show_drop(None)
        if (at := self._drop_at(tab, cell)) is not None:
            self.bring(tab, *at)

    def _drop_at(self, tab: Tab, cell: Offset | None) -> tuple[int, Sequence[Side]] | None:
        """The session whose pane is there, and its sides, the nearest first."""
        if cell is None or tab.layout is None or tab is self.tabs.shown:
            return None
        x, y = cell - self.deck.region.offset
        if (key := self.deck.pane_at(x, y)) is None:
            return None
        area = self._placed.panes[key]
        across, down = (x - area.x + 0.5) / area.cols, (y - area.y + 0.5) / area.rows
        distances = {Side.LEFT: across, Side.RIGHT: 1 - across, Side.UP: down, Side.DOWN: 1 - down}
        return key, sorted(Side, key=lambda side: distances[side])

    # The terminal that another program has

    def cover(self) -> None:
        """Stop drawing: another program has the terminal."""
        self.deck.set_covered(True)

    async def uncover(self, key: int) -> None:
        """Prepare to take the terminal back from the session ``key``: it gets its size, and its rows are fetched."""
        self.deck.set_covered(False)
        with suppress(KeyError):  # closed meanwhile
            layout = self.tabs.of(key).layout
            assert layout is not None
            self.manager.session(key).resize(self.sizes_in(layout)[key])
            await self.view_of(key).pull()

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

    def refresh(self, changed: Collection[int] | None = None) -> None:
        """Take over all sessions as they are now; ``changed`` are those that may be different, None: any."""
        sessions = self.sessions
        shown_before = self.tabs.shown
        layout_before = shown_before.layout
        self.tabs.update(sessions)
        self.deck.replace(sessions, changed)
        if self.tabs.shown is not shown_before:
            self.show_tab(self.tabs.shown)
        elif shown_before.layout != layout_before:  # a pane of it has gone
            self._place()
            self._around.tab_shown()
            self.deck.settle()
        self._around.sessions_shown(sessions)

    # Starting and ending

    def start(self, request: StartRequest, node: Node | None) -> None:
        """Start a session in a new tab and show it."""
        self.show_new(self.start_unseen(request, node))

    def start_unseen(self, request: StartRequest, node: Node | None, size: TerminalSize | None = None) -> int:
        """Start a session in a new tab, which is not shown; its key. ``size`` is that of its terminal; None: its pane
        will be the only one of its tab."""
        return self.manager.start(request, size or self.size_for(request), node)

    def size_for(self, request: StartRequest, replaced: int | None = None) -> TerminalSize:
        """The size of the terminal of a session that is yet to be started: in the pane of the session ``replaced``,
        where that is one of several, else in a tab of its own."""
        if replaced in self.tabs.sessions:
            layout = self.tabs.of(replaced).layout
            if layout is not None and len(layout.leaves) > 1:
                return self.sizes_in(layout)[replaced]
        keeps = session_words.keeps_line(request.options, read_only=self.manager.read_only)
        return _terminal_in(self.area) if keeps else self.terminal_size

    def start_beside(self, key: int, request: StartRequest, node: Node | None, axis: Axis) -> None:
        """Start a session in half of the pane of the session ``key``, and show it. Call it where
        :meth:`has_room_beside`."""
        layout = self.tabs.of(key).layout
        assert layout is not None
        new = self.start_unseen(request, node, self.sizes_in(layout.split(key, _NEW, axis))[_NEW])
        self.refresh()
        tab = self.tabs.of(key)
        self.tabs.lay_out(tab, layout.split(key, new, axis))
        self.show_tab(tab)
        self._laid_out()

    def has_room_beside(self, key: int, axis: Axis) -> bool:
        """Whether the pane of a session is large enough for two."""
        layout = self.tabs.of(key).layout
        return layout is not None and layout.split(key, _NEW, axis).fits(self.area)

    def restart_unseen(self, key: int) -> int:
        """Start an ended session again, in its tab, which need not be shown; the new key. Raises ``KeyError`` when
        there is no such session any more."""
        return self._put(self.manager.restart(key), key)

    def replace_unseen(self, key: int, request: StartRequest, node: Node | None) -> int:
        """Start another session in the tab of an ended one, which need not be shown; its key."""
        return self.take_place(self.start_unseen(request, node, self.size_for(request, key)), key)

    def request_access(self, request: StartRequest, reason: str, node: Node | None, replaced: int | None) -> int:
        """Ask for access to a node in a new tab, or in the place of an ended session, and show it; the tab's key."""
        new = self.manager.request_access(request, reason, self.size_for(request, replaced), node)
        self.show_new(new if replaced is None else self.take_place(new, replaced))
        return new

    def take_place(self, new: int, key: int) -> int:
        """Put ``new`` into the tab of the session ``key``, and remove ``key``. A name that a person gave that one
        stays."""
        old = self.manager.snapshot(key)
        self.manager.remove(key)
        if old.title != inert.line(old.request.label, MAX_TITLE):
            self.manager.session(new).rename(old.title)
        return self._put(new, key)

    def _put(self, new: int, key: int) -> int:
        # Before anything else may ask what the tab holds: its old session is gone.
        is_shown = bool({new, key}.intersection(self.tabs.shown.sessions))
        self.tabs.take_place(self.manager.snapshot(new), key)
        if is_shown:
            self.show_new(new)
        return new

    def remove(self, key: int) -> None:
        """Close a pane, ending its session, and its tab if that was the only one."""
        self.manager.remove(key)
        self.refresh()
