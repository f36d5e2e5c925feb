"""A :class:`DataChannel` in the agent's role with a clock, a timer and a way out: what ``agent`` speaks through."""

from __future__ import annotations

import asyncio
import os
import random
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace

from ssmtui.errors import RemoteProtocolError
from ssmtui.protocol import (
    AgentMessage,
    DataChannel,
    Event,
    Flag,
    MessageType,
    PayloadType,
    RequestedAction,
    Role,
    Stamp,
    payloads,
)
from ssmtui.protocol.limits import AGENT_LIMITS
from ssmtui.protocol.message import encode_acknowledgement

_NONCE_BYTES = 12

_TYPE = slice(4, 36)
_SEQUENCE = slice(48, 56)
_PAYLOAD_TYPE = slice(112, 116)
_SIZE = PayloadType.SIZE.to_bytes(4, "big")
_KINDS = {kind.value: kind for kind in PayloadType}

Emit = Callable[[bytes], None]


def new_stamp() -> Stamp:
    """A fresh message id and the wall time."""
    return Stamp(uuid.uuid4().bytes, time.time_ns() // 1_000_000)


class AgentLink:
    """The agent's end of one channel. Every call sends at once what there is to send, to ``emit``, but for the
    acknowledgement of what was received: that waits for :meth:`acknowledge`.
    """

    def __init__(
        self, emit: Emit, forget_acks: float = 0.0, dice: random.Random | None = None, *, waits: bool = True
    ) -> None:
        """``forget_acks`` is the share of frames whose first acknowledgement is forgotten, as ``dice`` fall. With
        ``waits`` off it is writable until its buffer is full, whether or not anything is acknowledged."""
        self._emit = emit
        self._forget_acks = forget_acks
        self._dice = dice or random.Random()  # noqa: S311 (bad manners, not a secret)
        self._unlisted: set[int] = set()
        """Numbers of frames whose next acknowledgement is forgotten."""
        self._numbered = 0
        self._owed: list[bytes] = []
        limits = AGENT_LIMITS if waits else replace(AGENT_LIMITS, writable=AGENT_LIMITS.window)
        self._core = DataChannel(Role.AGENT, new_stamp, limits=limits, nonce=lambda: os.urandom(_NONCE_BYTES))
        self._timer: asyncio.TimerHandle | None = None
        self._stirred = asyncio.Event()
        self._core.connected(self._now())

    def receive(self, frame: bytes) -> list[Event]:
        """Take in one frame of the gateway's; what it meant. :meth:`acknowledge` it once that is done."""
        if self._unlisted and self._forgets(frame):
            return []
        if is_unreadable_size(frame) and self._keeps_unread(frame):
            return []
        self._core.receive(frame, self._now())
        self._flush(acknowledging=False)
        self._stirred.set()
        return self._core.events()

    def acknowledge(self) -> None:
        """Acknowledge what was received."""
        owed, self._owed = self._owed, []
        for frame in owed:
            self._emit(frame)

    def next_input(self, frame: bytes) -> PayloadType | None:
        """What kind of input ``frame`` brings when it is the one whose turn it is; None for every other frame."""
        message = _decoded(frame)
        if message is None or message.message_type != MessageType.INPUT or message.sequence != self._core.expected:
            return None
        return _KINDS.get(message.payload_type)

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

    def send_flag(self, flag: Flag) -> None:
        """Send a flag."""
        self.send(payloads.encode_flag(flag), PayloadType.FLAG)

    def _keeps_unread(self, frame: bytes) -> bool:
        """Acknowledge a size that is early and cannot be read, without keeping it, and say whether it was one.

        The real agent keeps it, fails on it when its turn comes, and then takes another frame of that number
        (``processIncomingMessageBufferItems``).
        """
        message = _decoded(frame)
        if message is None or message.sequence <= self._core.expected:
            return False
        self._owed.append(encode_acknowledgement(new_stamp(), message))
        return True

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

    def _forgets(self, frame: bytes) -> bool:
        """Whether this acknowledges a frame that is not listed yet: then it is, by now (section 11 row 1)."""
        message = _decoded(frame)
        if message is None or message.message_type != MessageType.ACKNOWLEDGE:
            return False
        try:
            number = payloads.acknowledged_number(message.payload)
        except RemoteProtocolError:
            return False
        unlisted = number in self._unlisted
        self._unlisted.discard(number)
        return unlisted

    def _flush(self, *, acknowledging: bool = True) -> None:
        for frame in self._core.frames_to_send(self._now()):
            if _is(frame, MessageType.ACKNOWLEDGE) and not acknowledging:
                self._owed.append(frame)
                continue
            self._note_sent(frame)
            self._emit(frame)
        self._arm()

    def _note_sent(self, frame: bytes) -> None:
        """Throw the dice for a frame that goes out for the first time."""
        if self._forget_acks > 0 and _is(frame, MessageType.OUTPUT):
            number = int.from_bytes(frame[_SEQUENCE], "big")
            if number == self._numbered:
                self._numbered += 1
                if self._dice.random() < self._forget_acks:
                    self._unlisted.add(number)

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


def is_unreadable_size(frame: bytes) -> bool:
    """Whether this is a Size that an agent cannot read. It is not acknowledged when its turn comes."""
    if frame[_PAYLOAD_TYPE] != _SIZE or not _is(frame, MessageType.INPUT):
        return False
    message = _decoded(frame)
    if message is None:
        return False
    try:
        payloads.decode_size(message.payload)
    except RemoteProtocolError:
        return True
    return False


def _decoded(frame: bytes) -> AgentMessage | None:
    try:
        return AgentMessage.decode(frame)
    except RemoteProtocolError:
        return None


def _is(frame: bytes, kind: MessageType) -> bool:
    return frame[_TYPE].rstrip(b" ") == kind.encode()
