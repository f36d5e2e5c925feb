"""The composition root: builds what stands on AWS, or on the demo's lab, and runs the screen.

Every import of weight is inside a function: the screen paints before boto3, websockets and the engine are loaded.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import select
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from ssmtui import __version__, inert, open_files
from ssmtui.backend import Options, load_settings, open_backend, open_profiles
from ssmtui.daemon import FILE_LIMIT, in_daemon_thread
from ssmtui.demo_recordings import demo_recordings
from ssmtui.errors import ConfigurationError, SsmtuiError, UsageError
from ssmtui.interpreter import give_memory_back, ready_interpreter
from ssmtui.tasks import Tasks

if TYPE_CHECKING:
    from ssmtui.aws.gateway import Gateways
    from ssmtui.config.settings import LoadedSettings, Settings
    from ssmtui.inventory.choice import Choice
    from ssmtui.inventory.fleet import Fleet
    from ssmtui.inventory.session_board import SessionBoard
    from ssmtui.inventory.states import ScopeState
    from ssmtui.keeper.client import KeeperClient
    from ssmtui.model import AwsProfile, Identity, NodeKey, Scope
    from ssmtui.ui.frame.app import SsmtuiApp
    from ssmtui.ui.services import Progress, Recollection, Services

SMALLEST_COLS, SMALLEST_ROWS = 40, 10
FAREWELL = 8.0
"""Seconds that ending the sessions may take once the terminal has gone."""
GRACE = 1.0
"""Seconds that the screen has to leave by itself after that."""
PATIENCE = 4.0
"""The same after a signal, with a terminal that may be slow to take what restores it."""
STUCK = 3.0
"""Seconds after a signal in which the event loop must have had a turn; one that has none stands still."""
LAST_CALLS = 5.0
"""Seconds that ending the sessions may take where the event loop cannot do it."""
RESTORE = (
    b"\x1b[?2026l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?2004l\x1b[?1004l\x1b[<u\x1b[?7h\x1b[?1049l\x1b[?25h"
)
"""Synchronized output, mouse, paste and focus reports and the keyboard protocol off, wrapping on; the first screen and
its cursor (xterm's ctlseqs; kitty's keyboard protocol)."""

log = logging.getLogger("ssmtui.closing")

INTERRUPTED = 130


# What stands behind the screen


class PastRuns(NamedTuple):
    """What outlives one run, and the fleet that begins with it."""

    recollection: Recollection
    choice: Choice
    begins_anew: bool
    """Whether the command line names the scope to begin with, whatever was chosen the last time."""

    async def recall(self) -> Recollection:
        """Read what is remembered; the nodes themselves are for the fleet to recall."""
        known = self.recollection
        # The files of profiles are read meanwhile: nothing on the first screen waits for them.
        known.profiles.watch()
        remembered = (known.usage, known.filters, known.profiles.uses, known.workspaces, self.choice, known.accounts)
        await asyncio.gather(*(each.load() for each in remembered if each is not None))
        known.scopes = self.choice.scopes
        return known

    def attach(self, gateways: Gateways, board: SessionBoard) -> None:
        """Have the fleet call AWS, and ``board`` list the sessions of the same scopes."""
        fleet = self.recollection.fleet
        fleet.attach(gateways)
        if self.begins_anew and not self.recollection.were_chosen:
            fleet.choose([gateways.default])

        def chosen(scopes: Sequence[Scope]) -> None:
            self.choice.note(scopes)
            board.choose(scopes)

        chosen(list(fleet.states))
        fleet.on_choice = chosen

    async def close(self) -> None:
        """Stop, and write what is not written."""
        known = self.recollection
        remembered = (known.usage, known.filters, known.profiles, known.workspaces, known.histories, self.choice)
        for each in (known.fleet, *remembered, known.accounts):
            if each is None:
                continue
            # What cannot be closed must not keep the rest open.
            try:
                await each.close()
            except Exception as error:
                log.error("a part of the memory could not be closed", exc_info=error)


def remember(options: Options) -> PastRuns:
    """What is remembered of earlier runs; for a demo, which leaves nothing behind, that is nothing."""
    from ssmtui.config import paths
    from ssmtui.config.memory import Memory
    from ssmtui.inventory.cache import NodeCache
    from ssmtui.inventory.choice import Choice, KnownAccounts, files_of, start_of
    from ssmtui.inventory.filters import Filters
    from ssmtui.inventory.fleet import Fleet
    from ssmtui.inventory.usage import Usage
    from ssmtui.profiles.histories import Histories
    from ssmtui.profiles.workspaces import Workspaces
    from ssmtui.ui.services import Recollection

    places = paths.find()
    memory = Memory(None if options.demo else places.memory)
    profiles = open_profiles(options, memory)
    fleet = Fleet(cache=None if options.demo else NodeCache(places.inventory))
    start = start_of((options.aws_profile, options.region, options.endpoint_url), os.environ)
    named = options.demo or options.aws_profile is not None or options.region is not None
    workspaces = Workspaces(Memory(None if options.demo else places.workspaces))
    recollection = Recollection(
        memory=memory,
        usage=Usage(memory),
        filters=Filters(memory),
        profiles=profiles,
        workspaces=workspaces,
        histories=Histories(memory),
        fleet=fleet,
        accounts=KnownAccounts(memory, files_of(options.endpoint_url, os.environ)),
        aws_profiles=_aws_profiles,
    )
    return PastRuns(recollection, Choice(memory, start), named)


async def _aws_profiles() -> Sequence[AwsProfile]:
    """Those of the configuration files. Raises :class:`ssmtui.errors.ConfigurationError`."""

    def read() -> Sequence[AwsProfile]:
        from ssmtui.aws.configuration import aws_profiles

        return aws_profiles()

    try:
        return await in_daemon_thread(read)
    except TimeoutError:
        detail = f"the disk with the AWS configuration has not answered for {FILE_LIMIT:g} s"
        raise ConfigurationError(detail, title="The AWS profiles are not known") from None


async def open_services(options: Options, settings: Settings, past: PastRuns, progress: Progress) -> Services:
    """Open what the screen stands on; may be called again after it has failed. The services close ``past`` with them.

    Raises :class:`ssmtui.errors.SsmtuiError`.
    """
    known = past.recollection
    remembered = [replace(options, aws_profile=each.aws_profile, region=each.region) for each in known.scopes[:1]]
    if known.were_chosen:
        return await _try_services(remembered[0], settings, past, progress)
    try:
        return await _try_services(options, settings, past, progress)
    except ConfigurationError:
        if past.begins_anew or not remembered:
            raise
        # There is no region, say, but accounts were chosen the last time.
        with suppress(SsmtuiError):
            return await _try_services(remembered[0], settings, past, progress)
        raise


async def _try_services(options: Options, settings: Settings, past: PastRuns, progress: Progress) -> Services:
    async with AsyncExitStack() as stack:
        return await _build_services(options, settings, past, stack, progress)


class _Opener:
    """Opens services for the screen, and closes them if the screen broke before it could."""

    def __init__(self, options: Options, settings: Settings) -> None:
        self.closed = threading.Event()
        """Nothing is open (any more)."""
        self.closed.set()
        self._options = options
        self._settings = settings
        self._past: PastRuns | None = None
        self._services: Services | None = None
        self._ending = threading.Lock()
        self._ended: _Ended | None = None

    async def recall(self) -> Recollection:
        """Read what is remembered of earlier runs; called once the first frame is painted."""
        # Exclude what is loaded so far from garbage collection.
        gc.freeze()
        gc.enable()
        give_memory_back()
        self._past = remember(self._options)
        # What the filter needs takes longer to load than a frame, and is wanted next.
        recollection, _ = await asyncio.gather(
            self._past.recall(), asyncio.to_thread(import_module, "ssmtui.inventory.query.query")
        )
        return recollection

    async def recall_demo(self) -> Recollection:
        """Have a demo opened from now on, in place of an account that could not be; its memory, which is empty."""
        if self._past is not None:
            await self._past.close()
        self._options = replace(self._options, demo=True, aws_profile=None, region=None, endpoint_url=None)
        self._past = remember(self._options)
        return await self._past.recall()

    async def open(self, progress: Progress) -> Services:
        """Open them, and remember them until they are closed."""
        self.closed.clear()
        assert self._past is not None
        services = self._services = await open_services(self._options, self._settings, self._past, progress)
        # A full collection of all that is loaded by now takes 50 ms of the loop, again and again: none of it goes away.
        gc.freeze()
        close_rest = services.close_rest

        async def forget() -> None:
            self._services = self._past = None
            await close_rest()
            self.closed.set()

        services.close_rest = forget
        return services

    def end_without_loop(self, *, detach: bool) -> _Ended:
        """End the sessions that are still open, in threads, for a loop that stands still; with ``detach`` only those
        that cannot be left alive. Any thread may call it; a second one gets the same answer."""
        from ssmtui.sessions.farewell import end_without_loop

        with self._ending:
            if self._ended is None:
                services = self._services
                calls = services.last_calls(detach=detach) if services is not None else []
                stays = services.manager.stays if services is not None and detach else 0
                self._ended = _Ended(len(calls), end_without_loop(calls, LAST_CALLS), stays)
            return self._ended

    async def close(self, *, detach: bool) -> tuple[list[str], str]:
        """Close what is still open: the screen has not, for a defect. With ``detach`` sessions are left alive. Returns
        the ids of those that the service has not confirmed to be gone, and what to say of those that stay."""
        unconfirmed: list[str] = []
        said = ""
        if self._services is not None:
            unconfirmed, said = await self._services.leave(datetime.now(UTC), detach=detach)
        if self._past is not None:  # AWS was not reached
            await self._past.close()
        return unconfirmed, said


class _Ended(NamedTuple):
    """What became of the sessions of a program whose loop stands still."""

    called: int
    """How many were to be ended."""
    unconfirmed: list[str]
    """The ids of those whose end was not confirmed."""
    stays: int
    """How many were left alive."""


async def _build_services(
    options: Options, settings: Settings, past: PastRuns, stack: AsyncExitStack, progress: Progress
) -> Services:
    from ssmtui.config import paths
    from ssmtui.forwards.tunnels import Tunnels
    from ssmtui.ledger.ledger import Ledger
    from ssmtui.sessions.documents import DocumentLibraries
    from ssmtui.sessions.engine_host import EngineHost
    from ssmtui.sessions.manager import SessionManager
    from ssmtui.sessions.start_queue import StartQueue
    from ssmtui.ui.services import Services

    engines = EngineHost(None if settings.engine == "auto" else settings.engine)
    stack.push_async_callback(engines.close)
    # The engine's process starts while the rest is being imported; its failure is raised where it is awaited.
    tasks = Tasks("opening")
    stack.push_async_callback(tasks.close)
    engines_started = tasks.start("engine host", engines.start(), awaited=True)
    # Nobody waits for AWS: the first listing asks who is calling, and reports credentials that are missing or refused.
    backend = await stack.enter_async_context(open_backend(options, settings, progress, waits=False))
    progress("Starting the terminal engine")
    await engines_started
    starts = StartQueue()
    reading = Tasks("documents")
    stack.push_async_callback(reading.close)
    documents = DocumentLibraries(backend.gateways.gateway, reading)
    places = paths.find()
    # A demo leaves nothing behind.
    ledger = Ledger(None, None) if options.demo else Ledger(places.ledger, places.journal)
    stack.push_async_callback(ledger.close)
    ledger.home = backend.gateways.default
    fleet = past.recollection.fleet
    ledger.identity_in = lambda scope: _arn(fleet.states.get(scope))
    await ledger.open()
    manager = SessionManager(
        backend.lines,
        engines,
        scrollback_lines=settings.scrollback_lines,
        read_only=options.read_only,
        takes_clipboard=settings.clipboard != "never",
        recordings=demo_recordings(stack) if options.demo else places.recordings,
        starts=starts,
        documents=documents,
        ledger=ledger,
    )
    board = open_board(past.recollection.fleet, backend.gateways)
    past.attach(backend.gateways, board)
    # Closed before the gateways, like the tasks that read documents: all of them call AWS.
    stack.push_async_callback(past.close)
    stack.push_async_callback(board.close)
    return Services(
        **vars(past.recollection),
        gateways=backend.gateways,
        board=board,
        manager=manager,
        documents=documents,
        tunnels=Tunnels(
            backend.lines,
            starts=starts,
            read_only=options.read_only,
            end_denied=manager.end_denied,
            ledger=ledger,
            nodes_are_here=options.demo,
        ),
        ledger=ledger,
        scope=backend.gateways.default,
        demo=options.demo,
        keeper=_keeper_client(options, settings),
        close_rest=stack.pop_all().aclose,
    )


def _keeper_client(options: Options, settings: Settings) -> KeeperClient | None:
    from ssmtui.backend import keeper_client
    from ssmtui.keeper import place

    return keeper_client(options, hands_over=settings.keeper) if place.is_possible() and not options.demo else None


def open_board(fleet: Fleet, gateways: Gateways) -> SessionBoard:
    """The board of sessions, which knows from the fleet what nodes are called and who calls in each scope. The fleet
    knows from it who is on a node."""
    from ssmtui.inventory.session_board import SessionBoard

    def name_of(key: NodeKey) -> str:
        node = fleet.nodes.get(key)
        return node.name if node is not None else ""

    def caller_of(scope: Scope) -> Identity | None:
        state = fleet.states.get(scope)
        return state.identity if state is not None else None

    board = SessionBoard(lambda: gateways, name_of, caller_of)
    fleet.show_visitors(board.who_is_on)
    board.on_nodes = fleet.visitors_changed
    return board


def _arn(state: ScopeState | None) -> str:
    """Of the person in a scope, as far as it is known."""
    return state.identity.arn if state is not None and state.identity is not None else ""


# The screen


def run_app(options: Options) -> int:
    """Open the full-screen program and return the exit code; an exception that ended it is raised once the terminal is
    back."""
    refuse_terminal()
    open_files.raise_limit()
    ready_interpreter()
    # Importing the screen would trigger many collections, and leaves no garbage.
    gc.disable()
    try:
        loaded = load_settings(options)
        for warning in loaded.warnings:
            # Seen once the screen is gone again.
            _narrate(warning)
        left_behind, app = asyncio.run(_run_app(options, loaded))
    finally:
        gc.enable()
    for line in app.farewell.splitlines():
        _narrate(line)
    if left_behind:
        _narrate(_unconfirmed(left_behind, app.end_is_denied))
    return INTERRUPTED if app.was_interrupted else 0


async def _run_app(options: Options, loaded: LoadedSettings) -> tuple[list[str], SsmtuiApp]:
    """The sessions whose end was not confirmed, and the screen, which is over."""
    from ssmtui.config.settings import nearest
    from ssmtui.ui.frame.app import SsmtuiApp
    from ssmtui.ui.services import AppFacts

    settings = loaded.settings
    opener = _Opener(options, settings)
    facts = AppFacts(
        demo=options.demo,
        aws_profile=options.aws_profile,
        region=options.region,
        endpoint_url=options.endpoint_url,
        read_only=options.read_only,
        version=__version__,
        workspace=options.workspace,
        open_filter=options.open_filter,
        tiled=options.tiled,
        attach=options.attach,
    )
    try:
        app = SsmtuiApp(
            opener.open,
            recall=opener.recall,
            recall_demo=None if options.demo else opener.recall_demo,
            facts=facts,
            loaded=loaded,
            preloads=True,
        )
    except ConfigurationError as error:
        place = loaded.place("keys", "leader_keys", "ended_keys")
        raise ConfigurationError(f"{place}{error.detail}", title=error.title, remedy=error.remedy) from None
    themes = sorted(app.available_themes)
    if settings.theme and settings.theme not in themes:
        place = loaded.place("theme")
        raise ConfigurationError(f"{place}there is no theme {settings.theme}. {nearest(settings.theme, themes)}")
    loop = asyncio.get_running_loop()
    leave_with_terminal = partial(_leave_with_terminal, app, loop, opener)
    threading.Thread(target=leave_with_terminal, name="ssmtui-hangup", daemon=True).start()
    leave_in_time = partial(_leave_in_time, app, loop, opener, _give_terminal_back())
    threading.Thread(target=leave_in_time, name="ssmtui-signals", daemon=True).start()
    try:
        left_behind = await app.run_async()
    finally:
        unconfirmed, said = await opener.close(detach=app.leaves_alive)
        app.give_signals_back()
    if app.failure is not None:
        for line in said.splitlines():
            _narrate(line)
        raise app.failure
    return [*(left_behind or []), *unconfirmed], app


def _leave_with_terminal(app: SsmtuiApp, loop: asyncio.AbstractEventLoop, opener: _Opener) -> None:
    """End the process when its terminal has gone. SIGHUP, if it is not ignored, has sessions left or ended in good
    order before; but Textual cannot leave a screen that nobody takes, and would try for ever (8.2.8,
    ``WriterThread``)."""
    if not hasattr(select, "poll"):
        return
    terminal = select.poll()
    terminal.register(sys.__stdin__.fileno() if sys.__stdin__ else 0, 0)
    if any(happened & select.POLLHUP for _, happened in terminal.poll()):
        if app.is_running:
            with suppress(RuntimeError):  # it is closed
                loop.call_soon_threadsafe(app.interrupt)
        if not opener.closed.wait(FAREWELL):
            opener.end_without_loop(detach=app.leaves_alive)
        time.sleep(GRACE)
        os._exit(INTERRUPTED)


def _leave_in_time(
    app: SsmtuiApp,
    loop: asyncio.AbstractEventLoop,
    opener: _Opener,
    give_back: Callable[[str], None],
) -> None:
    """End the process some seconds after a signal has asked for it, even if the screen's loop stands still: sessions
    that are not left alive are ended from here then, and none may stay behind at the service without a message."""
    app.asked_to_leave.wait()
    until = time.monotonic() + FAREWELL
    runs = _has_turn(loop, STUCK)
    while runs and time.monotonic() < until and not opener.closed.wait(GRACE):
        runs = _has_turn(loop, STUCK)
    ended = opener.end_without_loop(detach=app.leaves_alive)
    if _has_turn(loop, GRACE):
        # It runs, or runs again: leaving by itself is better.
        time.sleep(PATIENCE)
    # A write to a terminal that does not read would wait, too.
    restoring = threading.Thread(target=give_back, args=(_last_words(ended),), daemon=True)
    restoring.start()
    restoring.join(GRACE)
    os._exit(INTERRUPTED)


def _has_turn(loop: asyncio.AbstractEventLoop, seconds: float) -> bool:
    """Whether the loop, of another thread, calls something within ``seconds``."""
    turn = threading.Event()
    with suppress(RuntimeError):  # the loop is closed: it cannot be asked any more
        loop.call_soon_threadsafe(turn.set)
    return turn.wait(seconds)


def _last_words(ended: _Ended) -> str:
    """What to say of a program that could not leave by itself, and of its sessions."""
    told = ["The screen did not respond to the signal, so the program was stopped."]
    if confirmed := ended.called - len(ended.unconfirmed):
        told.append(f"{confirmed} {'session was' if confirmed == 1 else 'sessions were'} terminated.")
    if ended.stays:
        one = ended.stays == 1
        told.append(
            f"{ended.stays} {'session stays' if one else 'sessions stay'} alive; "
            f"`ssmtui attach` brings {'it' if one else 'them'} back."
        )
    if ended.unconfirmed:
        told.append(_unconfirmed(ended.unconfirmed))
    return " ".join(told)


def _unconfirmed(left_behind: Sequence[str], denied: str = "") -> str:
    because = f", because {denied}" if denied else ""
    return f"AWS has not confirmed the end of {', '.join(left_behind)}{because}; idle sessions end by themselves."


def _give_terminal_back() -> Callable[[str], None]:
    """What makes the terminal as it is now again, and says something there; to be called before the screen has it."""
    if os.name == "nt" or sys.__stdin__ is None or sys.__stderr__ is None:
        return _narrate
    import termios

    keys, drawing = sys.__stdin__.fileno(), sys.__stderr__.fileno()
    before = None
    with suppress(termios.error):
        before = termios.tcgetattr(keys)

    def give_back(told: str) -> None:
        if before is not None:
            with suppress(termios.error):
                termios.tcsetattr(keys, termios.TCSANOW, before)
        with suppress(OSError):
            # Not through Python's file, whose lock a thread that waits for the terminal may hold.
            os.write(drawing, RESTORE + f"ssmtui: {inert.line(told)}\n".encode())

    return give_back


def refuse_terminal() -> None:
    """Raise :class:`ssmtui.errors.UsageError` where no screen can be drawn."""
    # The screen is drawn on standard error, Textual's choice; who redirects it, or standard output, did not expect a
    # screen.
    if not all(stream is not None and stream.isatty() for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__)):
        raise _no_screen("standard input, output and error are not all a terminal")
    if os.name != "nt" and os.environ.get("TERM", "") in ("", "dumb"):
        raise _no_screen(f"TERM={os.environ.get('TERM', '')} says that this terminal cannot move its cursor")
    size = os.get_terminal_size(sys.__stdout__.fileno()) if sys.__stdout__ else os.terminal_size((0, 0))
    # A pty that nobody gave a size has 0x0.
    if size.columns and size.lines and (size.columns < SMALLEST_COLS or size.lines < SMALLEST_ROWS):
        smallest = f"{SMALLEST_COLS}x{SMALLEST_ROWS}"
        raise _no_screen(f"this terminal is {size.columns}x{size.lines}, and the smallest that will do is {smallest}")


def _no_screen(why: str) -> UsageError:
    remedy = "`ssmtui nodes` and `ssmtui connect` do without a screen."
    return UsageError(why, title="ssmtui cannot draw its screen here", remedy=remedy)


def _narrate(text: str) -> None:
    with suppress(OSError):  # the terminal has gone
        sys.stderr.write(f"ssmtui: {inert.line(text)}\n")
