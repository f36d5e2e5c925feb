"""The control room: a table of sessions, which of them are shown, the details of the one under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal

from ssmtui.inventory.index import RowIndex
from ssmtui.inventory.query.session_language import SESSION_LANGUAGE
from ssmtui.inventory.session_fields import SESSION_ROWS
from ssmtui.inventory.session_output import output_places
from ssmtui.inventory.session_rows import SessionKey, SessionRow
from ssmtui.inventory.states import ScopePhase, aliases
from ssmtui.inventory.store import NOTHING, Delta
from ssmtui.model import DEFAULT_SHELL, Scope
from ssmtui.ui.accounts import words as scope_words
from ssmtui.ui.commands.messages import CommandWanted
from ssmtui.ui.control import details
from ssmtui.ui.control import words as view_words
from ssmtui.ui.control.columns import OF_NOW, OF_THE_PAST, SESSION_COLUMNS
from ssmtui.ui.control.words import TimeSpan
from ssmtui.ui.kit.line import Line
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.kit.turns import Throttle
from ssmtui.ui.look.cells import Cell
from ssmtui.ui.look.pieces import Piece
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import wrap
from ssmtui.ui.services import Clock
from ssmtui.ui.table.columns import ColumnFacts
from ssmtui.ui.table.table import Decorations
from ssmtui.ui.table.view import TableView

if TYPE_CHECKING:
    from ssmtui.inventory.session_board import BoardState
    from ssmtui.ui.control.state import ControlState
    from ssmtui.ui.services import Services

WATCHER = "control"
"""What the board knows this view as."""
RESTS = 0.3
"""Seconds between two documents that are read for where output is: the cursor may run over hundreds of sessions."""
LOOK = 3.0
"""Seconds between two looks at what this machine knows of sessions, at least."""
INTERVAL = 15.0
"""Seconds between two listings while the sessions are in sight."""


def _missing(index: RowIndex[SessionRow], sessions: Mapping[SessionKey, SessionRow]) -> Delta[SessionRow]:
    """What an index that nobody has kept up lacks of ``sessions``."""
    # The board replaces a row that has changed: looking at which ones these are takes a fifth of comparing keys.
    known = {id(row.item) for row in index.rows}
    changed = tuple(row for row in sessions.values() if id(row) not in known)
    if not changed and len(known) == len(sessions):
        return NOTHING
    return Delta(changed, tuple(row.item.key for row in index.rows if row.item.key not in sessions))


class Heading(Line):
    """Which sessions are shown."""

    def __init__(self) -> None:
        super().__init__(id="heading")
        self._pieces: list[Piece] = []
        self.is_of_node = False

    def show(self, pieces: list[Piece], *, of_node: bool) -> None:
        """Say this; ``of_node``: they are those of one node."""
        self.is_of_node = of_node
        if pieces != self._pieces:
            self._pieces = pieces
            self.refresh()

    def left(self, width: int) -> list[Piece]:
        """As much of it as there is room for."""
        return self._pieces

    def on_click(self) -> None:
        """Do what the key does that it names."""
        self.post_message(CommandWanted("session-all-nodes" if self.is_of_node else "session-history"))


class ControlView(TableView[SessionRow]):
    """Follows the board of sessions while it is in sight. What a person does with rows is in the feature's commands."""

    TITLE = "Sessions"
    STYLES = dialog_sheets("table", "control")

    def __init__(
        self, services: Services, state: ControlState, clock: Clock, looked: Callable[[], None] = lambda: None
    ) -> None:
        """``looked`` is called when somebody looks at the list, and when it was listed again."""
        super().__init__(
            clock,
            SESSION_COLUMNS,
            SESSION_LANGUAGE,
            noun="session",
            section="sessions",
            opens="session-go",
            placeholder="filter: words, owner:jane, name:web, started:<1h, is:others",
        )
        self.state = state
        self._looked = Throttle(looked, LOOK)
        self.preferences = state.preferences or self.preferences
        self._board = services.board
        self._services = services
        self._aliases = aliases(services.fleet.states.values())
        self._changes: dict[SessionKey, SessionRow | None] = {}
        """What has become of sessions since the rows were told; None: gone."""
        self._throttle = Throttle(self._tell)
        self._reading = Throttle(self._read_document, RESTS)
        self._asked: set[tuple[Scope, str]] = set()
        """Documents that were read for where output is, or could not be."""
        self._heading = Heading()
        self._error = TextLines(id="error")

    def compose(self) -> ComposeResult:
        """Which sessions, the filter, what is missing, table, details."""
        yield self._heading
        with Horizontal(id="filter-line"):
            yield self.filter
            yield self.counts
        yield self._error
        yield self.table
        yield self.panel.title
        yield self.panel.lines

    def on_mount(self) -> None:
        """Show what the board has, and follow it."""
        self.remember(self._services.memory)
        self.filter.connect(self.state.filters)
        self.filter.show_surroundings(frozenset(), self._aliases)
        self._board.on_change = self._changed
        self._board.show(history=self.state.side is TimeSpan.PAST)
        if self.state.text:
            self.set_filter(self.state.text)
        self.show_decorations()
        self._begin()

    async def on_unmount(self) -> None:
        """Leave the board to others."""
        self.state.text, self.state.preferences = self.filter_text, self.preferences
        self._throttle.cancel()
        self._looked.cancel()
        self._reading.cancel()
        self._board.on_change = lambda delta: None
        self._board.watch(WATCHER, None)

    def on_show(self, event: events.Show) -> None:
        """In sight: the sessions are listed again and again."""
        self._board.watch(WATCHER, INTERVAL)
        self._looked.request()

    def on_hide(self, event: events.Hide) -> None:
        """Behind another tab: nobody looks."""
        self._board.watch(WATCHER, None)

    # Which sessions

    @property
    def node(self) -> str:
        """What the one node is called whose sessions are shown; empty: all."""
        return self.state.node

    @property
    def is_past(self) -> bool:
        """Whether those are shown that are over."""
        return self.state.side is TimeSpan.PAST

    def show_side(self, side: TimeSpan) -> None:
        """Show the sessions that run, or those that are over, of all nodes."""
        self.state.side, self.state.node, self.state.node_key = side, "", None
        self.state.failure = None
        self._board.show(history=side is TimeSpan.PAST)
        now = self.now.timestamp()
        if any(one.refreshed_at is not None and now - one.refreshed_at > INTERVAL for one in self.states):
            # The past is listed seldom by itself; who looks at it wants what has just ended.
            self._board.refresh()
        self._begin()

    def show_node(self, node: str) -> None:
        """Show the sessions of one node, of which none is known yet."""
        self.state.node, self.state.history, self.state.failure = node, None, None
        self._begin()

    def show_history(self) -> None:
        """The sessions of the one node have been listed, or could not be."""
        self._begin()

    def _begin(self) -> None:
        """Show other sessions."""
        self._changes.clear()
        self._throttle.cancel()
        self.marks.clear()
        self.show_table()
        query = self.filter.in_force
        if self.node:
            self.begin(RowIndex(SESSION_ROWS), query)
            self.take(Delta(self.state.history or ()))
        else:
            index = self.state.indexes.setdefault(self.state.side, RowIndex(SESSION_ROWS))
            self.begin(index, query)
            self.take(_missing(index, self._board.sessions))
        self.show_state()

    def _changed(self, delta: Delta[SessionRow]) -> None:
        self._changes.update(dict.fromkeys(delta.removed))
        self._changes.update((row.key, row) for row in delta.changed)
        self._throttle.request()
        self._looked.request()

    def _tell(self) -> None:
        changes, self._changes = self._changes, {}
        if changes and not self.node:
            changed = tuple(row for row in changes.values() if row is not None)
            self.take(Delta(changed, tuple(key for key, row in changes.items() if row is None)))
        elif not self.node and self.is_stopped and all(one.phase is ScopePhase.COMPLETE for one in self.states):
            self.retry_filter()
        self.show_table()
        self.show_decorations()
        self.show_state()

    # Looking

    @property
    def states(self) -> Sequence[BoardState]:
        """How far each scope is."""
        return list(self._board.states.values())

    @property
    def facts(self) -> ColumnFacts:
        """The time and the accounts' names."""
        return ColumnFacts(self.clock.now(), self._aliases)

    @property
    def differing(self) -> frozenset[str]:
        """The columns that tell the sessions of the chosen scopes apart, and those that only the past or the present
        has."""
        of_sides = OF_THE_PAST | OF_NOW if self.node else OF_THE_PAST if self.is_past else OF_NOW
        return of_sides | scope_words.differing(self._services.fleet.states.values())

    def tick(self) -> None:
        """Time has passed, and accounts may have got names."""
        found = aliases(self._services.fleet.states.values())
        if found != self._aliases:
            self._aliases = found
            self.filter.show_surroundings(frozenset(), found)
        super().tick()

    # What is drawn

    def show_decorations(self) -> None:
        """Marked, has a tab here."""
        here = {row.key for row in self._board.running.values() if row.holder.tab is not None}
        self.table.show_decorations(Decorations(self.marks, (), here))

    def show_state(self) -> None:
        """Heading, counts, details, what is missing, and what an empty table says."""
        self.show_counts()
        self.show_details()
        self._heading.show(view_words.heading(self.state.side, self.node), of_node=bool(self.node))
        failure = self.state.failure
        trouble = view_words.sentence(failure) if failure is not None else ""
        trouble = trouble if self.node else view_words.trouble(self.states)
        self._error.display = bool(trouble)
        if trouble:
            self._error.show([Cell(line, Tone.WARN) for line in wrap(trouble, max(40, self.size.width - 6), 3)])
        filtered = self.is_filtered and self.index.total > 0
        self.table.show_message(
            view_words.nothing(
                self.states,
                self.state.side,
                node=self.node,
                loading=self.state.history is None,
                failed=failure is not None,
                filtered=filtered,
                stopped=filtered and self.is_stopped,
            )
        )

    def show_counts(self) -> None:
        """How many sessions there are and are marked, and how old that is."""
        stopped = self.is_filtered and self.is_stopped
        states = () if self.node else self.states
        self.counts.show(view_words.counts(states, self.number, len(self.marks), self.now.timestamp(), stopped=stopped))

    def _output_of(self, row: SessionRow) -> Sequence[str]:
        """Where the output of a session is, as far as that is known; its document says it, and is read once."""
        name = row.record.document_name or DEFAULT_SHELL
        document = self._services.documents.of(row.scope).known(name)
        if document is None and (row.scope, name) not in self._asked:
            self._reading.request()
        return output_places(row, document)

    def _read_document(self) -> None:
        """Read the document of the session that the cursor has come to rest on."""
        row = self.selected
        if row is not None:
            name = row.record.document_name or DEFAULT_SHELL
            self._asked.add((row.scope, name))
            self.run_worker(self._read(row.scope, name), name="document of a session", group="document", exclusive=True)

    async def _read(self, scope: Scope, name: str) -> None:
        await self._services.documents.of(scope).in_passing(name)
        self.show_details()

    def show_details(self) -> None:
        """The session under the cursor."""
        row, tall = self.selected, self.preferences.tall
        if row is None:
            self.panel.clear(tall=tall)
            return
        lines = (details.full if tall else details.brief)(row, self.facts, self._output_of(row))
        name = f"{row.owner or 'somebody'} on {row.node_label}"
        self.panel.show(row.key, name, row.id, lines, tall=tall)
