"""All sessions of a run, in tab order: the one object through which a screen starts, drives and ends them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

from ssmtui import inert
from ssmtui.aws.gateway import LastCall
from ssmtui.contained import Contained
from ssmtui.errors import AccessDenied
from ssmtui.model import Node, Scope, StartRequest, TerminalSize
from ssmtui.sessions import farewell
from ssmtui.sessions.approval import Approval, is_covered
from ssmtui.sessions.documents import DocumentLibraries
from ssmtui.sessions.engine_host import EngineHost
from ssmtui.sessions.entry import ScopeLines, entering
from ssmtui.sessions.output import Native
from ssmtui.sessions.session import Session
from ssmtui.sessions.snapshots import Change, ClipboardRequest, SessionMemory, SessionSnapshot
from ssmtui.sessions.start_queue import StartQueue
from ssmtui.tasks import Tasks
from ssmtui.terminal.marks import Find, Found, Link, Mark
from ssmtui.terminal.screen import Colors, Frame, Modes

log = logging.getLogger(__name__)

Viewer = Callable[[int, Change], None]
"""Told a session's key and what changed. Called on the event loop; must not block."""

DEFAULT_SCROLLBACK = 10_000
RECORDED_WITHIN = 2.0
"""Seconds that a disk has at the end for what is not written yet."""


class SessionManager:
    """Keys name sessions; an unknown key is a ``KeyError``. All methods belong to the event loop's thread."""

    def __init__(
        self,
        lines: ScopeLines,
        engines: EngineHost,
        *,
        scrollback_lines: int = DEFAULT_SCROLLBACK,
        read_only: bool = False,
        takes_clipboard: bool = True,
        recordings: Path | None = None,
        starts: StartQueue | None = None,
        documents: DocumentLibraries | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """``recordings`` is the directory of recorded sessions; None: none are recorded. ``starts`` gives the turns to
        call StartSession; None: nobody else takes any. ``documents`` are those that others read as well; None: only
        sessions do."""
        self._lines = lines
        self._engines = engines
        self._scrollback_lines = scrollback_lines
        self._read_only = read_only
        self._takes_clipboard = takes_clipboard
        self._recordings = recordings
        self._clock = clock
        self._wall = wall
        self._tasks = Tasks("sessions")
        self._starts = starts or StartQueue()
        self._documents = documents or DocumentLibraries(lambda scope: lines.line(scope).gateway, self._tasks, clock)
        self._keys = count(1)
        self._sessions: dict[int, Session] = {}
        self._order: list[int] = []
        self._departed: list[Session] = []
        self._viewers: list[Viewer] = []
        self._broken = Contained("sessions")
        self._warnings: dict[Scope | None, AccessDenied] = {}
        """What the person's policy lacks, by scope."""
        self._read: set[Scope | None] = set()
        """The scopes whose warning the person has read."""

    # Looking

    def subscribe(self, viewer: Viewer) -> Callable[[], None]:
        """Have ``viewer`` told of every change; the returned function ends that."""
        self._viewers.append(viewer)
        return lambda: self._viewers.remove(viewer)

    def snapshot(self, key: int) -> SessionSnapshot:
        """One session now."""
        return self._sessions[key].snapshot()

    def modes(self, key: int) -> Modes:
        """A session's modes now: input is encoded by them, and a snapshot that was announced is a frame old."""
        return self._sessions[key].modes

    def snapshots(self) -> tuple[SessionSnapshot, ...]:
        """All sessions now, in tab order."""
        return tuple(self._sessions[key].snapshot() for key in self._order)

    @property
    def live_count(self) -> int:
        """How many sessions there are, or may be, at the service."""
        return sum(session.live for session in self._sessions.values())

    async def frame(self, key: int, since: int) -> Frame:
        """The rows of a session's screen that changed after ``since``; 0 asks for all."""
        return await self._sessions[key].frame(since)

    async def text(self, key: int) -> str:
        """A session's visible screen as text."""
        return await self._sessions[key].text()

    async def attach(self, key: int, native: Native, blank: bytes) -> None:
        """Draw a session's screen in a real terminal, which the bytes ``blank`` clear, and pass on what its node prints
        from there on. It, not the engine, answers what the remote program asks. Attaching again draws it anew."""
        await self._sessions[key].attach(native, blank)

    def detach(self, key: int) -> None:
        """End what :meth:`attach` began; the session's own screen is up to date."""
        if key in self._sessions:
            self._sessions[key].detach()

    async def selected_text(self, key: int) -> str:
        """What is selected on a session's screen: wrapped lines joined, blanks at line ends cut, 16 MiB at most; empty
        when nothing is selected."""
        return await self._sessions[key].marks.selected_text()

    async def last_output(self, key: int) -> str | None:
        """What the last command of a session printed; None where the shell marks no prompts (OSC 133)."""
        return await self._sessions[key].marks.last_output()

    async def link_at(self, key: int, x: int, y: int) -> str:
        """The address at a cell of a session's view: of a hyperlink (OSC 8), or one that is written there; else
        empty."""
        return await self._sessions[key].marks.link_at(x, y)

    async def links(self, key: int) -> tuple[Link, ...]:
        """The links in a session's view, from the bottom up."""
        return await self._sessions[key].marks.links()

    async def count_matches(self, key: int, find: Find) -> Found:
        """How much of a session's screen and scrollback matches; nothing is moved or marked."""
        return await self._sessions[key].marks.count_matches(find)

    def take_clipboard(self, key: int) -> ClipboardRequest | None:
        """What a session's program would put into the clipboard; it is told once, and gone from the snapshot then."""
        return self._sessions[key].take_clipboard()

    # Driving

    def start(
        self,
        request: StartRequest,
        size: TerminalSize,
        node: Node | None = None,
        *,
        approval_of: int | None = None,
    ) -> int:
        """Start a session as the last tab and return its key; it is ``STARTING``. A few are started at once, the others
        wait for their turn. ``approval_of`` is the key of a session on the same node: what was approved for that one is
        used while it lasts. A default shell uses what was approved for any session on its node."""
        other = self._sessions.get(approval_of) if approval_of is not None else None
        approval = self._approval([other] if other is not None else [], request) or self._approval_of_node(request)
        return self._open(request, size, node, len(self._order), approval)

    def request_access(self, request: StartRequest, reason: str, size: TerminalSize, node: Node | None = None) -> int:
        """Ask for just-in-time access to the node of ``request``, and start a session as soon as somebody approves: its
        tab is the last one from now on, ``AWAITING_APPROVAL``. Ending it stops the waiting."""
        approval = Approval(self._lines, request, reason)
        return self._open(request, size, node, len(self._order), approval)

    def restart(self, key: int) -> int:
        """Put a new session with the same request in the place of an ended one. Where that one needed an approval, it
        serves again for as long as it lasts; then access is asked for anew. Where it needed none, what has been
        approved for its node since is used."""
        old = self._sessions[key]
        place = self._order.index(key)
        self.remove(key)
        approval = old.approval
        if approval is None:
            approval = self._approval_of_node(old.request)
        elif not approval.is_good:
            approval = approval.again()
        return self._open(old.request, old.size, old.node, place, approval)

    def _approval_of_node(self, request: StartRequest) -> Approval | None:
        """What lets a default shell onto its node: those who may request access have no ssm:StartSession of their own
        there. Approved access covers no other document."""
        if not is_covered(request):
            return None
        return self._approval(list(self._sessions.values()), request)

    def _approval(self, sessions: Sequence[Session], request: StartRequest) -> Approval | None:
        """The approval of one of ``sessions`` that is for the node of ``request`` and still lasts."""
        for session in sessions:
            approval = session.approval
            if approval is not None and approval.is_good and _same_node(session.request, request):
                return approval
        return None

    def write(self, key: int, data: bytes) -> None:
        """Type ``data``; nothing happens in a read-only run or once the session is over."""
        self._sessions[key].write(data)

    def paste(self, key: int, data: bytes) -> None:
        """Paste ``data``, which is encoded for the remote program: it goes out as the node confirms it, what is typed
        meanwhile comes after it, and Ctrl-C stops it (protocol.md section 6.1). Nothing happens where typing is
        nothing either."""
        self._sessions[key].paste(data)

    def cancel_paste(self, key: int) -> None:
        """Send no more of a session's pastes; the snapshot's notice tells how much was not sent."""
        self._sessions[key].cancel_paste()

    def resize(self, key: int, size: TerminalSize) -> None:
        """Give a session's screen, and its node, another size."""
        self._sessions[key].resize(size)

    async def memory(self, key: int) -> SessionMemory | None:
        """What a session's scrollback takes; None when it has just been closed."""
        return await self._sessions[key].memory()

    async def record(self, key: int) -> Path:
        """Record a session, beginning with what is on its screen; the file. Raises :class:`ConfigurationError` when
        none can be written."""
        return await self._sessions[key].record()

    def stop_recording(self, key: int) -> Path | None:
        """End that; the file, None when nothing was recorded."""
        return self._sessions[key].stop_recording()

    def recolor(self, colors: Colors) -> None:
        """All sessions' screens are drawn in ``colors``: remote programs that ask are told these."""
        self._engines.recolor(colors)

    def rest(self, key: int) -> None:
        """Nobody looks at a session's screen for a while: less of it is kept."""
        self._sessions[key].rest()

    def scroll(self, key: int, lines: int) -> None:
        """Move a session's view over its scrollback; 0 goes to the bottom."""
        self._sessions[key].scroll(lines)

    def reset_terminal(self, key: int) -> None:
        """Bring a session's keyboard, mouse, colours and screen back to what a shell expects; nothing is erased."""
        self._sessions[key].reset_terminal()

    def mark(self, key: int, mark: Mark) -> None:
        """Mark something on a session's screen, or move its copy cursor; the next frame's overlay shows it."""
        self._sessions[key].mark(mark)

    def resume_now(self, key: int) -> None:
        """Have a session that is cut off try again now, and one that awaits approval look whether there is one."""
        self._sessions[key].resume_now()

    def rename(self, key: int, title: str) -> None:
        """Call the tab ``title``; an empty one gives it its first name again."""
        session = self._sessions[key]
        session.title = inert.line(title.strip(), 60) or inert.line(session.request.label, 60)
        self._announce(key, Change.STATE)

    def move(self, key: int, offset: int) -> None:
        """Move the tab by ``offset`` places, as far as there are any."""
        place = self._order.index(key)
        self._order.remove(key)
        self._order.insert(max(0, place + offset), key)
        self._announce(key, Change.MOVED)

    # Warnings

    def end_denied(self, scope: Scope | None, error: AccessDenied) -> None:
        """TerminateSession was denied in ``scope``. A policy without it for one's own sessions seldom has
        ResumeSession: all tabs there warn of it, before the first hourly close shows it."""
        if scope not in self._warnings:
            self._warnings[scope] = farewell.end_denied(error)
            log.warning("%s", self._warnings[scope])
            self._warn(scope)

    def warning_read(self, key: int) -> None:
        """The person has read the warning of this tab: it goes, with that of all others of its scope."""
        scope = self._sessions[key].request.scope
        self._read.add(scope)
        self._warn(scope)

    # Ending

    def end(self, key: int) -> None:
        """End a session here and now; the service is told in the background and the tab stays."""
        self._sessions[key].end()

    def remove(self, key: int) -> None:
        """Forget a session, ending it first if it lives."""
        session = self._sessions.pop(key)
        self._order.remove(key)
        if not session.life.done():
            self._departed.append(session)
            session.life.add_done_callback(lambda _: self._departed.remove(session))
        session.close()
        self._announce(key, Change.REMOVED)

    async def close(self, timeout: float = 5.0) -> list[str]:
        """End all sessions at once and wait for the service at most ``timeout`` seconds; the ids it did not confirm."""
        sessions = [*self._sessions.values(), *self._departed]
        for session in sessions:
            session.end()
        waiting = [session.life for session in sessions if not session.life.done()]
        if waiting:
            await asyncio.wait(waiting, timeout=timeout)
        await self._finish_recordings(sessions)
        left_behind = [session.left_behind for session in sessions if session.left_behind]
        await self._tasks.close()
        return left_behind

    def last_calls(self) -> list[LastCall]:
        """What ends the sessions that may not be gone, without the event loop. Any thread may ask."""
        sessions = [*tuple(self._sessions.values()), *tuple(self._departed)]
        return [call for session in sessions if (call := session.last_call()) is not None]

    async def _finish_recordings(self, sessions: list[Session]) -> None:
        """Whole files, if the disk lets it."""
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
        place: int,
        approval: Approval | None = None,
    ) -> int:
        key = next(self._keys)
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
            scrollback_lines=self._scrollback_lines,
            read_only=self._read_only,
            takes_clipboard=self._takes_clipboard,
            recordings=self._recordings,
            clock=self._clock,
            announce=self._announce,
            wall=self._wall,
            end_denied=lambda error: self.end_denied(request.scope, error),
        )
        self._order.insert(place, key)
        self._announce(key, Change.ADDED)
        self._warn(request.scope)
        return key

    def _warn(self, scope: Scope | None) -> None:
        """Have the tabs of ``scope`` show the warning that is there for it, or no longer."""
        warning = None if scope in self._read else self._warnings.get(scope)
        for session in self._sessions.values():
            if session.request.scope == scope:
                session.warn(warning)

    def _announce(self, key: int, change: Change) -> None:
        if key not in self._sessions and change is not Change.REMOVED:
            return
        for viewer in tuple(self._viewers):
            self._broken.call(viewer, key, change)


def _same_node(one: StartRequest, other: StartRequest) -> bool:
    return (one.target, one.scope) == (other.target, other.scope)
