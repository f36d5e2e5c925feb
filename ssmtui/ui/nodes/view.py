"""The first tab: filter line, table of nodes, details of the one under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from ssmtui.errors import SsmtuiError
from ssmtui.inventory.index import RowIndex
from ssmtui.inventory.node_rows import NODE_ROWS
from ssmtui.inventory.query.node_language import NODE_LANGUAGE
from ssmtui.inventory.query.vocabulary import Counting
from ssmtui.inventory.remembered import Remembered
from ssmtui.inventory.states import ScopePhase, ScopeState, aliases
from ssmtui.inventory.store import Delta
from ssmtui.model import Node, NodeKey, Scope
from ssmtui.ui.accounts import words as scope_words
from ssmtui.ui.accounts.line import ScopeLine
from ssmtui.ui.kit.key_hints import Hint
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import error_lines
from ssmtui.ui.nodes import details
from ssmtui.ui.nodes import words as view_words
from ssmtui.ui.nodes.filter.line import FilterLine
from ssmtui.ui.nodes.index_runner import IndexRunner
from ssmtui.ui.nodes.marks import Marks
from ssmtui.ui.nodes.panel import Counts, NodePanel
from ssmtui.ui.nodes.table.columns import ColumnFacts
from ssmtui.ui.nodes.table.preferences import SECTION, Preferences, read, sort_by
from ssmtui.ui.nodes.table.table import Decorations, NodeTable
from ssmtui.ui.panes.view import TabView
from ssmtui.ui.services import Clock

if TYPE_CHECKING:
    from ssmtui.config.memory import Memory
    from ssmtui.inventory.query.row_query import RowQuery
    from ssmtui.inventory.usage import Usage
    from ssmtui.sessions.snapshots import SessionSnapshot

FILTERING: list[Hint] = [("enter", "to the list"), ("escape", "clear"), ("tab", "complete"), ("↑ ↓", "earlier filters")]
TICK = 1.0
"""Seconds between two looks at the clock for the ages on the screen."""


class NodesView(TabView):
    """Shows the fleet. It gets snapshots from above and asks AWS nothing."""

    TITLE = "Nodes"

    def __init__(self, clock: Clock) -> None:
        table = NodeTable(ColumnFacts(clock.now()))
        super().__init__(table)
        self._clock = clock
        self.index = RowIndex(NODE_ROWS)
        self.marks = Marks()
        self.preferences = Preferences()
        self._runner = IndexRunner(
            lambda work: self.run_worker(work, name="node index"),
            arrived=self._rows_changed,
            looked=self._rows_changed,
            idle=lambda: self._counting or self.index.warm(),
        )
        self._counting: Iterator[None] | None = None
        """The count of tags and values that is under way."""
        self._usage: Usage | None = None
        self._states: Sequence[ScopeState] = ()
        self._aliases: Mapping[str, str] = {}
        self._progress = ""
        self._region = ""
        self._failure: SsmtuiError | None = None
        self._sessions: Sequence[SessionSnapshot] = ()
        self._counted: set[int] = set()
        """Keys of the sessions that are counted as uses of their nodes."""
        self._remembered: Remembered | None = None
        self._wants_top = False
        self._problem = ""
        self._uncounted = False
        self.table = table
        self.filter = FilterLine(clock, NODE_LANGUAGE, "filter: words, name:web, tag:env=prod, ping:online")
        self._counts = Counts()
        self._scopes = ScopeLine()
        self._error = TextLines(id="error")
        self._panel = NodePanel()

    def compose(self) -> ComposeResult:
        """Filter, scopes, error, table, details."""
        with Horizontal(id="filter-line"):
            yield self.filter
            yield self._counts
        yield self._scopes
        yield self._error
        yield self.table
        yield self._panel.title
        yield self._panel.lines

    def on_mount(self) -> None:
        """Keep the ages on the screen true."""
        self._scopes.display = False
        self._show_preferences()
        self._show_state()
        self.set_interval(TICK, self.tick)

    # Looking

    @property
    def selected(self) -> Node | None:
        """The node under the cursor."""
        return self.table.selected

    @property
    def targets(self) -> list[Node]:
        """What commands act on: the marked nodes in the order of the rows, those that the filter hides last; without
        marks the node under the cursor."""
        self._runner.finish()
        if not self.marks:
            return [self.selected] if self.selected else []
        rows = filter(None, map(self.index.row, list(self.marks.keys)))
        placed = [(self.index.place(row.item.key), row.item) for row in rows]
        placed.sort(key=lambda one: (one[0] is None, one[0] or 0, one[1].label))
        return [node for _, node in placed]

    @property
    def states(self) -> Sequence[ScopeState]:
        """How far each chosen scope is."""
        return self._states

    @property
    def differing(self) -> frozenset[str]:
        """The columns that tell the nodes of the chosen scopes apart."""
        return scope_words.differing(self._states)

    @property
    def filter_text(self) -> str:
        """The filter in force."""
        return self.filter.text

    @property
    def now(self) -> datetime:
        """The time of day."""
        return self._clock.now()

    # Changes from the screen

    def connect(self, usage: Usage, memory: Memory) -> None:
        """Take what is remembered of the use of nodes and of the table."""
        self._usage = usage
        self._remembered = Remembered(memory, SECTION, self._take_preferences)
        self._remembered.on_failure = usage.on_failure = lambda error: self.notify(
            error.detail, severity="warning", markup=False
        )
        self.run_worker(self._recall(self._remembered, memory), name="what is remembered of the table")
        query, self.index = self.index.query, RowIndex(NODE_ROWS, usage)
        if query is not None:
            self._runner.filter(self.index.select(query))
        usage.on_change = self._use_changed
        self.sort(self.preferences)
        self._show_decorations()

    async def _recall(self, remembered: Remembered, memory: Memory) -> None:
        await remembered.load()
        if memory.trouble:
            self.notify(memory.trouble, severity="warning", markup=False)

    def show_progress(self, text: str, region: str) -> None:
        """The services are being opened."""
        self._progress, self._region, self._failure = text, region, None
        self._show_state()

    def show_failure(self, error: SsmtuiError) -> None:
        """The services could not be opened."""
        self._progress, self._failure = "", error
        self._show_state()

    def show_inventory(self, states: Mapping[Scope, ScopeState], delta: Delta[Node]) -> None:
        """Listings went on: how far they are, and what is different of the nodes."""
        self._progress, self._states = "", list(states.values())
        self._aliases = aliases(self._states)
        self._show_surroundings()
        if delta:
            self._uncounted = True
            gone = self.marks.drop(delta.removed)
            if gone:
                self.notify(f"{words.count(gone, 'marked node')} no longer listed", severity="warning", markup=False)
                self._show_decorations()
            self._runner.put(self.index.apply(delta))
        elif self._is_stopped and all(state.phase is ScopePhase.COMPLETE for state in self._states):
            # A listing that found nothing new: the nodes are the same, but the machine may have more time now.
            self._runner.filter(self.index.select(self.index.query))
        self._show_preferences()
        self.table.show_facts(self._facts)
        self._show_state()

    def show_sessions(self, sessions: Sequence[SessionSnapshot]) -> None:
        """Which nodes have sessions here."""
        self._sessions = sessions
        self._note_uses()
        self._show_decorations()
        self._show_details()

    def _note_uses(self) -> None:
        """Each session that the service gave counts once as a use of its node, whether it came from the shell's key, a
        form, a batch, a restart, a workspace or granted access."""
        given = {session.key: session.node for session in self._sessions if session.session_id and session.node}
        for key in given.keys() - self._counted:
            if self._usage is not None:
                self._usage.note_use(given[key].key)
        self._counted = {session.key for session in self._sessions} & (self._counted | given.keys())

    def tick(self) -> None:
        """Time has passed."""
        self.table.show_facts(self._facts)
        self._show_counts()
        self._scopes.show(self._states, self._facts.now.timestamp())
        self._show_details()

    @property
    def _facts(self) -> ColumnFacts:
        return ColumnFacts(self._clock.now(), self._aliases)

    # The filter

    def edit_filter(self) -> None:
        """Go to the filter line; it completes what the nodes hold now."""
        self.filter.edit()
        self.count_values()

    def count_values(self, done: Callable[[], object] = lambda: None) -> None:
        """Learn which tags and values the nodes have, if that may be different; ``done`` is called once it is known."""
        if self._uncounted:
            self._uncounted = False
            self._counting = self._count(done)
            self._runner.wake()
        else:
            done()

    def _count(self, done: Callable[[], object]) -> Iterator[None]:
        counting = Counting(NODE_LANGUAGE, [row.item for row in self.index.rows])
        yield from counting.steps()
        self.filter.vocabulary = counting.vocabulary
        self._counting = None
        done()
        yield

    def set_filter(self, text: str) -> None:
        """Filter by ``text``."""
        self.filter.set_text(text)

    @on(FilterLine.Changed)
    def _filter_changed(self, event: FilterLine.Changed) -> None:
        event.stop()
        self.select(event.query, again=event.again)

    @on(FilterLine.Left)
    def _filter_left(self) -> None:
        """Back to the list: the next key acts on the row under the cursor."""
        self._runner.finish()
        self.screen.set_focus(self.table)

    def _show_surroundings(self) -> None:
        favourites = self._usage.favourites if self._usage is not None else frozenset()
        self.filter.show_surroundings(favourites, self._aliases)

    def select(self, query: RowQuery, *, again: bool = False) -> None:
        """Show what matches; the best match is under the cursor, unless it is the same filter ``again``."""
        self._wants_top = query.ranks and not again
        self._runner.filter(self.index.select(query))
        self._show_state()

    # Order, columns and marks

    def prefer(self, preferences: Preferences) -> None:
        """Apply ``preferences`` and remember them."""
        self.show_preferences(preferences)
        if self._remembered is not None:
            self._remembered.change(lambda held: preferences.as_section())

    def show_preferences(self, preferences: Preferences) -> None:
        """Apply ``preferences``."""
        before, self.preferences = self.preferences, preferences
        if preferences.sort != before.sort:
            self.sort(preferences)
        self._show_preferences()
        self._show_details()

    def _take_preferences(self, section: Mapping[str, Any]) -> None:
        found, problem = read(section)
        self.show_preferences(found)
        if problem:
            self.notify(problem, severity="warning", markup=False)

    async def on_unmount(self) -> None:
        """Save the preferences that are not written yet."""
        if self._remembered is not None:
            await self._remembered.close()

    def sort(self, preferences: Preferences) -> None:
        """Bring the rows into the order that is wanted."""
        self._runner.put(self.index.sort(preferences.sort))

    def mark(self, change: Callable[[Marks], object]) -> None:
        """Change what is marked."""
        self._runner.finish()
        change(self.marks)
        self._marks_changed()

    def mark_all(self) -> None:
        """Mark all rows, or none of them any more where all are."""
        self._runner.mark(self._marking(self.marks.toggle_all(self.table.rows)))

    def _marking(self, steps: Iterator[None]) -> Iterator[None]:
        yield from steps
        self._marks_changed()

    def _marks_changed(self) -> None:
        self.table.redraw()
        self._show_counts()

    def toggle_mark(self) -> None:
        """Mark the node under the cursor, or take its mark away; a range ends there."""
        node = self.selected
        if node is not None:
            ranging = self.marks.anchor is not None
            self.mark(lambda marks: marks.end_range() if ranging else marks.toggle(node.key))

    @property
    def own_hints(self) -> tuple[str, Sequence[Hint]] | None:
        """Those of the line to filter with."""
        return ("filter", FILTERING) if self.filter.has_keys else None

    def move(self, lines: int) -> None:
        """Move the cursor; a range goes with it."""
        self.table.move(lines)
        anchor = self.index.place(self.marks.anchor) if self.marks.anchor is not None else None
        if anchor is not None:
            self.mark(lambda marks: marks.stretch(self.table.rows, anchor, self.table.cursor))

    def scroll_details(self, lines: int) -> None:
        """Scroll within the details."""
        self._panel.lines.scroll_relative(y=lines, animate=False)

    def toggle_favourite(self) -> None:
        """Make the node under the cursor a favourite, or one no longer."""
        if self.selected is not None and self._usage is not None:
            self._usage.toggle_favourite(self.selected.key)

    def _use_changed(self, keys: frozenset[NodeKey]) -> None:
        self._show_surroundings()
        self._runner.put(self.index.use_changed(keys))
        self._show_decorations()
        self._show_details()

    # What happens in the table

    @on(NodeTable.Highlighted)
    def _node_highlighted(self, event: NodeTable.Highlighted) -> None:
        event.stop()
        self._show_details()

    @on(NodeTable.MarkClicked)
    def _mark_clicked(self, event: NodeTable.MarkClicked) -> None:
        event.stop()
        self.toggle_mark()

    @on(NodeTable.HeadingClicked)
    def _heading_clicked(self, event: NodeTable.HeadingClicked) -> None:
        event.stop()
        self.prefer(self.preferences.sorted_by(sort_by(self.preferences.sort, event.field, further=event.further)))

    # What is drawn

    def _rows_changed(self) -> bool:
        """Show the rows of the index; whether they changed."""
        if self.index.shown is self.table.rows:
            return False
        self.table.show(self.index.shown, self.index.place, self.index.query, to_top=self._wants_top)
        self._wants_top &= self._runner.filtering
        problem = self.index.query.problem if self.index.query is not None else ""
        if problem != self._problem:  # else what is offered for completion would go
            self._problem = problem
            self.filter.show_problem(problem)
        self._show_state()
        return True

    def _show_preferences(self) -> None:
        self.table.show_columns(self.preferences.shown(self.differing), self.preferences.sort)

    def _show_decorations(self) -> None:
        favourites = self._usage.favourites if self._usage is not None else frozenset()
        in_use = {session.node.key for session in self._sessions if session.live and session.node is not None}
        self.table.show_decorations(Decorations(self.marks, favourites, in_use))

    def _show_state(self) -> None:
        self._show_counts()
        self._show_details()
        self._scopes.show(self._states, self._clock.now().timestamp())
        width = max(40, self.size.width - 4)
        # Of several scopes the line above tells which ones are in trouble.
        error = self._failure or (self._states[0].error if len(self._states) == 1 else None)
        error = error if self.index.total else None
        self._error.display = error is not None
        if error is not None:
            self._error.show(error_lines(error, width))
        filtered = self._is_filtered and self.index.total > 0
        self.table.show_message(
            view_words.nothing(
                self._states,
                self._failure,
                progress=self._progress,
                region=self._region,
                filtered=filtered,
                width=min(width, 72),
                stopped=filtered and self._is_stopped,
            )
        )

    @property
    def _is_filtered(self) -> bool:
        return self.index.query is not None and not self.index.query.is_empty

    @property
    def _is_stopped(self) -> bool:
        """Whether rows are missing because the filter took too long."""
        return self.index.query is not None and bool(self.index.query.problem)

    def _show_counts(self) -> None:
        shown, total = len(self.index.shown), self.index.total
        now = self._clock.now().timestamp()
        number = f"{shown:,} of {total:,}" if self._is_filtered else words.count(total, "node") if total else ""
        self._counts.show(
            view_words.counts(
                self._states, number, len(self.marks), now, stopped=self._is_filtered and self._is_stopped
            )
        )

    def _show_details(self) -> None:
        node = self.selected
        dealings = details.dealings(node, self._sessions, self._usage, self._clock.now()) if node else None
        self._panel.show(node, self._facts, dealings or details.Dealings(), tall=self.preferences.tall)
