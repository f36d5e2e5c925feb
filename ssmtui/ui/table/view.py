"""A tab with a table: the line to filter it with, the rows, the details of the one under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic

from textual import on

from ssmtui.inventory.index import RowIndex
from ssmtui.inventory.query.language import Language
from ssmtui.inventory.query.vocabulary import Counting
from ssmtui.inventory.remembered import Remembered
from ssmtui.inventory.rows import Item
from ssmtui.inventory.store import Delta
from ssmtui.ui.kit.key_hints import Hint
from ssmtui.ui.look import words
from ssmtui.ui.panes.view import TabView
from ssmtui.ui.services import Clock
from ssmtui.ui.table.columns import ColumnFacts, ColumnSet
from ssmtui.ui.table.filter_line import FilterLine
from ssmtui.ui.table.index_runner import IndexRunner
from ssmtui.ui.table.marks import Marks
from ssmtui.ui.table.panel import Counts, Panel
from ssmtui.ui.table.preferences import Preferences, first, read, sort_by
from ssmtui.ui.table.table import RowTable

if TYPE_CHECKING:
    from ssmtui.config.memory import Memory
    from ssmtui.inventory.query.row_query import RowQuery

FILTERING: list[Hint] = [("enter", "to the list"), ("escape", "clear"), ("tab", "complete"), ("↑ ↓", "earlier filters")]
TICK = 1.0
"""Seconds between two looks at the clock for the ages on the screen."""


class TableView(TabView, Generic[Item]):
    """Filter, order, columns and marks of rows. A subclass gives it the rows, and shows what is around them."""

    def __init__(
        self,
        clock: Clock,
        columns: ColumnSet[Item],
        language: Language[Item],
        *,
        noun: str,
        section: str,
        opens: str,
        placeholder: str,
    ) -> None:
        """``noun`` is what one item is called, ``section`` where the table is kept in the memory, ``opens`` names the
        command that a double click runs."""
        table = RowTable(columns, ColumnFacts(clock.now()), opens)
        super().__init__(table)
        self.columns = columns
        self.noun = noun
        self.clock = clock
        self.index = RowIndex(columns.rows)
        self.marks = Marks(columns.rows)
        self.preferences = first(columns)
        self.table = table
        self.filter = FilterLine(clock, language, placeholder)
        self.counts = Counts()
        self.panel = Panel()
        self.runner = IndexRunner(
            lambda work: self.run_worker(work, name=f"{noun} index"),
            arrived=self._rows_changed,
            looked=self._rows_changed,
            idle=lambda: self._counting or self.index.warm(),
        )
        self._language = language
        self._section = section
        self._counting: Iterator[None] | None = None
        """The count of tags and values that is under way."""
        self._remembered: Remembered | None = None
        self._wants_top = False
        self._problem = ""
        self._uncounted = False

    def on_mount(self) -> None:
        """Keep the ages on the screen true."""
        self.show_table()
        self.show_state()
        self.set_interval(TICK, self.tick)

    # What a subclass shows

    @property
    def facts(self) -> ColumnFacts:
        """What cells show beside the items."""
        return ColumnFacts(self.clock.now())

    @property
    def differing(self) -> Collection[str]:
        """The columns that tell the items of the chosen scopes apart."""
        return ()

    def show_state(self) -> None:
        """Show what is around the rows: there are others, or another filter."""

    def show_counts(self) -> None:
        """Show how many rows there are and are marked."""

    def show_details(self) -> None:
        """Show the item under the cursor."""

    def show_decorations(self) -> None:
        """Show which rows are marked, and what else stands before them."""

    # Looking

    @property
    def selected(self) -> Item | None:
        """The item under the cursor."""
        return self.table.selected

    @property
    def targets(self) -> list[Item]:
        """What commands act on: the marked items in the order of the rows, those that the filter hides last; without
        marks the item under the cursor."""
        self.runner.finish()
        if not self.marks:
            return [self.selected] if self.selected is not None else []
        rows = filter(None, map(self.index.row, list(self.marks.keys)))
        placed = [(self.index.place(row.item.key), row.tie, row.item) for row in rows]
        placed.sort(key=lambda one: (one[0] is None, one[0] or 0, one[1]))
        return [item for _, _, item in placed]

    @property
    def filter_text(self) -> str:
        """The filter in force."""
        return self.filter.text

    @property
    def now(self) -> datetime:
        """The time of day."""
        return self.clock.now()

    @property
    def number(self) -> str:
        """How many rows there are, and how many the filter shows, in words; empty while there are none."""
        shown, total = len(self.index.shown), self.index.total
        return f"{shown:,} of {total:,}" if self.is_filtered else words.count(total, self.noun) if total else ""

    @property
    def is_filtered(self) -> bool:
        """Whether a filter hides rows."""
        return self.index.query is not None and not self.index.query.is_empty

    @property
    def is_stopped(self) -> bool:
        """Whether rows are missing because the filter took too long."""
        return self.index.query is not None and bool(self.index.query.problem)

    # Rows

    def remember(self, memory: Memory) -> None:
        """Take what is remembered of the table, and keep it from now on."""
        self._remembered = Remembered(memory, self._section, self._take_preferences)
        self._remembered.on_failure = lambda error: self.notify(error.detail, severity="warning", markup=False)
        self.run_worker(self._recall(self._remembered, memory), name="what is remembered of the table")

    async def _recall(self, remembered: Remembered, memory: Memory) -> None:
        await remembered.load()
        if memory.trouble:
            self.notify(memory.trouble, severity="warning", markup=False)

    def begin(self, index: RowIndex[Item], query: RowQuery | None) -> None:
        """Show the rows of another index, in the order that is wanted and those that ``query`` finds."""
        before, self.index = index.query, index
        if query is not None or before is not None:
            self.runner.filter(index.select(query))
        if index.sort_keys != self.preferences.sort:
            self.sort(self.preferences)
        self._rows_changed()

    def take(self, delta: Delta[Item]) -> None:
        """Show what has changed."""
        self._uncounted = True
        gone = self.marks.drop(delta.removed)
        if gone:
            marked = words.count(gone, f"marked {self.noun}")
            self.notify(f"{marked} no longer listed", severity="warning", markup=False)
            self.show_decorations()
        self.runner.put(self.index.apply(delta))

    def tick(self) -> None:
        """Time has passed."""
        self.table.show_facts(self.facts)
        self.show_counts()
        self.show_details()

    # The filter

    def edit_filter(self) -> None:
        """Go to the filter line; it completes what the rows hold now."""
        self.filter.edit()
        self.count_values()

    def count_values(self, done: Callable[[], object] = lambda: None) -> None:
        """Learn which tags and values the rows have, if that may be different; ``done`` is called once it is known."""
        if self._uncounted:
            self._uncounted = False
            self._counting = self._count(done)
            self.runner.wake()
        else:
            done()

    def _count(self, done: Callable[[], object]) -> Iterator[None]:
        counting = Counting(self._language, [row.item for row in self.index.rows])
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
        self.runner.finish()
        self.screen.set_focus(self.table)

    def select(self, query: RowQuery, *, again: bool = False) -> None:
        """Show what matches; the best match is under the cursor, unless it is the same filter ``again``."""
        self._wants_top = query.ranks and not again
        self.runner.filter(self.index.select(query))
        self.show_state()

    def retry_filter(self) -> None:
        """Try a filter again that was stopped: the machine may have more time now."""
        self.runner.filter(self.index.select(self.index.query))

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
        self.show_table()
        self.show_details()

    def _take_preferences(self, section: Mapping[str, Any]) -> None:
        found, problem = read(self.columns, section)
        self.show_preferences(found)
        if problem:
            self.notify(problem, severity="warning", markup=False)

    async def on_unmount(self) -> None:
        """Save the preferences that are not written yet."""
        if self._remembered is not None:
            await self._remembered.close()

    def sort(self, preferences: Preferences) -> None:
        """Bring the rows into the order that is wanted."""
        self.runner.put(self.index.sort(preferences.sort))

    def show_table(self) -> None:
        """Show the columns that are wanted."""
        self.table.show_columns(self.preferences.shown(self.differing), self.preferences.sort)

    def mark(self, change: Callable[[Marks[Item]], object]) -> None:
        """Change what is marked."""
        self.runner.finish()
        change(self.marks)
        self._marks_changed()

    def mark_all(self) -> None:
        """Mark all rows, or none of them any more where all are."""
        self.runner.mark(self._marking(self.marks.toggle_all(self.table.rows)))

    def _marking(self, steps: Iterator[None]) -> Iterator[None]:
        yield from steps
        self._marks_changed()

    def _marks_changed(self) -> None:
        self.table.redraw()
        self.show_counts()

    def toggle_mark(self) -> None:
        """Mark the item under the cursor, or take its mark away; a range ends there."""
        item = self.selected
        if item is not None:
            ranging = self.marks.anchor is not None
            self.mark(lambda marks: marks.end_range() if ranging else marks.toggle(item.key))

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
        self.panel.lines.scroll_relative(y=lines, animate=False)

    # What happens in the table

    @on(RowTable.Highlighted)
    def _highlighted(self, event: RowTable.Highlighted) -> None:
        event.stop()
        self.show_details()

    @on(RowTable.MarkClicked)
    def _mark_clicked(self, event: RowTable.MarkClicked) -> None:
        event.stop()
        self.toggle_mark()

    @on(RowTable.HeadingClicked)
    def _heading_clicked(self, event: RowTable.HeadingClicked) -> None:
        event.stop()
        self.prefer(self.preferences.sorted_by(sort_by(self.preferences.sort, event.field, further=event.further)))

    def _rows_changed(self) -> bool:
        """Show the rows of the index; whether they changed."""
        if self.index.shown is self.table.rows:
            return False
        self.table.show(self.index.shown, self.index.place, self.index.query, to_top=self._wants_top)
        self._wants_top &= self.runner.filtering
        problem = self.index.query.problem if self.index.query is not None else ""
        if problem != self._problem:  # else what is offered for completion would go
            self._problem = problem
            self.filter.show_problem(problem)
        self.show_state()
        return True
