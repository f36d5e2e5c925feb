"""The gateway's middle of one session: frames between the agent and the client's socket, of which there is one.

Sockets are only known as :class:`ClientSocket`; who may open one is ``stream_server``'s to decide.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import deque
from collections.abc import Callable
from typing import Protocol

from ssmtui.errors import LinkClosed
from ssmtui.lab.agent_link import new_stamp
from ssmtui.lab.fault_spec import NO_FAULTS
from ssmtui.lab.faults import SessionFaults
from ssmtui.protocol import message
from ssmtui.tasks import Tasks

MAX_KEPT_FRAMES = 1_000
"""Frames that are kept while no client is there. The agent sends again what is lost beyond them."""
AGENT_OUTAGE = 0.2
"""Seconds that an agent is away when its own connection breaks. It keeps its counters."""

_FIRST_CLIENT_TIMEOUT = 30.0
_ERROR_RULE = "\n----------ERROR-------\n"
"""What the gateway puts before the reason of a failed session (protocol.md section 3.5)."""
_GOODBYE_TIMEOUT = 1.0
"""Seconds that a client which does not read may hold up the end."""


class ClientSocket(Protocol):
    """A client's web socket. Sending and receiving raise :class:`LinkClosed` once it is gone."""

    async def send(self, frame: bytes) -> None:
        """Send one binary frame."""

    async def receive(self) -> bytes:
        """The next frame."""

    async def close(self, code: int, reason: str) -> None:
        """Close it in good order."""

    def abort(self) -> None:
        """Break it without a word."""

    def black_hole(self, seconds: float) -> None:
        """Let nothing through for ``seconds`` (infinite: ever again), pongs included, and keep it open."""


class Relay:
    """Passes frames on, after ``faults`` has had its way with them. While no client is there the agent is paused, and
    what it has sent already is kept.

    Whether the real service pauses it is not known. To the person it makes a difference: a paused agent does not read
    its terminal, so that a program which prints much stands still until somebody is back (``IsActive`` in
    ``agent/session/shell/shell.go``). ``never-pause`` is the other world.
    """

    def __init__(
        self,
        to_agent: Callable[[bytes], None],
        faults: SessionFaults | None = None,
        seen: Callable[[bytes], None] | None = None,
    ) -> None:
        """``seen`` gets every frame of the client, before faults change it."""
        self._to_agent = to_agent
        self._seen = seen
        self._faults = faults or SessionFaults(lambda: NO_FAULTS)
        self._to_client: deque[bytes] = deque()
        self._waiting = asyncio.Event()
        self._sent = asyncio.Event()  # nothing is left, or nobody to send it to
        self._met = asyncio.Event()
        self._socket: ClientSocket | None = None
        self._writer: asyncio.Task[None] | None = None
        self._ended = False
        self._silent = False
        self._agent_away = False
        self._timers = _Timers()
        self._tasks = Tasks("lab/relay")
        self._publish(start=False)
        self._plan_outage()

    @property
    def connected(self) -> bool:
        """Whether a client is there."""
        return self._socket is not None

    def emit(self, frame: bytes) -> None:
        """A frame of the agent's, for the client."""
        if self._agent_away:
            return
        for delay, sending in self._faults.to_client.pass_on(frame):
            self._timers.after(delay, self._keep, sending)

    def cut(self) -> None:
        """Break the client's socket, if there is one."""
        if self._socket is not None:
            self._socket.abort()

    def black_hole(self, seconds: float) -> None:
        """Let nothing through the client's socket for ``seconds``."""
        if self._socket is not None:
            self._socket.black_hole(seconds)

    def say_bye(self) -> None:
        """Close the client's socket as the gateway does about every hour (protocol.md section 2.6)."""
        if self._socket is not None:
            self._tasks.start("bye", self._socket.close(1000, "Bye"))

    def cut_agent(self) -> None:
        """Break the agent's connection: what either end sends is lost until the agent is back, which it announces."""
        self._agent_away = True
        self._timers.after(AGENT_OUTAGE, self._welcome_agent)

    def fall_silent(self) -> None:
        """Break the client's socket, and send nothing more, not even the end."""
        self._silent = True
        self.cut()

    async def serve(self, socket: ClientSocket) -> None:
        """Join ``socket`` to the session in the place of the one before, until it closes or the session has ended."""
        before, self._socket = self._socket, socket
        if self._writer is not None:
            self._writer.cancel()
        self._writer = self._tasks.start("writer", self._write(socket))
        self._met.set()
        troubles = self._plan_troubles(socket)
        self._publish(start=True)
        if before is not None:
            self._tasks.start("replaced", before.close(1000, "replaced by a newer connection"))
        try:
            while not self._ended:
                self._take(await socket.receive(), socket)
        except LinkClosed:
            pass
        finally:
            troubles.cancel()
        if self._socket is socket:
            self._socket = None
            self._writer.cancel()
            self._sent.set()
            self._publish(start=False)

    async def meet(self) -> None:
        """Wait for the first client, for a limited time: an agent that ends at once has a reason to report."""
        await _patiently(self._met, _FIRST_CLIENT_TIMEOUT)

    def stop_waiting(self) -> None:
        """Nobody is expected any more."""
        self._met.set()

    async def finish(self, session_id: str, output: str) -> None:
        """The agent's task has ended: send the client its ``channel_closed`` after everything else, and close its
        socket."""
        self._agent_away = False
        if not self._silent:
            text = f"{_ERROR_RULE}{output}" if output else ""
            self.emit(message.channel_closed(new_stamp(), session_id, text).encode())
        if self._socket is not None:
            await _patiently(self._sent, _GOODBYE_TIMEOUT)
        self._ended = True
        if self._socket is not None:
            await self._socket.close(1000, "session ended")
        self._timers.cancel()
        await self._tasks.close()

    async def _write(self, socket: ClientSocket) -> None:
        """Send what waits, in order. A frame whose sending fails stays first, for the next socket."""
        with contextlib.suppress(LinkClosed):
            while True:
                while self._to_client:
                    frame = self._to_client[0]
                    await socket.send(frame)
                    self._to_client.popleft()
                    self._count(frame, socket)
                self._sent.set()
                self._waiting.clear()
                await self._waiting.wait()

    def _keep(self, frame: bytes) -> None:
        """Let ``frame`` wait for the client."""
        if self._silent or (self._socket is None and len(self._to_client) >= MAX_KEPT_FRAMES):
            return
        self._to_client.append(frame)
        self._waiting.set()
        self._sent.clear()

    def _take(self, frame: bytes, socket: ClientSocket) -> None:
        """A frame of the client's, for the agent."""
        if self._seen is not None:
            self._seen(frame)
        for delay, sending in self._faults.to_agent.pass_on(frame):
            self._timers.after(delay, self._deliver, sending)
        self._count(frame, socket)

    def _deliver(self, frame: bytes) -> None:
        if not self._agent_away:
            self._to_agent(frame)

    def _count(self, frame: bytes, socket: ClientSocket) -> None:
        if self._faults.cuts.breaks(len(frame)):
            socket.abort()

    def _plan_troubles(self, socket: ClientSocket) -> _Timers:
        """Plan the faults that come some time after the start of ``socket``."""
        spec = self._faults.spec
        self._faults.cuts.new_socket()
        troubles = _Timers()
        troubles.after(spec.cut_every, socket.abort)
        troubles.after(spec.black_hole.after, socket.black_hole, spec.black_hole.length)
        troubles.after(spec.bye, self.say_bye)
        return troubles

    def _plan_outage(self) -> None:
        self._timers.after(self._faults.spec.cut_agent, self._repeat_outage)

    def _repeat_outage(self) -> None:
        self.cut_agent()
        self._plan_outage()

    def _welcome_agent(self) -> None:
        """The agent is back. It has forgotten a pause, and hears whether anybody listens."""
        self._agent_away = False
        self._publish(start=self.connected)

    def _publish(self, *, start: bool) -> None:
        if not start and self._faults.spec.never_pause:
            return
        frame = message.publication(new_stamp(), start=start).encode()
        self._to_agent(frame)
        if start:
            self.emit(frame)


class _Timers:
    """Calls to come, which can be called off together."""

    def __init__(self) -> None:
        self._handles: set[asyncio.TimerHandle] = set()

    def after(self, seconds: float, call: Callable[..., object], *arguments: object) -> None:
        """Call in ``seconds``: now when that is 0, never when it is infinite."""
        if seconds <= 0:
            call(*arguments)
        elif math.isfinite(seconds):
            loop = asyncio.get_running_loop()
            self._handles = {handle for handle in self._handles if handle.when() > loop.time()}
            self._handles.add(loop.call_later(seconds, call, *arguments))

    def cancel(self) -> None:
        """Call off what is left."""
        for handle in self._handles:
            handle.cancel()
        self._handles.clear()


async def _patiently(event: asyncio.Event, timeout: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout):
            await event.wait()
