"""Searches the output of all sessions at once, and goes to one of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from ssmtui import inert
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.terminal.marks import Find, SearchStatus
from ssmtui.ui.compat import run_latest
from ssmtui.ui.kit.choices import Choices
from ssmtui.ui.kit.dialog import Key
from ssmtui.ui.kit.narrowing import NarrowingDialog
from ssmtui.ui.look.palette import palette_of
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.terminals import words as search_words
from ssmtui.ui.terminals.search_bar import SearchEntry, SearchState
from ssmtui.ui.terminals.searches import Searches

if TYPE_CHECKING:
    from ssmtui.sessions.manager import SessionManager

TITLE_WIDTH = 34


class SearchAll(NarrowingDialog[tuple[int, Find]]):
    """Enter goes to the chosen session with the search on. The counts come as they are found."""

    CSS_PATH = dialog_sheets("copying")
    KEYS = (
        Key("enter", hint="go there"),
        Key("down", hint="choose", shown="↑ ↓"),
        Key("ctrl+r", hint="regex"),
        Key("ctrl+t", hint="case"),
    )

    def __init__(self, sessions: Sequence[SessionSnapshot], manager: SessionManager, searches: Searches) -> None:
        """``sessions`` come in the order of their tabs."""
        super().__init__()
        self._manager = manager
        self._searches = searches
        self._sessions = sessions
        self._found: dict[int, SearchStatus] = {}
        self._pattern = SearchEntry(searches)
        self._state = SearchState(searches)

    def compose(self) -> ComposeResult:
        """The line that is typed, the sessions under it."""
        with Vertical(id="box") as box:
            box.border_title = "Search all sessions"
            with Horizontal(id="entry"):
                yield Static("/", classes="prompt", markup=False)
                yield self._pattern
                yield self._state
            yield Choices()
            yield self.key_line()

    def on_mount(self) -> None:
        """Start with what was searched for last."""
        self._list()
        self._pattern.value = self._searches.last

    @on(SearchEntry.Edited)
    def search(self) -> None:
        """Count anew."""
        self._state.show(None)
        self._found.clear()
        self._list()
        run_latest(self, partial(self._count, self._find), name="search all sessions", group="search")

    async def _count(self, find: Find) -> None:
        if not find.pattern:
            return
        for session in self._sessions:
            try:
                found = await self._manager.session(session.key).terminal.marks.count_matches(find)
            except KeyError:  # closed meanwhile
                continue
            self._found[session.key] = found
            self._list()

    @property
    def _find(self) -> Find:
        return self._searches.find(self._pattern.value, backward=True)

    def take(self, place: int) -> None:
        """Go to that session."""
        if self._pattern.value:
            self._searches.remember(self._pattern.value)
            self.dismiss((self._sessions[place].key, self._find))

    def _list(self) -> None:
        self.choices.show([self._line(number, session) for number, session in enumerate(self._sessions, 2)])

    def _line(self, number: int, session: SessionSnapshot) -> Text:
        palette = palette_of(self)
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(f"{number:>3} {inert.line(session.title, TITLE_WIDTH)}".ljust(TITLE_WIDTH + 4))
        found = self._found.get(session.key)
        if found is not None:
            told = search_words.matches(found)
            line.append(f"  {told.text}", palette.style(told.tone))
        return line
