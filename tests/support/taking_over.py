"""Clients for sessions that outlive them: one that dies without a word, and one that goes on with the session."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable

from ssmtui.errors import LinkClosed
from ssmtui.model import StartRequest, TerminalSize
from ssmtui.protocol import DataChannel, Event, ExitCode, InputBounds, Output, OutputMissing, Role, StdErr, TakenOver
from ssmtui.protocol.payloads import OpenDataChannel
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.tasks import Tasks
from ssmtui.transport.link import Link
from ssmtui.transport.stamp import new_nonce, new_stamp
from tests.support.lab_stack import LabStack
from tests.support.memory import RecordingViewer
from tests.support.wait import wait_until

PATIENCE = 20.0
BLOCK = 256
"""Numbers that a ledger reserves at a time."""


class Mortal:
    """A session of ours whose program can be killed."""

    def __init__(self, stack: LabStack, request: StartRequest, size: TerminalSize) -> None:
        self._stack = stack
        self._tasks = Tasks("mortal")
        self.viewer = RecordingViewer()
        self.session = ChannelSession(request, stack.gateway, stack.dialer, self.viewer, self._tasks)
        self.session.resize(size)

    @property
    def output(self) -> bytes:
        return bytes(self.viewer.output)

    async def until(self, text: bytes, timeout: float = PATIENCE) -> None:
        await wait_until(f"{text!r} in the output", lambda: text in self.output, timeout, self.report)

    def report(self) -> str:
        return f"{self.session.state} {self.session.error}\n{self.output[-2000:]!r}"

    async def die(self) -> InputBounds:
        """Die: the socket breaks, nothing more is called or acknowledged. Returns what a ledger would have of it."""
        self._stack.lab.cut_clients()
        await self._tasks.close()
        low, high, _ = self.bounds
        return InputBounds(max(0, low - 10), -(-high // BLOCK) * BLOCK)

    @property
    def bounds(self) -> tuple[int, int, int]:
        """The lowest number of input that is not acknowledged, the next one, and the next number of output."""
        bounds = self.session.channel.bounds
        assert bounds.high is not None
        return bounds.low, bounds.high, bounds.output


class Successor:
    """A client that goes on with a session, its data channel on a socket of its own."""

    def __init__(self, stack: LabStack, session_id: str, bounds: InputBounds, size: TerminalSize) -> None:
        self.session_id = session_id
        self.output = bytearray()
        self.stderr = bytearray()
        self.exit_code: int | None = None
        self.missing = 0
        """Frames that only the client before has seen."""
        self.seen: bool | None = None
        """None until what is typed may be sent."""
        self.events: list[Event] = []
        self.sockets = 0
        self.channel = DataChannel(Role.CLIENT, new_stamp, nonce=new_nonce, takes_over=bounds)
        self._size = size
        self._stack = stack
        self._tasks = Tasks("successor")
        self._kick = asyncio.Event()
        self._client_id = uuid.uuid4()
        self._life = self._tasks.start("life", self._live(), awaited=True)

    async def __aenter__(self) -> Successor:
        return self

    async def __aexit__(self, *args: object) -> None:
        await self._tasks.close()

    def write(self, data: bytes) -> None:
        self.channel.send_input(data, self._now())
        self._kick.set()

    async def until(self, text: bytes, timeout: float = PATIENCE) -> None:
        await self.until_true(f"{text!r} in the output", lambda: text in self.output, timeout)

    async def until_true(self, what: str, holds: Callable[[], bool], timeout: float = PATIENCE) -> None:
        def happened() -> bool:
            if self._life.done():
                self._life.result()
            return holds()

        await wait_until(what, happened, timeout, self.report)

    async def until_open(self, timeout: float = PATIENCE) -> None:
        await self.until_true("the session to be taken over", lambda: self.seen is not None, timeout)

    def report(self) -> str:
        kinds = [type(event).__name__ for event in self.events[-30:]]
        facts = f"seen {self.seen} missing {self.missing} {self.channel.counters} {kinds}"
        return f"{facts}\n{bytes(self.output[-1500:])!r}"

    async def _live(self) -> None:
        self.channel.send_size(self._size, self._now())
        while True:
            grant = await self._stack.gateway.resume_session(self.session_id)
            opening = OpenDataChannel(uuid.uuid4(), grant.token, self._client_id).to_json()
            link = await self._stack.dialer.dial(grant.stream_url, opening)
            self.sockets += 1
            self.channel.connected(self._now())
            reading = self._tasks.start("reading", self._read(link), awaited=True)
            try:
                await self._carry(link, reading)
            except LinkClosed:
                pass
            finally:
                reading.cancel()
                await link.close()
            self.channel.disconnected(self._now())

    async def _carry(self, link: Link, reading: asyncio.Task[None]) -> None:
        while not reading.done():
            frames = self.channel.frames_to_send(self._now())
            self._take_events()
            if frames:
                await link.send(*frames)
            deadline = self.channel.next_deadline()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    await self._kick.wait()
            self._kick.clear()
            self.channel.handle_timeout(self._now())
            self._take_events()

    async def _read(self, link: Link) -> None:
        try:
            while True:
                for frame in await link.receive_many():
                    self.channel.receive(frame, self._now())
                self._kick.set()
        except LinkClosed:
            self._kick.set()

    def _take_events(self) -> None:
        for event in self.channel.events():
            if isinstance(event, Output):
                self.output += event.data
                continue
            self.events.append(event)
            if isinstance(event, StdErr):
                self.stderr += event.data
            elif isinstance(event, ExitCode):
                self.exit_code = event.code
            elif isinstance(event, OutputMissing):
                self.missing += event.frames
            elif isinstance(event, TakenOver):
                self.seen = event.seen

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
