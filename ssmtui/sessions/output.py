"""What a node prints, on its way to the engine, and to a real terminal while one shows the session alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from ssmtui.contained import Contained
from ssmtui.sessions.engine_pane import EnginePane
from ssmtui.terminal.unfinished import Unfinished


class Native(Protocol):
    """A real terminal, or whatever takes bytes as one does."""

    def write(self, data: bytes) -> None:
        """Draw ``data``; never blocks."""

    async def room(self) -> None:
        """Return once what was written has been taken, so far as need be."""


class Recording(Protocol):
    """Whatever keeps what is printed."""

    def write(self, data: bytes) -> None:
        """Keep ``data``; never blocks."""


class SessionOutput:
    """One session's output. The engine gets all of it, so that its grid is true when the native terminal goes."""

    def __init__(self, pane: EnginePane) -> None:
        self._pane = pane
        self._native: Native | None = None
        self._recording: Recording | None = None
        self._native_until = 0
        """The byte up to which a native terminal has had them all."""
        self._held: list[bytes] | None = None
        self._unfinished = Unfinished()
        self._attaching = asyncio.Lock()
        self._broken = Contained("output")

    @property
    def is_native(self) -> bool:
        """Whether what the engine has to say of the bytes that it parses now is a native terminal's to say: the answer
        to a question, a text for the clipboard. That one has had these bytes, too."""
        return self._native is not None or self._pane.parsed < self._native_until

    def feed(self, data: bytes) -> None:
        """The node printed ``data``."""
        if self._held is not None:
            self._held.append(data)
            return
        self._pane.feed(data)
        self._unfinished.follow(data)
        # Neither may keep the node's output from the engine, nor end the session.
        if self._native is not None and not self._broken.call(self._native.write, data):
            self.detach()
        if self._recording is not None and not self._broken.call(self._recording.write, data):
            self._recording = None

    async def room(self) -> None:
        """Return when there is room for more."""
        await self._pane.room()
        if self._native is not None:
            await self._native.room()

    async def attach(self, native: Native, blank: bytes) -> None:
        """Draw the screen as it is in ``native``, which ``blank`` clears; from there on it gets what the node prints,
        from the very next byte."""
        await self.draw(native, lambda replica: blank + replica)

    async def draw(self, native: Native, made: Callable[[bytes], bytes]) -> None:
        """The same with what ``made`` makes of the bytes that draw the screen."""
        async with self._as_it_is() as replica:
            self._native = native
            # A sequence that is only half here is begun anew, for its other half follows.
            native.write(made(replica) + bytes(self._unfinished))

    def follow(self, native: Native) -> None:
        """From here on ``native`` gets what the node prints; it shows all that was printed so far."""
        self._native = native

    def record(self, recording: Recording | None) -> None:
        """Have ``recording`` keep what is printed from here on; None ends that."""
        self._recording = recording

    async def record_all(self, recording: Recording) -> None:
        """The same, with the screen as it is before that."""
        async with self._as_it_is() as replica:
            self._recording = recording
            recording.write(replica + bytes(self._unfinished))

    @asynccontextmanager
    async def _as_it_is(self) -> AsyncIterator[bytes]:
        """What draws the screen elsewhere. SessionOutput that comes meanwhile is held until the block has been left."""
        async with self._attaching:
            held = self._held = []
            try:
                yield await self._pane.replica()
            finally:
                self._held = None
                for data in held:
                    self.feed(data)

    def detach(self) -> None:
        """The native terminal gets no more."""
        self._native = None
        self._native_until = self._pane.parsed + self._pane.pending
