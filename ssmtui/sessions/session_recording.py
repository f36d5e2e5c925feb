"""The recordings of one session: at most one at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from ssmtui import inert
from ssmtui.errors import ConfigurationError
from ssmtui.model import StartRequest, TerminalSize
from ssmtui.recording.recorder import Recorder, file_name
from ssmtui.sessions.output import SessionOutput

CANNOT = "The session cannot be recorded"


class SessionRecording:
    """Starts and ends the recordings of one session."""

    def __init__(
        self,
        directory: Path | None,
        request: StartRequest,
        output: SessionOutput,
        changed: Callable[[], None],
        wall: Callable[[], float] = time.time,
    ) -> None:
        """``directory`` is where files go; None: none may be written. ``changed`` is called when a fact here is
        different. ``wall`` returns seconds since the epoch."""
        self.notice = ""
        """Why a recording has ended by itself; empty when none has."""
        self._directory = directory
        self._request = request
        self._output = output
        self._changed = changed
        self._wall = wall
        self._recorder: Recorder | None = None
        self._last: Recorder | None = None

    @property
    def is_on(self) -> bool:
        """Whether it is being recorded."""
        return self._recorder is not None

    def begin(self, session_id: str, size: TerminalSize) -> None:
        """Record what is printed from now on, before anything is. A failure becomes the notice."""
        if self._recorder is None and self._directory is not None:
            self._output.record(self._open(self._directory, session_id, size))
            self._changed()

    async def start(self, session_id: str, size: TerminalSize) -> Path:
        """Record what is on the screen and what is printed from now on. Returns the file; raises
        :class:`ConfigurationError` when it cannot be written."""
        if self._directory is None:
            raise ConfigurationError("there is no place for recordings", title=CANNOT)
        if self._recorder is None:
            recorder = self._open(self._directory, session_id, size)
            await self._output.record_all(recorder)
            self._changed()
        else:
            recorder = self._recorder
        path = await recorder.opened()
        if path is None:
            told, self.notice = self.notice, ""
            raise ConfigurationError(told or "its file could not be written", title=CANNOT)
        return path

    def resized(self, size: TerminalSize) -> None:
        """The terminal has another size, which players need to know."""
        if self._recorder is not None:
            self._recorder.resized(size)

    def stop(self) -> Path | None:
        """End the recording. Returns its file; None when there was none."""
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return None
        self._output.record(None)
        recorder.stop()
        self._changed()
        return recorder.path

    async def opened(self) -> Path | None:
        """Wait for the last recording's file; None where there is none."""
        return await self._last.opened() if self._last is not None else None

    async def closed(self) -> None:
        """Return once the last recording is on the disk."""
        if self._last is not None:
            await self._last.closed()

    def _open(self, directory: Path, session_id: str, size: TerminalSize) -> Recorder:
        moment = self._wall()
        name = file_name(self._request.label, session_id, datetime.fromtimestamp(moment))
        title = inert.line(f"{self._request.label} {session_id}", 120)
        self.notice = ""
        recorder = Recorder(directory, name, size, title, lambda why: self._failed(recorder, why), wall=self._wall)
        self._recorder = self._last = recorder
        return recorder

    def _failed(self, recorder: Recorder, why: str) -> None:
        self.notice = inert.line(why, 300)
        if recorder is self._recorder:
            self._recorder = None
            self._output.record(None)
        self._changed()
