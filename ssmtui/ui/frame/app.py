"""The application: owns theme, signals, startup and shutdown, and runs commands; the work of each feature is in its own
room."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any, Protocol

from textual import on

from ssmtui import inert
from ssmtui.browser import Browser
from ssmtui.clipboard import Clipboard
from ssmtui.config.logs import open_files
from ssmtui.errors import SsmtuiError
from ssmtui.sessions.escape import HELP_TEXT, EscapeAction
from ssmtui.ui.commands.base import Command
from ssmtui.ui.commands.feature import NOT_REACHED
from ssmtui.ui.commands.messages import CommandWanted
from ssmtui.ui.compat import CompatApp, color_system
from ssmtui.ui.frame import hints
from ssmtui.ui.frame.copier import Copier
from ssmtui.ui.frame.main import MainScreen
from ssmtui.ui.frame.messages import OpeningProgress, Recalled, ServicesFailed, ServicesOpened
from ssmtui.ui.frame.opening import ServicesOpening
from ssmtui.ui.frame.waiting import WaitingCommand
from ssmtui.ui.look import theme, words
from ssmtui.ui.look.outer_terminal import knows_underlines
from ssmtui.ui.look.palette import Palette
from ssmtui.ui.look.sheets import main_sheets
from ssmtui.ui.panes import actions as pane_actions
from ssmtui.ui.panes.tab_bar import TabBar
from ssmtui.ui.services import AppFacts, Clock, OpenServices, Recall, Recollection, Services
from ssmtui.ui.terminals.strips import Brush

if TYPE_CHECKING:
    from ssmtui.config.settings import LoadedSettings
    from ssmtui.diagnosis.findings import Conclusion
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.terminal.screen import Colors, Recolored
    from ssmtui.ui.commands.feature import Feature
    from ssmtui.ui.frame.bridge import FleetBridge, SessionBridge
    from ssmtui.ui.frame.features import Features
    from ssmtui.ui.panes.chrome import Chrome
    from ssmtui.ui.ports import Severity
    from ssmtui.ui.terminals.view import TerminalView


SignalHandler = Callable[[int, FrameType | None], Any] | int | None
"""What ``signal.getsignal`` gives."""
_MAX_BRUSHES = 16
_MAX_WARNINGS = 3
"""Settings warnings that are shown at startup; the settings dialog lists all."""


class Closable(Protocol):
    """A subscription to changes."""

    def close(self) -> None:
        """Unsubscribe."""
        ...


class SsmtuiApp(CompatApp[list[str]]):
    """The full-screen program. Its result is the ids of sessions whose end the service did not confirm."""

    CSS_PATH = main_sheets("kit", "accounts", "table", "nodes", "terminals", "panes", "frame")
    TITLE = "ssmtui"
    ALLOW_SELECT = False
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012  # an instance variable to Textual

    def __init__(
        self,
        open_services: OpenServices,
        *,
        recall: Recall | None = None,
        recall_demo: Recall | None = None,
        facts: AppFacts,
        loaded: LoadedSettings,
        clock: Clock | None = None,
        clipboard: Clipboard | None = None,
        browser: Browser | None = None,
        preloads: bool = False,
    ) -> None:
        """``preloads`` has all views loaded soon after the first one is shown; for ``recall_demo`` see
        :class:`ssmtui.ui.frame.opening.ServicesOpening`."""
        settings = loaded.settings
        self._brushes: dict[Recolored, Brush] = {}
        self._knows_underlines = knows_underlines(os.environ, settings.underline_styles)
        super().__init__()
        self.register_theme(theme.NIGHT)
        self.register_theme(theme.DAY)
        for name, colors in settings.themes.items():
            self.register_theme(theme.of_settings(name, colors))
        self.theme = settings.theme if settings.theme in self.available_themes else theme.NIGHT.name
        self.services: Services | None = None
        self.clock = clock or Clock()
        self.was_interrupted = False
        """Whether a signal ended the program."""
        self.asked_to_leave = threading.Event()
        """Set when a signal asks the program to end."""
        # A demo's lab ends with it.
        self._hangup_detaches = loaded.settings.on_hangup == "detach" and not facts.demo
        self.leaves_alive = self._hangup_detaches
        """Whether sessions are left alive, as far as they can be, if the program ends now: as the person or a signal
        has asked for, else because the terminal goes, or for a defect."""
        self._signals_before: dict[signal.Signals, SignalHandler] = {}
        self.farewell = ""
        self.end_is_denied = ""
        """Why sessions could not be ended, where AWS denied it."""
        """What is said once the screen is gone; empty: nothing."""
        self._copier = Copier(self, clipboard or Clipboard(os.environ))
        self.beginning = ServicesOpening(self, open_services, recall, recall_demo, demo=facts.demo)
        self.main = MainScreen(self, self.beginning, facts, loaded, self.clock, browser or Browser(os.environ))
        self.panes, self.registry = self.main.panes, self.main.registry
        self._waiting = WaitingCommand(self)
        self._loaded = loaded
        self.settings = settings
        self._facts = facts
        self._preloads = preloads
        self._session_bridge: SessionBridge | None = None
        self._fleet_bridge: FleetBridge | None = None
        self._leaving = False

    def get_css_variables(self) -> dict[str, str]:
        """The theme's colours, and the shades of them that our own styles use."""
        variables = super().get_css_variables()
        theme.complete(variables, self.current_theme.dark)
        self.palette = Palette(variables)
        self._brushes.clear()
        return variables

    def brush(self, recolored: Recolored) -> Brush:
        """What terminals are drawn with; most share one."""
        if recolored not in self._brushes:
            if len(self._brushes) >= _MAX_BRUSHES:
                self._brushes.clear()
            self._brushes[recolored] = Brush(
                self._terminal_colors.changed(recolored),
                underlines=self._knows_underlines,
                system=color_system(self),
            )
        return self._brushes[recolored]

    @property
    def _terminal_colors(self) -> Colors:
        return theme.terminal_colors(self.theme_variables, self.current_theme.dark)

    def get_default_screen(self) -> MainScreen:
        """The one screen under all dialogs."""
        return self.main

    def on_mount(self) -> None:
        """Paint first, open afterwards."""
        # First: soon there are sessions, which a signal's default action would leave open.
        self._take_signals()
        self.theme_changed_signal.subscribe(self, lambda _: self._tell_colors())
        self.call_after_refresh(self.take_job_control)
        # After a stop the driver has an empty screen, and Textual 8.2.8 draws what changes from then on.
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        for warning in self._loaded.warnings[:_MAX_WARNINGS]:
            self.tell(warning, severity="warning", seconds=8)
        self.call_after_refresh(self.beginning.open)

    def _take_signals(self) -> None:
        """Leave in good order when a signal asks for it. One that was ignored when we were started stays ignored, as
        nohup and a background shell mean it."""
        if sys.platform == "win32":
            return
        loop = asyncio.get_running_loop()

        def interrupted(number: int, _: object) -> None:
            # Not the loop's own handler, which a loop that stands still never calls.
            if not self.asked_to_leave.is_set() and not self._leaving:
                self.leaves_alive = self._hangup_detaches and number in (signal.SIGTERM, signal.SIGHUP)
            self.asked_to_leave.set()
            with suppress(RuntimeError):  # it is closed: terminals that go send SIGHUP twice
                loop.call_soon_threadsafe(self.interrupt)

        # Ctrl+C and Ctrl+\\ are keys here: SIGINT and SIGQUIT come from outside, from somebody who wants an end.
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
            before = signal.getsignal(number)
            if before is not signal.SIG_IGN:
                with suppress(ValueError):  # not in the main thread
                    signal.signal(number, interrupted)
                    self._signals_before[number] = before

    def give_signals_back(self) -> None:
        """Restore the previous signal handlers. Call it once no session is left that a signal could leave open."""
        for number, before in self._signals_before.items():
            if before is not None:  # a handler that is not Python's cannot be put back
                signal.signal(number, before)
        self._signals_before.clear()

    # Opening

    @on(OpeningProgress)
    def _opening_progress(self, event: OpeningProgress) -> None:
        self.main.nodes.show_progress(event.text, self._facts.region or "")
        self._waiting.show_progress(event.text)

    @on(Recalled)
    def _recalled(self, event: Recalled) -> None:
        self._show(event.recollection)

    def _show(self, recollection: Recollection) -> None:
        from ssmtui.ui.frame.bridge import FleetBridge

        if self._fleet_bridge is not None:
            if self._fleet_bridge.fleet is recollection.fleet:
                return
            self._fleet_bridge.close()
        self.main.recall(recollection)
        self._fleet_bridge = FleetBridge(recollection.fleet, self.main.post_message)

    @on(ServicesFailed)
    def _services_failed(self, event: ServicesFailed) -> None:
        beginning = self.main.features.beginning
        self.main.nodes.show_failure(event.error, beginning.ways(event.error), beginning.ways_in_brief(event.error))
        if dropped := self._waiting.failed():
            self.tell(f"No account could be opened. Not done: {dropped}", severity="warning", seconds=8)
        # There are dialogs without AWS, too.
        self._read_late_styles()

    @on(ServicesOpened)
    def _services_opened(self, event: ServicesOpened) -> None:
        from ssmtui.ui.frame.bridge import SessionBridge

        services = self.services = event.services
        if services.demo:
            # Its lab ends with it.
            self._hangup_detaches = self.leaves_alive = False
        self._session_bridge = SessionBridge(services.manager, self.main.post_message)
        self._tell_colors()
        self._show(services)
        self.main.connect(services)
        self.main.nodes.show_progress("", services.scope.region)
        # Before nodes are listed, which may move what it was asked for.
        is_at_work = self._waiting.opened()
        # Only now, with bridge and views connected: the first page of a listing is shown as soon as it is here.
        services.fleet.start(self.settings.refresh_interval)
        self._begin_with(self._facts, self.main.features, is_at_work=is_at_work)
        self.main.features.start.gate.tell_unusable_guards()
        self._read_late_styles()
        if self._preloads:
            self.run_worker(self._load_ahead(), name="views")

    def _begin_with(self, facts: AppFacts, features: Features, *, is_at_work: bool) -> None:
        """Open what the command line names, and offer what earlier runs have left: what still lives before tabs that
        would be started anew. A person who ``is_at_work`` already is told, and not asked."""
        if facts.attach is not None:
            features.attaching.attach(facts.attach)
        elif facts.open_filter is not None:
            features.nodes.open_found(facts.open_filter, tiled=facts.tiled)
            features.attaching.mention()
        elif facts.workspace:
            features.workspaces.choose(facts.workspace)
            features.attaching.mention(besides=features.workspaces.records_of(facts.workspace))
        elif is_at_work:
            features.attaching.mention()
        else:
            features.attaching.offer(then=features.workspaces.offer)

    def _read_late_styles(self) -> None:
        self.run_worker(self.read_styles(*self.main.features.styles), name="styles")

    async def _load_ahead(self) -> None:
        """Load everything that opens later, while the program is idle: an upgrade would replace the files of a running
        program, and what it loads then is missing or of another version."""
        from ssmtui.ui.frame import preloading

        await preloading.load_views()

    # Keys and commands

    def take_key(self, key: str, character: str | None) -> bool:
        """Keys that go before all widgets: the leader, outside dialogs."""
        if self.screen is not self.main:
            return False
        try:
            command = self.main.take_key(key, character)
        except LookupError:
            return False
        if command is not None:
            self.do(command, key)
        return True

    def take_paste(self, text: str) -> bool:
        """A paste into a session: one that would act at once is asked about before the next key goes anywhere."""
        view = self.panes.typed_into if self.screen is self.main else None
        if view is None:
            return False
        if view.wants_question(text):
            pane_actions.ask_paste(self.panes, view, text)
        elif self.focused is None:  # on its way to the screen
            view.paste(text)
        else:
            return False
        return True

    def action_do(self, name: str, key: str) -> None:
        """What all bindings call."""
        self.do(self.registry[name], key)

    def do(self, command: Command, key: str = "") -> None:
        """Run a command for a key, or say why not."""
        self.run_command(command, self.registry.argument(command, key) if command.takes_key else "")

    def run_command(self, command: Command, argument: str = "") -> None:
        """Run a command, or say why not. One that needs the services waits for them while they are being opened."""
        reason = command.disabled_reason()
        if reason is None:
            command.run(argument)
        elif reason is NOT_REACHED and self.beginning.opening:
            self._waiting.keep(command, argument)
        elif reason is NOT_REACHED and self.beginning.failure is not None:
            self.tell(f"No account is open; {self.shown_key('accounts')} chooses one", severity="warning")
        else:
            self.tell(reason, severity="warning")

    @property
    def leader_keys(self) -> tuple[str, ...]:
        """The leader, in Textual's notation; the first is the one that is shown."""
        return self.main.leader.keys

    def shown_key(self, command: str) -> str:
        """The first key of a command; empty where it has none."""
        keys = self.registry.keys(self.registry[command])
        return words.key_name(keys[0]) if keys else ""

    def leader_keys_of(self, command: str) -> str:
        """What is typed after and with the leader for a command; empty where no key is."""
        return hints.leader_keys_of(self.main.leader, self.registry, command)

    @property
    def chrome(self) -> Chrome:
        """Which lines are drawn around sessions."""
        return self.panes.chrome

    def show_chrome(self, chrome: Chrome) -> None:
        """Draw others from now on."""
        self.panes.show_chrome(chrome)

    async def explain(self, session: SessionSnapshot) -> Conclusion:
        """What a diagnosis of the node of a session comes to."""
        return await self.main.features.access.explain(session)

    @on(TabBar.Chosen)
    def _tab_chosen(self, event: TabBar.Chosen) -> None:
        tab = self.panes.tabs.with_id(event.tab)
        if tab is not None:
            self.panes.show_tab(tab)

    @on(CommandWanted)
    def _command_wanted(self, event: CommandWanted) -> None:
        self.run_command(self.registry[event.command], event.argument)

    # Bound by their names, so that panes need not be imported for the first frame.

    def on_terminal_view_escaped(self, event: TerminalView.Escaped) -> None:
        """An escape of ssh's was typed."""
        if event.action is EscapeAction.END:
            self.panes.manager.session(event.view.snapshot.key).end()
        else:
            self.notify(HELP_TEXT, markup=False, timeout=8)

    def on_terminal_view_selection_made(self, event: TerminalView.SelectionMade) -> None:
        """The mouse selected something."""
        if self.settings.copy_on_select:
            self.main.features.copying.actions.copy_selection(event.view)

    def on_terminal_view_link_clicked(self, event: TerminalView.LinkClicked) -> None:
        """A cell was clicked where a link may be."""
        self.main.features.copying.actions.follow_link(event.view, event.x, event.y)

    def copy_to_clipboard(self, text: str, what: str = "") -> None:
        """Copy ``text``, called ``what``; entries call this too."""
        self.keep_copied(text)
        self._copier.copy(text, what)

    def tell(self, text: str, *, severity: Severity = "information", seconds: float = 4) -> None:
        """Show a notification, once however often it repeats; ``text`` is not markup."""
        message = inert.line(text)
        self.take_back(message)
        self.notify(message, severity=severity, markup=False, timeout=seconds)

    def tell_error(self, error: SsmtuiError, about: str = "", *, severity: Severity = "error") -> None:
        """What went wrong, what it means and what to do; ``about`` names what it happened to."""
        # Each by itself: a long detail must not cost the remedy.
        said = inert.line(": ".join(filter(None, (about, error.title, error.detail))), 300).rstrip(".")
        self.tell(f"{said}. {inert.line(error.remedy, 200)}".rstrip(), severity=severity, seconds=10)

    def show_defect(self, error: BaseException, what: str = "") -> None:
        """Say what failed and that all else goes on; the details are in the log."""
        self.tell(words.defect(error, open_files(), what), severity="error", seconds=12)

    def change_theme(self, name: str = "") -> None:
        """Take the theme of that name, or change between our dark and our light one. Raises KeyError."""
        if name and name not in self.available_themes:
            raise KeyError(name)
        self.theme = name or (theme.DAY if self.current_theme.dark else theme.NIGHT).name

    def _tell_colors(self) -> None:
        """Answer remote programs that ask for terminal colours with those of the theme."""
        if self.services is not None:
            self.services.manager.recolor(self._terminal_colors)

    # Closing

    @property
    def has_focus(self) -> bool:
        """Whether the terminal's window has the keys, or does not say."""
        return self.app_focus

    def interrupt(self) -> None:
        """Quit for a signal, or because the terminal has gone, without a question: the person may be gone."""
        self.was_interrupted = True
        self.close_down(detach=self.leaves_alive)

    def close_down(self, farewell: str = "", *, detach: bool = False) -> None:
        """End everything and leave; the screen says what it waits for. ``farewell`` is said once it is gone. With
        ``detach`` sessions are left alive as far as they can be, and the farewell says which, and until when."""
        if self._leaving:
            return
        self._leaving, self.farewell, self.leaves_alive = True, farewell, detach
        self.run_worker(self._close(detach=detach), name="close")

    async def _close(self, *, detach: bool) -> None:
        await self.beginning.cancel()
        left_behind: list[str] = []
        try:
            # Features first: what they saved (the last tabs) must not follow the sessions that end now, and a session
            # that has the terminal must give it back. The bridges last, so that tabs show how each session ends.
            for feature in self.main.features.all:
                await self._close_feature(feature)
            if self.services is not None:
                await self._show_closing(self.services, detach=detach)
                left_behind = await self._close_services(self.services, detach=detach)
            self._stop_watching(self._session_bridge, self._fleet_bridge)
        finally:
            # Whatever fails on the way: it must not keep the program from ending.
            self.exit(left_behind)

    async def _close_services(self, services: Services, *, detach: bool) -> list[str]:
        """The ids of sessions whose end was not confirmed."""
        # The nodes of a demo end with it.
        left_behind, said = await services.leave(self.clock.now(), detach=detach and not services.demo)
        self.farewell = "\n".join(filter(None, (self.farewell, said)))
        denied = services.manager.denied_end
        self.end_is_denied = denied.brief if denied is not None else ""
        return left_behind

    async def _close_feature(self, feature: Feature) -> None:
        try:
            await feature.close()
        except Exception as error:
            # It must not keep the others from being closed.
            self.contain(error, self)

    def _stop_watching(self, *watchers: Closable | None) -> None:
        for watcher in watchers:
            try:
                if watcher is not None:
                    watcher.close()
            except Exception as error:
                self.contain(error, self)

    async def _show_closing(self, services: Services, *, detach: bool) -> None:
        """Say what is waited for, if that can be said."""
        from ssmtui.sessions.left_alive import cannot_stay

        sessions = [one for one in services.manager.snapshots() if one.live]
        ending = [one for one in sessions if not detach or cannot_stay(one)]
        if not (live := len(ending) + services.tunnels.live_count):
            return
        try:
            from ssmtui.ui.frame.closing import Closing

            await self.push_screen(Closing(f"Terminating {words.count(live, 'session')} …"))
        except Exception as error:
            self.contain(error, self)
