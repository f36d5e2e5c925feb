"""The tunnels: where each leads to, how it fares, what goes through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal

from ssmtui.inventory.index import RowIndex
from ssmtui.inventory.rows import RowKey
from ssmtui.inventory.store import Delta
from ssmtui.model import Scope
from ssmtui.ui.kit.line import Line
from ssmtui.ui.kit.turns import Throttle
from ssmtui.ui.look.pieces import Piece, longest_fit
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import count
from ssmtui.ui.services import Clock
from ssmtui.ui.table.table import Decorations
from ssmtui.ui.table.view import TableView
from ssmtui.ui.tunnels import words as tunnel_words
from ssmtui.ui.tunnels.columns import TUNNEL_COLUMNS
from ssmtui.ui.tunnels.rows import TUNNEL_LANGUAGE, TUNNEL_ROWS, TunnelRow, groups_of, rows_of

if TYPE_CHECKING:
    from ssmtui.config.memory import Memory
    from ssmtui.forwards.tunnel import TunnelSnapshot
    from ssmtui.forwards.tunnels import Tunnels
    from ssmtui.ui.ports import Keys
    from ssmtui.ui.tunnels.state import TunnelsState

PAUSE = 0.2
"""Seconds between two looks at tunnels that change."""
AT_ONCE = 200
"""Rows that are brought into order at once, so that the next key finds them; more are in turns."""

PADDING = 5
"""Cells of the width that the details are not wide: theirs at the edges, and a scroll bar."""


class TunnelsHeading(Line):
    """How all of them fare."""

    def __init__(self) -> None:
        super().__init__(id="heading")
        self._variants: list[list[Piece]] = [[]]

    def show(self, variants: list[list[Piece]]) -> None:
        """Draw the first of these that there is room for."""
        if variants != self._variants:
            self._variants = variants
            self.refresh()

    def left(self, width: int) -> list[Piece]:
        """As much of it as there is room for."""
        return longest_fit(self._variants, width)


class TunnelsView(TableView[TunnelRow]):
    """A row for each tunnel, or for a group that is folded. What a person does with rows is in the commands."""

    TITLE = "Tunnels"
    STYLES = dialog_sheets("table", "tunnels")

    def __init__(self, tunnels: Tunnels, memory: Memory, state: TunnelsState, keys: Keys, clock: Clock) -> None:
        super().__init__(
            clock,
            TUNNEL_COLUMNS,
            TUNNEL_LANGUAGE,
            noun="tunnel",
            section="tunnels",
            opens="tunnel-copy",
            placeholder="filter: words, state:failed, node:web, group:db, is:busy, is:exposed",
        )
        self.state = state
        self.preferences = state.preferences or self.preferences
        self._tunnels = tunnels
        self._memory = memory
        self._keys = keys
        self._known: Mapping[RowKey, TunnelRow] = {}
        self._heading = TunnelsHeading()
        self._throttle = Throttle(self.look, PAUSE)
        self._unsubscribe: Callable[[], object] = lambda: None

    def compose(self) -> ComposeResult:
        """How they fare, the filter, the table, all there is to say about the one under the cursor."""
        yield self._heading
        with Horizontal(id="filter-line"):
            yield self.filter
            yield self.counts
        yield self.table
        yield self.panel.title
        yield self.panel.lines

    def on_mount(self) -> None:
        """Follow them."""
        self.remember(self._memory)
        self.filter.connect(self.state.filters)
        if self.state.text:
            self.set_filter(self.state.text)
        self.begin(RowIndex(TUNNEL_ROWS), self.filter.in_force)
        self._unsubscribe = self._tunnels.subscribe(self._throttle.request)
        self.look()

    async def on_unmount(self) -> None:
        """Unsubscribe; the tunnels go on."""
        self.state.text, self.state.preferences = self.filter_text, self.preferences
        self._unsubscribe()
        self._throttle.cancel()

    def on_show(self, event: events.Show) -> None:
        """In sight again: what has changed meanwhile is shown."""
        self._throttle.request()

    # Rows

    def look(self) -> None:
        """Show what has changed of them."""
        if not self.is_attached:
            return
        rows = {row.key: row for row in rows_of(self._tunnels.snapshots(), self.state.folds, self._scope_of)}
        before, self._known = self._known, rows
        changed = tuple(row for key, row in rows.items() if before.get(key) != row)
        removed = tuple(key for key in before if key not in rows)
        if not changed and not removed:
            return
        # A group that is folded or unfolded takes the marks of its rows along, silently.
        self.marks.drop(removed)
        self.take(Delta(changed, removed))
        if len(rows) <= AT_ONCE:
            self.runner.finish_all()
        self.show_decorations()
        self.show_state()

    def _scope_of(self, tunnel: TunnelSnapshot) -> Scope | None:
        return self._tunnels.request(tunnel.key).scope

    def tick(self) -> None:
        """Time has passed: rates fall without a word when nothing goes through any more."""
        if self.display:
            self.look()
        super().tick()

    @property
    def chosen(self) -> TunnelSnapshot | None:
        """The one under the cursor, as it is now: what is drawn may be a little older. None on a folded group."""
        row = self.selected
        if row is None or row.is_folded:
            return None
        return next((one for one in self._tunnels.snapshots() if one.key == row.first.key), None)

    @property
    def chosen_all(self) -> list[TunnelSnapshot]:
        """Those of the marked rows, or of the one under the cursor, as they are now."""
        keys = {one.key for row in self.targets for one in row.members}
        return [one for one in self._tunnels.snapshots() if one.key in keys]

    @property
    def group(self) -> str:
        """What the row under the cursor belongs to; empty: to none."""
        return self.selected.group if self.selected is not None else ""

    @property
    def group_members(self) -> list[TunnelSnapshot]:
        """All of the group of the row under the cursor, as they are now."""
        return [one for one in self._tunnels.snapshots() if self.group and one.options.group == self.group]

    @property
    def number(self) -> str:
        """How many tunnels there are, those in folded groups among them, and how many the filter shows."""
        total = sum(len(row.members) for row in self._known.values())
        if not self.is_filtered:
            return count(total, self.noun) if total else ""
        return f"{sum(len(row.item.members) for row in self.index.shown):,} of {total:,}"

    # Folding

    def fold(self) -> None:
        """Show one line of the group of the row under the cursor, or all of its tunnels again."""
        group = self.group
        if group:
            self.state.folds ^= {group}
            self._fold_changed(group)

    def fold_all(self) -> None:
        """Fold all groups; again: unfold them."""
        groups = set(groups_of(list(self._known.values())))
        self.state.folds = set() if groups <= self.state.folds else groups
        self._fold_changed(self.group)

    def _fold_changed(self, group: str) -> None:
        """Show other rows; the cursor stays on its group."""
        self.look()
        rows = self.table.rows
        place = next((place for place, row in enumerate(rows) if group and row.item.group == group), None)
        if place is not None:
            self.table.go_to(place)

    # What is drawn

    def show_decorations(self) -> None:
        """Marked, folded."""
        folded = {key for key, row in self._known.items() if row.is_folded}
        self.table.show_decorations(Decorations(self.marks, (), folded))

    def show_state(self) -> None:
        """Heading, counts, details, and what an empty table says."""
        self.show_counts()
        self.show_details()
        self._heading.show(tunnel_words.heading(list(self._known.values())))
        filtered = self.is_filtered and self.index.total > 0
        self.table.show_message(
            tunnel_words.nothing(
                filtered=filtered,
                stopped=filtered and self.is_stopped,
                forward_key=self._keys.shown_key("tunnel"),
                new_key=self._keys.shown_key("tunnel-new"),
            )
        )

    def show_counts(self) -> None:
        """How many tunnels there are and are marked."""
        stopped = self.is_filtered and self.is_stopped
        head = [Piece(f" {self.number} ", Tone.STRONG)] if self.number else []
        if stopped:
            head.append(Piece(" incomplete: the filter was stopped ", Tone.BAD))
        marks = [Piece(f" {len(self.marks):,} marked ", Tone.ACCENT)] if self.marks else []
        self.counts.show([[*head, *marks], head or marks])

    def show_details(self) -> None:
        """The one under the cursor."""
        row, tall = self.selected, self.preferences.tall
        if row is None:
            self.panel.clear(tall=tall)
            return
        lines = (tunnel_words.full if tall else tunnel_words.brief)(
            row, self.now.timestamp(), max(30, self.size.width - PADDING)
        )
        self.panel.show(row.key, *tunnel_words.title(row), lines, tall=tall)
