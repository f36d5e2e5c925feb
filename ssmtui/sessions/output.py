"""What a node prints, on its way to the engine, to a recording, and to a real terminal that shows the session alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple, Protocol

from ssmtui.contained import Contained
from ssmtui.sessions.engine_pane import EnginePane
from ssmtui.sessions.engine_tail import PortableScreen
from ssmtui.terminal.unfinished import Unfinished

MOST_SLIPPED = 4096
"""Bytes that wait for the end of a sequence of the node's; what comes beyond them is left out."""


class Native(Protocol):
    """A real terminal, or anything that takes bytes as one does."""

    def write(self, data: bytes) -> None:
        """Draw ``data``; never blocks."""

    async def room(self) -> None:
        """Return when it can take more."""


class Recording(Protocol):
    """Keeps what is printed."""

    def write(self, data: bytes) -> None:
        """Keep ``data``; never blocks."""


class Beginning(NamedTuple):
    """What a screen shows that the node has not printed for this client."""

    earlier: bytes
    """What was printed before."""
    line: bytes
    """What comes between that and the first output."""
    modes: bytes = b""
    """What brings the terminal into the modes that the remote program has set before."""


class SessionOutput:
    """One session's output. The engine gets all of it, also while a native terminal shows it, so that its screen is
    right when the native terminal goes."""

    def __init__(self, pane: EnginePane) -> None:
        self._pane = pane
        self._native: Native | None = None
        self._recording: Recording | None = None
        self._native_until = 0
        """The byte up to which a native terminal has had them all."""
        self._held: list[bytes] | None = None
        self._unfinished = Unfinished()
        self._slipped = b""
        """What waits to be written to the native terminal beside what the node prints."""
        self._drawing = asyncio.Lock()
        self._begun = asyncio.Event()
        """It is not held back behind what comes before all of it."""
        self._begun.set()
        self._first: Beginning | None = None
        """What comes before the first output."""
        self._is_due = False
        self._broken = Contained("output")

    @property
    def is_native(self) -> bool:
        """Whether a native terminal has had the bytes that the engine parses now. It then answers the queries among
        them and takes their texts for the clipboard; a second answer, the engine's, would be typed into the program.
        The engine lags behind, so this outlasts :meth:`stop_drawing` until it has caught up."""
        return self._native is not None or self._pane.parsed < self._native_until

    def feed(self, data: bytes) -> None:
        """The node printed ``data``."""
        if self._held is not None:
            self._held.append(data)
            return
        if self._first is not None:
            self.begin()
        self._pane.feed(data)
        self._unfinished.follow(data)
        # A terminal or a file that fails must neither keep output from the engine nor end the session.
        if self._native is not None and not self._broken.call(self._native.write, data):
            self.stop_drawing()
        if self._slipped:
            self._slip_in()
        self._record(data)

    def _record(self, data: bytes) -> None:
        if self._recording is not None and not self._broken.call(self._recording.write, data):
            self._recording = None

    def slip_in(self, data: bytes) -> bool:
        """Have the native terminal do ``data``, which draws nothing, such as a bell: at once, or where the sequence or
        the character ends that the node is in the middle of. Returns whether there is such a terminal."""
        if self._native is None:
            return False
        if len(self._slipped) + len(data) <= MOST_SLIPPED:
            self._slipped += data
            self._slip_in()
        return True

    def _slip_in(self) -> None:
        if self._native is not None and not bytes(self._unfinished):
            data, self._slipped = self._slipped, b""
            self._broken.call(self._native.write, data)

    async def room(self) -> None:
        """Return when there is room for more; the socket is left unread until then."""
        await self._begun.wait()
        await self._pane.room()
        if self._native is not None:
            await self._native.room()

    async def begin_with(self, earlier: Awaitable[Beginning]) -> None:
        """Feed the engine alone what ``earlier`` gives, before anything that the node prints from now on, which is held
        back meanwhile. It is no output: a recording gets the modes of it, without which what follows means something
        else."""
        async with self._held_back():
            self._begun.clear()
            try:
                beginning = await earlier
                self._pane.feed(beginning.earlier)
                self._first = beginning
            finally:
                self._begun.set()
        if self._is_due:
            self.begin()

    def begin(self) -> None:
        """The node is reached: the line before the first output is due, whether or not there is any."""
        self._is_due = True
        if self._held is None and self._first is not None:
            first, self._first = self._first, None
            self._pane.feed(first.line + first.modes)
            self._record(first.modes)

    async def draw_on(self, native: Native, clearing: bytes) -> None:
        """Draw the present screen in ``native``, which the bytes ``clearing`` clear, and pass on what the node prints
        from the very next byte on."""
        await self.draw(native, lambda replica: clearing + replica)

    async def draw(self, native: Native, made: Callable[[bytes], bytes]) -> None:
        """The same; ``native`` gets what ``made`` returns for the bytes that draw the screen."""
        async with self._as_it_is() as replica:
            self._native = native
            # An escape sequence that has only half arrived is begun again here, because its other half follows.
            native.write(made(replica) + bytes(self._unfinished))

    async def portable(self, within: float) -> PortableScreen:
        """What fills such a terminal elsewhere. Feed nothing meanwhile. See :meth:`EnginePane.portable`."""
        kept = await self._pane.portable(within)
        return kept._replace(unparsed=b"".join((kept.unparsed, *(self._held or ()))))

    def follow(self, native: Native) -> None:
        """Pass on to ``native`` what the node prints from now on. It must show all that was printed so far."""
        self._native = native

    def record(self, recording: Recording | None) -> None:
        """Give ``recording`` what is printed from now on; None ends that."""
        self._recording = recording

    async def record_all(self, recording: Recording) -> None:
        """The same, beginning with the present screen."""
        async with self._as_it_is() as replica:
            self._recording = recording
            recording.write(replica + bytes(self._unfinished))

    @asynccontextmanager
    async def _as_it_is(self) -> AsyncIterator[bytes]:
        """The bytes that draw the present screen elsewhere. Output that comes meanwhile is held until the block is
        left: it must come after a picture that does not show it, once."""
        async with self._held_back():
            yield await self._pane.replica()

    @asynccontextmanager
    async def _held_back(self) -> AsyncIterator[None]:
        """What the node prints until the block is left is fed after it."""
        async with self._drawing:
            held = self._held = []
            try:
                yield
            finally:
                self._held = None
                for data in held:
                    self.feed(data)

    def stop_drawing(self) -> None:
        """The native terminal gets no more."""
        self._native = None
        self._slipped = b""
        self._native_until = self._pane.parsed + self._pane.pending
