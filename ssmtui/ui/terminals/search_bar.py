"""The line to search one pane with. It covers the terminal's last row; a resize would move what is searched."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.geometry import Size
from textual.message import Message
from textual.widgets import Input, Static

from ssmtui.terminal.marks import MAX_PATTERN, Find, KeepFind, SearchStatus, Unfind
from ssmtui.ui.compat import InertInput
from ssmtui.ui.kit.line import Line
from ssmtui.ui.kit.recall import Recall
from ssmtui.ui.look.pieces import Piece, length
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.terminals import words
from ssmtui.ui.terminals.searches import Searches

if TYPE_CHECKING:
    from ssmtui.ui.terminals.view import TerminalView


class SearchEntry(InertInput):
    """The field for a pattern, with the keys that change how it is searched for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "toggle_regex", "Regular expression or not", show=False),
        Binding("ctrl+t", "next_case", "Another way to look at capitals", show=False),
    ]

    class Edited(Message):
        """The pattern, or how it is searched for, has changed."""

    def __init__(self, searches: Searches) -> None:
        super().__init__(compact=True, max_length=MAX_PATTERN)
        self._searches = searches

    @on(Input.Changed)
    def _retyped(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Edited())

    def action_toggle_regex(self) -> None:
        """Switch between a regular expression and plain text."""
        self._searches.toggle_regex()
        self.post_message(self.Edited())

    def action_next_case(self) -> None:
        """Go to the next way to treat capitals."""
        self._searches.next_case()
        self.post_message(self.Edited())


class SearchState(Line):
    """What was found, and how it was searched for."""

    def __init__(self, searches: Searches) -> None:
        super().__init__()
        self._searches = searches
        self._found: SearchStatus | None = None

    def show(self, found: SearchStatus | None) -> None:
        """Draw ``found``, and how it searches now."""
        self._found = found
        self.refresh(layout=True)

    def right(self, width: int) -> list[Piece]:
        """The result, then how it searches."""
        ways = [Piece(f" {self._searches.words} ", Tone.DIM)]
        if self._found is None:
            return ways
        cell = words.matches(self._found)
        return [Piece(f" {cell.text} ", cell.tone), *ways]

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """As wide as its text."""
        return length(self.right(container.width))


class SearchBar(Horizontal):
    """Searches with each key. Enter keeps what was found, Escape goes back to where the search began."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", show=False),
        Binding("up", "older", "The pattern before", show=False),
        Binding("down", "newer", "The pattern after", show=False),
    ]

    def __init__(self, view: TerminalView, searches: Searches) -> None:
        super().__init__()
        self.display = False
        self._view = view
        self._searches = searches
        self._backward = False
        self._was_copying = False
        self._asked: Find | None = None
        self._recall = Recall()
        self._prompt = Static(markup=False, classes="prompt")
        self._pattern = SearchEntry(searches)
        self._state = SearchState(searches)

    def compose(self) -> ComposeResult:
        """Prompt, pattern, state."""
        yield self._prompt
        yield self._pattern
        yield self._state

    def open(self, *, backward: bool) -> None:
        """Take the keys until the search is kept or cancelled. The pane is in copy mode meanwhile."""
        self._was_copying = self._view.copy_mode.active
        self._view.copy_mode.enter()
        self._backward = backward
        self._prompt.update("?" if backward else "/")
        self._recall = Recall(tuple(self._searches.patterns))
        with self._pattern.prevent(Input.Changed):
            self._pattern.value = ""
        self._asked = None
        self._state.show(None)
        self.display = True
        # Not by Widget.focus(), which takes effect later: the next key is already a letter of the pattern.
        self.screen.set_focus(self._pattern)

    def show(self, found: SearchStatus | None, cursor_line: int | None) -> None:
        """Show what was found. When the copy cursor is in the last line, ``cursor_line`` of the view, the bar moves to
        the top and leaves it in sight."""
        if self.display:
            self._state.show(found if self._pattern.value else None)
            self.set_class(cursor_line == self._view.size.height - 1, "-top")

    def close(self) -> None:
        """Keep what was found, if the bar is open."""
        if self.display:
            self._view.mark(KeepFind())
            self._hide()

    @on(SearchEntry.Edited)
    def search(self) -> None:
        """Search for what is in the field now."""
        if self.display:
            self._ask(self._pattern.value)
            self._state.show(None)

    @on(Input.Submitted)
    def _keep(self, event: Input.Submitted) -> None:
        """Stay where the match is; without a pattern, go to the next one of the last search."""
        event.stop()
        pattern = event.value or self._searches.last
        if not pattern:
            self.action_cancel()
            return
        self._ask(pattern)  # Enter may have come before the last letter was looked at
        self._searches.remember(pattern)
        self._view.copy_mode.searched_backward = self._backward
        self.close()

    def action_cancel(self) -> None:
        """Go back to where the search began."""
        self._view.mark(Unfind())
        if not self._was_copying:
            self._view.copy_mode.leave()
        self._hide()

    def action_older(self) -> None:
        """Put the pattern before into the field."""
        self._put(self._recall.older(self._pattern.value))

    def action_newer(self) -> None:
        """Put the pattern after into the field."""
        if self._recall.walking:
            self._put(self._recall.newer())

    def _put(self, pattern: str) -> None:
        self._pattern.value = pattern
        self._pattern.cursor_position = len(pattern)

    def _ask(self, pattern: str) -> None:
        find = self._searches.find(pattern, backward=self._backward)
        if find != self._asked:
            self._asked = find
            self._view.mark(find)

    def _hide(self) -> None:
        self.display = False
        self.remove_class("-top")
        self.screen.set_focus(self._view)
