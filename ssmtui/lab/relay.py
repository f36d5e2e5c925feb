"""The gateway's middle of one session: frames between the agent and the client's socket, of which there is one.

Sockets are only known as :class:`ClientSocket`; who may open one is ``stream_server``'s to decide.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from ssmtui.errors import LinkClosed
from ssmtui.lab.agent_link import new_stamp
from ssmtui.protocol import AgentMessage, MessageType, message
from ssmtui.tasks import TaskGroup

_FIRST_CLIENT_TIMEOUT = 30.0
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


class Relay:
    """Passes frames on. While no client is there the agent is paused, and what it has sent already is kept."""

    def __init__(self, to_agent: Callable[[bytes], None]) -> None:
        self._to_agent = to_agent
        self._to_client: deque[bytes] = deque()
        self._waiting = asyncio.Event()
        self._sent = asyncio.Event()  # nothing is left, or nobody to send it to
        self._met = asyncio.Event()
        self._socket: ClientSocket | None = None
        self._writer: asyncio.Task[None] | None = None
        self._ended = False
        self._tasks = TaskGroup("lab/relay")
        self._publish(start=False)

    @property
    def connected(self) -> bool:
        """Whether a client is there."""
        return self._socket is not None

    def emit(self, frame: bytes) -> None:
        """A frame of the agent's, for the client."""
        self._to_client.append(frame)
        self._waiting.set()
        self._sent.clear()

    async def serve(self, socket: ClientSocket) -> None:
        """Join ``socket`` to the session in the place of the one before, until it closes or the session has ended."""
        before, self._socket = self._socket, socket
        if self._writer is not None:
            self._writer.cancel()
        self._writer = self._tasks.start("writer", self._write(socket))
        self._met.set()
        self._publish(start=True)
        if before is not None:
            self._tasks.start("replaced", before.close(1000, "replaced by a newer connection"))
        with contextlib.suppress(LinkClosed):
            while not self._ended:
                self._to_agent(await socket.receive())
        if self._socket is socket:
            self._socket = None
            self._writer.cancel()
            self._sent.set()
            self._publish(start=False)

    async def meet(self) -> None:
        """Wait a while for the first client: an agent that ends at once has something to tell it."""
        await _patiently(self._met, _FIRST_CLIENT_TIMEOUT)

    def stop_waiting(self) -> None:
        """Nobody is expected any more."""
        self._met.set()

    async def finish(self, session_id: str, output: str) -> None:
        """The agent's task has ended: tell the client after everything else, and close its socket."""
        self.emit(channel_closed(session_id, output).encode())
        if self._socket is not None:
            await _patiently(self._sent, _GOODBYE_TIMEOUT)
        self._ended = True
        if self._socket is not None:
            await self._socket.close(1000, "session ended")
        await self._tasks.close()

    async def _write(self, socket: ClientSocket) -> None:
        """Send what waits, in order. A frame whose sending fails stays first, for the next socket."""
        with contextlib.suppress(LinkClosed):
            while True:
                while self._to_client:
                    await socket.send(self._to_client[0])
                    self._to_client.popleft()
                self._sent.set()
                self._waiting.clear()
                await self._waiting.wait()

    def _publish(self, *, start: bool) -> None:
        frame = message.publication(new_stamp(), start=start).encode()
        self._to_agent(frame)
        if start:
            self.emit(frame)


async def _patiently(event: asyncio.Event, timeout: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout):
            await event.wait()


def channel_closed(session_id: str, output: str) -> AgentMessage:
    """The gateway's last word, with a body like that of a real one (protocol.md section 3.5)."""
    stamp = new_stamp()
    body = {
        "MessageId": str(stamp.message_id),
        "CreatedDate": datetime.fromtimestamp(stamp.created / 1000, UTC).isoformat(timespec="milliseconds"),
        "DestinationId": str(uuid.uuid4()),
        "SessionId": session_id,
        "MessageType": MessageType.CHANNEL_CLOSED,
        "SchemaVersion": 1,
        "Output": f"\n----------ERROR-------\n{output}" if output else "",
    }
    return AgentMessage(
        MessageType.CHANNEL_CLOSED, stamp.message_id.bytes, stamp.created, payload=json.dumps(body).encode()
    )
