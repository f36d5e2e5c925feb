"""Holds what the first tab shows and all panes, one of them in sight, and knows the size of a terminal within."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from ssmtui.model import TerminalSize
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.ui.compat import rebind
from ssmtui.ui.panes import tidying
from ssmtui.ui.terminals.searches import Searches

if TYPE_CHECKING:
    from ssmtui.sessions.manager import SessionManager
    from ssmtui.ui.panes.pane import Pane
    from ssmtui.ui.panes.view import TabView

PANE_CHROME_ROWS = 1
"""Rows of a pane that are not the terminal's: its own line."""

RESIZE_SETTLES = 1.0
"""Seconds that programs on the nodes have for drawing themselves in a new size."""


AT_ONCE = 2
"""Panes that are made in one go: each takes milliseconds, and fifty sessions may be started at once."""


class Deck(Container):
    """Shows one tab's content. Panes come and go with the sessions."""

    def __init__(self, first: TabView, searches: Searches, *, escapes: bool) -> None:
        """``first`` is what the first tab holds."""
        super().__init__()
        self.pane_bindings: list[BindingType] = []
        """The keys of panes whose session is over."""
        self._views = [first]
        self._escapes = escapes
        self._searches = searches
        self._sessions: dict[int, SessionSnapshot] = {}
        self._panes: dict[int, Pane] = {}
        """A session that has just come may have none yet."""
        self._shown: int | None = None
        self._manager: SessionManager | None = None
        self._settled_at = 0.0
        self._tidying = tidying.Tidying()

    def compose(self) -> ComposeResult:
        """The first tab is there from the first frame on."""
        yield from self._views

    def connect(self, manager: SessionManager) -> None:
        """From here on sessions can come."""
        self._manager = manager

    @property
    def terminal_size(self) -> TerminalSize:
        """The size of a terminal in here, whether or not one is in sight."""
        return TerminalSize(self.size.width, self.size.height - PANE_CHROME_ROWS)

    def ring(self, key: int) -> None:
        """Show the bell of a session that has a pane."""
        if key in self._panes:
            self._panes[key].ring()

    def pane(self, key: int) -> Pane:
        """A session's pane."""
        return self._panes.get(key) or self._add(self._sessions[key])

    def replace(self, sessions: Sequence[SessionSnapshot]) -> None:
        """Keep a pane for each session, and give each its new snapshot."""
        self._sessions = {session.key: session for session in sessions}
        closed = self._panes.keys() - self._sessions.keys()
        for key in closed:
            self._panes.pop(key).remove()
        if closed and self._tidying.closed(len(closed)):
            self.set_timer(tidying.DELAY, self._tidying.collect)
        for key, pane in self._panes.items():
            if pane.snapshot != self._sessions[key]:
                pane.show(self._sessions[key])
        self._add_missing()

    def _add_missing(self) -> None:
        missing = [session for key, session in self._sessions.items() if key not in self._panes]
        for session in missing[:AT_ONCE]:
            self._add(session)
        if len(missing) > AT_ONCE:
            self.call_after_refresh(self._add_missing)

    async def add_view(self, view: TabView) -> None:
        """Mount ``view``, hidden."""
        view.display = False
        self._views.append(view)
        await self.mount(view)

    def remove_view(self, view: TabView) -> None:
        """Remove ``view``."""
        self._views.remove(view)
        view.remove()

    def show(self, key: int | None, shown_view: TabView | None) -> None:
        """Bring a session's pane, or a view, to the front."""
        self._shown = key
        shown = None if key is None else self.pane(key)
        for pane_key, pane in self._panes.items():
            if pane_key != key:
                pane.set_shown(False)
        for view in self._views:
            view.display = view is shown_view
        # At once, not by Widget.focus(), which waits its turn: the next key must go to the right place.
        if shown is not None:
            shown.set_shown(True)
            # A pane that is not mounted cannot have the focus: MainScreen.take_key types into its session meanwhile.
            self.screen.set_focus(shown.view if shown.is_mounted else None)
        elif shown_view is not None:
            self.screen.set_focus(shown_view.entrance)

    def cover(self) -> None:
        """Stop drawing the session in sight: another program has the terminal."""
        if self._shown is not None:
            self._panes[self._shown].view.set_shown(False)

    async def uncover(self) -> None:
        """Prepare to take the terminal back: restore the size of the session in sight, and fetch its rows."""
        if self._shown is not None and self._manager is not None:
            view = self._panes[self._shown].view
            view.set_shown(True)
            with suppress(KeyError):  # closed meanwhile
                self._manager.session(self._shown).resize(self.terminal_size)
                await view.pull()

    def mark_dirty(self, key: int) -> bool:
        """A session has new rows. Returns whether those are news: what comes to a hidden pane just after a resize is
        the old content drawn again."""
        pane = self._panes.get(key)
        if pane is None:
            return key in self._sessions
        if key != self._shown and time.monotonic() < self._settled_at:
            pane.view.catch_up()
            return False
        pane.view.mark_dirty()
        return True

    def on_resize(self) -> None:
        """Every session gets the new size at once, in sight or not."""
        if self._manager is not None and self._sessions:
            self._settled_at = time.monotonic() + RESIZE_SETTLES
            for key in self._sessions:
                self._manager.session(key).resize(self.terminal_size)

    def _add(self, session: SessionSnapshot) -> Pane:
        # The encoders behind a pane need not be loaded for the first frame.
        from ssmtui.ui.panes.pane import Pane

        assert self._manager is not None
        pane = Pane(session, self._manager, self._searches, escapes=self._escapes)
        # Textual binds keys of a class, when it is made; these come from the settings.
        rebind(pane, self.pane_bindings)
        pane.display = False
        self._panes[session.key] = pane
        self.mount(pane)
        return pane
