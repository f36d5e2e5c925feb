"""What a profile asks of a session in this very terminal: text typed first, a size, signs of life, a recording."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.model import PaneOptions, TerminalSize
from ssmtui.sessions.options import KeepAlive, OnConnect, within

if TYPE_CHECKING:
    from ssmtui.recording.recorder import Recorder
    from ssmtui.sessions.channel_session import ChannelSession


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
        self._keep_alive: KeepAlive | None = None

    def bounded(self, size: TerminalSize) -> TerminalSize:
        """The size that is sent to the node where the terminal has ``size``."""
        self._size = within(size, self._options.largest)
        if self._recorder is not None:
            self._recorder.resized(self._size)
        return self._size

    def opened(self, session: ChannelSession) -> None:
        """The agent is ready. Called once."""
        self._session = session
        if self._options.recording and self._recordings is not None:
            self._record(self._recordings, session)
        if self._options.keep_alive:
            self._keep_alive = KeepAlive(session, lambda: self._size)
            self._keep_alive.start()
        self._on_connect.opened()

    def printed(self, data: bytes) -> None:
        """The node printed ``data``, as it is shown."""
        if self._recorder is not None:
            self._recorder.write(data)
        self._on_connect.printed()

    async def close(self) -> None:
        """Stop; returns once the recording is written."""
        self._on_connect.cancel()
        if self._keep_alive is not None:
            self._keep_alive.cancel()
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
