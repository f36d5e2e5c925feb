"""Holds all panes and views, puts those in sight where the layout of the shown tab has them, and draws the borders
between them."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.geometry import Offset, Region, Size, Spacing
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from ssmtui.layout import Axis, Border, PaneArea, PlacedPanes
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.ui.compat import rebind
from ssmtui.ui.look.palette import paint
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.panes import tidying
from ssmtui.ui.terminals.pacing import Pacer
from ssmtui.ui.terminals.searches import Searches

if TYPE_CHECKING:
    from ssmtui.sessions.manager import SessionManager
    from ssmtui.ui.panes.inputs import Inputs
    from ssmtui.ui.panes.pane import Pane
    from ssmtui.ui.panes.view import TabView

RESIZE_SETTLES = 0.08
"""Seconds for which nothing may change before the nodes hear of the sizes of their terminals: a window that is dragged
changes a hundred times, and a program that draws itself for each of them is always late."""

REDRAW_TAKES = 1.0
"""Seconds that programs on the nodes have for drawing themselves in a new size."""

AT_ONCE = 2
"""Panes that are made in one go: each takes milliseconds, and fifty sessions may be started at once."""

_BORDER = "│"


class PlacedLayout(Layout):
    """Puts each widget where it is told; one that nothing is said of takes all there is."""

    name = "placed"

    def __init__(self) -> None:
        self.areas: Mapping[Widget, PaneArea] = {}

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        """For Textual: the places of ``children``."""
        all_of_it = PaneArea(0, 0, *size)
        return [
            WidgetPlacement(Region(*self.areas.get(child, all_of_it)), Offset(), Spacing(), child) for child in children
        ]


class DeckOwner(Protocol):
    """What decides where panes are."""

    def area_changed(self) -> None:
        """The deck has another size."""

    def sizes_settled(self) -> None:
        """Nothing has changed for :data:`RESIZE_SETTLES` since the size did, or since :meth:`Deck.settle`."""

    def pane_chosen(self, key: int) -> None:
        """The mouse was pressed in the pane of a session that does not have the focus."""

    def border_dragged(self, border: Border, x: int, y: int, *, begins: bool) -> None:
        """The mouse drags a border to the cell ``x``, ``y`` of the deck."""


class Deck(Container):
    """Shows one tab's content. Panes come and go with the sessions; they are children of this whatever tab they are in,
    because Textual cannot move a widget without unmounting it."""

    def __init__(self, first: TabView, searches: Searches) -> None:
        """``first`` is what the first tab holds."""
        super().__init__()
        self.pane_bindings: list[BindingType] = []
        """The keys of panes whose session is over."""
        self.owner: DeckOwner | None = None
        """Told what happens in here."""
        self._views = [first]
        self._searches = searches
        self._pacer = Pacer()
        self._sessions: dict[int, SessionSnapshot] = {}
        self._panes: dict[int, Pane] = {}
        """A session that has just come may have none yet."""
        self._placed = PlacedPanes({})
        self._focused: int | None = None
        self._manager: SessionManager | None = None
        self._inputs: Inputs | None = None
        self._layout = PlacedLayout()
        self._redrawn: dict[int, float] = {}
        """By session, until when what comes is taken for the old content in a new size."""
        self._settling: Timer | None = None
        self._dragged: Border | None = None
        self._drag_moved = False
        self._is_covered = False
        self._room = (0, 0, 0, 0)
        self._tidying = tidying.Tidying()

    @property
    def layout(self) -> Layout:
        """Textual asks this where its children are."""
        return self._layout

    def compose(self) -> ComposeResult:
        """The first tab is there from the first frame on."""
        yield from self._views

    def connect(self, manager: SessionManager, inputs: Inputs) -> None:
        """From here on sessions can come, and be typed into."""
        self._manager, self._inputs = manager, inputs

    def ring(self, key: int) -> None:
        """Show the bell of a session that has a pane."""
        if key in self._panes:
            self._panes[key].ring()

    def show_broadcast(self) -> None:
        """Other sessions take part in the broadcast, or are left out."""
        for pane in self._panes.values():
            pane.show_part()

    def pane(self, key: int) -> Pane:
        """A session's pane. Raises ``KeyError`` where there is no such session."""
        if (pane := self._panes.get(key)) is not None:
            return pane
        assert self._manager is not None
        # One that has just taken another's place comes with the next change.
        return self._add(self._manager.snapshot(key))

    def replace(self, sessions: Sequence[SessionSnapshot], changed: Collection[int] | None = None) -> None:
        """Keep a pane for each session, and give those that have ``changed`` their new snapshots; None: any may have.
        Fifty sessions at work change many times a second, each of them alone."""
        self._sessions = {session.key: session for session in sessions}
        closed = self._panes.keys() - self._sessions.keys()
        for key in closed:
            self._panes.pop(key).remove()
            self._redrawn.pop(key, None)
        if closed and self._tidying.closed(len(closed)):
            self.set_timer(tidying.DELAY, self._tidying.collect)
        for key in self._panes if changed is None else self._panes.keys() & changed:
            if self._panes[key].snapshot != self._sessions[key]:
                self._panes[key].show(self._sessions[key])
        self._add_missing()

    def _add_missing(self) -> None:
        missing = [session for key, session in self._sessions.items() if key not in self._panes]
        for session in missing[:AT_ONCE]:
            try:
                self._add(session)
            except KeyError:  # it has been removed since, which is heard of in a moment
                del self._sessions[session.key]
        if len(missing) > AT_ONCE:
            self.call_after_refresh(self._add_missing)

    def leave_room(self, *, above: bool, below: bool) -> None:
        """Leave a row of each view to the line that lies over it. Sessions have that row, whatever tab is in front."""
        self._room = (int(above), 0, int(below), 0)
        for view in self._views:
            view.styles.padding = self._room

    def bring_back_lines(self, back: bool) -> None:
        """Show panes' own lines where they are hidden, below the tab bar that comes back with them; or hide them."""
        for key in self._placed.panes:
            if key in self._panes:
                self._panes[key].bring_back_line(back)

    async def add_view(self, view: TabView) -> None:
        """Mount ``view``, hidden."""
        view.display = False
        view.styles.padding = self._room
        self._views.append(view)
        await self.mount(view)

    def remove_view(self, view: TabView) -> None:
        """Remove ``view``."""
        self._views.remove(view)
        view.remove()

    # What is in sight

    def show(self, placed: PlacedPanes, focused: int | None, shown_view: TabView | None, *, bare: bool = False) -> None:
        """Show these panes, of which ``focused`` has the focus, or a view. A ``bare`` pane has no line of its own."""
        self._placed, self._focused = placed, focused
        if self._manager is not None:
            self._manager.prefer(focused)
        panes = {key: self.pane(key) for key in placed.panes}
        self._pacer.prefer(None if focused is None else panes[focused].view)
        self._layout.areas = {panes[key]: area for key, area in placed.panes.items()}
        for key, pane in self._panes.items():
            pane.set_in_sight(key in panes)
            if self._is_covered:
                pane.view.set_shown(False)
            pane.set_focused(key == focused, among=len(panes), behind=placed.hidden)
            if key in panes:
                pane.set_bare(bare)
                # The one way to have the parent ask where its children are: it keeps the answer.
                pane.refresh(layout=True)
        for view in self._views:
            view.display = view is shown_view
        self.refresh()
        # At once, not by Widget.focus(), which waits its turn: the next key must go to the right place.
        if focused is not None:
            shown = panes[focused]
            # A pane that is not mounted cannot have the focus: MainScreen.take_key types into its session meanwhile.
            if not shown.has_focus_within or not shown.is_mounted:
                self.screen.set_focus(shown.view if shown.is_mounted else None)
        elif shown_view is not None:
            self.screen.set_focus(shown_view.entrance)

    def set_covered(self, covered: bool) -> None:
        """Whether another program has the terminal, and nothing is drawn. No size settles meanwhile: one session has
        that of the whole terminal."""
        self._is_covered = covered
        for key in self._placed.panes:
            if key in self._panes:
                self._panes[key].view.set_shown(not covered)
        self.settle()

    def is_news(self, key: int) -> bool:
        """Whether the new rows of a session are news. What comes to a hidden pane just after a resize is the old
        content drawn again: its view takes that unseen."""
        pane = self._panes.get(key)
        if pane is None:
            return key in self._sessions
        if key not in self._placed.panes and time.monotonic() < self._redrawn.get(key, 0.0):
            pane.view.catch_up()
            return False
        return True

    def expect_redraw(self, key: int) -> None:
        """A session's terminal has another size: what it held comes again."""
        self._redrawn[key] = time.monotonic() + REDRAW_TAKES

    # Sizes

    def on_resize(self) -> None:
        """The window has another size."""
        if self.owner is not None:
            self.owner.area_changed()
        self.settle()

    def settle(self) -> None:
        """Something has changed the sizes of panes: :attr:`owner` hears once nothing does any more. While a border is
        dragged that is not before it is let go."""
        if self._settling is not None:
            self._settling.stop()
        waits = bool(self._sessions) and not self._drag_moved and not self._is_covered
        self._settling = self.set_timer(RESIZE_SETTLES, self._settled) if waits else None

    def _settled(self) -> None:
        self._settling = None
        if self.owner is not None:
            self.owner.sizes_settled()

    # Mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Give the pane the focus, and begin to drag the border that is there."""
        x, y = self._cell(event)
        key = self.pane_at(x, y)
        if key is not None and key != self._focused and self.owner is not None:
            self.owner.pane_chosen(key)
        # Of borders that cross, the row's: it is one column wide, and a line is long.
        borders = sorted(self._placed.borders, key=lambda border: border.axis is Axis.COLUMN)
        border = next((each for each in borders if each.area.contains(x, y)), None)
        if border is not None and event.button == 1:
            self._dragged, self._drag_moved = border, False
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Move the border."""
        if self._dragged is not None and not event.button:
            # It was let go where nothing was heard of it, as while another program had the terminal.
            self.release_mouse()
        elif self._dragged is not None and self.owner is not None:
            begins, self._drag_moved = not self._drag_moved, True
            x, y = self._cell(event)
            self.owner.border_dragged(self._dragged, x, y, begins=begins)

    def on_mouse_up(self) -> None:
        """Let go of the border: the nodes hear of the new sizes."""
        if self._dragged is not None:
            self.release_mouse()

    def on_mouse_release(self) -> None:
        """Something else has the mouse now."""
        moved, self._dragged, self._drag_moved = self._drag_moved, None, False
        if moved:
            self.settle()

    @on(events.DescendantFocus)
    def _focus_moved(self, event: events.DescendantFocus) -> None:
        """A click gives a terminal the focus before it comes here. Textual gives it away by itself, too, when a widget
        goes; by the time that this is handled it is where it should be again."""
        key = next((key for key in self._placed.panes if self._panes[key].view is event.widget), None)
        is_there = self.screen.focused is event.widget
        if key is not None and is_there and key != self._focused and self.owner is not None:
            self.owner.pane_chosen(key)

    def pane_at(self, x: int, y: int) -> int | None:
        """The session whose pane covers that cell of the deck."""
        return next((key for key, area in self._placed.panes.items() if area.contains(x, y)), None)

    def show_drop(self, key: int | None, what: str = "") -> None:
        """Say in the line of that pane what is about to be dropped there; None: nothing is any more."""
        for each in self._placed.panes:
            self._panes[each].show_drop(what if each == key else "")

    def _cell(self, event: events.MouseEvent) -> Offset:
        return event.screen_offset - self.region.offset

    # Drawing

    def render_line(self, y: int) -> Strip:
        """The borders between panes side by side; those of the focused pane stand out."""
        blank, columns = paint(self, Tone.PLAIN), self._columns(y)
        if not columns:
            return Strip.blank(self.size.width, blank)
        faint, here = paint(self, Tone.FAINT), paint(self, Tone.PRIMARY)
        focused = None if self._focused is None else self._placed.panes.get(self._focused)
        segments, x = [], 0
        for area in sorted(columns):
            is_beside = focused is not None and y in range(focused.y, focused.y + focused.rows)
            is_here = is_beside and focused is not None and area.x in (focused.x - 1, focused.x + focused.cols)
            segments += [Segment(" " * (area.x - x), blank), Segment(_BORDER, here if is_here else faint)]
            x = area.x + 1
        return Strip(segments).adjust_cell_length(self.size.width, blank)

    def _columns(self, y: int) -> list[PaneArea]:
        return [
            border.area
            for border in self._placed.borders
            if border.axis is Axis.ROW and border.area.y <= y < border.area.y + border.area.rows
        ]

    def _add(self, session: SessionSnapshot) -> Pane:
        # The encoders behind a pane need not be loaded for the first frame.
        from ssmtui.ui.panes.pane import Pane

        assert self._manager is not None
        assert self._inputs is not None
        pane = Pane(session, self._manager, self._searches, self._inputs, self._pacer)
        # Textual binds keys of a class, when it is made; these come from the settings.
        rebind(pane, self.pane_bindings)
        pane.display = False
        self._panes[session.key] = pane
        self.mount(pane)
        return pane
