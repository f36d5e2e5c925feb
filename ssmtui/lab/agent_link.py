"""A :class:`DataChannel` in the agent's role with a clock, a timer and a way out: what ``agent`` speaks through."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import Callable, Sequence

from ssmtui.protocol import DataChannel, Event, PayloadType, RequestedAction, Role, Stamp

_NONCE_BYTES = 12

Emit = Callable[[bytes], None]


def new_stamp() -> Stamp:
    """A fresh message id and the wall time."""
    return Stamp(uuid.uuid4().bytes, time.time_ns() // 1_000_000)


class AgentLink:
    """The agent's end of one channel. Every call sends at once what there is to send, to ``emit``."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._core = DataChannel(Role.AGENT, new_stamp, nonce=lambda: os.urandom(_NONCE_BYTES))
        self._timer: asyncio.TimerHandle | None = None
        self._stirred = asyncio.Event()
        self._core.connected(self._now())

    def receive(self, frame: bytes) -> list[Event]:
        """Take in one frame of the gateway's; what it meant."""
        self._core.receive(frame, self._now())
        self._flush()
        self._stirred.set()
        return self._core.events()

    def request_handshake(self, agent_version: str, actions: Sequence[RequestedAction]) -> None:
        """Ask for a handshake."""
        self._core.request_handshake(agent_version, actions, self._now())
        self._flush()

    def encrypt(self, key: bytes, challenge: bytes) -> None:
        """Use this data key from here on, and have the client show that it has it."""
        self._core.use_data_key(key)
        self._core.send_challenge(challenge, self._now())
        self._flush()

    def complete_handshake(self, elapsed_ns: int, message: str = "") -> None:
        """End the handshake, with a message for the person."""
        self._core.complete_handshake(message, elapsed_ns, self._now())
        self._flush()

    def send(self, data: bytes, stream: PayloadType = PayloadType.OUTPUT) -> None:
        """Send output."""
        self._core.send_output(data, self._now(), stream)
        self._flush()

    def send_exit_code(self, code: int) -> None:
        """Send a command's exit code."""
        self._core.send_exit_code(code, self._now())
        self._flush()

    async def writable(self) -> None:
        """Return once more may be sent without piling up: not paused, and not too much unacknowledged."""
        await self._until(lambda: self._core.writable)

    async def drained(self, timeout: float) -> None:
        """Return once everything is acknowledged, or after ``timeout`` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._until(lambda: self._core.unacknowledged[0] == 0)
        except TimeoutError:
            pass

    def close(self) -> None:
        """Send and resend nothing more."""
        self._core.disconnected(self._now())
        self._arm()

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            self._stirred.clear()
            await self._stirred.wait()

    def _flush(self) -> None:
        for frame in self._core.frames_to_send(self._now()):
            self._emit(frame)
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        deadline = self._core.next_deadline()
        loop = asyncio.get_running_loop()
        self._timer = None if deadline is None else loop.call_at(deadline, self._expire)

    def _expire(self) -> None:
        self._core.handle_timeout(self._now())
        self._flush()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
