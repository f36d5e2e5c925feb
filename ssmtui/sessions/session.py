"""A session in a pane: a :class:`ChannelSession` whose output feeds a terminal engine, and whose engine answers it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from ssmtui import inert
from ssmtui.aws.gateway import LastCall
from ssmtui.contained import Contained
from ssmtui.errors import AccessDenied, ConfigurationError, DocumentError, SsmtuiError
from ssmtui.ledger.entry import Entry
from ssmtui.ledger.ledger import HeldElsewhere
from ssmtui.ledger.record import LedgerRecord
from ssmtui.model import DEFAULT_SHELL, Node, SessionDocument, SessionRecord, StartRequest, TerminalSize
from ssmtui.protocol import InputBounds
from ssmtui.sessions.activity import IDLE
from ssmtui.sessions.activity_clock import ActivityClock
from ssmtui.sessions.agent_words import add_version
from ssmtui.sessions.approval import Approval
from ssmtui.sessions.channel_log import ChannelLog
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.clocks import SessionClocks
from ssmtui.sessions.documents import NO_SUCH_DOCUMENT, DocumentLibraries
from ssmtui.sessions.earlier_output import KeptScreen
from ssmtui.sessions.end_cause import EndCause
from ssmtui.sessions.engine_host import EngineHost
from ssmtui.sessions.engine_tail import PortableScreen
from ssmtui.sessions.entry import CONTAINERS, ServiceLine, Tell
from ssmtui.sessions.limit_watch import LimitWatch
from ssmtui.sessions.options import KeepAlive, OnConnect, nudge, within
from ssmtui.sessions.output import Beginning, Native, SessionOutput
from ssmtui.sessions.paste import InputKind
from ssmtui.sessions.plain_command import as_printed
from ssmtui.sessions.session_recording import SessionRecording
from ssmtui.sessions.snapshots import ClipboardRequest, SessionChange, SessionSnapshot
from ssmtui.sessions.start_queue import StartQueue
from ssmtui.sessions.states import SessionState
from ssmtui.sessions.taking_over import TAKEN_ELSEWHERE, TakeOver, UsedMeanwhile
from ssmtui.sessions.watching import SessionWatch, Watch
from ssmtui.tasks import Tasks
from ssmtui.terminal.screen import Modes
from ssmtui.terminal.signs import LineEnd, ShellMark
from ssmtui.transport.link import Dialer
from ssmtui.transport.pacing import PacedDialer, ReadingTurns

log = logging.getLogger(__name__)

DOCUMENT_WITHIN = 5.0
"""Seconds for which a session that is taken over waits for its document."""
STDERR_ON, STDERR_OFF = b"\x1b[31m", b"\x1b[39m"
"""Separate standard error is drawn in the theme's red (protocol.md section 6.3)."""


class Session:
    """A session on the screen: its channel, its terminal and what is shown of both.

    :meth:`SessionManager.session` gives it out. A viewer draws from :attr:`terminal`, reads facts from
    :meth:`snapshot`, and types by the methods below; it learns of changes from the manager, which removes and closes
    sessions. All methods belong to the event loop's thread.
    """

    def __init__(
        self,
        key: int,
        request: StartRequest,
        node: Node | None,
        size: TerminalSize,
        *,
        line: ServiceLine,
        approval: Approval | None = None,
        engines: EngineHost,
        documents: DocumentLibraries,
        tasks: Tasks,
        starts: StartQueue | None = None,
        turns: ReadingTurns | None = None,
        scrollback_lines: int,
        read_only: bool,
        takes_clipboard: bool,
        recordings: Path | None = None,
        clock: Callable[[], float],
        announce: Callable[[int, SessionChange], None],
        wall: Callable[[], float] = time.time,
        end_denied: Callable[[AccessDenied], None] = lambda error: None,
        takes_over: TakeOver | None = None,
        earlier: Awaitable[Beginning] | None = None,
        begin: Callable[[Session], Awaitable[Entry]] | None = None,
        record_id: str = "",
        filled_from: PortableScreen | None = None,
    ) -> None:
        """``earlier`` gives what is on the screen before all that the node prints; ``filled_from`` is what the process
        before has kept of its screen."""
        self.key = key
        self._record_id = record_id
        self.request = request
        self.node = node
        self.title = self._first_title
        options = request.options
        self.size = size = within(size, options.largest)
        self._read_only = read_only
        self._announce = announce
        self._gateway = line.gateway
        self._documents = documents
        self._tasks = tasks
        self._wall = wall
        began_elsewhere = takes_over is not None
        self._clocks = SessionClocks(
            began_elsewhere=began_elsewhere, started=takes_over.started if takes_over is not None else None
        )
        self._learning: asyncio.Task[None] | None = None
        kept = filled_from or PortableScreen()
        self._modes = kept.modes
        self._listeners: tuple[Callable[[bytes], None], ...] = ()
        self._contained = Contained(f"session {key}")
        self._terminal_title = inert.line(kept.title, 256)
        self._engine_notice = ""
        self._warning: AccessDenied | None = None
        self._takes_clipboard = options.clipboard != "never" if options.clipboard else takes_clipboard
        self._clipboard: ClipboardRequest | None = None
        self._clipboard_requests = 0
        lines = scrollback_lines if options.scrollback_lines is None else options.scrollback_lines
        self.terminal = engines.open(key, size, lines, self, filled_from)
        """To draw, scroll, mark and search the screen. Only this session feeds and closes it."""
        self._output = SessionOutput(self.terminal)
        if earlier is not None:
            tasks.start(f"earlier output of session {key}", self._output.begin_with(earlier))
        self._clock = clock
        self._activity = ActivityClock(
            clock, self._activity_changed, lambda: self.terminal.pending > 0, lambda end: self._watch.ended(end)
        )
        self._watch = SessionWatch(clock, lambda: announce(key, SessionChange.WATCHED))
        self._recording = SessionRecording(recordings, request, self._output, self._recording_changed, wall)
        # A shell that goes on is in the middle of something: nothing is typed into it.
        on_connect = "" if read_only or began_elsewhere else options.on_connect
        self._on_connect = OnConnect(on_connect, self._type_on_connect)
        self.approval = approval
        """What the session waits for before it is started."""
        self._access_watch: asyncio.Task[None] | None = None
        approve = self._approve if approval is not None else None
        self._turns = turns
        self._channel = ChannelSession(
            request,
            line.gateway,
            self._paced(line.dialer),
            self,
            tasks,
            clock,
            approve=approve,
            starts=starts,
            end_denied=end_denied,
            takes_over=takes_over,
            document=self._shown_by if takes_over is not None else None,
            wall=wall,
            begin=partial(begin, self) if begin is not None else None,
        )
        self._taken_over = kept.taken_over
        self._has_all = filled_from is not None
        """Whether what was printed before it was taken over is on its screen."""
        self._ended_at: float | None = None
        self._is_kept = False
        self._recorded_in: Path | None = None
        """The file that it was recorded in until it was over here."""
        self._goes_on_recording = takes_over is not None and bool(takes_over.recording)
        """Whether it was recorded by the client before, and is not yet by this one."""
        self._keep_alive = KeepAlive(self._channel, lambda: self.size, lambda: self._clocks.idle_limit)
        self._limits = LimitWatch(self._until_little, self._activity_changed)
        self._channel.resize(size)
        self._activity.tracker.full_screen(kept.modes.alternate_screen)

    @property
    def modes(self) -> Modes:
        """The remote program's modes, as the engine reported them last. Input is encoded by them; those of a snapshot
        may be a frame old."""
        return self._modes

    @property
    def is_renamed(self) -> bool:
        """Whether a person gave it another name than its first one."""
        return self.title != self._first_title

    @property
    def _first_title(self) -> str:
        return inert.line(self.request.label, 60)

    @property
    def live(self) -> bool:
        """Whether there is, or may be, a session at the service."""
        return self._channel.state.live

    @property
    def accepts_input(self) -> bool:
        """Whether typing makes sense now."""
        return self._channel.state.accepts_input and not self._read_only

    @property
    def life(self) -> asyncio.Task[None]:
        """Done once the session is over and the service knows, or could not be reached."""
        return self._channel.life

    @property
    def left_alive(self) -> bool:
        """Whether it is over here and goes on at the service."""
        return self._channel.left_alive

    @property
    def record_id(self) -> str:
        """Of its record in the ledger; empty while there is none."""
        return self._channel.accounting.record_id or self._record_id

    @property
    def ledger_record(self) -> LedgerRecord | None:
        """What the ledger has of it, as far as this session has written it; None for nothing."""
        return self._channel.accounting.record

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is over here because another client has it, or has had it."""
        error = self._channel.error
        return self._channel.end_reason == TAKEN_ELSEWHERE or isinstance(error, HeldElsewhere | UsedMeanwhile)

    @property
    def can_be_left(self) -> bool:
        """Whether :meth:`detach` would leave it alive."""
        return self._channel.can_be_left

    @property
    def left_behind(self) -> str:
        """What to call a session that the service has not confirmed to be gone; empty when it has, or was left
        alive."""
        if self._channel.confirmed_gone or self._channel.left_alive:
            return ""
        return self._channel.session_id or f"a session on {inert.line(self.request.target, 60)}, still being started"

    def last_call(self) -> LastCall | None:
        """The call that ends it at the service without the event loop; None where it is gone. Any thread may ask."""
        return self._channel.last_call()

    def snapshot(self) -> SessionSnapshot:
        """What the screen may know of it now."""
        channel = self._channel
        frames, size = channel.channel.unacknowledged
        runs = channel.state.live and channel.state is not SessionState.CLOSING
        doing = self._activity.doing if runs else IDLE
        return SessionSnapshot(
            key=self.key,
            title=self.title,
            request=self.request,
            node=self.node,
            state=channel.state,
            ahead=channel.ahead,
            session_id=channel.session_id,
            access_request=self.approval.request_id if self.approval is not None else "",
            access_reason=self.approval.reason if self.approval is not None else "",
            access_waits=self.approval.waits if self.approval is not None else None,
            access_is_good=self.approval is not None and self.approval.is_good,
            access_until=self.approval.until if self.approval is not None else None,
            access_left=self.approval.left if self.approval is not None else None,
            started_at=self._clocks.started,
            ended_at=self._ended_at,
            ended_for=max(0.0, self._wall() - self._ended_at) if self._ended_at is not None else 0.0,
            end_cause=channel.end_cause,
            end_reason=channel.end_reason,
            is_being_taken_over=channel.is_being_taken_over,
            left_alive=channel.left_alive,
            taken_over=self._taken_over,
            record=self.record_id,
            is_on_record=channel.accounting.is_on_record,
            error=channel.error,
            sign_in=channel.sign_in,
            session_type=channel.session_type,
            agent_version=channel.agent_version,
            encrypted=channel.encrypted,
            exit_code=channel.exit_code,
            notice=channel.trouble
            or channel.intake.notice
            or self._recording.notice
            or self._engine_notice
            or channel.accounting.notice
            or channel.message,
            warning=self._warning if channel.state.live else None,
            terminal_title=self._terminal_title,
            modes=self._modes,
            round_trip=channel.channel.round_trip,
            latency=channel.latency,
            quiet_for=channel.quiet_for,
            resumes=channel.resumes,
            unacknowledged_frames=frames,
            unacknowledged_bytes=channel.unsent if channel.left_alive else size + channel.intake.waiting_keys,
            read_only=self._read_only,
            paste=channel.intake.progress,
            idle_left=self._clocks.idle_left(channel.idle_for) if runs else None,
            idle_limit=self._clocks.idle_limit,
            time_left=self._clocks.time_left(self._wall()) if runs else None,
            time_limit=self._clocks.time_limit,
            kept_alive=runs and self._is_kept_alive,
            is_recorded=self._recording.is_on,
            clipboard=self._clipboard,
            doing=doing,
            watch=self._watch.watch,
            hit=self._watch.last,
            doing_for=max(0.0, self._clock() - doing.since) if doing is not IDLE else 0.0,
        )

    @property
    def log(self) -> ChannelLog:
        """What has happened to its channel."""
        return self._channel.log

    # What a person does

    def write(self, data: bytes) -> None:
        """Type ``data``. Nothing happens in a read-only run or once the session is over."""
        if not self._read_only:
            self._channel.write(data)
            self._typed(data)

    def paste(self, data: bytes) -> None:
        """Paste ``data``, which is already encoded for the remote program. It goes out as the node acknowledges it;
        what is typed meanwhile comes after it, and Ctrl-C stops it (protocol.md section 6.1). Ignored where typing
        is."""
        if not self._read_only:
            self._channel.paste(data)
            self._typed(data)

    def cancel_paste(self) -> None:
        """Send no more of the pastes under way; the snapshot's notice says how much was not sent."""
        self._channel.cancel_paste()

    def resize(self, size: TerminalSize) -> bool:
        """Give the screen and the node another size, as far as the request allows. Returns whether it is another
        one."""
        size = within(size, self.request.options.largest)
        if size == self.size:
            return False
        self.size = size
        self.terminal.resize(size)
        self._channel.resize(size)
        self._recording.resized(size)
        return True

    async def portable(self, within: float) -> PortableScreen:
        """What fills its screen in another process, which then takes it over. Only of one that is left alive: nothing
        is printed any more. The engine has ``within`` seconds for what is not parsed (:meth:`EnginePane.portable`)."""
        kept = await self._output.portable(within)
        return kept._replace(
            title=self._terminal_title,
            size=self.size,
            taken_over=self._taken_over,
            output=self._channel.left_at.output,
        )

    async def record(self) -> Path:
        """Write what is on the screen, and what is printed from now on, to a file, and return that. Raises
        :class:`ConfigurationError` when it cannot be written."""
        path = await self._recording.start(self._channel.session_id, self.size)
        self._channel.accounting.recorded(path)
        return path

    def stop_recording(self) -> Path | None:
        """End the recording. Returns its file; None when nothing was recorded."""
        return self._recording.stop()

    async def _record_on(self) -> None:
        """Go on with what the process before has recorded, in a file of our own."""
        try:
            await self.record()
        except ConfigurationError as error:
            self._recording.notice = str(error)
            self._changed()

    async def recorded(self) -> None:
        """Return once everything recorded is in its file."""
        await self._recording.closed()

    def take_clipboard(self) -> ClipboardRequest | None:
        """What the remote program asks to put into the clipboard; it is gone from the snapshot then."""
        taken, self._clipboard = self._clipboard, None
        return taken

    async def draw_on(self, native: Native, clearing: bytes) -> None:
        """Draw the screen in a real terminal, which the bytes ``clearing`` clear, and pass on what the node prints from
        there on. That terminal, not the engine, answers what the remote program asks. Doing so again draws it anew."""
        await self._output.draw_on(native, clearing)

    def slip_in(self, data: bytes) -> bool:
        """Have the terminal that :meth:`draw_on` named do ``data``, which draws nothing, without cutting a sequence of
        the node's in two. Returns whether there is such a terminal."""
        return self._output.slip_in(data)

    def stop_drawing(self) -> None:
        """End what :meth:`draw_on` began. The session's own screen is up to date."""
        self._output.stop_drawing()

    def listen(self, heard: Callable[[bytes], None]) -> Callable[[], None]:
        """Call ``heard`` with what the node prints from now on, until the returned function is called. What it raises
        is contained."""
        self._listeners = (*self._listeners, heard)

        def stop() -> None:
            self._listeners = tuple(other for other in self._listeners if other is not heard)

        return stop

    def resume_now(self) -> None:
        """Make the next attempt to resume, or check whether access is approved, now."""
        self._channel.resume_now()
        if self.approval is not None:
            self.approval.hurry()

    def watch(self, watch: Watch) -> None:
        """Announce what happens of this from now on; an empty watch ends that. Nothing happens once it is over."""
        if self._channel.state.live:
            if watch.find != self._watch.watch.find:
                self.terminal.watch(watch.find)
            self._watch.set(watch)
            self._changed()

    def rename(self, title: str) -> None:
        """Call the session ``title``; an empty one gives it its first name again."""
        self.title = inert.line(title.strip(), 60) or self._first_title
        self._channel.accounting.retitled(self.title)
        self._changed()

    def warn(self, warning: AccessDenied | None) -> None:
        """Show this warning in snapshots; None takes it back."""
        if warning is not self._warning:
            self._warning = warning
            self._announce(self.key, SessionChange.STATE)

    def end(self) -> None:
        """End it now; TerminateSession is called in the background."""
        self._channel.end()

    def detach(self) -> None:
        """Leave it alive at the service; one that cannot be taken over is ended."""
        self._channel.detach()

    async def typed_arrives(self, seconds: float) -> None:
        """Return once the node has all that was typed, after about ``seconds`` at most; at once where there is no
        connection to it."""
        await self._channel.typed_arrives(seconds)

    def lose_to_another(self) -> None:
        """Another client has taken it over: it is over here, and goes on there."""
        self._channel.lose_to_another()

    def taken_back(self) -> TakeOver:
        """What takes it over again after it was left, or went to another client, which has typed since."""
        at = self._channel.left_at
        bounds = InputBounds(at.low, None, at.output) if self.is_elsewhere else at
        return TakeOver(
            self._channel.session_id,
            bounds,
            session_type=self._channel.session_type,
            encrypted=self._channel.encrypted,
            started=self._clocks.started,
            recording=str(self._recorded_in or ""),
        )

    def keep_screen(self) -> KeptScreen:
        """Have the terminal stay when this is closed, for the session that goes on with this one."""
        self._is_kept = True
        # Another client may have taken in what changed the modes since.
        return KeptScreen(self.terminal, self.size, is_current=self._channel.end_cause is not EndCause.TAKEN)

    def close(self) -> None:
        """Free the engine's terminal. The session's own end goes on in the background, see :attr:`life`."""
        self.end()
        if self._access_watch is not None:
            self._access_watch.cancel()
        self._recording.stop()
        self._activity.close()
        self._limits.cancel()
        self._watch.close()
        if not self._is_kept:
            self.terminal.close()

    # What the channel reports (channel_session.Viewer)

    def session_changed(self) -> None:
        """A fact of the snapshot is different."""
        if self._channel.session_id:
            self._clocks.start(self._wall())
        if self._channel.is_taken_over and self._taken_over is None and not self._has_all:
            self._taken_over = self._wall()
            self._output.begin()
        if self._goes_on_recording and self._channel.state is SessionState.WAITING:
            self._goes_on_recording = False
            self._go_on_recording()
        # Once: a session that is resumed becomes OPEN again.
        if self._learning is None and self._channel.state is SessionState.OPEN:
            self._learning = self._tasks.start(f"facts of session {self.key}", self._learn())
            if self.request.options.recording:
                self._begin_recording()
            if self.request.options.keep_alive:
                self._keep_alive.start()
            self._on_connect.opened()
        elif not self._channel.state.live:
            if self._ended_at is None:
                self._ended_at = self._wall()
            self._activity.close()
            self._limits.cancel()
            self._watch.over()
            add_version(self._channel.error, self.node)
            self._on_connect.cancel()
            self._recorded_in = self._recording.stop() or self._recorded_in
            self._keep_alive.cancel()
        self._changed()

    def session_output(self, data: bytes, *, stderr: bool) -> None:
        """Feed the engine."""
        data = as_printed(self._channel.session_type, data)
        self._output.feed(STDERR_ON + data + STDERR_OFF if stderr else data)
        self._on_connect.printed()
        self._activity.printed()
        self._watch.printed()
        for heard in self._listeners:
            self._contained.call(heard, data)

    # What the engine reports (engine_host.EngineSink)

    def screen_changed(self) -> None:
        """New rows can be pulled. The terminal reports that once, until they are."""
        self._announce(self.key, SessionChange.SCREEN)

    def modes_changed(self, modes: Modes) -> None:
        """The remote program wants its input encoded otherwise."""
        self._modes = modes
        self._activity.full_screen(modes.alternate_screen)
        self._announce(self.key, SessionChange.STATE)

    def reply(self, data: bytes) -> None:
        """Send the engine's answer to a query of the remote program, unless a real terminal answers it: the second
        answer would be typed into the program."""
        if not self._output.is_native:
            self._channel.write(data, InputKind.ANSWER)

    def title_changed(self, title: str) -> None:
        """The remote program named its window."""
        self._terminal_title = inert.line(title, 256)
        self._announce(self.key, SessionChange.STATE)

    def bell(self) -> None:
        """The remote program rang."""
        self._announce(self.key, SessionChange.BELL)

    def clipboard(self, text: str) -> None:
        """The remote program asks to put ``text`` into the clipboard: the screen decides, or asks the person."""
        if self._takes_clipboard and not self._output.is_native:
            self._clipboard_requests += 1
            self._clipboard = ClipboardRequest(text, self._clipboard_requests)
            self._announce(self.key, SessionChange.STATE)

    def notice(self, text: str) -> None:
        """The engine has something for the pane's own line."""
        self._engine_notice = text
        self._announce(self.key, SessionChange.STATE)

    def signs_changed(self, marks: list[ShellMark], end: LineEnd | None) -> None:
        """The shell marked something, or what the last line looks like is different."""
        self._activity.signs(marks, end)

    def line_found(self, count: int, line: str) -> None:
        """Lines were printed that are watched for."""
        self._watch.line_found(count, line)

    def watch_slow(self) -> None:
        """Lines were missed that may be watched for."""
        self._watch.slow()

    def screen_lost(self) -> None:
        """Have a full-screen program draw itself again, as it does when its terminal changes size for a moment."""
        nudge(self._channel, lambda: self.size)

    def _changed(self) -> None:
        self._announce(self.key, SessionChange.STATE)

    def _until_little(self) -> float | None:
        idle_for = None if self._is_kept_alive else self._channel.idle_for
        return self._clocks.until_little(idle_for, self._wall())

    def _activity_changed(self) -> None:
        self._announce(self.key, SessionChange.ACTIVITY)

    def _type_on_connect(self, keys: bytes) -> None:
        # A command without a terminal reads nothing.
        if not self._channel.intake.is_plain:
            self._channel.paste(keys)
            self._typed(keys)

    def _typed(self, data: bytes) -> None:
        self.terminal.typed()
        self._activity.typed(data)

    @property
    def _is_kept_alive(self) -> bool:
        return self.request.options.keep_alive and not self._channel.intake.is_plain

    async def _approve(self, tell: Tell) -> ServiceLine:
        assert self.approval is not None
        gateway, dialer = await self.approval.line(tell)
        self._access_watch = self._tasks.start(f"access of session {self.key}", self.approval.watch(self._changed))
        return ServiceLine(gateway, self._paced(dialer))

    def _paced(self, dialer: Dialer) -> PacedDialer:
        """While the terminal has no room the socket is left unread: a flood waits in the network, not in memory."""
        return PacedDialer(dialer, self._output.room, self._turns)

    async def _learn(self) -> None:
        """Find out the session's limits from the documents and the service, as far as the person may ask. Nothing waits
        for this, and a failure only leaves them unknown."""
        if self.request.container is not None:
            self._channel.learn(CONTAINERS)
            self._clocks.learn(CONTAINERS, None)
        else:
            own = await self._document(self.request.document_name or DEFAULT_SHELL)
            self._channel.learn(own)
            self._clocks.learn(own, await self._document(DEFAULT_SHELL))
        if self._channel.state.live:
            self._limits.look()
        self._announce(self.key, SessionChange.STATE)
        try:
            record = await self._gateway.active_session(self._channel.session_id)
        except SsmtuiError as error:
            log.debug("session %s: %s", self._channel.session_id, error)
            self._account(None)
            return
        self._clocks.learn_record(record)
        self._account(record)
        if self._channel.state.live:
            self._limits.look()
        self._announce(self.key, SessionChange.STATE)

    async def _shown_by(self) -> SessionDocument | None:
        """The document that says whether the session can be taken over, if it can be read soon."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DOCUMENT_WITHIN):
                return await self._document(self.request.document_name or DEFAULT_SHELL)
        return None

    def _account(self, record: SessionRecord | None) -> None:
        """Keep on record what was found out."""
        self._channel.accounting.learned(
            identity=record.owner if record is not None else None,
            idle_limit=self._clocks.idle_limit,
            time_limit=self._clocks.time_limit,
        )

    def _recording_changed(self) -> None:
        # A file that ends before the session does knows nothing of what is set at its end.
        if not self._recording.is_on and self._channel.state.live:
            self._channel.accounting.recorded(None)
        self._changed()

    def _go_on_recording(self) -> None:
        if self._has_all:
            self._tasks.start(f"recording of session {self.key}", self._record_on())
        else:
            self._begin_recording()

    def _begin_recording(self) -> None:
        self._recording.begin(self._channel.session_id, self.size)
        self._tasks.start(f"recording's file of session {self.key}", self._note_recording())

    async def _note_recording(self) -> None:
        path = await self._recording.opened()
        if path is not None:
            self._channel.accounting.recorded(path)

    async def _document(self, name: str) -> SessionDocument | None:
        """A document; an empty one when the service knows none of this name, None when it cannot be read."""
        found = await self._documents.of(self.request.scope).in_passing(name)
        if isinstance(found, DocumentError) and found.code == NO_SUCH_DOCUMENT:
            return SessionDocument(name)
        return None if isinstance(found, SsmtuiError) else found
