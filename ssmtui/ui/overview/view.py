"""The overview: all sessions as tiles, the line to filter them with, how many there are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from ssmtui.inventory.query.node_language import NODE_LANGUAGE
from ssmtui.inventory.query.vocabulary import Counting
from ssmtui.sessions.snapshots import SessionChange
from ssmtui.ui.commands.messages import CommandWanted
from ssmtui.ui.kit.key_hints import Hint
from ssmtui.ui.kit.line import Line
from ssmtui.ui.look.cells import Cell
from ssmtui.ui.look.pieces import Piece, longest_fit
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import count
from ssmtui.ui.overview import listing
from ssmtui.ui.overview.board import TileBoard
from ssmtui.ui.overview.listing import Listed, TileOrder
from ssmtui.ui.overview.live import PAUSE, LiveLines
from ssmtui.ui.panes import words as session_words
from ssmtui.ui.panes.needs import need_of
from ssmtui.ui.panes.view import TabView
from ssmtui.ui.table.filter_line import FilterLine

if TYPE_CHECKING:
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.overview.state import OverviewState
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.services import Clock, Services

TICK = 1.0
"""Seconds between two looks at what changes with time."""
FILTERING: list[Hint] = [("enter", "to the tiles"), ("escape", "clear"), ("tab", "complete")]


class TileCounts(Line):
    """How many sessions are shown and marked, and their order."""

    def __init__(self) -> None:
        super().__init__()
        self._variants: list[list[Piece]] = [[]]

    def show(self, found: int, total: int, marked: int, order: TileOrder) -> None:
        """Say this."""
        marks = [Piece(f" {marked} marked ", Tone.ACCENT)] if marked else []
        tail = [Piece(f" {order.value} ", Tone.DIM)]
        sessions = count(total, "session")
        full, brief = (f"{found} of {sessions}", f"{found} of {total}") if found < total else (sessions, sessions)
        variants = [
            [Piece(f" {full} ", Tone.STRONG), *marks, *tail],
            [Piece(f" {brief} ", Tone.STRONG), *marks, *tail],
            [*marks, *tail],
            marks or tail,
        ]
        if variants != self._variants:
            self._variants = variants
            self.refresh()

    def right(self, width: int) -> list[Piece]:
        """All of it, at the right edge."""
        return longest_fit(self._variants, width)

    def on_click(self) -> None:
        """Choose the next order."""
        self.post_message(CommandWanted("overview-order"))


class OverviewView(TabView):
    """Follows all sessions. What a person does with tiles is in the commands of the feature."""

    TITLE = "Overview"
    STYLES = dialog_sheets("overview")

    def __init__(
        self, panes: Panes, services: Services, state: OverviewState, clock: Clock, key: Callable[[str], str]
    ) -> None:
        """``key`` gives the key of a command, as a person reads it."""
        self._live = LiveLines(services.manager, self._printed)
        self.board = TileBoard(self._live.lines)
        super().__init__(self.board)
        self.marked: dict[int, None] = {}
        """The keys of the marked sessions, in the order in which they were marked."""
        self.state = state
        self._panes = panes
        self._manager = services.manager
        self._services = services
        self._key = key
        self._filter = FilterLine(clock, NODE_LANGUAGE, "filter: words, name:web, tag:env=prod, tag:state=lost")
        self._counts = TileCounts()
        self._timer: asyncio.TimerHandle | None = None
        self._unfollow: list[Callable[[], object]] = []

    def compose(self) -> ComposeResult:
        """The line to filter with, the tiles."""
        with Horizontal(id="head"):
            yield self._filter
            yield self._counts
        yield self.board

    def on_mount(self) -> None:
        """Follow the sessions, as it was left."""
        self._filter.show_surroundings(frozenset(), {}, self._services.filters.saved)
        self._filter.set_text(self.state.text)
        self._unfollow = [
            self._manager.subscribe(self._changed),
            self._panes.when_moved(self._tick),
        ]
        self.set_interval(TICK, self._passed)
        self.app.theme_changed_signal.subscribe(self, self.board.recolor)
        self.show_sessions(cursor=self.state.cursor)

    async def on_unmount(self) -> None:
        """Stop following them."""
        self.state.cursor = self.board.chosen.session.key if self.board.chosen is not None else None
        for unfollow in self._unfollow:
            unfollow()
        if self._timer is not None:
            self._timer.cancel()
        await self._live.close()

    def on_show(self) -> None:
        """In front again: what has happened meanwhile is seen at once."""
        self.show_sessions()
        self._follow()

    def on_hide(self) -> None:
        """Another tab is in front: nothing is pulled meanwhile."""
        self._live.follow((), 0)

    @on(TileBoard.SightChanged)
    def _follow(self) -> None:
        if self.display:
            self._live.follow(self.board.in_sight, self.board.output_lines)

    def _printed(self, key: int) -> None:
        self.board.redraw(key)

    @property
    def own_hints(self) -> tuple[str, Sequence[Hint]] | None:
        """Those of the line to filter with."""
        return ("filter", FILTERING) if self._filter.has_keys else None

    # Looking

    @property
    def chosen(self) -> SessionSnapshot | None:
        """The session under the cursor, as it is now: what is drawn may be a little older."""
        listed = self.board.chosen
        return None if listed is None else self._now(listed.session.key)

    @property
    def targets(self) -> list[SessionSnapshot]:
        """What commands act on: the marked sessions in the order in which they were marked, those that the filter hides
        among them; without marks the one under the cursor."""
        if self.marked:
            return [session for key in self.marked if (session := self._now(key)) is not None]
        return [self.chosen] if self.chosen is not None else []

    @property
    def marked_sessions(self) -> Sequence[int]:
        """In the order in which they were marked."""
        return list(self.marked)

    def _now(self, key: int) -> SessionSnapshot | None:
        with suppress(KeyError):  # it has just been removed
            return self._manager.snapshot(key)
        return None

    # What is shown

    def _changed(self, key: int, change: SessionChange) -> None:
        """A session has changed. The mark of its tab changes some milliseconds later, so this waits even for the first
        change after a while."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PAUSE, self._tick)

    def _passed(self) -> None:
        """Time has passed: tiles say how long a command runs and how much time is left, and a broadcast may have other
        members."""
        if self.display:
            self.show_sessions()

    def _tick(self) -> None:
        """Show what has changed, unless another tab is in front: then it is shown when this one is again."""
        self._timer = None
        if self.display and self.board.is_attached:
            self.show_sessions()

    def show_sessions(self, *, cursor: int | None = None) -> None:
        """Show the sessions as they are now, with the cursor on that one, or where it was."""
        sessions = self._panes.sessions
        there = {session.key for session in sessions}
        self.marked = {key: None for key in self.marked if key in there}
        self._live.keep(there)
        found = listing.shown([self._listed(one) for one in sessions], self.state.order, self._filter.in_force)
        self.board.show_message(self._nothing(bool(sessions)))
        self.board.show(found, cursor)
        self.board.show_marks(self.marked)
        self._counts.show(len(found), len(sessions), len(self.marked), self.state.order)

    def _listed(self, session: SessionSnapshot) -> Listed:
        try:
            mark = self._panes.tabs.need(session.key)
        except KeyError:  # it has just been started, and has no tab yet
            mark = need_of(session)
        part = session_words.broadcasting(self._panes.inputs.broadcast, session.key, 0)
        return Listed(session, mark, part)

    def _nothing(self, has_some: bool) -> list[Cell]:
        if has_some:
            back = f"{self._key('overview-back')} shows all sessions again."
            return [Cell("The filter finds no session.", Tone.STRONG), Cell(back, Tone.DIM)]
        return [
            Cell("There are no sessions.", Tone.STRONG),
            Cell("Open some from the list of nodes; each has a tile here.", Tone.DIM),
        ]

    # The filter

    def edit_filter(self) -> None:
        """Type a filter; it completes what the sessions hold now."""
        counting = Counting(NODE_LANGUAGE, [listing.as_node(session) for session in self._panes.sessions])
        for _ in counting.steps():
            pass
        self._filter.vocabulary = counting.vocabulary
        self._filter.edit()

    def set_filter(self, text: str) -> None:
        """Filter by ``text``."""
        self._filter.set_text(text)

    @on(FilterLine.Changed)
    def _filter_changed(self, event: FilterLine.Changed) -> None:
        event.stop()
        self.state.text = event.query.text
        self.show_sessions()

    @on(FilterLine.Left)
    def _filter_left(self, event: FilterLine.Left) -> None:
        event.stop()
        self.screen.set_focus(self.board)

    # Marks and order

    def mark(self) -> None:
        """Mark the session under the cursor, or take its mark away, and go to the next."""
        if self.chosen is not None:
            self._toggle([self.chosen.key])
            self.board.step(1)

    def mark_all(self) -> None:
        """Mark all that are shown; where all are, take their marks away."""
        self._toggle([listed.session.key for listed in self.board.rows])

    def _toggle(self, keys: Sequence[int]) -> None:
        if all(key in self.marked for key in keys):
            self.marked = {key: None for key in self.marked if key not in keys}
        else:
            self.marked |= dict.fromkeys(keys)
        self.show_sessions()

    def clear_marks(self) -> None:
        """Mark none any more."""
        self.marked.clear()
        self.show_sessions()

    def sort(self) -> None:
        """Sort by what comes next."""
        self.state.order = self.state.order.following
        self.show_sessions()

    def take_back(self) -> bool:
        """Take back one thing after the other: marks, filter. False when there is neither."""
        if self.marked:
            self.clear_marks()
        elif self.state.text or self._filter.text:
            self.set_filter("")
        else:
            return False
        return True
