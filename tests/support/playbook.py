"""A data channel in virtual time: a test says what the peer sends and when, and reads what goes out as a transcript."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ssmtui.protocol import AgentMessage, DataChannel, Event, MessageType, PayloadType, Role, Stamp
from ssmtui.protocol.message import channel_closed, encode_acknowledgement
from ssmtui.protocol.payloads import (
    HandshakeComplete,
    HandshakeRequest,
    HandshakeResponse,
    RequestedAction,
    acknowledged_number,
)

CREATED = 1_700_000_000_000


def stamps() -> Callable[[], Stamp]:
    """A stamp source that counts."""
    numbers = iter(range(1, 1 << 62))
    return lambda: Stamp(next(numbers).to_bytes(16), CREATED)


def describe(frame: bytes) -> str:
    """A frame as a transcript shows it: ``ack 0``, ``#1 size {"cols":80,"rows":24}``, ``#2 output ls``."""
    message = AgentMessage.decode(frame)
    if message.message_type == MessageType.ACKNOWLEDGE:
        return f"ack {acknowledged_number(message.payload)}"
    kind = PayloadType(message.payload_type)
    told = f"#{message.sequence} {kind.name.lower()}"
    if kind in (PayloadType.OUTPUT, PayloadType.SIZE, PayloadType.FLAG, PayloadType.STDERR):
        told += f" {message.payload[:40].decode('latin-1')!r}"[:48].replace("'", "")
    return told


class Peer:
    """Makes the frames of the other end, whatever their order."""

    def __init__(self, role: Role) -> None:
        self._type = MessageType.OUTPUT if role is Role.AGENT else MessageType.INPUT
        self._stamp = stamps()

    def stream(self, number: int, payload_type: int, payload: bytes) -> bytes:
        stamp = self._stamp()
        return AgentMessage(self._type, stamp.id_bytes, stamp.created, number, 0, payload_type, payload).encode()

    def data(self, number: int, payload: bytes = b"x") -> bytes:
        return self.stream(number, PayloadType.OUTPUT, payload)

    def ack(self, number: int) -> bytes:
        stamp = self._stamp()
        return encode_acknowledgement(stamp, AgentMessage(self._type, bytes(16), CREATED, number))

    def request(self, number: int = 0, *actions: RequestedAction, agent_version: str = "3.3.987.0") -> bytes:
        return self.stream(number, PayloadType.HANDSHAKE_REQUEST, HandshakeRequest(agent_version, actions).to_json())

    def complete(self, number: int = 1, customer_message: str = "") -> bytes:
        return self.stream(number, PayloadType.HANDSHAKE_COMPLETE, HandshakeComplete(customer_message).to_json())

    def response(self, number: int = 0) -> bytes:
        return self.stream(number, PayloadType.HANDSHAKE_RESPONSE, HandshakeResponse("1.2.835.0").to_json())

    def closed(self, output: str = "") -> bytes:
        return channel_closed(self._stamp(), "session", output).encode()


class Playbook:
    """One channel, its peer's frames, a clock that only the test moves, and what came of it."""

    def __init__(self, role: Role = Role.CLIENT, **options: Any) -> None:
        self.channel = DataChannel(role, stamps(), **options)
        self.peer = Peer(Role.AGENT if role is Role.CLIENT else Role.CLIENT)
        self.now = 0.0
        self._script: list[str] = []
        self.frames: list[bytes] = []
        """Every frame that went out, as it was."""

    def connect(self) -> None:
        self.channel.connected(self.now)
        self._drain()

    def cut(self) -> None:
        self.channel.disconnected(self.now)

    def hear(self, *frames: bytes) -> None:
        """The peer's frames come in now."""
        for frame in frames:
            self.channel.receive(frame, self.now)
        self._drain()

    def type(self, data: bytes) -> None:
        self.channel.send_input(data, self.now)
        self._drain()

    def until(self, moment: float) -> None:
        """Let time pass, waking the channel exactly when it asks for it."""
        while (deadline := self.channel.next_deadline()) is not None and deadline <= moment:
            self.now = max(self.now, deadline)
            self.channel.handle_timeout(self.now)
            self._drain()
            following = self.channel.next_deadline()
            assert following is None or following > self.now, "a deadline that has been served is still pending"
        self.now = moment
        self._drain()

    def script(self) -> list[str]:
        """The transcript since the last call: time and frame."""
        script, self._script = self._script, []
        return script

    def sent(self) -> list[str]:
        """The transcript since the last call without its times."""
        return [line.split(" ", 1)[1] for line in self.script()]

    def events(self) -> list[Event]:
        return self.channel.events()

    def _drain(self) -> None:
        for frame in self.channel.frames_to_send(self.now):
            self.frames.append(frame)
            self._script.append(f"{self.now:.3f} {describe(frame)}")


def shell() -> Playbook:
    """A client in a session without a handshake, its window open, nothing outstanding."""
    play = Playbook()
    play.connect()
    play.hear(play.peer.data(0, b"$ "))
    play.type(b"a")
    play.hear(play.peer.ack(0))
    play.script()
    play.events()
    return play
