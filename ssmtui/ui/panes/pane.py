"""A session's tab: its own line, its screen, and the messages before it is open and after it is over."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, cast

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.timer import Timer

from ssmtui import inert
from ssmtui.errors import ServiceError
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.ui.kit.line import Line
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.look.cells import Cell, error_lines
from ssmtui.ui.look.pieces import Piece, icon_words, length, longest_fit
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import wrap
from ssmtui.ui.panes import words as session_words
from ssmtui.ui.panes.needs import TabMark
from ssmtui.ui.panes.words import frame_of
from ssmtui.ui.terminals.facts import FOLLOWING, ViewFacts
from ssmtui.ui.terminals.search_bar import SearchBar
from ssmtui.ui.terminals.searches import Searches
from ssmtui.ui.terminals.view import TerminalView

if TYPE_CHECKING:
    from ssmtui.diagnosis.findings import Conclusion
    from ssmtui.sessions.manager import SessionManager
    from ssmtui.ui.panes.broadcast import Broadcast
    from ssmtui.ui.panes.inputs import Inputs
    from ssmtui.ui.terminals.pacing import Pacer

TICK = 1.0
"""Seconds between two looks at the clocks of the session in sight."""

MARGIN, WIDE_MARGIN = 2, 5
"""Cells beside what is said of the end of a session, and of a start that was refused (main.tcss)."""

LEAST_TOLD = 3
"""Lines about the end of a session that even a small pane has room for."""

BELL_SEEN = 1.0
"""Seconds for which a bell is seen."""


class PaneApp(Protocol):
    """The app, as far as it is used here."""

    async def explain(self, session: SessionSnapshot) -> Conclusion:
        """What a diagnosis of the node of a session comes to."""

    def leader_keys_of(self, command: str) -> str:
        """The leader and the key of a command."""


class PaneLine(Line):
    """Node, document, reason on the left; state, round trip and what is unacknowledged on the right."""

    def __init__(self, snapshot: SessionSnapshot, broadcast: Broadcast) -> None:
        super().__init__()
        self._snapshot = snapshot
        self._broadcast = broadcast
        self._facts = FOLLOWING
        self._rings = 0
        self._is_focused = False
        self._behind = 0
        self._drop = ""
        self._is_over = False
        self._is_back = False

    def show_drop(self, what: str) -> None:
        """Say what would happen if the mouse were let go here; empty: nothing."""
        if what != self._drop:
            self._drop = what
            self._refresh()

    def show_focus(self, focused: bool, behind: int) -> None:
        """Stand out among other panes, or do not; ``behind`` is how many more the tab has, out of sight."""
        if (focused, behind) != (self._is_focused, self._behind):
            self._is_focused, self._behind = focused, behind
            self.refresh()

    def ring(self) -> None:
        """Say for a moment that the session rang."""
        self._rings += 1
        self.set_timer(BELL_SEEN, self._fall_silent)
        self._refresh()

    def _fall_silent(self) -> None:
        self._rings -= 1
        self._refresh()

    def lie_over(self, over: bool) -> None:
        """Lie over the first row of the terminal and be hidden there, or have a row of its own."""
        self._is_over = over
        self.set_class(over, "-over")
        self._refresh()

    def bring_back(self, back: bool) -> None:
        """Be seen there all the same, in the second row."""
        if back != self._is_back:
            self._is_back = back
            self._refresh()

    def _refresh(self) -> None:
        speaks = self._rings or self._drop or session_words.speaks_up(self._snapshot)
        self.display = bool(speaks or self._is_back or not self._is_over)
        self.styles.margin = (int(self._is_over and self._is_back), 0, 0, 0)
        self.refresh()

    def show(self, snapshot: SessionSnapshot, facts: ViewFacts) -> None:
        """Draw this session, and how it is looked at."""
        self._snapshot, self._facts = snapshot, facts
        takes_part = self._broadcast.takes_part(snapshot.key) and not snapshot.request.options.guarded
        self.show_frame("broadcast" if takes_part else frame_of(snapshot))
        self._refresh()

    def show_time(self, snapshot: SessionSnapshot, facts: ViewFacts) -> None:
        """Draw it if what it says of time is different: how long something lasts, or is left of the approved access."""
        if any(
            words(snapshot) != words(self._snapshot) for words in (session_words.access_window, session_words.doing)
        ):
            self.show(snapshot, facts)

    def left(self, width: int) -> list[Piece]:
        """Who and with what; a notice is worth more than details, and is cut only where it cannot fit beside the
        node's name."""
        snapshot = self._snapshot
        node, *details = self._what
        notice = [Piece(f" {snapshot.notice}", Tone.WARN)] if snapshot.notice else []
        name = Tone.HERE if self._is_focused else Tone.STRONG
        variants = [
            [Piece(f" {node} ", name), *(Piece(f" {detail} ", Tone.DIM) for detail in some), *notice]
            for some in (details[:count] for count in range(len(details), -1, -1))
        ]
        return longest_fit(variants, width)

    @property
    def _what(self) -> list[str]:
        node, *details = session_words.what(self._snapshot)
        return [icon_words(self._snapshot.request.options.icon) + node, *details]

    def right(self, width: int) -> list[Piece]:
        """How it goes."""
        badges = [Piece(f" {TabMark.BELL.value} bell ", Tone.NOTICE)] if self._rings else []
        if self._drop:
            return [Piece(f" {self._drop} ", Tone.NOTICE)]
        if self._behind:
            badges.append(Piece(f" +{self._behind} behind ", Tone.NOTICE))
        if part := session_words.broadcasting(self._broadcast, self._snapshot.key, width):
            badges.append(Piece(f" {part.text} ", part.tone))
        if self._snapshot.read_only:
            badges.append(Piece(" READ-ONLY ", Tone.DANGER))
        if guarded := session_words.guarded(self._snapshot, width):
            badges.append(Piece(f" {guarded} ", Tone.DANGER))
        if self._snapshot.warning is not None:
            badges.append(
                Piece(session_words.warning(cast("PaneApp", self.app).leader_keys_of("warning")), Tone.NOTICE)
            )
        # Names often differ at their ends only: web-1, web-2.
        name = min(cell_len(self._what[0]) + 2, session_words.LONG_NAME)
        facts = session_words.facts(self._snapshot, self._facts, width - length(badges), name_room=name)
        return [*(Piece(f" {fact.text} ", fact.tone) for fact in facts), *badges]


class Pane(Vertical):
    """The whole of a session's tab. Gets snapshots; commands act on the session, not on this."""

    def __init__(
        self, snapshot: SessionSnapshot, manager: SessionManager, searches: Searches, inputs: Inputs, pacer: Pacer
    ) -> None:
        super().__init__()
        self.snapshot = snapshot
        self._manager = manager
        self.view = TerminalView(snapshot, manager, inputs, pacer)
        self._line = PaneLine(snapshot, inputs.broadcast)
        self._progress = TextLines(id="progress")
        self._banner = TextLines(id="banner")
        self._search = SearchBar(self.view, searches)
        self._is_focused = False
        self._clock: Timer | None = None
        self._looks_for_reason = False
        self._reason: Conclusion | None = None
        """The result of the diagnosis that runs where AWS gives no reason."""

    def compose(self) -> ComposeResult:
        """From the top."""
        yield self._line
        yield self._progress
        yield self.view
        yield self._banner
        yield self._search

    def on_mount(self) -> None:
        """Show the session's messages, and take the focus if in front."""
        self.show(self.snapshot)
        # A hidden pane has no clock: a hundred of them would be most of what the program does while it is idle.
        self._clock = self.set_interval(TICK, self.tick, pause=not self.display)
        if self._is_focused and self.display:
            self.screen.set_focus(self.view)

    def on_resize(self) -> None:
        """Break the lines anew."""
        self.show(self.snapshot)

    def show(self, snapshot: SessionSnapshot) -> None:
        """Show a new snapshot of the session."""
        self.snapshot = snapshot
        self.view.show(snapshot)
        self._line.show(snapshot, self.view.facts)
        self._progress.show(session_words.progress(snapshot))
        self._banner.show(self._ending(snapshot))
        self.set_class(not snapshot.live, "-over")
        self.set_class(not snapshot.live and not snapshot.session_id, "-refused")
        self._explain()

    def ring(self) -> None:
        """The session rang."""
        if self.display:
            self._line.ring()

    def show_part(self) -> None:
        """The session's part in the broadcast, or the broadcast, is another one."""
        self._line.show(self.snapshot, self.view.facts)

    def tick(self) -> None:
        """Update the session's clocks while the pane is shown."""
        shown = self.snapshot
        waits = shown.state in (SessionState.AWAITING_APPROVAL, SessionState.STARTING)
        timed = waits or shown.idle_limit is not None or shown.time_limit is not None
        if self.display and timed and shown.live:
            with suppress(KeyError):  # closed; the next snapshot is still to come
                snapshot = self._manager.snapshot(shown.key)
                self._line.show(snapshot, self.view.facts)
                if waits:
                    self._progress.show(session_words.progress(snapshot))
        elif self.display and not shown.live:
            with suppress(KeyError):
                snapshot = self._manager.snapshot(shown.key)
                self._banner.show(self._ending(snapshot))
                self._line.show_time(snapshot, self.view.facts)
        elif self.display and (shown.access_until is not None or shown.activity in session_words.LASTING):
            with suppress(KeyError):
                # It seldom says something else, and only then it is drawn.
                self._line.show_time(self._manager.snapshot(shown.key), self.view.facts)

    def set_in_sight(self, in_sight: bool) -> None:
        """Show or hide."""
        if in_sight == self.display:
            return
        self.display = in_sight
        if self._clock is not None:
            (self._clock.resume if in_sight else self._clock.pause)()
        if not in_sight:
            self._search.close()
        elif self.is_mounted:
            self.tick()
            self._explain()
        self.view.set_shown(in_sight)

    def set_focused(self, focused: bool, *, among: int, behind: int) -> None:
        """Whether it has the focus, of ``among`` panes in sight, with ``behind`` more out of sight in its tab."""
        if not focused:
            self._search.close()
        self._is_focused = focused
        self._line.show_focus(focused and among > 1, behind)

    def show_drop(self, what: str) -> None:
        """Say what would happen if the mouse were let go here; empty: nothing."""
        self._line.show_drop(what)

    def set_bare(self, bare: bool) -> None:
        """Whether its line takes no row, and is shown over the terminal where it has something to say."""
        self._line.lie_over(bare)

    def bring_back_line(self, back: bool) -> None:
        """Show its line though it has nothing to say, below the tab bar."""
        self._line.bring_back(back)

    @on(TerminalView.FactsChanged)
    def _view_changed(self, event: TerminalView.FactsChanged) -> None:
        event.stop()
        self._line.show(self.snapshot, self.view.facts)
        self._search.show(self.view.facts.found, self.view.cursor_line)

    @on(events.DescendantFocus)
    def focused(self, event: events.DescendantFocus) -> None:
        """A click into the terminal ends the search and keeps its match."""
        if event.widget is self.view:
            self._search.close()

    def open_search(self, *, backward: bool) -> None:
        """Open the line to search with."""
        self._search.open(backward=backward)

    def _ending(self, snapshot: SessionSnapshot) -> list[Cell]:
        if snapshot.live:
            return []
        width = max(30, self.size.width - 2 * (MARGIN if snapshot.session_id else WIDE_MARGIN))
        # The pane's own line has room for the start of it at best.
        notice = [Cell(line, Tone.WARN) for line in wrap(inert.line(snapshot.notice, 400), width, 3)]
        error = [] if snapshot.error is None else error_lines(snapshot.error, width)
        told = [Cell(line, tone) for text, tone in session_words.ending(snapshot) for line in wrap(text, width, 3)]
        lines = [*told, *error, *notice, *self._explanation(width)]
        # What it printed is kept, and must stay in sight in a small pane; without a session nothing was printed.
        most = max(LEAST_TOLD, self.size.height // 2) if snapshot.session_id and self.size.height else len(lines)
        return lines if len(lines) <= most else [*lines[: most - 1], Cell(f"{lines[most - 1].text} …", Tone.DIM)]

    def _explain(self) -> None:
        """Find out once, in sight, what AWS does not say."""
        error = self.snapshot.error
        unexplained = isinstance(error, ServiceError) and error.is_unexplained
        if unexplained and self.display and self.is_mounted and not self._looks_for_reason:
            self._looks_for_reason = True
            self.run_worker(self._find_reason(), name=f"reason of session {self.snapshot.key}", group="reason")
            self._banner.show(self._ending(self.snapshot))

    async def _find_reason(self) -> None:
        self._reason = await cast("PaneApp", self.app).explain(self.snapshot)
        self._banner.show(self._ending(self.snapshot))

    def _explanation(self, width: int) -> list[Cell]:
        if not self._looks_for_reason:
            return []
        if self._reason is None:
            return [Cell("Looking for the reason …", Tone.DIM)]
        what = wrap(inert.line(f"{self._reason.what}.", 600), width, 3)
        fix = wrap(inert.line(self._reason.fix, 600), width, 3)
        return [*(Cell(line, Tone.STRONG) for line in what), *(Cell(line, Tone.PLAIN) for line in fix)]
