"""The first tab: filter line, table of nodes, details of the one under the cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from ssmtui import inert
from ssmtui.errors import SsmtuiError
from ssmtui.inventory.states import ScopePhase, ScopeState
from ssmtui.model import Node, NodeKey
from ssmtui.ui import words
from ssmtui.ui.cells import Cell
from ssmtui.ui.compat import InertInput
from ssmtui.ui.node_list import NodeList
from ssmtui.ui.nodes.columns import Facts
from ssmtui.ui.nodes.details import Dealings, brief
from ssmtui.ui.services import Clock
from ssmtui.ui.tones import Tone
from ssmtui.ui.widgets.line import Line, Piece
from ssmtui.ui.widgets.node_table import NodeTable
from ssmtui.ui.widgets.text_lines import TextLines, error_lines

if TYPE_CHECKING:
    from ssmtui.sessions.snapshots import SessionSnapshot

TICK = 1.0
"""Seconds between two looks at the clock for the ages on the screen."""


class FilterInput(InertInput):
    """The filter while it is being typed. Enter and the arrows go back to the list, esc clears first."""

    def on_key(self, event: events.Key) -> None:
        """Hand the keys of the list back to it."""
        if event.key in ("enter", "down", "up", "escape", "tab"):
            event.stop()
            event.prevent_default()
            view = self.query_ancestor(NodesView)
            view.leave_filter(clear=event.key == "escape")


class Title(Line):
    """The name of the node under the cursor, as the head of the details."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[Piece] = []

    def show(self, name: str, rest: str) -> None:
        """Show ``name``, and ``rest`` after it in the colour of the rule."""
        head = [Piece(f" {name} ", Tone.STRONG), Piece(f" {rest} ", Tone.FAINT)] if name else []
        self._pieces = [Piece("──", Tone.FAINT), *head]
        self.refresh()

    def left(self, width: int) -> list[Piece]:
        """The head, and a rule to the edge."""
        return [*self._pieces, Piece("─" * width, Tone.FAINT)]


class Counts(Line):
    """How many nodes are shown, and how old that is."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[Piece] = []

    def show(self, pieces: list[Piece]) -> None:
        """Draw these."""
        if pieces != self._pieces:
            self._pieces = pieces
            self.refresh()

    def right(self, width: int) -> list[Piece]:
        """All of it, at the right edge."""
        return self._pieces


class NodesView(Vertical):
    """Shows what the store holds. It is told; it asks nobody."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._list = NodeList()
        self._states: Sequence[ScopeState] = ()
        self._progress = ""
        self._region = ""
        self._failure: SsmtuiError | None = None
        self._sessions: Sequence[SessionSnapshot] = ()
        self.table = NodeTable(clock.now())
        self._input = FilterInput(placeholder="filter: name, id, address, platform, tag", compact=True, id="filter")
        self._counts = Counts()
        self._error = TextLines(id="error")
        self._title = Title()
        self._details = TextLines(id="details")

    def compose(self) -> ComposeResult:
        """Filter, error, table, details."""
        with Horizontal(id="filter-line"):
            yield self._input
            yield self._counts
        yield self._error
        yield self.table
        yield self._title
        yield self._details

    def on_mount(self) -> None:
        """Keep the ages on the screen true."""
        self._show_state()
        self.set_interval(TICK, self.tick)

    @property
    def selected(self) -> Node | None:
        """The node under the cursor."""
        return self.table.selected

    @property
    def filter_text(self) -> str:
        """The filter in force."""
        return self._list.filter_text

    # What the screen tells

    def show_progress(self, text: str, region: str) -> None:
        """The services are being opened."""
        self._progress, self._region, self._failure = text, region, None
        self._show_state()

    def show_failure(self, error: SsmtuiError) -> None:
        """The services could not be opened."""
        self._progress, self._failure = "", error
        self._show_state()

    def show_inventory(self, states: Sequence[ScopeState], nodes: Mapping[NodeKey, Node] | None) -> None:
        """Listings went on; ``nodes`` are all that are known when they differ."""
        self._progress, self._states = "", states
        if nodes is not None:
            self._list.replace(nodes.values())
            self.table.show(self._list.shown)
        self._show_state()

    def show_sessions(self, sessions: Sequence[SessionSnapshot]) -> None:
        """Which nodes have sessions here."""
        self._sessions = sessions
        self.table.show_in_use({session.request.target for session in sessions if session.live})
        self._show_details()

    def tick(self) -> None:
        """Time has passed."""
        self.table.show_time(self._clock.now())
        self._show_counts()
        self._show_details()

    # The filter

    def edit_filter(self) -> None:
        """Go to the filter line."""
        # At once, not by Widget.focus(), which waits its turn: the next key is the filter's.
        self.screen.set_focus(self._input)

    def leave_filter(self, *, clear: bool) -> None:
        """Back to the list."""
        if clear:
            self.set_filter("")
        # Input.Changed may still be on its way, and the next key acts on the row under the cursor.
        self._apply_filter(self._input.value)
        self.screen.set_focus(self.table)

    def set_filter(self, text: str) -> None:
        """Filter by ``text``."""
        self._input.value = text

    @on(Input.Changed)
    def filter_changed(self, event: Input.Changed) -> None:
        """Filter as it is typed."""
        event.stop()
        self._apply_filter(event.value)

    def _apply_filter(self, text: str) -> None:
        if text != self._list.filter_text:
            self._list.filter(text)
            self.table.show(self._list.shown)
            self._show_state()

    @on(NodeTable.Highlighted)
    def node_highlighted(self, event: NodeTable.Highlighted) -> None:
        """Show the details of another node."""
        event.stop()
        self._show_details()

    # What is drawn

    def _show_state(self) -> None:
        self._show_counts()
        self._show_details()
        width = max(40, self.size.width - 4)
        error = self._error_of_listing if self._list.total else None
        self._error.display = error is not None
        if error is not None:
            self._error.show(error_lines(error, width))
        self.table.show_message(self._nothing(min(width, 72)))

    @property
    def _error_of_listing(self) -> SsmtuiError | None:
        return next((state.error for state in self._states if state.error is not None), None)

    def _nothing(self, width: int) -> Sequence[Cell]:
        """What the empty table says."""
        error = self._failure or self._error_of_listing
        if error is not None:
            return [*error_lines(error, width), Cell(""), Cell("r  try again     q  quit", Tone.ACCENT)]
        where = f" in {inert.line(self._region, 40)}" if self._region else ""
        if not any(state.phase is ScopePhase.COMPLETE for state in self._states):
            return [Cell(inert.line(self._progress, 70) or f"Listing the nodes{where} …", Tone.DIM)]
        if self._list.total:
            return [Cell("No node matches the filter", Tone.PLAIN), Cell("esc  clears it", Tone.DIM)]
        return [
            Cell(f"No managed nodes{where}", Tone.STRONG),
            Cell(""),
            Cell("A machine appears here once its SSM agent runs, with an instance profile", Tone.DIM),
            Cell("(or an activation) that lets it reach Systems Manager.", Tone.DIM),
        ]

    def _show_counts(self) -> None:
        shown, total = len(self._list.shown), self._list.total
        number = f"{shown:,} of {total:,}" if self._list.filter_text else words.count(total, "node")
        pieces = [Piece(f" {number} ", Tone.STRONG)] if total else []
        loading = [state for state in self._states if state.phase is ScopePhase.LOADING]
        listings = [state.refreshed_at for state in self._states if state.refreshed_at is not None]
        if loading:
            listed = sum(state.listed for state in loading)
            pieces.append(Piece(f" listing… {listed:,} " if listed else " listing… ", Tone.DIM))
        elif listings:
            age = words.ago(self._clock.now().timestamp() - min(listings))
            pieces.append(Piece(f" {age} ", Tone.WARN if self._error_of_listing is not None else Tone.DIM))
        self._counts.show(pieces)

    def _show_details(self) -> None:
        node = self.selected
        if node is None:
            self._title.show("", "")
            self._details.show(())
            return
        self._title.show(inert.line(node.label, 60), inert.line(node.id, 60))
        live = (session.title for session in self._sessions if session.live and session.request.target == node.id)
        lines = brief(node, Facts(self._clock.now()), Dealings(tuple(live)))
        self._details.show(lines)
