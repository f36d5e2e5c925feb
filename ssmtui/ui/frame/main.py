"""The main screen: tabs above, nodes or a session in the middle, keys below. It turns messages into what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult

from ssmtui.inventory.states import ScopeState
from ssmtui.sessions.snapshots import SessionChange, SessionSnapshot
from ssmtui.ui.commands.base import ENDED, EVERYWHERE, LISTS, Command
from ssmtui.ui.commands.leader import CANCEL, Leader
from ssmtui.ui.commands.registry import SECOND_LEADER, Where, registry_of
from ssmtui.ui.compat import SteadyScreen, rebind
from ssmtui.ui.frame import hints
from ssmtui.ui.frame.features import Features
from ssmtui.ui.frame.messages import InventoryChanged, SessionsChanged
from ssmtui.ui.kit.key_hints import KeyHints
from ssmtui.ui.kit.turns import Throttle
from ssmtui.ui.look import words
from ssmtui.ui.look.words import key_name
from ssmtui.ui.nodes.view import NodesView
from ssmtui.ui.panes.chrome import Chrome
from ssmtui.ui.panes.deck import Deck
from ssmtui.ui.panes.panes import Panes
from ssmtui.ui.panes.tab_bar import CallPlace, TabBar
from ssmtui.ui.panes.words import frame_of
from ssmtui.ui.services import AppFacts, Clock
from ssmtui.ui.terminals import copy_keys
from ssmtui.ui.terminals.copy_keys import Act
from ssmtui.ui.terminals.search_bar import SearchEntry
from ssmtui.ui.terminals.searches import Searches

if TYPE_CHECKING:
    from ssmtui.browser import Browser
    from ssmtui.config.settings import LoadedSettings
    from ssmtui.inventory.fleet import Fleet
    from ssmtui.ui.frame.features import Ports
    from ssmtui.ui.frame.opening import ServicesOpening
    from ssmtui.ui.look.tones import Tone
    from ssmtui.ui.services import Recollection, Services
    from ssmtui.ui.terminals.view import TerminalView

BELL_PAUSE = 0.5
"""Seconds between two bells that are passed on: a node can ring a thousand times a second."""

CLIPBOARD_PAUSE = 1.0
"""Seconds between two copies that nodes make of themselves."""


class MainScreen(SteadyScreen[None], inherit_bindings=False):
    """The one screen that is always there; dialogs are laid over it."""

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (64, "-wide")]  # noqa: RUF012

    def __init__(
        self,
        app: Ports,
        opening: ServicesOpening,
        facts: AppFacts,
        loaded: LoadedSettings,
        clock: Clock,
        browser: Browser,
    ) -> None:
        """Raises :class:`ssmtui.errors.ConfigurationError` for keys of the settings that cannot be used."""
        super().__init__()
        settings = loaded.settings
        self.nodes = NodesView(clock)
        self.nodes.key_of = app.shown_key
        searches = Searches()
        self.deck = Deck(self.nodes, searches)
        self.panes = Panes(app, self.nodes, self.deck, self, escapes=settings.escape_sequences)
        self.features = Features(
            app, self.panes, self.nodes, searches, opening, facts=facts, loaded=loaded, clock=clock, browser=browser
        )
        self.registry = registry_of(self.features.commands, settings)
        self.leader = Leader([settings.leader, SECOND_LEADER], self.registry)
        self.deck.pane_bindings = self.registry.bindings(ENDED)
        rebind(self, self.registry.bindings(EVERYWHERE))
        self._services: Services | None = None
        self._fleet: Fleet | None = None
        self._states: Sequence[ScopeState] = ()
        self._bar = TabBar(
            CallPlace(
                demo=facts.demo,
                read_only=facts.read_only,
                region=facts.region or "",
                aws_profile=facts.aws_profile or "",
            )
        )
        self._read_only = facts.read_only
        self._hints = KeyHints()
        self.panes.chrome = Chrome(settings.chrome)
        self._show_chrome()
        self._clipboards = Throttle(self.features.copying.actions.see_to_clipboards, CLIPBOARD_PAUSE)
        self._bell = Throttle(self._ring, BELL_PAUSE)
        self._rung: set[int] = set()
        self._passes_bells = settings.pass_on_bells
        self._escapes = settings.escape_sequences

    def compose(self) -> ComposeResult:
        """From the top."""
        yield self._bar
        yield self.deck
        yield self._hints

    def on_mount(self) -> None:
        """Give the list the keys, and show them."""
        self.set_focus(self.nodes.entrance)
        self.show_hints()

    def on_resize(self) -> None:
        """How much the footer says of a broadcast is a matter of its width."""
        self.show_hints()

    def on_screen_resume(self) -> None:
        """No dialog is left: the keys are for what the shown tab holds. Textual 8.2.8 takes the focus away while
        another window has the keys, and does not give it back if a dialog has opened meanwhile
        (``App._watch_app_focus``)."""
        if self.focused is None and self.app.app_focus:
            self.panes.show_tab(self.panes.tabs.shown)

    # Changes from the app

    def recall(self, recollection: Recollection) -> None:
        """Show the nodes of the last run until AWS lists them."""
        self._fleet = recollection.fleet
        self.nodes.connect(recollection.usage, recollection.memory)
        self.nodes.filter.connect(recollection.filters)

    def connect(self, services: Services) -> None:
        """AWS is reached: sessions can start."""
        self._services = services
        self._states = list(services.fleet.states.values())
        self._show_place()
        self.features.signing_in.on_change = self._show_place
        self.features.connect(services)

    def _show_place(self) -> None:
        """Where calls go, once AWS is reached: the shown session's scope, in the list the one scope, or how many."""
        if self._services is None:
            return
        demo, read_only = self._services.demo, self._read_only
        state = self._place()
        if state is None:
            count = words.count(len(self._states), "account")
            self._bar.show_place(CallPlace(demo=demo, read_only=read_only, region=count))
            return
        scope, identity = state.scope, state.identity
        expires, is_ending = self.features.signing_in.expiry(scope.aws_profile)
        self._bar.show_place(
            CallPlace(
                demo=demo,
                read_only=read_only,
                who=identity.short if identity else "",
                account=identity.account if identity else "",
                region=scope.region,
                aws_profile="" if demo and scope == self._services.scope else scope.aws_profile or "",
                expires=expires,
                is_ending=is_ending,
            )
        )

    def show_badge(self, command: str, text: str, tone: Tone) -> None:
        """A feature has something to say beside the tabs."""
        self._bar.show_badge(command, text, tone)

    def _place(self) -> ScopeState | None:
        """The one scope that what is shown belongs to."""
        assert self._services is not None
        session = self.panes.session
        if session is None:
            return self._states[0] if len(self._states) == 1 else None
        scope = session.request.scope or self._services.scope
        identity = next(
            (
                state.identity
                for state in self._states
                if state.scope.aws_profile == scope.aws_profile and state.identity
            ),
            None,
        )
        return ScopeState(scope, identity=identity)

    @on(InventoryChanged)
    def _inventory_changed(self, event: InventoryChanged) -> None:
        if self._fleet is not None:
            self.nodes.show_inventory(event.states, event.delta)
            self.features.control.nodes_changed(event.delta.changed)
            self._states = list(event.states.values())
            self.features.signing_in.accounts_changed(self._states)
            self._show_place()

    @on(SessionsChanged)
    def _sessions_changed(self, event: SessionsChanged) -> None:
        changed = [
            key for key, changes in event.changes.items() if changes - {SessionChange.SCREEN, SessionChange.BELL}
        ]
        if changed:
            self.panes.refresh(changed)
        for key, changes in event.changes.items():
            if SessionChange.SCREEN in changes and not self.deck.is_news(key):
                changes -= {SessionChange.SCREEN}
            if SessionChange.BELL in changes:
                self._rung.add(key)
                self._bell.request()
            self.panes.tabs.note(key, changes)
        self._bar.show_tabs(self.panes.tabs.labels())

    def _ring(self) -> None:
        """Show who rang since the last time, and pass it on."""
        for key in self._rung:
            self.deck.ring(key)
        self._rung.clear()
        if self._passes_bells:
            self.app.bell()

    # Around the panes

    def tab_shown(self) -> None:
        """Another tab is in front."""
        self._bar.show_tabs(self.panes.tabs.labels())
        self._show_place()
        self.show_hints()

    def sessions_shown(self, sessions: Sequence[SessionSnapshot]) -> None:
        """Sessions came, went or changed."""
        if any(session.clipboard for session in sessions):
            self._clipboards.request()
        self.nodes.show_sessions(sessions)
        self.features.signing_in.sessions_shown(sessions)
        self._bar.show_tabs(self.panes.tabs.labels())
        self.show_hints()

    @on(TabBar.Dragged)
    def _tab_dragged(self, event: TabBar.Dragged) -> None:
        tab = self.panes.tabs.with_id(event.tab)
        if tab is not None:
            (self.panes.drop_tab if event.dropped else self.panes.drag_tab)(tab, event.cell)

    # Keys

    def take_key(self, key: str, character: str | None) -> Command | None:
        """A key before anything else sees it: returns the command that it completes after the leader. Raises
        ``LookupError`` when the key is not for this screen."""
        # A binding acts only when its key has climbed from the focused widget to the screen, and by then the next key
        # is in some widget's queue. So keys that decide where the next one goes act here.
        view = self.panes.view
        if self.leader.wants(key):
            was_pending = self.leader.pending
            command = self.leader.take(key)
            self.show_hints()
            if command is None and was_pending and key != CANCEL:
                self.notify(hints.no_such_key(self.leader, key), severity="warning", markup=False)
            return command
        if view is not None and view.copy_mode.active and self.focused in (view, None):
            return self._copy_key(view, key, character)
        if self.focused is None and view is not None and view is self.panes.typed_into:
            # The pane is on its way to the screen; what is typed meanwhile is for its session.
            view.type_key(key, character)
            return None
        front, place = self.panes.front, self.panes.place
        if front is not None and place is not None and self.focused in (front.entrance, None):
            # For one, what follows / or : must not act on the list.
            return self.registry.by_key(place)[key]
        raise LookupError(key)

    def _copy_key(self, view: TerminalView, key: str, character: str | None) -> Command | None:
        """A key of copy mode: here and not in the view, for the next one may be for the line to search with."""
        act = view.copy_mode.take(key, character)
        if act in (Act.SEARCH, Act.SEARCH_BACKWARD):
            self.panes.open_search(view.snapshot.key, backward=act is Act.SEARCH_BACKWARD)
        return self.registry["copy-selection"] if act is Act.COPY else None

    def on_terminal_view_copy_mode_changed(self) -> None:
        """Copy mode was entered or left; bound by its name, as in the app."""
        self.show_hints()

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    def show_hints(self) -> None:
        """Show the keys that matter now."""
        view, session, front, place = self.panes.view, self.panes.session, self.panes.front, self.panes.place
        self._show_chrome()
        self._hints.show_frame(frame_of(session) if session is not None else "")
        banner, tone = self.features.broadcast.footer(self.size.width * 2 // 3)
        if self.leader.pending:
            self._hints.show(hints.after_leader(self.leader, self.registry), lead=key_name(self.leader.keys[0]))
        elif front is not None and front.own_hints is not None:
            lead, shown = front.own_hints
            self._hints.show(shown, lead=lead)
        elif place is not None:
            self._hints.show(self.registry.hints(Where.HERE, place, LISTS, EVERYWHERE), lead=banner, tone=tone)
        elif session is None or view is None:
            self._hints.show([])
        elif isinstance(self.focused, SearchEntry):
            self._hints.show(hints.SEARCH, lead="search")
        elif view.copy_mode.active:
            self._hints.show(copy_keys.HINTS, lead="copy")
        elif session.live:
            broadcasts = self.features.broadcast.ends_by_escape
            shown = hints.live(self.leader, self.registry, session, escapes=self._escapes, broadcasts=broadcasts)
            self._hints.show(shown, lead=banner, tone=tone)
        else:
            offers_access = not self.features.start.offers.reason_against(session.request.scope)
            shown = hints.over(self.leader, self.registry, session, offers_access=offers_access)
            self._hints.show(shown, lead=banner, tone=tone)

    def _show_chrome(self) -> None:
        """Hide what its mode hides, or bring it back over the session, so that no terminal changes its size for it.

        Each widget by itself: a class of the screen would have all widgets styled again, at each press of the leader.
        """
        drawn = self.panes.chrome_drawn
        hides = self.panes.tabs.session is not None and not self.leader.pending
        for line, is_over in ((self._hints, drawn is not Chrome.FULL), (self._bar, drawn is Chrome.NONE)):
            line.set_class(is_over, "-over")
            line.display = not (is_over and hides)
        self.deck.leave_room(above=drawn is Chrome.NONE, below=drawn is not Chrome.FULL)
        self.deck.bring_back_lines(self.leader.pending)
