"""The pump: the one loop, with its one timer, between a data channel and a link.

It moves frames and reads the clock. What the frames mean is the channel's business, what the events mean the session's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from ssmtui.errors import LinkClosed
from ssmtui.protocol import DataChannel
from ssmtui.protocol.events import Event
from ssmtui.tasks import Tasks
from ssmtui.transport.link import BATCH, Link, broken_by


class Pump:
    """Runs ``channel`` over one ``link`` until that is gone; a reconnected session gets a new pump for its new link.

    A reader and a writer, so that a socket that does not take our frames never keeps us from reading the peer's: with
    both ends stuck in a full socket, neither would ever read again. ``on_events`` is called on the loop with what the
    channel reports, in order; what it raises ends :meth:`run`. ``before_send`` is called each time the channel is about
    to be asked for frames, as it is after every acknowledgement: give it the next piece there of what is too much for
    the channel at once, such as a paste. ``clock`` gives seconds and never goes back.
    """

    def __init__(
        self,
        channel: DataChannel,
        link: Link,
        on_events: Callable[[list[Event]], None],
        clock: Callable[[], float] = time.monotonic,
        before_send: Callable[[], None] = lambda: None,
    ) -> None:
        self._channel = channel
        self._link = link
        self._on_events = on_events
        self._before_send = before_send
        self._clock = clock
        self._woken = asyncio.Event()
        self.last_heard: float | None = None
        """When the last frame came, by ``clock``; None before the first."""
        self._timer: asyncio.TimerHandle | None = None
        self._is_deaf = False

    def wake(self) -> None:
        """The channel has something to send or a new deadline. Call it after every ``send_*``; it never blocks."""
        self._woken.set()

    def stop_reading(self) -> None:
        """Give the channel nothing more of what comes: the peer still has all of that."""
        self._is_deaf = True

    async def run(self) -> LinkClosed:
        """Pump until the link is gone and return why. Cancelling it leaves no task and no timer behind.

        Raises what ``on_events`` raises, and nothing for what the peer or the network does. The link is still to close.
        """
        self._channel.connected(self._clock())
        # Not an asyncio.TaskGroup: the first of the two to end decides, by its result as well as by an exception, and
        # the caller gets that very exception rather than a group around it.
        tasks = Tasks("pump")
        reader = tasks.start("reader", broken_by(self._read), awaited=True)
        writer = tasks.start("writer", self._write(), awaited=True)
        try:
            await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
            # A writer that ended quietly has met a dead socket. Its frames are kept and go out on the next one; what
            # had arrived before is still read, for it may hold channel_closed, after which resuming is in vain.
            if writer.done():
                await writer
            closed: LinkClosed | None = await reader
            assert closed is not None, "the reader ends by an error only"
            return closed
        finally:
            # Each step even when a second cancellation interrupts the wait for the tasks: a timer that is left would
            # go on waking a pump that is gone, and a channel that still counts as connected would count time as
            # connected in which nothing can be acknowledged, and so report a stall (protocol.md section 4.2).
            try:
                await tasks.close()
            finally:
                self._disarm()
                self._channel.disconnected(self._clock())
                self._report()

    async def _read(self) -> None:
        """Every frame into the channel as it comes, a batch at a time. Ends with :class:`LinkClosed` when all that had
        come is read."""
        receive = self._channel.receive
        while True:
            frames = await self._link.receive_many()
            if self._is_deaf:
                continue
            self.last_heard = now = self._clock()
            for frame in frames:
                receive(frame, now)
            self._report()
            self._woken.set()
            # Now the writer: all acknowledgements of the batch go out with one write. They go before the screen has
            # drawn anything, since a slow screen must not look to the agent like a client that is gone (section 4.6).
            await asyncio.sleep(0)

    async def _write(self) -> None:
        """What the channel wants to send, whenever it is woken or its deadline has come.

        Ends quietly when the link is gone: what had arrived before that is still read, up to the end.
        """
        try:
            while True:
                # Cleared before the channel is asked, not after: what is queued while a send waits wakes us again.
                self._woken.clear()
                await self._send_due()
                self._arm()
                await self._woken.wait()
        except LinkClosed:
            return

    async def _send_due(self) -> None:
        now = self._clock()
        deadline = self._channel.next_deadline()
        if deadline is not None and deadline <= now:
            self._channel.handle_timeout(now)
        # In this order: what is reported may queue more, such as the answer to a query of the terminal, and what is
        # held back may fit now.
        self._report()
        self._before_send()
        frames = self._channel.frames_to_send(now)
        # A session that is taken over is open once its last size has gone out.
        self._report()
        for start in range(0, len(frames), BATCH):
            if start:
                await asyncio.sleep(0)
            await self._link.send(*frames[start : start + BATCH])

    def _arm(self) -> None:
        """Set the timer to the channel's next deadline.

        Not while frames wait for the socket: a frame that has not left cannot be acknowledged, and sending it again
        would only make the queue longer.
        """
        self._disarm()
        deadline = self._channel.next_deadline()
        if deadline is not None:
            delay = max(0.0, deadline - self._clock())
            self._timer = asyncio.get_running_loop().call_later(delay, self._woken.set)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _report(self) -> None:
        events = self._channel.events()
        if events:
            self._on_events(events)
