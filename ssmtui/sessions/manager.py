"""All sessions of a run: the object through which a screen starts, finds and ends them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from ssmtui.aws.gateway import LastCall
from ssmtui.contained import Contained
from ssmtui.errors import AccessDenied, ConfigurationError
from ssmtui.ledger.entry import Entry
from ssmtui.ledger.ledger import Ledger, NoSuchRecord
from ssmtui.model import Node, Scope, StartRequest, TerminalSize
from ssmtui.sessions import farewell
from ssmtui.sessions.approval import Approval
from ssmtui.sessions.documents import DocumentLibraries
from ssmtui.sessions.earlier_output import screen_before, screen_kept
from ssmtui.sessions.engine_host import EngineHost
from ssmtui.sessions.engine_tail import PortableScreen
from ssmtui.sessions.entry import ServiceLines, entering
from ssmtui.sessions.output import Beginning
from ssmtui.sessions.session import Session
from ssmtui.sessions.snapshots import SessionChange, SessionSnapshot
from ssmtui.sessions.start_queue import StartQueue
from ssmtui.sessions.taking_over import TakeOver, UsedMeanwhile
from ssmtui.tasks import Tasks
from ssmtui.terminal.screen import Colors
from ssmtui.transport.pacing import ReadingTurns

log = logging.getLogger(__name__)

Viewer = Callable[[int, SessionChange], None]
"""Called with a session's key and what changed, on the event loop; must not block. What it raises is contained."""

DEFAULT_SCROLLBACK = 10_000
TYPED_WITHIN = 1.0
"""Seconds that nodes have to acknowledge what was typed before a session is left."""
RECORDED_WITHIN = 2.0
"""Seconds that the disk has at the end for recordings that are not written yet."""


class SessionManager:
    """The sessions of a run by key: a number that is never used twice. An unknown key is a ``KeyError``.

    Await :meth:`close` at the end, and report what it returns. All methods belong to the event loop's thread, except
    :meth:`last_calls`.
    """

    def __init__(
        self,
        lines: ServiceLines,
        engines: EngineHost,
        *,
        scrollback_lines: int = DEFAULT_SCROLLBACK,
        read_only: bool = False,
        takes_clipboard: bool = True,
        recordings: Path | None = None,
        starts: StartQueue | None = None,
        documents: DocumentLibraries | None = None,
        ledger: Ledger | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """``lines`` has the gateway and the dialer of each scope, ``engines`` the terminals; both are closed after
        this. ``read_only``: nothing typed reaches a node. ``recordings`` is the directory of recorded sessions, None
        for none. ``starts`` gives the turns to call StartSession; None: only this manager takes any. ``documents`` are
        those that others read as well; None: only sessions do. ``ledger`` keeps each session on record; None: nothing
        does. ``clock`` and ``wall`` return seconds, the latter since the epoch."""
        self._lines = lines
        self._engines = engines
        self._scrollback_lines = scrollback_lines
        self.read_only = read_only
        """Whether nothing that is typed reaches a node."""
        self._takes_clipboard = takes_clipboard
        self._recordings = recordings
        self._clock = clock
        self._wall = wall
        self._tasks = Tasks("sessions")
        self._starts = starts or StartQueue()
        self._turns = ReadingTurns()
        self._documents = documents or DocumentLibraries(lambda scope: lines.line(scope).gateway, self._tasks, clock)
        self._ledger = ledger
        self._keys = count(1)
        self._sessions: dict[int, Session] = {}
        self._departed: list[Session] = []
        self._viewers: list[Viewer] = []
        self._broken = Contained("sessions")
        self._warnings: dict[Scope | None, AccessDenied] = {}
        """What the person's policy lacks, by scope."""
        self._read: set[Scope | None] = set()
        """The scopes whose warning the person has read."""
        if ledger is not None:
            ledger.watch(self._record_lost)

    # Looking

    def subscribe(self, viewer: Viewer) -> Callable[[], None]:
        """Call ``viewer`` for every change, until the returned function is called."""
        self._viewers.append(viewer)
        return lambda: self._viewers.remove(viewer)

    def snapshot(self, key: int) -> SessionSnapshot:
        """One session now."""
        return self._sessions[key].snapshot()

    def snapshots(self) -> tuple[SessionSnapshot, ...]:
        """All sessions now, in the order in which they were started."""
        return tuple(session.snapshot() for session in self._sessions.values())

    @property
    def live_count(self) -> int:
        """How many sessions there are, or may be, at the service."""
        return sum(session.live for session in self._sessions.values())

    def session(self, key: int) -> Session:
        """The session itself, to type into it, draw its terminal, and end it. It may be held for as long as its screen
        is shown: once it is removed here its terminal is closed, and what is asked of it has no effect."""
        return self._sessions[key]

    # Starting

    def start(
        self,
        request: StartRequest,
        size: TerminalSize,
        node: Node | None = None,
        *,
        approval_of: int | None = None,
    ) -> int:
        """Start a session and return its key; its state is ``STARTING``. A few are started at once, the others wait for
        their turn. ``approval_of`` is the key of a session on the same node: what was approved for that one is used
        while it is valid. A default shell uses what was approved for any session on its node."""
        other = self._sessions.get(approval_of) if approval_of is not None else None
        approval = self._approval([other] if other is not None else [], request) or self._approval_of_node(request)
        return self._open(request, size, node, approval)

    def take_over(
        self,
        request: StartRequest,
        takes_over: TakeOver,
        size: TerminalSize,
        node: Node | None = None,
        *,
        record: Entry | None = None,
        filled_from: PortableScreen | None = None,
    ) -> int:
        """Go on with a session that is alive and that another client began, or this program before it was left; returns
        its key. ``request`` is what it was started with, as far as that is known. Until it is ``OPEN`` it is not ended
        here, whatever happens; from then on it is this program's. ``record`` is what was claimed for it in the ledger;
        None: one is begun. ``filled_from`` is what the process before has kept of its screen."""
        if record is not None and not record.record.foreign:
            known = record.record
            takes_over = replace(takes_over, started=known.started, recording=known.recording)
        earlier = None
        if filled_from is None:
            earlier = screen_before(
                self._recordings, takes_over.session_id, self._engines, now=self._wall(), recording=takes_over.recording
            )
        return self._open(request, size, node, None, takes_over, earlier, _given(record), filled_from=filled_from)

    def request_access(self, request: StartRequest, reason: str, size: TerminalSize, node: Node | None = None) -> int:
        """Ask for just-in-time access to the node of ``request``, and start a session as soon as somebody approves. Its
        key is returned at once, its state is ``AWAITING_APPROVAL``. Ending it stops the waiting."""
        approval = Approval(self._lines, request, reason)
        return self._open(request, size, node, approval)

    def restart(self, key: int) -> int:
        """Remove an ended session and start a new one with the same request; returns its key. One that goes on at the
        service is taken over instead. A name that a person gave it stays. An approval that the old one needed is used
        again while it is valid; then access is asked for anew. Where it needed none, what has been approved for its
        node since is used."""
        old = self._sessions[key]
        kept = old.keep_screen() if old.left_alive else None
        self.remove(key)
        if kept is not None:
            earlier = screen_kept(kept, now=self._wall())
            claiming = self._claiming(old)
            new = self._open(
                old.request, old.size, old.node, None, old.taken_back(), earlier, claiming, record_id=old.record_id
            )
        else:
            new = self._open(old.request, old.size, old.node, self._approval_again(old))
        if old.is_renamed:
            self._sessions[new].rename(old.title)
        return new

    def _approval_again(self, old: Session) -> Approval | None:
        """The approval for starting ``old`` again."""
        if old.approval is None:
            return self._approval_of_node(old.request)
        return old.approval if old.approval.is_good else old.approval.again()

    def _approval_of_node(self, request: StartRequest) -> Approval | None:
        """The approval that a default shell uses: people who may request access have no ssm:StartSession of their own
        on such a node. Approved access covers no other document."""
        if not request.is_default_shell:
            return None
        return self._approval(list(self._sessions.values()), request)

    def _approval(self, sessions: Sequence[Session], request: StartRequest) -> Approval | None:
        """The approval of one of ``sessions`` that is for the node of ``request`` and still lasts."""
        for session in sessions:
            approval = session.approval
            if approval is not None and approval.is_good and _same_node(session.request, request):
                return approval
        return None

    def prefer(self, key: int | None) -> None:
        """The terminal of this session has the focus, or none has: its output is parsed first, then that of those in
        sight."""
        self._engines.prefer(key)

    def recolor(self, colors: Colors) -> None:
        """Draw all terminals in ``colors``; remote programs that ask get these as the answer."""
        self._engines.recolor(colors)

    # Warnings

    def end_denied(self, scope: Scope | None, error: AccessDenied) -> None:
        """TerminateSession was denied in ``scope``: all its sessions warn of it once. See
        :func:`ssmtui.sessions.farewell.end_denied`."""
        if scope not in self._warnings:
            self._warnings[scope] = farewell.end_denied(error)
            log.warning("%s", self._warnings[scope])
            self._warn(scope)

    @property
    def denied_end(self) -> AccessDenied | None:
        """What TerminateSession was denied with, in whichever scope was first; None where it never was."""
        return next(iter(self._warnings.values()), None)

    def warning_read(self, key: int) -> None:
        """The person has read the warning of this session: it goes, with that of all others of its scope."""
        scope = self._sessions[key].request.scope
        self._read.add(scope)
        self._warn(scope)

    # Ending

    def remove(self, key: int) -> None:
        """Forget a session, ending it first if it lives. Its end at the service goes on, and :meth:`close` waits for
        it.
        """
        session = self._sessions.pop(key)
        if not session.life.done():
            self._departed.append(session)
            session.life.add_done_callback(lambda _: self._departed.remove(session))
        session.close()
        self._announce(key, SessionChange.REMOVED)

    @property
    def left_alive(self) -> list[SessionSnapshot]:
        """The sessions that are over here and go on at the service."""
        sessions = [*self._sessions.values(), *self._departed]
        return [session.snapshot() for session in sessions if session.left_alive]

    async def close(self, timeout: float = 5.0, *, detach: bool = False) -> list[str]:
        """End all sessions at once, or with ``detach`` leave alive what can be taken over later, and wait ``timeout``
        seconds at most for the service. Returns the names of those that it did not confirm to be gone, which the person
        must know: they may last until their idle timeout.

        Tasks are cancelled last: they are what calls TerminateSession, and what writes the recordings.
        """
        sessions = [*self._sessions.values(), *self._departed]
        if detach:
            await self._typed_arrives(sessions)
        for session in sessions:
            # One whose tab was closed before is ending already.
            if detach:
                session.detach()
            session.end()
        waiting = [session.life for session in sessions if not session.life.done()]
        if waiting:
            await asyncio.wait(waiting, timeout=timeout)
        await self._finish_recordings(sessions)
        left_behind = [session.left_behind for session in sessions if session.left_behind]
        await self._tasks.close()
        return left_behind

    async def _typed_arrives(self, sessions: Sequence[Session]) -> None:
        """Wait a moment for what was typed last to reach the nodes."""
        await asyncio.gather(*(one.typed_arrives(TYPED_WITHIN) for one in sessions))

    async def portable_screens(self, within: float) -> dict[str, PortableScreen]:
        """What fills the screens of the sessions that were left alive in another process, by the ids of their records
        in the ledger. Await it after :meth:`close` and before the engines are closed; they have ``within`` seconds."""
        left = [one for one in self._all() if one.left_alive and one.record_id and not one.is_elsewhere]
        screens = await asyncio.gather(*(session.portable(within) for session in left))
        return {session.record_id: screen for session, screen in zip(left, screens, strict=True)}

    def last_calls(self, *, detach: bool = False) -> list[LastCall]:
        """The calls that end the sessions that may not be gone, without the event loop; with ``detach`` not of those
        that can be left alive. Any thread may ask."""
        sessions = [one for one in self._all() if not (detach and one.can_be_left)]
        return [call for session in sessions if (call := session.last_call()) is not None]

    @property
    def stays(self) -> int:
        """How many sessions stay alive at the service if the program ends now, without another call. Any thread may
        ask."""
        return sum(session.left_alive or session.can_be_left for session in self._all())

    def _all(self) -> list[Session]:
        return [*tuple(self._sessions.values()), *tuple(self._departed)]

    async def _finish_recordings(self, sessions: list[Session]) -> None:
        """Wait until the files are complete, if the disk is quick enough."""
        for session in sessions:
            session.stop_recording()
        written = [self._tasks.start(f"recording of session {one.key}", one.recorded()) for one in sessions]
        if written:
            await asyncio.wait(written, timeout=RECORDED_WITHIN)

    def _open(
        self,
        request: StartRequest,
        size: TerminalSize,
        node: Node | None,
        approval: Approval | None,
        takes_over: TakeOver | None = None,
        earlier: Awaitable[Beginning] | None = None,
        begin: Callable[[Session], Awaitable[Entry]] | None = None,
        *,
        record_id: str = "",
        filled_from: PortableScreen | None = None,
    ) -> int:
        key = next(self._keys)
        if takes_over is None:
            request = entering(request, node)
        self._sessions[key] = Session(
            key,
            request,
            node,
            size,
            line=self._lines.line(request.scope),
            approval=approval,
            engines=self._engines,
            documents=self._documents,
            tasks=self._tasks,
            starts=self._starts,
            turns=self._turns,
            scrollback_lines=self._scrollback_lines,
            read_only=self.read_only,
            takes_clipboard=self._takes_clipboard,
            recordings=self._recordings,
            clock=self._clock,
            announce=self._announce,
            wall=self._wall,
            end_denied=lambda error: self.end_denied(request.scope, error),
            takes_over=takes_over,
            earlier=earlier,
            begin=begin or self._beginning(foreign=takes_over is not None),
            record_id=record_id,
            filled_from=filled_from,
        )
        self._announce(key, SessionChange.ADDED)
        self._warn(request.scope)
        return key

    def _beginning(self, *, foreign: bool) -> Callable[[Session], Awaitable[Entry]] | None:
        """Begins a record for a session, of another client with ``foreign``; None without a ledger."""
        ledger = self._ledger
        if ledger is None:
            return None

        async def begin(session: Session) -> Entry:
            return ledger.begin(session.request, session.node, session.title, foreign=foreign)

        return begin

    def _claiming(self, old: Session) -> Callable[[Session], Awaitable[Entry]] | None:
        """Claims the record of ``old``, which was left alive. A person who has seen that another client has it, and
        wants it back, insists."""
        ledger, record_id = self._ledger, old.record_id
        if ledger is None or not record_id:
            return None
        insist, left = old.is_elsewhere, old.ledger_record

        async def claim(session: Session) -> Entry:
            try:
                record = await ledger.claim(record_id, insist=insist)
                at = record.record
                if not insist and left is not None and (at.low, at.high) != (left.low, left.high):
                    record.detached(at.low, at.high, at.output)
                    raise UsedMeanwhile
                return record
            except (NoSuchRecord, ConfigurationError) as error:
                # Nobody else says that it has it; AWS knows whether it lives.
                log.info("session %s: %s", session.key, error)
                return ledger.begin(session.request, session.node, session.title, foreign=True)

        return claim

    def _record_lost(self, record_id: str) -> None:
        """Another run has claimed the record of a session."""
        for session in tuple(self._sessions.values()):
            if session.record_id == record_id:
                session.lose_to_another()

    def _warn(self, scope: Scope | None) -> None:
        """Show the warning of ``scope`` in its sessions, or take it back."""
        warning = None if scope in self._read else self._warnings.get(scope)
        for session in self._sessions.values():
            if session.request.scope == scope:
                session.warn(warning)

    def _announce(self, key: int, change: SessionChange) -> None:
        if key not in self._sessions and change is not SessionChange.REMOVED:
            return
        for viewer in tuple(self._viewers):
            self._broken.call(viewer, key, change)


def _given(record: Entry | None) -> Callable[[Session], Awaitable[Entry]] | None:
    if record is None:
        return None

    async def give(_: Session) -> Entry:
        return record

    return give


def _same_node(one: StartRequest, other: StartRequest) -> bool:
    return (one.target, one.scope) == (other.target, other.scope)
