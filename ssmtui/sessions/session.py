"""A session in a pane: a :class:`ChannelSession` whose output feeds a terminal engine, and whose engine answers it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ssmtui import inert
from ssmtui.aws.gateway import Gateway
from ssmtui.model import MIN_ROWS, Node, StartRequest, TerminalSize
from ssmtui.sessions.carrier import Dialer
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.engine_host import EngineHost
from ssmtui.sessions.snapshots import Change, SessionSnapshot
from ssmtui.tasks import TaskGroup
from ssmtui.terminal.screen import INITIAL_MODES, Frame, Modes
from ssmtui.transport.pacing import PacedDialer

STDERR_ON, STDERR_OFF = b"\x1b[31m", b"\x1b[39m"
"""Separate standard error is drawn in the theme's red (protocol.md section 6.3)."""

NUDGE = 0.3
"""Seconds that a nudge's other size lasts: longer than the channel takes to send the next one."""


class Session:
    """The whole of one tab. Viewers get snapshots and frames, never this object."""

    def __init__(
        self,
        key: int,
        request: StartRequest,
        node: Node | None,
        size: TerminalSize,
        *,
        gateway: Gateway,
        dialer: Dialer,
        engines: EngineHost,
        tasks: TaskGroup,
        scrollback_lines: int,
        read_only: bool,
        clock: Callable[[], float],
        announce: Callable[[int, Change], None],
    ) -> None:
        self.key = key
        self.request = request
        self.node = node
        self.title = inert.line(request.label, 60)
        self.size = size
        self._read_only = read_only
        self._announce = announce
        self._modes = INITIAL_MODES
        self._terminal_title = ""
        self._engine_notice = ""
        self._pane = engines.open(key, size, scrollback_lines, self)
        paced = PacedDialer(dialer, self._pane.room)
        self._channel = ChannelSession(request, gateway, paced, self, tasks, clock)
        self._channel.resize(size)

    @property
    def live(self) -> bool:
        """Whether there is, or may be, a session at the service."""
        return self._channel.state.live

    @property
    def life(self) -> asyncio.Task[None]:
        """Done once the session is over and the service has been told."""
        return self._channel.life

    @property
    def left_behind(self) -> str:
        """What to call a session that the service has not confirmed to be gone; empty when it has."""
        if self._channel.confirmed_gone:
            return ""
        return self._channel.session_id or f"a session on {inert.line(self.request.target, 60)}, still being started"

    def snapshot(self) -> SessionSnapshot:
        """What may be known of it now."""
        channel = self._channel
        frames, size = channel.channel.unacknowledged
        return SessionSnapshot(
            key=self.key,
            title=self.title,
            request=self.request,
            node=self.node,
            state=channel.state,
            session_id=channel.session_id,
            end_reason=channel.end_reason,
            error=channel.error,
            session_type=channel.session_type,
            agent_version=channel.agent_version,
            encrypted=channel.encrypted,
            exit_code=channel.exit_code,
            notice=channel.trouble or self._engine_notice or channel.message,
            terminal_title=self._terminal_title,
            modes=self._modes,
            round_trip=channel.channel.round_trip,
            latency=channel.latency,
            quiet_for=channel.quiet_for,
            resumes=channel.resumes,
            unacknowledged_frames=frames,
            unacknowledged_bytes=size,
            read_only=self._read_only,
        )

    # What a person does

    def write(self, data: bytes) -> None:
        """Type ``data``."""
        if not self._read_only:
            self._channel.write(data)

    def resize(self, size: TerminalSize) -> None:
        """Give the screen and the node another size."""
        if size != self.size:
            self.size = size
            self._pane.resize(size)
            self._channel.resize(size)

    def scroll(self, lines: int) -> None:
        """Move the view over the scrollback."""
        self._pane.scroll(lines)

    async def frame(self, since: int) -> Frame:
        """The rows that changed after ``since``; from here on, new output is announced again."""
        return await self._pane.frame(since)

    async def text(self) -> str:
        """The visible screen as text."""
        return await self._pane.text()

    def resume_now(self) -> None:
        """Make the next attempt to resume now."""
        self._channel.resume_now()

    def end(self) -> None:
        """End it here and now."""
        self._channel.end()

    def close(self) -> None:
        """Free the engine's terminal; the session's own end goes on in the background."""
        self.end()
        self._pane.close()

    # What the channel reports (channel_session.Viewer)

    def session_changed(self) -> None:
        """A fact of the snapshot is different."""
        self._announce(self.key, Change.STATE)

    def session_output(self, data: bytes, *, stderr: bool) -> None:
        """Feed the engine. Without a pty on the node nobody turns line feeds into new lines, so this does."""
        if self._channel.session_type == "NonInteractiveCommands":
            data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        self._pane.feed(STDERR_ON + data + STDERR_OFF if stderr else data)

    # What the engine reports (engine_host.EngineSink)

    def screen_changed(self) -> None:
        """New rows can be pulled. The pane says so once, until they are."""
        self._announce(self.key, Change.SCREEN)

    def modes_changed(self, modes: Modes) -> None:
        """The remote program wants its input encoded otherwise."""
        self._modes = modes
        self._announce(self.key, Change.STATE)

    def reply(self, data: bytes) -> None:
        """Send the engine's answer to a query of the remote program."""
        self._channel.write(data)

    def title_changed(self, title: str) -> None:
        """The remote program named its window."""
        self._terminal_title = inert.line(title, 256)
        self._announce(self.key, Change.STATE)

    def bell(self) -> None:
        """The remote program rang."""
        self._announce(self.key, Change.BELL)

    def notice(self, text: str) -> None:
        """The engine has something to say in the pane's own line."""
        self._engine_notice = text
        self._announce(self.key, Change.STATE)

    def screen_lost(self) -> None:
        """Have a full-screen program draw itself again, as it does when its terminal changes size for a moment."""
        rows = self.size.rows - 1 if self.size.rows > MIN_ROWS else self.size.rows + 1
        self._channel.resize(TerminalSize(self.size.cols, rows))
        asyncio.get_running_loop().call_later(NUDGE, lambda: self._channel.resize(self.size))
