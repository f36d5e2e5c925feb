"""The line that a filter is typed into: coloured as it is read, with what is wrong under the character at fault, and
with completion from the nodes that there are."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from ssmtui.inventory.field_sets import FieldSet
from ssmtui.inventory.query.errors import QueryError
from ssmtui.inventory.query.language import Language
from ssmtui.inventory.query.tokens import MAX_TEXT
from ssmtui.inventory.query.vocabulary import Vocabulary
from ssmtui.inventory.rows import RowKey
from ssmtui.ui.compat import SteadyInput
from ssmtui.ui.kit.filter_text import colored
from ssmtui.ui.kit.recall import Recall
from ssmtui.ui.look.palette import palette_of
from ssmtui.ui.services import Clock
from ssmtui.ui.table.filter_help import FilterHelp

if TYPE_CHECKING:
    from ssmtui.inventory.filters import Filters
    from ssmtui.inventory.query.completion import Completion, Completions
    from ssmtui.inventory.query.row_query import RowQuery

REREAD = 30.0
"""Seconds after which a filter about time is read again."""


class FilterEntry(SteadyInput):
    """The text itself."""

    error: QueryError | None = None
    """What is wrong with it."""

    def __init__(self, fields: FieldSet[Any], placeholder: str) -> None:
        super().__init__(placeholder=placeholder, compact=True, id="filter", max_length=MAX_TEXT)
        self._fields_read = fields

    def drawn(self) -> Text:
        """The text in the colours of its parts."""
        return colored(super().drawn(), self.value, self._fields_read, self.error, palette_of(self))

    async def on_key(self, event: events.Key) -> None:
        """Let the line take the keys that leave, complete or recall."""
        if self.query_ancestor(FilterLine).take_key(event.key):
            event.stop()
            event.prevent_default()


class FilterLine(Vertical):
    """A filter while it is typed: each keystroke that gives a valid filter applies it; an invalid one changes nothing.

    Tab completes, up and down recall what was typed before (or choose among offers), enter and down go back to the
    list, esc clears the filter first.
    """

    DEFAULT_CSS = """
    FilterLine { height: 1; }
    """

    class Changed(Message):
        """Another filter applies."""

        def __init__(self, query: RowQuery, *, again: bool = False) -> None:
            super().__init__()
            self.query = query
            self.again = again
            """The same text, which means something else now: time has passed, a favourite is one no longer."""

    class Left(Message):
        """Give the focus back to the list. :class:`Changed` was posted before."""

    def __init__(self, clock: Clock, language: Language[Any], placeholder: str) -> None:
        super().__init__()
        self.vocabulary = Vocabulary()
        """What values can be completed to; replaced whenever it has been counted again."""
        self._clock = clock
        self._language = language
        self._favourites: Container[RowKey] = frozenset()
        self._aliases: Mapping[str, str] = {}
        self._saved: Mapping[str, str] = {}
        self._book: Filters | None = None
        self._query: RowQuery | None = None
        self._offers: Sequence[Completion] = ()
        self._seen = ""
        self._recall = Recall()
        self._entry = FilterEntry(language.fields, placeholder)
        self._help = FilterHelp()

    def compose(self) -> ComposeResult:
        """The entry, and what lies over the line below it."""
        yield self._entry
        yield self._help

    def on_mount(self) -> None:
        """Filters about time go on."""
        self.set_interval(REREAD, self._time_passed)

    @property
    def has_keys(self) -> bool:
        """Whether a filter is being typed."""
        return self._entry.has_focus

    @property
    def in_force(self) -> RowQuery:
        """The last filter that made sense."""
        # The first frame goes without all that a filter can be.
        if self._query is None:
            self._query = self._parsed("")
        return self._query

    @property
    def text(self) -> str:
        """What stands in the line, right or wrong."""
        return self._entry.value

    # Changes from the screen

    def edit(self) -> None:
        """Take the focus."""
        # At once, not by Widget.focus(), which waits its turn: the next key is the filter's.
        self.screen.set_focus(self._entry)

    def set_text(self, text: str) -> None:
        """Filter by ``text`` as if it had been typed."""
        self._put(text, len(text))
        self._help.hide()
        self._read()

    def connect(self, filters: Filters) -> None:
        """Remember what is typed here, and know the filters that have names."""
        self._book = filters
        filters.on_change = self._book_changed
        filters.on_failure = lambda error: self.notify(error.detail, severity="warning", markup=False)
        self._book_changed()

    def _book_changed(self) -> None:
        assert self._book is not None
        self._recall = Recall(self._book.history)
        self.show_surroundings(self._favourites, self._aliases)

    def show_surroundings(
        self, favourites: Container[RowKey], aliases: Mapping[str, str], saved: Mapping[str, str] | None = None
    ) -> None:
        """Update what a filter's meaning depends on: favourites, accounts' aliases by id; saved filters by name count
        in a line that is not connected to any."""
        if self._book is not None:
            saved = self._book.saved
        elif saved is None:
            saved = self._saved
        if (favourites, aliases, saved) != (self._favourites, self._aliases, self._saved):
            self._favourites, self._aliases, self._saved = favourites, aliases, saved
            self._read(again=not self.in_force.is_empty or self._entry.error is not None)

    def show_problem(self, problem: str) -> None:
        """Say why the filter finds less than it should (:attr:`RowQuery.problem`); empty: it does not."""
        if self._entry.error is None:
            self._help.show_error(problem, 0)

    # What is typed

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._catch_up()

    def _catch_up(self) -> None:
        """See what was typed. A key may be faster than the message about the letter before it."""
        if self._entry.value != self._seen:
            self._seen = self._entry.value
            self._recall.stop()
            self._read()
            self._offer()

    def take_key(self, key: str) -> bool:
        """Act on a key that is the line's own; False leaves it to the text."""
        if key not in ("tab", "enter", "escape", "up", "down"):
            return False
        self._catch_up()
        if key == "tab":
            self._complete()
        elif key == "enter":
            if self._help.chosen is None:
                self._leave()
            else:
                self._complete()
        elif key == "escape":
            if self._help.chosen is None:
                self._put("", 0)
                self._leave()
            else:
                self._help.hide()
        else:
            self._up_or_down(-1 if key == "up" else 1)
        return True

    def _up_or_down(self, step: int) -> None:
        if self._help.offers and not self._recall.walking:
            self._help.move(step)
        elif step < 0 or self._recall.walking:
            text = self._recall.older(self._entry.value) if step < 0 else self._recall.newer()
            self._put(text, len(text))
            self._help.hide()
            self._read()
        else:
            self._leave()

    def _leave(self) -> None:
        self._read()
        self._help.hide()
        self._recall.stop()
        if self._book is not None and self._entry.error is None:
            self._book.note(self._entry.value)
        self.post_message(self.Left())

    def on_descendant_blur(self) -> None:
        """Nothing lies over the list any more but what is wrong."""
        if self._entry.error is None:
            self._help.hide()

    # Reading

    def _parsed(self, text: str) -> RowQuery:
        from ssmtui.inventory.query.row_query import parse_for

        return parse_for(
            self._language,
            text,
            now=self._clock.now(),
            favourites=self._favourites,
            aliases=self._aliases,
            saved=self._saved,
        )

    def _read(self, *, again: bool = False) -> None:
        """Post the filter in the line, unless it already applies."""
        text, before = self._entry.value, self.in_force
        try:
            query = before if text == before.text and not again else self._parsed(text)
        except QueryError as error:
            self._show_error(error)
            return
        self._show_error(None)
        if query is not before:
            self._query = query
            same_text = text == before.text
            if not same_text or not query.means_the_same(before):
                self.post_message(self.Changed(query, again=same_text))

    def _show_error(self, error: QueryError | None) -> None:
        self._entry.error = error
        self._entry.refresh()
        if error is not None:
            self._entry.suggest("")
            self._offers = ()
            said = f"{error.detail}. {error.remedy}" if error.remedy else error.detail
            self._help.show_error(said, self._entry.cell_of(error.position))
        elif not self._help.offers:
            self._help.hide()

    def _time_passed(self) -> None:
        if self.in_force.timed:
            self._read(again=True)

    # Completing

    def _offer(self) -> None:
        """Values are shown unasked, a key as the rest of the word."""
        entry = self._entry
        if entry.error is not None:
            self._offers = ()
            return
        found = self._completed()
        at_end = entry.cursor_position == len(entry.value)
        ghost = found.offers[0].applied(entry.value)[0] if found.offers and at_end else ""
        entry.suggest(ghost if len(entry.value) > 1 else "")
        if found.of_values and found.offers and entry.has_focus:
            self._show_offers()
        else:
            self._help.hide()

    def _completed(self) -> Completions:
        from ssmtui.inventory.query.completion import complete

        found = complete(self._entry.value, self._entry.cursor_position, self._language, self.vocabulary, self._saved)
        self._offers = found.offers
        return found

    def _show_offers(self) -> None:
        self._help.show_offers(self._offers, self._entry.cell_of(self._offers[0].start))

    def _complete(self) -> None:
        """Take the offer that is chosen, or the only one; of several show which there are."""
        found = self._completed()
        if not found.offers:
            return
        if not self._help.offers and len(found.offers) > 1:
            self._show_offers()
            return
        self.accept(self._help.chosen or 0)

    @on(FilterHelp.Picked)
    def _picked(self, event: FilterHelp.Picked) -> None:
        event.stop()
        self.accept(event.place)
        self.edit()

    def accept(self, place: int) -> None:
        """Write one of the offers into the line."""
        if place < len(self._offers):
            self._put(*self._offers[place].applied(self._entry.value))
            self._read()
            self._offer()

    def _put(self, text: str, cursor: int) -> None:
        self._entry.value = self._seen = text
        self._entry.cursor_position = cursor
