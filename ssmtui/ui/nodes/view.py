"""The first tab: filter line, table of nodes, details of the one under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal

from ssmtui.errors import SsmtuiError
from ssmtui.inventory.index import RowIndex
from ssmtui.inventory.node_rows import NODE_ROWS
from ssmtui.inventory.query.node_language import NODE_LANGUAGE
from ssmtui.inventory.states import ScopePhase, ScopeState, aliases
from ssmtui.inventory.store import Delta
from ssmtui.model import Node, NodeKey, Scope
from ssmtui.ui.accounts import words as scope_words
from ssmtui.ui.accounts.line import ScopeLine
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.look.cells import Cell, error_lines
from ssmtui.ui.nodes import details
from ssmtui.ui.nodes import words as view_words
from ssmtui.ui.nodes.table.columns import NODE_COLUMNS
from ssmtui.ui.services import Clock
from ssmtui.ui.table.columns import ColumnFacts
from ssmtui.ui.table.table import Decorations
from ssmtui.ui.table.view import TableView

if TYPE_CHECKING:
    from ssmtui.config.memory import Memory
    from ssmtui.inventory.query.row_query import RowQuery
    from ssmtui.inventory.usage import Usage
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.table.preferences import Preferences


_UNDER_WAY = frozenset({ScopePhase.WAITING, ScopePhase.LOADING})


class NodesView(TableView[Node]):
    """Shows the fleet. It gets snapshots from above and asks AWS nothing."""

    TITLE = "Nodes"

    def __init__(self, clock: Clock) -> None:
        super().__init__(
            clock,
            NODE_COLUMNS,
            NODE_LANGUAGE,
            noun="node",
            section="table",
            opens="shell",
            placeholder="filter: words, name:web, tag:env=prod, ping:online",
        )
        self.key_of: Callable[[str], str] = lambda command: ""
        """The key of a command, for what an empty table says; the main screen knows it."""
        self._usage: Usage | None = None
        self._states: Sequence[ScopeState] = ()
        self._aliases: Mapping[str, str] = {}
        self._progress = ""
        self._region = ""
        self._failure: SsmtuiError | None = None
        self._ways: Sequence[Cell] = ()
        self._way = Cell("")
        self._sessions: Sequence[SessionSnapshot] = ()
        self._counted: set[int] = set()
        """Keys of the sessions that are counted as uses of their nodes."""
        self._wants_visitors = False
        self.on_visitors_wanted: Callable[[bool], object] = lambda wanted: None
        """Called with whether it matters from now on who is on the nodes."""
        self._scopes = ScopeLine()
        self._error = TextLines(id="error")

    def compose(self) -> ComposeResult:
        """Filter, scopes, error, table, details."""
        with Horizontal(id="filter-line"):
            yield self.filter
            yield self.counts
        yield self._scopes
        yield self._error
        yield self.table
        yield self.panel.title
        yield self.panel.lines

    def on_mount(self) -> None:
        """No scope is known yet."""
        self._scopes.display = False

    # Looking

    @property
    def states(self) -> Sequence[ScopeState]:
        """How far each chosen scope is."""
        return self._states

    @property
    def awaits_nodes(self) -> bool:
        """Whether none is listed, and the first may come at any moment."""
        is_under_way = not self._states or any(state.phase in _UNDER_WAY for state in self._states)
        return not self.index.total and is_under_way

    @property
    def differing(self) -> frozenset[str]:
        """The columns that tell the nodes of the chosen scopes apart."""
        return scope_words.differing(self._states)

    @property
    def facts(self) -> ColumnFacts:
        """The time and the accounts' names."""
        return ColumnFacts(self.clock.now(), self._aliases)

    @property
    def wants_visitors(self) -> bool:
        """Whether it matters who is on the nodes: a column shows it, the rows are sorted by it, or the filter asks."""
        query, named = self.index.query, [one.name for one in self.preferences.columns]
        named += [key.field for key in self.preferences.sort]
        return "who" in named or (query is not None and query.asks("who", "busy"))

    # Changes from the screen

    def select(self, query: RowQuery, *, again: bool = False) -> None:
        """Show what matches."""
        super().select(query, again=again)
        self._want_visitors()

    def show_preferences(self, preferences: Preferences) -> None:
        """Apply ``preferences``."""
        super().show_preferences(preferences)
        self._want_visitors()

    def _want_visitors(self) -> None:
        if self._wants_visitors != self.wants_visitors:
            self._wants_visitors = self.wants_visitors
            self.on_visitors_wanted(self._wants_visitors)

    def connect(self, usage: Usage, memory: Memory) -> None:
        """Take what is remembered of the use of nodes and of the table."""
        self._usage = usage
        usage.on_failure = lambda error: self.notify(error.detail, severity="warning", markup=False)
        self.remember(memory)
        usage.on_change = self._use_changed
        self.begin(RowIndex(NODE_ROWS, usage), self.index.query)
        self.show_decorations()

    def show_progress(self, text: str, region: str) -> None:
        """The services are being opened."""
        self._progress, self._region, self._failure = text, region, None
        self.show_state()

    def show_failure(self, error: SsmtuiError, ways: Sequence[Cell], in_brief: Cell) -> None:
        """The services could not be opened; ``ways`` says what can be done, a line each, or ``in_brief`` on one where
        nodes of an earlier run are shown."""
        self._progress, self._failure, self._ways, self._way = "", error, ways, in_brief
        self.show_state()

    def show_inventory(self, states: Mapping[Scope, ScopeState], delta: Delta[Node]) -> None:
        """Listings went on: how far they are, and what is different of the nodes."""
        self._progress, self._states = "", list(states.values())
        self._aliases = aliases(self._states)
        self._show_surroundings()
        if delta:
            self.take(delta)
        elif self.is_stopped and all(state.phase is ScopePhase.COMPLETE for state in self._states):
            # A listing that found nothing new: the nodes are the same, but the machine may have more time now.
            self.retry_filter()
        self.show_table()
        self.table.show_facts(self.facts)
        self.show_state()

    def show_sessions(self, sessions: Sequence[SessionSnapshot]) -> None:
        """Which nodes have sessions here."""
        self._sessions = sessions
        self._note_uses()
        self.show_decorations()
        self.show_details()

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
        super().tick()
        self._scopes.show(self._states, self.now.timestamp())

    def _show_surroundings(self) -> None:
        favourites = self._usage.favourites if self._usage is not None else frozenset()
        self.filter.show_surroundings(favourites, self._aliases)

    def toggle_favourite(self) -> None:
        """Make the node under the cursor a favourite, or one no longer."""
        if self.selected is not None and self._usage is not None:
            self._usage.toggle_favourite(self.selected.key)

    def _use_changed(self, keys: frozenset[NodeKey]) -> None:
        self._show_surroundings()
        self.runner.put(self.index.use_changed(keys))
        self.show_decorations()
        self.show_details()

    # What is drawn

    def show_decorations(self) -> None:
        """Marked, favourite, has a live session here."""
        favourites = self._usage.favourites if self._usage is not None else frozenset()
        in_use = {session.node.key for session in self._sessions if session.live and session.node is not None}
        self.table.show_decorations(Decorations(self.marks, favourites, in_use))

    def show_state(self) -> None:
        """Counts, details, scopes, what went wrong, and what an empty table says."""
        self.show_counts()
        self.show_details()
        self._scopes.show(self._states, self.now.timestamp())
        width = max(40, self.size.width - 4)
        # Of several scopes the line above tells which ones are in trouble.
        error = self._failure or (self._states[0].error if len(self._states) == 1 else None)
        error = error if self.index.total else None
        self._error.display = error is not None
        if error is not None:
            self._error.show([*error_lines(error, width), *([self._way] if self._failure is not None else [])])
        filtered = self.is_filtered and self.index.total > 0
        self.table.show_message(
            view_words.nothing(
                self._states,
                self._failure,
                progress=self._progress,
                region=self._region,
                filtered=filtered,
                width=min(width, 72),
                stopped=filtered and self.is_stopped,
                ways=self._ways,
                key_of=self.key_of,
            )
        )

    def show_counts(self) -> None:
        """How many nodes there are and are marked, and how old that is."""
        stopped = self.is_filtered and self.is_stopped
        now = self.now.timestamp()
        self.counts.show(view_words.counts(self._states, self.number, len(self.marks), now, stopped=stopped))

    def show_details(self) -> None:
        """The node under the cursor."""
        node, tall = self.selected, self.preferences.tall
        if node is None:
            self.panel.clear(tall=tall)
            return
        dealings = details.dealings(node, self._sessions, self._usage, self.now)
        lines = (details.full if tall else details.brief)(node, self.facts, dealings)
        self.panel.show(node.key, node.label, node.id, lines, tall=tall, favourite=dealings.favourite)
