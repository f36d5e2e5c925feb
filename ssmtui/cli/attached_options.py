"""What a profile asks of a session in this very terminal: text typed first, a size, signs of life, a recording."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.model import MIN_ROWS, PaneOptions, TerminalSize
from ssmtui.sessions import keep_alive
from ssmtui.sessions.on_connect import OnConnect

if TYPE_CHECKING:
    from ssmtui.recording.recorder import Recorder
    from ssmtui.sessions.channel_session import ChannelSession

NUDGE = 0.3
"""Seconds that the other size of a sign of life lasts."""


class AttachedOptions:
    """Loop-bound. ``session`` is not looked at before :meth:`opened`."""

    def __init__(
        self, options: PaneOptions, recordings: Path | None, tell: Callable[[str], None], *, read_only: bool
    ) -> None:
        """``recordings`` is the directory of recorded sessions, None where none may be written."""
        self._options = options
        self._recordings = recordings
        self._tell = tell
        self._session: ChannelSession | None = None
        self._on_connect = OnConnect("" if read_only else options.on_connect, self._type)
        self._recorder: Recorder | None = None
        self._size = TerminalSize(80, 24)
        self._timer: asyncio.TimerHandle | None = None

    def bounded(self, size: TerminalSize) -> TerminalSize:
        """The size that is sent to the node where the terminal has ``size``."""
        largest = self._options.largest
        self._size = (
            size if largest is None else TerminalSize(min(size.cols, largest.cols), min(size.rows, largest.rows))
        )
        if self._recorder is not None:
            self._recorder.resized(self._size)
        return self._size

    def opened(self, session: ChannelSession) -> None:
        """The agent is ready. Called once."""
        self._session = session
        if self._options.recording and self._recordings is not None:
            self._record(self._recordings, session)
        if self._options.keep_alive:
            self._give_signs_of_life()
        self._on_connect.opened()

    def printed(self, data: bytes) -> None:
        """The node printed ``data``, as it is shown."""
        if self._recorder is not None:
            self._recorder.write(data)
        self._on_connect.printed()

    async def close(self) -> None:
        """Stop; returns once the recording is written."""
        self._on_connect.cancel()
        if self._timer is not None:
            self._timer.cancel()
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            recorder.stop()
            await recorder.closed()
            if recorder.path is not None:
                self._tell(f"Recorded in {recorder.path}")

    def _type(self, keys: bytes) -> None:
        # A command without a terminal reads nothing.
        if self._session is not None and not self._session.intake.is_plain:
            self._session.write(keys)

    def _record(self, directory: Path, session: ChannelSession) -> None:
        from ssmtui.recording.recorder import Recorder, file_name

        label = session.request.label
        name = file_name(label, session.session_id, datetime.now())
        title = inert.line(f"{label} {session.session_id}", 120)
        self._recorder = Recorder(directory, name, self._size, title, self._recording_failed)

    def _recording_failed(self, why: str) -> None:
        self._recorder = None
        self._tell(inert.line(f"The recording has ended: {why}", 300))

    def _give_signs_of_life(self) -> None:
        """Change the size for a moment where nothing else has been sent for long."""
        session, wait = self._session, keep_alive.LOOK_EVERY
        if session is None or not session.state.live:
            return
        if (idle_for := session.idle_for) is not None and not session.intake.is_plain:
            due_in = keep_alive.due_in(idle_for, None)
            if due_in:
                wait = min(wait, due_in)
            else:
                rows = self._size.rows - 1 if self._size.rows > MIN_ROWS else self._size.rows + 1
                session.resize(TerminalSize(self._size.cols, rows))
                asyncio.get_running_loop().call_later(NUDGE, lambda: session.resize(self._size))
        self._timer = asyncio.get_running_loop().call_later(wait, self._give_signs_of_life)
