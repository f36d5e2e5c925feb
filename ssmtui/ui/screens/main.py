"""The main screen: tabs above, nodes or a session in the middle, keys below. It turns messages into what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult

from ssmtui.inventory.states import ScopeState
from ssmtui.model import Node, StartRequest
from ssmtui.sessions.snapshots import Change, SessionSnapshot
from ssmtui.ui import hints, session_words, words
from ssmtui.ui.clipboard_gate import ClipboardGate, Verdict
from ssmtui.ui.commands.base import Command, Group
from ssmtui.ui.commands.registry import SECOND_LEADER, Registry
from ssmtui.ui.compat import SteadyScreen, rebind
from ssmtui.ui.copy_keys import Act
from ssmtui.ui.just_in_time import AccessOffers
from ssmtui.ui.leader import CANCEL, Leader
from ssmtui.ui.messages import CopyModeChanged, InventoryChanged, NodeCopied, SessionsChanged
from ssmtui.ui.searching import Searches
from ssmtui.ui.services import AppFacts, Clock
from ssmtui.ui.session_words import frame_of
from ssmtui.ui.tabs import NODES, Tabs
from ssmtui.ui.turns import Throttle
from ssmtui.ui.widgets.deck import Deck
from ssmtui.ui.widgets.filter_line import FilterEntry
from ssmtui.ui.widgets.key_hints import KeyHints
from ssmtui.ui.widgets.nodes_view import NodesView
from ssmtui.ui.widgets.search_bar import SearchEntry
from ssmtui.ui.widgets.tab_bar import Place, TabBar
from ssmtui.ui.words import amount, key_name

if TYPE_CHECKING:
    from ssmtui.config.settings import Settings
    from ssmtui.inventory.fleet import Fleet
    from ssmtui.sessions.manager import SessionManager
    from ssmtui.ui.services import Recollection, Services
    from ssmtui.ui.tones import Tone
    from ssmtui.ui.widgets.terminal_view import TerminalView

BELL_PAUSE = 0.5
"""Seconds between two bells that are passed on: a node can ring a thousand times a second."""

CLIPBOARD_PAUSE = 1.0
"""Seconds between two copies that nodes make of themselves."""


class MainScreen(SteadyScreen[None], inherit_bindings=False):
    """The one screen that is always there; dialogs are laid over it."""

    AUTO_FOCUS = "NodeTable"

    def __init__(self, facts: AppFacts, settings: Settings, registry: Registry, clock: Clock) -> None:
        super().__init__()
        self.tabs = Tabs()
        self.registry = registry
        self.leader = Leader([settings.leader, SECOND_LEADER], self.registry)
        self.nodes = NodesView(clock)
        rebind(self, registry.bindings(Group.EVERYWHERE))
        self.searches = Searches()
        self.gate = ClipboardGate(settings.clipboard)
        self.access_offers = AccessOffers()
        self._services: Services | None = None
        self._fleet: Fleet | None = None
        self._states: Sequence[ScopeState] = ()
        self._bar = TabBar(
            Place(
                demo=facts.demo,
                read_only=facts.read_only,
                region=facts.region or "",
                aws_profile=facts.aws_profile or "",
            )
        )
        self._read_only = facts.read_only
        self.deck = Deck(self.nodes, self.searches, self.registry, escapes=settings.escape_sequences)
        self._hints = KeyHints()
        self._clipboards = Throttle(self._see_to_clipboards, CLIPBOARD_PAUSE)
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
        """Show the keys."""
        self.show_hints()

    # Looking

    @property
    def manager(self) -> SessionManager:
        """All sessions; only asked for once there are services."""
        assert self._services is not None
        return self._services.manager

    @property
    def session(self) -> SessionSnapshot | None:
        """The shown tab's session."""
        key = self.tabs.active
        return None if key is NODES else self.manager.snapshot(key)

    @property
    def shown_view(self) -> TerminalView | None:
        """The shown tab's terminal."""
        key = self.tabs.active
        return None if key is NODES else self.deck.pane(key).view

    @property
    def typed_into(self) -> TerminalView | None:
        """The terminal whose session gets what is typed now."""
        view = self.shown_view
        return view if view is not None and self.focused in (view, None) and view.snapshot.live else None

    # What the app tells

    def recall(self, recollection: Recollection) -> None:
        """There are nodes from here on, as they were the last time."""
        self._fleet = recollection.fleet
        self.nodes.connect(recollection.usage, recollection.memory)
        self.nodes.filter.connect(recollection.filters)

    def connect(self, services: Services) -> None:
        """AWS is reached: there are sessions from here on."""
        self._services = services
        self._states = [ScopeState(services.scope, identity=services.identity)]
        self._show_place()
        self.deck.connect(services.manager)

    def _show_place(self) -> None:
        """Where calls go, once AWS is reached: the shown session's scope, in the list the one scope, or how many."""
        if self._services is None:
            return
        demo, read_only = self._services.demo, self._read_only
        state = self._place()
        if state is None:
            count = words.count(len(self._states), "scope")
            self._bar.show_place(Place(demo=demo, read_only=read_only, region=count))
            return
        scope, identity = state.scope, state.identity
        self._bar.show_place(
            Place(
                demo=demo,
                read_only=read_only,
                who=identity.short if identity else "",
                account=identity.account if identity else "",
                region=scope.region,
                aws_profile="" if demo and scope == self._services.scope else scope.aws_profile or "",
            )
        )

    def show_tunnels(self, number: int, tone: Tone) -> None:
        """How many there are, and whether all is well with them."""
        self._bar.show_tunnels(number, tone)

    def _place(self) -> ScopeState | None:
        """The one scope that what is shown belongs to."""
        assert self._services is not None
        session = self.session
        if session is None:
            return self._states[0] if len(self._states) == 1 else None
        services, scope = self._services, session.request.scope or self._services.scope
        known = [*self._states, ScopeState(services.scope, identity=services.identity)]
        identity = next(
            (state.identity for state in known if state.scope.aws_profile == scope.aws_profile and state.identity), None
        )
        return ScopeState(scope, identity=identity)

    @on(InventoryChanged)
    def inventory_changed(self, event: InventoryChanged) -> None:
        """The listing went on."""
        if self._fleet is not None:
            self.nodes.show_inventory(event.states, event.delta)
            self._states = list(event.states.values())
            self._show_place()

    @on(SessionsChanged)
    def sessions_changed(self, event: SessionsChanged) -> None:
        """Sessions came, went, changed or printed."""
        structure = any(changes - {Change.SCREEN, Change.BELL} for changes in event.changes.values())
        if structure:
            self._show_sessions()
        if any(session.clipboard for session in self.manager.snapshots()):
            self._clipboards.request()
        for key, changes in event.changes.items():
            if Change.SCREEN in changes and not self.deck.mark_dirty(key):
                changes -= {Change.SCREEN}
            if Change.BELL in changes:
                self._rung.add(key)
                self._bell.request()
            self.tabs.note(key, changes)
        self._bar.show_tabs(self.tabs.tabs())

    def _ring(self) -> None:
        """Show who rang since the last time, and pass it on."""
        for key in self._rung:
            self.deck.ring(key)
        self._rung.clear()
        if self._passes_bells:
            self.app.bell()

    def _see_to_clipboards(self) -> None:
        """Do with what nodes would put into the clipboard as was said before; what is to be asked about waits in its
        pane until the person looks at it."""
        for session in self.manager.snapshots():
            verdict = self.gate.verdict(session.key, session.request.options.clipboard)
            if session.clipboard is None or verdict is Verdict.ASK:
                continue
            self.drop_clipboard(session.key, session.clipboard.number)
            if verdict is Verdict.ALLOW:
                what = f"{amount(session.clipboard.text)} of {session_words.node_name(session)}"
                self.post_message(NodeCopied(session.clipboard.text, what))

    def drop_clipboard(self, key: int, number: int) -> None:
        """A session's request is done with, if there is no later one."""
        session = next((session for session in self.manager.snapshots() if session.key == key), None)
        if session is not None and session.clipboard is not None and session.clipboard.number == number:
            self.manager.take_clipboard(key)
            self._show_sessions()

    # Tabs

    def show_tab(self, key: int | None) -> None:
        """Bring a tab to the front."""
        self.tabs.show(key)
        self.deck.show(key)
        self._bar.show_tabs(self.tabs.tabs())
        self._show_place()
        self.show_hints()

    def start(self, request: StartRequest, node: Node | None) -> None:
        """Start a session in a new tab and show it."""
        self.show_new(self.start_unseen(request, node))

    def start_unseen(self, request: StartRequest, node: Node | None) -> int:
        """Start a session in a new tab, which is not shown; its key."""
        return self.manager.start(request, self.deck.terminal_size, node)

    def restart(self) -> None:
        """Start the shown tab's session again, in its place."""
        session = self.session
        assert session is not None
        self.show_new(self.manager.restart(session.key))

    def replace_unseen(self, key: int, request: StartRequest, node: Node | None) -> int:
        """Start another session in the place of an ended one, which is not shown; its key."""
        return self.take_place(self.start_unseen(request, node), key)

    def request_access(self, request: StartRequest, reason: str, node: Node | None, replaced: int | None) -> int:
        """Ask for access to a node in a new tab, or in the place of an ended session, and show it; the tab's key."""
        new = self.manager.request_access(request, reason, self.deck.terminal_size, node)
        if replaced is None:
            self.show_new(new)
        else:
            self.show_new(self.take_place(new, replaced))
        return new

    def take_place(self, new: int, key: int) -> int:
        """Have a new session, now the last one, in the place of another."""
        keys = [session.key for session in self.manager.snapshots()]
        self.manager.move(new, keys.index(key) - keys.index(new))
        self.manager.remove(key)
        return new

    def remove_tab(self, key: int) -> None:
        """Close a tab, ending its session."""
        self.manager.remove(key)
        self._show_sessions()

    def show_new(self, key: int) -> None:
        """Show a session that has just been started."""
        self._show_sessions()
        self.show_tab(key)

    def _show_sessions(self) -> None:
        """Take over all sessions as they are now."""
        sessions = self.manager.snapshots()
        shown_before = self.tabs.active
        self.tabs.replace(sessions)
        self.deck.replace(sessions)
        if self.tabs.active != shown_before:
            self.show_tab(self.tabs.active)
        self.nodes.show_sessions(sessions)
        self._bar.show_tabs(self.tabs.tabs())
        self.show_hints()

    # Keys

    def take_key(self, key: str, character: str | None) -> Command | None:
        """A key before anything else sees it: returns the command that it completes after the leader. Raises
        ``LookupError`` when the key is not for this screen."""
        view = self.shown_view
        if self.leader.wants(key):
            was_pending = self.leader.pending
            command = self.leader.take(key)
            self.show_hints()
            if command is None and was_pending and key != CANCEL:
                self.notify(hints.no_such_key(self.leader, key), severity="warning", markup=False)
            return command
        if view is not None and view.copy_mode.active and self.focused in (view, None):
            return self._copy_key(view, key, character)
        if self.focused is None and view is not None and view is self.typed_into:
            # The pane is on its way to the screen; what is typed meanwhile is for its session.
            view.type_key(key, character)
            return None
        if self.focused is self.nodes.table and key in self.registry.by_list_key:
            # Here and not as a binding: what follows / or : must not act on the list.
            return self.registry.by_list_key[key]
        raise LookupError(key)

    def _copy_key(self, view: TerminalView, key: str, character: str | None) -> Command | None:
        """A key of copy mode: here and not in the view, for the next one may be for the line to search with."""
        act = view.copy_mode.take(key, character)
        if act in (Act.SEARCH, Act.SEARCH_BACKWARD):
            self.open_search(backward=act is Act.SEARCH_BACKWARD)
        return self.registry["copy-selection"] if act is Act.COPY else None

    def open_search(self, *, backward: bool) -> None:
        """Open the line to search the shown tab with."""
        key = self.tabs.active
        assert key is not NODES
        self.deck.pane(key).open_search(backward=backward)
        self.show_hints()

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    @on(CopyModeChanged)
    def show_hints(self) -> None:
        """Show the keys that matter now."""
        view, session = self.shown_view, self.session
        self._hints.show_frame(frame_of(session) if session is not None else "")
        if self.leader.pending:
            self._hints.show(hints.after_leader(self.leader, self.registry), lead=key_name(self.leader.keys[0]))
        elif isinstance(self.focused, FilterEntry):
            self._hints.show(hints.FILTER, lead="filter")
        elif session is None or view is None:
            self._hints.show(hints.nodes(self.registry))
        elif isinstance(self.focused, SearchEntry):
            self._hints.show(hints.SEARCH, lead="search")
        elif view.copy_mode.active:
            self._hints.show(hints.COPY, lead="copy")
        elif session.live:
            self._hints.show(hints.live(self.leader, self.registry, session, escapes=self._escapes))
        else:
            offers_access = not self.access_offers.reason_against(session.request.scope)
            self._hints.show(hints.over(self.leader, self.registry, session, offers_access=offers_access))
